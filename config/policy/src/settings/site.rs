//! Reads where and when people work.
//!
//! In: `[site]`. Days of work come of it once its holidays are read, too.

use std::fmt;
use std::path::PathBuf;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use vedette_config::{Code, Finding, Reader, Spanned, nearest, quoted};

/// Days of the week as they are written, Monday first.
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// `[site]`: where and when people work.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SiteSettings {
    /// The name of their time zone; none = the machine's.
    pub zone: Option<String>,
    /// When they work.
    pub hours: Option<Hours>,
    /// A calendar of days on which they do not.
    pub holidays: Option<PathBuf>,
    /// When teams get their digests.
    pub digest: Digests,
}

/// When a team gets its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Digests {
    /// At the same time on each of some days.
    At {
        /// Monday first.
        days: [bool; 7],
        /// The time of day.
        time: Time,
    },
    /// It gets none.
    Never,
}

impl Default for Digests {
    /// Monday 07:30.
    fn default() -> Digests {
        Digests::At {
            days: [true, false, false, false, false, false, false],
            time: jiff::civil::time(7, 30, 0, 0),
        }
    }
}

/// Working hours: the same on each of some days.
#[derive(Debug, Clone, PartialEq)]
pub struct Hours {
    /// Monday first.
    pub days: [bool; 7],
    /// From this time on.
    pub from: Time,
    /// Until this time, which is later.
    pub until: Time,
}

impl SiteSettings {
    pub(crate) fn time_zone(&self) -> TimeZone {
        match &self.zone {
            // A name that is not known was told of when it was read.
            Some(name) => named(name).unwrap_or(TimeZone::UTC),
            None => TimeZone::system(),
        }
    }
}

pub(super) fn read(top: &mut Reader<'_>, default: SiteSettings) -> SiteSettings {
    top.table("site", |table| {
        let site = SiteSettings {
            zone: zone_name(table),
            hours: table
                .parsed("hours", Code::BadDate, Hours::parse)
                .map(|hours| hours.value),
            holidays: table.optional::<String>("holidays").map(PathBuf::from),
            digest: digests(table).unwrap_or_default(),
        };
        if let (None, false, Some(place)) = (
            &site.hours,
            table.has("hours"),
            table.key_place("holidays").cloned(),
        ) {
            let message = "holidays are left out of working hours, and there are none";
            table.push(
                Finding::warning(Code::MissingKey, message)
                    .at(&place, "this has no effect")
                    .help("add hours = \"Mon-Fri 07:30-17:30\""),
            );
        }
        site
    })
    .unwrap_or(default)
}

/// When digests are, under the key `digest`.
pub(super) fn digests(table: &mut Reader<'_>) -> Option<Digests> {
    let digests = table.parsed("digest", Code::BadDate, Digests::parse)?;
    Some(digests.value)
}

/// The zone under the key `zone`.
pub(crate) fn zone(table: &mut Reader<'_>) -> Option<TimeZone> {
    named(&zone_name(table)?)
}

/// The name of a zone.
fn zone_name(table: &mut Reader<'_>) -> Option<String> {
    let written = table.optional::<Spanned<String>>("zone")?;
    if named(&written.value).is_some() {
        return Some(written.value);
    }
    let message = format!("{} is not a time zone", quoted(&written.value));
    let known: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.to_string())
        .collect();
    let help = match nearest(&written.value, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => "write it like \"Europe/Vienna\"".to_owned(),
    };
    table.push(
        Finding::error(Code::BadDate, message)
            .at(&written.place, "")
            .help(help),
    );
    None
}

fn named(zone: &str) -> Option<TimeZone> {
    match zone {
        "UTC" => Some(TimeZone::UTC),
        zone => TimeZone::get(zone).ok(),
    }
}

