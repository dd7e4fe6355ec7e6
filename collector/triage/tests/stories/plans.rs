//! What root and the jobs of a host keep from opening, and when it opens after all.

use vedette_triage::{Answer, HostSays, Origin, Outcome, Phase, Suppression};
use vedette_wire::Class;

use crate::support::*;

/// Two hosts that are known.
fn world() -> World {
    let mut world = World::new();
    for host in ["db-7", "db-8"] {
        world.host(host, seen(host, Class::Server, "boot-1"));
    }
    world
}

fn hold(world: &mut World, lasts: std::time::Duration) {
    let until = world.now.after(lasts);
    let (why, by) = ("CHG0012345".to_owned(), "ops1 (root)".to_owned());
    let decision = world.host("db-7", HostSays::Holds { until, why, by });
    assert_eq!(decision.answer, Answer::Done);
}

fn job(world: &mut World, run: &str, quiet: &[&str]) {
    let says = HostSays::JobRuns {
        job: "backup".into(),
        run: run.into(),
        until: world.now.after(hours(2)),
        quiet: quiet.iter().map(|word| (*word).to_owned()).collect(),
    };
    world.host("db-7", says);
}

fn ended(world: &mut World, run: &str) {
    let says = HostSays::JobEnded {
        job: "backup".into(),
        run: run.into(),
    };
    world.host("db-7", says);
}

#[test]
fn a_held_host_opens_nothing_and_opens_when_the_hold_is_over() {
    let mut world = world();
    hold(&mut world, minutes(30));
    world.fire(&condition("disk", "db-7"));
    world.fire(&condition("disk", "db-8"));
    world.tells(&["desk open 1"]);
    assert!(matches!(
        world.incident(0).suppressed.as_deref(),
        Some(Suppression::Silence {
            origin: Origin::Hold,
            ..
        })
    ));
    world.pass(minutes(31));
    world.tells(&["desk open 0"]);
}

#[test]
fn what_clears_under_a_hold_is_told_to_nobody_and_counted_as_held() {
    let mut world = world();
    hold(&mut world, minutes(30));
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.clear(&disk);
    world.pass(hours(1));
    world.tells(&[]);
    assert_eq!(world.tally(Outcome::Suppressed("hold")), 1);
}

#[test]
fn what_was_open_before_a_hold_is_closed_under_it() {
    let mut world = world();
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.tells(&["desk open 0"]);
    hold(&mut world, hours(2));
    world.clear(&disk);
    world.pass(minutes(6));
    world.tells(&["desk resolve 0"]);
}

#[test]
fn a_hold_that_is_ended_opens_at_once_what_still_fires() {
    let mut world = world();
    hold(&mut world, hours(2));
    world.fire(&condition("disk", "db-7"));
    world.tells(&[]);
    hold(&mut world, minutes(0));
    world.tells(&["desk open 0"]);
    let again = world.host(
        "db-7",
        HostSays::Holds {
            until: world.now,
            why: "x".into(),
            by: "y".into(),
        },
    );
    assert!(again.changes.is_empty(), "ended twice is ended once");
}

#[test]
fn no_hold_lasts_longer_than_four_hours_and_the_same_again_is_the_same() {
    let mut world = world();
    hold(&mut world, hours(100));
    let until = world.now.after(hours(4));
    let id = vedette_triage::SilenceId::new("hold-id-of-db-7");
    let silence = world.engine.state().silence(&id).unwrap();
    assert_eq!((silence.ends_at, silence.origin), (until, Origin::Hold));
    let again = world.host(
        "db-7",
        HostSays::Holds {
            until: world.now.after(hours(100)),
            why: "CHG0012345".into(),
            by: "ops1 (root)".into(),
        },
    );
    assert!(again.changes.is_empty() && again.entries.is_empty());
}

#[test]
fn another_host_of_the_same_name_is_not_held() {
    let mut world = world();
    hold(&mut world, hours(1));
    let mut other = condition("disk", "db-7");
    other.entity = "id-of-somebody-else".into();
    world.fire(&other);
    world.tells(&["desk open 0"]);
}

#[test]
fn a_job_keeps_its_components_quiet_until_it_ends() {
    let mut world = world();
    job(&mut world, "r1", &["storage"]);
    world.fire(&condition("disk", "db-7").with("component", "storage"));
    let mut memory = condition("memory", "db-7");
    memory.component = "memory".into();
    world.fire(&memory.with("component", "memory"));
    world.tells(&["desk open 1"]);
    ended(&mut world, "another run");
    world.tells(&[]);
    ended(&mut world, "r1");
    world.tells(&["desk open 0"]);
    assert_eq!(world.incident(0).phase, Phase::Open);
}

#[test]
fn a_job_that_never_ends_is_quiet_no_longer_than_it_may_run() {
    let mut world = world();
    job(&mut world, "r1", &["storage"]);
    world.fire(&condition("disk", "db-7").with("component", "storage"));
    world.pass(hours(2));
    world.tells(&["desk open 0"]);
}

#[test]
fn an_earlier_run_does_not_end_the_quiet_of_a_later_one() {
    let mut world = world();
    job(&mut world, "r1", &["storage"]);
    job(&mut world, "r2", &["storage"]);
    ended(&mut world, "r1");
    world.fire(&condition("disk", "db-7").with("component", "storage"));
    world.tells(&[]);
    ended(&mut world, "r2");
    world.tells(&["desk open 0"]);
}

#[test]
fn what_an_agent_sends_is_never_a_pattern() {
    let mut world = world();
    job(&mut world, "r1", &[".*", "a|b", "", "Storage"]);
    assert_eq!(world.engine.state().silences().len(), 0);
    world.fire(&condition("disk", "db-7").with("component", "storage"));
    world.tells(&["desk open 0"]);
}

#[test]
fn a_host_has_a_bounded_number_of_jobs_that_are_quiet() {
    let mut world = world();
    world.checks = false;
    for at in 0..vedette_triage::limits::SILENCES_PER_HOST_MAX + 10 {
        let says = HostSays::JobRuns {
            job: format!("job-{at}"),
            run: "r".into(),
            until: world.now.after(hours(1)),
            quiet: vec!["storage".into()],
        };
        world.host("db-7", says);
    }
    let kept = world.engine.state().silences().len();
    assert_eq!(kept, vedette_triage::limits::SILENCES_PER_HOST_MAX);
}

#[test]
fn why_says_who_holds_a_host_and_until_when() {
    let mut world = world();
    hold(&mut world, minutes(30));
    let time = |_| "12:00".to_owned();
    let explain = vedette_triage::explain::Explain {
        state: world.engine.state(),
        policy: &world.policy,
        now: world.now,
        time: &time,
    };
    let id = vedette_triage::EntityId::new("id-of-db-7");
    let sentences = explain.why(&id).join(" ");
    assert!(
        sentences.contains("ops1 (root) on db-7 holds it until 12:00 (CHG0012345)"),
        "{sentences}"
    );
}
