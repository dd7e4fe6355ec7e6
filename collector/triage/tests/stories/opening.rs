//! What opens, when, for whom, and what does not.

use vedette_triage::{
    Close, DeliverMode, Drill, Handling, Identity, IncidentId, Matchers, Outcome, Phase, Priority,
    Route, Severity, Suppression, TicketTo,
};

use crate::support::*;

#[test]
fn a_critical_server_opens_one_ticket_at_once() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    world.tells(&["desk open 0"]);
    let incident = world.incident(0);
    assert_eq!(incident.priority, Priority::P2);
    assert_eq!(incident.title, "db-7: disk is bad");
    assert_eq!(incident.priority_why.impact_from, "server");
    assert_eq!(world.tally(Outcome::Opened), 1);
    assert_eq!(world.ticket(0, "desk").key, "test-0-1");
}

#[test]
fn a_repeat_tells_nobody_and_changes_nothing() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.told();
    let decision = world.fire(&disk);
    assert!(decision.changes.is_empty() && decision.entries.is_empty());
    world.tells(&[]);
    assert_eq!(world.tally(Outcome::Repeated), 1);
}

#[test]
fn a_warning_waits_two_minutes_before_anybody_is_told() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7").severity(Severity::Warning));
    assert_eq!(world.incident(0).priority, Priority::P4);
    world.pass(seconds(119));
    world.tells(&[]);
    world.pass(seconds(1));
    world.tells(&["desk open 0"]);
}

#[test]
fn what_clears_within_its_open_delay_is_told_to_nobody() {
    let mut world = World::new();
    let disk = condition("disk", "db-7").severity(Severity::Warning);
    world.fire(&disk);
    world.pass(minutes(1));
    world.clear(&disk);
    world.pass(hours(1));
    world.tells(&[]);
    assert_eq!(world.incident(0).close.as_deref(), Some(&Close::Transient));
    assert_eq!(world.tally(Outcome::Transient), 1);
    assert_eq!(world.tally(Outcome::Resolved), 1);
}

#[test]
fn a_pending_incident_that_becomes_urgent_no_longer_waits() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    world.fire(&disk.clone().severity(Severity::Warning));
    world.pass(seconds(10));
    world.fire(&disk);
    world.tells(&["desk open 0"]);
}

#[test]
fn a_tier_one_host_has_high_impact_and_a_workstation_low() {
    let mut world = World::new();
    world.fire(&condition("disk", "erp-1").with("tier", "1"));
    assert_eq!(world.incident(0).priority, Priority::P1);
    assert_eq!(world.incident(0).priority_why.impact_from, "tier 1");
    world.fire(&condition("disk", "pc-1").with("class", "workstation"));
    assert_eq!(world.incident(1).priority, Priority::P4);
}

#[test]
fn five_servers_in_one_incident_have_high_impact() {
    let mut policy = policy();
    policy.timers.ticket_per = vedette_triage::TicketPer::Route;
    let mut world = World::under(policy);
    for host in 0..4 {
        world.fire(&condition("disk", &format!("db-{host}")));
    }
    assert_eq!(world.incident(0).priority, Priority::P2);
    world.fire(&condition("inodes", "db-0"));
    assert_eq!(
        world.incident(0).priority,
        Priority::P2,
        "still four servers"
    );
    world.fire(&condition("disk", "db-4"));
    assert_eq!(world.incident(0).priority, Priority::P1);
    assert_eq!(world.incident(0).priority_why.impact_from, "5 servers");
    assert_eq!(world.incident(0).title, "db-0: disk is bad (and 5 more)");
    world.clear(&condition("disk", "db-4"));
    assert_eq!(world.incident(0).priority, Priority::P2, "four are left");
}

