//! Digests: one ticket of a team for what is worth doing and no ticket of its own.

use std::sync::Arc;

use vedette_triage::{
    Action, Close, DeliverMode, Drill, Engine, Facts, Handling, IncidentId, Input, ListOf, Listing,
    Outcome, Phase, Priority, Severity, State, Suppression, Timestamp, next_digest,
};

use crate::support::*;

const WEEK: u64 = 7 * 24;

#[test]
fn what_is_worth_doing_is_one_ticket_of_each_team_by_what_to_do() {
    let mut world = planned();
    for n in 0..3 {
        world.fire(&little("disk", &format!("h-{n}")));
    }
    world.fire(&little("memory", "h-1"));
    world.fire(&little("memory", "t-1").with("team", "linux"));
    world.pass(hours(23));
    world.tells(&[]);
    world.pass(hours(1));
    let digest = opened(&mut world, "desk");
    assert_eq!(
        digest.list.clone().unwrap().title,
        "3 hosts with disk, 1 host with memory; 4 new"
    );
    let Listing { of, groups, .. } = digest.list.clone().unwrap();
    assert_eq!(of, ListOf::Digest);
    assert_eq!(groups[0].heading, "disk on 3 hosts");
    assert_eq!(groups[0].says, ["disk hurts", "$ df -h"]);
    let lines = [
        "+ h-0: disk is bad",
        "+ h-1: disk is bad",
        "+ h-2: disk is bad",
    ];
    assert_eq!(groups[0].lines, lines);
    assert_eq!(
        (digest.priority, digest.team.as_str()),
        (Priority::P4, "it-ops")
    );
    assert!(digest.host.is_none() && digest.first.is_empty());
    let linux = opened(&mut world, "linux-desk");
    assert_eq!(linux.list.unwrap().title, "1 host with memory; 1 new");
    world.tells(&[]);
}

#[test]
fn the_next_one_says_what_changed_and_takes_the_place_of_the_last() {
    let mut world = planned();
    let (stays, goes) = (little("disk", "h-1"), little("disk", "h-2"));
    world.fire(&stays);
    world.fire(&goes);
    world.pass(hours(24));
    let first = opened(&mut world, "desk");
    world.clear(&goes);
    world.fire(&little("memory", "h-3"));
    world.pass(hours(WEEK - 1));
    world.tells(&[]);
    world.pass(hours(1));
    let closed = told(&mut world);
    assert_eq!(closed.0, Action::Resolve);
    let next = opened(&mut world, "desk");
    let into = closed.1.merged_into.unwrap().incident;
    assert_eq!((closed.1.incident, into), (first.incident, next.incident));
    let listing = next.list.unwrap();
    assert_eq!(
        listing.title,
        "1 host with disk, 1 host with memory; 1 new, 1 still, 1 gone"
    );
    assert_eq!(listing.groups[0].lines, ["h-1: disk is bad"]);
    assert_eq!(listing.groups[1].lines, ["+ h-3: memory is bad"]);
    assert_eq!(listing.groups[2].heading, "gone since the last digest");
    assert_eq!(listing.groups[2].lines, ["h-2: disk is bad"]);
    assert_eq!(standing(&world), [next.incident]);
}

#[test]
fn with_nothing_to_do_there_is_no_ticket_and_the_last_one_closes() {
    let mut world = planned();
    world.pass(hours(24));
    world.tells(&[]);
    let disk = little("disk", "h-1");
    world.fire(&disk);
    world.pass(hours(WEEK));
    let first = opened(&mut world, "desk").incident;
    world.clear(&disk);
    world.pass(hours(24) + minutes(6));
    let (action, facts) = told(&mut world);
    assert_eq!((action, facts.incident), (Action::Resolve, first));
    assert_eq!(
        world.incident(first.0).close.as_deref(),
        Some(&Close::Cleared)
    );
    world.pass(hours(2 * WEEK));
    world.tells(&[]);
    assert_eq!(standing(&world), []);
}

#[test]
fn one_that_was_missed_is_made_at_the_start_and_once() {
    let mut world = planned();
    world.fire(&little("disk", "h-1"));
    world.pass(hours(20));
    let down_since = world.now;
    restart(&mut world);
    // Three of them would have been.
    world.now = world.now.after(hours(2 * WEEK + 12));
    world.change_policy(|policy| plan(policy, world_start()));
    world.input(&Input::Started { down_since });
    world.tick();
    opened(&mut world, "desk");
    world.pass(hours(WEEK) - hours(9));
    world.tells(&[]);
}

#[test]
fn what_becomes_worth_a_ticket_is_its_own_and_leaves_the_next_digest() {
    let mut world = planned();
    let disk = little("disk", "h-1");
    world.fire(&disk);
    world.fire(&little("memory", "h-2"));
    world.pass(hours(24));
    opened(&mut world, "desk");
    world.fire(
        &disk
            .clone()
            .worth(Handling::Ticket)
            .severity(Severity::Critical),
    );
    world.pass(minutes(2));
    let own = opened(&mut world, "desk");
    assert_eq!((own.list, own.rule.as_str()), (None, "disk"));
    world.pass(hours(WEEK));
    assert_eq!(told(&mut world).0, Action::Resolve);
    let next = opened(&mut world, "desk").list.unwrap();
    assert_eq!(next.title, "1 host with memory; 1 still, 1 gone");
}

