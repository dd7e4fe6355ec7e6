//! What stands in a digest beside alerts: rules that could be quieter, exceptions that end; and when
//! all of a digest is over.

use std::sync::Arc;

use vedette_triage::detect::{Condition as Test, Effect, Exception, Expression, On, Rule, RuleSet};
use vedette_triage::{
    Action, Close, Facts, Input, ListOf, Listing, Matchers, Noisy, Phase, Quieter, Reason,
    Severity, Timestamp,
};
use vedette_triage::{Handling, limits, next_digest};

use crate::support::*;

const DAY: u64 = 24;
const WEEK: u64 = 7 * DAY;

#[test]
fn a_rule_that_could_be_quieter_is_worth_a_digest_with_the_text_to_paste() {
    let mut world = planned();
    world.pass(hours(DAY - 1));
    let noisy = noisy("disk", world.now, true);
    found(&mut world, &[noisy]);
    world.pass(hours(1));
    let listing = opened(&mut world).list.unwrap();
    assert_eq!(listing.title, "1 rule that could be quieter; 1 new");
    let [group] = &listing.groups[..] else {
        panic!("{listing:?}");
    };
    assert_eq!(
        group.heading,
        "disk made 41 tickets in 7 days; 33 were over before anybody did anything"
    );
    assert_eq!(
        group.says,
        [
            "Warn at 93 % instead of 90 %: 33 of 41 tickets fewer, none missed that anybody worked on, that became worse or lasted an hour. Tried on what was measured since Saturday.",
            "To be pasted into the [[rule]] in rules/disk.toml:"
        ]
    );
    assert_eq!(group.paste, ["params = { warn_used = 0.93 }"]);
    world.tells(&[]);
}

#[test]
fn what_a_rule_only_cost_is_said_where_there_is_a_digest_and_makes_none() {
    let mut world = planned();
    let untried = Noisy {
        unattended: 0,
        quieter: Quieter::Untried {
            why: "nothing is measured yet".into(),
        },
        ..noisy("memory", world.now, false)
    };
    world.pass(hours(DAY - 1));
    let all = [noisy("disk", world.now, false), untried];
    found(&mut world, &all);
    world.pass(hours(1));
    world.tells(&[]);
    world.fire(&little("inodes", "h-1"));
    world.pass(hours(WEEK - 1));
    found(&mut world, &all);
    world.pass(hours(1));
    let listing = opened(&mut world).list.unwrap();
    assert_eq!(listing.title, "1 host with inodes; 1 new");
    let says: Vec<&str> = listing.groups[1..]
        .iter()
        .map(|group| group.says[0].as_str())
        .collect();
    assert_eq!(
        says,
        [
            "Nothing else makes it quieter without missing what mattered: 12 changes were tried on what was measured since Saturday.",
            "Whether anything would have helped is not known: nothing is measured yet."
        ]
    );
    assert!(listing.groups.iter().all(|group| group.paste.is_empty()));
}

#[test]
fn what_was_found_long_before_is_not_said_and_what_helps_no_more_is_gone() {
    let mut world = planned();
    world.fire(&little("inodes", "h-1"));
    let costly = noisy("disk", world.now, true);
    world.pass(hours(DAY - 1));
    found(&mut world, &[costly]);
    world.pass(hours(1));
    let first = opened(&mut world).list.unwrap();
    assert_eq!(
        first.title,
        "1 host with inodes, 1 rule that could be quieter; 2 new"
    );
    world.pass(hours(WEEK));
    assert_eq!(told(&mut world).0, Action::Resolve);
    let next = opened(&mut world).list.unwrap();
    assert_eq!(next.title, "1 host with inodes; 1 still, 1 gone");
    assert_eq!(next.groups[1].lines, ["disk could be quieter"]);
}

#[test]
fn only_a_team_with_digests_is_told_and_only_of_the_noisiest() {
    let mut world = planned();
    let all: Vec<Noisy> = ["disk", "inodes", "memory", "shadowed"]
        .iter()
        .map(|rule| noisy(rule, world.now, true))
        .collect();
    let decision = found(&mut world, &all);
    let said = decision.entries.iter().map(|entry| &entry.reason);
    let expected = Reason::NoiseFound {
        team: "it-ops".into(),
        rules: 3,
        quieter: 3,
    };
    assert_eq!(said.collect::<Vec<_>>(), [&expected]);
    let state = world.engine.state();
    let kept = &state.digest("it-ops").unwrap().noisy;
    assert_eq!(kept.len(), limits::NOISY_TOLD_MAX);
    assert!(state.digest("linux").unwrap().noisy.is_empty());
    let decision = world.input(&Input::NoiseFound {
        team: "nobody".into(),
        noisy: all,
    });
    assert!(decision.changes.is_empty() && decision.entries.is_empty());
}

#[test]
fn an_exception_that_ends_stands_in_the_digest_of_its_owners_team_two_weeks_before() {
    let mut world = planned();
    world.policy.persons.insert("ops1".into(), "it-ops".into());
    // The digests are after 1, 8, 15, 22 and 29 days.
    let end = world.now.after(hours(28 * DAY));
    world.change_policy(|policy| policy.detection = excepted("ops1", end));
    world.pass(hours(DAY));
    world.tells(&[]);
    world.pass(hours(WEEK));
    let listing = opened(&mut world).list.unwrap();
    assert_eq!(listing.title, "1 exception that ends soon; 1 new");
    assert_eq!(
        listing.groups[0].lines,
        ["+ in 20 days: disk where host=\"nas-1\": off, of ops1 (it is meant to be full)"]
    );
    world.pass(hours(2 * WEEK));
    world.told.clear();
    let state = world.engine.state();
    let says = next_digest((state, &world.policy), world.now, "it-ops").unwrap();
    assert_eq!(says.title, "1 exception that ends soon; 1 still");
    assert!(says.groups[0].lines[0].starts_with("in 6 days: "));
    assert_eq!(
        next_digest((state, &world.policy), world.now, "linux"),
        None
    );
}

