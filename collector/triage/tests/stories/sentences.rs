//! What people read when they ask why.

use vedette_triage::explain::{Explain, Subject};
use vedette_triage::{End, EntityId, Entry, IncidentId, Severity, Timestamp};
use vedette_wire::{Class, Goodbye};

use crate::support::*;

#[test]
fn an_incident_is_explained_in_sentences() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    world.acknowledge(0, None);
    let sentences = explain(&world, Subject::Incident(IncidentId(0)));
    assert_eq!(
        sentences,
        [
            "Incident 0: db-7: disk is bad. Team it-ops owns it.",
            "Known since +0 s, told at +0 s.",
            "It is P2: impact medium (server) by urgency high (critical); P1 when 5 servers or more are affected.",
            "Its one alert fires.",
            "No route matched, so it goes to its owner team.",
            "ops1 works on it since +0 s, until +14400 s without a further sign of life.",
            "Ticket at desk (known there as T0): open.",
            "It closes 300 s after it is well.",
        ]
    );
}

#[test]
fn what_is_kept_from_being_told_says_by_what_and_of_a_rule_only_its_own_is_said() {
    let mut world = World::new();
    world.host("db-7", seen("db-7", Class::Server, "boot-1"));
    let digest = condition("disk", "db-7").worth(vedette_triage::Handling::Digest);
    world.fire(&digest);
    let mut memory = condition("memory", "db-7");
    memory.component = "memory".into();
    world.fire(&memory);
    let id = EntityId::new("id-of-db-7");
    let said = with(&world, |explain| explain.of_rule(&id, "disk")).join(" ");
    assert!(said.starts_with("disk is bad (critical), since"), "{said}");
    assert!(!said.contains("memory"), "{said}");
    let held = "not told: it is worth less than a ticket of its own";
    assert!(said.contains(held), "{said}");
    let none = with(&world, |explain| explain.of_rule(&id, "inodes"));
    assert_eq!(none, [""; 0]);
}

#[test]
fn what_an_incident_waits_for_is_said_with_its_time() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    world.fire(&disk.measured(vedette_triage::About::TIME_TO_BREACH, 4.0 * 3600.0));
    world.pass(seconds(130));
    world.fire(&condition("inodes", "db-7"));
    let said = explain(&world, Subject::Incident(IncidentId(0)));
    for expected in [
        "Ticket at desk (known there as T0): open; the next update is due at +240 s.",
        "At +7200 s it is weighed anew, though nothing new may be measured: less time is left.",
    ] {
        assert!(said.contains(&expected.to_owned()), "{said:?}");
    }
}

#[test]
fn a_host_says_why_it_has_no_ticket() {
    let mut world = World::new();
    world.host("db-7", seen("db-7", Class::Server, "boot-1"));
    world.pass(hours(1));
    world.silence(&["host=\"db-7\""], hours(1));
    world.fire(&condition("disk", "db-7").severity(Severity::Warning));
    world.pass(minutes(2));
    world.host("db-7", left(Goodbye::Reboot));
    let sentences = explain(&world, Subject::Host(&EntityId::new("id-of-db-7")));
    assert_eq!(
        sentences,
        [
            "db-7 is a server, known since +0 s.",
            "It said goodbye (reboot) at +3720 s and should be back by +4920 s.",
            "disk is bad (warning), since +3600 s.",
            "Rule disk found it, seen: value 0.5.",
            "Silence silence-1 of ops1 keeps it from opening anything until +7200 s (planned).",
            "It belongs to incident 0, pending. It stays untold until +7200 s.",
        ]
    );
}

#[test]
fn what_is_not_known_is_said_to_be_unknown() {
    let world = World::new();
    for subject in [
        Subject::Incident(IncidentId(7)),
        Subject::Host(&EntityId::new("nobody")),
        Subject::Condition(&condition("disk", "db-7").identity()),
    ] {
        assert_eq!(explain(&world, subject).len(), 1);
    }
}

#[test]
fn every_line_of_a_timeline_is_a_sentence() {
    let mut world = World::new();
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.note(0, "seen");
    world.clear(&disk);
    world.pass(minutes(6));
    let lines: Vec<String> = world
        .entries
        .iter()
        .map(|entry| line(&world, entry))
        .collect();
    assert_eq!(
        lines,
        [
            "disk is bad began to fire (critical), seen: value 0.5.",
            "A new incident, owned by team it-ops.",
            "It is P2.",
            "It is open now, it was pending.",
            "desk is told: open (delivery 0).",
            "desk did it: open as T0.",
            "desk is told: note (delivery 1).",
            "ops1 wrote: seen",
            "desk did it: note as T0.",
            "disk is bad is over: it was measured to be well, seen: value 0.5.",
            "It is resolving now, it was open.",
            "All clear; it closes at +300 s unless it fires again.",
            "It is resolved now, it was resolving.",
            "Closed: nothing of it fires any more.",
            "desk is told: resolve (delivery 2).",
            "desk did it: resolve as T0.",
        ]
    );
}

