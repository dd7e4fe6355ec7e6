//! Remembers: the contract of every store, and what can be asked of one.
//!
//! A store keeps records by key and promises that a commit is whole or not at
//! all. It decides nothing and reads no clock. Implementors: [`sqlite`],
//! [`postgres`], and [`memory`] for tests.

use std::sync::Arc;

use vedette_triage::{
    Change, Counters, Decision, Delivery, DeliveryId, Entry, Incident, IncidentId, Revision,
    Ticket, Timestamp,
};

mod handle;
mod last_word;
pub mod memory;
pub mod postgres;
mod record;
mod recorded;
mod row;
pub mod sqlite;

pub use handle::{StoreHandle, in_place, spawn};
pub use recorded::{
    Body, Keepsake, Limits, Part, RECORDS_BYTES_MAX, Record, RecordRow, Recording, SnapshotHead,
    Texts,
};

/// Answers to one question at most, whatever it asks for.
pub const ANSWERS_MAX: u32 = 10_000;
/// Rows one call of [`Store::forget`] removes at most (tickets go with their incident, parts of a
/// snapshot with it, uncounted),
/// so that commits behind it wait milliseconds.
pub const FORGOTTEN_MAX: u64 = 1_000;

/// The number of a commit: ascending by one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitNumber(pub u64);

/// The whole of what several inputs made true, to be remembered together.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The number this commit gets; refused unless it is the last one's plus one.
    pub number: CommitNumber,
    /// Which run of the collector commits; refused unless it is the one that loaded last.
    pub epoch: u64,
    /// When.
    pub now: Timestamp,
    /// The numbers given out so far.
    pub counters: Counters,
    /// The policy that decided.
    pub revision: Revision,
    /// What was decided, in order.
    pub decisions: Arc<Vec<Decision>>,
    /// What it was decided on.
    pub record: Record,
}

/// Everything the engine needs to go on.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The last commit.
    pub number: CommitNumber,
    /// This run of the collector; raised by each load.
    pub epoch: u64,
    /// The time of the last commit, or until when the collector ran if that was written later;
    /// none if there never was either.
    pub now: Option<Timestamp>,
    /// The next numbers to give out.
    pub counters: Counters,
    /// The revision of the policy that decided last.
    pub revision: Revision,
    /// Every record, as the change that puts it.
    pub records: Vec<Change>,
    /// Of these, alerts whose end was written behind since they were put, and that end.
    pub ends: Vec<(vedette_triage::AlertId, Timestamp)>,
}

/// A delivery that is due, and what is known of earlier attempts.
#[derive(Debug, Clone)]
pub struct Due {
    /// What to deliver.
    pub delivery: Arc<Delivery>,
    /// Attempts that were made, as far as they were recorded.
    pub attempts: u32,
    /// The run of the collector in which it was decided or last attempted: one from an earlier run
    /// may have been sent without a record of it, so its outcome is unknown (invariant 13).
    pub epoch: u64,
    /// What an earlier attempt wants remembered: since when its outcome is unknown.
    pub unknown_since: Option<Timestamp>,
}

/// An attempt that was not the last one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// Which delivery.
    pub delivery: DeliveryId,
    /// When to try again.
    pub next_at: Timestamp,
    /// Attempts made so far.
    pub attempts: u32,
    /// Set when the attempt may have been carried out.
    pub unknown_since: Option<Timestamp>,
    /// What the receiver answered, for people; secrets removed, bounded.
    pub answer: String,
}

/// One kind of question people ask of the past; answers are bounded lists, of [`ANSWERS_MAX`] at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// The timeline of an incident, oldest first.
    Timeline {
        /// Which incident.
        incident: IncidentId,
        /// At most so many lines.
        at_most: u32,
    },
    /// What happened to a host lately, newest first: entries that name it.
    HostTimeline {
        /// The host's id.
        host: vedette_triage::EntityId,
        /// At most so many lines.
        at_most: u32,
    },
    /// An incident with its tickets, archived or not.
    Incident(IncidentId),
    /// Archived incidents, newest first.
    Archived {
        /// Only numbers below this one.
        before: IncidentId,
        /// At most so many.
        at_most: u32,
    },
    /// The deliveries of an incident with what became of them, in order.
    Deliveries {
        /// Which incident.
        incident: IncidentId,
        /// At most so many.
        at_most: u32,
    },
    /// Deliveries that are pending or dead, the newest first.
    Unfinished {
        /// Only those of this receiver.
        receiver: Option<String>,
        /// Only dead ones.
        only_dead: bool,
        /// Only numbers below this one.
        before: Option<DeliveryId>,
        /// At most so many.
        at_most: u32,
    },
    /// One delivery; answered with a list of at most one.
    Delivery(DeliveryId),
    /// Pending and dead deliveries by receiver, and the oldest pending one.
    Backlog,
    /// What is recorded.
    Recording,
    /// What made commits, in order; of [`RECORDS_BYTES_MAX`] bytes at most, but one at least.
    Records {
        /// Only those after this one.
        after: CommitNumber,
        /// At most so many.
        at_most: u32,
    },
    /// A part of a snapshot.
    Part {
        /// Of the state after this commit.
        number: CommitNumber,
        /// Which part.
        part: u32,
    },
    /// The files of a policy.
    Texts(Revision),
}