#[test]
fn what_is_only_watched_has_no_incident() {
    let mut world = World::new();
    let load = condition("watched", "db-7").worth(Handling::Watch);
    world.fire(&load);
    assert_eq!(world.engine.state().incidents().len(), 0);
    assert_eq!(world.tally(Outcome::Watched), 1);
    world.clear(&load);
    world.pass(minutes(59));
    assert_eq!(world.engine.state().alerts().len(), 1);
    world.pass(minutes(2));
    assert_eq!(
        world.engine.state().alerts().len(),
        0,
        "forgotten after an hour"
    );
    world.tells(&[]);
}

#[test]
fn a_repeat_from_outside_is_written_only_for_its_later_end() {
    let mut world = World::new();
    let down = labels([("alertname", "Down"), ("severity", "critical")]);
    world.post(&down);
    world.told();
    let same = world.post(&down);
    assert!(same.changes.is_empty());
    world.pass(minutes(1));
    let later = world.post(&down);
    assert_eq!((later.changes.len(), later.entries.len()), (1, 0));
    let identity = Identity::of_alertmanager(&down);
    let alert = world.engine.state().alert_of(&identity).unwrap();
    assert_eq!(alert.valid_until, Some(world.now.after(minutes(5))));
    assert_eq!(alert.validity_ms, Some(300_000));
    assert_eq!(
        alert.starts_at.after(minutes(1)),
        world.now,
        "the earliest start wins"
    );
    world.tells(&[]);
    assert_eq!(world.tally(Outcome::Repeated), 2);
}

#[test]
fn what_was_watched_and_is_a_ticket_now_gets_one() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    world.fire(&disk.clone().worth(Handling::Watch));
    world.fire(&disk.worth(Handling::Ticket));
    world.tells(&["desk open 0"]);
}

#[test]
fn an_alert_from_outside_without_severity_is_watched() {
    let mut world = World::new();
    world.post(&labels([("alertname", "Down"), ("instance", "db-7:9100")]));
    assert_eq!(world.tally(Outcome::Watched), 1);
    world.post(&labels([("alertname", "Down"), ("severity", "critical")]));
    world.tells(&["desk open 0"]);
    let why = &world.incident(0).priority_why;
    assert_eq!(why.impact_from, "alert from outside");
}

#[test]
fn a_digest_or_a_p5_is_no_ticket_until_it_is_worse() {
    let mut world = World::new();
    let disk = condition("disk", "pc-1").with("class", "workstation");
    world.fire(&disk.clone().severity(Severity::Warning));
    world.fire(&condition("disk", "db-1").worth(Handling::Digest));
    world.pass(hours(1));
    world.tells(&[]);
    for id in [0, 1] {
        let suppressed = world.incident(id).suppressed.as_deref();
        assert_eq!(suppressed, Some(&Suppression::NotATicket));
    }
    world.fire(&disk);
    world.tells(&["desk open 0"]);
    assert_eq!(world.tally(Outcome::Opened), 1);
}

#[test]
fn a_shadow_opens_nothing_and_joins_nothing_real() {
    let mut world = World::new();
    let shadow = condition("shadowed", "db-7");
    world.fire(&shadow);
    world.tells(&[]);
    assert_eq!(
        world.incident(0).suppressed.as_deref(),
        Some(&Suppression::Shadow)
    );
    world.fire(&condition("disk", "db-7"));
    world.tells(&["desk open 1"]);
    world.clear(&shadow);
    assert_eq!(world.tally(Outcome::Suppressed("shadow")), 1);
}

#[test]
fn without_a_receiver_nothing_opens_until_the_policy_names_one() {
    let mut policy = policy();
    policy.teams[0].ticket = None;
    let mut world = World::under(policy);
    world.fire(&condition("disk", "db-7"));
    world.tells(&[]);
    assert_eq!(
        world.incident(0).suppressed.as_deref(),
        Some(&Suppression::NoReceiver)
    );
    world.change_policy(|policy| policy.teams[0].ticket = Some("desk".into()));
    world.tells(&["desk open 0"]);
}

