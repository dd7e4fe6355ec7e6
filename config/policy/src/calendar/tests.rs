//! What recurrences come to, across clocks that are put forward and back.

#![allow(clippy::unwrap_used)]

use jiff::civil::date;
use proptest::prelude::*;
use vedette_config::{Findings, Place, Source, Spanned};

use super::*;

const VIENNA: &str = "Europe/Vienna";
/// Its clocks are put forward by half an hour only.
const LORD_HOWE: &str = "Australia/Lord_Howe";

// --- which days

#[test]
fn every_day_week_month_and_year_is_counted_from_its_start() {
    check(
        "FREQ=DAILY;INTERVAL=3",
        "2027-01-30T08:00",
        &["2027-01-30 08:00", "2027-02-02 08:00"],
    );
    check(
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR",
        "2027-01-06T08:00",
        &[
            "2027-01-08 08:00",
            "2027-01-18 08:00",
            "2027-01-22 08:00",
            "2027-02-01 08:00",
        ],
    );
    check(
        "FREQ=WEEKLY",
        "2027-01-06T08:00",
        &["2027-01-06 08:00", "2027-01-13 08:00"],
    );
    check(
        "FREQ=MONTHLY;INTERVAL=2",
        "2027-01-31T08:00",
        &["2027-01-31 08:00", "2027-03-31 08:00"],
    );
    check(
        "FREQ=MONTHLY",
        "2027-01-31T08:00",
        &["2027-01-31 08:00", "2027-03-31 08:00", "2027-05-31 08:00"],
    );
    check(
        "FREQ=YEARLY",
        "2028-02-29T08:00",
        &["2028-02-29 08:00", "2032-02-29 08:00"],
    );
    check(
        "FREQ=YEARLY;INTERVAL=2;BYMONTH=12;BYMONTHDAY=24,26",
        "2027-01-01T08:00",
        &["2027-12-24 08:00", "2027-12-26 08:00", "2029-12-24 08:00"],
    );
}

#[test]
fn a_week_begins_when_it_is_said_to() {
    // The example of RFC 5545: it matters only every other week.
    let text = "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU";
    let days = |text: &str, expected: &[&str]| check(text, "1997-08-05T09:00", expected);
    days(
        &format!("{text};WKST=MO"),
        &[
            "1997-08-05 09:00",
            "1997-08-10 09:00",
            "1997-08-19 09:00",
            "1997-08-24 09:00",
        ],
    );
    days(
        &format!("{text};WKST=SU"),
        &[
            "1997-08-05 09:00",
            "1997-08-17 09:00",
            "1997-08-19 09:00",
            "1997-08-31 09:00",
        ],
    );
}

#[test]
fn a_weekday_can_be_numbered_from_either_end() {
    let of = |text: &str, expected: &[&str]| check(text, "2027-01-01T22:00", expected);
    of(
        "FREQ=MONTHLY;BYDAY=2TU",
        &["2027-01-12 22:00", "2027-02-09 22:00"],
    );
    of(
        "FREQ=MONTHLY;BYDAY=-1FR",
        &["2027-01-29 22:00", "2027-02-26 22:00"],
    );
    of(
        "FREQ=MONTHLY;BYDAY=5SU",
        &["2027-01-31 22:00", "2027-05-30 22:00"],
    );
    of(
        "FREQ=YEARLY;BYDAY=20MO",
        &["2027-05-17 22:00", "2028-05-15 22:00"],
    );
    of(
        "FREQ=YEARLY;BYMONTH=3,10;BYDAY=-1SU",
        &["2027-03-28 22:00", "2027-10-31 22:00"],
    );
    of(
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
        &["2027-08-13 22:00", "2028-10-13 22:00"],
    );
    of(
        "FREQ=MONTHLY;BYMONTHDAY=-1",
        &["2027-01-31 22:00", "2027-02-28 22:00"],
    );
}