/// The answers, in the order of [`Question`].
#[derive(Debug, Clone)]
pub enum Answers {
    /// To `Timeline` and `HostTimeline`.
    Timeline(Vec<Line>),
    /// To `Incident`.
    Incident(Option<Box<(Incident, Vec<Ticket>)>>),
    /// To `Archived`.
    Archived(Vec<Incident>),
    /// To `Deliveries`, `Unfinished` and `Delivery`.
    Deliveries(Vec<DeliveryRow>),
    /// To `Backlog`.
    Backlog(Vec<Backlog>),
    /// To `Recording`.
    Recording(Recording),
    /// To `Records`.
    Records(Vec<RecordRow>),
    /// To `Part`.
    Part(Option<Part>),
    /// To `Texts`.
    Texts(Option<Texts>),
}

/// One line of a timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// When it was decided.
    pub at: Timestamp,
    /// By which policy.
    pub revision: Revision,
    /// What and why.
    pub entry: Entry,
}

/// A delivery and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct DeliveryRow {
    /// What is delivered.
    pub delivery: Arc<Delivery>,
    /// Where it stands.
    pub standing: Standing,
    /// Attempts that failed.
    pub attempts: u32,
    /// When it is tried next, or was settled.
    pub at: Timestamp,
    /// The receiver's last answer.
    pub answer: String,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// To be sent.
    Pending,
    /// The receiver did it.
    Done,
    /// The receiver will never do it.
    Dead,
}

/// What waits at one receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backlog {
    /// Which receiver.
    pub receiver: String,
    /// Deliveries to be sent.
    pub pending: u64,
    /// Deliveries given up.
    pub dead: u64,
    /// When the oldest pending one was decided.
    pub oldest: Option<Timestamp>,
}

/// Keeps records by key. Each implementor runs on a thread of its own.
pub trait Store: Send + 'static {
    /// Every record, and a new epoch, durable: whoever loaded before can no longer write.
    fn load(&mut self) -> Result<Loaded, StoreError>;
    /// Makes the whole batch durable, or nothing of it. [`StoreError::Refused`] unless its number
    /// follows the last one, [`StoreError::Taken`] unless its epoch is that of the last load.
    ///
    /// Archived incidents and dropped tickets are kept for people, not loaded again. A settled
    /// delivery makes the next of its ticket the first (invariant 13); settling twice changes nothing.
    fn commit(&mut self, batch: &Batch) -> Result<(), StoreError>;
    /// Deliveries of a receiver that are due and first of their ticket, the longest waiting first.
    fn due(&mut self, receiver: &str, now: Timestamp, at_most: u32)
    -> Result<Vec<Due>, StoreError>;
    /// Records attempts that were not the last. Doing it twice changes nothing; a settled delivery stays so.
    fn retry(&mut self, retries: &[Retry]) -> Result<(), StoreError>;
    /// Writes behind that the collector ran until `now`, and until when senders vouch for their
    /// alerts: later, never earlier, and only for those that have an end at all. A later put of the
    /// alert says anew until when.
    fn extend(
        &mut self,
        now: Timestamp,
        ends: &[(vedette_triage::AlertId, Timestamp)],
    ) -> Result<(), StoreError>;
    /// Answers people: one kind of question, a bounded list of answers.
    fn ask(&mut self, question: &Question) -> Result<Answers, StoreError>;
    /// Keeps what belongs to no commit. Doing it twice changes nothing.
    fn keep(&mut self, keepsake: &Keepsake) -> Result<(), StoreError>;
    /// Forgets what was over before the limits: archived incidents with all that belongs to them, and
    /// what belongs to none; records that begin before the newest snapshot that is old enough, older
    /// snapshots, and policies that no line of a timeline and no record names any more. Says how many
    /// rows, [`FORGOTTEN_MAX`] at most; call again until none.
    fn forget(&mut self, limits: &Limits) -> Result<u64, StoreError>;
    /// Called when no call has come for a while: the time for housekeeping.
    fn rest(&mut self) {}
}

/// What a caller can do about it decides the variant, not where it came from.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Nothing was written; the same may work later.
    #[error("the store cannot be reached: {0}; nothing is lost, senders keep their data")]
    Away(String),
    /// Nothing was written: no space is left.
    #[error("the store has no space left: {0}; free space on its disk")]
    Full(String),
    /// Nothing was written; the same will never work.
    #[error("the store refused: {0}")]
    Refused(String),
    /// Nothing was written, and nothing will be: this run is over.
    #[error("another run of the collector has taken the store: {0}")]
    Taken(String),
    /// Perhaps it was written, perhaps not: load, and look at the commit number.
    #[error("the store did not say whether it wrote: {0}")]
    Unknown(String),
    /// What is stored is impossible; do not go on.
    #[error("the store holds something impossible: {0}; restore a backup or move it aside")]
    Broken(String),
}
