//! Why nothing fires: what comes nearest to it, and by which comparison it does not.

#![allow(clippy::unwrap_used)]

mod detect_world;

use detect_world::*;
use vedette_triage::detect::{
    Comparison, Effect, Exception, Expression, Level, Nearby, On, Rule, Sight, Truth, Usual,
    Variable,
};
use vedette_triage::{Matchers, Severity};
use vedette_wire::{Sample, metric};

const FREE: &str = metric::FILESYSTEM_AVAILABLE;

/// Warning above 0.90 with less than 20 left, critical above 0.95.
fn space_rule() -> Rule {
    let rule = Rule {
        with: vec![("free".into(), FREE.into())],
        params: vec![("least".into(), 20.0)],
        ..rule("space", On::Metric(DISK.into()))
    };
    let names = rule.names();
    let variable = |name: &str| Expression::Variable(names.find(name).unwrap());
    let used = |limit| compare(&names, "value", Comparison::Greater, limit);
    let short = Expression::Compare(
        Comparison::Less,
        Box::new(variable("free")),
        Box::new(variable("least")),
    );
    Rule {
        warning: condition(&Expression::And(Box::new(used(0.90)), Box::new(short))),
        critical: condition(&used(0.95)),
        warning_for: 5 * MINUTE,
        ..rule
    }
}

impl World {
    /// One report with a file system and what is left there.
    fn space(&mut self, mountpoint: &str, used: f64, free: Option<f64>) {
        let mut round = self.round();
        let used = disk(mountpoint, used);
        round.samples = free
            .map(|free| Sample {
                name: FREE.into(),
                value: free,
                ..used.clone()
            })
            .into_iter()
            .chain([used])
            .collect();
        self.report(round);
    }

    fn nearest(&self, only: Option<&str>) -> Vec<Nearby> {
        self.watch.nearest(&self.rules, only, 10)
    }
}

/// `thing severity truth: subject value bound truth, ...`
fn words(nearby: &Nearby) -> String {
    let clauses: Vec<String> = nearby
        .near
        .clauses
        .iter()
        .map(|clause| {
            let bound = match clause.bound {
                Some((Comparison::Greater, bound)) => format!("> {bound}"),
                Some((Comparison::Less, bound)) => format!("< {bound}"),
                other => format!("{other:?}"),
            };
            format!(
                "{} {} {bound} {:?}",
                clause.subject, clause.value, clause.holds
            )
        })
        .collect();
    format!(
        "{} {} {:?}: {}",
        nearby.thing.get("mountpoint").unwrap_or(""),
        nearby.next.as_str(),
        nearby.near.holds,
        clauses.join(", ")
    )
}

#[test]
fn what_is_near_is_told_by_the_comparisons_that_hold_and_those_that_do_not() {
    let mut world = World::new(rules(vec![space_rule()]));
    world.space("/var", 0.91, Some(31.0));
    let nearest = world.nearest(None);
    assert_eq!(
        nearest.iter().map(words).collect::<Vec<_>>(),
        ["/var warning False: utilization 0.91 > 0.9 True, free 31 < 20 False"]
    );
    let clauses = &nearest[0].near.clauses;
    let metrics: Vec<_> = clauses
        .iter()
        .map(|clause| clause.metric.as_deref())
        .collect();
    assert_eq!(metrics, [Some(DISK), Some(FREE)]);
}

#[test]
fn the_nearest_comes_first_and_what_fires_is_not_among_them() {
    let mut world = World::new(all_rules());
    let disks = [("/a", 0.30), ("/b", 0.89), ("/c", 0.97), ("/d", 0.60)];
    world.disks_for(6 * MINUTE, &disks);
    let order: Vec<String> = world
        .nearest(None)
        .iter()
        .map(|nearby| nearby.thing.get("mountpoint").unwrap().to_owned())
        .collect();
    assert_eq!(order, ["/b", "/d", "/a"]);
}

