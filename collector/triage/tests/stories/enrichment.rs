//! What people know of a place is added to its alerts, and changes neither what they are nor
//! where they belong.

use std::sync::Arc;

use vedette_triage::explain::{Explain, Subject};
use vedette_triage::{
    About, Alert, Enrichment, Labels, Matchers, Outcome, Piece, Place, Policy, Priority, Route,
    Service, Template, TicketTo, Timers, Topology,
};
use vedette_wire::Class;

use crate::support::*;

fn place(name: &str, labels: Labels) -> Place {
    Place {
        name: name.into(),
        labels,
        ..Place::default()
    }
}

fn knows(policy: &mut Policy, places: Vec<Place>) {
    let erp = Service {
        name: "erp".into(),
        tier: Some(1),
        team: "linux".into(),
        ..Service::default()
    };
    policy.topology = Arc::new(Topology::new(places, vec![erp]));
}

/// A known host, and a policy that knows these labels of it.
fn world(known: Labels) -> World {
    let mut world = World::new();
    knows(&mut world.policy, vec![place("db-7", known)]);
    world.host("db-7", seen("db-7", Class::Server, "boot-1"));
    world
}

fn alert(world: &World, condition: &Condition) -> Arc<Alert> {
    let state = world.engine.state();
    Arc::clone(state.alert_of(&condition.identity()).unwrap())
}

fn rule(name: &str, matchers: &[&str], set: &[(&str, &str)]) -> Enrichment {
    let set = set.iter().map(|(name, value)| {
        let text = Template(vec![Piece::Text((*value).into())]);
        ((*name).to_owned(), text)
    });
    Enrichment {
        name: name.into(),
        matchers: Matchers::parse(matchers).unwrap(),
        pattern: None,
        set: set.collect(),
    }
}

#[test]
fn the_owner_is_the_team_of_the_service_that_people_say_it_serves() {
    let mut world = world(labels([("service", "erp")]));
    world.fire(&condition("disk", "db-7"));
    world.tells(&["linux-desk open 0"]);
    assert_eq!(world.incident(0).team, "linux");
    assert_eq!(world.incident(0).priority, Priority::P1, "tier 1");
}

#[test]
fn the_name_is_that_of_the_host_and_not_a_label() {
    let mut world = world(labels([("team", "linux")]));
    let mut renamed = condition("disk", "db-7");
    renamed.host = "called otherwise".into();
    world.fire(&renamed);
    world.tells(&["linux-desk open 0"]);
}

#[test]
fn an_alert_from_outside_is_at_its_host_or_at_its_instance_without_the_port() {
    let mut world = world(labels([("team", "linux")]));
    let posted = labels([
        ("alertname", "Down"),
        ("instance", "db-7:9100"),
        ("severity", "critical"),
    ]);
    world.post(&posted);
    world.tells(&["linux-desk open 0"]);
    let alerts = world.engine.state().alerts();
    let alert = alerts.into_iter().next().unwrap();
    assert_eq!(alert.identity.labels, posted, "it is the same alert still");
    assert_eq!(alert.labels_said(), posted);
}

#[test]
fn what_is_added_can_be_silenced_and_routed_by() {
    let mut world = world(labels([("site", "graz")]));
    world.policy.routes = vec![Route {
        name: "graz".into(),
        matchers: Matchers::parse(&["site=\"graz\""]).unwrap(),
        ticket: TicketTo::Receiver("linux-desk".into()),
        notify: Vec::new(),
        handling: None,
        team: None,
        timers: Timers::default(),
    }];
    let id = world.silence(&["site=\"graz\""], hours(1));
    world.fire(&condition("disk", "db-7"));
    world.tells(&[]);
    world.expire(&id);
    world.tells(&["linux-desk open 0"]);
}

#[test]
fn the_same_said_again_is_nothing_new_also_where_something_was_added() {
    let mut world = world(labels([("site", "graz")]));
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    let again = world.fire(&disk);
    assert!(again.changes.is_empty(), "{again:?}");
    assert_eq!(world.tally(Outcome::Repeated), 1);
}

#[test]
fn what_its_source_says_otherwise_is_described_with_what_people_know() {
    let mut world = world(labels([("site", "graz")]));
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.fire(&disk.clone().with("zone", "b"));
    let alert = alert(&world, &disk);
    assert_eq!(alert.about.labels.get("site"), Some("graz"));
    assert_eq!(alert.about.labels.get("zone"), Some("b"));
    assert_eq!(world.tally(Outcome::Updated), 1);
}

