//! Reads a recurrence: `FREQ=MONTHLY;BYDAY=2TU;BYHOUR=22;BYMINUTE=0` of RFC 5545.
//!
//! In: the text, and when it begins to count. Out: a [`Recurrence`] that says on which days
//! and at which times, or findings: a part that is not known is refused, because leaving it
//! out would make more of it.
//!
//! Our own and not the crate `rrule`, which brings a second library of time zones (chrono-tz,
//! with a second copy of all zones) for what are two hundred lines here.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use vedette_config::{Code, Finding, Findings, Spanned, nearest, quoted};
use vedette_triage::Timestamp;

use super::moment;

/// Times of one day.
const TIMES_MAX: usize = 48;
/// The largest `INTERVAL` and `COUNT`.
const NUMBER_MAX: u32 = 10_000;
const PARTS: [&str; 11] = [
    "FREQ",
    "INTERVAL",
    "COUNT",
    "UNTIL",
    "BYMONTH",
    "BYMONTHDAY",
    "BYDAY",
    "BYHOUR",
    "BYMINUTE",
    "BYSETPOS",
    "WKST",
];
const DAYS: [(&str, Weekday); 7] = [
    ("MO", Weekday::Monday),
    ("TU", Weekday::Tuesday),
    ("WE", Weekday::Wednesday),
    ("TH", Weekday::Thursday),
    ("FR", Weekday::Friday),
    ("SA", Weekday::Saturday),
    ("SU", Weekday::Sunday),
];

/// When something happens again and again.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Recurrence {
    pub(super) frequency: Frequency,
    /// Every so many days, weeks, months or years.
    pub(super) interval: u32,
    pub(super) count: Option<u32>,
    pub(super) until: Option<Until>,
    pub(super) months: Vec<i8>,
    /// From the end where negative.
    pub(super) month_days: Vec<i8>,
    /// With a number: the so many-th of the month or year; from the end where negative.
    pub(super) days: Vec<(Option<i8>, Weekday)>,
    pub(super) times: Vec<Time>,
    pub(super) positions: Vec<i16>,
    pub(super) week_start: Weekday,
    /// From when on it counts, local time.
    pub(super) starts: DateTime,
}

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// The last moment at which it can happen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Until {
    /// To the end of this time on the wall.
    Local(DateTime),
    At(Timestamp),
}

impl Until {
    pub(super) fn allows(self, local: DateTime, zone: &TimeZone) -> bool {
        match self {
            Until::Local(until) => local <= until,
            Until::At(until) => moment(local, zone).is_some_and(|at| at <= until),
        }
    }
}

impl Recurrence {
    /// The longest time from one period to the next, in days.
    pub(crate) fn period_days(&self) -> u32 {
        let days = match self.frequency {
            Frequency::Daily => 1,
            Frequency::Weekly => 7,
            Frequency::Monthly => 31,
            Frequency::Yearly => 366,
        };
        days * self.interval
    }

    /// Whether it says itself when it is over.
    pub(crate) fn has_end(&self) -> bool {
        self.count.is_some() || self.until.is_some()
    }
}

/// What is written, before it is known whether it is enough.
#[derive(Default)]
struct Draft {
    frequency: Option<Frequency>,
    interval: Option<u32>,
    count: Option<u32>,
    until: Option<Until>,
    months: Vec<i8>,
    month_days: Vec<i8>,
    days: Vec<(Option<i8>, Weekday)>,
    hours: Vec<i8>,
    minutes: Vec<i8>,
    positions: Vec<i16>,
    week_start: Option<Weekday>,
}

/// A recurrence that counts from `starts` on (local time). `None` after a finding.
pub(crate) fn read(
    written: &Spanned<String>,
    starts: Option<DateTime>,
    findings: &mut Findings,
) -> Option<Recurrence> {
    let mut draft = Draft::default();
    let mut seen: Vec<String> = Vec::new();
    let mut is_sound = true;
    let mut begin = written
        .value
        .find(':')
        .map_or(0, |colon| match &written.value[..colon] {
            "RRULE" => colon + 1,
            _ => 0,
        });
    for part in written.value[begin..].split(';') {
        let span = begin..begin + part.len();
        begin = span.end + 1;
        if part.trim().is_empty() {
            continue;
        }
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let [name, value] = [name, value].map(|text| text.trim().to_ascii_uppercase());
        let taken = match seen.contains(&name) {
            true => Err(Wrong::Value("it is there twice".to_owned())),
            false => draft.take(&name, &value),
        };
        if let Err(wrong) = taken {
            is_sound = false;
            let place = written.part(span);
            findings.push(
                wrong
                    .finding(&name, &value)
                    .at(&place, "")
                    .help(wrong.help(&name)),
            );
        }
        seen.push(name);
    }
    if !is_sound {
        return None;
    }
    match draft.complete(starts) {
        Ok(recurrence) => Some(recurrence),
        Err((message, help)) => {
            let finding = Finding::error(Code::BadDate, message).at(&written.place, "");
            findings.push(finding.help(help));
            None
        }
    }
}

