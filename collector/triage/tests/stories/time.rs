//! What time means that did not pass for those who are watched: restarts and clock steps.

use vedette_triage::{Engine, EntityId, HostSays, Input, Phase, Severity, State};
use vedette_wire::{Goodbye, HostFacts};

use crate::support::*;

#[test]
fn an_open_delay_goes_on_where_it_stood_before_the_collector_was_down() {
    let mut world = World::new();
    let disk = condition("disk", "db-7").severity(Severity::Warning);
    world.fire(&disk);
    world.pass(seconds(90));
    restart_after(&mut world, 20);
    world.tells(&[]);
    world.pass(seconds(29));
    world.tells(&[]);
    world.pass(seconds(1));
    world.tells(&["desk open 0"]);
}

#[test]
fn a_close_delay_goes_on_where_it_stood_and_a_relapse_keeps_it_open() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.clear(&disk);
    world.pass(minutes(1));
    restart_after(&mut world, 20);
    world.pass(minutes(3));
    world.fire(&disk);
    world.pass(hours(1));
    world.tells(&["desk open 0"]);
    assert_eq!(world.incident(0).phase, Phase::Open);
}

#[test]
fn an_acknowledgement_is_not_used_up_while_the_collector_is_down() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    world.acknowledge(0, Some(hours(1)));
    world.pass(minutes(30));
    restart_after(&mut world, 60);
    world.pass(minutes(29));
    assert!(world.incident(0).acknowledged.is_some());
    world.pass(minutes(1));
    assert!(world.incident(0).acknowledged.is_none());
}

#[test]
fn a_restart_continues_with_the_same_numbers_and_tells_nobody() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    world.told();
    restart_after(&mut world, 1);
    world.tells(&[]);
    world.fire(&condition("disk", "db-8"));
    world.tells(&["desk open 1"]);
}

#[test]
fn a_clock_set_forward_makes_nothing_due_earlier() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7").severity(Severity::Warning));
    world.pass(minutes(1));
    world.now = world.now.after(hours(1));
    world.input(&Input::ClockStepped { by_ms: 3_600_000 });
    world.tick();
    world.tells(&[]);
    world.pass(minutes(1));
    world.tells(&["desk open 0"]);
}

#[test]
fn a_clock_set_back_moves_nothing() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7").severity(Severity::Warning));
    world.pass(minutes(1));
    world.input(&Input::ClockStepped { by_ms: -3_600_000 });
    world.tick();
    world.tells(&[]);
    world.pass(minutes(1));
    world.tells(&["desk open 0"]);
}

#[test]
fn a_host_that_is_away_is_waited_for_as_long_when_the_clock_is_set_forward() {
    let mut world = World::new();
    let seen = HostSays::Seen {
        facts: HostFacts::default(),
        boot: "boot-1".into(),
        version: "1".into(),
        interval_s: 15.0,
    };
    world.host("db-7", seen);
    let reason = Goodbye::Reboot;
    world.host("db-7", HostSays::Left { reason });
    let until = |world: &World| {
        let host = world
            .engine
            .state()
            .host(&EntityId::new("id-of-db-7"))
            .unwrap();
        host.away.as_ref().unwrap().until.unwrap()
    };
    let before = until(&world);
    world.now = world.now.after(hours(1));
    world.input(&Input::ClockStepped { by_ms: 3_600_000 });
    assert_eq!(until(&world), before.after(hours(1)));
}

#[test]
fn time_that_goes_back_counts_as_the_last_time() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    let last = world.now;
    world.now = last.before(hours(1));
    let decision = world.fire(&condition("disk", "db-8"));
    assert_eq!(decision.at, last);
}

/// The engine is loaded from its records, so many minutes later.
fn restart_after(world: &mut World, down: u64) {
    let before = world.engine.state().clone();
    let down_since = world.now;
    let mut state = State::resume(before.now(), before.counters());
    let records = before
        .alerts()
        .cloned()
        .map(vedette_triage::Change::PutAlert);
    let incidents = before.incidents().cloned();
    let incidents = incidents.map(vedette_triage::Change::PutIncident);
    let tickets = before
        .incidents()
        .flat_map(|incident| before.tickets(incident.id));
    let tickets = tickets.cloned().map(vedette_triage::Change::PutTicket);
    for change in records.chain(incidents).chain(tickets) {
        state.apply(&change);
    }
    world.engine = Engine::resume(state);
    world.now = world.now.after(minutes(down));
    world.input(&Input::Started { down_since });
    world.tick();
}