#[test]
fn what_people_know_wins_and_what_the_source_said_is_not_lost() {
    let mut world = world(labels([("site", "graz")]));
    let disk = condition("disk", "db-7").with("site", "vienna");
    world.fire(&disk);
    let said = alert(&world, &disk);
    assert_eq!(said.about.labels.get("site"), Some("graz"));
    assert_eq!(*said.said(), About::clone(&disk.about()));
    let sentences = explain(&world, &disk);
    let known = "Known of it: site=\"graz\" (its source said \"vienna\").";
    assert!(sentences.contains(known), "{sentences}");
}

#[test]
fn a_new_policy_describes_what_fires_and_moves_nothing() {
    let mut world = world(labels([("site", "graz")]));
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.tells(&["desk open 0"]);
    let (group, before) = (
        world.incident(0).group.clone(),
        world.engine.state().counters(),
    );
    let everybody = labels([("team", "linux"), ("tier", "1")]);
    world.change_policy(|policy| knows(policy, vec![place("db-7", everybody)]));
    let described = alert(&world, &disk);
    assert_eq!(described.about.labels.get("site"), None, "known no more");
    assert_eq!(described.about.labels.get("team"), Some("linux"));
    assert_eq!(*described.said(), About::clone(&disk.about()));
    let incident = world.incident(0);
    assert_eq!(
        (&*incident.team, &incident.receivers[..], &incident.group),
        ("it-ops", &["desk".to_owned()][..], &group)
    );
    assert_eq!(incident.priority, Priority::P1, "it hangs on tier 1 now");
    assert_eq!(world.engine.state().counters().incident, before.incident);
    assert_eq!(world.engine.state().counters().alert, before.alert);
    world.pass(minutes(3));
    world.tells(&["desk update 0"]);
    world.clear(&disk);
    world.pass(minutes(5));
    world.tells(&["desk resolve 0"]);
}

#[test]
fn the_same_policy_again_changes_nothing() {
    let mut world = world(labels([("site", "graz")]));
    world.fire(&condition("disk", "db-7"));
    let decision = world.change_policy(|_| {});
    assert!(decision.changes.is_empty(), "{decision:?}");
}

#[test]
fn a_new_label_may_bring_what_fires_under_a_silence_or_out_of_it() {
    let mut world = world(Labels::none());
    world.silence(&["site=\"graz\""], hours(1));
    let warning = condition("disk", "db-7").severity(vedette_triage::Severity::Warning);
    world.fire(&warning);
    let graz = place("db-7", labels([("site", "graz")]));
    world.change_policy(|policy| knows(policy, vec![graz]));
    world.pass(minutes(10));
    world.tells(&[]);
    world.change_policy(|policy| knows(policy, Vec::new()));
    world.tells(&["desk open 0"]);
}

#[test]
fn rules_set_labels_from_labels_and_never_what_an_alert_is() {
    let mut world = world(Labels::none());
    let set = [
        ("team", "linux"),
        ("alertname", "x"),
        ("host", "x"),
        ("class", ""),
    ];
    world.policy.enrichments = Arc::new(vec![rule("all", &["class=\"server\""], &set)]);
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    let alert = alert(&world, &disk);
    assert_eq!(alert.about.labels.get("alertname"), Some("disk"));
    assert_eq!(alert.about.labels.get("host"), Some("db-7"));
    assert_eq!(alert.about.labels.get("class"), None);
    assert_eq!(*alert.said(), About::clone(&disk.about()));
    world.tells(&["linux-desk open 0"]);
}

#[test]
fn what_is_renamed_keeps_what_its_source_said() {
    let mut world = world(labels([("site", "graz")]));
    world.fire(&condition("disk", "db-7"));
    world.change_policy(|policy| {
        policy.rules.remove("disk");
        let now = crate::support::rule("filesystem");
        policy.rules.insert("filesystem".into(), now);
        policy.renamed.insert("disk".into(), "filesystem".into());
    });
    let renamed = condition("filesystem", "db-7");
    let alert = alert(&world, &renamed);
    assert_eq!(alert.said().labels, renamed.about().labels);
}

fn explain(world: &World, condition: &Condition) -> String {
    let time = |_| "12:00".to_owned();
    let explain = Explain {
        state: world.engine.state(),
        policy: &world.policy,
        now: world.now,
        time: &time,
    };
    let subject = condition.identity();
    explain.explain(Subject::Condition(&subject)).join(" ")
}
