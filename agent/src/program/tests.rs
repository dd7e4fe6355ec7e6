//! Programs that behave, hang, flood, fork and crash.

#![allow(clippy::unwrap_used)]

use std::time::Instant;

use super::*;

const BOUNDS: Bounds = Bounds {
    within: Duration::from_secs(20),
    bytes_max: 1024,
};

fn shell(script: &str, bounds: Bounds) -> Result<Ran, RunError> {
    Programs::of_this_host().run("sh", &["-c", script], bounds)
}

#[test]
fn what_a_program_writes_and_how_it_ends_is_told() {
    let ran = shell("echo good; echo bad >&2; exit 3", BOUNDS).unwrap();
    assert_eq!(ran.exit, Exit::Code(3));
    assert_eq!(
        (ran.out.as_slice(), ran.err.as_slice()),
        (&b"good\n"[..], &b"bad\n"[..])
    );
    assert!(!ran.is_cut);
    assert_eq!(
        ran.expect_success("sh").unwrap_err(),
        "sh ended with 3: bad"
    );
}

#[test]
fn a_program_that_crashes_is_told_with_its_signal() {
    assert_eq!(
        shell("kill -SEGV $$", BOUNDS).unwrap().exit,
        Exit::Signal(11)
    );
}

#[test]
fn a_program_that_is_not_there_is_not_installed() {
    let error = Programs::of_this_host().run("vedette-no-such-program", &[""; 0], BOUNDS);
    assert!(matches!(error, Err(RunError::NotThere(_))));
    assert!(!Programs::below(Path::new("/nowhere")).has("sh"));
    assert!(Programs::of_this_host().has("sh"));
}

#[test]
fn a_flood_is_cut_and_the_program_still_ends() {
    let ran = shell("head -c 3000000 /dev/zero", BOUNDS).unwrap();
    assert_eq!(
        (ran.exit, ran.out.len(), ran.is_cut),
        (Exit::Code(0), 1024, true)
    );
}

#[test]
fn a_program_without_an_end_is_ended_when_there_is_enough() {
    let ran = Programs::of_this_host().run_until_full("yes", &["line"], BOUNDS);
    let ran = ran.unwrap();
    assert_eq!((ran.out.len(), ran.is_cut), (1024, true));
}

#[test]
fn a_program_that_hangs_is_killed_with_all_it_started() {
    let dir = tempfile::tempdir().unwrap();
    let pid = dir.path().join("pid");
    let script = format!("sleep 1000 & echo $! > {}; wait", pid.display());
    let short = Bounds {
        within: Duration::from_millis(400),
        ..BOUNDS
    };
    let begun = Instant::now();
    assert!(matches!(
        shell(&script, short),
        Err(RunError::TooLong { .. })
    ));
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_gone(&std::fs::read_to_string(&pid).unwrap());
}

#[test]
fn what_a_program_leaves_behind_ends_with_it_and_is_not_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let pid = dir.path().join("pid");
    let script = format!("sleep 1000 & echo $! > {}; echo done", pid.display());
    let begun = Instant::now();
    let ran = shell(&script, BOUNDS).unwrap();
    assert!(begun.elapsed() < BOUNDS.within);
    assert_eq!(ran.out, b"done\n");
    assert_gone(&std::fs::read_to_string(&pid).unwrap());
}

/// Killed, it is at most a zombie that its new parent has not yet buried.
fn assert_gone(pid: &str) {
    let stat = format!("/proc/{}/stat", pid.trim());
    for _ in 0..1000 {
        match std::fs::read_to_string(&stat) {
            Err(_) => return,
            Ok(stat) if stat.contains(") Z ") => return,
            Ok(_) => std::thread::yield_now(),
        }
    }
    panic!("process {} still runs", pid.trim());
}
