//! Which change of a rule would have made it quieter.

use std::cell::Cell;
use std::sync::Arc;

use jiff::tz::TimeZone;
use vedette_collector::backtest::quieter::{Search, Telling, search};
use vedette_collector::backtest::{Attended, What};
use vedette_collector::history::History;
use vedette_config::{Findings, Source};
use vedette_policy::{Sources, load};
use vedette_triage::{Quieter, Remedy};

use super::measured::{Past, disk, loaded, minute};

/// What is searched with.
struct Asked<'a> {
    rule: &'a str,
    attended: Vec<Attended>,
    /// So often it goes on.
    patience: u32,
}

fn asked(rule: &str) -> Asked<'_> {
    Asked {
        rule,
        attended: Vec::new(),
        patience: u32::MAX,
    }
}

fn found(past: &Past, asked: Asked<'_>) -> Quieter {
    found_in(&past.history, past, asked)
}

fn found_in(history: &History, past: &Past, asked: Asked<'_>) -> Quieter {
    let loaded = loaded();
    let patience = Cell::new(asked.patience);
    let goes_on = || {
        patience.set(patience.get().saturating_sub(1));
        patience.get() > 0
    };
    search(
        history,
        &Search {
            policy: &loaded.policy,
            titles: Arc::new(loaded.titles.clone()),
            loaded: &loaded,
            rule: asked.rule,
            span: (minute(0), past.end),
            hosts: &past.hosts,
            attended: &asked.attended,
            telling: Telling {
                zone: TimeZone::UTC,
                owner: "ops",
                until: jiff::civil::date(2026, 4, 1),
            },
            goes_on: &goes_on,
        },
    )
}

#[track_caller]
fn helped(quieter: Quieter) -> Remedy {
    match quieter {
        Quieter::By(remedy) => remedy,
        other => panic!("{other:?}"),
    }
}

fn spike(minute: u32, from: u32, height: f64) -> f64 {
    match (from..from + 10).contains(&minute) {
        true => height,
        false => 0.5,
    }
}

/// Four disks that are 91.5 % full for ten minutes, one of them twice, and one that is for hours.
fn four_spikes() -> Past {
    Past::of(&[
        ("db-1", |minute| spike(minute, 10, 0.915)),
        ("db-2", |minute| spike(minute, 60, 0.915)),
        ("db-3", |minute| {
            spike(minute, 100, 0.915).max(spike(minute, 200, 0.915))
        }),
        ("db-4", |minute| if minute >= 40 { 0.97 } else { 0.5 }),
    ])
}

#[test]
fn the_smallest_step_that_avoids_most_and_misses_nothing_is_found() {
    let past = four_spikes();
    let remedy = helped(found(&past, asked("space")));
    assert_eq!(remedy.words, "warn at 92 % instead of 90 % (warn)");
    assert_eq!((remedy.of, remedy.fewer), (5, 4));
    assert_eq!(
        (remedy.place.as_str(), remedy.toml.as_slice()),
        (
            "the [[rule]] space in place of its params",
            &["params = { warn = 0.92, soon = \"1h\" }".to_owned()][..]
        )
    );
    let measured = &remedy.measured;
    assert!(
        measured.starts_with("what was measured on 4 hosts (4 series) from Thu 9 Oct 09:00 to ")
            && measured.contains("(every value since Thu 9 Oct ")
            && measured.ends_with("before that the last, least and greatest of each minute)"),
        "{measured}"
    );
}

#[test]
fn what_somebody_worked_on_is_never_avoided() {
    let past = four_spikes();
    let attended = |what: What, from: u32, to: u32| Attended {
        what,
        from: minute(from),
        to: minute(to),
    };
    let one = vec![attended(What::Alert(disk("db-1")), 12, 30)];
    let with_one = Asked {
        attended: one,
        ..asked("space")
    };
    // Everywhere it would be missed, and no host makes most of them.
    let Quieter::Nothing { tried, measured } = found(&past, with_one) else {
        panic!("it would be missed");
    };
    assert!(tried > 0 && measured.contains("4 hosts"));
    let at_another_time = vec![attended(What::Alert(disk("db-1")), 150, 160)];
    helped(found(
        &past,
        Asked {
            attended: at_another_time,
            ..asked("space")
        },
    ));
    let any_of_it = vec![attended(What::Rule("space".into()), 62, 63)];
    let with_any = Asked {
        attended: any_of_it,
        ..asked("space")
    };
    assert!(matches!(found(&past, with_any), Quieter::Nothing { .. }));
}

