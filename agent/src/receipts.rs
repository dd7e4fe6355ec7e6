//! Remembers which events are safe with the collector, for whoever waits to know.
//!
//! In: ids of events to wait for, and ids that were acknowledged. Out: whether one was.
//! What reads a log moves its saved place only when the matches before it are safe.
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
    waiting: Mutex<HashMap<Uuid, bool>>,
}

impl Receipts {
    /// From now on, an acknowledgement of this event is remembered. Whether there was room.
    pub fn wait_for(&self, event: Uuid) -> bool {
        let mut waiting = self.locked();
        if waiting.len() >= WAITING_MAX {
            return false;
        }
        waiting.entry(event).or_insert(false);
        true
    }

    /// The collector has this event, or has refused it for good.
    pub fn acknowledge(&self, event: Uuid) {
        if let Some(is_safe) = self.locked().get_mut(&event) {
            *is_safe = true;
        }
    }

    /// Whether anybody waits for anything.
    pub fn is_awaited(&self) -> bool {
        !self.locked().is_empty()
    }

    /// Whether this event is safe; if so, it is forgotten here.
    pub fn take(&self, event: Uuid) -> bool {
        let mut waiting = self.locked();
        let is_safe = waiting.get(&event).copied().unwrap_or(false);
        if is_safe {
            waiting.remove(&event);
        }
        is_safe
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<Uuid, bool>> {
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
    fn there_is_a_bound_to_what_is_waited_for() {
        let receipts = Receipts::default();
        let all = u128::try_from(WAITING_MAX).unwrap_or(u128::MAX);
        assert!((0..all).all(|id| receipts.wait_for(Uuid::from_u128(id))));
        assert!(!receipts.wait_for(Uuid::from_u128(all)));
    }
}
