//! What an agent's power cut and a bad disk leave of its spool is sent, and what they took is
//! counted and told.

use std::fs;
use std::path::{Path, PathBuf};

use vedette_tests::agent::Agent;
use vedette_tests::collector::{Collector, Options};
use vedette_tests::scratch::free_port;
use vedette_tests::ticket_system::TicketSystem;
use vedette_tests::wait::{PATIENCE, wait_for, wait_until};

/// Tells of every loss at once.
const RULE: &str = r#"
[[rule]]
name      = "spool-loss"
component = "agent"
on        = 'event("spool_loss")'
critical  = 'count("30m") >= 1.0'
for       = "0s"
title     = "lost {{ records }} rounds"
"#;

/// The files of the spool that hold samples, the oldest first.
fn segments(state: &Path) -> Vec<PathBuf> {
    let listed = fs::read_dir(state.join("spool")).expect("an agent has a spool");
    let mut files: Vec<PathBuf> = listed
        .map(|entry| entry.expect("a folder can be listed").path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "samples"))
        .collect();
    files.sort();
    files
}

/// Spoils a record in the middle, and tears off the end of the last one.
fn damage(file: &Path) {
    let mut bytes = fs::read(file).expect("a segment can be read");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    bytes.truncate(bytes.len() - 7);
    fs::write(file, bytes).expect("a segment can be written");
}

#[test]
fn of_a_damaged_spool_the_good_rounds_are_sent_and_the_others_are_counted_and_told() {
    let system = TicketSystem::start();
    let port = free_port();
    let mut agent = Agent::start(&format!("http://127.0.0.1:{port}"), "");
    let spool = |agent: &Agent, field: &str| agent.status()?["status"]["spool"][field].as_u64();
    let waiting = wait_for("some rounds to wait", PATIENCE, || {
        spool(&agent, "samples").filter(|rounds| *rounds >= 5)
    });
    agent.kill_9();
    let files = segments(&agent.state_dir());
    damage(files.last().expect("rounds wait in a file"));

    let options = Options::default()
        .port(port)
        .tickets_to(&system.url(), "generic", "")
        .file("rules/spool-loss.toml", RULE);
    let collector = Collector::start(&options);
    agent.start_again();
    wait_until("nothing to wait any more", PATIENCE, || {
        spool(&agent, "samples") == Some(0)
    });
    assert_eq!(
        spool(&agent, "dropped"),
        Some(2),
        "of at least {waiting} rounds"
    );
    let tickets = system.wait_for_tickets("its ticket", PATIENCE, |tickets| !tickets.is_empty());
    let subject = tickets[0].text("subject");
    assert!(subject.contains("lost 2 rounds"), "{subject}");
    // Every round has the uptime; the good ones of the spool are there beside the live ones.
    assert!(collector.metrics().sum("vedette_samples_total", &[]) > 0.0);
}
