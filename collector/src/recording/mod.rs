//! Writes down what the engine was told, so that triage can be replayed exactly.
//!
//! In the order of the data: a [`Recorder`] takes each input with a [`Digest`] of what was decided
//! on it, and [`seal`] makes a body of them that is kept in the commit's own transaction; a
//! [`Snapshot`] is the state once a day.

mod digest;
mod record;
mod seal;
mod snapshot;

pub use digest::Digest;
pub use record::{Recorder, Row};
pub use seal::SealError;
pub use snapshot::{Snapshot, SnapshotPart};