#[test]
fn what_is_p5_stands_in_it_and_what_is_watched_muted_shadowed_or_a_drill_does_not() {
    let mut world = planned();
    let workstation = condition("disk", "lap-1").severity(Severity::Warning);
    let mut workstation = workstation;
    workstation.labels = vec![("class".into(), "workstation".into())];
    world.fire(&workstation);
    world.fire(&little("watched", "h-1").worth(Handling::Watch));
    world.fire(&little("shadowed", "h-2"));
    world.fire(&little("disk", "h-3").drill(Drill::Quiet));
    world.fire(&little("disk", "h-4"));
    world.silence(&["host=\"h-4\""], hours(48));
    world.pass(hours(23));
    world.told();
    world.pass(hours(1));
    let listing = opened(&mut world, "desk").list.unwrap();
    assert_eq!(listing.groups[0].lines, ["+ lap-1: disk is bad"]);
    assert_eq!(listing.groups.len(), 1);
    assert_eq!(world.tally(Outcome::Opened), 0, "no signal opened it");
}

#[test]
fn one_that_a_person_closed_stays_closed_and_the_next_one_is_another() {
    let mut world = planned();
    world.fire(&little("disk", "h-1"));
    world.pass(hours(24));
    let first = opened(&mut world, "desk").incident;
    world.resolve(first.0);
    assert_eq!(told(&mut world).0, Action::Resolve);
    world.pass(hours(WEEK) - hours(1));
    world.tells(&[]);
    world.pass(hours(1));
    let next = opened(&mut world, "desk");
    assert_ne!(next.incident, first);
    assert_eq!(next.list.unwrap().title, "1 host with disk; 1 still");
}

#[test]
fn a_team_that_is_gone_or_wants_none_has_no_digest_open() {
    let mut world = planned();
    world.fire(&little("disk", "h-1"));
    world.pass(hours(24));
    let first = opened(&mut world, "desk").incident;
    world.change_policy(|policy| policy.digests = Arc::default());
    world.pass(minutes(5));
    let (action, facts) = told(&mut world);
    assert_eq!((action, facts.incident), (Action::Resolve, first));
    assert_eq!(world.engine.state().digests().len(), 0);
    world.pass(hours(2 * WEEK));
    world.tells(&[]);
}

#[test]
fn while_it_only_observes_a_digest_is_decided_and_not_told() {
    let mut world = planned();
    world.change_policy(|policy| policy.mode = DeliverMode::Observe);
    world.fire(&little("disk", "h-1"));
    world.pass(hours(24));
    world.tells(&[]);
    let [digest] = standing(&world)[..] else {
        panic!("one digest");
    };
    let suppressed = world.incident(digest.0).suppressed.as_deref();
    assert_eq!(suppressed, Some(&Suppression::Observe { until: None }));
    world.change_policy(|policy| policy.mode = DeliverMode::Live);
    opened(&mut world, "desk");
}

#[test]
fn who_asks_is_told_what_the_next_one_would_say() {
    let mut world = planned();
    let says = |world: &World, team: &str| {
        let state = world.engine.state();
        next_digest((state, &world.policy), world.now, team).map(|listing| listing.title)
    };
    assert_eq!(says(&world, "it-ops"), None);
    world.fire(&little("disk", "h-1"));
    assert_eq!(
        says(&world, "it-ops").as_deref(),
        Some("1 host with disk; 1 new")
    );
    assert_eq!(says(&world, "linux"), None);
    let before = world.engine.state().clone();
    world.pass(hours(24));
    opened(&mut world, "desk");
    assert_eq!(
        says(&world, "it-ops").as_deref(),
        Some("1 host with disk; 1 still")
    );
    assert!(before.digests().all(|digest| digest.last.is_none()));
}

/// Each team's digest is a day from now, and then every week.
fn planned() -> World {
    let mut world = World::new();
    world.change_policy(|policy| plan(policy, world_start()));
    world
}

fn world_start() -> Timestamp {
    World::new().now
}

fn plan(policy: &mut vedette_triage::Policy, start: Timestamp) {
    let first = start.after(hours(24));
    let moments: Vec<Timestamp> = (0..12)
        .map(|week| first.after(hours(week * WEEK)))
        .collect();
    let teams = policy.teams.iter();
    let digests = teams.map(|team| (team.name.clone(), moments.clone()));
    policy.digests = Arc::new(digests.collect());
}

fn little(rule: &str, host: &str) -> Condition {
    let little = condition(rule, host).severity(Severity::Warning);
    little.worth(Handling::Digest)
}

/// The next thing told, which opens something at this receiver.
#[track_caller]
fn opened(world: &mut World, receiver: &str) -> Facts {
    let delivery = world.told.pop_front().expect("something is told");
    assert_eq!(
        (delivery.receiver.as_str(), delivery.action),
        (receiver, Action::Open)
    );
    Facts::clone(&delivery.facts)
}

#[track_caller]
fn told(world: &mut World) -> (Action, Facts) {
    let delivery = world.told.pop_front().expect("something is told");
    (delivery.action, Facts::clone(&delivery.facts))
}

/// The digests that are not over.
fn standing(world: &World) -> Vec<IncidentId> {
    let incidents = world.engine.state().incidents();
    let digests = incidents.filter(|incident| incident.list == Some(ListOf::Digest));
    let open =
        digests.filter(|incident| !matches!(incident.phase, Phase::Resolved | Phase::Closed));
    open.map(|incident| incident.id).collect()
}

/// From what is stored.
fn restart(world: &mut World) {
    let before = world.engine.state().clone();
    let mut state = State::resume(before.now(), before.counters());
    before.records().for_each(|change| state.apply(&change));
    world.engine = Engine::resume(state);
}
