//! What shares a ticket, and what does not.

use vedette_triage::{Handling, IncidentId, Outcome, Phase, Severity, TicketPer};

use crate::support::*;

#[test]
fn alerts_of_one_host_and_component_share_a_ticket() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    world.fire(&condition("inodes", "db-7"));
    world.fire(&condition("disk", "db-8"));
    let mut memory = condition("memory", "db-7");
    memory.component = "memory".into();
    world.fire(&memory);
    world.tells(&["desk open 0", "desk open 1", "desk open 2"]);
    assert_eq!(world.incident(0).members, 2);
    assert_eq!(world.tally(Outcome::Joined), 1);
}

#[test]
fn teams_never_share_a_ticket() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    world.fire(&condition("inodes", "db-7").with("team", "linux"));
    world.tells(&["desk open 0", "linux-desk open 1"]);
}

#[test]
fn after_the_gap_nothing_joins_and_the_next_one_is_linked() {
    let mut world = World::new();
    let of = |mountpoint: &str| condition("disk", "db-7").with("mountpoint", mountpoint);
    world.fire(&of("/var"));
    world.pass(minutes(10));
    world.fire(&of("/srv"));
    world.tells(&["desk open 0", "desk update 0"]);
    world.pass(minutes(10) + seconds(1));
    world.fire(&of("/home"));
    world.tells(&["desk open 1"]);
    assert_eq!(world.incident(1).predecessor, Some(IncidentId(0)));
    assert_eq!(world.incident(0).phase, Phase::Open);
}

#[test]
fn another_sign_of_the_same_fault_joins_whatever_the_gap() {
    let mut world = World::new();
    let of = |rule: &str, mountpoint: &str| {
        let condition = condition(rule, "db-7").with("mountpoint", mountpoint);
        condition.with("mode", "rw")
    };
    world.fire(&of("disk", "/var"));
    world.pass(hours(9));
    world.fire(&of("inodes", "/srv"));
    world.fire(&of("inodes", "/var"));
    world.tells(&["desk open 0", "desk open 1", "desk update 0"]);
    assert_eq!(world.incident(0).members, 2);
}

#[test]
fn two_conditions_of_the_host_itself_are_signs_of_one_fault_and_of_another_component_not() {
    let mut world = World::new();
    let mut memory = condition("memory", "db-7");
    memory.component = "memory".into();
    world.fire(&condition("disk", "db-7"));
    world.pass(hours(1));
    world.fire(&condition("inodes", "db-7"));
    world.fire(&memory);
    world.fire(&condition("inodes", "db-8"));
    world.tells(&["desk open 0", "desk update 0", "desk open 1", "desk open 2"]);
}

#[test]
fn what_is_over_or_too_old_takes_no_more_signs() {
    let mut world = World::new();
    let (disk, inodes) = (condition("disk", "db-7"), condition("inodes", "db-7"));
    world.fire(&disk);
    world.pass(hours(24) + seconds(1));
    world.fire(&inodes);
    world.tells(&["desk open 0", "desk open 1"]);
    assert_eq!(world.incident(1).predecessor, Some(IncidentId(0)));
}

#[test]
fn each_alert_is_its_own_ticket_where_the_policy_says_so_however_alike() {
    let mut policy = policy();
    policy.timers.ticket_per = TicketPer::Alert;
    let mut world = World::under(policy);
    world.fire(&condition("disk", "db-7"));
    world.pass(hours(1));
    world.fire(&condition("inodes", "db-7"));
    world.tells(&["desk open 0", "desk open 1"]);
}

#[test]
fn after_its_longest_life_nothing_joins_however_busy_it_is() {
    let mut policy = policy();
    policy.timers.join_at_most = minutes(30);
    let mut world = World::under(policy);
    for n in 0..6 {
        world.fire(&condition("disk", "db-7").with("mountpoint", &format!("/{n}")));
        world.pass(minutes(6));
    }
    assert_eq!(world.incident(0).members, 6);
    world.fire(&condition("disk", "db-7").with("mountpoint", "/late"));
    assert_eq!(world.incident(1).members, 1);
    assert_eq!(world.incident(1).predecessor, Some(IncidentId(0)));
}

