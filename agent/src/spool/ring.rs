//! Keeps records in memory while the disk cannot take them.
//!
//! In: records of both queues. Out: the same, oldest first. Bounded by
//! [`RING_BYTES_MAX`]; the oldest samples go first, then what holds only checks. Lost with
//! the process, and said to be.

use std::collections::VecDeque;

use uuid::Uuid;

use super::record::{Place, Queue, Record};

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
            let oldest = self.least().unwrap_or(0);
            if let Some(record) = self.records.remove(oldest) {
                self.bytes -= record.bytes();
                given_up += 1;
            }
        }
        given_up
    }

    /// The record that is missed least.
    fn least(&self) -> Option<usize> {
        let samples = |record: &Record| record.queue == Queue::Samples;
        let uneventful = |record: &Record| !record.has_events;
        let mut records = self.records.iter();
        records
            .position(samples)
            .or_else(|| self.records.iter().position(uneventful))
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

    /// Gives every record of the epoch `old` the epoch `new`; numbers stay.
    pub(super) fn rename(&mut self, old: Uuid, new: Uuid) {
        for record in &mut self.records {
            if record.place.epoch == old {
                *record = record.renamed(new);
            }
        }
    }

    /// Gives up every record.
    pub(super) fn clear(&mut self) {
        *self = Ring::default();
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Records of a queue.
    pub(super) fn records(&self, queue: Queue) -> u64 {
        let of_queue = self.records.iter().filter(|record| record.queue == queue);
        of_queue.count() as u64
    }
}