/// One disk is almost full again and again; another is as much so, and somebody works on it.
fn one_busy(height: fn(u32) -> f64) -> Past {
    Past::of(&[
        ("nas-1", height),
        ("db-1", |minute| spike(minute, 120, 0.915)),
    ])
}

fn on_db_1() -> Vec<Attended> {
    vec![Attended {
        what: What::Alert(disk("db-1")),
        from: minute(121),
        to: minute(130),
    }]
}

#[test]
fn where_one_thing_makes_most_of_them_it_is_an_exception_for_it() {
    let past = one_busy(|minute| {
        let is_high = minute % 50 < 10 && minute > 20;
        if is_high { 0.925 } else { 0.5 }
    });
    let remedy = helped(found(
        &past,
        Asked {
            attended: on_db_1(),
            ..asked("space")
        },
    ));
    assert_eq!(
        remedy.words,
        "on nas-1 (mountpoint /var): warn at 93 % instead of 90 % (warn)"
    );
    assert_eq!((remedy.of, remedy.fewer), (5, 4));
    assert_eq!(remedy.place, "exceptions.toml");
    assert_eq!(
        remedy.toml,
        [
            "[[exception]]",
            "rule  = \"space\"",
            "match = ['host=\"nas-1\"', 'mountpoint=\"/var\"']",
            "set   = { warn = 0.93 }",
            "why   = \"tried on what was measured: 4 of 5 tickets fewer\"",
            "owner = \"ops\"",
            "until = 2026-04-01",
        ]
    );
    is_read(&remedy);
}

#[test]
fn what_no_threshold_helps_is_taken_away_where_it_is_only_noise() {
    let past = one_busy(|minute| {
        let is_high = minute % 50 < 10 && minute > 20;
        if is_high { 0.999 } else { 0.5 }
    });
    let remedy = helped(found(
        &past,
        Asked {
            attended: on_db_1(),
            ..asked("space")
        },
    ));
    assert_eq!(remedy.words, "on nas-1 (mountpoint /var): no space");
    assert_eq!(remedy.toml[3], "off   = true");
    is_read(&remedy);
}

#[test]
fn a_fault_that_lasts_is_no_noise_however_often_it_comes() {
    let past = one_busy(|minute| {
        let is_high = minute % 100 < 80 && minute > 20;
        if is_high { 0.999 } else { 0.5 }
    });
    let quieter = found(
        &past,
        Asked {
            attended: on_db_1(),
            ..asked("space")
        },
    );
    assert!(matches!(quieter, Quieter::Nothing { .. }), "{quieter:?}");
}

#[test]
fn what_cannot_be_tried_is_said_with_its_reason() {
    let past = Past::of(&[("db-1", |minute| spike(minute, 10, 0.92))]);
    let why = |quieter: Quieter| match quieter {
        Quieter::Untried { why } => why,
        other => panic!("{other:?}"),
    };
    let few = why(found(&past, asked("space")));
    assert!(
        few.starts_with("it makes 1 ticket by itself of what was measured on 1 host"),
        "{few}"
    );
    assert!(few.ends_with("too few to try anything on"));
    let none = why(found_in(&History::none(), &past, asked("space")));
    assert_eq!(none, "nothing is measured yet on which it could be tried");
    assert!(why(found(&past, asked("killed"))).contains("on events"));
    let gone = why(found(&past, asked("renamed")));
    assert_eq!(gone, "the policy has no such rule any more");
}

#[test]
fn whoever_waits_no_longer_is_told_so() {
    let past = four_spikes();
    for patience in [1, 3, 6, 10] {
        let quieter = found(
            &past,
            Asked {
                patience,
                ..asked("space")
            },
        );
        let why = "it takes too long".to_owned();
        assert_eq!(quieter, Quieter::Untried { why }, "{patience}");
    }
}

/// The text is one that `exceptions.toml` can have.
#[track_caller]
fn is_read(remedy: &Remedy) {
    let text = remedy.toml.join("\n");
    let mut sources: Sources = loaded().sources;
    sources.exceptions = Some(Source::new("exceptions.toml", &text));
    let (_, findings) = load(&sources, jiff::civil::date(2025, 10, 9), Findings::new());
    assert!(!findings.has_errors(), "{findings}");
    let (loaded, _) = load(&sources, jiff::civil::date(2025, 10, 9), Findings::new());
    let rule = loaded
        .unwrap()
        .policy
        .detection
        .get("space")
        .cloned()
        .unwrap();
    assert_eq!(rule.exceptions.len(), 1);
}
