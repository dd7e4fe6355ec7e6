//! Opens the history of samples, and fills the windows of the shards from it before the listener
//! answers.
//!
//! Nothing of it can keep a collector from starting: without a history windows begin empty.

use std::sync::Arc;
use std::time::Instant;

use vedette_policy::Settings;
use vedette_triage::{EntityId, Policy, Timestamp};

use super::state_dir::StateDir;
use crate::clock::Clock;
use crate::history::fill::{self, Filled};
use crate::history::{Bounds, History};
use crate::shard::Shards;

/// Its folder in the state directory.
const FOLDER: &str = "history";

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

pub(super) async fn fill(
    history: &History,
    shards: &Arc<Shards>,
    policy: &Arc<Policy>,
    now: Timestamp,
) {
    if !history.is_kept() {
        return;
    }
    let (history, shards, policy) = (history.clone(), Arc::clone(shards), Arc::clone(policy));
    let began = Instant::now();
    let filled = tokio::task::spawn_blocking(move || {
        let hosts: Vec<EntityId> = shards.watched_hosts();
        fill::fill(&history, &shards, (&policy.detection, &hosts), now)
    });
    let took_ms = || u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    match filled.await {
        Ok(Filled { hosts: 0, .. }) => {}
        Ok(Filled { hosts, left_out: 0 }) => {
            tracing::info!(
                hosts,
                took_ms = took_ms(),
                "windows are filled from the history"
            );
        }
        Ok(Filled { hosts, left_out }) => {
            tracing::warn!(
                hosts,
                left_out,
                took_ms = took_ms(),
                "windows of some hosts are not filled from the history, because it took too long; functions over them are unknown until they are full again"
            );
        }
        Err(error) => {
            tracing::error!(%error, "windows are not filled from the history; functions over them are unknown until they are full again");
        }
    }
}
