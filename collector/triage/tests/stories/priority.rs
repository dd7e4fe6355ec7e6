//! How urgent an incident is, by each input, and what would raise it.

use std::sync::Arc;

use vedette_triage::{
    About, Bounds, Impact, Input, Parents, Place, Priority, Severity, Topology, Urgency,
};

use crate::support::*;
use Priority::{P1, P2, P3, P4, P5};
use Severity::{Critical, Warning};

/// What is known of one condition.
struct Case {
    severity: Severity,
    class: &'static str,
    tier: &'static str,
    left: Option<std::time::Duration>,
    trend: Option<f64>,
}

const SERVER: Case = Case {
    severity: Critical,
    class: "server",
    tier: "",
    left: None,
    trend: None,
};

impl Case {
    fn condition(&self) -> Condition {
        let mut condition = condition("disk", "db-7").severity(self.severity);
        condition.labels = vec![("class".into(), self.class.into())];
        if !self.tier.is_empty() {
            condition = condition.with("tier", self.tier);
        }
        if let Some(left) = self.left {
            condition = condition.measured(About::TIME_TO_BREACH, left.as_secs_f64());
        }
        if let Some(trend) = self.trend {
            condition = condition.measured(About::TREND, trend);
        }
        condition
    }

    #[track_caller]
    fn is(&self, expected: Priority, why: &str) {
        let mut world = World::new();
        world.fire(&self.condition());
        let incident = world.incident(0);
        let known = &incident.priority_why;
        let said = format!(
            "{:?} ({}) x {:?} ({}): {}",
            known.impact, known.impact_from, known.urgency, known.urgency_from, known.raised
        );
        assert_eq!((incident.priority, said.as_str()), (expected, why));
    }
}

#[test]
fn each_input_counts_and_is_named_and_so_is_what_would_raise_it() {
    SERVER.is(
        P2,
        "Medium (server) x High (critical): P1 when 5 servers or more are affected",
    );
    let warning = Case {
        severity: Warning,
        ..SERVER
    };
    warning.is(
        P4,
        "Medium (server) x Low (warning): P2 when it is critical",
    );
    let workstation = Case {
        class: "workstation",
        ..SERVER
    };
    workstation.is(P4, "Low (workstation) x High (critical): ");
    let workstation_warns = Case {
        severity: Warning,
        ..workstation
    };
    workstation_warns.is(
        P5,
        "Low (workstation) x Low (warning): P4 when it is critical",
    );
}

#[test]
fn a_service_weighs_by_its_tier() {
    Case {
        tier: "1",
        ..SERVER
    }
    .is(P1, "High (tier 1) x High (critical): ");
    Case {
        tier: "2",
        ..SERVER
    }
    .is(
        P2,
        "Medium (tier 2) x High (critical): P1 when 5 servers or more are affected",
    );
    Case {
        tier: "2",
        class: "workstation",
        ..SERVER
    }
    .is(
        P2,
        "Medium (tier 2) x High (critical): P1 when 5 servers or more are affected",
    );
    Case {
        tier: "3",
        class: "workstation",
        ..SERVER
    }
    .is(P4, "Low (workstation) x High (critical): ");
}

#[test]
fn what_is_critical_with_hours_left_or_gets_better_is_less_urgent() {
    Case {
        tier: "1",
        left: Some(hours(4)),
        ..SERVER
    }
    .is(
        P2,
        "High (tier 1) x Medium (critical, 4 hours left): P1 when less than 2 hours are left",
    );
    Case {
        left: Some(minutes(110)),
        ..SERVER
    }
    .is(
        P2,
        "Medium (server) x High (critical, 110 minutes left): P1 when 5 servers or more are affected",
    );
    Case {
        left: Some(minutes(0)),
        ..SERVER
    }
    .is(
        P2,
        "Medium (server) x High (critical, 0 minutes left): P1 when 5 servers or more are affected",
    );
    Case {
        trend: Some(-0.01),
        ..SERVER
    }
    .is(
        P3,
        "Medium (server) x Medium (critical, getting better): P2 when it no longer gets better",
    );
    Case {
        trend: Some(0.01),
        ..SERVER
    }
    .is(
        P2,
        "Medium (server) x High (critical): P1 when 5 servers or more are affected",
    );
}

#[test]
fn a_warning_that_will_be_at_its_limit_soon_is_more_urgent() {
    let warning = |left| Case {
        severity: Warning,
        left: Some(left),
        ..SERVER
    };
    warning(hours(1)).is(
        P3,
        "Medium (server) x Medium (warning, 60 minutes left): P2 when it is critical",
    );
    warning(hours(24 * 4)).is(
        P4,
        "Medium (server) x Low (warning, 4 days left): P3 when less than 2 hours are left",
    );
}

#[test]
fn passing_time_makes_it_more_urgent_and_nothing_new_need_be_measured() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    world.fire(&disk.measured(About::TIME_TO_BREACH, 4.0 * 3600.0));
    assert_eq!(world.incident(0).priority, P3);
    world.pass(minutes(119));
    assert_eq!(world.incident(0).priority, P3);
    world.told();
    world.pass(minutes(1));
    assert_eq!(world.incident(0).priority, P2);
    world.tells(&["desk update 0"]);
}

