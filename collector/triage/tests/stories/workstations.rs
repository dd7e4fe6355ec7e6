//! Workstations that fall silent at once are a site that went dark, where it has nothing else.

use std::sync::Arc;

use vedette_triage::{
    Close, Handling, HostSays, Interval, Outcome, Priority, TogetherOf, WorkingTime,
};
use vedette_wire::{Class, Goodbye};

use crate::support::*;

#[test]
fn a_branch_of_workstations_that_goes_dark_is_one_ticket() {
    let mut world = branch(12);
    (0..12).for_each(|n| falls_silent(&mut world, n));
    world.pass(minutes(2));
    let facts = world.told.front().unwrap().facts.clone();
    assert_eq!(world.told().len(), 1);
    let together = facts.together.clone().unwrap();
    assert_eq!(together.of, TogetherOf::Silence);
    assert_eq!((together.places, facts.members_firing), (12, 12));
    assert_eq!(facts.priority, Priority::P1);
    assert_eq!(together.site.unwrap().name, "graz");
    assert_eq!(
        world.tally(Outcome::Watched),
        9,
        "until four of five were gone"
    );
}

#[test]
fn they_are_only_watched_when_some_go_home() {
    let mut world = branch(12);
    (0..9).for_each(|n| falls_silent(&mut world, n));
    world.pass(hours(1));
    world.tells(&[]);
    assert_eq!(world.tally(Outcome::Watched), 9);
}

#[test]
fn who_said_goodbye_or_was_gone_before_is_not_expected() {
    let mut world = branch(12);
    for n in 0..4 {
        world.host(&name(n), left(Goodbye::PowerOff));
    }
    falls_silent(&mut world, 4);
    world.pass(minutes(30));
    (5..11).for_each(|n| falls_silent(&mut world, n));
    world.pass(minutes(2));
    assert_eq!(world.told().len(), 1, "six of the seven that were there");
}

#[test]
fn where_nobody_says_when_people_work_they_are_only_watched() {
    let mut world = branch(12);
    world.policy.working = Arc::default();
    (0..12).for_each(|n| falls_silent(&mut world, n));
    world.pass(hours(1));
    world.tells(&[]);
}

#[test]
fn nobody_expects_them_outside_working_hours() {
    let mut world = branch(12);
    let ends_at = world.now.before(hours(1));
    let day = |from: u64, to: u64| Interval {
        starts_at: ends_at.before(hours(10)).after(hours(from)),
        ends_at: ends_at.before(hours(10)).after(hours(to)),
    };
    world.policy.working = Arc::new(WorkingTime(vec![day(0, 10), day(24, 34)]));
    (0..12).for_each(|n| falls_silent(&mut world, n));
    world.pass(minutes(5));
    world.tells(&[]);
}

#[test]
fn a_site_that_has_a_server_is_told_by_that() {
    let mut world = branch(12);
    world.host("srv-1", at_site("srv-1", Class::Server));
    (0..12).for_each(|n| falls_silent(&mut world, n));
    world.pass(minutes(5));
    world.tells(&[]);
}

#[test]
fn slowly_is_not_at_once() {
    let mut world = branch(12);
    for n in 0..12 {
        falls_silent(&mut world, n);
        world.pass(minutes(1));
    }
    world.pass(minutes(5));
    world.tells(&[]);
}

#[test]
fn who_is_back_leaves_it_and_the_rest_is_only_watched_again() {
    let mut world = branch(20);
    (0..20).for_each(|n| falls_silent(&mut world, n));
    world.pass(minutes(5));
    world.told();
    for n in 1..20 {
        world.host(&name(n), at_site(&name(n), Class::Workstation));
        world.clear(&silent(n));
    }
    world.pass(minutes(6));
    let told = world.told();
    assert!(told.last().unwrap().contains("resolve"), "{told:?}");
    let incidents = world.engine.state().incidents();
    let all: Vec<_> = incidents
        .map(|incident| incident.close.as_deref().cloned())
        .collect();
    assert_eq!(all, [Some(Close::Divided { rest: 1 })]);
    // And it fires and clears as before.
    world.clear(&silent(0));
    world.pass(hours(1));
    world.tells(&[]);
}

#[test]
fn one_that_comes_back_and_is_gone_again_is_the_same_outage() {
    let mut world = branch(12);
    (0..12).for_each(|n| falls_silent(&mut world, n));
    world.pass(minutes(1));
    world.told();
    world.clear(&silent(3));
    world.fire(&silent(3));
    let mut incidents = world.engine.state().incidents();
    assert_eq!(incidents.next().map(|incident| incident.firing), Some(12));
    assert!(incidents.next().is_none());
}

fn branch(workstations: u32) -> World {
    let mut world = World::new();
    let day = Interval {
        starts_at: world.now.before(hours(1)),
        ends_at: world.now.after(hours(100)),
    };
    world.policy.working = Arc::new(WorkingTime(vec![day]));
    for n in 0..workstations {
        world.host(&name(n), at_site(&name(n), Class::Workstation));
    }
    world
}

fn name(n: u32) -> String {
    format!("ws-{n}")
}

fn silent(n: u32) -> Condition {
    let mut silent = condition("host-silent", &name(n)).with("site", "graz");
    silent.component = "liveness".into();
    silent.labels.retain(|(label, _)| label != "class");
    silent.with("class", "workstation").worth(Handling::Watch)
}

fn falls_silent(world: &mut World, n: u32) {
    let last_seen = world.now;
    world.host(&name(n), HostSays::Silent { last_seen });
    world.fire(&silent(n));
}

fn at_site(name: &str, class: Class) -> HostSays {
    let mut says = seen(name, class, "boot-1");
    if let HostSays::Seen { facts, .. } = &mut says {
        facts.labels.insert("site".into(), "graz".into());
    }
    says
}
