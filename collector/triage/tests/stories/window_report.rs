//! What a window's end tells in one ticket: what is not as it was before.

use std::sync::Arc;

use vedette_triage::{
    Alert, EntityId, Handling, HostSays, Interval, Matchers, Phase, Priority, Severity, Window,
};
use vedette_wire::{Class, Goodbye, HostFacts};

use crate::support::*;

/// Hosts of patch group A: `a-0`, `a-1`, ... on the same kernel; a window from minute 10 to 70.
fn world(hosts: u32) -> World {
    let mut world = World::new();
    for host in 0..hosts {
        reports(&mut world, host, "6.1.0", "boot-1");
    }
    let at = |minute: u64| world.now.after(minutes(minute));
    let window = Window {
        name: "patch night".into(),
        matchers: Matchers::parse(&["patchgroup=\"A\""]).unwrap(),
        intervals: vec![Interval {
            starts_at: at(70),
            ends_at: at(130),
        }],
        why: "CHG0012345".into(),
        owner: "linux".into(),
        report: true,
    };
    // Its hosts were enrolled before.
    world.pass(hours(1));
    world.change_policy(|policy| policy.windows = Arc::new(vec![window]));
    world.pass(minutes(10));
    world
}

fn reports(world: &mut World, host: u32, kernel: &str, boot: &str) {
    let name = format!("a-{host}");
    let facts = HostFacts {
        name: name.clone(),
        class: Class::Server,
        labels: [("patchgroup".to_owned(), "A".to_owned())].into(),
        kernel: kernel.into(),
        ..HostFacts::default()
    };
    world.host(
        &name,
        HostSays::Seen {
            facts,
            boot: boot.into(),
            version: "0.1.0".into(),
            interval_s: 15.0,
        },
    );
}

fn on(rule: &str, host: u32) -> Condition {
    let mut condition = condition(rule, &format!("a-{host}")).with("patchgroup", "A");
    condition.component = rule.into();
    condition
}

fn silent(host: u32) -> Condition {
    let mut condition = on("host-silent", host);
    condition.component = "liveness".into();
    condition
}

fn falls_silent(world: &mut World, host: u32) {
    let last_seen = world.now;
    world.host(&format!("a-{host}"), HostSays::Silent { last_seen });
}

/// The one incident that is a report.
fn report(world: &World) -> &vedette_triage::Incident {
    let incidents = world.engine.state().incidents();
    let mut reports = incidents.filter(|incident| incident.report.is_some());
    let report = reports.next().expect("there is a report");
    assert!(reports.next().is_none(), "one report");
    report
}

fn members(world: &World) -> Vec<String> {
    let members = world.engine.state().members(report(world).id);
    members.map(|alert| name(alert)).collect()
}

fn name(alert: &Alert) -> String {
    let label = |name: &str| alert.about.labels.get(name).unwrap_or("");
    format!("{} {} {}", label("host"), label("alertname"), label("what"))
}

#[test]
fn nothing_wrong_is_no_ticket() {
    let mut world = world(3);
    for host in 0..3 {
        world.host(&format!("a-{host}"), left(Goodbye::Reboot));
        reports(&mut world, host, "6.1.1", "boot-2");
    }
    let unit = on("disk", 1);
    world.fire(&unit);
    world.clear(&unit);
    world.pass(hours(3));
    world.tells(&[]);
    assert!(
        world
            .engine
            .state()
            .incidents()
            .all(|one| one.report.is_none())
    );
}

#[test]
fn one_ticket_of_the_owner_says_what_is_not_as_it_was_before() {
    let mut world = world(9);
    for host in 0..9 {
        world.host(&format!("a-{host}"), left(Goodbye::Reboot));
        let kernel = if host < 7 { "6.1.1" } else { "6.1.0" };
        if host != 0 && host != 1 {
            reports(&mut world, host, kernel, "boot-2");
        }
    }
    falls_silent(&mut world, 1);
    world.fire(&silent(1));
    for host in [2, 3, 4] {
        world.fire(&on("disk", host));
    }
    world.tells(&[]);
    world.pass(minutes(60));
    let told = world.told();
    let incident = report(&world);
    assert_eq!(told, [format!("linux-desk open {}", incident.id)]);
    assert_eq!(incident.team, "linux");
    assert_eq!(
        incident.title,
        "window patch night: of 9 hosts 2 are well; 2 not back, \
         3 disk that did not fire before, 2 still on the old kernel"
    );
    let lines = &incident.report.as_ref().unwrap().lines;
    assert_eq!(
        *lines,
        [
            "Not back: a-0, a-1.",
            "disk, not before: a-2, a-3, a-4.",
            "Still on the old kernel: a-7 (6.1.0), a-8 (6.1.0)."
        ]
    );
    assert_eq!(incident.members, 7);
    world.pass(hours(1));
    world.tells(&[]);
}

