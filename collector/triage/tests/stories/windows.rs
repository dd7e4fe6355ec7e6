//! What planned work keeps quiet, when it opens after all, and how windows come and go with the
//! files that name them and the people who make them.

use std::sync::Arc;
use std::time::Duration;

use vedette_triage::explain::Explain;
use vedette_triage::{
    Answer, Command, EntityId, HostSays, Input, Interval, Matchers, Origin, Outcome, Planned,
    Stage, Suppression, Window, WindowRequest,
};
use vedette_wire::Class;

use crate::support::*;

const NIGHT: &str = "patch night";

/// A window for `db-7`, from and until so many minutes after the start of the story.
fn window(times: &[(u64, u64)]) -> Window {
    let at = |minute: u64| vedette_triage::Timestamp::from_millis(START).after(minutes(minute));
    let interval = |(from, to): &(u64, u64)| Interval {
        starts_at: at(*from),
        ends_at: at(*to),
    };
    Window {
        name: NIGHT.into(),
        matchers: Matchers::parse(&["host=\"db-7\""]).unwrap(),
        intervals: times.iter().map(interval).collect(),
        why: "CHG0012345".into(),
        owner: "linux".into(),
        report: false,
    }
}

fn world(times: &[(u64, u64)]) -> World {
    let mut world = World::new();
    for host in ["db-7", "db-8"] {
        world.host(host, seen(host, Class::Server, "boot-1"));
    }
    plan(&mut world, times);
    world
}

fn plan(world: &mut World, times: &[(u64, u64)]) {
    let windows = match times {
        [] => Vec::new(),
        times => vec![window(times)],
    };
    world.change_policy(|policy| policy.windows = Arc::new(windows));
}

fn add(world: &mut World, name: &str, (from, lasts): (Duration, Duration)) -> Answer {
    let starts_at = world.now.after(from);
    let window = WindowRequest {
        name: name.into(),
        matchers: Matchers::parse(&["host=\"db-7\""]).unwrap(),
        starts_at,
        ends_at: starts_at.after(lasts),
        why: "new disks".into(),
        report: false,
    };
    let by = actor();
    world.command(Command::AddWindow { by, window })
}

fn end(world: &mut World, name: &str) -> Answer {
    let (by, name) = (actor(), name.to_owned());
    world.command(Command::EndWindow { by, name })
}

fn stages(world: &World) -> Vec<Stage> {
    let silences = world.engine.state().silences();
    let planned = silences.filter_map(|silence| silence.planned.as_ref());
    planned.map(|planned| planned.stage).collect()
}

#[test]
fn what_fires_in_a_window_opens_when_the_window_is_over() {
    let mut world = world(&[(10, 70)]);
    world.pass(minutes(10));
    world.fire(&condition("disk", "db-7"));
    world.fire(&condition("disk", "db-8"));
    world.tells(&["desk open 1"]);
    assert!(matches!(
        world.incident(0).suppressed.as_deref(),
        Some(Suppression::Silence {
            origin: Origin::Window,
            ..
        })
    ));
    world.pass(minutes(59));
    world.tells(&[]);
    world.pass(minutes(1));
    world.tells(&["desk open 0"]);
}

#[test]
fn before_and_after_it_nothing_is_kept_quiet() {
    let mut world = world(&[(10, 20)]);
    world.pass(minutes(9));
    world.fire(&condition("disk", "db-7"));
    world.tells(&["desk open 0"]);
    world.pass(minutes(12));
    let mut memory = condition("memory", "db-7");
    memory.component = "memory".into();
    world.fire(&memory);
    world.tells(&["desk open 1"]);
}

#[test]
fn what_was_open_before_a_window_is_closed_in_it() {
    let mut world = world(&[(10, 200)]);
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.pass(minutes(20));
    world.clear(&disk);
    world.pass(minutes(5));
    world.tells(&["desk open 0", "desk resolve 0"]);
}

#[test]
fn what_clears_in_a_window_is_told_to_nobody_and_counted_for_it() {
    let mut world = world(&[(10, 70)]);
    world.pass(minutes(15));
    let disk = condition("disk", "db-7");
    world.fire(&disk);
    world.clear(&disk);
    world.pass(hours(3));
    world.tells(&[]);
    assert_eq!(world.tally(Outcome::Suppressed("window")), 1);
}

