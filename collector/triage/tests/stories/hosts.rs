//! What is remembered of hosts.

use vedette_triage::{Answer, EntityId, Host, HostSays, HostSignal, Input, Reason, Signal};
use vedette_wire::{Class, Goodbye, HostFacts};

use crate::support::*;

#[test]
fn a_host_appears_once_and_repeating_itself_writes_nothing() {
    let mut world = World::new();
    world.host("db-7", seen("db-7", Class::Server, "boot-1"));
    let again = world.host("db-7", seen("db-7", Class::Server, "boot-1"));
    assert!(again.changes.is_empty() && again.entries.is_empty());
    assert_eq!(codes(&world), ["HostAppeared"]);
    world.host("db-7", seen("db-7", Class::Server, "boot-2"));
    assert_eq!(codes(&world), ["HostAppeared", "HostChanged"]);
}

#[test]
fn a_changed_host_touches_none_of_its_alerts() {
    let mut world = World::new();
    world.host("db-7", seen("db-7", Class::Server, "boot-1"));
    world.fire(&condition("disk", "db-7"));
    world.told();
    let decision = world.host("db-7", seen("db-07", Class::Server, "boot-1"));
    assert_eq!(decision.changes.len(), 1);
    world.tells(&[]);
}

#[test]
fn a_goodbye_buys_time_by_reason_and_class() {
    let (server, workstation) = (Class::Server, Class::Workstation);
    check_grace(server, Goodbye::Reboot, Some(20));
    check_grace(server, Goodbye::PowerOff, Some(20));
    check_grace(server, Goodbye::Suspend, Some(20));
    check_grace(server, Goodbye::AgentStop, Some(5));
    check_grace(server, Goodbye::AgentUpgrade, Some(5));
    check_grace(workstation, Goodbye::Reboot, Some(20));
    check_grace(workstation, Goodbye::PowerOff, None);
    check_grace(workstation, Goodbye::Suspend, None);
    check_grace(workstation, Goodbye::AgentStop, Some(5));
}

#[test]
fn a_host_that_reports_again_is_neither_away_nor_silent() {
    let mut world = World::new();
    world.host("db-7", seen("db-7", Class::Server, "boot-1"));
    world.host("db-7", left(Goodbye::Reboot));
    let last_seen = world.now;
    world.host("db-7", HostSays::Silent { last_seen });
    assert_eq!(host(&world, "db-7").silent_since, Some(last_seen));
    world.host("db-7", seen("db-7", Class::Server, "boot-1"));
    assert_eq!(host(&world, "db-7").away, None);
    assert_eq!(host(&world, "db-7").silent_since, None);
    assert_eq!(
        codes(&world),
        ["HostAppeared", "HostLeft", "HostSilent", "HostBack"]
    );
}

#[test]
fn the_second_claimant_of_a_name_is_marked() {
    let mut world = World::new();
    world.host("a", seen("db-7", Class::Server, "boot-1"));
    world.host("b", seen("db-7", Class::Server, "boot-2"));
    assert_eq!(host(&world, "a").name_also_claimed_by, None);
    let other = Some(EntityId::new("id-of-a"));
    assert_eq!(host(&world, "b").name_also_claimed_by, other);
    assert!(codes(&world).contains(&"NameClaimedTwice".to_owned()));
    world.host("b", seen("db-8", Class::Server, "boot-2"));
    assert_eq!(host(&world, "b").name_also_claimed_by, None);
}

#[test]
fn an_unknown_host_cannot_leave_or_fall_silent() {
    let mut world = World::new();
    let decision = world.host("db-7", left(Goodbye::Reboot));
    assert!(matches!(decision.answer, Answer::NotFound(_)));
    assert!(decision.changes.is_empty());
}

#[track_caller]
fn check_grace(class: Class, reason: Goodbye, expected: Option<u64>) {
    let mut world = World::new();
    world.host("h", seen("h", class, "boot-1"));
    world.host("h", left(reason));
    let until = host(&world, "h").away.clone().unwrap().until;
    let expected = expected.map(|grace| world.now.after(minutes(grace)));
    assert_eq!(until, expected, "{class:?} {reason:?}");
}

fn host<'w>(world: &'w World, name: &str) -> &'w Host {
    let id = EntityId::new(&format!("id-of-{name}"));
    world.engine.state().host(&id).unwrap()
}

fn codes(world: &World) -> Vec<String> {
    let code = |reason: &Reason| {
        let text = format!("{reason:?}");
        text.split([' ', '{']).next().unwrap().to_owned()
    };
    world
        .entries
        .iter()
        .map(|entry| code(&entry.reason))
        .collect()
}

#[test]
fn labels_of_a_host_are_its_own_then_name_and_class() {
    let mut world = World::new();
    let labels = [("site".to_owned(), "hq".to_owned())].into();
    let facts = HostFacts {
        name: "db-7".into(),
        labels,
        ..HostFacts::default()
    };
    world.input(&Input::Signal(Signal::Host(HostSignal {
        id: EntityId::new("id-of-db-7"),
        says: HostSays::Seen {
            facts,
            boot: "b".into(),
            version: "1".into(),
            interval_s: 15.0,
        },
    })));
    let labels = host(&world, "db-7").labels();
    assert_eq!(
        labels.to_string(),
        r#"{class="server", host="db-7", site="hq"}"#
    );
}
