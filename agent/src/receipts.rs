//! Remembers which events are safe, for whoever waits to know.
//!
//! In: ids of events to wait for, ids that are in the spool on disk, and ids that were
//! acknowledged. Out: whether one was. What reads a log moves its saved place only when the
//! collector has the matches before it; a job's report is removed when it is in the spool.
//! Knows nothing of rounds, reports or logs.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

/// Events waited for at once; past it, the oldest answers are not kept and their events
/// are found again after a restart.
pub const WAITING_MAX: usize = 4_096;

/// Who waits for what. One for the whole agent.
#[derive(Debug, Default)]
pub struct Receipts {
    waiting: Mutex<HashMap<Uuid, Safety>>,
}

/// How far an event has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Safety {
    /// In memory only.
    None,
    /// On this host's disk: it outlives the process.
    Kept,
    /// With the collector, or refused by it for good.
    Acknowledged,
}

impl Receipts {
    /// From now on, an acknowledgement of this event is remembered. Whether there was room.
    pub fn wait_for(&self, event: Uuid) -> bool {
        let mut waiting = self.locked();
        if waiting.len() >= WAITING_MAX && !waiting.contains_key(&event) {
            return false;
        }
        waiting.entry(event).or_insert(Safety::None);
        true
    }

    /// The spool has this event on disk.
    pub fn keep(&self, event: Uuid) {
        self.raise(event, Safety::Kept);
    }

    /// The collector has this event, or has refused it for good.
    pub fn acknowledge(&self, event: Uuid) {
        self.raise(event, Safety::Acknowledged);
    }

    /// Whether anybody waits for anything.
    pub fn is_awaited(&self) -> bool {
        !self.locked().is_empty()
    }

    /// Whether this event outlives the process; it is waited for all the same.
    pub fn is_kept(&self, event: Uuid) -> bool {
        self.locked()
            .get(&event)
            .is_some_and(|safety| *safety >= Safety::Kept)
    }

    /// Whether the collector has this event; if so, it is forgotten here.
    pub fn take(&self, event: Uuid) -> bool {
        let mut waiting = self.locked();
        let is_safe = waiting.get(&event) == Some(&Safety::Acknowledged);
        if is_safe {
            waiting.remove(&event);
        }
        is_safe
    }

    /// Nobody waits for this event any more.
    pub fn forget(&self, event: Uuid) {
        self.locked().remove(&event);
    }

    fn raise(&self, event: Uuid, to: Safety) {
        if let Some(safety) = self.locked().get_mut(&event) {
            *safety = (*safety).max(to);
        }
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<Uuid, Safety>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_waited_for_and_acknowledged_is_safe() {
        let receipts = Receipts::default();
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        receipts.acknowledge(one);
        assert!(!receipts.take(one), "nobody waited for it");
        assert!(receipts.wait_for(one) && receipts.wait_for(other));
        assert!(!receipts.take(one));
        receipts.acknowledge(one);
        assert!(receipts.take(one));
        assert!(!receipts.take(one), "it is told once");
        assert!(!receipts.take(other));
    }

    #[test]
    fn what_is_in_the_spool_is_kept_and_not_yet_with_the_collector() {
        let receipts = Receipts::default();
        let event = Uuid::from_u128(1);
        receipts.wait_for(event);
        assert!(!receipts.is_kept(event));
        receipts.keep(event);
        assert!(receipts.is_kept(event) && !receipts.take(event));
        receipts.acknowledge(event);
        receipts.keep(event);
        assert!(receipts.is_kept(event) && receipts.take(event));
        assert!(!receipts.is_awaited());
    }

    #[test]
    fn there_is_a_bound_to_what_is_waited_for() {
        let receipts = Receipts::default();
        let all = u128::try_from(WAITING_MAX).unwrap_or(u128::MAX);
        assert!((0..all).all(|id| receipts.wait_for(Uuid::from_u128(id))));
        assert!(!receipts.wait_for(Uuid::from_u128(all)));
        assert!(receipts.wait_for(Uuid::from_u128(0)), "known already");
        receipts.forget(Uuid::from_u128(0));
        assert!(receipts.wait_for(Uuid::from_u128(all)));
    }
}