#[test]
fn a_member_returns_to_its_own_incident_however_late() {
    let mut world = World::new();
    let (disk, inodes) = (condition("disk", "db-7"), condition("inodes", "db-7"));
    world.fire(&disk);
    world.fire(&inodes);
    world.clear(&inodes);
    world.pass(hours(30));
    world.fire(&inodes);
    world.tells(&["desk open 0", "desk update 0"]);
    assert_eq!(world.incident(0).firing, 2);
    assert_eq!(world.incident(0).members, 2);
}

#[test]
fn another_alert_of_the_group_reopens_what_was_just_closed() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.clear(&disk);
    world.pass(hours(1));
    world.told();
    world.fire(&condition("inodes", "db-7"));
    world.tells(&["desk reopen 0"]);
}

#[test]
fn what_was_never_told_is_never_reopened() {
    let mut world = World::new();
    let disk = condition("disk", "db-7").severity(Severity::Warning);
    world.fire(&disk);
    world.clear(&disk);
    world.fire(&disk);
    world.pass(minutes(2));
    world.tells(&["desk open 1"]);
    assert_eq!(world.incident(1).predecessor, Some(IncidentId(0)));
}

#[test]
fn each_alert_has_its_own_ticket_where_the_policy_says_so() {
    let mut policy = policy();
    policy.timers.ticket_per = TicketPer::Alert;
    let mut world = World::under(policy);
    world.fire(&condition("disk", "db-7"));
    world.fire(&condition("inodes", "db-7"));
    world.tells(&["desk open 0", "desk open 1"]);
}

#[test]
fn what_makes_one_ticket_of_a_rule_is_said_by_the_rule_before_the_route() {
    let mut policy = policy();
    let mut certificate = rule("certificate");
    certificate.ticket_per = Some(TicketPer::Labels(vec!["fingerprint".into()]));
    policy.rules.insert("certificate".into(), certificate);
    let mut world = World::under(policy);
    let of = |host: &str, print: &str| condition("certificate", host).with("fingerprint", print);
    world.fire(&of("web-1", "f0"));
    world.fire(&of("web-2", "f0"));
    world.fire(&of("web-3", "f1"));
    world.tells(&["desk open 0", "desk open 1"]);
    assert_eq!(world.incident(0).members, 2);
}

#[test]
fn alerts_from_outside_are_grouped_by_instance_and_name() {
    let mut world = World::new();
    for (name, instance) in [
        ("Down", "a:1"),
        ("Down", "a:2"),
        ("Up", "a:1"),
        ("Down", "b:1"),
    ] {
        world.post(&labels([
            ("alertname", name),
            ("instance", instance),
            ("severity", "critical"),
        ]));
    }
    world.tells(&["desk open 0", "desk open 1", "desk open 2"]);
    assert_eq!(world.incident(0).members, 2);
}

#[test]
fn a_joiner_that_pages_adds_its_receivers_and_nobody_is_taken_away() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    let page = condition("inodes", "db-7").worth(Handling::Page);
    world.fire(&page);
    world.tells(&["desk open 0", "oncall open 0"]);
    world.clear(&page);
    assert_eq!(world.incident(0).receivers, ["desk", "oncall"]);
    world.clear(&condition("disk", "db-7"));
    world.pass(minutes(5));
    world.tells(&["desk resolve 0", "oncall resolve 0"]);
}

#[test]
fn a_renamed_host_keeps_its_incident() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    let mut renamed = disk.clone().with("site", "graz");
    renamed.host = "db-07".into();
    let decision = world.fire(&renamed);
    assert_eq!(
        decision.changes.len(),
        1,
        "only the alert is described anew"
    );
    let mut inodes = condition("inodes", "db-07");
    inodes.entity.clone_from(&disk.entity);
    world.fire(&inodes);
    world.tells(&["desk open 0"]);
    assert_eq!(world.incident(0).members, 2);
    assert_eq!(world.incident(0).title, "db-07: disk is bad (and 1 more)");
}
