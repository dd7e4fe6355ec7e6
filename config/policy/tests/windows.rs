//! What `windows.toml` comes to, and what people are told when it is wrong.

#![allow(clippy::unwrap_used)]

use insta::assert_snapshot;
use jiff::civil::Date;
use vedette_config::{Findings, Source};
use vedette_policy::{Loaded, Sources, describe, load};
use vedette_triage::Timestamp;

const COLLECTOR: &str = "[site]\nzone = \"UTC\"\nhours = \"Mon-Fri 07:30-17:30\"\nholidays = \"holidays.ics\"\n\
                         [[team]]\nname = \"it-ops\"\nticket = \"desk\"\n[[person]]\nname = \"ops1\"\nteam = \"it-ops\"\n\
                         [[receiver]]\nname = \"desk\"\nprofile = \"generic\"\nurl = \"http://127.0.0.1:9721/\"\n";
const HOLIDAYS: &str = "BEGIN:VEVENT\nDTSTART:20201225\nDTEND:20201227\nRRULE:FREQ=YEARLY\nEND:VEVENT\n\
                        BEGIN:VEVENT\nDTSTART:20270101\nEND:VEVENT\n";
const PATCH_NIGHT: &str = r#"
[[window]]
name   = "patch night, group A"
match  = ['patchgroup="A"']
rrule  = "FREQ=MONTHLY;BYDAY=2TU;BYHOUR=22;BYMINUTE=0"
length = "4h"
why    = "CHG0012345"
owner  = "it-ops"
report = true
"#;
const MOVE: &str = r#"
[[window]]
name   = "we move out"
match  = ['site="graz"', 'kind!="ups"']
starts = 2026-12-01T08:00:00
ends   = 2026-12-02T18:00:00+01:00
why    = "the lease of the site ends"
owner  = "ops1"
"#;

// --- what is right

