//! Decides when people work: their hours on every day that is no holiday.
//!
//! In: `[site] hours`, holidays, a zone. Out: the core's [`WorkingTime`], an interval for
//! each day of work.

use std::collections::BTreeSet;

use jiff::ToSpan as _;
use jiff::civil::Date;
use vedette_triage::{Interval, WorkingTime};

use super::{Calendar, moment};
use crate::settings::Hours;

/// How far back: whoever asked for a day of work before a long weekend still gets it.
const DAYS_BACK: i32 = 7;
/// How far ahead: so many that the longest acknowledgement finds its days of work, whatever
/// holidays lie between.
const DAYS_AHEAD: i32 = 60;

/// When people work, around today. Without hours they always do.
pub(crate) fn intervals(
    hours: Option<&Hours>,
    holidays: &BTreeSet<Date>,
    calendar: &Calendar,
) -> WorkingTime {
    let Some(hours) = hours else {
        return WorkingTime::default();
    };
    let intervals = (-DAYS_BACK..=DAYS_AHEAD)
        .filter_map(|days| calendar.today.checked_add(days.days()).ok())
        .filter(|day| hours.includes(*day))
        .filter(|day| !holidays.contains(day))
        .filter_map(|day| {
            Some(Interval {
                starts_at: moment(day.to_datetime(hours.from), &calendar.zone)?,
                ends_at: moment(day.to_datetime(hours.until), &calendar.zone)?,
            })
        })
        // Hours that a clock put forward leaves nothing of.
        .filter(|interval| interval.starts_at < interval.ends_at)
        .collect();
    WorkingTime(intervals)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use jiff::civil::date;
    use jiff::tz::TimeZone;
    use vedette_triage::{Lasts, Timestamp};

    use super::*;

    #[test]
    fn a_day_of_work_is_the_next_that_is_neither_a_weekend_nor_a_holiday() {
        // Thursday before a holiday; until summer time begins on the 28th it is UTC+1.
        check("2027-03-25T09:00:00Z", 1, "2027-03-30T08:00:00Z");
        check("2027-03-24T09:00:00Z", 1, "2027-03-25T09:00:00Z");
        check("2027-03-24T09:00:00Z", 2, "2027-03-30T08:00:00Z");
        check("2027-03-24T09:00:00Z", 3, "2027-03-31T08:00:00Z");
    }

    #[test]
    fn what_is_asked_for_outside_work_counts_from_its_beginning() {
        // A Saturday; Monday is a holiday: Tuesday counts as the first day, Wednesday is the end.
        check("2027-03-27T12:00:00Z", 1, "2027-03-31T05:30:00Z");
        check("2027-03-24T22:00:00Z", 1, "2027-03-30T05:30:00Z");
    }

    #[test]
    fn without_hours_people_always_work() {
        let calendar = calendar();
        assert_eq!(
            intervals(None, &BTreeSet::new(), &calendar),
            WorkingTime::default()
        );
    }

    #[test]
    fn a_month_of_work_is_known_ahead() {
        let working = working();
        let from = at("2027-03-24T09:00:00Z");
        // Twenty days of work, with two holidays and four weekends between.
        assert_eq!(
            Lasts::WorkingDays(20).end(from, &working),
            at("2027-04-23T08:00:00Z")
        );
    }

    /// Good Friday and Easter Monday of 2027 are no days of work.
    #[track_caller]
    fn check(from: &str, days: u32, expected: &str) {
        let end = Lasts::WorkingDays(days).end(at(from), &working());
        assert_eq!(end, at(expected));
    }

    fn working() -> WorkingTime {
        let hours = Hours::parse("Mon-Fri 07:30-17:30").unwrap();
        let holidays = [date(2027, 3, 26), date(2027, 3, 29)].into();
        intervals(Some(&hours), &holidays, &calendar())
    }

    fn calendar() -> Calendar {
        Calendar {
            today: date(2027, 3, 24),
            zone: TimeZone::get("Europe/Vienna").unwrap(),
            owners: BTreeSet::new(),
        }
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::from_millis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }
}
