//! What holds for every report, however strange. Failing runs print their seed.

#![allow(clippy::unwrap_used)]

mod detect_world;

use std::time::Duration;

use detect_world::*;
use proptest::prelude::*;
use vedette_triage::Says;
use vedette_triage::detect::{Observed, Settled};
use vedette_wire::{Event, EventKind, Goodbye, Looked, Stream};

/// One thing that happens to a world.
#[derive(Debug, Clone)]
enum Step {
    Report {
        after_s: u64,
        disks: Vec<(u8, f64)>,
        looked: bool,
        backlog: bool,
        boot: u8,
        goodbye: bool,
        mono_back: bool,
        fails: bool,
    },
    Time {
        after_s: u64,
    },
    Restart {
        after_s: u64,
    },
}

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => prop::sample::select(vec![0.5, 0.88, 0.92, 0.97]),
        1 => any::<f64>(),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let report = (
        0..600_u64,
        prop::collection::vec((0..4_u8, value()), 0..6),
        any::<bool>(),
        prop::bool::weighted(0.2),
        0..3_u8,
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.2),
    )
        .prop_map(
            |(after_s, disks, looked, backlog, boot, goodbye, mono_back, fails)| Step::Report {
                after_s,
                disks,
                looked,
                backlog,
                boot,
                goodbye,
                mono_back,
                fails,
            },
        );
    prop_oneof![
        8 => report,
        3 => (0..3_000_u64).prop_map(|after_s| Step::Time { after_s }),
        1 => (0..3_000_u64).prop_map(|after_s| Step::Restart { after_s }),
    ]
}

fn run(steps: &[Step]) -> (World, Vec<Observed>) {
    let mut world = World::new(all_rules());
    world.disks(&[]);
    let mut all = Vec::new();
    for step in steps {
        match step {
            Step::Report {
                after_s,
                disks,
                looked,
                backlog,
                boot,
                goodbye,
                mono_back,
                fails,
            } => {
                world.now = world.now.after(Duration::from_secs(*after_s));
                world.boot = format!("boot-{boot}");
                world.stream = if *backlog {
                    Stream::Backlog
                } else {
                    Stream::Live
                };
                world.fate = if *fails {
                    Settled::Failed
                } else {
                    Settled::Committed
                };
                let mut round = world.round();
                round.samples = disks
                    .iter()
                    .map(|(at, used)| disk(&format!("/{at}"), *used))
                    .collect();
                if !looked {
                    round.probes = vec![probe(Looked::No { why: "no".into() })];
                }
                if *goodbye {
                    round.events.push(Event {
                        id: format!("bye-{}", world.seq),
                        wall_ms: round.wall_ms,
                        kind: EventKind::Goodbye {
                            reason: Goodbye::Reboot,
                        },
                    });
                }
                if *mono_back {
                    round.mono_ms = u64::MAX;
                    round.interval_s = f64::NAN;
                    round.wall_ms = i64::MIN;
                }
                all.push(world.report(round));
                world.fate = Settled::Committed;
            }
            Step::Time { after_s } => {
                world.now = world.now.after(Duration::from_secs(*after_s));
                all.push(world.time());
            }
            Step::Restart { after_s } => world.restart(Duration::from_secs(*after_s)),
        }
    }
    (world, all)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn the_same_reports_find_the_same(steps in prop::collection::vec(step(), 0..60)) {
        let (first, all) = run(&steps);
        let (second, again) = run(&steps);
        prop_assert_eq!(first.log, second.log);
        prop_assert_eq!(all, again);
    }

    #[test]
    fn every_change_is_a_change(steps in prop::collection::vec(step(), 0..60)) {
        let (world, _) = run(&steps);
        // What is ok was firing; what fires anew was not, or had another severity.
        let mut firing = std::collections::BTreeMap::new();
        for line in &world.log {
            let (what, state) = match line.split_once(" ok ") {
                Some((what, _)) => (what, None),
                None => {
                    let (what, severity) = line.rsplit_once(' ').unwrap();
                    (what, Some(severity))
                }
            };
            let before = match state {
                Some(severity) => firing.insert(what, severity),
                None => firing.remove(what),
            };
            prop_assert_ne!(before, state, "{}", line);
        }
    }

    #[test]
    fn values_told_are_finite(steps in prop::collection::vec(step(), 0..60)) {
        let (_, all) = run(&steps);
        for found in all.iter().flat_map(|observed| &observed.found) {
            prop_assert!(found.values.iter().all(|(_, value)| value.is_finite()));
        }
    }

    #[test]
    fn what_stays_the_same_changes_at_most_once_per_severity(
        used in value(),
        steps in prop::collection::vec(step(), 0..30),
    ) {
        let (mut world, _) = run(&steps);
        world.stream = Stream::Live;
        world.boot = "boot-0".into();
        world.log.clear();
        world.disks_for(60 * MINUTE, &[("/0", used)]);
        let of_disk = world.log.iter().filter(|line| line.starts_with("disk /0"));
        prop_assert!(of_disk.count() <= 2, "{:?}", world.log);
        world.log.clear();
        world.disks_for(60 * MINUTE, &[("/0", used)]);
        prop_assert!(world.log.is_empty(), "{:?}", world.log);
    }

    #[test]
    fn only_what_was_measured_ends_an_alert_within_a_day(
        steps in prop::collection::vec(step(), 0..60),
    ) {
        let mut world = World::new(all_rules());
        world.disks_for(3 * MINUTE, &[("/9", 0.97)]);
        // Nothing in these steps is about /9, and together they take less than a day.
        for step in steps.iter().take(30) {
            match step {
                Step::Report { after_s, disks, .. } => {
                    world.now = world.now.after(Duration::from_secs(*after_s));
                    let disks: Vec<(String, f64)> =
                        disks.iter().map(|(at, used)| (format!("/{at}"), *used)).collect();
                    let disks: Vec<(&str, f64)> =
                        disks.iter().map(|(at, used)| (at.as_str(), *used)).collect();
                    let observed = world.disks(&disks);
                    let ended = observed.found.iter().any(|found| {
                        found.attributes.get("mountpoint") == Some("/9")
                            && matches!(found.says, Says::Ok { .. })
                    });
                    prop_assert!(!ended);
                }
                Step::Time { after_s } => {
                    world.now = world.now.after(Duration::from_secs(*after_s));
                    world.time();
                }
                Step::Restart { after_s } => world.restart(Duration::from_secs(*after_s)),
            }
            prop_assert!(world.firing.contains_key("disk /9"));
        }
    }
}
