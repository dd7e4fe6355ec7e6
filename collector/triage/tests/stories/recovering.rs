//! What needs others, when these are back: a grace, and what began before must be said anew
//! (invariant 12).

use vedette_triage::{Outcome, Suppression};
use vedette_wire::Class;

use crate::support::places::*;
use crate::support::*;

#[test]
fn guests_that_come_back_elsewhere_leave_the_list_and_may_fail_there() {
    let mut world = hypervisor(3);
    falls_silent(&mut world, "esx-07");
    for number in 1..=3 {
        falls_silent(&mut world, &format!("vm-{number:02}"));
    }
    world.pass(minutes(4));
    returns(&mut world, "vm-01");
    returns(&mut world, "vm-02");
    assert_eq!(world.tally(Outcome::Suppressed("parent")), 2);
    world.told();
    world.fire(&condition("disk", "vm-01"));
    world.pass(minutes(4));
    world.tells(&[]);
    // It was seen for five minutes without its hypervisor.
    world.pass(minutes(1));
    assert!(world.told().contains(&"desk open 5".to_owned()));
    assert_eq!(
        world
            .incident(4)
            .suppressed
            .as_deref()
            .map(Suppression::code),
        Some("parent")
    );
}

#[test]
fn a_guest_that_stays_away_gets_its_own_ticket_after_the_grace() {
    let mut world = hypervisor(2);
    falls_silent(&mut world, "esx-07");
    falls_silent(&mut world, "vm-01");
    falls_silent(&mut world, "vm-02");
    world.pass(minutes(30));
    world.told();
    returns(&mut world, "esx-07");
    world.pass(seconds(30));
    returns(&mut world, "vm-01");
    world.pass(GRACE - seconds(31));
    world.tells(&[]);
    world.pass(seconds(1));
    world.tells(&["desk open 3"]);
    world.pass(minutes(10));
    world.tells(&["desk resolve 1"]);
}

#[test]
fn children_that_come_back_late_and_well_open_nothing() {
    let mut world = hypervisor(2);
    falls_silent(&mut world, "esx-07");
    falls_silent(&mut world, "vm-01");
    world.pass(minutes(10));
    returns(&mut world, "esx-07");
    world.told();
    world.pass(seconds(85));
    returns(&mut world, "vm-01");
    world.pass(minutes(10));
    world.tells(&["desk resolve 1"]);
    assert_eq!(world.tally(Outcome::Suppressed("recovering")), 1);
}

#[test]
fn what_began_before_the_parent_came_back_must_be_said_anew() {
    let mut world = hypervisor(1);
    falls_silent(&mut world, "esx-07");
    world.fire(&condition("disk", "vm-01"));
    falls_silent(&mut world, "vm-01");
    world.pass(minutes(3));
    returns(&mut world, "esx-07");
    world.told();
    world.pass(GRACE);
    // The grace is over, the guest is still away: its silence is told, what it said before is not.
    world.tells(&["desk open 3"]);
    world.host("vm-01", seen("vm-01", Class::Server, "boot-1"));
    reports(&mut world, "vm-01");
    assert!(world.told().contains(&"desk open 2".to_owned()));
}

#[test]
fn an_oom_during_the_outage_of_a_vpn_gets_its_ticket_afterwards() {
    let mut world = world(vec![
        place("vpn-graz", &[]),
        place("erp-1", &[&["vpn-graz"]]),
        place("erp-2", &[&["vpn-graz"]]),
    ]);
    falls_silent(&mut world, "vpn-graz");
    falls_silent(&mut world, "erp-1");
    falls_silent(&mut world, "erp-2");
    world.pass(minutes(35));
    assert_eq!(
        world
            .told()
            .iter()
            .filter(|told| told.contains("open"))
            .count(),
        1
    );
    returns(&mut world, "vpn-graz");
    returns(&mut world, "erp-1");
    returns(&mut world, "erp-2");
    // The agent brings the event out of its backlog.
    world.fire(&condition("oom", "erp-1"));
    world.pass(GRACE - seconds(1));
    world.tells(&[]);
    world.pass(seconds(1));
    world.tells(&["desk open 4"]);
}

#[test]
fn an_alert_from_outside_needs_the_grace_and_a_repeat() {
    let mut world = hypervisor(1);
    falls_silent(&mut world, "esx-07");
    let down = labels([
        ("alertname", "ErpSlow"),
        ("instance", "vm-01:9100"),
        ("severity", "critical"),
    ]);
    world.post(&down);
    world.pass(minutes(4));
    returns(&mut world, "esx-07");
    world.told();
    world.pass(GRACE + seconds(10));
    world.tells(&[]);
    world.post(&down);
    world.tells(&["desk open 2"]);
}

#[test]
fn a_restart_of_the_collector_takes_nothing_from_the_grace() {
    let mut world = hypervisor(2);
    falls_silent(&mut world, "esx-07");
    falls_silent(&mut world, "vm-01");
    world.pass(minutes(10));
    returns(&mut world, "esx-07");
    world.pass(seconds(30));
    world.told();
    let down_since = world.now;
    world.now = world.now.after(minutes(10));
    world.input(&vedette_triage::Input::Started { down_since });
    world.tick();
    let is_open = |told: &String| told == "desk open 2";
    assert!(!world.told().iter().any(is_open));
    world.pass(seconds(59));
    assert!(!world.told().iter().any(is_open));
    world.pass(seconds(1));
    assert!(world.told().iter().any(is_open));
}

#[test]
fn a_place_that_is_seen_without_its_parent_does_not_need_it() {
    let mut world = hypervisor(1);
    // Its agent is broken; the machine goes on.
    falls_silent(&mut world, "esx-07");
    world.told();
    world.fire(&condition("disk", "vm-01"));
    reports(&mut world, "vm-01");
    world.pass(minutes(5) - seconds(1));
    assert!(!world.told().contains(&"desk open 2".to_owned()));
    world.pass(seconds(1));
    assert!(world.told().contains(&"desk open 2".to_owned()));
}
