//! How a hold begins and ends, in time that the test moves.

#![allow(clippy::unwrap_used)]

use vedette_wire::{CheckRun, ProbeRun};

use super::*;

const HALF_AN_HOUR: Duration = Duration::from_secs(1_800);
const WHY: &str = "CHG0012345";

#[test]
fn a_hold_is_bounded_and_has_a_reason() {
    let dir = tempfile::tempdir().unwrap();
    let holds = Holds::open(dir.path(), Uuid::from_u128(1));
    let cases = [
        (Duration::ZERO, WHY, false),
        (HOLD_AT_MOST, WHY, true),
        (HOLD_AT_MOST + Duration::from_millis(1), WHY, false),
        (HALF_AN_HOUR, "        x", false),
        (HALF_AN_HOUR, "patching", true),
        (HALF_AN_HOUR, &"x".repeat(WHY_BYTES_MAX + 1), false),
    ];
    for (length, why, expected) in cases {
        let begun = holds.begin(length, why, "anna", at(0));
        assert_eq!(begun.is_ok(), expected, "{length:?} {why:?}");
    }
}

#[test]
fn a_hold_survives_the_agent_and_ends_at_its_time() {
    let dir = tempfile::tempdir().unwrap();
    begun(dir.path());
    let again = Holds::open(dir.path(), Uuid::from_u128(1));
    assert_eq!(again.in_force().unwrap().why, WHY);
    assert_eq!(again.attend(&well(), at(1_799)), None);
    assert!(
        again.in_force().is_some(),
        "within the same boot, being well ends nothing"
    );
    assert_eq!(
        again.attend(&well(), at(1_800)),
        None,
        "the collector knows its end"
    );
    assert_eq!(again.in_force(), None);
    assert_eq!(Holds::open(dir.path(), Uuid::from_u128(1)).in_force(), None);
}

#[test]
fn after_a_reboot_it_ends_when_the_first_minutes_were_well() {
    let dir = tempfile::tempdir().unwrap();
    begun(dir.path());
    let back = Holds::open(dir.path(), Uuid::from_u128(2));
    assert_eq!(back.attend(&well(), at(100)), None);
    assert_eq!(back.attend(&ill(), at(200)), None);
    assert_eq!(back.attend(&well(), at(215)), None);
    assert_eq!(back.attend(&well(), at(514)), None);
    let ended = back.attend(&well(), at(515)).unwrap();
    assert!(matches!(
        ended,
        EventKind::Hold {
            until_wall_ms: 515_000,
            ..
        }
    ));
    assert_eq!(back.in_force(), None);
    assert_eq!(back.attend(&well(), at(516)), None, "it is told once");
}

#[test]
fn a_clock_that_was_set_back_does_not_make_a_hold_longer() {
    let dir = tempfile::tempdir().unwrap();
    begun(dir.path());
    let holds = Holds::open(dir.path(), Uuid::from_u128(1));
    holds.attend(&well(), at(-HOLD_AT_MOST.as_secs().cast_signed()));
    assert_eq!(holds.in_force(), None);
}

#[test]
fn a_file_that_holds_something_else_is_no_hold() {
    let dir = tempfile::tempdir().unwrap();
    for bytes in [&b""[..], b"{}", b"\xff", b"{\"until_wall_ms\":\"x\"}"] {
        fs::write(dir.path().join(FILE), bytes).unwrap();
        assert_eq!(Holds::open(dir.path(), Uuid::from_u128(1)).in_force(), None);
    }
}

#[test]
fn only_a_round_in_which_nothing_fails_is_well() {
    assert!(is_well(&well()) && !is_well(&ill()));
    for (state, expected) in [
        (CheckState::Ok, true),
        (CheckState::Warning, true),
        (CheckState::Critical, false),
        (CheckState::Unknown, false),
    ] {
        let run = CheckRun {
            check: "ssh".to_owned(),
            kind: "tcp".to_owned(),
            about: None,
            state,
            text: String::new(),
            took_ms: 1,
            every_s: None,
        };
        let round = Round {
            checks: vec![run],
            ..well()
        };
        assert_eq!(is_well(&round), expected, "{state:?}");
    }
}

fn begun(dir: &Path) {
    let holds = Holds::open(dir, Uuid::from_u128(1));
    holds
        .begin(HALF_AN_HOUR, WHY, "anna, by sudo", at(0))
        .unwrap();
}

fn at(second: i64) -> Stamp {
    Stamp {
        wall_ms: second * 1_000,
        mono_ms: second.unsigned_abs() * 1_000,
    }
}

fn well() -> Round {
    crate::report::happened(Vec::new(), Stamp::default(), Duration::ZERO)
}

fn ill() -> Round {
    Round {
        probes: vec![ProbeRun {
            probe: "load".to_owned(),
            looked: Looked::No {
                why: "gone".to_owned(),
            },
            took_ms: 0,
            every_s: None,
        }],
        ..well()
    }
}
