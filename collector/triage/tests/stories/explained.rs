//! What one alert keeps another from opening: by an inhibition rule, or because its rule depends
//! on the other's.

use std::sync::Arc;

use vedette_triage::{
    AlertId, Close, End, Handling, Inhibition, Input, Labels, Matchers, Outcome, Phase, Policy,
    Severity, Suppression, limits,
};

use crate::support::*;

/// `memory` explains `inodes` on the same host.
fn depends(policy: &mut Policy) {
    let mut child = rule("inodes");
    child.depends_on = vec!["memory".into()];
    policy.rules.insert("inodes".into(), child);
}

fn dependent() -> World {
    let mut world = World::new();
    depends(&mut world.policy);
    world
}

/// Conditions of other components, so that each has an incident of its own.
fn of(rule: &str, host: &str) -> Condition {
    let mut condition = condition(rule, host);
    condition.component = rule.into();
    condition
}

fn explained_by(world: &World, incident: u64) -> Option<AlertId> {
    match world.incident(incident).suppressed.as_deref()? {
        Suppression::DependsOn { alert, .. } | Suppression::Inhibited { alert, .. } => Some(*alert),
        _ => None,
    }
}

#[test]
fn what_another_alert_of_the_host_explains_opens_nothing() {
    let mut world = dependent();
    world.fire(&of("memory", "db-7"));
    world.tells(&["desk open 0"]);
    world.fire(&of("inodes", "db-7"));
    world.pass(hours(3));
    world.tells(&[]);
    assert_eq!(explained_by(&world, 1), Some(AlertId(0)));
}

#[test]
fn an_alert_of_another_host_explains_nothing() {
    let mut world = dependent();
    world.fire(&of("memory", "db-8"));
    world.fire(&of("inodes", "db-7"));
    world.pass(limits::SETTLE);
    world.tells(&["desk open 0", "desk open 1"]);
}

#[test]
fn what_may_be_explained_waits_for_the_next_report_however_urgent_it_is() {
    let mut world = dependent();
    world.fire(&of("inodes", "db-7").worth(Handling::Page));
    assert!(matches!(
        world.incident(0).suppressed.as_deref(),
        Some(Suppression::Settling { .. })
    ));
    world.pass(seconds(15));
    world.fire(&of("memory", "db-7"));
    world.pass(minutes(30));
    world.tells(&["desk open 1"]);
    assert_eq!(explained_by(&world, 0), Some(AlertId(1)));
}

#[test]
fn what_nothing_explains_opens_when_it_has_settled() {
    let mut world = dependent();
    world.fire(&of("inodes", "db-7"));
    world.pass(limits::SETTLE - seconds(1));
    world.tells(&[]);
    world.pass(seconds(1));
    world.tells(&["desk open 0"]);
}

#[test]
fn what_becomes_worse_waits_again_whether_something_explains_that() {
    let mut world = dependent();
    let warning = of("inodes", "db-7").severity(Severity::Warning);
    world.fire(&warning);
    world.pass(seconds(90));
    world.fire(&warning.severity(Severity::Critical));
    world.tells(&[]);
    world.pass(seconds(10));
    world.fire(&of("memory", "db-7"));
    world.pass(hours(1));
    world.tells(&["desk open 1"]);
}

#[test]
fn what_depends_on_nothing_does_not_wait() {
    let mut world = dependent();
    world.fire(&of("disk", "db-7"));
    world.tells(&["desk open 0"]);
}

#[test]
fn it_opens_when_it_outlasts_what_explained_it() {
    let mut world = dependent();
    let memory = of("memory", "db-7");
    world.fire(&memory);
    world.fire(&of("inodes", "db-7"));
    world.pass(hours(1));
    world.clear(&memory);
    world.pass(limits::SETTLE - seconds(1));
    world.tells(&["desk open 0"]);
    world.pass(seconds(1));
    world.tells(&["desk open 1"]);
}

