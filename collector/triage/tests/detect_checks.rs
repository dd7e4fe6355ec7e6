//! What becomes of checks: they are series like any other, and their words only describe.

#![allow(clippy::unwrap_used)]

mod detect_world;

use std::time::Duration;

use CheckState::{Critical, Ok, Unknown, Warning};
use detect_world::*;
use vedette_triage::detect::{Comparison, Expression, On, Rule, RuleSet};
use vedette_triage::{EntityId, Matchers, Severity};
use vedette_wire::{CheckState, Looked, ProbeRun, Sample, metric};

/// Two of three not well are a warning, five failures in a row critical; only ok is well.
fn check_rule() -> Rule {
    let rule = rule("check-failing", On::Metric(metric::CHECK_STATE.into()));
    let names = rule.names();
    let is = |comparison, limit| compare(&names, "value", comparison, limit);
    let n_of = |at_least, of, condition: Expression| Expression::NOf {
        at_least,
        of,
        condition: Box::new(condition),
    };
    let failed = Expression::And(
        Box::new(is(Comparison::Greater, 0.5)),
        Box::new(is(Comparison::Less, 2.5)),
    );
    Rule {
        warning: condition(&n_of(2, 3, failed)),
        critical: condition(&n_of(5, 5, is(Comparison::Equal, 2.0))),
        warning_clear: condition(&is(Comparison::Less, 0.5)),
        critical_clear: condition(&is(Comparison::Less, 1.5)),
        ..rule
    }
}

fn world() -> World {
    World::new(rules(vec![check_rule()]))
}

fn runs(world: &mut World, states: &[CheckState]) {
    for state in states {
        world.check(run("ssh", *state, state.as_str()));
    }
}

#[test]
fn two_of_three_failures_fire_and_two_successes_clear() {
    let mut world = world();
    runs(&mut world, &[Ok, Critical, Ok, Ok, Critical, Warning]);
    check(&world, &["check-failing ssh warning"]);
    runs(&mut world, &[Ok, Ok]);
    check(
        &world,
        &[
            "check-failing ssh warning",
            "check-failing ssh ok Recovered",
        ],
    );
}

#[test]
fn unknown_neither_fires_as_a_failure_nor_ends_one() {
    let mut world = world();
    runs(&mut world, &[Unknown; 9]);
    check(&world, &[]);
    runs(&mut world, &[Critical; 5]);
    runs(&mut world, &[Unknown; 100]);
    check(
        &world,
        &["check-failing ssh warning", "check-failing ssh critical"],
    );
    runs(&mut world, &[Ok, Ok]);
    assert!(world.firing.is_empty(), "{:?}", world.log);
}

#[test]
fn another_text_alone_tells_nobody_and_the_newest_goes_with_what_changes() {
    let mut world = world();
    for (at, state) in [Critical; 12].into_iter().enumerate() {
        world.check(run("ssh", state, &format!("refused, {at} times")));
    }
    check(
        &world,
        &["check-failing ssh warning", "check-failing ssh critical"],
    );
    assert_eq!(world.texts, ["refused, 1 times", "refused, 4 times"]);
}

#[test]
fn two_checks_are_two_alerts_and_one_of_another_thing_is_a_third() {
    let mut world = world();
    for _ in 0..3 {
        let mut round = world.round();
        let mut about = run("ping", Critical, "");
        about.about = Some("sw-3".into());
        round.checks = vec![
            run("ssh", Critical, ""),
            run("web", Warning, ""),
            run("ok", Ok, ""),
            about,
        ];
        world.report(round);
        world.now = world.now.after(30 * SECOND);
    }
    let mut log = world.log.clone();
    log.sort();
    assert_eq!(
        log,
        [
            "check-failing ping h warning",
            "check-failing ssh warning",
            "check-failing web warning",
        ]
    );
}

