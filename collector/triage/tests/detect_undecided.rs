//! What becomes of a rule that cannot decide anything: it says so after a while, and no sooner.

#![allow(clippy::unwrap_used)]

mod detect_world;

use std::time::Duration;

use detect_world::*;
use vedette_triage::detect::{Aggregate, Comparison, Expression, Names, On, Rule, Variable};
use vedette_wire::{Sample, metric};

const HOUR: Duration = Duration::from_secs(3_600);
const HALF: Duration = Duration::from_secs(1_800);

/// Full, and little free: what is free need not be measured.
fn both_rule() -> Rule {
    let rule = Rule {
        with: vec![("free".to_owned(), metric::FILESYSTEM_AVAILABLE.into())],
        ..rule("both", On::Metric(DISK.into()))
    };
    let names = rule.names();
    let full = compare(&names, "value", Comparison::Greater, 0.9);
    let short = compare(&names, "free", Comparison::Less, 1e9);
    Rule {
        warning: condition(&Expression::And(Box::new(full), Box::new(short))),
        ..rule
    }
}

/// On an average over half an hour.
fn average_rule() -> Rule {
    let average = Expression::Aggregate {
        function: Aggregate::Average,
        of: Variable::OWN,
        over: HALF,
    };
    let above = Expression::Compare(
        Comparison::Greater,
        Box::new(average),
        Box::new(Expression::Number(2.0)),
    );
    Rule {
        warning: condition(&above),
        ..rule("average", On::Metric(DISK.into()))
    }
}

fn undecided_rule() -> Rule {
    let rule = rule("undecided", On::Metric(metric::RULE_UNDECIDED.into()));
    let names = rule.names();
    let lasts = compare(&names, Names::VALUE, Comparison::Greater, 0.0);
    Rule {
        warning: condition(&lasts),
        ..rule
    }
}

fn world() -> World {
    World::new(rules(vec![both_rule(), average_rule(), undecided_rule()]))
}

/// Reports what is used and free for a while.
fn report_for(world: &mut World, long: Duration, used: f64, free: Option<f64>) {
    let end = world.now.after(long);
    while world.now < end {
        let mut round = world.round();
        let used = disk("/", used);
        round.samples.extend(free.map(|free| Sample {
            name: metric::FILESYSTEM_AVAILABLE.to_owned(),
            value: free,
            ..used.clone()
        }));
        round.samples.push(used);
        world.report(round);
        world.time();
        world.now = world.now.after(Duration::from_secs(15));
    }
}

#[test]
fn a_rule_that_lacks_what_it_compares_says_so_after_an_hour_and_when_it_is_over() {
    let mut world = world();
    report_for(&mut world, 59 * MINUTE, 0.95, None);
    check(&world, &[]);
    report_for(&mut world, 3 * MINUTE, 0.95, None);
    check(&world, &["undecided both warning"]);
    report_for(&mut world, 3 * MINUTE, 0.95, Some(5e9));
    check(
        &world,
        &["undecided both warning", "undecided both ok Recovered"],
    );
}

#[test]
fn a_rule_that_can_decide_without_it_is_not_undecided() {
    let mut world = world();
    report_for(&mut world, 3 * HOUR, 0.50, None);
    check(&world, &[]);
}

#[test]
fn a_window_that_never_fills_is_waited_for_twice_as_long_and_told_then() {
    let mut world = world();
    let bits_of_reports = |world: &mut World, count: u32| {
        for _ in 0..count {
            report_for(world, 15 * MINUTE, 0.50, None);
            world.silence(9 * MINUTE);
        }
    };
    bits_of_reports(&mut world, 4);
    check(&world, &[]);
    bits_of_reports(&mut world, 3);
    check(&world, &["undecided average warning"]);
}

#[test]
fn what_is_over_is_over_after_a_restart_too() {
    let mut world = world();
    report_for(&mut world, 65 * MINUTE, 0.95, None);
    check(&world, &["undecided both warning"]);
    world.restart(MINUTE);
    report_for(&mut world, 5 * MINUTE, 0.95, Some(5e9));
    check(
        &world,
        &["undecided both warning", "undecided both ok Recovered"],
    );
}

#[track_caller]
fn check(world: &World, expected: &[&str]) {
    assert_eq!(world.log, expected);
}