#[test]
fn the_occurrence_that_lasts_and_the_next_one_are_kept_and_no_more() {
    let mut world = world(&[(10, 20), (30, 40), (50, 60), (70, 80)]);
    assert_eq!(stages(&world), [Stage::Coming]);
    world.pass(minutes(15));
    assert_eq!(stages(&world), [Stage::Running]);
    world.change_policy(|_| {});
    assert_eq!(stages(&world), [Stage::Running, Stage::Coming]);
    world.pass(minutes(20));
    assert_eq!(stages(&world), [Stage::Over, Stage::Running]);
    world.pass(minutes(10));
    assert_eq!(stages(&world), [Stage::Over, Stage::Over, Stage::Coming]);
}

#[test]
fn each_occurrence_follows_the_one_before_without_a_new_policy() {
    let mut world = world(&[(10, 20), (30, 40), (50, 60)]);
    world.pass(minutes(55));
    world.fire(&condition("disk", "db-7"));
    world.pass(minutes(4));
    world.tells(&[]);
    world.pass(minutes(1));
    world.tells(&["desk open 0"]);
    world.pass(hours(24 * 6));
    assert_eq!(stages(&world), [], "forgotten like silences");
}

#[test]
fn a_window_whose_end_the_collector_slept_through_ends_at_its_start() {
    let mut world = world(&[(10, 70)]);
    world.pass(minutes(20));
    world.fire(&condition("disk", "db-7"));
    let down_since = world.now;
    world.now = world.now.after(hours(2));
    world.input(&Input::Started { down_since });
    world.tick();
    world.tells(&["desk open 0"]);
    assert_eq!(stages(&world), [Stage::Over]);
}

#[test]
fn a_whole_window_that_the_collector_slept_through_is_over() {
    let mut world = world(&[(10, 20)]);
    let down_since = world.now;
    world.now = world.now.after(hours(2));
    world.input(&Input::Started { down_since });
    world.tick();
    assert_eq!(stages(&world), [Stage::Over]);
    world.fire(&condition("disk", "db-7"));
    world.tells(&["desk open 0"]);
}

#[test]
fn the_same_policy_again_leaves_a_running_window_as_it_is() {
    let mut world = world(&[(10, 70), (100, 110)]);
    world.pass(minutes(20));
    world.change_policy(|_| {});
    let decision = world.change_policy(|_| {});
    assert!(decision.changes.is_empty(), "{decision:?}");
}

#[test]
fn a_window_that_is_removed_while_it_lasts_ends_at_once() {
    let mut world = world(&[(10, 70)]);
    world.pass(minutes(20));
    world.fire(&condition("disk", "db-7"));
    plan(&mut world, &[]);
    world.tells(&["desk open 0"]);
}

#[test]
fn a_window_that_is_removed_before_it_begins_is_forgotten() {
    let mut world = world(&[(10, 70)]);
    plan(&mut world, &[]);
    assert_eq!(stages(&world), []);
    world.pass(minutes(20));
    world.fire(&condition("disk", "db-7"));
    world.tells(&["desk open 0"]);
}

#[test]
fn a_window_that_is_made_longer_or_shorter_while_it_lasts_ends_when_it_says_now() {
    let mut world = world(&[(10, 70)]);
    world.pass(minutes(20));
    world.fire(&condition("disk", "db-7"));
    plan(&mut world, &[(10, 90)]);
    world.pass(minutes(60));
    world.tells(&[]);
    plan(&mut world, &[(10, 85)]);
    world.pass(minutes(5));
    world.tells(&["desk open 0"]);
}

#[test]
fn a_window_that_is_for_others_now_keeps_quiet_no_more() {
    let mut world = world(&[(10, 70)]);
    world.pass(minutes(20));
    world.fire(&condition("disk", "db-7"));
    let mut other = window(&[(10, 70)]);
    other.matchers = Matchers::parse(&["host=\"db-8\""]).unwrap();
    world.change_policy(|policy| policy.windows = Arc::new(vec![other]));
    world.tells(&["desk open 0"]);
}

#[test]
fn a_silence_that_lasts_longer_takes_over_and_a_window_takes_over_from_a_silence() {
    let mut world = world(&[(10, 70)]);
    world.silence(&["host=\"db-7\""], minutes(30));
    world.fire(&condition("disk", "db-7"));
    world.pass(minutes(50));
    world.tells(&[]);
    world.silence(&["alertname=\"disk\""], minutes(60));
    world.pass(minutes(59));
    world.tells(&[]);
    world.pass(minutes(1));
    world.tells(&["desk open 0"]);
}

