//! What becomes of one host's reports: fires, clears, and above all what does not.

#![allow(clippy::unwrap_used)]

mod detect_world;

use std::time::Duration;

use detect_world::*;
use vedette_triage::detect::{Admission, Effect, Exception, Settled};
use vedette_triage::{HostSays, Late, Matchers, Says, Severity};
use vedette_wire::{Class, Event, EventKind, Goodbye, Looked, Stream};

#[test]
fn a_full_disk_fires_once_and_clears_when_space_is_made() {
    let mut world = World::new(all_rules());
    world.disks_for(10 * MINUTE, &[("/var", 0.97), ("/", 0.5)]);
    world.disks_for(10 * MINUTE, &[("/var", 0.5), ("/", 0.5)]);
    check(&world, &["disk /var critical", "disk /var ok Recovered"]);
}

#[test]
fn a_warning_becomes_critical_and_eases_as_one_alert() {
    let mut world = World::new(all_rules());
    for used in [0.92, 0.97, 0.94, 0.92, 0.86, 0.5] {
        world.disks_for(6 * MINUTE, &[("/var", used)]);
    }
    check(
        &world,
        &[
            "disk /var warning",
            "disk /var critical",
            "disk /var warning",
            "disk /var ok Recovered",
        ],
    );
}

#[test]
fn a_disk_missing_from_a_report_is_not_a_repaired_disk_until_it_is_gone_for_a_day() {
    let mut world = World::new(all_rules());
    world.disks_for(6 * MINUTE, &[("/var", 0.97)]);
    world.disks_for(23 * 60 * MINUTE, &[]);
    check(&world, &["disk /var critical"]);
    world.disks_for(61 * MINUTE, &[]);
    check(
        &world,
        &["disk /var critical", "disk /var ok Gone { after_s: 86400 }"],
    );
}

#[test]
fn a_probe_that_could_not_look_changes_nothing() {
    let why = || "permission denied".to_owned();
    for looked in [Looked::No { why: why() }, Looked::Partly { why: why() }] {
        let mut world = World::new(all_rules());
        world.disks_for(6 * MINUTE, &[("/var", 0.97)]);
        let end = world.now.after(30 * 60 * MINUTE);
        while world.now < end {
            let mut round = world.round();
            round.probes = vec![probe(looked.clone())];
            world.report(round);
            world.time();
            world.now = world.now.after(MINUTE);
        }
        check(&world, &["disk /var critical"]);
    }
}

#[test]
fn a_disk_that_went_read_only_is_not_well_again() {
    let mut world = World::new(all_rules());
    world.disks_for(6 * MINUTE, &[("/var", 0.97)]);
    for _ in 0..20 {
        let mut round = world.round();
        let mut sample = disk("/var", 0.1);
        sample.attributes.insert("mode".into(), "ro".into());
        round.samples.push(sample);
        world.report(round);
        world.now = world.now.after(MINUTE);
    }
    check(&world, &["disk /var critical"]);
}

#[test]
fn another_device_at_the_same_mount_point_is_the_same_series() {
    let mut world = World::new(all_rules());
    for device in ["sda1", "sdb1"].into_iter().cycle().take(60) {
        let mut round = world.round();
        let mut sample = disk("/var", 0.97);
        sample.attributes.insert("device".into(), device.into());
        round.samples.push(sample);
        world.report(round);
        world.now = world.now.after(Duration::from_secs(15));
    }
    assert!(world.log.iter().all(|line| line == "disk /var critical"));
    assert_eq!(world.firing.len(), 1);
}

#[test]
fn what_was_taken_for_a_restart_and_was_a_copy_is_taken_back() {
    let mut world = World::new(all_rules());
    let began = world.now.before(60 * MINUTE);
    let mut born = None;
    let mut hear = |world: &mut World, boot: &str| {
        world.now = world.now.after(Duration::from_secs(15));
        let since = match boot {
            "a" => began,
            _ => *born.get_or_insert(world.now.before(Duration::from_secs(5))),
        };
        world.hear(boot, world.now.since(since))
    };
    for _ in 0..200 {
        hear(&mut world, "a");
    }
    assert_eq!(hear(&mut world, "b"), Admission::Known);
    check(&world, &["unplanned-reboot warning"]);
    assert_eq!(hear(&mut world, "a"), Admission::Straggler);
    assert_eq!(hear(&mut world, "a"), Admission::Known);
    assert_eq!(hear(&mut world, "b"), Admission::Clone);
    for _ in 0..10 {
        hear(&mut world, "a");
        hear(&mut world, "b");
    }
    check(
        &world,
        &["unplanned-reboot warning", "unplanned-reboot ok Recovered"],
    );
}

