//! Stories of machines that are, and are not, the one we know.

use vedette_wire::HostFacts;

use Admission::{Clone, Doubled, Known, Straggler};

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_000_000_000_000 + seconds * 1000)
}

/// One report: when, of which boot (and epoch, behind a stroke), how long that has been up, and
/// what becomes of it.
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

fn report(run: &str, up_s: u64, stream: Stream) -> Report {
    let (boot, epoch) = run.split_once('/').unwrap_or((run, "e"));
    Report {
        wire: 1,
        agent: "h".into(),
        boot: boot.into(),
        epoch: epoch.into(),
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
    boots.seed("a", [("b", Some("e"))].into_iter(), at(0));
    assert_eq!(boots.admit(at(5), &report("b", 500, LIVE)), Clone);
    assert_eq!(boots.admit(at(6), &report("a", 900, LIVE)), Known);
}

#[test]
fn an_agent_that_is_started_again_and_again_is_one_machine() {
    check(&[
        (0, "a/1", 900, LIVE, Known),
        (5, "a/2", 905, LIVE, Known),
        (6, "a/3", 906, LIVE, Known),
        (7, "a/0", 800, BACKLOG, Known),
        (21, "a/3", 921, LIVE, Known),
        (22, "b/4", 1, LIVE, Known),
        (30, "b/5", 9, LIVE, Known),
        (31, "a/0", 800, BACKLOG, Known),
        (4000, "b/5", 3979, LIVE, Known),
    ]);
}

#[test]
fn the_last_word_of_an_agent_that_was_killed_accuses_nobody_however_long_its_pause() {
    check(&[
        (0, "a/1", 900, LIVE, Known),
        (118, "a/2", 1018, LIVE, Known),
        (119, "a/1", 1017, LIVE, Straggler),
        (238, "a/2", 1138, LIVE, Known),
    ]);
}

#[test]
fn two_in_one_boot_are_two_at_the_first_word_of_one_after_the_other() {
    check(&[
        (0, "a/1", 900, LIVE, Known),
        (3, "a/2", 903, LIVE, Known),
        (15, "a/1", 915, LIVE, Known),
        (18, "a/2", 918, LIVE, Clone),
        (30, "a/1", 930, LIVE, Known),
        (3630, "a/2", 4530, LIVE, Clone),
        // The first may be started again, and then be another machine than the one refused.
        (3640, "a/3", 4540, LIVE, Known),
        (3641, "a/2", 4541, LIVE, Clone),
        (3655, "b/4", 8, LIVE, Known),
    ]);
}

#[test]
fn a_copy_whose_clock_stood_still_meanwhile_is_one_too() {
    check(&[
        (0, "a/1", 900, LIVE, Known),
        (3, "a/2", 500, LIVE, Known),
        (15, "a/1", 915, LIVE, Known),
        (18, "a/2", 515, LIVE, Clone),
    ]);
    check(&[
        (0, "a/1", 500, LIVE, Known),
        (3, "a/2", 903, LIVE, Known),
        (15, "a/1", 515, LIVE, Straggler),
        (16, "a/1", 516, LIVE, Known),
        (18, "a/2", 918, LIVE, Clone),
    ]);
}

#[test]
fn a_machine_put_back_to_before_its_agent_was_started_again_goes_on() {
    check(&[
        (0, "a/1", 900, LIVE, Known),
        (600, "a/2", 1500, LIVE, Known),
        (1200, "a/1", 910, LIVE, Known),
        (1201, "a/3", 911, LIVE, Known),
        (1216, "a/3", 926, LIVE, Known),
    ]);
}

#[test]
fn of_two_in_one_boot_the_one_refused_before_a_restart_is_refused_after_it_and_the_other_is_not() {
    let mut boots = Boots::default();
    boots.seed("a", [("a", Some("2"))].into_iter(), at(0));
    assert_eq!(boots.admit(at(5), &report("a/2", 500, LIVE)), Clone);
    assert_eq!(boots.admit(at(6), &report("a/1", 900, LIVE)), Known);
    let mut boots = Boots::default();
    boots.seed("a", [("a", None)].into_iter(), at(0));
    assert_eq!(boots.admit(at(6), &report("a/1", 900, LIVE)), Known);
}

/// Reports of one run: the number of the round, the boot's clock then, what becomes of it.
#[track_caller]
fn check_rounds(rows: &[(u64, u64, Admission)]) {
    let mut boots = Boots::default();
    for (seq, mono_s, expected) in rows {
        let mut report = report("a", mono_s + 1, LIVE);
        report.rounds = vec![Round {
            seq: *seq,
            wall_ms: 0,
            mono_ms: mono_s * 1000,
            interval_s: 15.0,
            probes: Vec::new(),
            samples: Vec::new(),
            checks: Vec::new(),
            events: Vec::new(),
        }];
        assert_eq!(boots.admit(at(0), &report), *expected, "{seq} at {mono_s}");
    }
}

#[test]
fn a_round_that_comes_again_is_the_same_and_one_with_its_number_is_not() {
    check_rounds(&[
        (7, 900, Known),
        (7, 900, Known),
        (8, 915, Known),
        (8, 918, Doubled { reached: 9 }),
        (8, 915, Known),
        (9, 930, Known),
    ]);
}

#[test]
fn a_clock_that_went_back_is_that_of_another_and_an_old_number_is_left_to_who_counts_them() {
    check_rounds(&[
        (7, 900, Known),
        (9, 500, Doubled { reached: 10 }),
        (6, 480, Known),
        (8, 915, Known),
    ]);
}
