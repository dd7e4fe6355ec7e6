//! What a place needs to be seen: parents, redundancy groups, the race between two failures
//! (invariant 12).

use vedette_triage::{Awaited, Cause, HostSays, Phase, Severity, Suppression, limits};
use vedette_wire::{Class, Goodbye};

use crate::support::places::*;
use crate::support::*;

#[test]
fn a_hypervisor_that_dies_with_its_guests_is_one_ticket_that_lists_them() {
    let mut world = hypervisor(25);
    falls_silent(&mut world, "esx-07");
    world.tells(&["desk open 1"]);
    for number in 1..=25 {
        falls_silent(&mut world, &format!("vm-{number:02}"));
    }
    world.tells(&[]);
    world.pass(minutes(10));
    let facts = last_facts(&world).clone();
    assert_eq!((facts.hit_total, facts.dependents), (25, 25));
    assert_eq!(facts.hit.len(), limits::HIT_TOLD_MAX);
    assert_eq!(facts.hit[0], "vm-01");
    assert_eq!(facts.news, ["25 that need it are hit instead of 0."]);
    assert!(world.told().iter().all(|told| told == "desk update 1"));
}

#[test]
fn it_makes_no_difference_that_the_guests_are_noticed_first() {
    let mut world = hypervisor(25);
    for number in 1..=25 {
        falls_silent(&mut world, &format!("vm-{number:02}"));
    }
    world.pass(seconds(20));
    world.tells(&[]);
    falls_silent(&mut world, "esx-07");
    world.pass(minutes(30));
    let opened = |told: &&String| told.contains("open");
    assert_eq!(world.told().iter().filter(opened).count(), 1);
    assert!(matches!(
        world.incident(1).suppressed.as_deref(),
        Some(Suppression::Parent { .. })
    ));
    assert_eq!(world.incident(1).causes, [Cause::Place("esx-07".into())]);
}

#[test]
fn a_guest_that_dies_alone_opens_as_soon_as_its_hypervisor_is_heard_of() {
    let mut world = hypervisor(2);
    falls_silent(&mut world, "vm-01");
    world.pass(seconds(10));
    world.tells(&[]);
    reports(&mut world, "vm-02");
    world.tells(&[]);
    reports(&mut world, "esx-07");
    world.tells(&["desk open 1"]);
}

#[test]
fn nobody_waits_longer_for_a_word_than_it_takes_to_notice_that_it_will_not_come() {
    let mut world = hypervisor(1);
    falls_silent(&mut world, "vm-01");
    world.pass(seconds(114));
    world.tells(&[]);
    world.pass(seconds(2));
    world.tells(&["desk open 1"]);
}

#[test]
fn what_was_seen_before_the_alert_began_does_not_count() {
    let mut world = hypervisor(1);
    let before = world.now;
    world.pass(seconds(5));
    falls_silent(&mut world, "vm-01");
    let looked = Vec::new();
    world.host("esx-07", HostSays::Observed { at: before, looked });
    world.tells(&[]);
}

#[test]
fn what_a_guest_says_itself_needs_no_more_than_its_next_report() {
    let mut world = hypervisor(1);
    world.fire(&condition("disk", "vm-01"));
    world.tells(&[]);
    reports(&mut world, "vm-01");
    world.tells(&["desk open 1"]);
}

#[test]
fn a_redundancy_group_has_failed_when_none_of_it_is_available() {
    let group: &[&str] = &["sw-1", "sw-2"];
    let mut world = world(vec![
        place("sw-1", &[]),
        place("sw-2", &[]),
        place("web-1", &[group]),
    ]);
    falls_silent(&mut world, "sw-1");
    falls_silent(&mut world, "web-1");
    reports(&mut world, "sw-2");
    world.tells(&["desk open 1", "desk open 2"]);
    returns(&mut world, "web-1");
    world.pass(hours(6));
    world.told();
    falls_silent(&mut world, "sw-2");
    falls_silent(&mut world, "web-1");
    world.pass(minutes(5));
    let told = world.told();
    assert!(
        told.iter().all(|told| !told.ends_with("open 4")),
        "{told:?}"
    );
    // Whichever comes back first is enough.
    returns(&mut world, "sw-2");
    world.pass(GRACE);
    assert!(world.told().contains(&"desk open 4".to_owned()));
}

#[test]
fn a_member_that_is_down_on_purpose_is_neither_available_nor_failed() {
    let group: &[&str] = &["sw-1", "sw-2"];
    let mut world = world(vec![
        place("sw-1", &[]),
        place("sw-2", &[]),
        place("web-1", &[group]),
    ]);
    world.host("sw-1", left(Goodbye::Reboot));
    falls_silent(&mut world, "sw-2");
    falls_silent(&mut world, "web-1");
    world.pass(minutes(10));
    world.tells(&["desk open 1", "desk update 1"]);
    assert!(matches!(
        world.incident(2).suppressed.as_deref(),
        Some(Suppression::Parent {
            on_purpose: false,
            ..
        })
    ));
}

#[test]
fn a_child_of_what_is_down_on_purpose_opens_nothing_and_that_has_an_end() {
    let mut world = hypervisor(1);
    let until = world.now.after(hours(1));
    let (why, by) = ("CHG1".to_owned(), "root".to_owned());
    world.host("esx-07", HostSays::Holds { until, why, by });
    falls_silent(&mut world, "esx-07");
    falls_silent(&mut world, "vm-01");
    world.pass(minutes(59));
    world.tells(&[]);
    assert!(matches!(
        world.incident(2).suppressed.as_deref(),
        Some(Suppression::Parent {
            on_purpose: true,
            ..
        })
    ));
    world.pass(minutes(3));
    world.tells(&["desk open 1"]);
}