#[test]
fn windows_that_overlap_keep_quiet_until_the_last_is_over() {
    let mut world = world(&[(10, 70)]);
    add(&mut world, "disks", (minutes(60), minutes(30)));
    world.pass(minutes(20));
    world.fire(&condition("disk", "db-7"));
    world.pass(minutes(69));
    world.tells(&[]);
    world.pass(minutes(1));
    world.tells(&["desk open 0"]);
}

#[test]
fn a_person_plans_work_and_ends_it_before_its_time() {
    let mut world = world(&[]);
    let made = add(&mut world, "disks", (Duration::ZERO, hours(4)));
    assert!(matches!(made, Answer::Silence(_)), "{made:?}");
    world.fire(&condition("disk", "db-7"));
    world.change_policy(|_| {});
    world.pass(hours(1));
    world.tells(&[]);
    assert_eq!(end(&mut world, "disks"), Answer::Done);
    world.tells(&["desk open 0"]);
    assert!(matches!(end(&mut world, "disks"), Answer::NotFound(_)));
}

#[test]
fn what_a_person_planned_for_later_can_be_taken_back() {
    let mut world = world(&[]);
    add(&mut world, "disks", (hours(1), hours(4)));
    assert_eq!(end(&mut world, "disks"), Answer::Done);
    assert_eq!(stages(&world), []);
}

#[test]
fn a_window_of_a_file_is_ended_for_this_time_and_comes_back_the_next() {
    let mut world = world(&[(10, 70), (100, 160)]);
    assert!(matches!(end(&mut world, NIGHT), Answer::Conflict(_)));
    world.pass(minutes(20));
    world.fire(&condition("disk", "db-7"));
    assert_eq!(end(&mut world, NIGHT), Answer::Done);
    world.tells(&["desk open 0"]);
    world.change_policy(|_| {});
    let mut memory = condition("memory", "db-7");
    memory.component = "memory".into();
    world.fire(&memory);
    world.tells(&["desk open 1"]);
    world.pass(minutes(90));
    let mut inodes = condition("inodes", "db-7");
    inodes.component = "inodes".into();
    world.fire(&inodes);
    world.tells(&[]);
}

#[test]
fn a_window_that_makes_no_sense_or_has_a_name_already_is_refused() {
    let mut world = world(&[(10, 70)]);
    assert!(matches!(
        add(&mut world, NIGHT, (hours(1), hours(1))),
        Answer::Conflict(_)
    ));
    for (name, lasts) in [("", hours(1)), ("x", Duration::ZERO), ("x", hours(24 * 91))] {
        let answer = add(&mut world, name, (Duration::ZERO, lasts));
        assert!(matches!(answer, Answer::Invalid(_)), "{answer:?}");
    }
}

#[test]
fn a_window_is_not_ended_or_changed_as_a_silence() {
    let mut world = world(&[(10, 70)]);
    world.pass(minutes(20));
    let starts_at = world.now.before(minutes(10));
    let id = Planned::id(NIGHT, starts_at);
    assert!(world.engine.state().silence(&id).is_some());
    assert!(matches!(world.expire(&id), Answer::NotFound(_)));
}

#[test]
fn a_host_of_a_window_is_planned_for_and_why_says_so() {
    let mut world = world(&[(10, 70)]);
    let planned = |world: &World, host: &str| {
        let id = EntityId::new(&format!("id-of-{host}"));
        let state = world.engine.state();
        state.is_planned(&world.policy, world.now, &id)
    };
    assert!(!planned(&world, "db-7"));
    world.pass(minutes(20));
    assert!(planned(&world, "db-7") && !planned(&world, "db-8"));
    let time = |_| "12:00".to_owned();
    let explain = Explain {
        state: world.engine.state(),
        policy: &world.policy,
        now: world.now,
        time: &time,
    };
    let sentences = explain.why(&EntityId::new("id-of-db-7")).join(" ");
    let says = "Window \"patch night\" of linux lasts for it until 12:00 (CHG0012345)";
    assert!(sentences.contains(says), "{sentences}");
    let (until, by) = (world.now.after(hours(1)), "root".to_owned());
    let why = "disks".to_owned();
    world.host("db-8", HostSays::Holds { until, why, by });
    assert!(planned(&world, "db-8"));
}
