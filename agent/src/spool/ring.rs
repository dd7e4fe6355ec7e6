//! Keeps records in memory while the disk cannot take them.
//!
//! In: records. Out: the same, oldest first. Bounded by [`RING_BYTES_MAX`]; the oldest
//! records without events go first. Lost with the process, and said to be.

use std::collections::VecDeque;

use super::record::{Place, Record};

/// Bytes of records in memory: two to three hours at 15 s.
pub(super) const RING_BYTES_MAX: u64 = 512 * 1024;

/// Records in memory.
#[derive(Debug, Default)]
pub(super) struct Ring {
    records: VecDeque<Record>,
    bytes: u64,
}

impl Ring {
    /// Adds a record behind all others. Says how many were given up for it.
    pub(super) fn push(&mut self, record: Record) -> u64 {
        self.bytes += record.bytes();
        self.records.push_back(record);
        let mut given_up = 0;
        while self.bytes > RING_BYTES_MAX && self.records.len() > 1 {
            let is_uneventful = |record: &Record| !record.has_events;
            let oldest = self.records.iter().position(is_uneventful).unwrap_or(0);
            if let Some(record) = self.records.remove(oldest) {
                self.bytes -= record.bytes();
                given_up += 1;
            }
        }
        given_up
    }

    /// Forgets records from the oldest on as long as `done` says so.
    pub(super) fn forget(&mut self, done: impl Fn(Place) -> bool) {
        while self
            .records
            .front()
            .is_some_and(|record| done(record.place))
        {
            self.pop();
        }
    }

    /// Takes the oldest record out.
    pub(super) fn pop(&mut self) -> Option<Record> {
        let record = self.records.pop_front()?;
        self.bytes -= record.bytes();
        Some(record)
    }

    /// The oldest record.
    pub(super) fn front(&self) -> Option<&Record> {
        self.records.front()
    }

    /// All records, oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Record> {
        self.records.iter()
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn records(&self) -> u64 {
        self.records.len() as u64
    }
}
