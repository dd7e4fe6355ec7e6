//! What schedules and escalation policies come to, and what people are told when they are wrong.

#![allow(clippy::unwrap_used)]

use insta::assert_snapshot;
use jiff::civil::Date;
use vedette_config::{Findings, Source};
use vedette_policy::{Loaded, Sources, describe, load};
use vedette_triage::{Ladder, Target, Timestamp};

const PEOPLE: &str = r#"
[site]
zone  = "Europe/Vienna"
hours = "Mon-Fri 07:30-17:30"
[[team]]
name   = "linux"
ticket = "desk"
page   = ["pager"]
lead   = ["anna-phone"]
[[person]]
name = "anna"
team = "linux"
contact = ["anna-phone"]
[[person]]
name = "ben"
team = "linux"
contact = ["ben-phone"]
zone = "America/New_York"
[[receiver]]
name    = "desk"
profile = "generic"
url     = "http://127.0.0.1:9721/"
[[receiver]]
name    = "pager"
profile = "generic"
url     = "http://127.0.0.1:9722/"
[[receiver]]
name    = "anna-phone"
profile = "generic"
url     = "http://127.0.0.1:9723/"
[[receiver]]
name    = "ben-phone"
profile = "generic"
url     = "http://127.0.0.1:9724/"
"#;

const ONCALL: &str = r#"
[[schedule]]
name = "oncall"
team = "linux"
[[schedule.layer]]
people = ["anna", "ben"]
starts = 2026-11-16T08:00:00
[[schedule.override]]
person = "anna"
starts = 2026-11-24T18:00:00
ends   = 2026-11-25T06:00:00
"#;

const LADDERS: &str = r#"
[[escalation]]
name     = "linux at night"
teams    = ["linux"]
priority = ["P1", "P2"]
match    = ['service="erp"']
hours    = "outside"
urgency  = "high"
repeat   = "1h"
[[escalation.step]]
schedules = ["oncall"]
[[escalation.step]]
after     = "20m"
everybody = ["owner"]
receivers = ["desk"]
priority  = ["P1"]
[[escalation]]
name   = "up"
ladder = "hierarchical"
[[escalation.step]]
after  = "30m"
people = ["anna"]
"#;

// --- what is right

#[test]
fn turns_go_on_at_the_same_time_on_the_wall_and_an_override_lies_over_them() {
    let loaded = accepted(ONCALL);
    let schedule = &loaded.policy.oncall.schedules["oncall"];
    let turns: Vec<String> = schedule
        .shifts
        .iter()
        .take(5)
        .map(|shift| format!("{} until {}", shift.person, show(shift.when.ends_at)))
        .collect();
    assert_eq!(
        turns,
        [
            // Two days before the 22nd it begins to be known.
            "anna until 2026-11-23T07:00:00Z",
            "ben until 2026-11-24T17:00:00Z",
            "anna until 2026-11-25T05:00:00Z",
            "ben until 2026-11-30T07:00:00Z",
            "anna until 2026-12-07T07:00:00Z",
        ]
    );
    assert_eq!(schedule.team.as_deref(), Some("linux"));
}

#[test]
fn everybody_works_the_hours_of_the_site_where_they_are() {
    let loaded = accepted("");
    let contacts = &loaded.policy.oncall.contacts;
    // Monday 10:00 in Vienna is four in the morning in New York.
    let at = |text: &str| {
        Timestamp::from_millis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    };
    let morning = at("2026-11-23T09:00:00Z");
    assert!(contacts["anna"].working.is_working(morning));
    assert!(!contacts["ben"].working.is_working(morning));
    assert!(
        contacts["ben"]
            .working
            .is_working(at("2026-11-23T20:00:00Z"))
    );
}

#[test]
fn without_any_policy_for_the_functional_ladder_the_usual_one_holds() {
    let ladders = |text: &str| -> Vec<(String, Ladder)> {
        let loaded = accepted(text);
        let policies = loaded.policy.oncall.escalations.iter();
        policies
            .map(|policy| (policy.name.clone(), policy.ladder))
            .collect()
    };
    let usual = ["usual for P1", "usual for P2"].map(|name| (name.to_owned(), Ladder::Functional));
    assert_eq!(ladders(""), usual);
    let own = ladders(&format!("{ONCALL}{LADDERS}"));
    assert_eq!(own[0], ("linux at night".to_owned(), Ladder::Functional));
    assert_eq!(own[1], ("up".to_owned(), Ladder::Hierarchical));
    assert_eq!(own.len(), 2);
    let up = &LADDERS[LADDERS.find("[[escalation]]\nname   = \"up\"").unwrap()..];
    assert_eq!(ladders(up).len(), 3);
}

#[test]
fn the_steps_of_a_policy_are_read() {
    let loaded = accepted(&format!("{ONCALL}{LADDERS}"));
    let policy = &loaded.policy.oncall.escalations[0];
    assert_eq!(policy.steps[0].tells, [Target::Schedule("oncall".into())]);
    assert_eq!(
        policy.steps[1].tells,
        [Target::Receiver("desk".into()), Target::Everybody(None)]
    );
    assert_eq!(policy.steps[1].after.as_secs(), 1_200);
}

