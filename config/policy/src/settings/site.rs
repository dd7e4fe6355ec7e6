//! Reads where and when people work.
//!
//! In: `[site]`. The zone is used in texts; working hours and holidays are checked and
//! kept, and have no effect until calendars exist.

use std::path::PathBuf;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use vedette_config::{Code, Finding, Reader, Spanned, quoted};

use super::timers::no_effect;

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
        let zone = zone(table);
        let hours = table.parsed("hours", Code::BadDate, Hours::parse);
        let holidays = table.optional::<String>("holidays").map(PathBuf::from);
        for (key, set) in [("hours", hours.is_some()), ("holidays", holidays.is_some())] {
            if set {
                no_effect(table, key, "every day counts 24 hours");
            }
        }
        SiteSettings {
            zone,
            hours: hours.map(|hours| hours.value),
            holidays,
        }
    })
    .unwrap_or(default)
}

/// The name of a zone. A machine without any zones is no reason to refuse a file.
fn zone(table: &mut Reader<'_>) -> Option<String> {
    let written = table.optional::<Spanned<String>>("zone")?;
    if named(&written.value).is_some() {
        return Some(written.value);
    }
    if jiff::tz::db().is_definitively_empty() {
        table.push(
            Finding::warning(Code::BadDate, "this machine knows no time zones")
                .at(&written.place, "times are told in UTC")
                .help("install tzdata"),
        );
        return Some(written.value);
    }
    let message = format!("{} is not a time zone", quoted(&written.value));
    table.push(
        Finding::error(Code::BadDate, message)
            .at(&written.place, "")
            .help("write it like \"Europe/Vienna\""),
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
        let day = |name: &str| DAYS.iter().position(|day| *day == name).ok_or(HELP);
        let mut days = [false; 7];
        for part in written_days.split(',') {
            let (first, last) = match part.split_once('-') {
                Some((first, last)) => (day(first)?, day(last)?),
                None => (day(part)?, day(part)?),
            };
            if first > last {
                return Err("the days of a range go forward from Monday to Sunday");
            }
            days[first..=last].fill(true);
        }
        let (from, until) = times.split_once('-').ok_or(HELP)?;
        let time = |text: &str| Time::strptime("%H:%M", text).map_err(|_| HELP);
        let (from, until) = (time(from)?, time(until)?);
        if from >= until {
            return Err("work ends after it begins, on the same day");
        }
        Ok(Hours { days, from, until })
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
