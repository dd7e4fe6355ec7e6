//! What several agents' views of one device come to.

use std::sync::Arc;

use vedette_triage::{
    AlertSignal, Counters, End, Engine, EntityId, HostSays, HostSignal, Identity, Input, Labels,
    Look, Outcome, Parents, Phase, Place, Says, Severity, Signal, State, Suppression, TicketPer,
    Topology,
};
use vedette_wire::{Class, Goodbye};

use crate::support::*;

const HOSTS: [&str; 3] = ["db-7", "nas-1", "web-1"];

/// Three servers, each of which pings the switch.
fn world() -> World {
    looked_at_by(&HOSTS, &[("ping", "icmp")])
}

fn looked_at_by(hosts: &[&str], checks: &[(&str, &str)]) -> World {
    let mut policy = policy();
    policy
        .rules
        .insert("check-failing".into(), rule("check-failing"));
    let mut world = World::under(policy);
    world.engine = Engine::resume(State::resume(world.now, Counters::FIRST));
    for host in hosts {
        world.host(host, seen(host, Class::Server, "boot-1"));
        looks(&mut world, host, checks);
    }
    world
}

fn looks(world: &mut World, host: &str, checks: &[(&str, &str)]) {
    let look = |(check, kind): &(&str, &str)| Look {
        device: "sw-hq-3".into(),
        check: (*check).into(),
        kind: (*kind).into(),
        every_s: 30.0,
    };
    let at = checks.iter().map(look).collect();
    world.host(host, HostSays::Looks { at });
}

fn view(host: &str, check: &str) -> (Identity, Condition) {
    let attributes: Labels = [("check", check), ("about", "sw-hq-3")]
        .into_iter()
        .collect();
    let id = EntityId::new(&format!("id-of-{host}"));
    let identity = Identity::found_by(&id, "check-failing", &attributes);
    let condition = condition("check-failing", "sw-hq-3").with("from", host);
    (identity, condition)
}

fn fails_as(world: &mut World, (host, check): (&str, &str), severity: Severity) {
    let (identity, condition) = view(host, check);
    let since = world.now;
    world.input(&Input::Signal(Signal::Alert(AlertSignal {
        identity,
        says: Says::Firing {
            severity,
            since,
            valid_until: None,
        },
        about: condition.severity(severity).about(),
        drill: None,
    })));
}

fn fails(world: &mut World, host: &str) {
    fails_as(world, (host, "ping"), Severity::Critical);
}

fn is_well(world: &mut World, host: &str, check: &str) {
    let (identity, condition) = view(host, check);
    let since = world.now;
    world.input(&Input::Signal(Signal::Alert(AlertSignal {
        identity,
        says: Says::Ok {
            end: End::Recovered,
            since,
        },
        about: condition.about(),
        drill: None,
    })));
}

#[track_caller]
fn is_titled(world: &World, incident: u64, severity: Severity, title: &str) {
    let incident = world.incident(incident);
    assert_eq!(incident.title, title);
    assert_eq!(incident.severity, severity);
}

#[test]
fn a_device_that_all_agents_see_failing_is_down_and_is_one_ticket() {
    let mut world = world();
    fails(&mut world, "web-1");
    let title = "sw-hq-3 is unreachable from web-1; db-7 and nas-1 reach it";
    is_titled(&world, 1, Severity::Warning, title);
    fails(&mut world, "db-7");
    let title = "sw-hq-3 is unreachable from db-7 and web-1; nas-1 reaches it";
    is_titled(&world, 1, Severity::Warning, title);
    world.tells(&[]);
    fails(&mut world, "nas-1");
    let title = "sw-hq-3 is down: ping fails from all 3 agents that look";
    is_titled(&world, 1, Severity::Critical, title);
    // Others may be down as well.
    world.pass(seconds(29));
    world.tells(&[]);
    world.pass(seconds(1));
    world.tells(&["desk open 1"]);
    assert_eq!(world.engine.state().incidents().len(), 1);
    for host in HOSTS {
        is_well(&mut world, host, "ping");
    }
    world.pass(minutes(6));
    assert!(world.told().contains(&"desk resolve 1".to_owned()));
}

#[test]
fn every_view_is_counted_once() {
    let mut world = world();
    fails(&mut world, "web-1");
    fails(&mut world, "web-1");
    fails(&mut world, "db-7");
    fails(&mut world, "nas-1");
    is_well(&mut world, "web-1", "ping");
    world.pass(hours(1));
    assert_eq!(world.tally(Outcome::Opened), 1);
    assert_eq!(world.tally(Outcome::Repeated), 1);
    assert_eq!(world.tally(Outcome::Updated), 3);
}

#[test]
fn what_only_one_of_several_cannot_reach_is_a_warning() {
    let mut world = world();
    fails(&mut world, "web-1");
    world.pass(minutes(3));
    world.tells(&["desk open 1"]);
    assert_eq!(world.incident(1).severity, Severity::Warning);
}