#[test]
fn a_restart_keeps_firing_what_fired_and_makes_nobody_silent() {
    let mut world = World::new(all_rules());
    world.disks_for(6 * MINUTE, &[("/var", 0.97)]);
    world.restart(20 * MINUTE);
    world.time();
    world.disks_for(5 * MINUTE, &[("/var", 0.88)]); // neither bad nor clear
    check(&world, &["disk /var critical", "disk /var warning"]);
    world.disks_for(MINUTE, &[("/var", 0.5)]);
    assert!(world.firing.is_empty(), "{:?}", world.log);
}

#[test]
fn a_silent_host_is_told_and_comes_back() {
    let mut world = World::new(all_rules());
    world.disks_for(MINUTE, &[]);
    world.silence(2 * MINUTE);
    check(&world, &["host-silent critical"]);
    assert!(world.host.as_ref().unwrap().silent_since.is_some());
    world.disks_for(MINUTE, &[]);
    check(
        &world,
        &["host-silent critical", "host-silent ok Recovered"],
    );
    assert_eq!(world.host.as_ref().unwrap().silent_since, None);
}

#[test]
fn the_collectors_own_downtime_is_nobodys_silence() {
    let mut world = World::new(all_rules());
    world.disks_for(MINUTE, &[]);
    world.restart(20 * MINUTE);
    world.silence(Duration::from_secs(85));
    check(&world, &[]);
    world.disks_for(MINUTE, &[]);
    check(&world, &[]);
    // One that does not come back counts from the start of the collector.
    world.restart(20 * MINUTE);
    world.silence(3 * MINUTE);
    check(&world, &["host-silent critical"]);
}

#[test]
fn a_host_silent_before_the_restart_stays_silent() {
    let mut world = World::new(all_rules());
    world.disks_for(MINUTE, &[]);
    world.silence(3 * MINUTE);
    world.restart(20 * MINUTE);
    world.silence(10 * MINUTE);
    check(&world, &["host-silent critical"]);
}

#[test]
fn a_goodbye_without_a_return_is_overdue_after_its_grace_and_not_silent_before() {
    let mut world = World::new(all_rules());
    world.disks_for(MINUTE, &[]);
    world.goodbye(Goodbye::Reboot);
    world.silence(19 * MINUTE);
    check(&world, &[]);
    world.silence(2 * MINUTE);
    check(&world, &["host-did-not-come-back critical"]);
    world.boot = "boot-2".into();
    world.disks_for(MINUTE, &[]);
    check(
        &world,
        &[
            "host-did-not-come-back critical",
            "host-did-not-come-back ok Recovered",
        ],
    );
}

#[test]
fn an_overdue_host_stays_overdue_across_a_restart() {
    let mut world = World::new(all_rules());
    world.disks_for(MINUTE, &[]);
    world.goodbye(Goodbye::PowerOff);
    world.silence(25 * MINUTE);
    world.restart(MINUTE);
    world.silence(10 * MINUTE);
    check(&world, &["host-did-not-come-back critical"]);
}

#[test]
fn a_laptop_asleep_is_neither_silent_nor_overdue_however_long() {
    let mut world = World::new(all_rules());
    world.class = Class::Workstation;
    world.disks_for(MINUTE, &[]);
    world.goodbye(Goodbye::Suspend);
    world.silence(3 * 60 * MINUTE);
    world.restart(MINUTE);
    world.silence(3 * 60 * MINUTE);
    check(&world, &[]);
    assert!(world.host.as_ref().unwrap().silent_since.is_none());
}

#[test]
fn an_unannounced_reboot_is_told_and_an_announced_one_is_not() {
    let mut world = World::new(all_rules());
    world.disks_for(MINUTE, &[]);
    world.boot = "boot-2".into();
    world.disks_for(MINUTE, &[]);
    check(&world, &["unplanned-reboot warning"]);
    world.disks_for(20 * MINUTE, &[]);
    world.goodbye(Goodbye::Reboot);
    world.now = world.now.after(2 * MINUTE);
    world.boot = "boot-3".into();
    world.disks_for(20 * MINUTE, &[]);
    check(
        &world,
        &["unplanned-reboot warning", "unplanned-reboot ok Recovered"],
    );
}

