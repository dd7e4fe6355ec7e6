//! Remembers whose wall clock is off, and by how much. Shown and counted, never trusted.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use vedette_triage::{EntityId, Timestamp, limits};

/// A clock that differs by more is far off.
pub const CLOCK_OFF_MIN_MS: i64 = 30_000;

/// The last known difference of each host's wall clock, for at most [`limits::HOSTS_MAX`] hosts.
#[derive(Debug, Default)]
pub struct Skews {
    by_host: Mutex<BTreeMap<EntityId, i64>>,
}

/// How a host's wall clock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skew {
    /// As good as ours.
    Well,
    /// More than [`CLOCK_OFF_MIN_MS`] ahead (positive) or behind.
    FarOff {
        /// By how many milliseconds.
        by_ms: i64,
    },
}

impl Skews {
    /// Notes what a host's clock said when its report arrived.
    pub fn note(&self, host: &EntityId, said_ms: i64, received: Timestamp) -> Skew {
        let by_ms = said_ms.saturating_sub(received.as_millis());
        let mut by_host = self.by_host.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = by_host.get_mut(host) {
            *known = by_ms;
        } else if by_host.len() < limits::HOSTS_MAX {
            by_host.insert(host.clone(), by_ms);
        }
        judge(by_ms)
    }

    /// The last known difference of a host's clock in milliseconds, ahead positive.
    pub fn of(&self, host: &EntityId) -> Option<i64> {
        let by_host = self.by_host.lock().unwrap_or_else(PoisonError::into_inner);
        by_host.get(host).copied()
    }

    /// How many hosts' clocks are far off, and the largest difference in milliseconds.
    pub fn far_off(&self) -> (usize, i64) {
        let by_host = self.by_host.lock().unwrap_or_else(PoisonError::into_inner);
        let off = by_host.values().filter(|by_ms| match judge(**by_ms) {
            Skew::Well => false,
            Skew::FarOff { .. } => true,
        });
        let largest = by_host
            .values()
            .copied()
            .max_by_key(|by_ms| by_ms.saturating_abs());
        (off.count(), largest.unwrap_or(0))
    }
}

fn judge(by_ms: i64) -> Skew {
    if by_ms.saturating_abs() > CLOCK_OFF_MIN_MS {
        Skew::FarOff { by_ms }
    } else {
        Skew::Well
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_far_off_beyond_half_a_minute_either_way() {
        let skews = Skews::default();
        let now = Timestamp::from_millis(1_000_000);
        for (host, said_ms, expected) in [
            ("a", 1_000_000, Skew::Well),
            ("b", 1_030_000, Skew::Well),
            ("c", 1_030_001, Skew::FarOff { by_ms: 30_001 }),
            ("d", 0, Skew::FarOff { by_ms: -1_000_000 }),
            ("e", i64::MIN, Skew::FarOff { by_ms: i64::MIN }),
        ] {
            assert_eq!(skews.note(&EntityId::new(host), said_ms, now), expected);
        }
        assert_eq!(skews.of(&EntityId::new("d")), Some(-1_000_000));
        assert_eq!(skews.far_off().0, 3);
        skews.note(&EntityId::new("e"), 1_000_000, now);
        assert_eq!(skews.far_off(), (2, -1_000_000), "the last word counts");
    }
}