#[test]
fn a_window_is_told_to_the_core_in_intervals_that_are_near() {
    let loaded = accepted(&format!("{PATCH_NIGHT}{MOVE}"));
    let [patch, moved] = loaded.policy.windows.as_slice() else {
        panic!("two windows")
    };
    assert!(patch.report && !moved.report);
    assert_eq!(moved.matchers.to_string(), r#"{site="graz", kind!="ups"}"#);
    // January's second Tuesday is further away than 35 days.
    assert_eq!(
        times(&loaded, 0),
        ["2026-12-08T22:00:00Z to 2026-12-09T02:00:00Z"]
    );
    assert_eq!(
        times(&loaded, 1),
        ["2026-12-01T08:00:00Z to 2026-12-02T17:00:00Z"]
    );
}

#[test]
fn what_is_planned_is_described() {
    let once = MOVE.replace("2026-12", "2026-11");
    let nightly = PATCH_NIGHT
        .replace("patch night, group A", "nightly")
        .replace("MONTHLY;BYDAY=2TU", "WEEKLY;BYDAY=MO,TU,WE")
        .replace("length = \"4h\"", "length = \"90m\"\nzone = \"UTC\"");
    let text = describe(&accepted(&format!("{PATCH_NIGHT}{MOVE}{nightly}")));
    let (from, to) = (
        text.find("Windows").unwrap(),
        text.find("Exceptions").unwrap(),
    );
    assert_snapshot!(&text[from..to], @r#"
        Windows
          patch night, group A on {patchgroup="A"}
             it-ops: CHG0012345; a ticket at its end says what is not as it was
             next 2026-12-08 22:00 to 02:00, 2027-01-12 22:00 to 02:00, 2027-02-09 22:00 to 02:00
          we move out on {site="graz", kind!="ups"}
             ops1: the lease of the site ends
             next 2026-12-01 08:00 to 2026-12-02 17:00
          nightly on {patchgroup="A"}
             it-ops: CHG0012345; a ticket at its end says what is not as it was
             next 2026-11-23 22:00 to 23:30, 2026-11-24 22:00 to 23:30, 2026-11-25 22:00 to 23:30

        Work: Mon-Fri 07:30-17:30; off until 2027-01-21: 2026-12-25, 2027-01-01
    "#);
    assert!(findings(&once).contains("window-over"));
}

#[test]
fn another_day_is_another_policy_where_something_is_planned() {
    let on = |windows: &str, day: i8| {
        let sources = sources(windows);
        let (loaded, _) = load(&sources, Date::constant(2026, 11, day), Findings::new());
        loaded.unwrap().content_hash
    };
    // Days of work move on every day.
    assert_ne!(on("", 22), on("", 23));
    assert_eq!(on(PATCH_NIGHT, 22), on(PATCH_NIGHT, 22));
    let unplanned = |day| {
        let today = Date::constant(2026, 11, day);
        load(&Sources::default(), today, Findings::new())
            .0
            .unwrap()
            .content_hash
    };
    // Digests move on with their Mondays only.
    assert_eq!(unplanned(25), unplanned(26));
    assert_ne!(unplanned(24), unplanned(25));
}

#[test]
fn the_shipped_file_is_empty_and_its_examples_are_right() {
    let shipped = include_str!("../../windows.toml");
    assert!(accepted(shipped).policy.windows.is_empty());
    let loaded = accepted(&uncommented(shipped));
    assert_eq!(loaded.policy.windows.len(), 2);
    // 22:00 in Vienna.
    assert_eq!(
        times(&loaded, 0),
        ["2026-12-08T21:00:00Z to 2026-12-09T01:00:00Z"]
    );
}

// --- what is wrong

#[test]
fn a_window_says_for_what_when_and_why() {
    assert_snapshot!(findings("[[window]]\nname = \"a\"\nlength = \"1h\"\nzone = \"Europe/Viena\"\nwhy = \"short\"\nowner = \"ops2\"\nreprot = true\n"), @r#"
        windows.toml:1:1: error[missing-key]: this window does not say for what
          1 | [[window]]
            | ^^^^^^^^^^ `match` needs at least one matcher
          help: write match = ['patchgroup="A"']

        windows.toml:1:1: error[missing-key]: this window does not say when it is
          1 | [[window]]
            | ^^^^^^^^^^
          help: write rrule and length (again and again), or starts and ends (once)

        windows.toml:4:8: error[bad-date]: "Europe/Viena" is not a time zone
          4 | zone = "Europe/Viena"
            |        ^^^^^^^^^^^^^^
          help: did you mean "Europe/Vienna"?

        windows.toml:5:7: error[bad-value]: a reason has 8 to 1000 characters
          5 | why = "short"
            |       ^^^^^^^
          help: say it so that it is still understood in a year

        windows.toml:6:9: warning[unknown-name]: no person or team is called "ops2"
          6 | owner = "ops2"
            |         ^^^^^^
          help: did you mean "ops1"?

        windows.toml:7:1: error[unknown-key]: `reprot` is not a key of `window`
          7 | reprot = true
            | ^^^^^^
          help: did you mean `report`?

        5 errors, 1 warning
    "#);
    assert_snapshot!(findings(&format!("{PATCH_NIGHT}{}", PATCH_NIGHT.replace("length = \"4h\"", "ends = 2026-12-01T08:00:00\nlength = \"40d\""))), @r#"
        windows.toml:12:10: error[duplicate-name]: two of [[window]] are called "patch night, group A"
          12 | name   = "patch night, group A"
             |          ^^^^^^^^^^^^^^^^^^^^^^ named again here
         windows.toml:3:10:
           3 | name   = "patch night, group A"
             |          ^^^^^^^^^^^^^^^^^^^^^^ named first here
          help: rename or remove one of them

        windows.toml:15:1: error[conflicting-keys]: `ends` does not go with `rrule`
          15 | ends = 2026-12-01T08:00:00
             | ^^^^
          help: write rrule and length (again and again), or starts and ends (once)

        windows.toml:16:10: error[out-of-range]: `length` cannot be 40d
          16 | length = "40d"
             |          ^^^^^
          help: it can be from 1m to 31d

        3 errors
    "#);
    assert_snapshot!(findings(&format!("{}{}", MOVE.replace("2026-12-02T18:00:00+01:00", "2026-12-01").replace("we move", "I move"), MOVE.replace("ends   = 2026-12-02", "ends   = 2026-11-30"))), @r#"
        windows.toml:6:10: error[bad-date]: a day and a time of the day are needed
          6 | ends   = 2026-12-01
            |          ^^^^^^^^^^
          help: write it like 2026-12-01T22:00:00

        windows.toml:14:10: error[out-of-range]: this window ends before it begins
          14 | ends   = 2026-11-30T18:00:00+01:00
             |          ^^^^^^^^^^^^^^^^^^^^^^^^^
         windows.toml:13:10:
          13 | starts = 2026-12-01T08:00:00
             |          ^^^^^^^^^^^^^^^^^^^ it begins here

        2 errors
    "#);
    assert_snapshot!(findings(&MOVE.replace("ends   = 2026-12-02T18:00:00+01:00", "length = \"2h\"")), @r#"
        windows.toml:6:1: error[conflicting-keys]: `length` does not go with `starts`
          6 | length = "2h"
            | ^^^^^^
          help: write rrule and length (again and again), or starts and ends (once)

        1 error
    "#);
}

#[test]
fn a_recurrence_that_is_not_understood_is_refused_and_not_guessed() {
    let of = |rule: &str| {
        findings(&PATCH_NIGHT.replace("FREQ=MONTHLY;BYDAY=2TU;BYHOUR=22;BYMINUTE=0", rule))
    };
    let all = [
        "FREQ=HOURLY;BYHOUR=25;BYMINUTES=0;BYHOUR=2",
        "BYHOUR=22",
        "FREQ=WEEKLY;BYHOUR=22",
        "FREQ=WEEKLY;BYDAY=2TU;BYHOUR=22",
        "FREQ=MONTHLY;BYDAY=DI,0MO;BYMONTHDAY=32;BYHOUR=22;BYSETPOS=0;UNTIL=2026-12-31",
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=2;BYHOUR=22",
        "FREQ=DAILY;BYHOUR=1,2,3,4,5;BYMINUTE=0,5,10,15,20,25,30,35,40,45",
    ];
    assert_snapshot!(all.map(of).join("\n"), @r#"
        windows.toml:5:11: error[bad-date]: FREQ cannot be "HOURLY"
          5 | rrule  = "FREQ=HOURLY;BYHOUR=25;BYMINUTES=0;BYHOUR=2"
            |           ^^^^^^^^^^^
          help: it can be DAILY, WEEKLY, MONTHLY or YEARLY

        windows.toml:5:23: error[bad-date]: BYHOUR cannot be "25"
          5 | rrule  = "FREQ=HOURLY;BYHOUR=25;BYMINUTES=0;BYHOUR=2"
            |                       ^^^^^^^^^
          help: numbers from 0 to 23, separated by commas

        windows.toml:5:33: error[bad-date]: "BYMINUTES" is no part of a recurrence here
          5 | rrule  = "FREQ=HOURLY;BYHOUR=25;BYMINUTES=0;BYHOUR=2"
            |                                 ^^^^^^^^^^^
          help: did you mean BYMINUTE?

        windows.toml:5:45: error[bad-date]: BYHOUR cannot be "2"
          5 | rrule  = "FREQ=HOURLY;BYHOUR=25;BYMINUTES=0;BYHOUR=2"
            |                                             ^^^^^^^^
          help: it is there twice

        4 errors

        windows.toml:5:10: error[bad-date]: this does not say how often
          5 | rrule  = "BYHOUR=22"
            |          ^^^^^^^^^^^
          help: begin with FREQ=WEEKLY

        1 error

        windows.toml:5:10: error[bad-date]: this does not say on which day
          5 | rrule  = "FREQ=WEEKLY;BYHOUR=22"
            |          ^^^^^^^^^^^^^^^^^^^^^^^
          help: add BYDAY=TU

        1 error

        windows.toml:5:10: error[bad-date]: a week has no numbered days
          5 | rrule  = "FREQ=WEEKLY;BYDAY=2TU;BYHOUR=22"
            |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          help: write FREQ=MONTHLY

        1 error

        windows.toml:5:24: error[bad-date]: BYDAY cannot be "DI,0MO"
          5 | rrule  = "FREQ=MONTHLY;BYDAY=DI,0MO;BYMONTHDAY=32;BYHOUR=22;BYSETPOS=0;UNTIL=2026-12-31"
            |                        ^^^^^^^^^^^^
          help: write days such as TU, 2TU (the second) or -1FR (the last)

        windows.toml:5:37: error[bad-date]: BYMONTHDAY cannot be "32"
          5 | rrule  = "FREQ=MONTHLY;BYDAY=DI,0MO;BYMONTHDAY=32;BYHOUR=22;BYSETPOS=0;UNTIL=2026-12-31"
            |                                     ^^^^^^^^^^^^^
          help: numbers from 1 to 31, or from -1 to -31 from the end

        windows.toml:5:61: error[bad-date]: BYSETPOS cannot be "0"
          5 | rrule  = "FREQ=MONTHLY;BYDAY=DI,0MO;BYMONTHDAY=32;BYHOUR=22;BYSETPOS=0;UNTIL=2026-12-31"
            |                                                             ^^^^^^^^^^
          help: numbers from 1 to 366, or from -1 to -366 from the end

        windows.toml:5:72: error[bad-date]: UNTIL cannot be "2026-12-31"
          5 | rrule  = "FREQ=MONTHLY;BYDAY=DI,0MO;BYMONTHDAY=32;BYHOUR=22;BYSETPOS=0;UNTIL=2026-12-31"
            |                                                                        ^^^^^^^^^^^^^^^^
          help: write it like 20261231, 20261231T220000 or 20261231T220000Z

        4 errors

        windows.toml:5:10: error[bad-date]: this does not say at what time of the day
          5 | rrule  = "FREQ=DAILY"
            |          ^^^^^^^^^^^^
          help: add BYHOUR=22;BYMINUTE=0

        1 error

        windows.toml:5:10: error[bad-date]: this does not say from when on it is counted
          5 | rrule  = "FREQ=DAILY;INTERVAL=2;BYHOUR=22"
            |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          help: add starts = 2026-12-01, the first day it can be

        1 error

        windows.toml:5:10: error[bad-date]: this is too often on one day
          5 | rrule  = "FREQ=DAILY;BYHOUR=1,2,3,4,5;BYMINUTE=0,5,10,15,20,25,30,35,40,45"
            |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          help: at most 48 times; make the window longer instead

        1 error
    "#);
}

#[test]
fn a_window_that_is_over_or_never_comes_or_never_ends_is_told() {
    let of = |rule: &str, length: &str| {
        let window = PATCH_NIGHT.replace("FREQ=MONTHLY;BYDAY=2TU;BYHOUR=22;BYMINUTE=0", rule);
        findings(&window.replace("\"4h\"", length))
    };
    let all = [
        of("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;BYHOUR=1", "\"1h\""),
        of("FREQ=DAILY;BYHOUR=1;UNTIL=20261101", "\"1h\""),
        of("FREQ=DAILY;BYHOUR=1", "\"24h\""),
        of("FREQ=DAILY;BYHOUR=0,12", "\"12h\""),
        of("FREQ=DAILY;BYHOUR=20,22", "\"4h\""),
        findings(&MOVE.replace("2026-12", "2026-10")),
        findings(&MOVE.replace("2026-12", "2029-12")),
    ];
    assert_snapshot!(all.join("\n"), @r#"
        windows.toml:5:10: warning[window-never]: this window does not come in the next 400 days
          5 | rrule  = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;BYHOUR=1"
            |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          help: no such day is near; see whether months and days go together

        1 warning

        windows.toml:5:10: warning[window-over]: this window is over
          5 | rrule  = "FREQ=DAILY;BYHOUR=1;UNTIL=20261101"
            |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          help: remove it, or give it a later end

        1 warning

        windows.toml:6:1: error[window-overlaps]: after 1d this window begins again: it has no end
          6 | length = "24h"
            | ^^^^^^
         windows.toml:5:10:
          5 | rrule  = "FREQ=DAILY;BYHOUR=1"
            |          ^^^^^^^^^^^^^^^^^^^^^ it comes this often
          help: make it shorter; what is never to be told of is an exception, or handling = "watch"

        1 error

        windows.toml:6:1: error[window-overlaps]: after 12h this window begins again: it has no end
          6 | length = "12h"
            | ^^^^^^
         windows.toml:5:10:
          5 | rrule  = "FREQ=DAILY;BYHOUR=0,12"
            |          ^^^^^^^^^^^^^^^^^^^^^^^^ it comes this often
          help: make it shorter; what is never to be told of is an exception, or handling = "watch"

        1 error

        windows.toml:6:1: warning[window-overlaps]: within 4h this window begins again
          6 | length = "4h"
            | ^^^^^^
         windows.toml:5:10:
          5 | rrule  = "FREQ=DAILY;BYHOUR=20,22"
            |          ^^^^^^^^^^^^^^^^^^^^^^^^^ it comes this often
          help: times that overlap are one longer window

        1 warning

        windows.toml:6:10: warning[window-over]: this window is over
          6 | ends   = 2026-10-02T18:00:00+01:00
            |          ^^^^^^^^^^^^^^^^^^^^^^^^^
          help: remove it

        1 warning

        windows.toml:6:10: warning[window-never]: this window does not come in the next 400 days
          6 | ends   = 2029-12-02T18:00:00+01:00
            |          ^^^^^^^^^^^^^^^^^^^^^^^^^
          help: see whether the year is right

        1 warning
    "#);
}

/// The file with every example in force.
fn uncommented(text: &str) -> String {
    let line = |line: &str| match line.strip_prefix('#') {
        Some(rest)
            if rest.starts_with(|first: char| first.is_ascii_lowercase() || first == '[') =>
        {
            format!("{rest}\n")
        }
        Some(_) | None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

fn times(loaded: &Loaded, window: usize) -> Vec<String> {
    let in_words = |at: Timestamp| {
        jiff::Timestamp::from_millisecond(at.as_millis())
            .unwrap()
            .to_string()
    };
    let intervals = loaded.policy.windows[window].intervals.iter();
    intervals
        .map(|one| format!("{} to {}", in_words(one.starts_at), in_words(one.ends_at)))
        .collect()
}

fn findings(windows: &str) -> String {
    read(windows).1.to_string()
}

#[track_caller]
fn accepted(windows: &str) -> Loaded {
    let (loaded, findings) = read(windows);
    assert!(findings.is_empty(), "{findings}");
    loaded.unwrap()
}

fn read(windows: &str) -> (Option<Loaded>, Findings) {
    load(
        &sources(windows),
        Date::constant(2026, 11, 22),
        Findings::new(),
    )
}

fn sources(windows: &str) -> Sources {
    Sources {
        collector: Some(Source::new("collector.toml", COLLECTOR)),
        windows: Some(Source::new("windows.toml", windows)),
        holidays: Some(Source::new("holidays.ics", HOLIDAYS)),
        ..Sources::default()
    }
}
