//! So much at once that it is one thing, whatever it is.

use vedette_triage::{
    Close, IncidentId, Input, Kind, Labels, Outcome, Phase, Severity, TogetherOf, limits,
};

use crate::support::*;

#[test]
fn a_storm_of_five_thousand_and_one_unrelated_urgent_alert_are_two_tickets() {
    let mut world = World::new();
    world.checks = false;
    for n in 0..5_000 {
        world.fire(&warning(n));
        if n % 100 == 99 {
            world.pass(seconds(1) / 2);
        }
    }
    world.fire(&urgent("shop-1", "shop"));
    world.pass(minutes(10));
    let opened = world.told();
    assert_eq!(
        opened.iter().filter(|told| told.contains("open")).count(),
        2
    );
    let storm = storm(&world);
    assert_eq!(world.incident(storm).firing, 5_000);
}

#[test]
fn a_storm_does_not_say_what_its_first_alert_means_as_if_all_of_it_meant_that() {
    let mut world = World::new();
    for n in 0..70 {
        world.fire(&warning(n));
    }
    world.pass(minutes(10));
    let mut told = world.told.iter().map(|delivery| &delivery.facts);
    let storm = told.rfind(|facts| facts.together.is_some());
    let storm = storm.unwrap();
    assert_eq!((storm.means.as_str(), storm.first.len()), ("", 0));
    let title = &world.incident(storm.incident.0).title;
    assert_eq!(title, "Storm on 70 hosts (first: host-0: rule-0 is bad)");
}

#[test]
fn a_storm_of_critical_alerts_tells_of_the_first_few_alone_and_takes_them_then() {
    let mut world = World::new();
    world.checks = false;
    for n in 0..5_000 {
        world.fire(&warning(n).severity(Severity::Critical));
        if n % 100 == 99 {
            world.pass(seconds(1) / 2);
        }
    }
    world.fire(&urgent("shop-1", "shop"));
    world.pass(minutes(10));
    let told = world.told();
    let count = |what: &str| told.iter().filter(|told| told.contains(what)).count();
    assert_eq!((count("open"), count("resolve")), (12, 10));
}

#[test]
fn an_urgent_alert_of_a_place_or_service_of_the_storm_is_part_of_it() {
    let mut world = World::new();
    world.checks = false;
    (0..100).for_each(|n| drop(world.fire(&warning(n).with("service", "erp"))));
    let storm = storm(&world);
    world.fire(&urgent("host-7", "shop"));
    world.fire(&urgent("other-1", "erp"));
    assert_eq!(world.incident(storm).firing, 102);
    world.fire(&urgent("other-2", "web"));
    assert_eq!(world.incident(storm).firing, 102);
}

#[test]
fn sixty_within_a_minute_are_no_storm() {
    let mut world = World::new();
    world.checks = false;
    (0..60).for_each(|n| drop(world.fire(&warning(n))));
    let incidents = world.engine.state().incidents();
    assert_eq!(
        incidents
            .filter(|incident| incident.together.is_some())
            .count(),
        0
    );
    world.fire(&warning(60));
    assert_eq!(world.incident(storm(&world)).firing, 61);
}

#[test]
fn however_much_of_one_host_and_component_is_one_ticket_and_no_storm() {
    let mut world = World::new();
    world.checks = false;
    for n in 0..500 {
        world.fire(&condition("disk", "db-7").with("mountpoint", &format!("/{n}")));
    }
    world.fire(&condition("memory", "db-8"));
    let incidents = world.engine.state().incidents();
    assert_eq!(
        incidents
            .filter(|incident| incident.together.is_some())
            .count(),
        0
    );
    assert_eq!(world.incident(0).members, 500);
}

#[test]
fn two_teams_are_two_storms_or_none() {
    let mut world = World::new();
    world.checks = false;
    for n in 0..40 {
        world.fire(&warning(n));
        world.fire(&warning(n + 1_000).with("team", "linux"));
    }
    let incidents = world.engine.state().incidents();
    assert_eq!(
        incidents
            .filter(|incident| incident.together.is_some())
            .count(),
        0
    );
}

#[test]
fn what_is_silenced_makes_no_storm_and_is_not_taken() {
    let mut world = World::new();
    world.checks = false;
    world.silence(&["host=~\"host-.*\""], hours(2));
    (0..200).for_each(|n| drop(world.fire(&warning(n))));
    world.fire(&condition("memory", "db-7").severity(Severity::Warning));
    world.pass(minutes(3));
    assert_eq!(world.told().len(), 1);
    let incidents = world.engine.state().incidents();
    assert_eq!(
        incidents
            .filter(|incident| incident.together.is_some())
            .count(),
        0
    );
}

#[test]
fn alerts_from_outside_make_a_storm_only_where_the_policy_says_so() {
    for (says_so, storms) in [(false, 0), (true, 1)] {
        let mut policy = policy();
        if says_so {
            policy.rollup.sources.insert(Kind::Alertmanager);
        }
        let mut world = World::under(policy);
        world.checks = false;
        (0..200).for_each(|n| drop(world.post(&posted(n))));
        let incidents = world.engine.state().incidents();
        let storm = incidents.filter(|incident| incident.together.is_some());
        assert_eq!(storm.count(), storms);
    }
}