#[test]
fn it_is_closed_when_all_of_it_is_well() {
    let mut world = world(3);
    reports(&mut world, 0, "6.1.1", "boot-2");
    falls_silent(&mut world, 1);
    let unit = on("disk", 0);
    world.fire(&unit);
    world.pass(minutes(60));
    world.told();
    assert_eq!(
        members(&world),
        [
            "a-0 disk ",
            "a-1 window-report not-back",
            "a-2 window-report old-kernel"
        ]
    );
    world.clear(&unit);
    reports(&mut world, 1, "6.1.1", "boot-2");
    world.pass(minutes(30));
    assert_eq!(report(&world).phase, Phase::Open);
    reports(&mut world, 2, "6.1.0", "boot-2");
    assert_eq!(report(&world).firing, 1, "still the old kernel");
    reports(&mut world, 2, "6.1.1", "boot-3");
    assert_eq!(report(&world).firing, 0);
    world.pass(minutes(5));
    let told = world.told();
    assert!(
        told.last().unwrap().starts_with("linux-desk resolve"),
        "{told:?}"
    );
}

#[test]
fn what_was_so_before_the_window_is_not_reported() {
    let mut world = World::new();
    for host in 0..2 {
        reports(&mut world, host, "6.1.0", "boot-1");
    }
    falls_silent(&mut world, 0);
    let before = on("disk", 1).severity(Severity::Warning);
    world.fire(&before);
    let (from, to) = (world.now.after(minutes(1)), world.now.after(minutes(30)));
    let interval = Interval {
        starts_at: from,
        ends_at: to,
    };
    world.change_policy(|policy| {
        policy.windows = Arc::new(vec![Window {
            name: "patch night".into(),
            matchers: Matchers::parse(&["patchgroup=\"A\""]).unwrap(),
            intervals: vec![interval],
            why: "CHG0012345".into(),
            owner: "linux".into(),
            report: true,
        }]);
    });
    world.pass(minutes(29));
    world.tells(&[]);
    world.pass(minutes(1));
    world.tells(&["desk open 0"]);
    assert!(world.incident(0).report.is_none());
}

#[test]
fn a_kernel_that_nobody_left_is_not_old() {
    let mut world = world(3);
    reports(&mut world, 1, "5.10.0", "boot-1");
    world.pass(hours(2));
    world.tells(&["linux-desk open 0"]);
    assert_eq!(members(&world).len(), 2, "a-0 and a-2 run what a-1 left");
    let mut world = self::world(3);
    for host in 0..3 {
        reports(&mut world, host, "6.1.0", "boot-2");
    }
    world.pass(hours(2));
    world.tells(&[]);
}

#[test]
fn what_says_later_that_a_host_is_not_back_belongs_to_the_report() {
    let mut world = world(2);
    world.pass(minutes(55));
    world.host("a-0", left(Goodbye::Reboot));
    world.pass(minutes(5));
    world.tells(&["linux-desk open 0"]);
    world.pass(minutes(15));
    falls_silent(&mut world, 0);
    world.fire(&silent(0));
    world.pass(minutes(10));
    assert!(world.told().iter().all(|line| line.ends_with(" 0")));
    assert_eq!(report(&world).firing, 2);
    world.fire(&on("disk", 0));
    world.tells(&["desk open 1"]);
}

#[test]
fn what_something_else_keeps_quiet_is_not_reported() {
    let mut world = world(2);
    world.silence(&["alertname=\"disk\""], hours(8));
    world.fire(&on("disk", 0));
    world.fire(&on("watched", 0).worth(Handling::Watch));
    world.fire(&on("memory", 0).worth(Handling::Digest));
    world.pass(hours(2));
    world.tells(&[]);
}

