//! `kill -9` at any point: what was promised is there.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use vedette_triage::{AlertId, Change, DeliveryId};

use crate::records::{alert, delivery, entry, incident};
use crate::site::{Site, state_of};

/// Where the child finds its store; without it, the child's test does nothing.
const STORE: &str = "VEDETTE_TEST_STORE";
const ROUNDS: u32 = 12;

#[test]
fn what_was_committed_survives_a_kill_at_any_point() {
    let seed = std::process::id();
    println!("seed {seed}");
    let directory = tempfile::tempdir().expect("a temporary folder can be made");
    let path = directory.path().join("vedette.db");
    let mut known = 0;
    for round in 0..ROUNDS {
        let lines = 1 + (seed.wrapping_add(round).wrapping_mul(2_654_435_761) >> 7) % 60;
        let (mut child, said) = start(&path);
        let promised = kill_after(lines, (&mut child, said));
        assert!(
            promised > known,
            "the child went on where the last one ended"
        );
        known = check(path.clone(), promised);
    }
}

/// Everything up to the promised number is there, whole; says which number was reached.
#[track_caller]
fn check(path: PathBuf, promised: u64) -> u64 {
    let mut site = Site::at_path(path, None);
    let reached = site.loaded.number.0;
    assert!(
        reached >= promised,
        "{promised} was promised, {reached} is there"
    );
    let state = state_of(&site.loaded);
    for number in 1..=reached {
        assert!(
            state.alert(AlertId(number)).is_some(),
            "alert {number} is missing"
        );
        assert_eq!(
            site.timeline(number, 10).len(),
            1,
            "the timeline of {number}"
        );
        let deliveries = site.deliveries(number);
        assert_eq!(deliveries.len(), 1, "the deliveries of {number}");
        assert_eq!(deliveries[0].delivery.id, DeliveryId(number));
    }
    assert!(
        state.alert(AlertId(reached + 1)).is_none(),
        "half a commit is there"
    );
    assert!(
        site.deliveries(reached + 1).is_empty(),
        "half a commit is there"
    );
    reached
}

fn start(path: &Path) -> (Child, BufReader<ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().expect("this test is a program"))
        .args([
            "--exact",
            "kill::commits_until_it_is_killed",
            "--ignored",
            "--nocapture",
        ])
        .env(STORE, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("this test starts a second time");
    let said = child.stdout.take().expect("it is piped");
    (child, BufReader::new(said))
}

/// Kills the child once it has promised so many commits; says the last it promised before it died.
fn kill_after(lines: u32, (child, said): (&mut Child, BufReader<ChildStdout>)) -> u64 {
    let mut last = 0;
    let mut heard = 0;
    for line in said.lines() {
        // The harness talks, too; a torn last line promises nothing.
        let line = line.expect("a pipe can be read");
        let Some(number) = line
            .strip_prefix("committed ")
            .and_then(|rest| rest.strip_suffix('.'))
        else {
            continue;
        };
        last = number.parse().expect("the child says numbers");
        heard += 1;
        if heard == lines {
            child.kill().expect("a child can be killed");
        }
    }
    child.wait().expect("a child can be waited for");
    assert!(
        heard >= lines,
        "the child ended by itself after {heard} commits"
    );
    last
}

#[test]
#[ignore = "the victim of the test above"]
fn commits_until_it_is_killed() {
    let Ok(path) = std::env::var(STORE) else {
        return;
    };
    let mut site = Site::at_path(path.into(), None);
    let mut out = std::io::stdout();
    loop {
        let id = site.loaded.number.0 + 1;
        site.commit_with(
            vec![
                Change::PutAlert(alert(id, Some(id), 0)),
                Change::PutIncident(incident(id, None, 0)),
                Change::AddDelivery(delivery(id, (id, "desk"), 1)),
            ],
            vec![entry(Some(id), None, "opened")],
        );
        writeln!(out, "\ncommitted {id}.").expect("the parent listens");
        out.flush().expect("the parent listens");
    }
}