#[test]
fn it_takes_what_begins_until_less_than_half_has_begun_for_five_minutes() {
    let mut world = World::new();
    world.checks = false;
    (0..100).for_each(|n| drop(world.fire(&warning(n))));
    let storm = storm(&world);
    // Forty a minute are less than a storm, and more than half of one.
    for n in 0..400 {
        world.fire(&warning(1_000 + n));
        world.pass(seconds(3) / 2);
    }
    assert_eq!(world.incident(storm).firing, 500);
    for n in 0..4 {
        world.pass(minutes(1));
        world.fire(&warning(2_000 + n));
    }
    assert_eq!(world.incident(storm).firing, 504, "it is not over yet");
}

#[test]
fn what_still_fires_after_it_is_handled_by_the_usual_rules() {
    let mut world = World::new();
    (0..100).for_each(|n| drop(world.fire(&warning(n))));
    for n in 0..8 {
        let disk = condition("disk", &format!("web-{n}"));
        world.fire(&disk.severity(Severity::Warning));
    }
    world.pass(minutes(3));
    let storm = storm(&world);
    (4..100).for_each(|n| drop(world.clear(&warning(n))));
    world.pass(minutes(2));
    world.told();
    world.pass(minutes(15));
    let gone = world.incident(storm).clone();
    assert!(gone.phase.is_over(), "{:?}", gone.close);
    let mut open: Vec<_> = world
        .engine
        .state()
        .incidents()
        .filter(|incident| incident.phase == Phase::Open)
        .map(|incident| (incident.firing, incident.predecessor))
        .collect();
    let own = (1, Some(IncidentId(storm)));
    open.sort();
    assert_eq!(open, [own, own, own, own, (8, None)]);
    let told = world.told();
    assert_eq!(told.iter().filter(|told| told.contains("open")).count(), 5);
    assert!(told.contains(&format!("desk resolve {storm}")));
}

#[test]
fn one_that_is_well_by_itself_is_closed_as_that() {
    let mut world = World::new();
    (0..100).for_each(|n| drop(world.fire(&warning(n))));
    world.pass(minutes(2));
    let storm = storm(&world);
    (0..100).for_each(|n| drop(world.clear(&warning(n))));
    world.pass(minutes(30));
    assert_eq!(
        world.incident(storm).close.as_deref(),
        Some(&Close::Cleared)
    );
    world.tells(&[
        &format!("desk open {storm}"),
        &format!("desk resolve {storm}"),
    ]);
    assert_eq!(world.tally(Outcome::Opened), 1);
}

#[test]
fn one_of_which_much_still_fires_stays_one_and_is_let_go_of_in_steps() {
    let mut policy = policy();
    policy.rollup.storm_per_minute = 500;
    let mut world = World::under(policy);
    world.checks = false;
    (0..1_000).for_each(|n| drop(world.fire(&warning(n))));
    world.pass(minutes(4));
    let storm = storm(&world);
    world.pass(minutes(60));
    assert_eq!(world.incident(storm).firing, 1_000, "a storm of tickets");
    (500..1_000).for_each(|n| drop(world.clear(&warning(n))));
    let mut largest = 0;
    while !world.incident(storm).phase.is_over() {
        world.now = world.engine.next_wake().unwrap();
        largest = largest.max(world.input(&Input::Tick).changes.len());
    }
    assert!(
        largest < 4 * limits::STORM_LET_GO_MAX + 300,
        "{largest} changes"
    );
    world.pass(minutes(10));
    let firing: u32 = world
        .engine
        .state()
        .incidents()
        .map(|incident| incident.firing)
        .sum();
    assert_eq!(firing, 500);
}

#[test]
fn a_restart_in_the_middle_of_a_storm_is_still_that_storm() {
    let mut world = World::new();
    world.checks = false;
    (0..100).for_each(|n| drop(world.fire(&warning(n))));
    let storm = storm(&world);
    let records: Vec<_> = world.engine.state().records().collect();
    let (now, counters) = (world.now, world.engine.state().counters());
    let mut state = vedette_triage::State::resume(now, counters);
    records.iter().for_each(|record| state.apply(record));
    world.engine = vedette_triage::Engine::resume(state);
    let down_since = world.now;
    world.now = world.now.after(minutes(10));
    world.input(&Input::Started { down_since });
    world.tick();
    world.fire(&warning(100));
    assert_eq!(world.incident(storm).firing, 101);
}

fn storm(world: &World) -> u64 {
    let mut incidents = world.engine.state().incidents();
    let is_storm = |incident: &&std::sync::Arc<vedette_triage::Incident>| {
        let together = incident.together.as_ref();
        together.is_some_and(|together| together.of == TogetherOf::Storm)
    };
    incidents.find(is_storm).unwrap().id.0
}

/// Each of another rule, so that only a storm makes them one.
fn warning(n: u32) -> Condition {
    let warning = condition(&format!("rule-{n}"), &format!("host-{n}"));
    warning.severity(Severity::Warning)
}

fn urgent(host: &str, service: &str) -> Condition {
    condition("memory", host)
        .with("tier", "1")
        .with("service", service)
}

fn posted(n: u32) -> Labels {
    labels([
        ("alertname", &format!("Down-{n}")),
        ("instance", &format!("host-{n}")),
        ("severity", "critical"),
    ])
}