#[test]
fn what_others_report_of_a_host_is_said_when_somebody_asks_why() {
    let mut world = World::new();
    world.host("db-7", seen("db-7", Class::Server, "boot-1"));
    let db_7 = EntityId::new("id-of-db-7");
    let posted = |name| {
        labels([
            ("alertname", name),
            ("host", "db-7"),
            ("severity", "critical"),
        ])
    };
    world.post(&posted("DiskFull"));
    let said = explain(&world, Subject::Host(&db_7));
    assert!(
        !said.contains(&"Nothing fires on it.".to_owned()),
        "{said:?}"
    );
    let of_it = "It belongs to incident 0, open. It closes as soon as it is well.";
    assert!(said.contains(&of_it.to_owned()), "{said:?}");
    world.post_end(&posted("DiskFull"), End::SaidBySender);
    let said = explain(&world, Subject::Host(&db_7));
    assert!(
        said.contains(&"Nothing fires on it.".to_owned()),
        "{said:?}"
    );
}

#[test]
fn an_incident_of_alerts_from_outside_names_the_host_it_is_about() {
    let mut world = World::new();
    world.post(&labels([
        ("alertname", "DiskFull"),
        ("instance", "db-7:9100"),
        ("severity", "critical"),
    ]));
    let said = explain(&world, Subject::Incident(IncidentId(0)));
    let named = |line: &String| line.contains("db-7");
    assert!(named(&said[0]), "{said:?}");
    assert_eq!(world.incident(0).title.matches("db-7").count(), 1);
}

#[test]
fn a_host_whose_name_is_a_part_of_the_title_is_named_all_the_same() {
    let mut world = World::new();
    world.fire(&condition("disk", "disk"));
    assert_eq!(world.incident(0).title, "disk is bad");
    world.fire(&condition("disk", "dis"));
    assert_eq!(world.incident(1).title, "dis: disk is bad");
}

#[test]
fn a_merged_incident_says_where_it_goes_on_and_not_that_it_is_well() {
    let mut world = World::new();
    world.fire(&condition("disk", "db-7"));
    world.fire(&condition("disk", "db-8"));
    world.merge(1, 0);
    let said = explain(&world, Subject::Incident(IncidentId(1))).join(" ");
    assert!(
        said.contains("What it was about goes on in incident 0."),
        "{said}"
    );
    for lie in ["is clear", "it is a new incident"] {
        assert!(!said.contains(lie), "{lie}: {said}");
    }
    world.clear(&condition("disk", "db-8"));
    let of_it = |entry: &&Entry| entry.incident == Some(IncidentId(0));
    let entries = world.entries.iter().filter(of_it);
    let lines: Vec<String> = entries.map(|entry| line(&world, entry)).collect();
    for expected in [
        "Incident 1 is part of it now, with its 1 alert.",
        "db-8: disk is bad is over: it was measured to be well, seen: value 0.5.",
    ] {
        assert!(lines.contains(&expected.to_owned()), "{lines:?}");
    }
}

/// A condition of a component of its own, so that it has an incident of its own.
fn of(rule: &str, host: &str) -> Condition {
    let mut condition = condition(rule, host);
    condition.component = rule.into();
    condition
}

#[test]
fn a_silence_until_all_is_clear_says_that_it_may_end_before() {
    let mut world = World::new();
    world.host("db-7", seen("db-7", Class::Server, "boot-1"));
    world.fire(&condition("memory", "db-7"));
    let mut wish = world.wish(&["host=\"db-7\""], hours(2));
    wish.until_clear = true;
    world.set_silence(wish);
    world.fire(&of("disk", "db-7"));
    let said = explain(&world, Subject::Incident(IncidentId(1))).join(" ");
    for expected in [
        "mutes it until nothing that it matches fires, +7200 s at the latest (planned)",
        "It stays untold until +7200 s at the latest.",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

#[test]
fn what_was_explained_until_now_says_so() {
    let mut world = World::new();
    let mut child = rule("inodes");
    child.depends_on = vec!["memory".into()];
    world.policy.rules.insert("inodes".into(), child);
    let memory = of("memory", "db-7");
    world.fire(&memory);
    world.fire(&of("inodes", "db-7"));
    world.clear(&memory);
    let said = explain(&world, Subject::Incident(IncidentId(1))).join(" ");
    let expected =
        "Not told: what explained it is over; it waits until +30 s whether it clears as well.";
    assert!(said.contains(expected), "{said}");
}

pub(crate) fn explain(world: &World, subject: Subject<'_>) -> Vec<String> {
    with(world, |explain| explain.explain(subject))
}

fn line(world: &World, entry: &Entry) -> String {
    with(world, |explain| explain.sentence(entry))
}

fn with<T>(world: &World, ask: impl FnOnce(Explain<'_>) -> T) -> T {
    let time = |at: Timestamp| format!("+{} s", (at.as_millis() - START) / 1000);
    ask(Explain {
        state: world.engine.state(),
        policy: &world.policy,
        now: world.now,
        time: &time,
    })
}
