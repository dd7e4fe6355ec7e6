//! Which updates are sent, which are not, and what a delivery says.

use std::collections::BTreeSet;

use vedette_triage::{Action, Handling, NextStep, Severity, limits};
use vedette_wire::Class;

use crate::support::*;

#[test]
fn worse_is_told_at_once_and_better_when_the_pause_is_over() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    world.fire(&disk.clone().severity(Severity::Warning));
    world.pass(minutes(3));
    world.told.clear();
    world.fire(&disk);
    let news = world.told[0].facts.news.clone();
    assert_eq!(
        news,
        [
            "Severity critical instead of warning.",
            "Priority P2 instead of P4."
        ]
    );
    world.tells(&["desk update 0"]);
    world.fire(&disk.severity(Severity::Warning));
    world.pass(minutes(14));
    world.tells(&[]);
    world.pass(minutes(1));
    world.tells(&["desk update 0"]);
}

#[test]
fn what_is_as_it_was_when_the_update_is_due_is_not_told() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.fire(&disk.clone().severity(Severity::Warning));
    world.pass(minutes(1));
    world.fire(&disk);
    world.pass(hours(1));
    world.tells(&["desk open 0"]);
}

#[test]
fn the_first_update_comes_after_two_minutes_and_tells_what_is_so_then() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    for n in 0..6 {
        world.fire(&condition("disk", "db-7").with("mountpoint", &format!("/{n}")));
    }
    world.pass(seconds(119));
    world.tells(&["desk open 0"]);
    world.pass(seconds(1));
    assert_eq!(world.told[0].facts.news, ["7 alerts instead of 1."]);
    world.tells(&["desk update 0"]);
    // Not grown by half.
    world.fire(&condition("disk", "db-7").with("mountpoint", "/seven"));
    world.pass(hours(1));
    world.tells(&[]);
}

#[test]
fn while_something_is_on_its_way_no_update_is_made_and_then_one() {
    let mut world = World::new();
    world.answers_itself = false;
    let disk = condition("disk", "db-7");
    world.fire(&disk.clone().severity(Severity::Warning));
    world.pass(minutes(2));
    world.fire(&disk);
    world.acknowledge(0, None);
    world.pass(minutes(30));
    world.tells(&["desk open 0", "desk acknowledge 0"]);
    world.answer_all();
    world.tells(&["desk update 0"]);
}

#[test]
fn another_description_alone_is_no_update() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.fire(&disk.with("note", "x"));
    world.pass(hours(1));
    world.tells(&["desk open 0"]);
}

#[test]
fn a_delivery_says_everything_a_ticket_needs() {
    let mut world = World::new();
    world.host("db-7", seen("db-7", Class::Server, "boot-1"));
    world.fire(&condition("disk", "db-7").worth(Handling::Page));
    let open = world.told.pop_front().unwrap();
    let facts = &open.facts;
    assert_eq!(open.idempotency_key(), "test-0-1-1");
    assert_eq!(facts.title, "disk is bad");
    assert_eq!(facts.host.as_ref().unwrap().name, "db-7");
    assert_eq!(facts.means, "disk hurts");
    assert_eq!(facts.first, ["df -h"]);
    assert_eq!(facts.values, [("value".to_owned(), 0.5)]);
    assert_eq!(facts.labels.get("alertname"), Some("disk"));
    assert_eq!(facts.next, NextStep::ClosesWhenWell { after_s: 300 });
    assert_eq!((facts.members_total, facts.members_firing), (1, 1));
    assert_eq!(facts.opened_at, Some(world.now));
    assert_eq!(facts.previous, None);
}

#[test]
fn a_successor_tells_of_the_ticket_before_it() {
    let mut policy = policy();
    policy.timers.reopen_within = hours(0);
    let mut world = World::under(policy);
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.clear(&disk);
    let due = world.incident(0).due.unwrap();
    world.now = due;
    world.input(&vedette_triage::Input::Tick); // closed, and not archived yet
    world.now = world.now.after(seconds(1));
    world.fire(&disk);
    let open = world.told.pop_back().unwrap();
    let previous = open.facts.previous.as_ref().unwrap();
    assert_eq!(previous.ticket.as_ref().unwrap().id, "T0");
    assert_eq!(previous.lasted_s, 300);
}

#[test]
fn a_payload_of_20_000_alerts_lists_a_hundred_and_counts_the_rest() {
    let mut world = World::new();
    let disk = |n: u32| condition("disk", "db-7").with("mountpoint", &format!("/{n}"));
    for n in 0..20_000 {
        world.fire(&disk(n));
    }
    world.pass(minutes(2));
    let update = world.told.pop_back().unwrap();
    assert_eq!(update.action, Action::Update);
    assert_eq!(update.facts.members.len(), limits::MEMBERS_LISTED_MAX);
    assert_eq!(update.facts.members_total, 20_000);
    assert_eq!(update.facts.title, "disk is bad", "the count stands beside");
    assert_eq!(world.told(), ["desk open 0"]);
    for n in 0..20_000 {
        world.clear(&disk(n));
    }
    world.pass(minutes(5));
    let resolve = world.told.pop_back().unwrap();
    assert_eq!(resolve.action, Action::Resolve);
    assert_eq!(resolve.facts.members.len(), limits::MEMBERS_LISTED_MAX);
}

#[test]
fn members_are_listed_worst_first_and_each_once() {
    let mut world = World::new();
    let disk = |n: u32| condition("disk", "db-7").with("mountpoint", &format!("/{n}"));
    for n in 0..10 {
        world.fire(&disk(n).severity(Severity::Warning));
    }
    world.clear(&disk(0));
    world.fire(&disk(7));
    let open = world.told.pop_back().unwrap();
    let members = &open.facts.members;
    assert_eq!(members[0].severity, Severity::Critical);
    assert!(members[9].ended_at.is_some());
    let distinct: BTreeSet<_> = members.iter().map(|member| member.fingerprint).collect();
    assert_eq!(distinct.len(), 10);
}

#[test]
fn what_eases_is_told_once_it_has_lasted_and_not_when_all_is_well_soon() {
    let mut world = World::new();
    let disk = |path| condition("disk", "db-7").with("mountpoint", path);
    let (var, srv) = (disk("/var"), disk("/srv").severity(Severity::Warning));
    world.fire(&var);
    world.fire(&srv);
    world.pass(hours(1));
    world.told();
    world.clear(&var);
    world.pass(minutes(1));
    world.tells(&[]);
    world.pass(minutes(1));
    world.tells(&["desk update 0"]);
    world.fire(&var);
    world.tells(&["desk update 0"]);
    world.pass(hours(1));
    world.clear(&var);
    world.pass(minutes(1));
    world.clear(&srv);
    world.pass(minutes(10));
    world.tells(&["desk resolve 0"]);
}
