//! Writes down what the engine was told, so that triage can be replayed exactly.
//!
//! In the order of the data: a [`Recorder`] takes each input with a [`Digest`] of what was decided
//! on it, and makes a body of them that is kept in the commit's own transaction; a [`Snapshot`] is
//! the state once a day, [`PolicyFiles`] are what made a policy. Of these a [`Replay`] decides
//! everything once more, and says whether it is what was decided.
//!
//! An input that causes no commit changes nothing and is not recorded. Between commits only one
//! thing moves the state: ends of alerts from outside, written behind and read again at a load;
//! the next record has them.

mod digest;
mod files;
mod record;
mod replay;
mod seal;
mod snapshot;

use jiff::civil::Date;
use vedette_triage::Timestamp;

pub use digest::Digest;
pub use files::{NotKept, Policies, PolicyFiles};
pub use record::{Recorder, Row};
pub use replay::{Difference, FindPolicy, Played, Replay, ReplayError};
pub use seal::SealError;
pub use snapshot::{Snapshot, SnapshotPart};

/// The day in UTC; what a policy plans ahead is counted from it.
pub fn day(now: Timestamp) -> Date {
    jiff::Timestamp::from_millisecond(now.as_millis())
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date()
}