/// Why a part cannot be taken.
enum Wrong {
    Name,
    Value(String),
}

impl Wrong {
    fn finding(&self, name: &str, value: &str) -> Finding {
        let message = match self {
            Wrong::Name => format!("{} is no part of a recurrence here", quoted(name)),
            Wrong::Value(_) => format!("{name} cannot be {}", quoted(value)),
        };
        Finding::error(Code::BadDate, message)
    }

    fn help(&self, name: &str) -> String {
        match self {
            Wrong::Value(why) => why.clone(),
            Wrong::Name => match nearest(name, PARTS) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("there are {}", PARTS.join(", ")),
            },
        }
    }
}

impl Draft {
    fn take(&mut self, name: &str, value: &str) -> Result<(), Wrong> {
        match name {
            "FREQ" => self.frequency = Some(frequency(value)?),
            "INTERVAL" => self.interval = Some(number(value)?),
            "COUNT" => self.count = Some(number(value)?),
            "UNTIL" => self.until = Some(until(value)?),
            "BYMONTH" => self.months = numbers(value, 1, 12)?,
            "BYMONTHDAY" => self.month_days = signed(value, 31)?,
            "BYHOUR" => self.hours = numbers(value, 0, 23)?,
            "BYMINUTE" => self.minutes = numbers(value, 0, 59)?,
            "BYSETPOS" => self.positions = signed(value, 366)?,
            "BYDAY" => self.days = value.split(',').map(day).collect::<Result<_, _>>()?,
            "WKST" => match day(value)? {
                (None, day) => self.week_start = Some(day),
                (Some(_), _) => return Err(Wrong::Value("write a day such as MO".to_owned())),
            },
            _ => return Err(Wrong::Name),
        }
        Ok(())
    }

    /// With what follows from the start where it is not said; or what is missing, and the way out.
    fn complete(self, starts: Option<DateTime>) -> Result<Recurrence, (&'static str, String)> {
        let Some(frequency) = self.frequency else {
            return Err((
                "this does not say how often",
                "begin with FREQ=WEEKLY".to_owned(),
            ));
        };
        let is_counted = self.interval.is_some_and(|interval| interval > 1) || self.count.is_some();
        if starts.is_none() && is_counted {
            let help = "add starts = 2026-12-01, the first day it can be".to_owned();
            return Err(("this does not say from when on it is counted", help));
        }
        if starts.is_none() && self.hours.is_empty() {
            let help = "add BYHOUR=22;BYMINUTE=0".to_owned();
            return Err(("this does not say at what time of the day", help));
        }
        self.on_some_day(frequency, starts)?;
        let times = self.times(starts);
        if times.len() > TIMES_MAX {
            let help = format!("at most {TIMES_MAX} times; make the window longer instead");
            return Err(("this is too often on one day", help));
        }
        Ok(Recurrence {
            frequency,
            interval: self.interval.unwrap_or(1),
            count: self.count,
            until: self.until,
            months: self.months,
            month_days: self.month_days,
            days: self.days,
            times,
            positions: self.positions,
            week_start: self.week_start.unwrap_or(Weekday::Monday),
            // A Saturday long ago: where nothing is counted it does not matter which.
            starts: starts.unwrap_or(DateTime::constant(2000, 1, 1, 0, 0, 0, 0)),
        })
    }

    /// That days are said, and in a way that goes with the frequency.
    fn on_some_day(
        &self,
        frequency: Frequency,
        starts: Option<DateTime>,
    ) -> Result<(), (&'static str, String)> {
        let is_numbered = self.days.iter().any(|(number, _)| number.is_some());
        let help = match frequency {
            Frequency::Daily if is_numbered => {
                return Err((
                    "the second Tuesday is of a month or year",
                    "write FREQ=MONTHLY".into(),
                ));
            }
            Frequency::Weekly if is_numbered || !self.month_days.is_empty() => {
                return Err(("a week has no numbered days", "write FREQ=MONTHLY".into()));
            }
            Frequency::Daily => return Ok(()),
            Frequency::Weekly => "add BYDAY=TU",
            Frequency::Monthly => "add BYDAY=2TU or BYMONTHDAY=1",
            Frequency::Yearly => "add BYMONTH=12;BYMONTHDAY=24",
        };
        let has_day = !self.days.is_empty() || !self.month_days.is_empty();
        match has_day || starts.is_some() {
            true => Ok(()),
            false => Err(("this does not say on which day", help.to_owned())),
        }
    }

