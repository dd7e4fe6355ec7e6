//! What becomes of events: one series for each thing, once for each id, late or in time.

#![allow(clippy::unwrap_used)]

mod detect_world;

use std::time::Duration;

use detect_world::*;
use vedette_triage::detect::{Aggregate, Comparison, Expression, On, Rule, Variable, ask_id};
use vedette_triage::{AlertId, EntityId, EvidenceKind, HostSays, Late, Says, Timestamp};
use vedette_wire::{EventKind, Stream};

const HOUR: Duration = Duration::from_secs(3600);

fn count(over: Duration, at_least: f64) -> Expression {
    let count = Expression::Aggregate {
        function: Aggregate::Count,
        of: Variable::OWN,
        over,
    };
    Expression::Compare(
        Comparison::GreaterOrEqual,
        Box::new(count),
        Box::new(Expression::Number(at_least)),
    )
}

/// Any within half an hour is a warning, three are critical.
fn oom_rule() -> Rule {
    let rule = rule("oom-kill", On::Event("oom_kill".into()));
    Rule {
        warning: condition(&count(30 * MINUTE, 1.0)),
        critical: condition(&count(30 * MINUTE, 3.0)),
        ..rule
    }
}

/// Over when the job ended well, not before.
fn job_rule(kind: &str) -> Rule {
    let rule = rule(kind, On::Event(kind.into()));
    let over = compare(&rule.names(), "over", Comparison::Greater, 0.5);
    Rule {
        warning: condition(&count(24 * HOUR, 1.0)),
        warning_clear: condition(&over),
        ..rule
    }
}

/// Any within half an hour.
fn log_rule() -> Rule {
    Rule {
        warning: condition(&count(30 * MINUTE, 1.0)),
        ..rule("log", On::Event("log_match".into()))
    }
}

fn world() -> World {
    let mut world = World::new(rules(vec![
        oom_rule(),
        log_rule(),
        job_rule("job_failed"),
        job_rule("job_missed"),
    ]));
    world.disks(&[]);
    world
}

fn oom(kills: u64) -> EventKind {
    EventKind::OomKill {
        victim: "java".into(),
        kills,
    }
}

fn ended(job: &str, ok: bool) -> EventKind {
    EventKind::JobEnded {
        job: job.into(),
        run: "r".into(),
        ok,
        exit_code: Some(i32::from(!ok)),
        took_ms: 1,
        lines: vec!["no space left".into()],
    }
}

fn started(job: &str) -> EventKind {
    EventKind::JobStarted {
        job: job.into(),
        run: "r".into(),
        max_runtime_s: None,
        quiet: Vec::new(),
    }
}

fn missed(job: &str) -> EventKind {
    EventKind::JobMissed {
        job: job.into(),
        due_wall_ms: 0,
    }
}

#[test]
fn a_match_in_the_log_of_a_device_is_an_alert_of_the_device_and_one_in_our_own_is_ours() {
    let mut world = world();
    let matches = |about: Option<&str>| EventKind::LogMatch {
        check: "errors".into(),
        about: about.map(str::to_owned),
        matches: 2,
        lines: vec!["link down".into()],
    };
    world.event("1", Duration::ZERO, matches(Some("sw-3")));
    world.event("2", Duration::ZERO, matches(None));
    assert_eq!(world.log.len(), 2, "{:?}", world.log);
    let of_device = world.known.values().map(|(identity, ..)| identity.entity());
    let of_device: Vec<EntityId> = of_device.flatten().collect();
    assert!(
        of_device.contains(&EntityId::of_device("sw-3")),
        "{of_device:?}"
    );
    assert!(of_device.contains(&EntityId::new("h")), "{of_device:?}");
}

#[test]
fn one_event_can_tell_of_several_kills() {
    let mut world = world();
    world.event("1", Duration::ZERO, oom(1));
    check(&world, &["oom-kill warning"]);
    world.event("2", Duration::ZERO, oom(2));
    check(&world, &["oom-kill warning", "oom-kill critical"]);
}

#[test]
fn the_same_event_again_is_the_same_also_after_a_restart() {
    let mut world = world();
    world.event("1", Duration::ZERO, oom(1));
    for _ in 0..5 {
        world.event("1", Duration::ZERO, oom(1));
    }
    check(&world, &["oom-kill warning"]);
    world.restart(MINUTE);
    world.disks_for(31 * MINUTE, &[]);
    check(&world, &["oom-kill warning", "oom-kill ok Recovered"]);
    world.event("1", 32 * MINUTE, oom(1));
    world.restart(MINUTE);
    world.event("1", 33 * MINUTE, oom(1));
    check(&world, &["oom-kill warning", "oom-kill ok Recovered"]);
}

#[test]
fn two_failed_jobs_are_two_alerts_and_each_is_well_when_it_has_run_well() {
    let mut world = world();
    world.event("1", Duration::ZERO, ended("dump", false));
    world.event("2", Duration::ZERO, ended("sync", false));
    check(
        &world,
        &["job_failed dump warning", "job_failed sync warning"],
    );
    assert_eq!(world.texts, ["no space left", "no space left"]);
    world.disks_for(30 * HOUR, &[]);
    assert_eq!(world.log.len(), 2, "time alone makes no job well");
    world.event("3", Duration::ZERO, started("dump"));
    assert_eq!(world.log.len(), 2, "nor does a start");
    world.event("4", Duration::ZERO, ended("dump", true));
    assert_eq!(world.log[2..], ["job_failed dump ok Recovered"]);
    world.event("5", Duration::ZERO, ended("dump", false));
    assert_eq!(world.log[3..], ["job_failed dump warning"]);
}

