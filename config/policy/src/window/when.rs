//! Decides when a window is, as its file says it.
//!
//! In: `rrule` and `length`, or `starts` and `ends`; a zone, the day. Out: [`Times`]. That a
//! window is over, never comes, or has no end of its own, is told.

use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use toml::value::Offset;
use vedette_config::{Code, Datetime, Finding, Findings, Reader, Spanned, duration};
use vedette_triage::{Interval, Timestamp};

use crate::calendar::{self, Calendar, DAYS_LOOKED_AT, Recurrence, merged, moment};

/// How long a window that comes back can last, each time.
const LENGTH: RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(31 * 86_400);
/// How long one that comes once can last: as long as a silence.
const ONCE_AT_MOST: Duration = Duration::from_secs(90 * 86_400);
/// The earliest year there is: counting from it does not take long.
const YEAR_MIN: u16 = 2000;
/// Times that are told of a window.
const NEXT_SHOWN: usize = 3;

/// What a window can have.
const WAYS: &str = "write rrule and length (again and again), or starts and ends (once)";

/// When a window is.
pub(super) enum When {
    Once(Spanned<Interval>),
    Again {
        rule: Spanned<Recurrence>,
        length: Spanned<Duration>,
    },
}

/// What the core and people are told of when a window is.
#[derive(Default)]
pub(super) struct Times {
    /// Within [`Calendar::reach`].
    pub(super) intervals: Vec<Interval>,
    pub(super) next: Vec<Interval>,
}

/// When a window is. `None` after a finding.
pub(super) fn read(table: &mut Reader<'_>, zone: &TimeZone) -> Option<When> {
    let is_again = table.has("rrule");
    let rule = table.optional::<Spanned<String>>("rrule");
    let length = table.within::<Duration>("length", LENGTH);
    let starts = table.optional::<Spanned<Datetime>>("starts");
    let ends = table.optional::<Spanned<Datetime>>("ends");
    if !is_again && !table.has("starts") {
        let place = table.place().clone();
        let finding = Finding::error(Code::MissingKey, "this window does not say when it is");
        table.push(finding.at(&place, "").help(WAYS));
        return None;
    }
    let (one_way, other_way) = match is_again {
        true => ("rrule", "ends"),
        false => ("starts", "length"),
    };
    if let Some(place) = table.key_place(other_way).cloned() {
        let message = format!("`{other_way}` does not go with `{one_way}`");
        table.push(
            Finding::error(Code::ConflictingKeys, message)
                .at(&place, "")
                .help(WAYS),
        );
        return None;
    }
    let wanted = if is_again {
        ["rrule", "length"]
    } else {
        ["starts", "ends"]
    };
    for key in wanted {
        if !table.has(key) {
            let place = table.place().clone();
            let finding = Finding::error(Code::MissingKey, format!("this window has no `{key}`"));
            table.push(finding.at(&place, "").help(WAYS));
            return None;
        }
    }
    match is_again {
        true => {
            let starts = match starts {
                Some(starts) => Some(counted_from(table, &starts)?),
                None => None,
            };
            let rule = rule?;
            let read = calendar::read(&rule, starts, table.findings())?;
            let place = table
                .key_place("length")
                .cloned()
                .unwrap_or(rule.place.clone());
            Some(When::Again {
                rule: Spanned::new(read, rule.place),
                length: Spanned::new(length?, place),
            })
        }
        false => once(table, zone, &starts?, &ends?),
    }
}

/// The first time a recurrence can be: on the wall, as all its times are.
fn counted_from(table: &mut Reader<'_>, written: &Spanned<Datetime>) -> Option<DateTime> {
    let local = local(&written.value);
    if written.value.offset.is_some() || local.is_none() {
        table.push(
            Finding::error(Code::BadDate, "this is no start of a recurrence")
                .at(&written.place, "")
                .help(format!(
                    "write a date, or date and time, in the window's zone, not before {YEAR_MIN}: 2026-12-01T22:00:00"
                )),
        );
        return None;
    }
    local
}

fn once(
    table: &mut Reader<'_>,
    zone: &TimeZone,
    starts: &Spanned<Datetime>,
    ends: &Spanned<Datetime>,
) -> Option<When> {
    let [starts_at, ends_at] = [starts, ends].map(|written| {
        let at = instant(&written.value, zone);
        if at.is_none() {
            table.push(
                Finding::error(Code::BadDate, "a day and a time of the day are needed")
                    .at(&written.place, "")
                    .help("write it like 2026-12-01T22:00:00"),
            );
        }
        at
    });
    let interval = Interval {
        starts_at: starts_at?,
        ends_at: ends_at?,
    };
    let refused = if interval.ends_at <= interval.starts_at {
        "this window ends before it begins".to_owned()
    } else if interval.ends_at.since(interval.starts_at) > ONCE_AT_MOST {
        format!("a window lasts at most {}", duration::show(ONCE_AT_MOST))
    } else {
        return Some(When::Once(Spanned::new(interval, ends.place.clone())));
    };
    table.push(
        Finding::error(Code::OutOfRange, refused)
            .at(&ends.place, "")
            .at(&starts.place, "it begins here"),
    );
    None
}