#[test]
fn another_estimate_counts_from_when_it_comes() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    let left = |hours: f64| disk.clone().measured(About::TIME_TO_BREACH, hours * 3600.0);
    world.fire(&left(4.0));
    world.pass(hours(1));
    world.fire(&left(9.0));
    world.pass(hours(6));
    assert_eq!(world.incident(0).priority, P3, "three hours left");
    world.fire(&left(1.0));
    assert_eq!(world.incident(0).priority, P2);
    world.fire(&disk.clone().measured(About::TREND, -1.0));
    assert_eq!(world.incident(0).priority, P3);
}

#[test]
fn while_the_collector_is_down_limits_come_nearer_and_by_a_step_of_its_clock_they_do_not() {
    let fired = || {
        let mut world = World::new();
        let left = condition("disk", "db-7").measured(About::TIME_TO_BREACH, 4.0 * 3600.0);
        world.fire(&left);
        world
    };
    let mut world = fired();
    let down_since = world.now;
    world.now = world.now.after(hours(3));
    world.input(&Input::Started { down_since });
    world.tick();
    assert_eq!(world.incident(0).priority, P2);

    let mut world = fired();
    world.now = world.now.after(hours(3));
    let by_ms = 3 * 3_600_000;
    world.input(&Input::ClockStepped { by_ms });
    world.tick();
    assert_eq!(world.incident(0).priority, P3);
    world.pass(hours(2));
    assert_eq!(world.incident(0).priority, P2);
}

#[test]
fn what_many_others_need_weighs_more_than_itself() {
    let mut world = World::new();
    world.policy.topology = Arc::new(guests(5));
    world.fire(&condition("disk", "esx-07"));
    world.host(
        "esx-07",
        seen("esx-07", vedette_wire::Class::Server, "boot-1"),
    );
    world.fire(&condition("inodes", "esx-07"));
    let why = &world.incident(0).priority_why;
    assert_eq!((why.impact, why.urgency), (Impact::High, Urgency::High));
    assert_eq!(why.impact_from, "5 others need esx-07");
    assert_eq!(world.incident(0).priority, P1);
}

#[test]
fn what_few_others_need_does_not() {
    let mut world = World::new();
    world.policy.topology = Arc::new(guests(4));
    world.host(
        "esx-07",
        seen("esx-07", vedette_wire::Class::Server, "boot-1"),
    );
    world.fire(&condition("disk", "esx-07"));
    assert_eq!(world.incident(0).priority, P2);
    world.fire(&condition("disk", "guest-1"));
    assert_eq!(world.incident(1).priority, P2, "nothing needs a guest");
}

#[test]
fn from_when_on_it_counts_is_the_policy_s_to_say() {
    let mut world = World::new();
    world.policy.bounds = Bounds {
        many_servers: 2,
        soon: hours(6),
        ..Bounds::default()
    };
    let critical = condition("disk", "db-7");
    world.fire(&critical.measured(About::TIME_TO_BREACH, 4.0 * 3600.0));
    let why = &world.incident(0).priority_why;
    assert_eq!(why.urgency_from, "critical, 4 hours left");
    assert_eq!(why.urgency, Urgency::High);
    assert_eq!(why.raised, "P1 when 2 servers or more are affected");
}

#[test]
fn what_a_place_of_tier_1_needs_weighs_like_it() {
    let mut world = World::new();
    world.policy.topology = Arc::new(between_two_switches());
    for (place, expected, from) in [
        ("esx-07", P1, "erp-db of tier 1 needs esx-07"),
        ("storage-2", P1, "erp-db of tier 1 needs storage-2"),
    ] {
        let incident = fired(&mut world, place);
        let why = incident.priority_why.impact_from.as_str();
        assert_eq!((incident.priority, why), (expected, from));
    }
}

#[test]
fn what_it_can_do_without_does_not_nor_does_what_needs_it() {
    let mut world = World::new();
    world.policy.topology = Arc::new(between_two_switches());
    for place in ["sw-1", "web-1", "esx-08"] {
        let incident = fired(&mut world, place);
        let why = incident.priority_why.impact_from.as_str();
        assert_eq!((incident.priority, why), (P2, "server"), "{place}");
    }
}

fn fired(world: &mut World, place: &str) -> Arc<vedette_triage::Incident> {
    world.fire(&condition("disk", place));
    let last = world.engine.state().incidents().last();
    Arc::clone(last.expect("it opened one"))
}

/// Two guests on a hypervisor, of which one is of tier 1; its storage, and two switches of which one
/// is enough. What needs the one of tier 1 needs another hypervisor, which nobody else does.
fn between_two_switches() -> Topology {
    let place = |name: &str, parents: &[&[&str]]| Place {
        name: name.into(),
        parents: parents
            .iter()
            .map(|group| Parents(group.iter().map(|name| (*name).to_owned()).collect()))
            .collect(),
        ..Place::default()
    };
    let first = Place {
        labels: [("tier", "1")].into_iter().collect(),
        ..place("erp-db", &[&["esx-07"]])
    };
    let places = vec![
        first,
        place("test-3", &[&["esx-07"]]),
        place("esx-07", &[&["storage-2"], &["sw-1", "sw-2"]]),
        place("web-1", &[&["erp-db"], &["esx-08"]]),
    ];
    Topology::new(places, Vec::new())
}

/// A hypervisor and so many guests.
fn guests(count: usize) -> Topology {
    let place = |name: String, parents: Vec<Parents>| Place {
        name,
        parents,
        ..Place::default()
    };
    let host = || vec![Parents(vec!["esx-07".into()])];
    let guests = (1..=count).map(|number| place(format!("guest-{number}"), host()));
    let all = std::iter::once(place("esx-07".into(), Vec::new())).chain(guests);
    Topology::new(all.collect(), Vec::new())
}