#[test]
fn a_restart_after_a_silence_that_was_told_is_no_news_of_its_own() {
    let mut world = World::new(all_rules());
    world.disks_for(MINUTE, &[]);
    world.silence(10 * MINUTE);
    world.boot = "boot-2".into();
    world.disks_for(MINUTE, &[]);
    let is_told = |world: &World, rule: &str| world.log.iter().any(|told| told.starts_with(rule));
    assert!(is_told(&world, "host-silent"), "{:?}", world.log);
    assert!(!is_told(&world, "unplanned-reboot"), "{:?}", world.log);
    // One that is back before anybody could be told of a silence.
    world.silence(2 * MINUTE);
    world.boot = "boot-3".into();
    world.disks_for(MINUTE, &[]);
    assert!(is_told(&world, "unplanned-reboot"), "{:?}", world.log);
}

#[test]
fn a_reboot_stays_told_across_a_restart_until_its_window_was_watched() {
    let mut world = World::new(all_rules());
    world.disks_for(MINUTE, &[]);
    world.boot = "boot-2".into();
    world.disks_for(MINUTE, &[]);
    world.restart(MINUTE);
    world.disks_for(14 * MINUTE, &[]);
    check(&world, &["unplanned-reboot warning"]);
    world.disks_for(2 * MINUTE, &[]);
    check(
        &world,
        &["unplanned-reboot warning", "unplanned-reboot ok Recovered"],
    );
}

#[test]
fn a_goodbye_that_arrives_after_the_reboot_it_announced_makes_it_planned() {
    let mut world = World::new(all_rules());
    world.disks_for(MINUTE, &[]);
    let mut round = world.round();
    round.events.push(goodbye_event(round.wall_ms));
    world.now = world.now.after(MINUTE);
    world.boot = "boot-2".into();
    world.disks(&[]);
    check(&world, &["unplanned-reboot warning"]);
    world.stream = Stream::Backlog;
    world.report(round);
    world.stream = Stream::Live;
    world.disks_for(16 * MINUTE, &[]);
    check(
        &world,
        &["unplanned-reboot warning", "unplanned-reboot ok Recovered"],
    );
    assert!(world.host.as_ref().unwrap().away.is_none(), "it is back");
}

#[test]
fn levels_out_of_the_backlog_open_nothing() {
    let mut world = World::new(all_rules());
    world.stream = Stream::Backlog;
    world.disks_for(10 * MINUTE, &[("/var", 0.97)]);
    check(&world, &[]);
}

#[test]
fn events_out_of_the_backlog_count_for_a_day_and_are_marked_late() {
    let mut loss = reboot_rule();
    loss.on = vedette_triage::detect::On::Event("spool_loss".into());
    loss.matchers = Matchers::default();
    for (age, expected) in [(10, 1), (25 * 60, 0)] {
        let mut world = World::new(rules(vec![loss.clone()]));
        world.now = world.now.after(48 * 60 * MINUTE);
        world.stream = Stream::Backlog;
        let mut round = world.round();
        round.wall_ms -= age * 60_000;
        round.events.push(Event {
            id: "loss".into(),
            wall_ms: round.wall_ms,
            kind: EventKind::SpoolLoss {
                records: 3,
                why: "torn".into(),
            },
        });
        let observed = world.report(round);
        assert_eq!(observed.found.len(), expected, "{age} min old");
        assert!(
            observed
                .found
                .iter()
                .all(|found| found.late == Some(Late::Holds))
        );
    }
}

#[test]
fn a_change_that_was_not_committed_is_found_again_by_the_same_round() {
    let mut world = World::new(all_rules());
    world.disks_for(2 * MINUTE, &[("/var", 0.97)]);
    world.fate = Settled::Failed;
    let mut round = world.round();
    round.samples = vec![disk("/var", 0.97)];
    assert_eq!(world.report(round.clone()).found.len(), 1);
    // The same round again, a moment earlier by the network's whim.
    world.now = world.now.before(Duration::from_millis(7));
    assert_eq!(world.report(round.clone()).found.len(), 1);
    world.fate = Settled::Committed;
    assert_eq!(world.report(round.clone()).found.len(), 1);
    assert_eq!(world.report(round).found.len(), 0);
}

