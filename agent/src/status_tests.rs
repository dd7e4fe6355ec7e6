//! When an agent says that it is not well, and in which words.

#![allow(clippy::unwrap_used)]

use super::*;

const NOW: i64 = 1_000_000;

#[test]
fn an_agent_that_was_just_acknowledged_has_no_complaints() {
    check(|_| {}, &[]);
}

#[test]
fn every_trouble_is_named() {
    check(
        |status| status.written_wall_ms = 0,
        &["no round for a while"],
    );
    check(
        |status| {
            status.acknowledged_wall_ms = Some(0);
            status.said = Some(Said {
                wall_ms: NOW,
                acknowledged: false,
                text: "connection refused".to_owned(),
            });
        },
        &["connection refused"],
    );
    check(
        |status| status.acknowledged_wall_ms = None,
        &["no round has been"],
    );
    check(|status| status.skew_ms = Some(-45_000), &["-45 s"]);
    check(
        |status| status.spool.trouble = Some("the spool cannot write".to_owned()),
        &["the spool cannot write"],
    );
    check(
        |status| status.refused = Some("agent.toml:3:1".to_owned()),
        &["stay in force: agent.toml:3:1"],
    );
    check(
        |status| {
            status.probes.push(ProbeRun {
                probe: "load".to_owned(),
                looked: Looked::No {
                    why: "gone".to_owned(),
                },
                took_ms: 0,
                every_s: None,
            });
        },
        &["probe load could not look: gone"],
    );
}

#[test]
fn the_sentence_says_what_an_administrator_asks_first() {
    let said = |acknowledged, text: &str| {
        Some(Said {
            wall_ms: NOW,
            acknowledged,
            text: text.to_owned(),
        })
    };
    type Change<'a> = &'a dyn Fn(&mut Status);
    let cases: [(Change, &str); 4] = [
        (&|_| {}, "looking every 15 s"),
        (
            &|status| status.said = said(true, "acknowledged"),
            "reporting to http://c every 15 s",
        ),
        (
            &|status| {
                status.said = said(false, "connection refused");
                status.spool.samples = 240;
            },
            "looking every 15 s; http://c does not acknowledge: connection refused; 240 rounds wait to be sent",
        ),
        (
            &|status| {
                status.said = said(true, "acknowledged");
                status.refused = Some("agent.toml:3:1: unknown key".to_owned());
            },
            "the settings on disk are refused, those before them stay in force: agent.toml:3:1: unknown key; reporting to http://c every 15 s",
        ),
    ];
    for (change, expected) in cases {
        let mut status = well();
        status.collector = "http://c".to_owned();
        change(&mut status);
        assert_eq!(status.sentence(), expected);
    }
}

#[test]
fn a_failed_attempt_is_no_complaint_while_the_last_success_is_fresh() {
    check(
        |status| {
            status.said = Some(Said {
                wall_ms: NOW,
                acknowledged: false,
                text: "timed out".to_owned(),
            });
        },
        &[],
    );
}

#[test]
fn a_check_fails_from_its_first_failure_until_it_is_ok_or_gone() {
    let run = |check: &str, state| CheckRun {
        check: check.to_owned(),
        kind: "tcp".to_owned(),
        about: None,
        state,
        text: "gone\nmore".to_owned(),
        took_ms: 1,
        every_s: Some(60.0),
    };
    let mut status = Status::default();
    let mut after = |check: &str, state, wall_ms| {
        status.checked(&[run(check, state)], wall_ms);
        let one = |failing: &Failing| (failing.check.clone(), failing.since_wall_ms);
        status.failing.iter().map(one).collect::<Vec<_>>()
    };
    let ssh = |since| ("ssh".to_owned(), since);
    assert_eq!(after("ssh", CheckState::Critical, 1_000), [ssh(1_000)]);
    assert_eq!(after("ssh", CheckState::Warning, 61_000), [ssh(1_000)]);
    assert_eq!(after("web", CheckState::Ok, 62_000), [ssh(1_000)]);
    assert_eq!(after("ssh", CheckState::Ok, 121_000), []);
    assert_eq!(after("ssh", CheckState::Critical, 181_000), [ssh(181_000)]);
    assert_eq!(
        after("web", CheckState::Ok, 600_000),
        [],
        "nobody runs ssh any more"
    );
    assert_eq!(status.failing, []);
}

#[test]
fn a_status_is_read_back_as_it_was_written() {
    let dir = tempfile::tempdir().unwrap();
    let mut status = well();
    let now = Stamp {
        wall_ms: 7,
        mono_ms: 0,
    };
    StatusFile::new(dir.path()).write(&mut status, now);
    assert_eq!(read(dir.path()).unwrap(), status);
    assert_eq!(status.written_wall_ms, 7);
}

fn well() -> Status {
    Status {
        interval_s: 15.0,
        written_wall_ms: NOW - 10_000,
        acknowledged_wall_ms: Some(NOW - 10_000),
        ..Status::default()
    }
}

#[track_caller]
fn check(change: impl Fn(&mut Status), expected: &[&str]) {
    let mut status = well();
    change(&mut status);
    let complaints = status.complaints(NOW);
    assert_eq!(complaints.len(), expected.len(), "{complaints:?}");
    for (complaint, part) in complaints.iter().zip(expected) {
        assert!(complaint.contains(part), "{complaint}");
    }
}
