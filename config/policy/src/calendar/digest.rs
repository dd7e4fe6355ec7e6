//! Decides when the digests of teams are: at one time of some days of the week.
//!
//! In: what a team wrote, else what the site did; a zone. Out: moments for some weeks ahead.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use vedette_triage::Timestamp;

use super::{Calendar, DAYS_AHEAD, moment};
use crate::settings::{Digests, Settings};

/// When the digests of each team are; no team that wants none.
pub(crate) fn moments(
    settings: &Settings,
    calendar: &Calendar,
) -> BTreeMap<String, Vec<Timestamp>> {
    let teams = settings.teams.iter();
    let planned = teams.filter_map(|team| {
        let digests = team.digest.as_ref().unwrap_or(&settings.site.digest);
        let moments = of(digests, calendar);
        (!moments.is_empty()).then(|| (team.name.clone(), moments))
    });
    planned.collect()
}

fn of(digests: &Digests, calendar: &Calendar) -> Vec<Timestamp> {
    let Digests::At { days, time } = digests else {
        return Vec::new();
    };
    // From yesterday on: a zone may be behind the day that is looked at.
    (-1..=DAYS_AHEAD)
        .filter_map(|ahead| calendar.today.checked_add(ahead.days()).ok())
        .filter(|day| days[usize::from(day.weekday().to_monday_zero_offset().unsigned_abs())])
        .filter_map(|day| moment(day.to_datetime(*time), &calendar.zone))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::*;

    #[test]
    fn a_digest_is_at_the_same_time_of_day_before_and_after_the_change_of_clocks() {
        let monday = Digests::parse("Mon 07:30").unwrap();
        // Until summer time begins on the 28th it is UTC+1.
        check(&monday, &["2027-03-22T06:30:00Z", "2027-03-29T05:30:00Z"]);
        check(&Digests::Never, &[]);
        let weekdays = Digests::parse("Mon,Wed 12:00").unwrap();
        check(&weekdays, &["2027-03-22T11:00:00Z", "2027-03-24T11:00:00Z"]);
    }

    #[track_caller]
    fn check(digests: &Digests, first: &[&str]) {
        let calendar = Calendar {
            today: date(2027, 3, 19),
            zone: TimeZone::get("Europe/Vienna").unwrap(),
            owners: BTreeSet::new(),
        };
        let moments = of(digests, &calendar);
        let expected: Vec<Timestamp> = first
            .iter()
            .map(|at| at.parse::<jiff::Timestamp>().unwrap())
            .map(|at| Timestamp::from_millis(at.as_millisecond()))
            .collect();
        assert_eq!(moments.get(..first.len()), Some(expected.as_slice()));
        assert!(!first.is_empty() || moments.is_empty());
    }
}