#[test]
fn what_holds_already_but_not_long_enough_says_since_when() {
    let mut world = World::new(all_rules());
    world.disks_for(2 * MINUTE, &[("/var", 0.92)]);
    let nearest = world.nearest(None);
    assert_eq!(nearest[0].near.holds, Truth::True);
    assert_eq!(nearest[0].since, Some(start()));
    assert_eq!(nearest[0].next, Severity::Warning);
}

#[test]
fn what_is_not_known_is_not_near_and_says_what_is_missing() {
    let mut world = World::new(rules(vec![space_rule()]));
    world.space("/var", 0.91, None);
    assert_eq!(world.nearest(None), []);
    let asked = world.nearest(Some("space"));
    assert_eq!(asked[0].near.holds, Truth::Unknown);
    let free = &asked[0].near.clauses[1];
    assert!(free.value.is_nan() && free.subject == "free");
}

#[test]
fn before_enough_days_were_seen_it_says_how_many_it_takes() {
    let rule = rule("unusual", On::Metric(DISK.into()));
    let far = Expression::Compare(
        Comparison::Greater,
        Box::new(Expression::Anomaly {
            of: Variable::OWN,
            days: 7,
        }),
        Box::new(Expression::Number(8.0)),
    );
    let mut world = World::new(rules(vec![Rule {
        warning: condition(&far),
        ..rule
    }]));
    world.disks_for(MINUTE, &[("/var", 0.5)]);
    let near = world.nearest(Some("unusual")).remove(0).near;
    assert_eq!(near.holds, Truth::Unknown);
    let against = near.clauses[0].against.clone().unwrap();
    assert_eq!(against.usual, Usual::WarmingUp { days: 0, needed: 4 });
    assert!((against.lately - 0.5).abs() < 1e-9);
}

#[test]
fn of_a_rule_that_is_named_all_is_told_whether_it_fires_or_not() {
    let mut world = World::new(all_rules());
    world.disks_for(6 * MINUTE, &[("/var", 0.92), ("/", 0.1)]);
    let asked = world.nearest(Some("disk"));
    let standing: Vec<(Level, Severity)> = asked
        .iter()
        .map(|nearby| (nearby.level, nearby.next))
        .collect();
    assert_eq!(
        standing,
        [
            (Level::Warning, Severity::Critical),
            (Level::Ok, Severity::Warning)
        ]
    );
    assert_eq!(world.nearest(Some("no-such-rule")), []);
}

#[test]
fn where_an_exception_switches_a_rule_off_it_says_so() {
    let mut off = disk_rule();
    off.exceptions = vec![Exception {
        matchers: Matchers::parse(&[r#"mountpoint="/var""#]).unwrap(),
        effect: Effect::Off,
        until: start().after(60 * MINUTE),
        owner: "ops1".into(),
        why: "meant to be full".into(),
        is_made: false,
    }];
    let mut world = World::new(rules(vec![off]));
    world.disks(&[("/var", 0.97), ("/srv", 0.5)]);
    assert_eq!(world.nearest(None).len(), 1);
    let asked = world.nearest(Some("disk"));
    let is_off: Vec<bool> = asked.iter().map(|nearby| nearby.is_off).collect();
    assert_eq!(is_off, [true, false]);
}

#[test]
fn what_a_rule_has_to_look_at_is_told() {
    let mut world = World::new(all_rules());
    let sight = |world: &World, rule: &str| {
        let rule = world.rules.get(rule).unwrap();
        world.watch.sight(rule)
    };
    assert_eq!(sight(&world, "disk"), Sight::Nothing);
    let mut round = world.round();
    let mut read_only = disk("/media", 1.0);
    read_only.attributes.insert("mode".into(), "ro".into());
    round.samples = vec![read_only];
    world.report(round);
    assert_eq!(sight(&world, "disk"), Sight::NoneMatches);
    world.now = world.now.after(MINUTE);
    world.disks(&[("/var", 0.5)]);
    assert_eq!(sight(&world, "disk"), Sight::Something);
    assert_eq!(sight(&world, "unplanned-reboot"), Sight::NoSeries);
}
