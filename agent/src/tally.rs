//! Keeps the few numbers that the uplink counts and the `self` probe reports.
//!
//! In: additions and levels from the uplink. Out: the same numbers, readable from
//! any thread. Knows nothing of what they mean.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// Counters of one run of the agent. Reading them never waits for the writer.
#[derive(Debug, Default)]
pub struct Tally {
    /// Bytes that wait in the spool, on disk and in memory.
    pub spool_bytes: Number,
    /// Rounds the spool gave up since the agent started.
    pub dropped: Number,
    /// Rounds the collector refused for good since the agent started.
    pub set_aside: Number,
    /// 1 while rounds are kept in memory because the disk does not take them.
    pub spool_trouble: Number,
    /// This host's clock minus the collector's, in milliseconds, by the last acknowledgement.
    pub collector_skew: Reading,
    /// 1 while the settings on disk are refused and those before them stay in force.
    pub settings_refused: Number,
}

/// One number that one task writes and others read.
#[derive(Debug, Default)]
pub struct Number(AtomicU64);

impl Number {
    /// Replaces the value.
    pub fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// Adds to the value.
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// The value.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// One number with a sign that one task writes and others read, once it is known.
#[derive(Debug)]
pub struct Reading(AtomicI64);

/// No reading has this value.
const NOT_KNOWN: i64 = i64::MIN;

impl Default for Reading {
    fn default() -> Reading {
        Reading(AtomicI64::new(NOT_KNOWN))
    }
}

impl Reading {
    /// Replaces the value.
    pub fn set(&self, value: i64) {
        self.0.store(value.max(NOT_KNOWN + 1), Ordering::Relaxed);
    }

    /// The value; `None` before the first one.
    pub fn get(&self) -> Option<i64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|value| *value != NOT_KNOWN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_is_known_from_its_first_value_on() {
        let reading = Reading::default();
        assert_eq!(reading.get(), None);
        for value in [0, -1, i64::MAX] {
            reading.set(value);
            assert_eq!(reading.get(), Some(value));
        }
        reading.set(i64::MIN);
        assert_eq!(reading.get(), Some(i64::MIN + 1));
    }
}