#[test]
fn an_agent_that_stops_takes_no_guest_with_it() {
    let mut world = hypervisor(1);
    world.host("esx-07", left(Goodbye::AgentUpgrade));
    world.fire(&condition("disk", "vm-01"));
    reports(&mut world, "vm-01");
    world.tells(&["desk open 1"]);
}

#[test]
fn who_needs_what_has_failed_has_failed_with_it() {
    let mut world = world(vec![
        place("vpn", &[]),
        place("sw-9", &[&["vpn"]]),
        place("web-1", &[&["sw-9"]]),
    ]);
    // Nobody looks at the switch.
    falls_silent(&mut world, "vpn");
    falls_silent(&mut world, "sw-9");
    falls_silent(&mut world, "web-1");
    world.pass(minutes(20));
    let opened = |told: &&String| told.contains("open");
    assert_eq!(world.told().iter().filter(opened).count(), 1);
    // The switch is well again before the VPN is: its children go on waiting.
    returns(&mut world, "sw-9");
    world.pass(minutes(3));
    assert_eq!(world.told().iter().filter(opened).count(), 0);
    returns(&mut world, "vpn");
    world.pass(GRACE);
    assert!(world.told().contains(&"desk open 3".to_owned()));
}

#[test]
fn what_opened_before_stays_open_and_has_a_suspected_cause() {
    let mut world = hypervisor(2);
    world.fire(&condition("disk", "vm-01"));
    reports(&mut world, "vm-01");
    world.pass(minutes(60));
    world.told();
    falls_silent(&mut world, "esx-07");
    world.pass(minutes(16));
    assert_eq!(world.incident(1).suspected.as_deref(), Some("esx-07"));
    let news: Vec<String> = world
        .told
        .iter()
        .filter(|delivery| delivery.incident.0 == 1)
        .flat_map(|delivery| delivery.facts.news.clone())
        .collect();
    assert_eq!(news, ["Suspected cause: esx-07 has failed."]);
    assert_eq!(world.incident(1).phase, Phase::Open);
    returns(&mut world, "esx-07");
    assert_eq!(world.incident(1).suspected, None);
}

#[test]
fn a_resolve_flows_while_the_parent_is_down() {
    let mut world = hypervisor(1);
    world.fire(&condition("disk", "vm-01"));
    reports(&mut world, "vm-01");
    falls_silent(&mut world, "esx-07");
    world.told();
    world.clear(&condition("disk", "vm-01"));
    world.pass(minutes(5));
    assert!(world.told().contains(&"desk resolve 1".to_owned()));
}

#[test]
fn an_alert_from_outside_can_say_that_a_place_has_failed() {
    let mut world = hypervisor(1);
    let down = labels([
        ("alertname", "EsxDown"),
        ("component", "liveness"),
        ("instance", "esx-07:9100"),
        ("severity", "critical"),
    ]);
    world.post(&down);
    falls_silent(&mut world, "vm-01");
    world.pass(minutes(4));
    let opened = |told: &&String| told.contains("open");
    assert_eq!(world.told().iter().filter(opened).count(), 1);
}

#[test]
fn a_circle_ends() {
    let mut world = world(vec![
        place("a", &[&["b"]]),
        place("b", &[&["c"]]),
        place("c", &[&["a"]]),
    ]);
    falls_silent(&mut world, "a");
    falls_silent(&mut world, "b");
    falls_silent(&mut world, "c");
    // Each needs another that has failed: none is told, and asking for it ends.
    world.pass(hours(1));
    assert!(world.incident(2).suppressed.is_some());
    returns(&mut world, "b");
    world.pass(hours(1));
    returns(&mut world, "a");
    returns(&mut world, "c");
    world.pass(hours(1));
    assert!(world.incident(1).phase.is_over());
}

#[test]
fn another_host_that_claims_the_name_says_nothing_of_the_parent() {
    let mut world = hypervisor(1);
    world.host("clone", seen("esx-07", Class::Server, "boot-9"));
    let mut of_clone = silent("esx-07");
    of_clone.entity = "id-of-clone".into();
    world.fire(&of_clone);
    falls_silent(&mut world, "vm-01");
    reports(&mut world, "clone");
    world.told();
    world.pass(seconds(20));
    world.tells(&[]);
    reports(&mut world, "esx-07");
    world.tells(&["desk open 2"]);
}

#[test]
fn a_warning_that_waits_out_its_delay_is_held_when_the_parent_fails_meanwhile() {
    let mut world = hypervisor(1);
    let low = condition("disk", "vm-01").severity(Severity::Warning);
    world.fire(&low);
    reports(&mut world, "vm-01");
    world.pass(seconds(60));
    falls_silent(&mut world, "vm-01");
    falls_silent(&mut world, "esx-07");
    world.pass(minutes(2));
    assert!(!world.told().contains(&"desk open 1".to_owned()));
    let alert = world.engine.state().alerts().next().unwrap();
    let awaits = alert.awaits.as_ref().map(|awaits| &awaits.what);
    assert!(matches!(awaits, Some(Awaited::Return { .. })));
}

#[test]
fn a_drill_needs_nobody() {
    let mut world = hypervisor(1);
    falls_silent(&mut world, "esx-07");
    world.told();
    world.fire(&condition("disk", "vm-01").drill(vedette_triage::Drill::Quiet));
    world.tells(&["desk open 2"]);
}