impl Hours {
    /// `Mon-Fri 07:30-17:30`, `Mon,Wed 08:00-12:00`.
    pub(crate) fn parse(text: &str) -> Result<Hours, &'static str> {
        const HELP: &str = "write it like \"Mon-Fri 07:30-17:30\"";
        let (written_days, times) = text.split_once(' ').ok_or(HELP)?;
        let days = parsed_days(written_days, HELP)?;
        let (from, until) = times.split_once('-').ok_or(HELP)?;
        let time = |text: &str| Time::strptime("%H:%M", text).map_err(|_| HELP);
        let (from, until) = (time(from)?, time(until)?);
        if from >= until {
            return Err("work ends after it begins, on the same day");
        }
        Ok(Hours { days, from, until })
    }
}

/// `Mon-Fri`, `Mon,Wed`; Monday first.
pub(super) fn parsed_days(text: &str, help: &'static str) -> Result<[bool; 7], &'static str> {
    let day = |name: &str| DAYS.iter().position(|day| *day == name).ok_or(help);
    let mut days = [false; 7];
    for part in text.split(',') {
        let (first, last) = match part.split_once('-') {
            Some((first, last)) => (day(first)?, day(last)?),
            None => (day(part)?, day(part)?),
        };
        if first > last {
            return Err("the days of a range go forward from Monday to Sunday");
        }
        days[first..=last].fill(true);
    }
    Ok(days)
}

/// `Mon-Fri`, `Mon,Wed`.
pub(super) fn written_days(days: [bool; 7]) -> String {
    let days: Vec<&str> = DAYS
        .into_iter()
        .zip(days)
        .filter_map(|(name, is_one)| is_one.then_some(name))
        .collect();
    match days.as_slice() {
        ["Mon", "Tue", "Wed", "Thu", "Fri"] => "Mon-Fri".to_owned(),
        days => days.join(","),
    }
}

impl Digests {
    /// `Mon 07:30`, `Mon-Fri 16:00`, `never`.
    pub(crate) fn parse(text: &str) -> Result<Digests, &'static str> {
        const HELP: &str = "write it like \"Mon 07:30\", or \"never\"";
        if text == "never" {
            return Ok(Digests::Never);
        }
        let (days, time) = text.split_once(' ').ok_or(HELP)?;
        Ok(Digests::At {
            days: parsed_days(days, HELP)?,
            time: Time::strptime("%H:%M", time).map_err(|_| HELP)?,
        })
    }
}

impl fmt::Display for Digests {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Digests::At { days, time } => {
                let time = time.strftime("%H:%M");
                write!(out, "{} {time}", written_days(*days))
            }
            Digests::Never => out.write_str("never"),
        }
    }
}

impl Hours {
    /// Whether people work on such a day of the week.
    pub(crate) fn includes(&self, day: Date) -> bool {
        self.days[usize::from(day.weekday().to_monday_zero_offset().unsigned_abs())]
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = written_days(self.days);
        let [from, until] = [self.from, self.until].map(|time| time.strftime("%H:%M").to_string());
        write!(out, "{days} {from}-{until}")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn working_hours_are_days_and_times() {
        let hours = Hours::parse("Mon-Fri,Sun 07:30-17:30").unwrap();
        assert_eq!(hours.days, [true, true, true, true, true, false, true]);
        assert_eq!((hours.from.hour(), hours.until.minute()), (7, 30));
    }

    #[test]
    fn digests_are_days_and_a_time_or_never() {
        assert_eq!(Digests::parse("Mon 07:30").unwrap(), Digests::default());
        for text in ["Mon 07:30", "Mon-Fri 16:00", "Tue,Thu 09:00", "never"] {
            assert_eq!(Digests::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "Mon", "Mon 7.30", "Mon 07:30-08:00", "weekly"] {
            assert!(Digests::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_are_no_hours_is_refused() {
        for text in [
            "",
            "Mon-Fri",
            "Fri-Mon 08:00-09:00",
            "Mon 9-5",
            "Mon 17:00-08:00",
            "Mo 08:00-09:00",
        ] {
            assert!(Hours::parse(text).is_err(), "{text:?}");
        }
    }
}