#[test]
fn what_clears_with_what_explained_it_is_told_to_nobody() {
    let mut world = dependent();
    let (memory, inodes) = (of("memory", "db-7"), of("inodes", "db-7"));
    world.fire(&memory);
    world.fire(&inodes);
    world.pass(hours(1));
    world.clear(&memory);
    world.pass(seconds(15));
    world.clear(&inodes);
    world.pass(hours(1));
    world.tells(&["desk open 0", "desk resolve 0"]);
    assert_eq!(
        world.incident(1).close.as_deref(),
        Some(&Close::ClearedWhileSuppressed)
    );
}

#[test]
fn what_was_open_before_stays_open_and_is_closed() {
    let mut world = dependent();
    let inodes = of("inodes", "db-7");
    world.fire(&inodes);
    world.pass(limits::SETTLE);
    world.fire(&of("memory", "db-7"));
    world.tells(&["desk open 0", "desk open 1"]);
    assert_eq!(world.incident(0).phase, Phase::Open);
    world.clear(&inodes);
    world.pass(minutes(5));
    world.tells(&["desk resolve 0"]);
}

#[test]
fn what_fires_again_under_what_explains_it_does_not_reopen_its_ticket() {
    let mut world = dependent();
    let (memory, inodes) = (of("memory", "db-7"), of("inodes", "db-7"));
    world.fire(&inodes);
    world.pass(minutes(1));
    world.clear(&inodes);
    world.pass(minutes(5));
    world.told();
    world.fire(&inodes);
    world.pass(seconds(5));
    world.fire(&memory);
    world.pass(hours(1));
    world.tells(&["desk open 1"]);
    world.clear(&memory);
    world.pass(limits::SETTLE);
    world.tells(&["desk reopen 0"]);
}

#[test]
fn rules_that_depend_on_each_other_explain_nothing() {
    let mut world = dependent();
    let mut circle = rule("memory");
    circle.depends_on = vec!["inodes".into()];
    world.policy.rules.insert("memory".into(), circle);
    world.fire(&of("memory", "db-7"));
    world.fire(&of("inodes", "db-7"));
    world.pass(limits::SETTLE);
    world.tells(&["desk open 0", "desk open 1"]);
}

#[test]
fn a_new_policy_explains_what_is_untold_and_explains_it_no_more() {
    let mut world = World::new();
    world.fire(&of("memory", "db-7"));
    world.fire(&of("inodes", "db-7").severity(Severity::Warning));
    world.change_policy(depends);
    world.pass(hours(1));
    world.tells(&["desk open 0"]);
    world.change_policy(|policy| drop(policy.rules.insert("inodes".into(), rule("inodes"))));
    world.tells(&["desk open 1"]);
}

#[test]
fn the_collectors_downtime_does_not_use_up_the_wait() {
    let mut world = dependent();
    world.fire(&of("inodes", "db-7"));
    world.pass(seconds(10));
    let down_since = world.now;
    world.now = world.now.after(minutes(10));
    world.input(&Input::Started { down_since });
    world.tick();
    world.tells(&[]);
    world.pass(limits::SETTLE - seconds(11));
    world.tells(&[]);
    world.pass(seconds(1));
    world.tells(&["desk open 0"]);
}

/// Alertmanager's own example: a job that is down explains its instances.
fn job_down(equal: &[&str]) -> Inhibition {
    Inhibition {
        name: "job".into(),
        source: Matchers::parse(&["alertname=\"JobDown\""]).unwrap(),
        target: Matchers::parse(&["alertname=\"InstanceDown\""]).unwrap(),
        equal: equal.iter().map(|name| (*name).to_owned()).collect(),
    }
}

fn inhibited(inhibitions: Vec<Inhibition>) -> World {
    let mut world = World::new();
    world.policy.inhibitions = Arc::new(inhibitions);
    world
}

