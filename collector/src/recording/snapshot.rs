//! Writes down the state as it was after a commit, in parts, and joins them again.
//!
//! In: what readers see. Out: parts of a bounded number of records, so that no commit waits for
//! one; records are shared, so that taking them is quick.

use serde::{Deserialize, Serialize};
use vedette_triage::{Change, Counters, State, Timestamp};

use super::seal::{SealError, open, seal};
use crate::engine_loop::View;
use crate::store::{CommitNumber, Part};

/// Records in one part.
const RECORDS_A_PART: usize = 1_000;

/// The state after a commit, as the changes that make it.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// Which commit.
    pub number: u64,
    /// The last time the state knew.
    pub now: Timestamp,
    /// The next numbers to give out.
    pub counters: Counters,
    /// Every record.
    pub records: Vec<Change>,
}

/// A part of it, as it is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SnapshotPart {
    /// [`Snapshot::now`].
    pub now: Timestamp,
    /// [`Snapshot::counters`].
    pub counters: Counters,
    /// Some of the records.
    pub records: Vec<Change>,
}

impl Snapshot {
    /// What readers see now.
    pub fn of(view: &View) -> Snapshot {
        let (number, state) = view.numbered();
        let CommitNumber(number) = number;
        Snapshot {
            number,
            now: state.now(),
            counters: state.counters(),
            records: state.records().collect(),
        }
    }

    /// How many parts it has; one at least.
    pub fn parts(&self) -> u32 {
        let parts = self.records.len().div_ceil(RECORDS_A_PART).max(1);
        u32::try_from(parts).unwrap_or(u32::MAX)
    }

    /// One of them, as the store keeps it.
    ///
    /// # Errors
    /// A record cannot be written down.
    pub fn part(&self, part: u32) -> Result<Part, serde_json::Error> {
        let mut chunks = self.records.chunks(RECORDS_A_PART);
        let records = chunks.nth(part as usize).unwrap_or_default().to_vec();
        let body = seal(&SnapshotPart {
            now: self.now,
            counters: self.counters,
            records,
        })?;
        Ok(Part {
            number: CommitNumber(self.number),
            at: self.now,
            part,
            parts: self.parts(),
            body,
        })
    }

    /// Joins parts in their order.
    pub fn join(number: u64, parts: Vec<SnapshotPart>) -> Snapshot {
        let (now, counters) = parts
            .first()
            .map_or((Timestamp::MIN, Counters::FIRST), |part| {
                (part.now, part.counters)
            });
        Snapshot {
            number,
            now,
            counters,
            records: parts.into_iter().flat_map(|part| part.records).collect(),
        }
    }

    /// The state it is of.
    pub fn state(&self) -> State {
        let mut state = State::resume(self.now, self.counters);
        for change in &self.records {
            state.apply(change);
        }
        state
    }
}

impl SnapshotPart {
    /// Opens what the store kept.
    ///
    /// # Errors
    /// The body is torn, or a newer version's.
    pub fn open(part: &Part) -> Result<SnapshotPart, SealError> {
        open(&part.body)
    }
}
