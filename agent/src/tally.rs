//! Keeps the few numbers that the uplink counts and the `self` probe reports.
//!
//! In: additions and levels from the uplink. Out: the same numbers, readable from
//! any thread. Knows nothing of what they mean.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of one run of the agent. Reading them never waits for the writer.
#[derive(Debug, Default)]
pub struct Tally {
    /// Bytes that wait in the spool, on disk and in memory.
    pub spool_bytes: Number,
    /// Rounds the spool gave up since the agent started.
    pub dropped: Number,
    /// Rounds the collector refused for good since the agent started.
    pub set_aside: Number,
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