#[test]
fn an_exception_of_nobody_who_is_known_is_the_first_teams_and_gone_when_it_is_taken_back() {
    let mut world = planned();
    let end = world.now.after(hours(10 * DAY));
    world.change_policy(|policy| policy.detection = excepted("lin1", end));
    world.fire(&little("inodes", "h-1"));
    world.pass(hours(DAY));
    let listing = opened(&mut world).list.unwrap();
    assert_eq!(
        listing.title,
        "1 host with inodes, 1 exception that ends soon; 2 new"
    );
    world.change_policy(|policy| policy.detection = Arc::default());
    world.pass(hours(WEEK));
    assert_eq!(told(&mut world).0, Action::Resolve);
    let listing = opened(&mut world).list.unwrap();
    assert_eq!(listing.title, "1 host with inodes; 1 still, 1 gone");
    assert_eq!(
        listing.groups[1].lines,
        ["disk where host=\"nas-1\": off, of lin1"]
    );
}

#[test]
fn a_digest_closes_when_all_of_it_is_over_and_what_is_new_waits_for_the_next() {
    let mut world = planned();
    let (one, other) = (little("disk", "h-1"), little("disk", "h-2"));
    world.fire(&one);
    world.fire(&other);
    world.pass(hours(DAY));
    let first = opened(&mut world).incident;
    world.clear(&one);
    world.fire(&little("memory", "h-3"));
    world.pass(hours(2 * DAY));
    world.tells(&[]);
    world.clear(&other);
    world.pass(hours(DAY) + minutes(6));
    let (action, facts) = told(&mut world);
    assert_eq!((action, facts.incident), (Action::Resolve, first));
    assert_eq!(
        world.incident(first.0).close.as_deref(),
        Some(&Close::Cleared)
    );
    world.pass(hours(4 * DAY) - minutes(6));
    let next = opened(&mut world).list.unwrap();
    assert_eq!(next.title, "1 host with memory; 1 new, 2 gone");
    assert_eq!(open_digests(&world), 1);
}

#[test]
fn what_is_found_over_after_a_week_of_downtime_is_closed_once() {
    let mut world = planned();
    let disk = little("disk", "h-1");
    world.fire(&disk);
    world.pass(hours(DAY));
    opened(&mut world);
    let down_since = world.now;
    world.now = world.now.after(hours(3 * DAY));
    world.input(&Input::Started { down_since });
    world.clear(&disk);
    world.pass(hours(DAY) + minutes(10));
    assert_eq!(told(&mut world).0, Action::Resolve);
    world.pass(hours(2 * WEEK));
    world.tells(&[]);
}

fn found(world: &mut World, noisy: &[Noisy]) -> vedette_triage::Decision {
    world.input(&Input::NoiseFound {
        team: "it-ops".into(),
        noisy: noisy.to_vec(),
    })
}

/// Each team's digest is a day from now, and then every week.
fn planned() -> World {
    let mut world = World::new();
    let first = world.now.after(hours(DAY));
    world.change_policy(|policy| {
        let moments: Vec<Timestamp> = (0..12)
            .map(|week| first.after(hours(week * WEEK)))
            .collect();
        let teams = policy.teams.iter();
        let digests = teams.map(|team| (team.name.clone(), moments.clone()));
        policy.digests = Arc::new(digests.collect());
    });
    world
}

/// A rule with an exception.
fn excepted(owner: &str, until: Timestamp) -> Arc<RuleSet> {
    let exception = Exception {
        matchers: Matchers::parse(&["host=\"nas-1\"".to_owned()]).unwrap(),
        effect: Effect::Off,
        until,
        owner: owner.into(),
        why: "it is meant to be full".into(),
        is_made: false,
    };
    let rule = Rule {
        name: "disk".into(),
        component: "storage".into(),
        handling: std::collections::BTreeMap::new(),
        on: On::Metric("system.filesystem.utilization".into()),
        matchers: Matchers::default(),
        with: Vec::new(),
        params: Vec::new(),
        exceptions: vec![exception],
        warning: Some(Arc::new(
            Test::compile(&Expression::Truth(true), "true").unwrap(),
        )),
        critical: None,
        warning_for: minutes(5),
        critical_for: minutes(5),
        warning_clear: None,
        critical_clear: None,
        trend: None,
        evidence: Vec::new(),
        depends_on: Vec::new(),
        shadow: false,
    };
    Arc::new(RuleSet::new(vec![rule], minutes(5), hours(DAY)).unwrap())
}

fn little(rule: &str, host: &str) -> Condition {
    let little = condition(rule, host).severity(Severity::Warning);
    little.worth(Handling::Digest)
}

/// The next thing told, which opens a digest.
#[track_caller]
fn opened(world: &mut World) -> Facts {
    let (action, facts) = told(world);
    let of = facts.list.as_ref().map(|Listing { of, .. }| *of);
    assert_eq!((action, of), (Action::Open, Some(ListOf::Digest)));
    facts
}

#[track_caller]
fn told(world: &mut World) -> (Action, Facts) {
    let delivery = world.told.pop_front().expect("something is told");
    (delivery.action, Facts::clone(&delivery.facts))
}

fn open_digests(world: &World) -> usize {
    let incidents = world.engine.state().incidents();
    let digests = incidents.filter(|incident| incident.list == Some(ListOf::Digest));
    digests
        .filter(|incident| !matches!(incident.phase, Phase::Resolved | Phase::Closed))
        .count()
}
