//! Reads and writes times as ticket systems do.
//!
//! In: text or a number, a format. Out: text. A time without a zone is in UTC, unless
//! the profile names one. Knows nothing of templates.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// Forms without an offset, besides RFC 3339: RT and most databases, Roundup, ISO without zone.
const LOCAL_FORMS: [&str; 3] = [
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d.%H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
];
/// Forms with an offset that RFC 3339 does not have: Jira, GitHub's mails.
const OFFSET_FORMS: [&str; 2] = ["%Y-%m-%dT%H:%M:%S%.f%z", "%a, %d %b %Y %H:%M:%S %z"];
/// Numbers from here on are milliseconds: as seconds they would be after the year 5000.
const MILLIS_MIN: f64 = 1e11;

/// The time a text or number of theirs says, in UTC where it names no zone.
pub fn time_of(text: &str) -> Option<vedette_triage::Timestamp> {
    let at = read(text, &TimeZone::UTC)?;
    Some(vedette_triage::Timestamp::from_millis(at.as_millisecond()))
}

/// The time a text or number says; one without a zone is in `zone`.
pub(super) fn read(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    if let Ok(number) = text.parse::<f64>() {
        return of_number(number);
    }
    let with_offset = OFFSET_FORMS
        .iter()
        .find_map(|form| Timestamp::strptime(form, text).ok());
    with_offset.or_else(|| {
        // A fraction is dropped; Roundup has a dot between date and time as well.
        let plain = match text.rsplit_once('.') {
            Some((whole, rest)) if rest.bytes().all(|byte| byte.is_ascii_digit()) => whole,
            Some(_) | None => text,
        };
        let local = LOCAL_FORMS
            .iter()
            .find_map(|form| DateTime::strptime(form, plain).ok())?;
        Some(local.to_zoned(zone.clone()).ok()?.timestamp())
    })
}

/// Seconds since 1970, or milliseconds.
fn of_number(number: f64) -> Option<Timestamp> {
    if !number.is_finite() {
        return None;
    }
    let millis = if number.abs() >= MILLIS_MIN {
        number
    } else {
        number * 1000.0
    };
    #[allow(clippy::cast_possible_truncation)] // out of range is refused by the calendar
    Timestamp::from_millisecond(millis as i64).ok()
}

/// In a form of `strftime`, in a zone.
pub(super) fn write(at: Timestamp, form: &str, zone: TimeZone) -> Result<String, String> {
    let zoned: Zoned = at.to_zoned(zone);
    jiff::fmt::strtime::format(form, &zoned).map_err(|error| error.to_string())
}

/// RFC 3339 in UTC with milliseconds.
pub(super) fn rfc_3339(at: Timestamp) -> String {
    format!("{at:.3}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_form_that_ticket_systems_write_is_the_same_time() {
        for text in [
            "2026-11-22T01:23:32Z",
            "2026-11-22T02:23:32+01:00",
            "2026-11-22 01:23:32",
            "2026-11-22.01:23:32",
            "2026-11-22.01:23:32.417",
            "2026-11-22T01:23:32",
            "2026-11-22T01:23:32.417+0000",
            "1795310612",
            "1795310612000",
            " 1795310612.4 ",
        ] {
            let at = read(text, &TimeZone::UTC).unwrap_or_else(|| panic!("{text:?} is no time"));
            assert_eq!(at.as_second(), 1_795_310_612, "{text}");
        }
        for text in ["", "soon", "2026-13-01 00:00:00", "22.11.2026", "nan"] {
            assert_eq!(read(text, &TimeZone::UTC), None, "{text:?}");
        }
    }

    #[test]
    fn a_time_is_written_in_the_form_and_zone_that_are_wanted() {
        let at = read("2026-07-01T12:00:00Z", &TimeZone::UTC).unwrap();
        let vienna = TimeZone::get("Europe/Vienna").unwrap();
        for (form, zone, expected) in [
            ("%Y-%m-%d %H:%M:%S", TimeZone::UTC, "2026-07-01 12:00:00"),
            ("%Y-%m-%d.%H:%M:%S", TimeZone::UTC, "2026-07-01.12:00:00"),
            ("%Y-%m-%d %H:%M", vienna, "2026-07-01 14:00"),
        ] {
            assert_eq!(write(at, form, zone).unwrap(), expected);
        }
        assert!(write(at, "%", TimeZone::UTC).is_err());
    }

    #[test]
    fn a_time_without_a_zone_is_read_in_the_zone_of_that_system() {
        let vienna = TimeZone::get("Europe/Vienna").unwrap();
        let at = read("2026-07-01 14:00:00", &vienna).unwrap();
        assert_eq!(rfc_3339(at), "2026-07-01T12:00:00.000Z");
    }
}
