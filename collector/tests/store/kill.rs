//! `kill -9` at any point: what was promised is there.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};

use vedette_triage::{AlertId, Change, DeliveryId, Entry};

use crate::records::{alert, delivery, entry, incident};
use crate::server;
use crate::site::{Place, Site, state_of};

/// Where the child finds its store; without either, the child's test does nothing.
const FILE: &str = "VEDETTE_TEST_STORE";
const DATABASE: &str = "VEDETTE_TEST_DATABASE";
const ROUNDS: u32 = 12;

#[test]
fn what_was_committed_to_a_file_survives_a_kill_at_any_point() {
    let directory = tempfile::tempdir().expect("a temporary folder can be made");
    survives(&Place::File(directory.path().join("vedette.db")));
}

#[test]
fn what_was_committed_to_a_database_survives_a_kill_at_any_point() {
    if let Some(url) = server::new_schema() {
        survives(&Place::Database(url));
    }
}

fn survives(place: &Place) {
    let seed = std::process::id();
    println!("seed {seed}");
    let mut known = 0;
    for round in 0..ROUNDS {
        let lines = 1 + (seed.wrapping_add(round).wrapping_mul(2_654_435_761) >> 7) % 60;
        let (mut child, said) = start(place);
        let promised = kill_after(lines, (&mut child, said));
        assert!(
            promised > known,
            "the child went on where the last one ended"
        );
        known = check(place.clone(), promised);
    }
}

/// Everything up to the promised number is there, whole; says which number was reached.
#[track_caller]
pub(crate) fn check(place: Place, promised: u64) -> u64 {
    let mut site = Site::at(place, None);
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

fn start(place: &Place) -> (Child, BufReader<ChildStdout>) {
    let (kind, place) = match place {
        Place::File(path) => (FILE, path.as_os_str()),
        Place::Database(url) => (DATABASE, url.as_ref()),
    };
    let mut child = Command::new(std::env::current_exe().expect("this test is a program"))
        .args([
            "--exact",
            "kill::commits_until_it_is_killed",
            "--ignored",
            "--nocapture",
        ])
        .env(kind, place)
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
    let place = match (std::env::var(FILE), std::env::var(DATABASE)) {
        (Ok(path), _) => Place::File(path.into()),
        (_, Ok(url)) => Place::Database(url),
        _ => return,
    };
    let mut site = Site::at(place, None);
    let mut out = std::io::stdout();
    loop {
        let id = site.loaded.number.0 + 1;
        let (changes, entries) = whole(id);
        site.commit_with(changes, entries);
        writeln!(out, "\ncommitted {id}.").expect("the parent listens");
        out.flush().expect("the parent listens");
    }
}

/// What the commit of that number is made of.
pub(crate) fn whole(id: u64) -> (Vec<Change>, Vec<Entry>) {
    let changes = vec![
        Change::PutAlert(alert(id, Some(id), 0)),
        Change::PutIncident(incident(id, None, 0)),
        Change::AddDelivery(delivery(id, (id, "desk"), 1)),
    ];
    (changes, vec![entry(Some(id), None, "opened")])
}
