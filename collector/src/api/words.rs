//! Writes times as people read them: in this machine's zone, the day only where it is not today.

use jiff::Zoned;
use jiff::tz::TimeZone;
use vedette_triage::Timestamp;

use super::time::Time;

/// `14:31`, or `2026-10-03 14:31` on another day than `now`, in this machine's zone.
pub(crate) fn clock_time(at: Timestamp, now: Timestamp) -> String {
    let zone = TimeZone::system();
    in_zone(at, now, &zone)
}

fn in_zone(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let local = |at: Timestamp| -> Zoned { Time(at).instant().to_zoned(zone.clone()) };
    let (at, now) = (local(at), local(now));
    let form = if at.date() == now.date() {
        "%H:%M:%S"
    } else {
        "%Y-%m-%d %H:%M"
    };
    at.strftime(form).to_string()
}

/// What somebody asked for, repeated in an error: its beginning.
pub(crate) fn cut(text: &str) -> String {
    const CHARS_MAX: usize = 80;
    let mut cut: String = text.chars().take(CHARS_MAX).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}

/// `3 s`, `5 min`, `2 h 5 min`, `3 d 4 h`: the two largest units.
pub(crate) fn span(duration: std::time::Duration) -> String {
    const UNITS: &[(u64, &str)] = &[(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let seconds = duration.as_secs();
    let largest = UNITS.iter().position(|(unit, _)| seconds >= *unit);
    let Some(largest) = largest else {
        return "0 s".into();
    };
    let (unit, name) = UNITS[largest];
    let text = format!("{} {name}", seconds / unit);
    let rest = UNITS
        .get(largest + 1)
        .map(|(smaller, name)| (seconds % unit / smaller, name))
        .filter(|(count, _)| *count > 0);
    match rest {
        Some((count, name)) => format!("{text} {count} {name}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_day_is_named_only_when_it_is_not_today() {
        let at = Timestamp::from_millis(1_593_586_591_281);
        for (now, expected) in [
            (at.after(Duration::from_secs(60)), "06:56:31"),
            (at.after(Duration::from_secs(86_400)), "2020-07-01 06:56"),
        ] {
            assert_eq!(in_zone(at, now, &TimeZone::UTC), expected);
        }
    }

    #[test]
    fn a_span_shows_its_two_largest_units() {
        for (seconds, expected) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (61, "1 min 1 s"),
            (3_600, "1 h"),
            (7_500, "2 h 5 min"),
            (86_400 * 3 + 5, "3 d"),
            (86_400 * 3 + 3_600 * 4, "3 d 4 h"),
        ] {
            assert_eq!(span(Duration::from_secs(seconds)), expected);
        }
    }
}