#[test]
fn while_observing_everything_is_decided_and_nothing_sent() {
    let mut policy = policy();
    policy.mode = DeliverMode::Observe;
    let mut world = World::under(policy);
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.clear(&disk);
    world.fire(&condition("disk", "db-8"));
    world.tells(&[]);
    assert_eq!(
        world.incident(0).close.as_deref(),
        Some(&Close::ClearedWhileSuppressed)
    );
    assert_eq!(world.tally(Outcome::Suppressed("observe")), 1);
    world.change_policy(|policy| policy.mode = DeliverMode::Live);
    world.tells(&["desk open 1"]);
}

#[test]
fn a_quiet_drill_opens_its_ticket_and_pages_nobody() {
    let mut world = World::new();
    let real = condition("disk", "db-7").worth(Handling::Page);
    let drill = real.clone().severity(Severity::Warning);
    world.fire(&drill.clone().drill(Drill::Quiet));
    world.tells(&["desk open 0"]);
    world.fire(&real);
    world.tells(&["desk open 1", "oncall open 1"]);
    world.clear(&drill.drill(Drill::Quiet));
    world.tells(&["desk resolve 0"]);
    assert_eq!(
        world.incident(1).phase,
        Phase::Open,
        "a drill ends no real fault"
    );
    assert_eq!(world.drill_tally(Outcome::Opened), 1);
    assert_eq!(world.tally(Outcome::Opened), 1);
}

#[test]
fn a_paging_drill_pages_as_the_real_fault_would() {
    let mut world = World::new();
    let disk = condition("disk", "db-7").worth(Handling::Page);
    world.fire(&disk.drill(Drill::Paging));
    world.tells(&["desk open 0", "oncall open 0"]);
}

#[test]
fn the_first_route_that_matches_says_who_is_told() {
    let mut policy = policy();
    let route = |name: &str, matcher: &str, ticket| Route {
        name: name.into(),
        matchers: Matchers::parse(&[matcher]).unwrap(),
        ticket,
        notify: vec!["oncall".into()],
        handling: None,
        team: Some("linux".into()),
        timers: vedette_triage::Timers::default(),
    };
    policy.routes = vec![
        route("web", "host=~\"web-.*\"", TicketTo::Team),
        route("all", "host!=\"\"", TicketTo::Receiver("desk".into())),
    ];
    let mut world = World::under(policy);
    world.fire(&condition("disk", "web-1"));
    world.tells(&["linux-desk open 0", "oncall open 0"]);
    world.fire(&condition("disk", "db-1"));
    world.tells(&["desk open 1", "oncall open 1"]);
    assert_eq!(world.incident(1).team, "linux");
    assert_eq!(world.incident(1).route, "all");
}

#[test]
fn two_receivers_know_the_ticket_by_the_same_key() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7").worth(Handling::Page));
    let keys = ["desk", "oncall"].map(|receiver| world.ticket(0, receiver).key.clone());
    assert_eq!(keys, ["test-0-1", "test-0-1"]);
    assert_eq!(world.engine.state().tickets(IncidentId(0)).count(), 2);
}

#[test]
fn an_alert_from_outside_whose_words_change_is_another_row_of_nobodys_timeline() {
    let mut world = World::new();
    let down = labels([("alertname", "Down"), ("severity", "critical")]);
    world.post(&down);
    let alert = world.engine.state().alerts().next().unwrap().clone();
    let mut about = vedette_triage::About::clone(&alert.about);
    about.annotations = labels([("summary", "at 93 %")]);
    let decision = world.input(&vedette_triage::Input::Signal(
        vedette_triage::Signal::Alert(vedette_triage::AlertSignal {
            identity: alert.identity.clone(),
            says: vedette_triage::Says::Firing {
                severity: alert.severity,
                since: alert.starts_at,
                valid_until: alert.valid_until,
            },
            about: about.into(),
            drill: None,
        }),
    ));
    assert!(decision.entries.is_empty(), "{decision:?}");
    assert_eq!(decision.changes.len(), 1);
    assert_eq!(world.tally(vedette_triage::Outcome::Updated), 1);
}
