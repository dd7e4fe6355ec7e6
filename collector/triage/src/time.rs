//! Keeps points in time as the core counts them: milliseconds, wall clock, UTC.
//!
//! Knows nothing of clocks, zones or calendars.

use std::fmt;
use std::num::NonZeroU64;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A point in time: milliseconds since 1970-01-01 UTC.
///
/// Counted from the earliest one, which is 1, so that a time that may be missing takes no more room
/// than one that is there: records have many of those.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "i64", into = "i64")]
pub struct Timestamp(NonZeroU64);

/// Between how the two count.
const SIGN: u64 = 1 << 63;

impl Timestamp {
    /// The earliest representable time; earlier than everything that happens.
    pub const MIN: Timestamp = Timestamp(NonZeroU64::MIN);
    /// The latest representable time; "never".
    pub const MAX: Timestamp = Timestamp(NonZeroU64::MAX);

    /// From milliseconds since the epoch; of the least number [`Timestamp::MIN`], one more.
    pub const fn from_millis(millis: i64) -> Timestamp {
        match NonZeroU64::new(millis.cast_unsigned() ^ SIGN) {
            Some(place) => Timestamp(place),
            None => Timestamp::MIN,
        }
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        (self.0.get() ^ SIGN).cast_signed()
    }

    /// This much later; stops at [`Timestamp::MAX`].
    #[must_use]
    pub fn after(self, duration: Duration) -> Timestamp {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millis(self.as_millis().saturating_add(millis))
    }

    /// This much earlier; stops at [`Timestamp::MIN`].
    #[must_use]
    pub fn before(self, duration: Duration) -> Timestamp {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millis(self.as_millis().saturating_sub(millis))
    }

    /// Time passed since `earlier`; zero if that is later than this.
    pub fn since(self, earlier: Timestamp) -> Duration {
        let millis = self.as_millis().saturating_sub(earlier.as_millis());
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    }
}

impl Default for Timestamp {
    /// The epoch.
    fn default() -> Timestamp {
        Timestamp::from_millis(0)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Timestamp").field(&self.as_millis()).finish()
    }
}

impl From<i64> for Timestamp {
    fn from(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }
}

impl From<Timestamp> for i64 {
    fn from(at: Timestamp) -> i64 {
        at.as_millis()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_milliseconds_and_in_their_order() {
        let all = [i64::MIN + 1, -1, 0, 1, 1_000_000_000_000, i64::MAX];
        let times = all.map(Timestamp::from_millis);
        assert_eq!(times.map(Timestamp::as_millis), all);
        assert!(times.is_sorted());
        assert_eq!(
            (times[0], times[2], times[5]),
            (Timestamp::MIN, Timestamp::default(), Timestamp::MAX)
        );
        let written = serde_json::to_string(&times).expect("it is written");
        let read: Vec<Timestamp> = serde_json::from_str(&written).expect("it is read");
        assert_eq!(
            (written, read),
            (
                format!("[{}]", all.map(|at| at.to_string()).join(",")),
                times.to_vec()
            )
        );
    }

    #[test]
    fn the_least_number_is_the_earliest_time_too() {
        assert_eq!(Timestamp::from_millis(i64::MIN), Timestamp::MIN);
        let long_ago = Timestamp::default().before(Duration::MAX);
        assert_eq!(long_ago, Timestamp::MIN);
    }

    #[test]
    fn a_time_that_may_be_missing_takes_no_more_room() {
        assert_eq!(size_of::<Option<Timestamp>>(), size_of::<Timestamp>());
    }
}
