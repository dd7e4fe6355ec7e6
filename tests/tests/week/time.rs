//! Keeps the calendar of the week: Monday 2026-03-02 to Sunday, in UTC.
//!
//! Knows nothing of what happens.

use std::time::Duration;

use vedette_triage::Timestamp;

/// Monday 00:00.
const MONDAY: i64 = 1_772_409_600_000;
const DAY_MS: i64 = 24 * 3600 * 1000;
/// Everybody has enrolled in so many hours before the week begins.
pub(crate) const HOURS_BEFORE: u64 = 6;

pub(crate) const MON: i64 = 0;
pub(crate) const TUE: i64 = 1;
pub(crate) const WED: i64 = 2;
pub(crate) const THU: i64 = 3;
pub(crate) const FRI: i64 = 4;
pub(crate) const SAT: i64 = 5;
pub(crate) const SUN: i64 = 6;
pub(crate) const WORKING_DAYS: [i64; 5] = [MON, TUE, WED, THU, FRI];
pub(crate) const ALL_DAYS: [i64; 7] = [MON, TUE, WED, THU, FRI, SAT, SUN];

const NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn minutes(minutes: u64) -> Duration {
    seconds(60 * minutes)
}

pub(crate) fn hours(hours: u64) -> Duration {
    minutes(60 * hours)
}

/// That time of that day.
pub(crate) fn at(day: i64, hour: u64, minute: u64) -> Timestamp {
    Timestamp::from_millis(MONDAY + day * DAY_MS).after(minutes(60 * hour + minute))
}

/// When the first report comes.
pub(crate) fn begins() -> Timestamp {
    at(MON, 0, 0).before(hours(HOURS_BEFORE))
}

/// When the week is over.
pub(crate) fn ends() -> Timestamp {
    at(SUN, 24, 0)
}

/// The day of a moment, none before the week.
pub(crate) fn day(moment: Timestamp) -> Option<i64> {
    let day = (moment.as_millis() - MONDAY).div_euclid(DAY_MS);
    (0..7).contains(&day).then_some(day)
}

/// The night of a moment, by the day on which it begins: from 22:00 to 06:00.
pub(crate) fn night(moment: Timestamp) -> Option<i64> {
    let day = day(moment)?;
    match of_day(moment) / hours(1).as_millis() as i64 {
        0..6 => Some(day - 1),
        22.. => Some(day),
        _ => None,
    }
}

fn of_day(moment: Timestamp) -> i64 {
    (moment.as_millis() - MONDAY).rem_euclid(DAY_MS)
}

/// `Mon`.
pub(crate) fn day_name(day: i64) -> &'static str {
    usize::try_from(day).map_or("before", |day| NAMES.get(day).copied().unwrap_or("after"))
}

/// `Mon 08:15:30`.
pub(crate) fn clock(moment: Timestamp) -> String {
    let of_day = of_day(moment) / 1000;
    let day = (moment.as_millis() - MONDAY).div_euclid(DAY_MS);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{} {hour:02}:{minute:02}:{second:02}", day_name(day))
}