#[test]
fn a_job_that_failed_before_a_restart_is_well_when_it_runs_well_after_it() {
    let mut world = world();
    world.event("1", Duration::ZERO, ended("dump", false));
    world.restart(20 * MINUTE);
    world.disks_for(MINUTE, &[]);
    check(&world, &["job_failed dump warning"]);
    world.event("2", Duration::ZERO, ended("dump", true));
    check(
        &world,
        &["job_failed dump warning", "job_failed dump ok Recovered"],
    );
}

#[test]
fn a_job_that_did_not_begin_is_over_when_it_begins() {
    let mut world = world();
    world.event("1", Duration::ZERO, missed("dump"));
    world.event("2", Duration::ZERO, started("sync"));
    check(&world, &["job_missed dump warning"]);
    world.event("3", Duration::ZERO, started("dump"));
    check(
        &world,
        &["job_missed dump warning", "job_missed dump ok Recovered"],
    );
}

#[test]
fn a_replayed_event_opens_whatever_its_age_within_a_day_and_says_if_it_is_over() {
    for (ago, expected) in [
        (10 * MINUTE, Some(Late::Holds)),
        (3 * HOUR, Some(Late::Over)),
        (25 * HOUR, None),
    ] {
        let mut world = world();
        world.disks_for(30 * HOUR, &[]);
        world.stream = Stream::Backlog;
        let observed = world.event("1", ago, oom(1));
        let late = observed.found.iter().find_map(|found| found.late);
        assert_eq!(late, expected, "{ago:?}");
        for found in observed.found {
            let happened = world.now.before(ago);
            assert!(matches!(found.says, Says::Firing { since, .. } if since == happened));
        }
        world.stream = Stream::Live;
        world.disks_for(31 * MINUTE, &[]);
        assert!(world.firing.is_empty(), "{ago:?}: {:?}", world.log);
    }
}

#[test]
fn a_replayed_failure_of_a_job_that_has_run_well_since_is_told_and_over() {
    let mut world = world();
    world.stream = Stream::Backlog;
    world.event("1", 3 * HOUR, ended("dump", false));
    world.event("2", 2 * HOUR, ended("dump", true));
    check(
        &world,
        &["job_failed dump warning", "job_failed dump ok Recovered"],
    );
    // Out of order it is the same: the newest word counts.
    world.event("4", HOUR, ended("sync", true));
    world.event("3", 2 * HOUR, ended("sync", false));
    assert_eq!(world.log.len(), 2, "{:?}", world.log);
}

fn hold(until: Timestamp) -> EventKind {
    EventKind::Hold {
        until_wall_ms: until.as_millis(),
        why: "CHG1".into(),
        by: "ops1".into(),
    }
}

#[test]
fn a_hold_lasts_by_the_collectors_clock_and_a_late_one_changes_nothing_newer() {
    let mut world = world();
    let until = world.now.after(HOUR);
    world.event("1", Duration::ZERO, hold(until));
    assert!(matches!(&world.says[..], [HostSays::Holds { until: told, .. }] if *told == until));
    world.event("2", Duration::ZERO, hold(world.now));
    assert!(matches!(&world.says[1], HostSays::Holds { until, .. } if *until <= world.now));
    world.stream = Stream::Backlog;
    world.event("3", 10 * MINUTE, hold(until));
    assert_eq!(world.says.len(), 2, "it was ended since");
}

#[test]
fn a_job_is_quiet_for_as_long_as_it_may_run_and_says_when_it_ended() {
    let mut world = world();
    let quiet = |max_runtime_s| EventKind::JobStarted {
        job: "dump".into(),
        run: "r".into(),
        max_runtime_s,
        quiet: vec!["cpu".into()],
    };
    for (max_runtime_s, expected) in [(Some(600.0), 10 * MINUTE), (None, 4 * HOUR)] {
        world.says.clear();
        world.event(
            &format!("{expected:?}"),
            Duration::ZERO,
            quiet(max_runtime_s),
        );
        let until = world.now.after(expected);
        assert!(
            matches!(&world.says[..], [HostSays::JobRuns { until: told, .. }] if *told == until)
        );
    }
    world.event("ended", Duration::ZERO, ended("dump", true));
    assert!(matches!(&world.says[1], HostSays::JobEnded { run, .. } if run == "r"));
}

#[test]
fn changes_of_a_round_are_told_together_and_an_answer_says_which_alert_it_is_for() {
    let mut world = world();
    let mut round = world.round();
    for (id, kind) in [
        ("1", change("vim")),
        ("2", change("bash")),
        ("3", answer(&ask_id(AlertId(7), EvidenceKind::LastLines))),
        ("4", answer("never.ours")),
    ] {
        round.events.push(vedette_wire::Event {
            id: id.into(),
            wall_ms: round.wall_ms,
            kind,
        });
    }
    world.report(round);
    let [found, changed] = &world.says[..] else {
        panic!("{:?}", world.says);
    };
    assert!(matches!(
        found,
        HostSays::Found {
            alert: AlertId(7),
            what: EvidenceKind::LastLines,
            ..
        }
    ));
    assert!(matches!(changed, HostSays::Changed { changes } if changes.len() == 2));
}

fn change(name: &str) -> EventKind {
    EventKind::Change {
        what: "package".into(),
        name: name.into(),
        before: "1".into(),
        after: "2".into(),
    }
}

fn answer(ask: &str) -> EventKind {
    EventKind::Evidence {
        ask: ask.into(),
        lines: vec!["x".into()],
    }
}

#[track_caller]
fn check(world: &World, expected: &[&str]) {
    assert_eq!(world.log, expected);
}
