//! What is kept of old rounds, as data.

#![allow(clippy::unwrap_used)]

use vedette_wire::{CheckRun, CheckState, Event, EventKind, Looked, ProbeRun, Sample};

use super::super::record::{Place, Queue, part};
use super::*;

#[test]
fn of_each_minute_the_first_round_is_kept() {
    check(
        Grain::Minute,
        Queue::Samples,
        &[
            (0, "a b"),
            (15, "a b"),
            (30, "a b"),
            (45, "a b"),
            (60, "a b"),
            (75, "a b"),
        ],
        &["a b", "", "", "", "a b", ""],
    );
}

#[test]
fn what_is_measured_rarely_is_kept_whenever_it_is() {
    check(
        Grain::Minute,
        Queue::Samples,
        &[
            (0, "a"),
            (15, "a slow"),
            (30, "a"),
            (60, "slow"),
            (75, "a slow"),
        ],
        &["a", "slow", "", "slow", "a"],
    );
}

#[test]
fn a_check_is_kept_once_a_minute_and_whenever_it_changes() {
    check(
        Grain::Minute,
        Queue::State,
        &[
            (0, "ok"),
            (15, "ok"),
            (30, "critical"),
            (45, "ok"),
            (60, "ok"),
        ],
        &["ok", "", "critical", "", "ok"],
    );
}

#[test]
fn what_happened_is_kept_at_every_grain() {
    let rounds = [(0, "ok !1"), (15, "ok !2"), (30, "ok")];
    check(Grain::Minute, Queue::State, &rounds, &["ok !1", "!2", ""]);
    check(Grain::Events, Queue::State, &rounds, &["!1", "!2", ""]);
    check(
        Grain::Whole,
        Queue::State,
        &rounds,
        &["ok !1", "ok !2", "ok"],
    );
}

#[test]
fn of_rounds_that_say_nothing_one_a_minute_is_enough() {
    let mut thinning = Thinning::to(Grain::Minute);
    let fates = [0, 15, 60].map(|second| thinning.judge(&record(second, "", Queue::Samples)));
    assert_eq!(
        fates.map(Result::unwrap),
        [Fate::Same, Fate::Gone, Fate::Same]
    );
}

#[test]
fn minutes_of_two_boots_are_not_one() {
    let mut thinning = Thinning::to(Grain::Minute);
    let first = record(0, "a", Queue::Samples);
    let other = Record {
        boot: Uuid::from_u128(3),
        ..first.clone()
    };
    assert_eq!(thinning.judge(&first).unwrap(), Fate::Same);
    assert_eq!(thinning.judge(&other).unwrap(), Fate::Same);
}

#[test]
fn what_was_thinned_is_not_looked_at_again() {
    let mut thinning = Thinning::to(Grain::Minute);
    let thin = Record {
        grain: Grain::Minute,
        ..record(0, "a", Queue::Samples)
    };
    for _ in 0..2 {
        assert_eq!(thinning.judge(&thin).unwrap(), Fate::Same);
    }
}

/// Rounds are given by their second and their words: `ok` and `critical` are states of a
/// check, `!1` is an event, everything else is a series.
#[track_caller]
fn check(grain: Grain, queue: Queue, rounds: &[(u64, &str)], expected: &[&str]) {
    let mut thinning = Thinning::to(grain);
    let left: Vec<String> = rounds
        .iter()
        .map(|(second, words)| {
            let record = record(*second, words, queue);
            match thinning.judge(&record).unwrap() {
                Fate::Same => text(&record),
                Fate::Less(less) => {
                    assert_eq!((less.grain, less.place), (grain, record.place));
                    text(&less)
                }
                Fate::Gone => String::new(),
            }
        })
        .collect();
    assert_eq!(left, expected);
}

fn record(second: u64, words: &str, queue: Queue) -> Record {
    let mut round = Round {
        seq: 0,
        wall_ms: 0,
        mono_ms: second * 1_000,
        interval_s: 15.0,
        probes: Vec::new(),
        samples: Vec::new(),
        checks: Vec::new(),
        events: Vec::new(),
    };
    for word in words.split_whitespace() {
        match word {
            "ok" => round.checks.push(run(CheckState::Ok)),
            "critical" => round.checks.push(run(CheckState::Critical)),
            _ if word.starts_with('!') => round.events.push(Event {
                id: word.to_owned(),
                wall_ms: 0,
                kind: EventKind::Other,
            }),
            _ => {
                round.probes.push(ProbeRun {
                    probe: word.to_owned(),
                    looked: Looked::Yes,
                    took_ms: 1,
                    every_s: None,
                });
                round.samples.push(Sample {
                    name: "system.thing".to_owned(),
                    attributes: [("of".to_owned(), word.to_owned())].into(),
                    value: second as f64,
                });
            }
        }
    }
    let place = Place {
        epoch: Uuid::from_u128(1),
        seq: second + 1,
    };
    Record::new(
        part(&round, queue).unwrap(),
        queue,
        place,
        Uuid::from_u128(2),
    )
}

fn run(state: CheckState) -> CheckRun {
    CheckRun {
        check: "ssh".to_owned(),
        kind: "tcp".to_owned(),
        about: None,
        state,
        text: String::new(),
        took_ms: 1,
        every_s: None,
    }
}

fn text(record: &Record) -> String {
    let round = record.round().unwrap();
    assert_eq!(round.probes.len(), round.samples.len());
    let series = round
        .samples
        .iter()
        .map(|sample| sample.attributes["of"].clone());
    let checks = round.checks.iter().map(|run| run.state.as_str().to_owned());
    let events = round.events.iter().map(|event| event.id.clone());
    let words: Vec<String> = series.chain(checks).chain(events).collect();
    words.join(" ")
}
