//! What was measured before a start fills windows, and can be judged once more.

#![allow(clippy::unwrap_used)]

mod detect_world;

use std::time::Duration;

use detect_world::*;
use vedette_triage::detect::{
    Aggregate, Comparison, Expression, On, Recalled, Rule, Settled, Summary, Variable,
};
use vedette_triage::{Says, Timestamp};
use vedette_wire::Sample;

const TEN: Duration = Duration::from_secs(600);
const KNOWN_FOR: Duration = Duration::from_secs(90);

/// The mean of ten minutes is above 0.9.
fn mean_rule() -> Rule {
    let mean = Expression::Aggregate {
        function: Aggregate::Average,
        of: Variable::OWN,
        over: TEN,
    };
    let high = Expression::Compare(
        Comparison::Greater,
        Box::new(mean),
        Box::new(Expression::Number(0.9)),
    );
    Rule {
        warning: condition(&high),
        ..rule("mean", On::Metric(DISK.into()))
    }
}

/// A value each quarter of a minute, up to then.
fn values(end: Timestamp, minutes: u32, used: f64) -> Vec<Summary> {
    let ago = |quarter: u32| end.before(Duration::from_secs(15) * quarter);
    (0..=minutes * 4)
        .rev()
        .map(|quarter| Summary::of(ago(quarter), used))
        .collect()
}

fn recall(world: &mut World, series: &Sample, values: &[Summary]) {
    let recalled = Recalled {
        series,
        known_for: KNOWN_FOR,
        values,
    };
    world.watch.recall(std::iter::once(recalled), &world.rules);
}

#[test]
fn after_a_restart_a_window_is_as_full_as_what_is_recalled() {
    for (minutes, expected) in [(10, vec!["mean /var warning"]), (5, vec![])] {
        let mut world = World::new(rules(vec![mean_rule()]));
        world.disks(&[("/var", 0.1)]);
        world.restart(MINUTE);
        let end = world.now.before(Duration::from_secs(20));
        recall(&mut world, &disk("/var", 0.0), &values(end, minutes, 0.97));
        assert!(
            world.log.is_empty(),
            "nothing is judged by what is only recalled"
        );
        world.disks(&[("/var", 0.97)]);
        assert_eq!(world.log, expected, "{minutes} minutes are recalled");
    }
}

#[test]
fn what_is_older_than_what_is_known_is_not_taken() {
    let mut world = World::new(rules(vec![mean_rule()]));
    world.disks_for(TEN, &[("/var", 0.1)]);
    let end = world.now.before(MINUTE);
    recall(&mut world, &disk("/var", 0.0), &values(end, 10, 5.0));
    world.disks(&[("/var", 0.1)]);
    assert!(world.log.is_empty());
}

#[test]
fn what_no_rule_looks_at_is_not_kept() {
    let mut world = World::new(rules(vec![mean_rule()]));
    world.disks(&[("/var", 0.1)]);
    let other = Sample {
        name: "system.memory.utilization".into(),
        ..disk("/var", 0.0)
    };
    let end = world.now;
    let kept = values(end, 1, 1.0);
    let recalled = Recalled {
        series: &other,
        known_for: KNOWN_FOR,
        values: &kept,
    };
    assert_eq!(
        world.watch.recall(std::iter::once(recalled), &world.rules),
        0
    );
}

#[test]
fn what_is_lived_through_once_more_is_found_as_it_was_the_first_time() {
    let series = disk("/var", 0.0);
    let mut first = World::new(all_rules());
    let mut again = World::new(all_rules());
    let mut found = Vec::new();
    for step in 0..60_u32 {
        let used = if (8..40).contains(&step) { 0.92 } else { 0.5 };
        first.disks(&[("/var", used)]);
        let at = first.now;
        let value = [Summary::of(at, used)];
        let recalled = Recalled {
            series: &series,
            known_for: KNOWN_FOR,
            values: &value,
        };
        let observed = again
            .watch
            .relive(at, std::iter::once(recalled), &again.rules);
        for of in observed.found {
            again.watch.settle(&of.identity, Settled::Committed);
            let word = match &of.says {
                Says::Firing { severity, .. } => severity.as_str(),
                Says::Ok { .. } => "ok Recovered",
            };
            found.push(format!("{} /var {word}", of.rule));
        }
        first.now = first.now.after(Duration::from_secs(15));
    }
    assert_eq!(found, first.log);
    assert_eq!(found, ["disk /var warning", "disk /var ok Recovered"]);
}