fn posted(name: &str, job: &str, zone: &str) -> Labels {
    labels([
        ("alertname", name),
        ("job", job),
        ("zone", zone),
        ("instance", zone),
        ("severity", "critical"),
    ])
}

#[test]
fn an_alert_is_inhibited_where_both_agree_and_opens_when_the_source_has_ended() {
    let mut world = inhibited(vec![job_down(&["job", "zone"])]);
    let source = posted("JobDown", "db", "a");
    world.post(&source);
    world.post(&posted("InstanceDown", "db", "a"));
    world.post(&posted("InstanceDown", "db", "b"));
    world.pass(minutes(1));
    world.tells(&["desk open 0", "desk open 2"]);
    assert_eq!(explained_by(&world, 1), Some(AlertId(0)));
    world.post_end(&source, End::SaidBySender);
    world.tells(&["desk resolve 0"]);
    world.pass(limits::SETTLE);
    world.tells(&["desk open 1"]);
}

#[test]
fn a_source_that_comes_just_after_its_target_inhibits_it() {
    let mut world = inhibited(vec![job_down(&["job"])]);
    world.post(&posted("InstanceDown", "db", "a"));
    world.post(&posted("JobDown", "db", "a"));
    world.pass(minutes(4));
    world.tells(&["desk open 1"]);
}

#[test]
fn when_both_resolve_together_nothing_opens() {
    let mut world = inhibited(vec![job_down(&["job"])]);
    let (source, target) = (
        posted("JobDown", "db", "a"),
        posted("InstanceDown", "db", "a"),
    );
    world.post(&source);
    world.post(&target);
    world.pass(minutes(4));
    world.post_end(&source, End::SaidBySender);
    world.post_end(&target, End::SaidBySender);
    world.pass(hours(1));
    world.tells(&["desk open 0", "desk resolve 0"]);
    assert_eq!(world.tally(Outcome::Suppressed("inhibited")), 1);
}

#[test]
fn what_was_hidden_is_counted_as_that_whichever_clears_first() {
    let (source, target) = (
        posted("JobDown", "db", "a"),
        posted("InstanceDown", "db", "a"),
    );
    for target_first in [true, false] {
        for ends_source_first in [true, false] {
            let mut world = inhibited(vec![job_down(&["job"])]);
            let (first, second) = match target_first {
                true => (&target, &source),
                false => (&source, &target),
            };
            world.post(first);
            world.pass(seconds(10));
            world.post(second);
            world.pass(match ends_source_first {
                // Long enough that the target was looked at.
                true => seconds(40),
                false => seconds(5),
            });
            let (first, second) = match ends_source_first {
                true => (&source, &target),
                false => (&target, &source),
            };
            world.post_end(first, End::SaidBySender);
            world.pass(seconds(5));
            world.post_end(second, End::SaidBySender);
            world.pass(hours(1));
            let counted = world.tally(Outcome::Suppressed("inhibited"));
            assert_eq!(counted, 1, "{target_first} {ends_source_first}");
            assert_eq!(world.tally(Outcome::Suppressed("settling")), 0);
        }
    }
}

#[test]
fn what_nothing_explained_is_counted_as_what_it_was() {
    let mut world = inhibited(vec![job_down(&["job"])]);
    let target = posted("InstanceDown", "db", "a");
    world.post(&target);
    world.pass(seconds(10));
    world.post_end(&target, End::SaidBySender);
    world.pass(hours(1));
    assert_eq!(world.tally(Outcome::Suppressed("settling")), 1);
}

#[test]
fn a_label_that_both_lack_agrees() {
    let mut world = inhibited(vec![job_down(&["job", "rack"])]);
    world.post(&posted("JobDown", "db", "a"));
    world.post(&posted("InstanceDown", "db", "a"));
    world.pass(minutes(4));
    world.tells(&["desk open 0"]);
}

