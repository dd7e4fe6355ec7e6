//! Reads who is on call when.
//!
//! In: `[[schedule]]` with its layers and overrides. Out: plain data with places; whom it names is
//! checked once everything is read, and the calendar makes intervals of it. Knows nothing of
//! who is told by it.

use std::fmt;
use std::time::Duration;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use vedette_config::{Code, Datetime, Finding, Reader, Spanned};

use super::site::{self, parsed_days, written_days};
use crate::name::{known_name, unique};
use crate::window::written_local;

/// Schedules of one policy.
const SCHEDULES_MAX: usize = 200;
/// Layers of one schedule.
const LAYERS_MAX: usize = 16;
/// Overrides of one schedule.
const OVERRIDES_MAX: usize = 500;
/// People who take turns in one layer.
const PEOPLE_MAX: usize = 100;
/// Times of the week in which one layer counts.
const ONLY_MAX: usize = 32;
/// How long a turn can be.
const TURN: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(86_400)..=Duration::from_secs(366 * 86_400);
const WEEK: Duration = Duration::from_secs(7 * 86_400);
/// The longest override.
const OVERRIDE_DAYS_MAX: i64 = 90;

/// `[[schedule]]`: who is on call when.
#[derive(Debug, Clone)]
pub struct ScheduleSettings {
    /// Its name, and where it is written.
    pub name: Spanned<String>,
    /// The team that is told by it.
    pub team: Option<Spanned<String>>,
    /// In which its times are meant; none = the site's.
    pub(crate) zone: Option<TimeZone>,
    /// Who takes turns; a later one counts before the earlier ones where it has anybody.
    pub(crate) layers: Vec<Layer>,
    /// Who stands in for whoever would have the turn; the later counts.
    pub(crate) overrides: Vec<Override>,
    /// That nobody is on call at times is meant so.
    pub(crate) gaps_ok: bool,
}

/// People who take turns.
#[derive(Debug, Clone)]
pub(crate) struct Layer {
    pub(crate) people: Vec<Spanned<String>>,
    /// When the first of them begins, on the wall.
    pub(crate) starts: DateTime,
    /// Days until the next one has the turn.
    pub(crate) every_days: i32,
    /// Times of the week in which the layer counts; none = always.
    pub(crate) only: Vec<Within>,
}

/// Somebody stands in, once.
#[derive(Debug, Clone)]
pub(crate) struct Override {
    pub(crate) person: Spanned<String>,
    pub(crate) starts: DateTime,
    pub(crate) ends: DateTime,
}

/// Times of the week: on each of some days from a time until another, of the next day where that is
/// not later.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Within {
    /// Monday first.
    pub(crate) days: [bool; 7],
    pub(crate) from: Time,
    pub(crate) until: Time,
}

impl Within {
    /// `Mon-Fri 08:00-18:00`, `Mon-Fri 18:00-08:00`, `Sat,Sun 00:00-00:00`, `20:00-06:00`.
    pub(crate) fn parse(text: &str) -> Result<Within, &'static str> {
        const HELP: &str = "write it like \"Mon-Fri 18:00-08:00\"";
        let (days, times) = match text.split_once(' ') {
            Some((days, times)) => (parsed_days(days, HELP)?, times),
            None => ([true; 7], text),
        };
        let (from, until) = times.split_once('-').ok_or(HELP)?;
        let time = |text: &str| Time::strptime("%H:%M", text).map_err(|_| HELP);
        let (from, until) = (time(from)?, time(until)?);
        Ok(Within { days, from, until })
    }

    /// When it ends that begins on a day, on the wall.
    pub(crate) fn ends(&self, day: Date) -> DateTime {
        let last = match self.until > self.from {
            true => day,
            false => day.tomorrow().unwrap_or(day),
        };
        last.to_datetime(self.until)
    }

    pub(crate) fn begins_on(&self, day: Date) -> bool {
        let at = day.weekday().to_monday_zero_offset().unsigned_abs();
        self.days[usize::from(at)]
    }
}

impl fmt::Display for Within {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [from, until] = [self.from, self.until].map(|time| time.strftime("%H:%M").to_string());
        write!(f, "{} {from}-{until}", written_days(self.days))
    }
}

pub(super) fn schedules(top: &mut Reader<'_>) -> Vec<ScheduleSettings> {
    let mut names = Vec::new();
    let schedules: Vec<ScheduleSettings> = top
        .tables("schedule", |table| {
            let name = known_name(table, "name");
            if let Some(name) = &name {
                unique(&mut names, name, "schedule", table.findings());
            }
            schedule(table, name)
        })
        .into_iter()
        .flatten()
        .collect();
    let surplus = schedules.get(SCHEDULES_MAX);
    too_many(
        top,
        surplus.map(|one| &one.name),
        (SCHEDULES_MAX, "schedules"),
    );
    schedules
}

fn schedule(table: &mut Reader<'_>, name: Option<Spanned<String>>) -> Option<ScheduleSettings> {
    let team = table.optional("team");
    let zone = site::zone(table);
    let gaps_ok = table.word("gaps", &[("ok", true), ("told", false)]);
    let layers: Vec<Layer> = table.tables("layer", layer).into_iter().flatten().collect();
    let overrides = table.tables("override", replacement);
    let overrides: Vec<Override> = overrides.into_iter().flatten().collect();
    if !table.has("layer") {
        let place = table.place().clone();
        let finding = Finding::error(Code::MissingKey, "this schedule has no layer");
        table.push(
            finding
                .at(&place, "nobody is ever on call")
                .help("add a [[schedule.layer]] with people = [\"...\"]"),
        );
    }
    let surplus = layers
        .get(LAYERS_MAX)
        .and_then(|layer| layer.people.first());
    too_many(table, surplus, (LAYERS_MAX, "layers"));
    let surplus = overrides.get(OVERRIDES_MAX).map(|one| &one.person);
    too_many(table, surplus, (OVERRIDES_MAX, "overrides"));
    Some(ScheduleSettings {
        name: name?,
        team,
        zone,
        layers,
        overrides,
        gaps_ok: gaps_ok.is_some_and(|word| word.value),
    })
}