#[test]
fn what_is_pending_is_not_found_twice() {
    let mut world = World::new(all_rules());
    world.disks_for(2 * MINUTE, &[("/var", 0.97)]);
    let report = |world: &mut World| {
        let mut round = world.round();
        round.samples = vec![disk("/var", 0.97)];
        let report = vedette_wire::Report {
            wire: 1,
            agent: "h".into(),
            boot: world.boot.clone(),
            epoch: "e".into(),
            stream: Stream::Live,
            host: world.facts(),
            version: "1".into(),
            sent_wall_ms: world.now.as_millis(),
            sent_mono_ms: world.mono(),
            rounds: vec![round],
        };
        let now = world.now;
        world
            .watch
            .observe(now, &report, &report.rounds[0], &world.rules)
    };
    assert_eq!(report(&mut world).found.len(), 1);
    world.now = world.now.after(MINUTE);
    let again = report(&mut world);
    assert!(again.is_empty(), "{again:?}");
    assert_eq!(again.unchanged, 0, "it is not committed");
}

#[test]
fn a_host_says_who_it_is_once_and_again_when_that_changes() {
    let mut world = World::new(all_rules());
    assert_eq!(world.disks(&[]).host.len(), 1);
    world.now = world.now.after(MINUTE);
    assert_eq!(world.disks(&[]).host.len(), 0);
    world.now = world.now.after(MINUTE);
    world.class = Class::Workstation;
    let says = world.disks(&[]).host;
    assert!(
        matches!(&says[..], [HostSays::Seen { facts, .. }] if facts.class == Class::Workstation)
    );
}

#[test]
fn a_firing_alert_is_described_anew_when_its_host_is() {
    let mut world = World::new(all_rules());
    world.disks_for(3 * MINUTE, &[("/var", 0.97)]);
    world.class = Class::Workstation;
    world.disks_for(3 * MINUTE, &[("/var", 0.97)]);
    check(&world, &["disk /var critical", "disk /var critical"]);
}

#[test]
fn an_exception_sets_parameters_or_takes_the_rule_away_until_it_ends() {
    let mut rule = disk_rule();
    rule.exceptions.push(Exception {
        matchers: Matchers::parse(&[r#"host="db-7""#, r#"mountpoint="/backup""#]).unwrap(),
        effect: Effect::Off,
        until: start().after(30 * MINUTE),
        owner: "ops1".into(),
        why: "meant to be full".into(),
        is_made: false,
    });
    let mut world = World::new(rules(vec![rule.clone()]));
    world.disks_for(29 * MINUTE, &[("/backup", 0.97)]);
    check(&world, &[]);
    world.disks_for(5 * MINUTE, &[("/backup", 0.97)]);
    check(&world, &["disk /backup critical"]);
    // The same exception again, on a reload: the rule does not exist there.
    rule.exceptions[0].until = start().after(90 * MINUTE);
    world.rules = rules(vec![rule]);
    world.disks_for(MINUTE, &[("/backup", 0.97)]);
    check(
        &world,
        &["disk /backup critical", "disk /backup ok RuleRemoved"],
    );
}

#[test]
fn a_reload_keeps_what_is_firing_and_judges_it_by_the_new_conditions() {
    let mut world = World::new(all_rules());
    world.disks_for(6 * MINUTE, &[("/var", 0.92)]);
    let mut rule = disk_rule();
    rule.warning = rule.critical.clone();
    rule.warning_clear = None;
    world.rules = rules(vec![rule]);
    world.disks_for(MINUTE, &[("/var", 0.92)]);
    check(&world, &["disk /var warning", "disk /var ok Recovered"]);
}

#[test]
fn values_that_are_not_numbers_never_enter() {
    let mut world = World::new(all_rules());
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        world.disks_for(6 * MINUTE, &[("/var", value)]);
    }
    check(&world, &[]);
    world.disks_for(6 * MINUTE, &[("/var", 0.97)]);
    assert_eq!(world.firing.get("disk /var"), Some(&Severity::Critical));
}

#[test]
fn a_change_says_since_when_and_with_which_values() {
    let mut world = World::new(all_rules());
    let began = world.now;
    world.disks_for(2 * MINUTE, &[("/var", 0.97)]);
    let observed = world.disks(&[("/var", 0.98)]);
    let found = &observed.found[0];
    assert_eq!(found.values, [("value".to_owned(), 0.98)]);
    assert_eq!(found.attributes.get("type"), Some("ext4"));
    assert_eq!(found.identity.attributes().get("type"), None);
    assert!(matches!(found.says, Says::Firing { since, .. } if since == began));
}

fn goodbye_event(wall_ms: i64) -> Event {
    Event {
        id: "bye".into(),
        wall_ms,
        kind: EventKind::Goodbye {
            reason: Goodbye::Reboot,
        },
    }
}

#[track_caller]
fn check(world: &World, expected: &[&str]) {
    assert_eq!(world.log, expected);
}