#[test]
fn of_many_those_at_a_position_can_be_asked_for() {
    let of = |text: &str, expected: &[&str]| check(text, "2027-01-01T09:00", expected);
    // The last day of work of each month.
    of(
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        &["2027-01-29 09:00", "2027-02-26 09:00"],
    );
    of(
        "FREQ=MONTHLY;BYDAY=TU;BYHOUR=6,22;BYSETPOS=2,3",
        &["2027-01-05 22:00", "2027-01-12 06:00"],
    );
}

#[test]
fn a_recurrence_ends_when_it_says() {
    check_all(
        "FREQ=DAILY;COUNT=2",
        "2027-01-01T22:00",
        &["2027-01-01 22:00", "2027-01-02 22:00"],
    );
    check_all(
        "FREQ=DAILY;UNTIL=20270102",
        "2027-01-01T22:00",
        &["2027-01-01 22:00", "2027-01-02 22:00"],
    );
    check_all(
        "FREQ=DAILY;UNTIL=20270102T215959",
        "2027-01-01T22:00",
        &["2027-01-01 22:00"],
    );
    // 22:00 in Vienna is 21:00 in UTC.
    check_all(
        "FREQ=DAILY;UNTIL=20270102T210000Z",
        "2027-01-01T22:00",
        &["2027-01-01 22:00", "2027-01-02 22:00"],
    );
    check_all(
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
        "2027-01-01T22:00",
        &[],
    );
}

// --- which moments

#[test]
fn ten_in_the_evening_stays_ten_in_the_evening_when_clocks_change() {
    let of = |from, expected: &[[&str; 2]]| {
        intervals("FREQ=DAILY;BYHOUR=22;BYMINUTE=0", VIENNA, 4, from, expected);
    };
    of(
        "2027-03-27T12:00:00Z",
        &[
            ["2027-03-27T21:00:00Z", "2027-03-28T01:00:00Z"],
            ["2027-03-28T20:00:00Z", "2027-03-29T00:00:00Z"],
        ],
    );
    of(
        "2027-10-30T12:00:00Z",
        &[
            ["2027-10-30T20:00:00Z", "2027-10-31T00:00:00Z"],
            ["2027-10-31T21:00:00Z", "2027-11-01T01:00:00Z"],
        ],
    );
}

#[test]
fn a_time_that_is_left_out_moves_forward_and_one_that_comes_twice_is_the_first() {
    let of = |zone, time, from, expected: &[[&str; 2]]| {
        intervals(&format!("FREQ=DAILY;{time}"), zone, 1, from, expected);
    };
    // 02:30 is left out on the 28th: 03:30, which is 01:30 in UTC.
    of(
        VIENNA,
        "BYHOUR=2;BYMINUTE=30",
        "2027-03-27T12:00:00Z",
        &[
            ["2027-03-28T01:30:00Z", "2027-03-28T02:30:00Z"],
            ["2027-03-29T00:30:00Z", "2027-03-29T01:30:00Z"],
        ],
    );
    of(
        VIENNA,
        "BYHOUR=2;BYMINUTE=30",
        "2027-10-30T12:00:00Z",
        &[
            ["2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z"],
            ["2027-11-01T01:30:00Z", "2027-11-01T02:30:00Z"],
        ],
    );
    // Half an hour only: 02:15 becomes 02:45, at +11.
    of(
        LORD_HOWE,
        "BYHOUR=2;BYMINUTE=15",
        "2027-10-02T00:00:00Z",
        &[
            ["2027-10-02T15:45:00Z", "2027-10-02T16:45:00Z"],
            ["2027-10-03T15:15:00Z", "2027-10-03T16:15:00Z"],
        ],
    );
    of(
        LORD_HOWE,
        "BYHOUR=1;BYMINUTE=45",
        "2027-04-03T00:00:00Z",
        &[
            ["2027-04-03T14:45:00Z", "2027-04-03T15:45:00Z"],
            ["2027-04-04T15:15:00Z", "2027-04-04T16:15:00Z"],
        ],
    );
}

