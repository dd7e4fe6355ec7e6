//! Folded reports: what is kept of them, and what their agents are told.

#![allow(clippy::unwrap_used)]

use vedette_wire::{Folding, HostFacts, Looked, ProbeRun, Round, Sample, Stream};

use super::*;

fn report(seq: u64, value: f64) -> Report {
    Report {
        wire: WIRE_FOLDED,
        agent: "0b8f9d2e-3f55-4d0a-9a1c-7b2f64f1c001".to_owned(),
        boot: "b-1".to_owned(),
        epoch: "e-1".to_owned(),
        stream: Stream::Live,
        host: HostFacts {
            name: "db-7".to_owned(),
            ..HostFacts::default()
        },
        version: "0.1.0".to_owned(),
        sent_wall_ms: 1_000,
        sent_mono_ms: 500,
        rounds: vec![Round {
            seq,
            wall_ms: 990,
            mono_ms: 490,
            interval_s: 15.0,
            probes: vec![ProbeRun {
                probe: "uptime".to_owned(),
                looked: Looked::Yes,
                took_ms: 1,
                every_s: None,
            }],
            samples: vec![Sample {
                name: "system.uptime".to_owned(),
                attributes: Default::default(),
                value,
            }],
            checks: Vec::new(),
            events: Vec::new(),
        }],
    }
}

fn fold(folding: &mut Folding, report: &Report) -> Vec<u8> {
    let mut folded = folding.begin(report, 15.0, true);
    folding.add(&report.rounds[0], &mut folded).unwrap();
    serde_json::to_vec(&folded).unwrap()
}

#[test]
fn a_folded_report_is_kept_as_the_plain_one_would_be() {
    let (mut folding, tables) = (Folding::new(1), Tables::default());
    for (seq, value) in [(1, 7.0), (2, 7.0), (3, 8.5)] {
        let sent = report(seq, value);
        let folded = fold(&mut folding, &sent);
        let sound = read(&folded, &tables).unwrap();
        assert_eq!(sound.report, sent);
        assert_eq!(sound.refused.total(), 0);
    }
}

#[test]
fn fields_may_stand_in_any_order() {
    let folded = fold(&mut Folding::new(1), &report(1, 7.0));
    let value: serde_json::Value = serde_json::from_slice(&folded).unwrap();
    let sorted = value.to_string();
    assert!(sorted.starts_with(r#"{"agent""#));
    let sound = read(sorted.as_bytes(), &Tables::default()).unwrap();
    assert_eq!(sound.report, report(1, 7.0));
}

#[test]
fn after_a_restart_of_the_collector_the_agent_is_asked_to_say_all_of_it_once_more() {
    let mut folding = Folding::new(1);
    fold(&mut folding, &report(1, 7.0));
    let restarted = Tables::default();
    let error = read(&fold(&mut folding, &report(2, 7.0)), &restarted).unwrap_err();
    assert_eq!((error.reason, error.status()), ("unknown_basis", 409));
    folding.reset();
    let all = fold(&mut folding, &report(2, 7.0));
    assert_eq!(read(&all, &restarted).unwrap().report, report(2, 7.0));
    let next = fold(&mut folding, &report(3, 7.0));
    assert_eq!(read(&next, &restarted).unwrap().report, report(3, 7.0));
}

#[test]
fn a_report_that_comes_too_late_is_not_taken_for_another() {
    let (mut folding, tables) = (Folding::new(1), Tables::default());
    let late = fold(&mut folding, &report(1, 7.0));
    folding.reset();
    let second = fold(&mut folding, &report(2, 8.0));
    assert!(read(&second, &tables).is_ok());
    // Its agent has given it up; the next report no longer builds on what is known here.
    assert!(read(&late, &tables).is_ok());
    let third = read(&fold(&mut folding, &report(3, 8.0)), &tables);
    assert_eq!(third.unwrap_err().reason, "unknown_basis");
}

#[test]
fn what_breaks_a_bound_is_refused_where_it_stands_and_the_next_report_is_read_all_the_same() {
    let (mut folding, tables) = (Folding::new(1), Tables::default());
    for seq in [1, 2] {
        let mut sent = report(seq, 7.0);
        sent.rounds[0].samples.push(Sample {
            name: "a\0b".to_owned(),
            attributes: Default::default(),
            value: 1.0,
        });
        let sound = read(&fold(&mut folding, &sent), &tables).unwrap();
        assert_eq!(sound.refused.reason(), Some("bad_name"));
        assert_eq!(sound.kept().samples, 1);
    }
}

#[test]
fn what_is_no_folded_report_is_told_what_is_wrong() {
    let cases = [
        (r#"{"wire":2,"#, "not_json", 400),
        (r#"{"wire":2}"#, "wrong_type", 400),
        (r#"{"who":"x","wire":2}"#, "wrong_type", 400),
        (
            r#"{"wire":2,"agent":"a","stream":"live","sent_wall_ms":1,"sent_mono_ms":1,"rounds":[]}"#,
            "wrong_type",
            400,
        ),
        (
            r#"{"wire":2,"agent":"a","stream":"live","sent_wall_ms":1,"sent_mono_ms":1,"basis":4,"rounds":[]}"#,
            "unknown_basis",
            409,
        ),
    ];
    for (text, reason, status) in cases {
        let error = read(text.as_bytes(), &Tables::default()).unwrap_err();
        assert_eq!((error.reason, error.status()), (reason, status), "{text}");
    }
}
