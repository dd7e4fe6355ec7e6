//! What is remembered of incidents that are long forgotten: when they were, and how the last ended.

use vedette_triage::explain::Subject;
use vedette_triage::recurrence::Times;
use vedette_triage::{Close, IncidentId, Policy, Severity, limits};

use crate::sentences::explain;
use crate::support::*;

/// Fires, is told, clears, and is forgotten; a day goes by.
fn once(world: &mut World, disk: &Condition) {
    world.fire(disk);
    world.pass(minutes(10));
    world.clear(disk);
    world.pass(hours(24) - minutes(10));
}

fn times(world: &World, id: u64) -> Option<String> {
    let incident = world.incident(id);
    Times::of(&incident.openings, world.now).map(Times::words)
}

#[test]
fn an_incident_counts_those_before_it_that_are_forgotten() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    for _ in 0..4 {
        once(&mut world, &disk);
    }
    assert_eq!(world.engine.state().incidents().len(), 0);
    world.fire(&disk);
    assert_eq!(times(&world, 4).as_deref(), Some("fifth time in 7 days"));
    let facts = &world.told.back().unwrap().facts;
    assert_eq!(facts.openings.len(), 4);
    let previous = facts.previous.clone().unwrap();
    assert_eq!(
        (previous.incident, previous.close),
        (IncidentId(3), Close::Cleared)
    );
    assert_eq!(previous.lasted_s, 15 * 60);
    assert_eq!(previous.ticket.unwrap().id, "T3");
    assert_eq!(world.incident(4).predecessor, Some(IncidentId(3)));
}

#[test]
fn the_first_one_has_none_before_it_and_another_place_is_another_story() {
    let mut world = World::new();
    once(&mut world, &condition("disk", "db-7"));
    world.fire(&condition("disk", "db-8"));
    assert_eq!(times(&world, 1), None);
    assert_eq!(world.incident(1).predecessor, None);
}

#[test]
fn what_nobody_was_told_of_is_not_counted_and_a_drill_is_not() {
    let mut world = World::new();
    let disk = condition("disk", "db-7").severity(Severity::Warning);
    world.fire(&disk);
    world.clear(&disk);
    world.pass(hours(24));
    let drill = disk.clone().drill(vedette_triage::Drill::Quiet);
    world.fire(&drill);
    world.clear(&drill);
    world.pass(hours(24));
    assert_eq!(world.engine.state().recurrences().len(), 0);
    world.fire(&disk);
    world.pass(minutes(2));
    assert_eq!(times(&world, 2), None);
}

#[test]
fn a_successor_of_one_that_is_remembered_still_counts_it_once() {
    let mut world = World::under(Policy {
        timers: vedette_triage::Timers {
            reopen_within: minutes(10),
            ..Default::default()
        },
        ..policy()
    });
    let disk = condition("disk", "db-7");
    world.answers_itself = false;
    world.fire(&disk);
    world.clear(&disk);
    // Its ticket has not answered, so that it is still remembered.
    world.pass(minutes(30));
    world.fire(&disk);
    assert_eq!(world.incident(1).predecessor, Some(IncidentId(0)));
    assert_eq!(times(&world, 1).as_deref(), Some("second time in a day"));
    world.answers_itself = true;
    world.answer_all();
    world.pass(hours(2));
    world.clear(&disk);
    world.pass(hours(24));
    world.fire(&disk);
    assert_eq!(times(&world, 2).as_deref(), Some("third time in 7 days"));
}

#[test]
fn no_more_is_remembered_than_is_told_and_in_the_end_nothing() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    for _ in 0..20 {
        once(&mut world, &disk);
    }
    let state = world.engine.state();
    let known = state.recurrences().next().unwrap();
    assert_eq!(known.openings.len(), limits::OPENINGS_KEPT_MAX);
    world.pass(hours(24 * 91));
    assert_eq!(world.engine.state().recurrences().len(), 0);
    world.fire(&disk);
    assert_eq!(world.incident(20).predecessor, None);
}

#[test]
fn how_often_it_was_so_is_explained() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    for _ in 0..2 {
        once(&mut world, &disk);
    }
    world.fire(&disk);
    let said = explain(&world, Subject::Incident(IncidentId(2)));
    assert!(
        said.contains(&"It is the third time in 7 days; before it began at +86400 s, +0 s.".into()),
        "{said:?}"
    );
}