#[test]
fn who_is_on_call_and_told_is_described() {
    let text = describe(&accepted(&format!("{ONCALL}{LADDERS}")));
    let from = text.find("On call\n").unwrap();
    let to = text.find("Exceptions").unwrap();
    assert_snapshot!(&text[from..to], @r#"
    On call
      oncall of team linux: anna until 2026-11-23 08:00, then ben until 2026-11-24 18:00, then anna until 2026-11-25 06:00

    When nobody does anything
      linux at night (functional): P1, P2 with {service="erp"} outside working hours of linux
         now: whoever is on call by oncall
         after 20m: receiver desk, all of the owner team, for P1 only
         then the last again every 1h
      up (hierarchical): everything; waits for working hours unless it is P1 or worth a page
         after 30m: anna
         then the last again as `remind_every` says

    "#);
}

// --- what is wrong

#[test]
fn what_nobody_is_called_is_said_with_the_nearest_that_is() {
    let text = format!("{ONCALL}{LADDERS}")
        .replace(
            "people = [\"anna\", \"ben\"]",
            "people = [\"anna\", \"bem\"]",
        )
        .replace("schedules = [\"oncall\"]", "schedules = [\"on-call\"]")
        .replace("urgency ", "urgancy ");
    let findings = wrong(&text);
    for expected in [
        "there is no person \"bem\"",
        "did you mean \"ben\"?",
        "there is no schedule \"on-call\"",
        "did you mean \"oncall\"?",
        "`urgancy` is not a key of `escalation`",
        "did you mean `urgency`?",
    ] {
        assert!(findings.contains(expected), "{expected} in\n{findings}");
    }
}

#[test]
fn times_at_which_nobody_is_on_call_are_found_ahead_unless_that_is_meant_so() {
    let office = ONCALL.replace(
        "starts = 2026-11-16T08:00:00",
        "starts = 2026-11-16T08:00:00\nonly = [\"Mon-Fri 08:00-18:00\"]",
    );
    let (loaded, findings) = read(&office);
    assert!(loaded.is_some(), "a gap is worth a warning");
    let findings = findings.to_string();
    assert!(findings.contains("warning[schedule-gap]: nobody is on call 26 times in the next weeks, first from 2026-11-22 01:00 to 2026-11-23 08:00"), "{findings}");
    accepted(&office.replace(
        "team = \"linux\"\n[[schedule.layer]]",
        "gaps = \"ok\"\n[[schedule.layer]]",
    ));
}

#[test]
fn whoever_is_on_call_twice_is_found_ahead() {
    let second = ONCALL
        .replace("name = \"oncall\"", "name = \"second\"")
        .replace(
            "people = [\"anna\", \"ben\"]",
            "people = [\"ben\", \"anna\"]",
        );
    let second = &second[..second.find("[[schedule.override]]").unwrap()];
    let findings = read(&format!("{ONCALL}{second}")).1.to_string();
    assert!(
        findings.contains("warning[double-booked]: anna is on call twice from 2026-11-24 18:00 to 2026-11-25 06:00"),
        "{findings}"
    );
}

#[test]
fn whoever_is_to_be_told_needs_a_way_to_be_reached() {
    let text = format!("{PEOPLE}{ONCALL}").replace("contact = [\"ben-phone\"]\n", "");
    let findings = load(
        &sources(&text),
        Date::constant(2026, 11, 22),
        Findings::new(),
    )
    .1
    .to_string();
    assert!(
        findings.contains("warning[nobody-told]: nothing reaches \"ben\", who is to be told"),
        "{findings}"
    );
}

#[test]
fn what_makes_no_turn_or_step_is_refused() {
    let cases = [
        ("[[schedule]]\nname = \"a\"\n", "this schedule has no layer"),
        (
            "[[schedule]]\nname = \"a\"\n[[schedule.layer]]\npeople = []\n",
            "nobody takes turns here",
        ),
        (
            "[[schedule]]\nname = \"a\"\n[[schedule.layer]]\npeople = [\"anna\", \"ben\"]\n",
            "it is not said when the first turn begins",
        ),
        (
            "[[schedule]]\nname = \"a\"\n[[schedule.layer]]\npeople = [\"anna\"]\nevery = \"36h\"\n",
            "a turn is whole days",
        ),
        (
            "[[schedule]]\nname = \"a\"\n[[schedule.layer]]\npeople = [\"anna\"]\nonly = [\"9-5\"]\n",
            "\"9-5\" is no time of the week",
        ),
        (
            "[[schedule]]\nname = \"a\"\n[[schedule.layer]]\npeople = [\"anna\"]\nstarts = 2026-11-16\n",
            "`starts` is a day and a time",
        ),
        ("[[escalation]]\nname = \"a\"\n", "this policy has no step"),
        (
            "[[escalation]]\nname = \"a\"\n[[escalation.step]]\nafter = \"5m\"\n",
            "this step tells nobody",
        ),
        (
            "[[escalation]]\nname = \"a\"\npriority = [\"P0\"]\n[[escalation.step]]\nteams = [\"owner\"]\n",
            "\"P0\" is not a priority",
        ),
        (
            "[[escalation]]\nname = \"a\"\n[[escalation.step]]\nafter = \"5m\"\nteams = [\"owner\"]\n[[escalation.step]]\nteams = [\"owner\"]\n",
            "its steps go back in time",
        ),
    ];
    for (text, expected) in cases {
        let findings = wrong(text);
        assert!(findings.contains(expected), "{expected} in\n{findings}");
    }
}

fn show(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.as_millis())
        .unwrap()
        .to_string()
}

#[track_caller]
fn accepted(text: &str) -> Loaded {
    let (loaded, findings) = read(text);
    assert!(findings.is_empty(), "{findings}");
    loaded.unwrap()
}

#[track_caller]
fn wrong(text: &str) -> String {
    let (loaded, findings) = read(text);
    assert!(loaded.is_none(), "{findings}");
    findings.to_string()
}

fn read(text: &str) -> (Option<Loaded>, Findings) {
    let sources = sources(&format!("{PEOPLE}{text}"));
    load(&sources, Date::constant(2026, 11, 22), Findings::new())
}

fn sources(collector: &str) -> Sources {
    Sources {
        collector: Some(Source::new("collector.toml", collector)),
        ..Sources::default()
    }
}
