//! Writes and reads times as RFC 3339 with milliseconds, UTC: `2026-01-31T12:00:00.000Z`.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use vedette_triage::Timestamp;

use crate::rfc3339;

/// A time as both APIs write it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub Timestamp);

impl From<Timestamp> for Time {
    fn from(at: Timestamp) -> Time {
        Time(at)
    }
}

impl Time {
    /// Reads an RFC 3339 time.
    ///
    /// # Errors
    /// Says why the text is none.
    pub fn parse(text: &str) -> Result<Time, String> {
        rfc3339::read(text).map(Time)
    }

    /// The same for calendars; what they cannot hold is their first or last day.
    pub(crate) fn instant(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0.as_millis()).unwrap_or({
            if self.0.as_millis() < 0 {
                jiff::Timestamp::MIN
            } else {
                jiff::Timestamp::MAX
            }
        })
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.instant())
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Time::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn times_have_three_digits_after_the_second_and_end_with_z() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_593_586_591_281, "2020-07-01T06:56:31.281Z"),
            (1_593_586_591_200, "2020-07-01T06:56:31.200Z"),
        ] {
            let time = Time(Timestamp::from_millis(millis));
            assert_eq!(time.to_string(), text);
            assert_eq!(Time::parse(text).unwrap(), time);
        }
        assert!(Time::parse("yesterday").is_err());
        assert!(!Time(Timestamp::MAX).to_string().is_empty());
    }
}