#[test]
fn a_check_about_a_device_is_an_alert_of_the_device_and_stays_one_across_a_restart() {
    let mut world = world();
    let about = |state| {
        let mut about = run("ping", state, "no answer");
        about.about = Some("sw-3".into());
        about
    };
    for _ in 0..3 {
        world.check(about(Critical));
    }
    let (identity, ..) = &world.known["check-failing ping h"];
    assert_eq!(identity.entity(), Some(EntityId::of_device("sw-3")));
    assert_eq!(identity.measured_by(), Some(EntityId::new("h")));
    assert_eq!(identity.measured_attributes().get("about"), Some("sw-3"));
    world.restart(MINUTE);
    for _ in 0..3 {
        world.check(about(Ok));
    }
    check(
        &world,
        &[
            "check-failing ping h warning",
            "check-failing ping h ok Recovered",
        ],
    );
}

#[test]
fn a_check_that_runs_every_hour_is_not_forgotten_between_its_runs() {
    let mut world = world();
    let hourly = |state| {
        let mut hourly = run("raid", state, "");
        hourly.every_s = Some(3600.0);
        hourly
    };
    for _ in 0..5 {
        world.check(hourly(Critical));
    }
    check(
        &world,
        &["check-failing raid warning", "check-failing raid critical"],
    );
}

#[test]
fn a_failure_stays_across_a_restart_until_it_is_measured_to_be_well() {
    let mut world = world();
    runs(&mut world, &[Critical; 3]);
    world.restart(20 * MINUTE);
    runs(&mut world, &[Unknown, Critical]);
    check(&world, &["check-failing ssh warning"]);
    runs(&mut world, &[Ok, Ok]);
    assert!(world.firing.is_empty(), "{:?}", world.log);
}

#[test]
fn a_check_that_was_removed_ends_its_alert_after_a_day_of_others_running() {
    let mut world = world();
    runs(&mut world, &[Critical; 3]);
    let others = |world: &mut World, long: Duration| {
        let end = world.now.after(long);
        while world.now < end {
            world.check(run("web", Ok, ""));
            world.now = world.now.after(10 * MINUTE);
        }
    };
    others(&mut world, 23 * 60 * MINUTE);
    check(&world, &["check-failing ssh warning"]);
    others(&mut world, 3 * 60 * MINUTE);
    check(
        &world,
        &[
            "check-failing ssh warning",
            "check-failing ssh ok Gone { after_s: 86400 }",
        ],
    );
}

#[test]
fn an_agent_whose_checks_say_nothing_ends_nothing() {
    let mut world = world();
    runs(&mut world, &[Critical; 3]);
    world.disks_for(30 * 60 * MINUTE, &[]);
    check(&world, &["check-failing ssh warning"]);
}

#[test]
fn what_a_slow_probe_measured_stays_known_for_three_of_its_pauses() {
    for (every_s, expected) in [(Some(600.0), Some(Severity::Warning)), (None, None)] {
        let mut world = World::new(slow_rules());
        let mut round = world.round();
        round.probes.push(ProbeRun {
            probe: "smart".into(),
            looked: Looked::Yes,
            took_ms: 1,
            every_s,
        });
        round.samples.push(Sample {
            name: metric::DISK_HEALTH.into(),
            attributes: [("device".to_owned(), "sda".to_owned())].into(),
            value: 1.0,
        });
        world.report(round);
        world.disks_for(12 * MINUTE, &[]);
        assert_eq!(
            world.firing.get("smart sda").copied(),
            expected,
            "{every_s:?}"
        );
    }
}

/// A disk that fails for ten minutes.
fn slow_rules() -> RuleSet {
    let rule = rule("smart", On::Metric(metric::DISK_HEALTH.into()));
    let bad = compare(&rule.names(), "value", Comparison::Greater, 0.5);
    rules(vec![Rule {
        warning: condition(&bad),
        warning_for: 10 * MINUTE,
        ..rule
    }])
}

#[test]
fn a_rule_on_one_check_looks_at_no_other() {
    let mut one = check_rule();
    one.matchers = Matchers::parse(&[r#"check="ssh""#]).unwrap();
    let mut world = World::new(rules(vec![one]));
    for check in ["web", "ssh", "web", "ssh", "web", "ssh"] {
        world.check(run(check, Critical, ""));
    }
    check(&world, &["check-failing ssh warning"]);
}

const SECOND: Duration = Duration::from_secs(1);

#[track_caller]
fn check(world: &World, expected: &[&str]) {
    assert_eq!(world.log, expected);
}
