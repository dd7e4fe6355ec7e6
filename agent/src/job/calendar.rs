//! Finds when a schedule should have begun last, by the clock on this host's wall.
//!
//! In: a schedule, a zone, a span of time. Out: a moment, or none. Where the clocks change
//! it does as cron(8) of Debian: what the clock skips begins just after the change, what it
//! shows twice begins once; schedules of every hour follow time that passes.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use vedette_config::{CalendarMinute, Schedule};

const MINUTE_MS: i64 = 60_000;
/// The furthest look back: longer than any schedule pauses, but for 29 February.
const LOOK_BACK_MS: i64 = 400 * 86_400_000;
/// Minutes that a change of the clocks may skip and that are still looked at.
const SKIPPED_MINUTES_MAX: i64 = 24 * 60;

/// The last moment after `after_ms` and not after `until_ms` at which the schedule begins,
/// all in milliseconds since 1970 UTC.
pub(crate) fn latest(
    schedule: &Schedule,
    zone: &TimeZone,
    after_ms: i64,
    until_ms: i64,
) -> Option<i64> {
    let after_ms = after_ms.max(until_ms.saturating_sub(LOOK_BACK_MS));
    let mut moment_ms = until_ms - until_ms.rem_euclid(MINUTE_MS);
    while moment_ms > after_ms {
        let shown = shown(zone, moment_ms)?;
        if is_begin(schedule, zone, moment_ms, shown) {
            return Some(moment_ms);
        }
        moment_ms -= step_back(schedule, zone, moment_ms, shown);
    }
    None
}

/// A minute, or up to the hour before where nothing can be in this one.
fn step_back(schedule: &Schedule, zone: &TimeZone, moment_ms: i64, shown_now: DateTime) -> i64 {
    if schedule.names_hour(minute(shown_now)) {
        return MINUTE_MS;
    }
    let minutes = i64::from(shown_now.minute()) + 1;
    let before = shown(zone, moment_ms - minutes * MINUTE_MS);
    // A change of the clocks in between is walked through minute by minute.
    match before.and_then(|before| before.checked_add(minutes.minutes()).ok()) {
        Some(expected) if expected == shown_now => minutes * MINUTE_MS,
        Some(_) | None => MINUTE_MS,
    }
}

fn is_begin(schedule: &Schedule, zone: &TimeZone, moment_ms: i64, shown_now: DateTime) -> bool {
    if schedule.is_every_hour() {
        return schedule.names(minute(shown_now));
    }
    let is_first_time = zone
        .to_ambiguous_timestamp(shown_now)
        .earlier()
        .is_ok_and(|first| first.as_millisecond() == moment_ms);
    (schedule.names(minute(shown_now)) && is_first_time)
        || skips_a_begin(schedule, zone, moment_ms, shown_now)
}

/// Whether the clock has just skipped a minute at which the schedule would have begun.
fn skips_a_begin(
    schedule: &Schedule,
    zone: &TimeZone,
    moment_ms: i64,
    shown_now: DateTime,
) -> bool {
    let Some(before) = shown(zone, moment_ms - MINUTE_MS) else {
        return false;
    };
    (1..SKIPPED_MINUTES_MAX)
        .map_while(|minutes| before.checked_add(minutes.minutes()).ok())
        .take_while(|skipped| *skipped < shown_now)
        .any(|skipped| schedule.names(minute(skipped)))
}

/// What the clock shows, without its seconds.
fn shown(zone: &TimeZone, moment_ms: i64) -> Option<DateTime> {
    let moment = Timestamp::from_millisecond(moment_ms).ok()?;
    Some(zone.to_datetime(moment))
}

