//! What follows when a person closes a ticket in its system while it still fires.

use vedette_triage::{
    Actor, Answer, Close, Command, HumanClose, IncidentId, Input, Phase, Policy, Severity, Via,
};

use crate::support::*;

fn closes(world: &mut World, incident: u64) -> Answer {
    let by = Actor {
        name: "junior".into(),
        via: Via::Ticket,
    };
    world.command(Command::TicketClosed {
        by,
        incident: IncidentId(incident),
        receiver: "desk".into(),
        at: world.now,
    })
}

/// It was told, and has arrived.
fn told(world: &mut World, expected: &[&str]) {
    world.tells(expected);
    world.answer_all();
}

fn under(on_human_close: HumanClose) -> Policy {
    let mut policy = policy();
    let desk = policy.receivers.get_mut("desk").unwrap();
    desk.on_human_close = on_human_close;
    policy
}

#[test]
fn it_is_opened_again_if_it_still_fires_after_the_time_that_was_given() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    told(&mut world, &["desk open 0"]);
    assert_eq!(closes(&mut world, 0), Answer::Done);
    assert_eq!(world.incident(0).phase, Phase::Resolved);
    world.pass(minutes(14));
    world.tells(&[]);
    world.pass(minutes(1));
    world.tells(&["desk reopen 0"]);
    assert_eq!(world.incident(0).phase, Phase::Open);
}

#[test]
fn it_stays_closed_where_the_receiver_says_until_clear_or_accept() {
    for on_human_close in [HumanClose::UntilClear, HumanClose::Accept] {
        let mut world = World::under(under(on_human_close));
        world.fire(&condition("disk", "db-7"));
        told(&mut world, &["desk open 0"]);
        closes(&mut world, 0);
        world.pass(hours(3));
        world.tells(&[]);
    }
}

#[test]
fn what_fires_again_after_it_was_clear_opens_the_same_ticket_again_or_a_new_one_if_accepted() {
    for (on_human_close, expected) in [
        (HumanClose::UntilClear, "desk reopen 0"),
        (HumanClose::Accept, "desk open 1"),
    ] {
        let mut world = World::under(under(on_human_close));
        let disk = condition("disk", "db-7");
        world.fire(&disk);
        told(&mut world, &["desk open 0"]);
        closes(&mut world, 0);
        world.clear(&disk);
        world.pass(minutes(30));
        world.fire(&disk);
        world.tells(&[expected]);
    }
}

#[test]
fn the_echo_of_our_own_close_and_a_ticket_nobody_has_change_nothing() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.clear(&disk);
    world.pass(minutes(5));
    world.tells(&["desk open 0", "desk resolve 0"]);
    assert_eq!(closes(&mut world, 0), Answer::Done);
    assert_eq!(world.incident(0).close.as_deref(), Some(&Close::Cleared));
    world.fire(&condition("memory", "db-8").severity(Severity::Warning));
    assert!(matches!(closes(&mut world, 1), Answer::NotFound(_)));
    assert!(matches!(closes(&mut world, 7), Answer::NotFound(_)));
}

#[test]
fn what_fires_again_within_the_time_opens_it_and_no_second_time_at_its_end() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    told(&mut world, &["desk open 0"]);
    closes(&mut world, 0);
    world.clear(&disk);
    world.pass(minutes(5));
    world.fire(&disk);
    world.tells(&["desk reopen 0"]);
    world.pass(hours(1));
    world.tells(&[]);
    assert_eq!(world.incident(0).reopened, 1);
}

#[test]
fn a_time_longer_than_it_is_remembered_is_waited_for_all_the_same() {
    let mut world = World::under(under(HumanClose::ReopenAfter(hours(6))));
    world.fire(&condition("disk", "db-7"));
    told(&mut world, &["desk open 0"]);
    closes(&mut world, 0);
    world.pass(hours(6));
    world.tells(&["desk reopen 0"]);
}

#[test]
fn other_tickets_of_it_are_closed_and_opened_again_with_it() {
    let mut world = World::new();
    let mut disk = condition("disk", "db-7");
    disk.handling = Some(vedette_triage::Handling::Page);
    world.fire(&disk);
    told(&mut world, &["desk open 0", "oncall open 0"]);
    closes(&mut world, 0);
    world.tells(&["oncall resolve 0"]);
    world.pass(minutes(15));
    world.tells(&["desk reopen 0", "oncall reopen 0"]);
}

#[test]
fn what_is_silenced_by_then_is_opened_again_when_the_silence_is_over() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    told(&mut world, &["desk open 0"]);
    closes(&mut world, 0);
    world.silence(&["host=\"db-7\""], hours(1));
    world.pass(minutes(59));
    world.tells(&[]);
    world.pass(minutes(1));
    world.tells(&["desk reopen 0"]);
}

#[test]
fn the_collectors_own_downtime_is_no_time_given() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    told(&mut world, &["desk open 0"]);
    closes(&mut world, 0);
    let down_since = world.now;
    world.now = world.now.after(hours(5));
    world.input(&Input::Started { down_since });
    world.pass(minutes(14));
    world.tells(&[]);
    world.pass(minutes(1));
    world.tells(&["desk reopen 0"]);
}
