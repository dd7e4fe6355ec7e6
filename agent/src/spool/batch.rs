//! Puts together what is sent at once.
//!
//! In: what waits, oldest first, and how much is wanted. Out: a [`Batch`] of one epoch and
//! one boot, so that one number acknowledges all of it.

use uuid::Uuid;

use super::Spool;
use super::record::{Place, Record};
use crate::clock::Stamp;

/// Records of one epoch and one boot, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The place of the last round; acknowledging it acknowledges the batch.
    pub last: Place,
    /// The boot in which the rounds were made.
    pub boot: Uuid,
    /// When the last round was made.
    pub last_stamp: Stamp,
    /// The rounds, in ascending order of their numbers.
    pub items: Vec<Item>,
}

/// A round, or a part of one, on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its number.
    pub seq: u64,
    /// Whether something happened in it.
    pub has_events: bool,
    /// It, as JSON.
    pub json: Vec<u8>,
}

/// A batch while it grows.
struct Growing {
    batch: Option<Batch>,
    items_max: usize,
    bytes_max: usize,
    bytes: usize,
    /// Records that turned out to be damaged.
    damaged: Vec<Place>,
}

impl Spool {
    /// The oldest records that wait, at most `items_max` of them and about `bytes_max`
    /// bytes of JSON; at least one if any waits.
    pub fn next_batch(&mut self, items_max: usize, bytes_max: usize, now: Stamp) -> Option<Batch> {
        self.disk.grow_old((self.boot, now));
        self.forget(|_| false);
        let mut growing = Growing {
            batch: None,
            items_max,
            bytes_max,
            bytes: 0,
            damaged: Vec::new(),
        };
        let is_settled = |record: &Record| self.settled.contains(&record.place);
        match self.disk.is_empty() {
            false => self
                .disk
                .read(|record| is_settled(&record) || growing.take(&record)),
            true => {
                let mut records = self.ring.iter().filter(|record| !is_settled(record));
                while records.next().is_some_and(|record| growing.take(record)) {}
            }
        }
        for place in growing.damaged {
            self.loss.damaged += 1;
            self.settle_one(place);
        }
        let batch = growing.batch?;
        self.sent = Some(batch.last);
        Some(batch)
    }
}

impl Growing {
    /// Takes a record in if it fits. Whether there may be room for another.
    fn take(&mut self, record: &Record) -> bool {
        let Ok(json) = record.json() else {
            self.damaged.push(record.place);
            return true;
        };
        self.bytes += json.len();
        let item = Item {
            seq: record.place.seq,
            has_events: record.has_events,
            json,
        };
        match &mut self.batch {
            None => {
                self.batch = Some(Batch {
                    last: record.place,
                    boot: record.boot,
                    last_stamp: record.stamp,
                    items: vec![item],
                });
            }
            Some(batch) => {
                let same = batch.last.epoch == record.place.epoch && batch.boot == record.boot;
                if !same || self.bytes > self.bytes_max {
                    return false;
                }
                batch.last = record.place;
                batch.last_stamp = record.stamp;
                batch.items.push(item);
            }
        }
        self.batch
            .as_ref()
            .is_some_and(|batch| batch.items.len() < self.items_max)
    }
}