fn minute(shown: DateTime) -> CalendarMinute {
    // None of these is negative.
    let small = |value: i8| value.unsigned_abs();
    CalendarMinute {
        month: small(shown.month()),
        day: small(shown.day()),
        weekday: small(shown.weekday().to_sunday_zero_offset()),
        hour: small(shown.hour()),
        minute: small(shown.minute()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    /// Central European time, by its rule, so that no zone must be installed.
    fn vienna() -> TimeZone {
        TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
    }

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    /// Every begin in a span, the first first, as UTC.
    fn begins(written: &str, from: &str, to: &str) -> Vec<String> {
        let schedule = Schedule::parse(written).unwrap();
        let mut until = ms(to);
        let mut found = Vec::new();
        while let Some(begin) = latest(&schedule, &vienna(), ms(from), until) {
            found.push(Timestamp::from_millisecond(begin).unwrap().to_string());
            until = begin - 1;
        }
        found.reverse();
        found
    }

    #[test]
    fn a_nightly_job_begins_at_the_hour_the_clock_shows_in_summer_and_winter() {
        let found = begins("0 2 * * *", "2026-01-10T12:00:00Z", "2026-01-12T12:00:00Z");
        assert_eq!(found, ["2026-01-11T01:00:00Z", "2026-01-12T01:00:00Z"]);
        let found = begins("0 2 * * *", "2026-07-10T12:00:00Z", "2026-07-11T12:00:00Z");
        assert_eq!(found, ["2026-07-11T00:00:00Z"]);
    }

    #[test]
    fn what_the_clock_skips_begins_just_after_the_change() {
        // At 01:00 UTC the clock goes from 02:00 to 03:00.
        let (from, to) = ("2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z");
        assert_eq!(begins("30 2 * * *", from, to), ["2026-03-29T01:00:00Z"]);
        assert_eq!(begins("0 2 * * *", from, to), ["2026-03-29T01:00:00Z"]);
        assert_eq!(begins("0 3 * * *", from, to), ["2026-03-29T01:00:00Z"]);
        assert_eq!(begins("59 1 * * *", from, to), ["2026-03-29T00:59:00Z"]);
    }

    #[test]
    fn what_the_clock_shows_twice_begins_once() {
        // At 01:00 UTC the clock goes from 03:00 back to 02:00.
        let (from, to) = ("2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z");
        assert_eq!(begins("30 2 * * *", from, to), ["2026-10-25T00:30:00Z"]);
        assert_eq!(begins("0 3 * * *", from, to), ["2026-10-25T02:00:00Z"]);
    }

    #[test]
    fn what_begins_every_hour_follows_time_that_passes() {
        let found = begins("0 * * * *", "2026-10-24T23:30:00Z", "2026-10-25T02:30:00Z");
        assert_eq!(found.len(), 3, "{found:?}");
        let found = begins(
            "*/30 * * * *",
            "2026-03-29T00:10:00Z",
            "2026-03-29T01:40:00Z",
        );
        assert_eq!(
            found,
            [
                "2026-03-29T00:30:00Z",
                "2026-03-29T01:00:00Z",
                "2026-03-29T01:30:00Z"
            ]
        );
    }

    #[test]
    fn a_yearly_job_is_found_and_only_within_the_span() {
        let found = begins("0 0 1 1 *", "2025-06-01T00:00:00Z", "2026-06-01T00:00:00Z");
        assert_eq!(found, ["2025-12-31T23:00:00Z"]);
        assert!(begins("0 0 1 1 *", "2026-02-01T00:00:00Z", "2026-06-01T00:00:00Z").is_empty());
        assert!(begins("* * * * *", "2026-02-01T00:00:00Z", "2026-02-01T00:00:59Z").is_empty());
    }

    proptest! {
        // An hour that is skipped at once must hold nothing that a walk would have found.
        #[test]
        fn every_begin_of_a_day_is_found(
            day in 0_i64..730, hour in 0_u8..24, minute in 0_u8..60,
        ) {
            let schedule = Schedule::parse(&format!("{minute} {hour} * * *")).unwrap();
            let noon = ms("2026-01-01T11:00:00Z") + day * 86_400_000;
            let zone = vienna();
            let begin = latest(&schedule, &zone, noon - 86_400_000, noon + 86_400_000);
            prop_assert!(begin.is_some());
            let earlier = latest(&schedule, &zone, noon - 2 * 86_400_000, begin.unwrap() - 1);
            let apart_h = (begin.unwrap() - earlier.unwrap()) / 3_600_000;
            prop_assert!((23..=25).contains(&apart_h), "{apart_h} hours apart");
        }
    }
}
