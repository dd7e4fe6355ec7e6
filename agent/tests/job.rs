//! `vedette-agent job` as cron would run it: real programs, real signals, no agent.

#![cfg(unix)]
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use serde_json::Value;

fn job(folder: &Path, command: &[&str]) -> Command {
    let mut job = Command::new(env!("CARGO_BIN_EXE_vedette-agent"));
    job.env("VEDETTE_JOBS_DIR", folder)
        .args(["job", "backup", "--"])
        .args(command)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    job
}

fn shell(folder: &Path, script: &str) -> Output {
    job(folder, &["sh", "-c", script]).output().unwrap()
}

/// The one report of this kind.
fn report(folder: &Path, kind: &str) -> Value {
    let mut found = reports(folder, kind);
    assert_eq!(found.len(), 1);
    found.remove(0)
}

fn reports(folder: &Path, kind: &str) -> Vec<Value> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.extension().is_some_and(|found| found == kind))
        .map(|path| serde_json::from_slice(&fs::read(path).unwrap()).unwrap())
        .collect()
}

/// Waits until the job says that it is ready.
fn ready(child: &mut Child) {
    let mut word = [0; 6];
    child
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut word)
        .unwrap();
    assert_eq!(&word, b"ready\n");
}

fn tell(child: &Child, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(pid, signal).unwrap();
}

#[test]
fn nobody_notices_that_a_job_is_watched() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = job(folder.path(), &["sh", "-c", "cat; echo bad >&2; exit 3"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"in\xffput").unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(output.stdout, b"in\xffput");
    assert_eq!(output.stderr, b"bad\n");

    let (start, end) = (report(folder.path(), "start"), report(folder.path(), "end"));
    assert_eq!(start["run"], end["run"]);
    assert_eq!(
        (&end["job"], &end["exit_code"]),
        (&"backup".into(), &3.into())
    );
    let lines = end["lines"].as_array().unwrap();
    assert!(
        lines.contains(&"bad".into()) && lines.contains(&"in\u{fffd}put".into()),
        "{lines:?}"
    );
}

#[test]
fn it_ends_as_a_shell_would_end() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain");
    fs::write(&plain, "x").unwrap();
    fs::set_permissions(&plain, fs::Permissions::from_mode(0o600)).unwrap();
    let missing = folder.path().join("missing");
    let ends = |command: &[&str]| job(folder.path(), command).output().unwrap().status.code();
    assert_eq!(ends(&["true"]), Some(0));
    assert_eq!(ends(&["sh", "-c", "exit 255"]), Some(255));
    assert_eq!(ends(&["sh", "-c", "kill -9 $$"]), Some(128 + 9));
    assert_eq!(ends(&[missing.to_str().unwrap()]), Some(127));
    assert_eq!(ends(&[plain.to_str().unwrap()]), Some(126));
    let ends = reports(folder.path(), "end");
    assert_eq!(ends.len(), 5);
    assert!(
        ends.iter()
            .any(|end| end["signal"] == 9 && end["exit_code"].is_null())
    );
    assert!(ends.iter().any(|end| end["exit_code"] == 127));
}

#[test]
fn a_job_that_is_told_to_end_hears_it_and_has_the_last_word() {
    use rustix::process::Signal;

    for (signal, name) in [
        (Signal::TERM, "TERM"),
        (Signal::HUP, "HUP"),
        (Signal::USR1, "USR1"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        // The shell sleeps in pieces so that its trap is run at once.
        let script =
            format!("trap 'echo told; exit 7' {name}; echo ready; while :; do sleep 0.1; done");
        let mut child = job(folder.path(), &["sh", "-c", &script]).spawn().unwrap();
        ready(&mut child);
        tell(&child, signal);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(7), "{name}");
        let end = report(folder.path(), "end");
        assert_eq!(
            end["lines"].as_array().unwrap().last().unwrap(),
            "told",
            "{name}"
        );
    }
}

#[test]
fn one_that_is_killed_leaves_a_start_by_which_the_agent_finds_out() {
    let folder = tempfile::tempdir().unwrap();
    let script = "echo ready; read nothing";
    let mut command = job(folder.path(), &["sh", "-c", script]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    ready(&mut child);
    let start = report(folder.path(), "start");
    let pid = u64::from(child.id());
    assert_eq!(start["reporter"]["pid"], pid);
    tell(&child, rustix::process::Signal::KILL);
    let status: ExitStatus = child.wait().unwrap();
    assert_eq!(status.code(), None);
    assert!(reports(folder.path(), "end").is_empty());
}

#[test]
fn without_the_folder_the_job_runs_all_the_same_and_says_so() {
    let output = shell(Path::new("/nowhere/at/all"), "echo done");
    assert_eq!(
        (output.status.code(), output.stdout.as_slice()),
        (Some(0), &b"done\n"[..])
    );
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(complaint.contains("VEDETTE_JOBS_DIR"), "{complaint}");
}

#[test]
fn a_flood_passes_whole_and_only_its_end_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let output = shell(folder.path(), "head -c 3000000 /dev/zero; seq 1 1000");
    assert_eq!(output.stdout.len(), 3_000_000 + 3_893);
    let end = report(folder.path(), "end");
    let lines = end["lines"].as_array().unwrap();
    assert_eq!((lines.len(), lines.last().unwrap()), (20, &"1000".into()));
}

#[test]
fn what_a_job_leaves_behind_does_not_hold_it_up_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let pid = folder.path().join("pid");
    let script = format!("sleep 1000 & echo $! > {}; echo done", pid.display());
    let output = shell(folder.path(), &script);
    assert_eq!(
        (output.status.code(), output.stdout.as_slice()),
        (Some(0), &b"done\n"[..])
    );
    let pid: i32 = fs::read_to_string(pid).unwrap().trim().parse().unwrap();
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

#[test]
fn a_name_that_is_none_is_refused_before_anything_runs() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_vedette-agent"))
        .env("VEDETTE_JOBS_DIR", folder.path())
        .args(["job", "../x", "--", "touch"])
        .arg(folder.path().join("ran"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(!folder.path().join("ran").exists());
}
