//! What a host found when it was asked, and what was changed on it: both reach the ticket.

use vedette_triage::{AlertId, EvidenceKind, HostChange, HostSays};
use vedette_wire::Class;

use crate::support::*;

fn world() -> World {
    let mut world = World::new();
    world.host("db-7", seen("db-7", Class::Server, "boot-1"));
    world
}

fn found(alert: u64, lines: &[&str]) -> HostSays {
    HostSays::Found {
        alert: AlertId(alert),
        what: EvidenceKind::TopProcesses,
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
    }
}

fn change(world: &World, id: &str, name: &str) -> HostChange {
    HostChange {
        id: id.into(),
        at: world.now,
        what: "package".into(),
        name: name.into(),
        before: "1".into(),
        after: "2".into(),
    }
}

#[test]
fn what_was_found_is_the_first_update_of_an_open_ticket_and_told_once() {
    let mut world = world();
    world.fire(&condition("disk", "db-7"));
    world.tells(&["desk open 0"]);
    world.host("db-7", found(0, &["mysqld 80 %"]));
    let told = world.told.pop_back().unwrap();
    assert_eq!(told.action.as_str(), "update");
    assert_eq!(told.facts.evidence[0].lines, ["mysqld 80 %"]);
    world.told.clear();
    let again = world.host("db-7", found(0, &["mysqld 80 %"]));
    assert!(again.changes.is_empty(), "a report that came again");
    world.tells(&[]);
}

#[test]
fn what_was_found_before_anybody_was_told_stands_in_the_ticket_from_the_start() {
    let mut world = world();
    world.pass(hours(1));
    let warning = condition("disk", "db-7").severity(vedette_triage::Severity::Warning);
    world.fire(&warning);
    world.host("db-7", found(0, &["mysqld 80 %"]));
    world.tells(&[]);
    world.pass(minutes(2));
    let told = world.told.pop_back().unwrap();
    assert_eq!(told.action.as_str(), "open");
    assert_eq!(told.facts.evidence[0].lines, ["mysqld 80 %"]);
}

#[test]
fn a_host_answers_for_its_own_alerts_only() {
    let mut world = world();
    world.host("db-8", seen("db-8", Class::Server, "boot-1"));
    world.fire(&condition("disk", "db-7"));
    world.told();
    for (host, alert) in [("db-8", 0), ("db-7", 99)] {
        let decision = world.host(host, found(alert, &["x"]));
        assert!(decision.changes.is_empty(), "{host} {alert}");
    }
}

#[test]
fn what_was_changed_in_the_day_before_stands_in_the_ticket_the_newest_first() {
    let mut world = world();
    for (id, name) in [("1", "old"), ("2", "vim"), ("3", "postgresql-15")] {
        let changes = vec![change(&world, id, name)];
        world.host("db-7", HostSays::Changed { changes });
        world.pass(hours(13));
    }
    let again = vec![change(&world, "3", "postgresql-15")];
    let again = world.host("db-7", HostSays::Changed { changes: again });
    assert!(again.changes.is_empty(), "the same event again");
    world.fire(&condition("disk", "db-7"));
    let facts = &world.told.pop_back().unwrap().facts;
    let words: Vec<String> = facts.changes.iter().map(HostChange::words).collect();
    assert_eq!(words, ["postgresql-15 2 instead of 1"]);
    assert_eq!(facts.changes_more, 0);
}

#[test]
fn changes_of_a_host_are_bounded_and_the_rest_is_counted() {
    let mut world = world();
    let changes = (0..100)
        .map(|at| change(&world, &at.to_string(), &format!("p{at}")))
        .collect();
    world.host("db-7", HostSays::Changed { changes });
    world.fire(&condition("disk", "db-7"));
    let facts = &world.told.pop_back().unwrap().facts;
    let kept = vedette_triage::limits::CHANGES_PER_HOST_MAX;
    assert_eq!(facts.changes[0].name, "p99");
    assert_eq!(facts.changes.len() + facts.changes_more as usize, kept);
}