    fn times(&self, starts: Option<DateTime>) -> Vec<Time> {
        let start = starts.map_or(Time::midnight(), DateTime::time);
        let or = |listed: &[i8], start: i8| match listed {
            [] => vec![start],
            listed => listed.to_vec(),
        };
        let minutes = or(&self.minutes, start.minute());
        let mut times: Vec<Time> = or(&self.hours, start.hour())
            .into_iter()
            .flat_map(|hour| {
                let minutes = minutes.iter();
                minutes.map(move |minute| Time::constant(hour, *minute, 0, 0))
            })
            .collect();
        times.sort_unstable();
        times.dedup();
        times
    }
}

fn frequency(value: &str) -> Result<Frequency, Wrong> {
    match value {
        "DAILY" => Ok(Frequency::Daily),
        "WEEKLY" => Ok(Frequency::Weekly),
        "MONTHLY" => Ok(Frequency::Monthly),
        "YEARLY" => Ok(Frequency::Yearly),
        _ => Err(Wrong::Value(
            "it can be DAILY, WEEKLY, MONTHLY or YEARLY".to_owned(),
        )),
    }
}

fn number(value: &str) -> Result<u32, Wrong> {
    let number = value
        .parse()
        .ok()
        .filter(|number| (1..=NUMBER_MAX).contains(number));
    number.ok_or_else(|| Wrong::Value(format!("it can be from 1 to {NUMBER_MAX}")))
}

fn numbers(value: &str, low: i8, high: i8) -> Result<Vec<i8>, Wrong> {
    let number = |text: &str| {
        let number = text
            .trim()
            .parse()
            .ok()
            .filter(|number| (low..=high).contains(number));
        number.ok_or_else(|| {
            Wrong::Value(format!("numbers from {low} to {high}, separated by commas"))
        })
    };
    value.split(',').map(number).collect()
}

/// From 1 on, or from -1 on backwards.
fn signed<N: TryFrom<i16>>(value: &str, most: i16) -> Result<Vec<N>, Wrong> {
    let number = |text: &str| {
        let number: Option<i16> = text.trim().trim_start_matches('+').parse().ok();
        number
            .filter(|number| *number != 0 && (-most..=most).contains(number))
            .and_then(|number| N::try_from(number).ok())
            .ok_or_else(|| {
                Wrong::Value(format!(
                    "numbers from 1 to {most}, or from -1 to -{most} from the end"
                ))
            })
    };
    value.split(',').map(number).collect()
}

/// `TU`, `2TU`, `-1FR`.
fn day(text: &str) -> Result<(Option<i8>, Weekday), Wrong> {
    let text = text.trim();
    let refused =
        || Wrong::Value("write days such as TU, 2TU (the second) or -1FR (the last)".to_owned());
    let (number, name) = text
        .split_at_checked(text.len().saturating_sub(2))
        .ok_or_else(refused)?;
    let day = DAYS
        .iter()
        .find(|(known, _)| *known == name)
        .ok_or_else(refused)?;
    let number = match number {
        "" => None,
        number => signed(number, 53).map_err(|_| refused())?.first().copied(),
    };
    Ok((number, day.1))
}

/// `20261231`, `20261231T220000` on the wall, `20261231T220000Z`.
fn until(text: &str) -> Result<Until, Wrong> {
    let refused =
        || Wrong::Value("write it like 20261231, 20261231T220000 or 20261231T220000Z".to_owned());
    let local = |text: &str| DateTime::strptime("%Y%m%dT%H%M%S", text).map_err(|_| refused());
    if let Some(text) = text.strip_suffix('Z') {
        let at = moment(local(text)?, &TimeZone::UTC).ok_or_else(refused)?;
        return Ok(Until::At(at));
    }
    if text.contains('T') {
        return local(text).map(Until::Local);
    }
    let day = Date::strptime("%Y%m%d", text).map_err(|_| refused())?;
    Ok(Until::Local(day.at(23, 59, 59, 0)))
}
