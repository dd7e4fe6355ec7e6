//! What comes and goes too often to be believed.

use vedette_triage::{Drill, End, Input, Outcome, Phase, Severity};

use crate::support::*;

#[test]
fn what_is_open_and_comes_and_goes_stays_open_and_says_so_once() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    let mut news = turns(&mut world, &disk, 4, 1);
    world.fire(&disk);
    news.extend(said(&mut world));
    let flaps = "It comes and goes; this stays open until that is over.";
    assert_eq!(news, ["desk open 0", "desk update 0", flaps]);
    assert_eq!(world.incident(0).title, "db-7: disk is bad (flapping)");
    for _ in 0..6 {
        world.pass(minutes(10));
        world.clear(&disk);
        world.pass(minutes(10));
        world.fire(&disk);
    }
    assert_eq!(said(&mut world), Vec::<String>::new());
    assert_eq!(world.incident(0).reopened, 0);
}

#[test]
fn it_says_once_that_it_comes_and_goes_no_more() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    turns(&mut world, &disk, 4, 1);
    world.fire(&disk);
    world.told();
    world.pass(minutes(30));
    assert_eq!(
        said(&mut world),
        ["desk update 0", "It no longer comes and goes."]
    );
    assert_eq!(world.incident(0).title, "db-7: disk is bad");
    world.clear(&disk);
    world.pass(minutes(5));
    world.tells(&["desk resolve 0"]);
}

#[test]
fn what_is_well_in_the_end_is_closed_when_it_has_been_for_half_an_hour() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    turns(&mut world, &disk, 6, 1);
    world.told();
    world.pass(minutes(28));
    assert_eq!(world.incident(0).phase, Phase::Resolving);
    world.tells(&[]);
    world.pass(minutes(1));
    world.tells(&["desk resolve 0"]);
    assert_eq!(world.engine.state().flapping().count(), 0);
}

#[test]
fn what_nobody_was_told_of_waits_until_it_holds_still() {
    let mut world = World::new();
    let disk = condition("disk", "db-7").severity(Severity::Warning);
    turns(&mut world, &disk, 4, 1);
    world.fire(&disk);
    world.pass(minutes(29));
    world.tells(&[]);
    world.pass(minutes(1));
    assert_eq!(world.told.len(), 1, "it has held for half an hour");
    world.told();
    assert_eq!(world.tally(Outcome::Transient), 2);
}

#[test]
fn what_cleared_meanwhile_is_never_told_and_counted_as_that() {
    let mut world = World::new();
    let disk = condition("disk", "db-7").severity(Severity::Warning);
    turns(&mut world, &disk, 4, 1);
    world.fire(&disk);
    world.pass(minutes(10));
    world.clear(&disk);
    world.pass(hours(2));
    world.tells(&[]);
    assert_eq!(world.tally(Outcome::Suppressed("flapping")), 1);
}

#[test]
fn what_comes_and_goes_for_an_hour_is_told_once_as_that() {
    let mut world = World::new();
    let disk = condition("disk", "db-7").severity(Severity::Warning);
    turns(&mut world, &disk, 60, 1);
    world.tells(&[]);
    turns(&mut world, &disk, 60, 1);
    let opened = world.told.front().cloned().unwrap();
    assert_eq!(world.told().len(), 1, "once");
    assert!(opened.facts.flaps);
    let id = opened.incident.0;
    assert_eq!(world.incident(id).title, "db-7: disk is bad (flapping)");
    world.pass(hours(1));
    world.tells(&[&format!("desk resolve {id}")]);
}

#[test]
fn what_was_told_and_closed_is_opened_again_once() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    turns(&mut world, &disk, 4, 7);
    world.tells(&[
        "desk open 0",
        "desk resolve 0",
        "desk reopen 0",
        "desk resolve 0",
    ]);
    turns(&mut world, &disk, 6, 7);
    let turned = world.told();
    assert_eq!(turned, ["desk reopen 0"]);
}

#[test]
fn four_turns_or_five_in_more_than_an_hour_are_not_too_many() {
    for (turned, every) in [(4, 1), (9, 16)] {
        let mut world = World::new();
        turns(&mut world, &condition("disk", "db-7"), turned, every);
        assert_eq!(world.engine.state().flapping().count(), 0, "{turned}");
    }
}

#[test]
fn what_becomes_worse_step_by_step_has_turned_once() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    for _ in 0..2 {
        world.fire(&disk.clone().severity(Severity::Warning));
        world.pass(minutes(3));
        world.fire(&disk);
        world.pass(minutes(3));
        world.clear(&disk);
        world.pass(minutes(3));
    }
    assert_eq!(world.engine.state().flapping().count(), 0);
}

#[test]
fn a_loop_between_warning_and_critical_is_told_once_as_that() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    for _ in 0..3 {
        world.fire(&disk.clone().severity(Severity::Warning));
        world.pass(minutes(1));
        world.fire(&disk);
        world.pass(minutes(1));
    }
    assert_eq!(world.engine.state().flapping().count(), 1);
    world.told();
    for _ in 0..20 {
        world.fire(&disk.clone().severity(Severity::Warning));
        world.pass(minutes(2));
        world.fire(&disk);
        world.pass(minutes(2));
    }
    let told = said(&mut world);
    assert!(told.len() <= 3, "{told:?}");
}

#[test]
fn alerts_from_outside_come_and_go_alike_and_drills_do_not() {
    let mut world = World::new();
    let posted = labels([("alertname", "Down"), ("severity", "critical")]);
    let drill = condition("disk", "db-7").drill(Drill::Quiet);
    for _ in 0..3 {
        world.post(&posted);
        world.fire(&drill);
        world.pass(minutes(1));
        world.post_end(&posted, End::SaidBySender);
        world.clear(&drill);
        world.pass(minutes(1));
    }
    let flapping: Vec<_> = world.engine.state().flapping().collect();
    assert_eq!(flapping.len(), 1);
    assert_eq!(flapping[0].drill, None);
}

#[test]
fn the_time_the_collector_was_down_is_no_time_without_a_turn() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    turns(&mut world, &disk, 6, 1);
    let down_since = world.now;
    world.now = world.now.after(hours(2));
    world.input(&Input::Started { down_since });
    world.tick();
    world.told();
    world.pass(minutes(28));
    world.tells(&[]);
    world.pass(minutes(1));
    world.tells(&["desk resolve 0"]);
}

#[test]
fn the_policy_says_how_often_is_too_often_and_none_is_off() {
    for (changes, flapping) in [(3, 1), (0, 0)] {
        let mut policy = policy();
        policy.flapping.changes = changes;
        let mut world = World::under(policy);
        turns(&mut world, &condition("disk", "db-7"), 4, 1);
        assert_eq!(world.engine.state().flapping().count(), flapping);
    }
}

/// Begins and ends it in turn, so many minutes apart; what was told meanwhile.
fn turns(world: &mut World, of: &Condition, turns: u32, every: u64) -> Vec<String> {
    for turn in 0..turns {
        match turn % 2 {
            0 => world.fire(of),
            _ => world.clear(of),
        };
        world.pass(minutes(every));
    }
    match turns {
        4 if every == 1 => said(world),
        _ => Vec::new(),
    }
}

/// What was told, each with its news.
fn said(world: &mut World) -> Vec<String> {
    let news: Vec<Vec<String>> = world
        .told
        .iter()
        .map(|told| told.facts.news.clone())
        .collect();
    let told = world.told();
    told.into_iter()
        .zip(news)
        .flat_map(|(told, news)| std::iter::once(told).chain(news))
        .collect()
}
