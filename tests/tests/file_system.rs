//! A real file system fills, stays full, is freed and fills again: one ticket all the time.
//! A real agent looks at it, and the shipped thresholds decide.

use std::path::Path;
use std::time::Duration;

use vedette_tests::agent::Agent;
use vedette_tests::collector::{Collector, Options};
use vedette_tests::filesystem::{Filesystem, Kind};
use vedette_tests::ticket_system::{Ticket, TicketSystem};
use vedette_tests::wait::{PATIENCE, stays};

/// Past the shipped threshold for critical, 95 %.
const FULL: f64 = 0.97;

/// The shipped rule, for this one file system, with two seconds in place of five minutes; it asks
/// for no evidence, which may come with the opening or as an update after it.
fn hurried_rule(mountpoint: &Path) -> String {
    let shipped = include_str!("../../config/rules/filesystem-space.toml");
    let rule = shipped
        .split("[[rule.test]]")
        .next()
        .expect("a text has a beginning");
    let only_here = format!("where     = ['mountpoint=\"{}\"']", mountpoint.display());
    let lines = rule.lines().filter(|line| !line.starts_with("evidence"));
    let lines = lines.map(|line| {
        if line.starts_with("where ") {
            only_here.as_str()
        } else if line.starts_with("for ") {
            "for = \"2s\""
        } else {
            line
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn wait_told(system: &TicketSystem, told: &[&str]) -> Ticket {
    let what = format!("one ticket that was told {told:?}");
    let tickets = system.wait_for_tickets(&what, PATIENCE, |tickets| {
        tickets.len() > 1 || tickets.iter().any(|one| one.texts("action") == told)
    });
    assert_eq!(tickets.len(), 1, "one file system, one ticket");
    tickets[0].clone()
}

#[test]
fn a_full_file_system_is_one_ticket_until_it_is_freed_and_again_when_it_fills_again() {
    let Some(disk) = Filesystem::mount(Kind::Ext4, 32 << 20) else {
        return;
    };
    let system = TicketSystem::start();
    let options = Options::default()
        .tickets_to(&system.url(), "generic", "")
        .settings("[timers]\nclose_delay = \"2s\"\n")
        .file(
            "rules/filesystem-space.toml",
            &hurried_rule(disk.mountpoint()),
        );
    let collector = Collector::start(&options);
    let _agent = Agent::start(&collector.url(), "[host]\nclass = \"server\"\n");

    disk.fill(FULL);
    let ticket = wait_told(&system, &["open"]);
    let mountpoint = disk.mountpoint().display().to_string();
    let subject = ticket.text("subject");
    assert!(
        subject.starts_with("[P2] ") && subject.contains(&format!("{mountpoint} is 97 % full")),
        "{subject}"
    );
    stays(
        "one ticket while it stays full",
        Duration::from_secs(5),
        || system.requests().len() == 1,
    );

    disk.free();
    let ticket = wait_told(&system, &["open", "resolve"]);
    assert!(ticket.text("text").starts_with("Well again since "));
    disk.fill(FULL);
    wait_told(&system, &["open", "resolve", "reopen"]);
}
