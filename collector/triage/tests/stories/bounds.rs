//! What bounded ticks and speeds promise. (Refused openings are tested beside the decider,
//! where the bound is an argument.)

use std::time::Duration;

use vedette_triage::{Decision, Input, Severity, TicketPer, limits};

use crate::support::*;

#[test]
fn a_tick_handles_so_many_timers_and_the_next_one_the_rest() {
    let mut world = World::under(apart());
    let many = limits::TIMERS_PER_TICK_MAX + 50;
    for n in 0..many {
        let disk = condition("disk", &format!("db-{n}"));
        world.fire(&disk.severity(Severity::Warning));
    }
    world.now = world.now.after(minutes(2));
    world.input(&Input::Tick);
    assert_eq!(world.told().len(), limits::TIMERS_PER_TICK_MAX);
    world.input(&Input::Tick);
    assert_eq!(world.told().len(), 50);
}

/// Joining must not look at all members: what is decided per joiner stays of one size.
#[test]
fn joining_a_large_incident_changes_as_little_as_joining_a_small_one() {
    let mut policy = policy();
    policy.timers.ticket_per = TicketPer::Route;
    let mut world = World::under(policy);
    world.silence(&["alertname=\"disk\""], Duration::from_secs(3600));
    let size = |decision: &Decision| (decision.changes.len(), decision.entries.len());
    world.fire(&condition("disk", "db-a"));
    let small = size(&world.fire(&condition("disk", "db-b")));
    for n in 0..5_000 {
        world.fire(&condition("disk", &format!("db-{n}")));
    }
    let large = size(&world.fire(&condition("disk", "db-c")));
    assert_eq!(small, large);
    world.tells(&[]);
}