impl When {
    /// Its times around today; what is wrong with them is told.
    pub(super) fn times(
        &self,
        zone: &TimeZone,
        calendar: &Calendar,
        findings: &mut Findings,
    ) -> Times {
        match self {
            When::Once(interval) => once_times(interval, calendar, findings),
            When::Again { rule, length } => {
                let intervals = |reach| rule.value.intervals(zone, length.value, reach);
                let near = intervals(calendar.reach());
                if let Some(finding) = too_long(rule, length, &near, || {
                    merged(intervals(calendar.far_reach())).len() == 1
                }) {
                    findings.push(finding);
                }
                let near = merged(near);
                let mut next = coming(&near, calendar);
                if next.len() < NEXT_SHOWN {
                    next = coming(&merged(intervals(calendar.far_reach())), calendar);
                }
                if next.is_empty() {
                    findings.push(never_again(rule));
                }
                next.truncate(NEXT_SHOWN);
                Times {
                    intervals: near,
                    next,
                }
            }
        }
    }
}

fn once_times(interval: &Spanned<Interval>, calendar: &Calendar, findings: &mut Findings) -> Times {
    let only = vec![interval.value];
    let [reach, far] = [calendar.reach(), calendar.far_reach()];
    let finding = if interval.value.ends_at <= calendar.midnight() {
        let finding = Finding::warning(Code::WindowOver, "this window is over");
        Some(finding.help("remove it"))
    } else if interval.value.starts_at >= far.ends_at {
        let message = format!("this window does not come in the next {DAYS_LOOKED_AT} days");
        let finding = Finding::warning(Code::WindowNever, message);
        Some(finding.help("see whether the year is right"))
    } else {
        None
    };
    if let Some(finding) = finding {
        findings.push(finding.at(&interval.place, ""));
    }
    let overlaps = |one: &Interval| one.ends_at > reach.starts_at && one.starts_at < reach.ends_at;
    Times {
        next: coming(&only, calendar),
        intervals: only.into_iter().filter(overlaps).collect(),
    }
}

/// Those that are not over before today.
fn coming(intervals: &[Interval], calendar: &Calendar) -> Vec<Interval> {
    let is_coming = |interval: &&Interval| interval.ends_at > calendar.midnight();
    intervals.iter().filter(is_coming).copied().collect()
}

fn never_again(rule: &Spanned<Recurrence>) -> Finding {
    let finding = match rule.value.has_end() {
        true => Finding::warning(Code::WindowOver, "this window is over")
            .help("remove it, or give it a later end"),
        false => {
            let message = format!("this window does not come in the next {DAYS_LOOKED_AT} days");
            Finding::warning(Code::WindowNever, message)
                .help("no such day is near; see whether months and days go together")
        }
    };
    finding.at(&rule.place, "")
}

/// A window that lasts until it begins again is none: nothing would be told of any more, with no
/// end to it. One that overlaps only now and then is one longer window.
fn too_long(
    rule: &Spanned<Recurrence>,
    length: &Spanned<Duration>,
    near: &[Interval],
    never_ends: impl FnOnce() -> bool,
) -> Option<Finding> {
    let period = Duration::from_secs(u64::from(rule.value.period_days()) * 86_400);
    let touches = |pair: &[Interval]| pair[0].ends_at >= pair[1].starts_at;
    let shown = duration::show(length.value);
    let is_one = || near.len() > 1 && near.windows(2).all(touches);
    let finding = if length.value >= period || (is_one() && never_ends()) {
        let message = format!("after {shown} this window begins again: it has no end");
        Finding::error(Code::WindowOverlaps, message).help(
            "make it shorter; what is never to be told of is an exception, or handling = \"watch\"",
        )
    } else if near
        .windows(2)
        .any(|pair| pair[0].ends_at > pair[1].starts_at)
    {
        let message = format!("within {shown} this window begins again");
        Finding::warning(Code::WindowOverlaps, message)
            .help("times that overlap are one longer window")
    } else {
        return None;
    };
    Some(
        finding
            .at(&length.place, "")
            .at(&rule.place, "it comes this often"),
    )
}

/// What a clock on the wall shows; midnight where no time is written.
pub(crate) fn local(written: &Datetime) -> Option<DateTime> {
    let date = written.date.filter(|date| date.year >= YEAR_MIN)?;
    let part = |number: u8| i8::try_from(number).ok();
    let day = Date::new(
        i16::try_from(date.year).ok()?,
        part(date.month)?,
        part(date.day)?,
    )
    .ok()?;
    let time = match written.time {
        Some(time) => {
            let second = time.second.unwrap_or(0).min(59);
            Time::new(part(time.hour)?, part(time.minute)?, part(second)?, 0).ok()?
        }
        None => Time::midnight(),
    };
    Some(day.to_datetime(time))
}

fn instant(written: &Datetime, zone: &TimeZone) -> Option<Timestamp> {
    written.time?;
    let local = local(written)?;
    let at = match written.offset {
        None => moment(local, zone)?,
        Some(Offset::Z) => moment(local, &TimeZone::UTC)?,
        Some(Offset::Custom { minutes }) => {
            let ahead = i64::from(minutes) * 60_000;
            Timestamp::from_millis(moment(local, &TimeZone::UTC)?.as_millis() - ahead)
        }
    };
    Some(at)
}
