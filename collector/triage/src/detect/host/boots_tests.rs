//! Stories of machines that are, and are not, the one we know.

use vedette_wire::HostFacts;

use Admission::{Clone, Known, Straggler};

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_000_000_000_000 + seconds * 1000)
}

/// One report: when, of which boot, how long that has been up, and what becomes of it.
type Row = (i64, &'static str, u64, Stream, Admission);

#[track_caller]
fn check(rows: &[Row]) {
    let mut boots = Boots::default();
    for (seconds, boot, up_s, stream, expected) in rows {
        let report = report(boot, *up_s, *stream);
        assert_eq!(
            boots.admit(at(*seconds), &report),
            *expected,
            "{boot} at {seconds} s"
        );
    }
}

fn report(boot: &str, up_s: u64, stream: Stream) -> Report {
    Report {
        wire: 1,
        agent: "h".into(),
        boot: boot.into(),
        epoch: "e".into(),
        stream,
        host: HostFacts::default(),
        version: String::new(),
        sent_wall_ms: 0,
        sent_mono_ms: up_s * 1000,
        rounds: Vec::new(),
    }
}

const LIVE: Stream = Stream::Live;
const BACKLOG: Stream = Stream::Backlog;

#[test]
fn a_reboot_is_no_clone_however_fast_and_its_old_backlog_is_taken() {
    check(&[
        (0, "a", 900, LIVE, Known),
        (15, "a", 915, LIVE, Known),
        (25, "b", 4, LIVE, Known),
        (40, "b", 19, LIVE, Known),
        (41, "a", 900, BACKLOG, Known),
        (900, "c", 20, LIVE, Known),
        (901, "b", 870, BACKLOG, Known),
    ]);
}

#[test]
fn a_boot_that_was_up_while_the_known_one_spoke_is_another_machine_at_once() {
    check(&[
        (0, "a", 900, LIVE, Known),
        (15, "a", 915, LIVE, Known),
        (20, "b", 500, LIVE, Clone),
        (30, "a", 930, LIVE, Known),
        (35, "b", 515, LIVE, Clone),
        (36, "b", 516, BACKLOG, Clone),
    ]);
}

#[test]
fn two_that_take_turns_are_two_and_the_first_is_believed() {
    check(&[
        (0, "a", 900, LIVE, Known),
        (10, "b", 5, LIVE, Known),
        (15, "a", 915, LIVE, Straggler),
        (30, "a", 930, LIVE, Known),
        (31, "b", 26, LIVE, Clone),
        (45, "a", 945, LIVE, Known),
    ]);
}

#[test]
fn one_report_that_was_under_way_accuses_nobody() {
    check(&[
        (0, "a", 900, LIVE, Known),
        (10, "b", 5, LIVE, Known),
        (12, "a", 901, LIVE, Straggler),
        (25, "b", 20, LIVE, Known),
        (4000, "b", 3995, LIVE, Known),
    ]);
}

#[test]
fn a_refused_machine_stays_refused_while_the_first_is_silent() {
    check(&[
        (0, "a", 900, LIVE, Known),
        (20, "b", 500, LIVE, Clone),
        (7200, "b", 7700, LIVE, Clone),
        (97_200, "b", 97_700, LIVE, Clone),
        (97_300, "a", 10, LIVE, Known),
    ]);
}

#[test]
fn what_was_refused_before_a_restart_is_refused_after_it() {
    let mut boots = Boots::default();
    boots.seed("a", std::iter::once("b"), at(0));
    assert_eq!(boots.admit(at(5), &report("b", 500, LIVE)), Clone);
    assert_eq!(boots.admit(at(6), &report("a", 900, LIVE)), Known);
}