#[test]
fn what_began_just_before_the_end_is_reported_as_well() {
    let mut world = world(2);
    world.pass(minutes(59));
    world.fire(&on("disk", 0).severity(Severity::Warning));
    world.pass(minutes(1));
    let incident = report(&world);
    assert_eq!((incident.phase, incident.members), (Phase::Open, 1));
}

#[test]
fn a_new_policy_in_the_middle_of_a_window_loses_nothing_of_what_was_before() {
    let mut world = world(2);
    falls_silent(&mut world, 1);
    world.change_policy(|_| {});
    world.pass(minutes(30));
    world.change_policy(|policy| policy.timers.close_delay = minutes(1));
    world.pass(minutes(30));
    world.tells(&["linux-desk open 0"]);
    world.change_policy(|_| {});
    assert_eq!(report(&world).firing, 1, "no rule of a file, and it stays");
}

#[test]
fn a_window_whose_end_was_slept_through_is_reported_at_the_start() {
    let mut world = world(2);
    falls_silent(&mut world, 1);
    world.fire(&on("disk", 0));
    let down_since = world.now;
    world.now = world.now.after(hours(3));
    world.input(&vedette_triage::Input::Started { down_since });
    world.tick();
    assert_eq!(report(&world).members, 2);
    assert!(world.told().iter().all(|line| line.contains("open")));
    assert_eq!(
        world
            .engine
            .state()
            .incidents()
            .filter(|one| one.is_open())
            .count(),
        1
    );
}

#[test]
fn a_sleeping_workstation_is_not_missed() {
    let mut world = world(1);
    let facts = HostFacts {
        name: "laptop".into(),
        class: Class::Workstation,
        labels: [("patchgroup".to_owned(), "A".to_owned())].into(),
        ..HostFacts::default()
    };
    world.host(
        "laptop",
        HostSays::Seen {
            facts,
            boot: "boot-1".into(),
            version: "0.1.0".into(),
            interval_s: 60.0,
        },
    );
    world.host("laptop", left(Goodbye::Suspend));
    world.pass(hours(2));
    world.tells(&[]);
}

#[test]
fn a_host_that_is_forgotten_by_the_report_can_still_be_found() {
    let mut world = world(1);
    falls_silent(&mut world, 0);
    world.pass(minutes(60));
    let host = world
        .engine
        .state()
        .host(&EntityId::new("id-of-a-0"))
        .unwrap();
    assert_eq!(host.reported.len(), 1);
    let id = report(&world).id.0;
    world.resolve(id);
    world.pass(hours(24));
    reports(&mut world, 0, "6.1.0", "boot-2");
    let host = world
        .engine
        .state()
        .host(&EntityId::new("id-of-a-0"))
        .unwrap();
    assert!(host.reported.is_empty());
    world.pass(hours(24));
    assert_eq!(world.engine.state().alerts().len(), 0);
}

#[test]
fn warnings_on_many_hosts_make_what_is_critical_on_one_no_more_urgent() {
    let mut world = world(9);
    world.fire(&on("disk", 0));
    for host in 1..8 {
        world.fire(&on("inodes", host).severity(Severity::Warning));
    }
    world.pass(minutes(60));
    let report = report(&world);
    assert_eq!((report.firing, report.severity), (8, Severity::Critical));
    assert_eq!(report.priority, Priority::P2, "one critical server");
    assert_eq!(report.priority_why.impact_from, "server");
}

#[test]
fn warnings_on_many_hosts_are_as_urgent_as_one_rule_on_them() {
    let mut world = world(9);
    for host in 0..7 {
        world.fire(&on("inodes", host).severity(Severity::Warning));
    }
    world.pass(minutes(60));
    assert_eq!(report(&world).priority, Priority::P3);
    assert_eq!(report(&world).priority_why.impact_from, "7 servers");
}

#[test]
fn what_is_critical_on_many_hosts_is_p1_in_a_report_as_well() {
    let mut world = world(9);
    for host in 0..5 {
        world.fire(&on("disk", host));
    }
    world.pass(minutes(60));
    assert_eq!(report(&world).priority, Priority::P1);
    world.clear(&on("disk", 0));
    assert_eq!(report(&world).priority, Priority::P2);
}
