//! Fills the windows of the shards at a start with what was measured before it.
//!
//! In: the history, and what rules look at. Out: windows as they were, as far as the history
//! reaches. Only metrics of which a rule looks at a window are read, and no further back than the
//! longest of them. Judges nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use vedette_triage::detect::RuleSet;
use vedette_triage::{EntityId, Timestamp};

use super::History;
use crate::shard::Shards;

/// Threads that read at a start.
const THREADS_MAX: usize = 8;
/// A start does not take longer for it: what is not read by then stays Unknown until it is full.
const FILL_FOR: Duration = Duration::from_secs(10);

/// What was filled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filled {
    /// Hosts of which something was known.
    pub hosts: usize,
    /// Hosts that were left out because it took too long.
    pub left_out: usize,
}

/// Fills the windows of these hosts.
pub fn fill(
    history: &History,
    shards: &Shards,
    (rules, hosts): (&RuleSet, &[EntityId]),
    now: Timestamp,
) -> Filled {
    let from: BTreeMap<Arc<str>, Timestamp> = rules
        .longest_windows()
        .map(|(metric, over)| (Arc::clone(metric), now.before(over)))
        .collect();
    let Some(earliest) = from.values().min().copied() else {
        return Filled::default();
    };
    let began = Instant::now();
    let (next, filled) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let wanted = |metric: &str| from.get(metric).copied();
    let read = || {
        while began.elapsed() < FILL_FOR
            && let Some(host) = hosts.get(next.fetch_add(1, Ordering::Relaxed))
        {
            let tracks = history.read(host, (earliest, now), &wanted);
            if !tracks.is_empty() {
                shards.recall(host, &tracks);
                filled.fetch_add(1, Ordering::Relaxed);
            }
        }
    };
    let threads = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(THREADS_MAX);
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(read);
        }
        read();
    });
    let reached = next.load(Ordering::Relaxed).min(hosts.len());
    Filled {
        hosts: filled.into_inner(),
        left_out: hosts.len() - reached,
    }
}
