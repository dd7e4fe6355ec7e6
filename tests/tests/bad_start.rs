//! A collector that cannot start says why in one sentence, ends with 2, and leaves nothing
//! half-started.

use std::fs;
use std::net::TcpListener;

use vedette_tests::collector::{Collector, Options};
use vedette_tests::command::Said;
use vedette_tests::scratch::{Scratch, free_port};

/// It ended with 2, and its last line is one sentence with these words.
#[track_caller]
fn check_refused(said: Said, words: &[&str]) {
    let said = said.expect(2);
    let last = said.err.lines().last().unwrap_or_default();
    assert!(last.starts_with("vedette-collector: "), "{}", said.err);
    for word in words {
        assert!(last.contains(word), "{word:?} in {last:?}");
    }
    assert!(!said.err.contains("panicked"), "{}", said.err);
}

#[test]
fn a_port_in_use_is_named() {
    let taken = TcpListener::bind(("127.0.0.1", free_port())).expect("the port was free");
    let port = taken
        .local_addr()
        .expect("a listener has an address")
        .port();
    let said = Collector::refusal(&Options::default().port(port));
    check_refused(said, &[&format!("127.0.0.1:{port}"), "listen"]);
}

#[test]
fn a_state_directory_in_use_is_named_and_its_owner_goes_on() {
    let collector = Collector::start(&Options::default());
    let state = collector.state_dir();
    let said = Collector::refusal(&Options::default().state_dir(&state));
    check_refused(said, &[&state.display().to_string(), "another collector"]);
    let _ = collector.http().get("/api/v1/status").expect(200);
}

#[test]
fn a_state_directory_that_cannot_be_made_is_named() {
    let scratch = Scratch::new();
    let file = scratch.write("file", "not a folder");
    let state = file.join("state");
    let said = Collector::refusal(&Options::default().state_dir(&state));
    check_refused(said, &[&state.display().to_string(), "--state-dir"]);
}

#[test]
fn a_state_directory_that_cannot_be_written_is_named() {
    // Nobody can write there, not even root.
    let state = std::path::Path::new("/proc/sys");
    let said = Collector::refusal(&Options::default().state_dir(state));
    check_refused(said, &["/proc/sys", "--state-dir"]);
}

#[test]
fn a_store_that_is_none_is_named_and_left_as_it_is() {
    let scratch = Scratch::new();
    let text = "my notes, by no means a database\n".repeat(200);
    let file = scratch.write("notes.txt", &text);
    let settings = format!("[store]\nurl = \"sqlite:{}\"\n", file.display());
    let said = Collector::refusal(&Options::default().settings(&settings));
    check_refused(said, &[&file.display().to_string()]);
    assert_eq!(fs::read_to_string(&file).ok(), Some(text));
}

#[test]
fn a_store_that_cannot_be_reached_is_named() {
    let settings = "[store]\nurl = \"sqlite:/nonexistent/vedette.db\"\n";
    let said = Collector::refusal(&Options::default().settings(settings));
    check_refused(said, &["/nonexistent/vedette.db"]);
}

#[test]
fn what_could_not_start_listens_nowhere() {
    let port = free_port();
    let state = std::path::Path::new("/proc/sys");
    let _ = Collector::refusal(&Options::default().state_dir(state).port(port)).expect(2);
    assert!(TcpListener::bind(("127.0.0.1", port)).is_ok());
}
