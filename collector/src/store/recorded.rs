//! Keeps the shapes of what is recorded for a replay, as a store sees them: bodies it does not open.
//!
//! What is in a body is [`crate::recording`]'s.

use vedette_triage::{Revision, Timestamp};

use super::CommitNumber;

/// Bytes of records one answer has at most, and one record more.
pub const RECORDS_BYTES_MAX: usize = 1 << 20;

/// What a store keeps without opening it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Body {
    /// The number of its form: which version can read it.
    pub form: u32,
    /// It.
    pub bytes: Vec<u8>,
}

/// What made a commit: kept in the same transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// The revision that was in force before the first input.
    pub policy: Revision,
    /// The inputs.
    pub body: Body,
}

/// A record that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRow {
    /// Of which commit.
    pub number: CommitNumber,
    /// When it was decided.
    pub at: Timestamp,
    /// What made it.
    pub record: Record,
}

/// One part of the state as it was after a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// After which commit.
    pub number: CommitNumber,
    /// When.
    pub at: Timestamp,
    /// Which part, from zero.
    pub part: u32,
    /// How many there are; without one of them it is no snapshot.
    pub parts: u32,
    /// The records.
    pub body: Body,
}

/// The files that made a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    /// Under which number.
    pub revision: Revision,
    /// The texts.
    pub body: Body,
}

/// What is kept beside the commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keepsake {
    /// A part of a snapshot.
    Part(Part),
    /// The files of a policy.
    Texts(Texts),
}

/// What is recorded, so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recording {
    /// The oldest record.
    pub first: Option<(CommitNumber, Timestamp)>,
    /// The newest record.
    pub last: Option<(CommitNumber, Timestamp)>,
    /// Bytes of all records.
    pub bytes: u64,
    /// The snapshots that are whole, the oldest first.
    pub snapshots: Vec<SnapshotHead>,
    /// The policies whose files are kept, the oldest first.
    pub policies: Vec<Revision>,
}

/// A snapshot that is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotHead {
    /// After which commit.
    pub number: CommitNumber,
    /// When.
    pub at: Timestamp,
    /// Of how many parts it is.
    pub parts: u32,
}

/// What may be forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// What was over before.
    pub timeline: Timestamp,
    /// What was recorded before, as far as a snapshot replaces it.
    pub inputs: Timestamp,
    /// Beyond so many bytes of records, the oldest that a later snapshot replaces.
    pub inputs_bytes: u64,
}

/// Up to which snapshot records may go: the newest that is old enough, or one later than the oldest
/// where there are too many bytes.
pub(super) fn replaced_by(
    whole: &[SnapshotHead],
    limits: &Limits,
    bytes: u64,
) -> Option<CommitNumber> {
    let old_enough = whole.iter().rfind(|head| head.at <= limits.inputs);
    let second = whole.get(1).filter(|_| bytes > limits.inputs_bytes);
    let either = old_enough.into_iter().chain(second);
    either.map(|head| head.number).max()
}
