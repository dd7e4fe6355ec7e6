//! Reads times as others write them: RFC 3339.
//!
//! In: a text. Out: a time, to the millisecond. Some write "for ever" as the last second of the year
//! 9999, which is later than calendars go here: that is the last moment they know.

use jiff::Timestamp as Instant;
use vedette_triage::Timestamp;

/// How the end of time begins.
const FOR_EVER: &str = "9999-12-31";
/// A day of the same form that calendars know.
const SOME_DAY: &str = "9998-12-31";

/// Reads a time.
///
/// # Errors
/// Says why the text is none.
pub(crate) fn read(text: &str) -> Result<Timestamp, String> {
    let instant = match text.parse::<Instant>() {
        Ok(instant) => instant,
        Err(_) if is_for_ever(text) => Instant::MAX,
        Err(error) => {
            return Err(format!(
                "{text:?} is not a time as in 2026-01-31T12:00:00Z: {error}"
            ));
        }
    };
    Ok(Timestamp::from_millis(instant.as_millisecond()))
}

fn is_for_ever(text: &str) -> bool {
    let time = text.strip_prefix(FOR_EVER);
    time.is_some_and(|time| format!("{SOME_DAY}{time}").parse::<Instant>().is_ok())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn for_ever_is_the_last_moment_there_is_and_nonsense_is_no_time() {
        let last = Timestamp::from_millis(Instant::MAX.as_millisecond());
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Some(Timestamp::from_millis(0))),
            ("1970-01-01T01:00:00+01:00", Some(Timestamp::from_millis(0))),
            ("9999-12-31T23:59:59Z", Some(last)),
            ("9999-12-31T23:59:59.999-08:00", Some(last)),
            ("9999-12-31", None),
            ("9999-12-31T25:00:00Z", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(read(text).ok(), expected, "{text:?}");
        }
    }
}