#[test]
fn one_agent_alone_is_believed_and_the_title_says_so() {
    let mut world = looked_at_by(&["web-1"], &[("ping", "icmp")]);
    fails(&mut world, "web-1");
    let title = "sw-hq-3 is down: ping fails from the only agent that looks";
    is_titled(&world, 1, Severity::Critical, title);
}

#[test]
fn an_agent_that_is_silent_itself_does_not_make_the_device_down() {
    let mut world = world();
    fails(&mut world, "web-1");
    let last_seen = world.now;
    world.host("web-1", HostSays::Silent { last_seen });
    // Whoever can look reaches it.
    world.pass(minutes(3));
    world.tells(&[]);
    assert!(world.incident(1).phase.is_over());
    // Back, and it still cannot reach it.
    world.host("web-1", seen("web-1", Class::Server, "boot-1"));
    world.pass(minutes(3));
    world.tells(&["desk open 2"]);
}

#[test]
fn the_agents_that_cannot_look_are_not_waited_for() {
    let mut world = world();
    fails(&mut world, "web-1");
    fails(&mut world, "db-7");
    assert_eq!(world.incident(1).severity, Severity::Warning);
    world.host("nas-1", left(Goodbye::Reboot));
    let title = "sw-hq-3 is down: ping fails from all 2 agents that can look now";
    is_titled(&world, 1, Severity::Critical, title);
    world.host("nas-1", seen("nas-1", Class::Server, "boot-2"));
    assert_eq!(world.incident(1).severity, Severity::Warning);
}

#[test]
fn a_device_nobody_can_look_at_any_more_stays_as_it_was_seen_last() {
    let mut world = looked_at_by(&["web-1"], &[("ping", "icmp")]);
    fails(&mut world, "web-1");
    let last_seen = world.now;
    world.host("web-1", HostSays::Silent { last_seen });
    world.pass(hours(1));
    assert_eq!(world.incident(1).phase, Phase::Open);
    assert_eq!(world.incident(1).severity, Severity::Critical);
}

#[test]
fn who_begins_or_stops_to_look_changes_what_the_views_come_to() {
    let mut world = looked_at_by(&["web-1"], &[("ping", "icmp")]);
    fails(&mut world, "web-1");
    world.host("db-7", seen("db-7", Class::Server, "boot-1"));
    looks(&mut world, "db-7", &[("ping", "icmp")]);
    let title = "sw-hq-3 is unreachable from web-1; db-7 reaches it";
    is_titled(&world, 1, Severity::Warning, title);
    looks(&mut world, "db-7", &[]);
    let title = "sw-hq-3 is down: ping fails from the only agent that looks";
    is_titled(&world, 1, Severity::Critical, title);
}

#[test]
fn a_device_that_still_answers_somehow_is_not_down() {
    let mut world = looked_at_by(&HOSTS, &[("ping", "icmp"), ("web", "http")]);
    for host in HOSTS {
        fails_as(&mut world, (host, "web"), Severity::Critical);
    }
    let title = "sw-hq-3 fails web from all 3 agents that look";
    is_titled(&world, 1, Severity::Critical, title);
    for host in HOSTS {
        fails(&mut world, host);
    }
    assert!(world.incident(1).title.contains("sw-hq-3 is down"));
    let incidents = world.engine.state().incidents().len();
    assert_eq!(incidents, 1, "one device, one incident");
}

#[test]
fn a_check_that_asks_for_more_than_an_answer_makes_no_device_down() {
    let mut world = looked_at_by(&["web-1"], &[("toner", "snmp")]);
    fails_as(&mut world, ("web-1", "toner"), Severity::Warning);
    let title = "sw-hq-3 fails toner from the only agent that looks";
    is_titled(&world, 1, Severity::Warning, title);
}

#[test]
fn a_ticket_for_each_alert_is_still_one_for_each_device_and_check() {
    let mut world = world();
    world.change_policy(|policy| policy.timers.ticket_per = TicketPer::Alert);
    for host in HOSTS {
        fails(&mut world, host);
    }
    assert_eq!(world.engine.state().incidents().len(), 1);
}

fn below_the_switch(mut world: World) -> World {
    let below = Place {
        name: "printer-1".into(),
        parents: vec![Parents(vec!["sw-hq-3".into()])],
        ..Place::default()
    };
    let switch = Place {
        name: "sw-hq-3".into(),
        labels: labels([("site", "hq"), ("team", "linux")]),
        ..Place::default()
    };
    world.change_policy(|policy| {
        policy.topology = Arc::new(Topology::new(vec![below, switch], Vec::new()));
    });
    world.host("printer-1", seen("printer-1", Class::Server, "boot-1"));
    world
}

