//! Matches that are told once, again after a kill, and never lost; and how long they last.

#![allow(clippy::unwrap_used)]

use std::fs::{self, OpenOptions};
use std::io::Write;

use vedette_wire::Event;

use super::*;

struct Desk {
    dir: tempfile::TempDir,
    surroundings: Surroundings,
    watch: Watch,
}

impl Desk {
    /// Watches an empty `app.log` for errors and warnings.
    fn new() -> Desk {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("app.log"), "").unwrap();
        let surroundings = Surroundings::fixture(dir.path());
        let mut desk = Desk {
            watch: watch(&dir, &surroundings),
            surroundings,
            dir,
        };
        assert_eq!(desk.look().text, "nothing matches");
        desk
    }

    /// kill -9, and a new start: nothing is left but what was written down.
    fn restart(&mut self) {
        self.surroundings.receipts = Arc::default();
        self.watch = watch(&self.dir, &self.surroundings);
    }

    fn write(&self, text: &str) {
        let path = self.dir.path().join("app.log");
        let mut file = OpenOptions::new().append(true).open(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn look(&mut self) -> Found {
        self.watch.look(Instant::now() + Duration::from_secs(60))
    }

    fn acknowledge(&self, event: &Event) {
        self.surroundings
            .receipts
            .acknowledge(event.id.parse().unwrap());
    }
}

fn watch(dir: &tempfile::TempDir, surroundings: &Surroundings) -> Watch {
    let settings = LogSettings {
        files: vec![dir.path().join("app.log").display().to_string()],
        journal: None,
        warning: vec!["warn".to_owned()],
        critical: vec!["^error".to_owned()],
        ignore: vec!["error 404".to_owned()],
        clear_after: Duration::from_secs(600),
    };
    let subject = Subject {
        check: "app: errors/all".to_owned(),
        about: Some("switch-3".to_owned()),
    };
    Watch::new(settings, subject, surroundings.clone()).unwrap()
}

/// How many matches an event tells of, and its lines.
fn told(event: &Event) -> (u64, Vec<&str>) {
    match &event.kind {
        EventKind::LogMatch {
            check,
            about,
            matches,
            lines,
        } => {
            assert_eq!(check, "app: errors/all");
            assert_eq!(about.as_deref(), Some("switch-3"));
            (*matches, lines.iter().map(String::as_str).collect())
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn all_matches_of_a_run_are_one_event_with_the_last_lines() {
    let mut desk = Desk::new();
    desk.write("fine\nerror 404\nwarn one\nerror two\nfine\n");
    let found = desk.look();
    assert_eq!(found.state, CheckState::Critical);
    assert_eq!(found.text, "2 lines match, such as: error two");
    assert_eq!(told(&found.events[0]), (2, vec!["warn one", "error two"]));
    assert_eq!(found.samples[0].value, 2.0);

    let flood: String = (0..5_000)
        .map(|number| format!("error {}\n", 10_000 + number))
        .collect();
    desk.write(&flood);
    let found = desk.look();
    assert_eq!(found.events.len(), 1);
    let (matches, lines) = told(&found.events[0]);
    assert_eq!(
        (matches, lines.len(), lines[EVIDENCE_LINES_MAX - 1]),
        (5_000, EVIDENCE_LINES_MAX, "error 14999")
    );
}

#[test]
fn a_match_is_told_again_under_its_id_until_the_collector_has_it() {
    let mut desk = Desk::new();
    desk.write("error one\n");
    let first = desk.look().events;
    assert_eq!(first.len(), 1);
    assert!(desk.look().events.is_empty(), "once while the agent runs");
    for _ in 0..2 {
        desk.restart();
        desk.write("fine\n");
        assert_eq!(desk.look().events, first);
    }
    desk.acknowledge(&first[0]);
    desk.look();
    desk.restart();
    desk.write("error two\n");
    let second = desk.look().events;
    assert_eq!(second.len(), 1);
    assert_eq!(told(&second[0]), (1, vec!["error two"]));
}

#[test]
fn what_came_while_the_agent_was_down_is_found_and_only_that() {
    let mut desk = Desk::new();
    desk.write("error one\n");
    let first = desk.look().events;
    desk.acknowledge(&first[0]);
    desk.look();
    desk.restart();
    let log = |name: &str| desk.dir.path().join(name);
    desk.write("error two\n");
    fs::rename(log("app.log"), log("app.log.1")).unwrap();
    fs::write(log("app.log"), "error three\n").unwrap();
    let found = desk.look().events;
    assert_eq!(told(&found[0]), (2, vec!["error two", "error three"]));
}

#[test]
fn a_memory_that_cannot_be_written_costs_repeats_and_no_match() {
    let mut desk = Desk::new();
    let memory = desk.surroundings.memory.clone().unwrap();
    fs::remove_dir_all(&memory).unwrap();
    fs::write(&memory, "in the way").unwrap();
    desk.write("error one\n");
    assert_eq!(desk.look().events.len(), 1);
    assert!(desk.look().events.is_empty());
}

#[test]
fn the_state_lasts_as_long_as_it_should_and_across_a_restart() {
    let minute = 60_000;
    let last = Last {
        warning_ms: Some(8 * minute),
        critical_ms: Some(0),
        line: "x".to_owned(),
    };
    let cases = [
        (9, CheckState::Critical),
        (10, CheckState::Warning),
        (17, CheckState::Warning),
        (18, CheckState::Ok),
        (-99, CheckState::Ok),
    ];
    for (at, expected) in cases {
        assert_eq!(last.state(at * minute, 10 * minute), expected, "{at}");
    }
    let mut desk = Desk::new();
    desk.write("warn one\n");
    desk.look();
    desk.restart();
    let found = desk.look();
    assert_eq!(found.state, CheckState::Warning);
    assert_eq!(
        found.text,
        "nothing new matches; the last that did: warn one"
    );
}

#[test]
fn rubbish_is_shown_as_such_and_a_long_line_is_cut() {
    let mut desk = Desk::new();
    let path = desk.dir.path().join("app.log");
    let mut bytes = b"error \xff\x1b[31m\0\n".to_vec();
    bytes.extend(b"error ".iter().chain(&[b'x'; 5_000]));
    bytes.push(b'\n');
    fs::write(path, bytes).unwrap();
    let found = desk.look();
    let (_, lines) = told(&found.events[0]);
    assert_eq!(lines[0], "error \u{fffd}\u{fffd}[31m\u{fffd}");
    assert_eq!(lines[1].len(), 1_024);
}

#[test]
fn what_is_there_and_is_no_file_is_not_said_to_be_missing() {
    let mut desk = Desk::new();
    let path = desk.dir.path().join("app.log");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let found = desk.look();
    assert_eq!(found.state, CheckState::Unknown);
    let why = "app.log: it is not a plain file";
    assert!(found.text.ends_with(why), "{}", found.text);
}

#[test]
fn what_cannot_be_read_is_unknown_unless_something_matches() {
    let mut desk = Desk::new();
    fs::remove_file(desk.dir.path().join("app.log")).unwrap();
    let found = desk.look();
    assert_eq!(found.state, CheckState::Unknown);
    assert!(
        found.text.ends_with("app.log is not there"),
        "{}",
        found.text
    );
    fs::write(desk.dir.path().join("app.log"), "error one\n").unwrap();
    assert_eq!(desk.look().state, CheckState::Critical);
    fs::remove_file(desk.dir.path().join("app.log")).unwrap();
    assert_eq!(desk.look().state, CheckState::Critical);
}