fn layer(table: &mut Reader<'_>) -> Option<Layer> {
    let people: Option<Vec<Spanned<String>>> = table.required("people");
    let starts = local(table, "starts");
    let every_days = turn(table);
    let only = only(table);
    let people = people?;
    let place = table.key_place("people").unwrap_or(table.place()).clone();
    if people.is_empty() {
        let finding = Finding::error(Code::NobodyTold, "nobody takes turns here");
        table.push(finding.at(&place, "").help("name one of [[person]]"));
        return None;
    }
    too_many(table, people.get(PEOPLE_MAX), (PEOPLE_MAX, "people"));
    if people.len() > 1 && !table.has("starts") {
        let finding = Finding::error(
            Code::MissingKey,
            "it is not said when the first turn begins",
        );
        table.push(
            finding
                .at(&place, "they take turns")
                .help("add starts = 2026-11-30T08:00:00, in the schedule's zone"),
        );
        return None;
    }
    let monday = Date::new(2000, 1, 3).ok()?.to_datetime(Time::midnight());
    let starts = match table.has("starts") {
        true => starts?,
        false => monday,
    };
    Some(Layer {
        people,
        starts,
        every_days: every_days?,
        only,
    })
}

/// Days of a turn: whole ones, so that it begins at the same time on the wall whatever the clocks do.
fn turn(table: &mut Reader<'_>) -> Option<i32> {
    if !table.has("every") {
        return i32::try_from(WEEK.as_secs() / 86_400).ok();
    }
    let every = table.within::<Duration>("every", TURN)?;
    if every.as_secs() % 86_400 != 0 || every.subsec_nanos() != 0 {
        let place = table.key_place("every").unwrap_or(table.place()).clone();
        let finding = Finding::error(Code::BadDuration, "a turn is whole days");
        table.push(finding.at(&place, "").help(
            "write every = \"7d\", and hours of the day as only = [\"Mon-Fri 08:00-18:00\"]",
        ));
        return None;
    }
    i32::try_from(every.as_secs() / 86_400).ok()
}

fn only(table: &mut Reader<'_>) -> Vec<Within> {
    let written: Vec<Spanned<String>> = table.or("only", Vec::new());
    too_many(table, written.get(ONLY_MAX), (ONLY_MAX, "times"));
    let mut only = Vec::new();
    for text in written {
        match Within::parse(&text.value) {
            Ok(within) => only.push(within),
            Err(why) => {
                let message = format!(
                    "{} is no time of the week",
                    vedette_config::quoted(&text.value)
                );
                table.push(Finding::error(Code::BadDate, message).at(&text.place, why));
            }
        }
    }
    only
}

fn replacement(table: &mut Reader<'_>) -> Option<Override> {
    let person: Option<Spanned<String>> = table.required("person");
    for key in ["starts", "ends"] {
        if !table.has(key) {
            let place = table.place().clone();
            let finding = Finding::error(Code::MissingKey, format!("this override has no `{key}`"));
            table.push(
                finding
                    .at(&place, "")
                    .help("write it like 2026-12-24T08:00:00"),
            );
        }
    }
    let starts = local(table, "starts");
    let ends = local(table, "ends");
    let (person, starts, ends) = (person?, starts?, ends?);
    let days = starts
        .date()
        .until(ends.date())
        .map_or(0, |span| i64::from(span.get_days()));
    let wrong = if ends <= starts {
        "this override ends before it begins".to_owned()
    } else if days > OVERRIDE_DAYS_MAX {
        format!("an override lasts at most {OVERRIDE_DAYS_MAX} days")
    } else {
        return Some(Override {
            person,
            starts,
            ends,
        });
    };
    let place = table.key_place("ends").unwrap_or(table.place()).clone();
    table.push(Finding::error(Code::OutOfRange, wrong).at(&place, ""));
    None
}

/// A day and a time on the wall.
fn local(table: &mut Reader<'_>, key: &str) -> Option<DateTime> {
    let written = table.optional::<Spanned<Datetime>>(key)?;
    let local = written_local(&written.value);
    if written.value.offset.is_some() || written.value.time.is_none() || local.is_none() {
        let message = format!("`{key}` is a day and a time, as the clocks there show it");
        table.push(
            Finding::error(Code::BadDate, message)
                .at(&written.place, "")
                .help("write it like 2026-11-30T08:00:00, without an offset"),
        );
        return None;
    }
    local
}

pub(super) fn too_many(
    table: &mut Reader<'_>,
    surplus: Option<&Spanned<String>>,
    (most, what): (usize, &str),
) {
    if let Some(surplus) = surplus {
        let finding = Finding::error(Code::TooLarge, format!("more than {most} {what}"));
        table.push(finding.at(&surplus.place, "this one is too many"));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn times_of_the_week_may_go_over_midnight_and_be_on_every_day() {
        for text in [
            "Mon-Fri 18:00-08:00",
            "Sat,Sun 00:00-00:00",
            "Mon,Wed 08:00-12:00",
        ] {
            assert_eq!(Within::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Within::parse("20:00-06:00").unwrap().days, [true; 7]);
        for text in [
            "",
            "Mon",
            "Mon-Fri",
            "Mon 9-5",
            "Fri-Mon 08:00-09:00",
            "Mo 08:00-09:00",
        ] {
            assert!(Within::parse(text).is_err(), "{text:?}");
        }
    }
}