#[test]
fn an_access_switch_that_is_down_keeps_what_is_behind_it_from_opening() {
    let mut world = below_the_switch(world());
    for host in HOSTS {
        fails(&mut world, host);
    }
    world.fire(&condition("disk", "printer-1"));
    world.pass(minutes(1));
    world.tells(&["linux-desk open 1"]);
    assert_eq!(
        world
            .incident(2)
            .suppressed
            .as_deref()
            .map(Suppression::code),
        Some("parent")
    );
}

#[test]
fn a_switch_that_only_some_cannot_reach_explains_nothing() {
    let mut world = below_the_switch(world());
    fails(&mut world, "web-1");
    world.fire(&condition("disk", "printer-1"));
    let id = EntityId::new("id-of-web-1");
    // The next good look at the switch lets it through.
    let at = world.now;
    let looked = vec![vedette_triage::Looked {
        device: "sw-hq-3".into(),
        well: true,
    }];
    let says = HostSays::Observed { at, looked };
    world.input(&Input::Signal(Signal::Host(HostSignal { id, says })));
    world.tells(&["desk open 2"]);
}

#[test]
fn a_bad_look_at_the_switch_lets_nothing_through() {
    let mut world = below_the_switch(world());
    world.fire(&condition("disk", "printer-1"));
    let at = world.now;
    let looked = vec![vedette_triage::Looked {
        device: "sw-hq-3".into(),
        well: false,
    }];
    world.host("web-1", HostSays::Observed { at, looked });
    world.tells(&[]);
    world.pass(minutes(3));
    world.tells(&["desk open 1"]);
}

#[test]
fn whatever_the_rule_calls_it_a_switch_that_somebody_reaches_has_not_failed() {
    let mut world = below_the_switch(world());
    let fails = |world: &mut World, host: &str| {
        let (identity, mut condition) = view(host, "ping");
        condition.component = "liveness".into();
        let since = world.now;
        world.input(&Input::Signal(Signal::Alert(AlertSignal {
            identity,
            says: Says::Firing {
                severity: Severity::Critical,
                since,
                valid_until: None,
            },
            about: condition.about(),
            drill: None,
        })));
    };
    fails(&mut world, "web-1");
    fails(&mut world, "nas-1");
    world.fire(&condition("disk", "printer-1"));
    let held = |world: &World| {
        let suppressed = &world.incident(2).suppressed;
        suppressed.as_deref().map(Suppression::code)
    };
    assert_eq!(held(&world), Some("parent_unseen"));
    fails(&mut world, "db-7");
    assert_eq!(held(&world), Some("parent"));
}

#[test]
fn a_device_has_the_labels_that_people_gave_it() {
    let mut world = below_the_switch(world());
    fails(&mut world, "web-1");
    assert_eq!(world.incident(1).team, "linux");
}

#[test]
fn why_tells_who_looks_what_each_sees_and_who_needs_it() {
    let mut world = below_the_switch(world());
    fails(&mut world, "web-1");
    world.host("nas-1", left(Goodbye::Reboot));
    let time = |_: vedette_triage::Timestamp| "14:02".to_owned();
    let explain = vedette_triage::explain::Explain {
        state: world.engine.state(),
        policy: &world.policy,
        now: world.now,
        time: &time,
    };
    let said = explain.device("sw-hq-3").unwrap();
    assert_eq!(
        said[..4],
        [
            "sw-hq-3 is a device. Looked at from db-7 and web-1; nas-1 would and cannot now.",
            "1 place needs it to be seen.",
            "web-1 sees ping fail since 14:02.",
            "sw-hq-3 is unreachable from web-1; db-7 reaches it (warning), since 14:02.",
        ]
    );
    assert_eq!(explain.device("sw-hq-4"), None);
}

#[test]
fn many_that_fell_silent_are_told_what_to_do_about_that_though_the_worst_is_a_device() {
    let mut world = world();
    for host in ["db-7", "nas-1", "web-1"] {
        fails(&mut world, host);
    }
    for n in 0..4 {
        let silent = condition("host-silent", &format!("srv-{n}"));
        world.fire(&silent.severity(Severity::Warning));
    }
    world.pass(minutes(1));
    let mut told = world.told.iter().map(|delivery| &delivery.facts);
    let many = told.rfind(|facts| facts.together.is_some());
    let many = many.unwrap();
    let down = "sw-hq-3 is down: ping fails from all 3 agents that look";
    assert_eq!((many.members_total, many.title.as_str()), (5, down));
    assert_eq!(many.means, "host-silent hurts");
}

#[test]
fn what_is_known_only_from_outside_is_not_called_a_device() {
    let mut world = World::new();
    let labels = [
        ("alertname", "DiskFull"),
        ("host", "db-9"),
        ("severity", "critical"),
    ];
    world.post(&labels.into_iter().collect());
    let time = |_: vedette_triage::Timestamp| "14:02".to_owned();
    let explain = vedette_triage::explain::Explain {
        state: world.engine.state(),
        policy: &world.policy,
        now: world.now,
        time: &time,
    };
    let said = explain.device("db-9").unwrap();
    assert!(said[0].ends_with("only others report it."), "{said:?}");
}