#[test]
fn what_began_before_is_there_as_long_as_it_lasts() {
    intervals(
        "FREQ=WEEKLY;BYDAY=SA;BYHOUR=22",
        VIENNA,
        30,
        "2027-01-10T12:00:00Z",
        &[
            ["2027-01-09T21:00:00Z", "2027-01-11T03:00:00Z"],
            ["2027-01-16T21:00:00Z", "2027-01-18T03:00:00Z"],
        ],
    );
}

#[test]
fn intervals_that_touch_or_overlap_are_one() {
    let at = Timestamp::from_millis;
    let of = |from, to| Interval {
        starts_at: at(from),
        ends_at: at(to),
    };
    let all = vec![of(50, 60), of(0, 10), of(10, 20), of(15, 18), of(30, 40)];
    assert_eq!(merged(all), [of(0, 20), of(30, 40), of(50, 60)]);
}

proptest! {
    /// However far it begins before what is asked for: the days do not depend on where one looks from.
    #[test]
    fn it_does_not_matter_from_where_one_looks(
        frequency in prop::sample::select(vec!["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
        interval in 1_u32..5,
        days in prop::sample::select(vec!["", ";BYMONTHDAY=1,15,-1", ";BYDAY=MO,WE", ";BYMONTH=1,6"]),
        into in 0_i32..3_000,
    ) {
        if frequency == "WEEKLY" && days.contains("MONTHDAY") {
            return Ok(());
        }
        let text = format!("FREQ={frequency};INTERVAL={interval}{days}");
        let rule = recurrence(&text, Some("2019-05-31T10:00"));
        let from = date(2019, 5, 31).saturating_add(into.days());
        let to = from.saturating_add(400.days());
        let all = rule.occurrences(&TimeZone::UTC, date(2019, 5, 31), to);
        let expected: Vec<DateTime> = all.into_iter().filter(|at| at.date() >= from).collect();
        prop_assert_eq!(rule.occurrences(&TimeZone::UTC, from, to), expected);
    }
}

/// The first occurrences in fifteen years are these.
#[track_caller]
fn check(text: &str, starts: &str, expected: &[&str]) {
    let found = local_times(text, starts);
    assert_eq!(found[..expected.len()], *expected, "{text}");
}

/// There are no others.
#[track_caller]
fn check_all(text: &str, starts: &str, expected: &[&str]) {
    assert_eq!(local_times(text, starts), expected, "{text}");
}

fn local_times(text: &str, starts: &str) -> Vec<String> {
    let rule = recurrence(text, Some(starts));
    let from = rule.starts.date();
    let to = from.saturating_add(15.years());
    let zone = TimeZone::get(VIENNA).unwrap();
    let times = rule.occurrences(&zone, from, to);
    times
        .iter()
        .map(|at| at.strftime("%Y-%m-%d %H:%M").to_string())
        .collect()
}

/// The first intervals from a moment on are these.
#[track_caller]
fn intervals(text: &str, zone: &str, hours: u64, from: &str, expected: &[[&str; 2]]) {
    let from: jiff::Timestamp = from.parse().unwrap();
    let from = Timestamp::from_millis(from.as_millisecond());
    let reach = Interval {
        starts_at: from,
        ends_at: from.after(Duration::from_secs(30 * 86_400)),
    };
    let zone = TimeZone::get(zone).unwrap();
    let length = Duration::from_secs(3_600 * hours);
    let in_words = |at: Timestamp| {
        jiff::Timestamp::from_millisecond(at.as_millis())
            .unwrap()
            .to_string()
    };
    let found: Vec<[String; 2]> = recurrence(text, None)
        .intervals(&zone, length, reach)
        .into_iter()
        .map(|one| [one.starts_at, one.ends_at].map(in_words))
        .take(expected.len())
        .collect();
    assert_eq!(found, expected);
}

#[track_caller]
fn recurrence(text: &str, starts: Option<&str>) -> Recurrence {
    let source = Source::new("windows.toml", text);
    let written = Spanned::new(text.to_owned(), Place::whole(&source));
    let mut findings = Findings::new();
    let starts = starts.map(|starts| starts.parse().unwrap());
    let read = read(&written, starts, &mut findings);
    assert!(findings.is_empty(), "{findings}");
    read.unwrap()
}
