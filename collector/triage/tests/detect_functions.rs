//! Functions over windows, as rules see them through a host's reports.

#![allow(clippy::unwrap_used)]

mod detect_world;

use std::time::Duration;

use detect_world::*;
use vedette_triage::detect::{
    Aggregate, Comparison, Expression, On, Rule, RuleFault, RuleSet, Variable,
};

const OWN: Variable = Variable::OWN;
const TEN: Duration = Duration::from_secs(600);

#[test]
fn a_mean_over_a_window_not_yet_filled_neither_fires_nor_clears() {
    let high = on_disk(greater(
        Expression::Aggregate {
            function: Aggregate::Average,
            of: OWN,
            over: TEN,
        },
        0.9,
    ));
    let mut world = World::new(rules(vec![high]));
    world.disks_for(7 * MINUTE, &[("/var", 0.97)]);
    check(&world, &[]);
    world.disks_for(3 * MINUTE, &[("/var", 0.97)]);
    check(&world, &["r /var warning"]);
    world.restart(MINUTE);
    world.disks_for(7 * MINUTE, &[("/var", 0.1)]);
    check(&world, &["r /var warning"]);
    world.disks_for(3 * MINUTE, &[("/var", 0.1)]);
    check(&world, &["r /var warning", "r /var ok Recovered"]);
}

#[test]
fn a_disk_that_fills_steadily_is_told_before_it_is_full() {
    let soon = Expression::Compare(
        Comparison::Less,
        Box::new(Expression::TimeTo {
            of: OWN,
            target: Box::new(Expression::Number(1.0)),
            over: TEN,
        }),
        Box::new(Expression::Number(3_600.0)),
    );
    let mut world = World::new(rules(vec![on_disk(soon)]));
    world.disks_for(20 * MINUTE, &[("/var", 0.5)]);
    check(&world, &[]);
    let mut used = 0.5;
    while used < 0.7 {
        used += 0.005;
        world.disks_for(Duration::from_secs(15), &[("/var", used)]);
    }
    check(&world, &["r /var warning"]);
}

#[test]
fn n_of_counts_observations_not_time() {
    let often = on_disk(Expression::NOf {
        at_least: 3,
        of: 5,
        condition: Box::new(greater(Expression::Variable(OWN), 0.9)),
    });
    let mut world = World::new(rules(vec![often]));
    for used in [0.97, 0.5, 0.97, 0.5] {
        world.disks_for(Duration::from_secs(15), &[("/var", used)]);
    }
    world.silence(MINUTE);
    check(&world, &[]);
    world.disks_for(Duration::from_secs(15), &[("/var", 0.97)]);
    check(&world, &["r /var warning"]);
    world.disks_for(Duration::from_secs(45), &[("/var", 0.5)]);
    check(&world, &["r /var warning", "r /var ok Recovered"]);
}

#[test]
fn a_change_is_seen_at_once_and_forgotten_after_its_window() {
    let changed = on_disk(Expression::Changed { of: OWN, over: TEN });
    let mut world = World::new(rules(vec![changed]));
    world.disks_for(MINUTE, &[("/var", 0.5)]);
    check(&world, &[]);
    world.disks_for(11 * MINUTE, &[("/var", 0.6)]);
    check(&world, &["r /var warning", "r /var ok Recovered"]);
}

#[test]
fn absence_is_only_what_a_probe_looked_for_and_did_not_find() {
    let absent = || on_disk(Expression::Absent { of: OWN, over: TEN });
    let mut world = World::new(rules(vec![absent()]));
    world.disks_for(MINUTE, &[("/var", 0.5)]);
    world.silence(20 * MINUTE);
    check(&world, &[]);
    let mut world = World::new(rules(vec![absent()]));
    world.disks_for(MINUTE, &[("/var", 0.5)]);
    world.disks_for(11 * MINUTE, &[]);
    check(&world, &["r /var warning"]);
    world.disks_for(MINUTE, &[("/var", 0.5)]);
    check(&world, &["r /var warning", "r /var ok Recovered"]);
}

#[test]
fn a_rule_sees_other_series_of_the_same_thing_and_not_of_another() {
    let mut rule = on_disk(Expression::Truth(true));
    rule.with = vec![(
        "free".into(),
        vedette_wire::metric::FILESYSTEM_AVAILABLE.into(),
    )];
    let names = rule.names();
    let little = compare(&names, "free", Comparison::Less, 10.0);
    rule.warning = condition(&little);
    let mut world = World::new(rules(vec![rule]));
    let free = |at: &str, free: f64| {
        let mut sample = disk(at, free);
        sample.name = vedette_wire::metric::FILESYSTEM_AVAILABLE.into();
        sample
    };
    let mut round = world.round();
    round.samples = vec![
        disk("/a", 0.5),
        disk("/b", 0.5),
        disk("/c", 0.5),
        free("/a", 1.0),
        free("/b", 100.0),
    ];
    world.report(round);
    check(&world, &["r /a warning"]);
    // Without it, nothing is known: it stays.
    world.disks_for(10 * MINUTE, &[("/a", 0.5)]);
    check(&world, &["r /a warning"]);
}

#[test]
fn rules_that_cannot_be_judged_are_refused() {
    let fault = |rules: Vec<Rule>| RuleSet::new(rules, MINUTE, MINUTE).unwrap_err();
    let sound = || on_disk(Expression::Truth(true));
    assert_eq!(
        fault(vec![sound(), sound()]),
        RuleFault::NameTwice("r".into())
    );
    assert_eq!(
        fault(vec![rule("r", On::Host)]),
        RuleFault::NoCondition("r".into())
    );
    let mut of_host = rule("r", On::Host);
    of_host.warning = condition(&Expression::Changed { of: OWN, over: TEN });
    assert_eq!(fault(vec![of_host]), RuleFault::Variable("r".into()));
    let many = (0..1_001)
        .map(|at| {
            let mut rule = sound();
            rule.name = format!("r{at}").into();
            rule
        })
        .collect();
    assert_eq!(fault(many), RuleFault::TooManyRules);
}

fn on_disk(warning: Expression) -> Rule {
    Rule {
        warning: condition(&warning),
        ..rule("r", On::Metric(DISK.into()))
    }
}

fn greater(left: Expression, limit: f64) -> Expression {
    Expression::Compare(
        Comparison::Greater,
        Box::new(left),
        Box::new(Expression::Number(limit)),
    )
}

#[track_caller]
fn check(world: &World, expected: &[&str]) {
    assert_eq!(world.log, expected);
}