#[test]
fn what_matches_both_sides_does_not_inhibit_itself_nor_its_like() {
    let any = Matchers::parse(&["job=\"db\""]).unwrap();
    let both = Inhibition {
        source: any.clone(),
        target: any,
        ..job_down(&["job"])
    };
    let mut world = inhibited(vec![both]);
    world.post(&posted("InstanceDown", "db", "a"));
    world.post(&posted("JobDown", "db", "a"));
    world.pass(minutes(1));
    world.tells(&["desk open 0", "desk open 1"]);
}

#[test]
fn what_matches_both_sides_is_inhibited_by_what_is_a_source_only() {
    let both = Inhibition {
        source: Matchers::parse(&["job=\"db\""]).unwrap(),
        ..job_down(&["job"])
    };
    let mut world = inhibited(vec![both]);
    world.post(&posted("JobDown", "db", "a"));
    world.post(&posted("InstanceDown", "db", "a"));
    world.pass(minutes(4));
    world.tells(&["desk open 0"]);
}

#[test]
fn a_rule_without_matchers_inhibits_nothing_and_breaks_nothing() {
    let mut world = inhibited(vec![Inhibition {
        source: Matchers::default(),
        target: Matchers::default(),
        ..job_down(&[])
    }]);
    world.post(&posted("JobDown", "db", "a"));
    world.post(&posted("InstanceDown", "db", "a"));
    world.pass(minutes(1));
    world.tells(&["desk open 0", "desk open 1"]);
}

#[test]
fn an_inhibited_alert_is_held_until_the_last_of_its_sources_has_ended() {
    let mut world = inhibited(vec![job_down(&["job"])]);
    let sources = [posted("JobDown", "db", "a"), posted("JobDown", "db", "b")];
    sources.iter().for_each(|source| drop(world.post(source)));
    world.post(&posted("InstanceDown", "db", "c"));
    world.post_end(&sources[0], End::SaidBySender);
    world.pass(minutes(2));
    world.tells(&["desk open 0", "desk open 1", "desk resolve 0"]);
    world.post_end(&sources[1], End::SaidBySender);
    world.pass(limits::SETTLE);
    world.tells(&["desk resolve 1", "desk open 2"]);
}

#[test]
fn a_source_that_is_described_otherwise_releases_what_it_inhibited() {
    let mut critical = job_down(&["host"]);
    critical.source = Matchers::parse(&["alertname=\"memory\"", "severity=\"critical\""]).unwrap();
    critical.target = Matchers::parse(&["alertname=\"inodes\""]).unwrap();
    let mut world = inhibited(vec![critical]);
    let memory = of("memory", "db-7");
    world.fire(&memory);
    world.fire(&of("inodes", "db-7"));
    world.pass(minutes(20));
    world.tells(&["desk open 0"]);
    world.fire(&memory.severity(Severity::Warning));
    world.pass(limits::SETTLE);
    assert!(world.told().contains(&"desk open 1".to_owned()));
}

#[test]
fn a_drill_explains_nothing_and_nothing_explains_a_drill() {
    let mut world = dependent();
    world.fire(&of("memory", "db-7").drill(vedette_triage::Drill::Quiet));
    world.fire(&of("inodes", "db-7"));
    world.pass(limits::SETTLE);
    world.tells(&["desk open 0", "desk open 1"]);
    world.fire(&of("memory", "db-8"));
    world.fire(&of("inodes", "db-8").drill(vedette_triage::Drill::Quiet));
    world.tells(&["desk open 2", "desk open 3"]);
}

#[test]
fn the_state_says_what_explains_an_alert() {
    let mut world = inhibited(vec![job_down(&["job"])]);
    world.post(&posted("JobDown", "db", "a"));
    world.post(&posted("InstanceDown", "db", "a"));
    let state = world.engine.state();
    let target = state.alert(AlertId(1)).unwrap();
    let by = state.explained_by(&world.policy, target);
    assert_eq!(by.into_iter().collect::<Vec<_>>(), [AlertId(0)]);
}
