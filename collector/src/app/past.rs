//! Opens the history of samples, and fills the windows of the shards from it before the listener
//! answers.
//!
//! Nothing of it can keep a collector from starting: without a history windows begin empty.

use std::sync::Arc;
use std::time::{Duration, Instant};

use vedette_policy::Settings;
use vedette_triage::{Policy, Timestamp};

use super::state_dir::StateDir;
use crate::clock::Clock;
use crate::history::fill::Filling;
use crate::history::{Bounds, History};
use crate::shard::Shards;

/// Its folder in the state directory.
const FOLDER: &str = "history";
/// A start takes no longer for it; who is left then is filled before its first report is judged.
const FILL_BEFORE_START: Duration = Duration::from_secs(1);

pub(super) fn open(settings: &Settings, state_dir: &StateDir, clock: Arc<dyn Clock>) -> History {
    let bounds = Bounds {
        keep: settings.other_timers.keep.history,
        bytes_max: settings.store.history_at_most.bytes,
        leave_free: settings.store.reserve.bytes,
    };
    if bounds.bytes_max == 0 {
        return History::none();
    }
    let folder = state_dir.join(FOLDER);
    History::open(&folder, bounds, clock).unwrap_or_else(|error| {
        tracing::error!(folder = %folder.display(), %error, "the history of samples cannot be used, and none is kept until the next start; tickets do not need it");
        History::none()
    })
}

/// Fills windows: for a moment before the listener answers, and the rest meanwhile.
pub(super) async fn fill(
    history: &History,
    shards: &Arc<Shards>,
    policy: &Arc<Policy>,
    now: Timestamp,
) -> Filling {
    let filling = Filling::of(history, shards, &policy.detection, now);
    if filling.is_over() || filling.hosts() == 0 {
        return filling;
    }
    let began = Instant::now();
    let first = filling.clone();
    let run = tokio::task::spawn_blocking(move || first.run(Some(FILL_BEFORE_START)));
    let hosts = run.await.unwrap_or(0);
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let left = filling.hosts() - hosts;
    tracing::info!(hosts, left, took_ms, "windows are filled from the history");
    if left > 0 {
        let rest = filling.clone();
        tokio::task::spawn_blocking(move || rest.run(None));
    }
    filling
}
