//! What is kept, how finely, and for how long.

use std::time::Duration;

use vedette_triage::detect::Summary;
use vedette_triage::{EntityId, Timestamp};
use vedette_wire::{CheckRun, CheckState, Stream};

use super::super::shelf::Bounds;
use super::{BEGIN, HOST, HOUR, ROUND, World, report};

#[test]
fn every_value_of_the_last_hour_is_there_and_minutes_before_it() {
    let mut world = World::new();
    world.rise(4 * 60 * 3);
    let extent = world.shelf.extent();
    let full_since = extent.full_since.unwrap();
    assert!(world.now.since(full_since) >= HOUR, "an hour at least");
    assert!(world.now.since(full_since) <= 2 * HOUR + Duration::from_secs(660));
    assert_eq!(
        extent.since,
        Some(BEGIN.after(3 * ROUND)),
        "the last of the first minute"
    );
    let tracks = world.read(HOST);
    let [track] = tracks.as_slice() else {
        panic!("{tracks:?}");
    };
    assert_eq!(track.known_for, Duration::from_secs(90));
    let (minutes, single): (Vec<&Summary>, Vec<_>) =
        track.points.iter().partition(|point| point.at < full_since);
    assert!(
        single
            .iter()
            .all(|point| **point == Summary::of(point.at, point.last))
    );
    for (minute, point) in (0_i64..).zip(&minutes) {
        let first = minute as f64 * 4.0;
        let expected = Summary {
            at: BEGIN
                .after(Duration::from_secs(60) * minute as u32)
                .after(3 * ROUND),
            last: (first + 3.0) / 100.0,
            min: first / 100.0,
            max: (first + 3.0) / 100.0,
            count: 4,
        };
        assert_eq!(**point, expected);
    }
    let counted: u32 = track.points.iter().map(|point| point.count).sum();
    // What waits to be written is not there yet.
    assert!((717..=720).contains(&counted), "{counted}");
}

#[test]
fn what_is_older_than_is_kept_goes_and_the_newest_stays() {
    let mut world = World::within(Bounds {
        keep: 6 * HOUR,
        bytes_max: 64 << 20,
        leave_free: 0,
    });
    world.rise(4 * 60 * 12);
    let since = world.shelf.extent().since.unwrap();
    let age = world.now.since(since);
    assert!(age >= 6 * HOUR && age <= 8 * HOUR, "{age:?}");
    assert!(world.values().last().unwrap() > &28.7);
}

#[test]
fn the_oldest_goes_where_it_would_be_too_much() {
    let bytes_max = 40 << 10;
    let mut world = World::within(Bounds {
        keep: 48 * HOUR,
        bytes_max,
        leave_free: 0,
    });
    let hosts: Vec<String> = (0..20).map(|host| format!("host-{host}")).collect();
    let mut most = 0;
    let mut dice = 1_u64;
    for _ in 0..600 {
        for host in &hosts {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            world.round(host, &[("noise", (dice >> 33) as f64 / 1e4)]);
            world.now = world.now.before(ROUND);
        }
        world.now = world.now.after(ROUND);
        world.tidy();
        most = most.max(world.shelf.extent().bytes);
    }
    assert!(most <= bytes_max, "{most} bytes");
    let since = world.shelf.extent().since.unwrap();
    assert!(since > BEGIN.after(HOUR / 4), "the oldest is gone");
    for host in &hosts {
        let tracks = world.read(host);
        let newest = tracks[0].points.last().unwrap().at;
        assert!(world.now.since(newest) <= 2 * ROUND, "the newest is there");
    }
}

#[test]
fn a_report_that_comes_again_is_kept_once() {
    let mut world = World::new();
    world.rise(3);
    let again = report(HOST, 3, &[("used", 7.0)]);
    world.scribe.take(world.now, &again, 1);
    world.scribe.flush(world.now);
    assert_eq!(world.values(), [0.0, 0.01, 0.02]);
}

#[test]
fn what_could_not_be_sent_then_is_kept_where_it_belongs() {
    let mut world = World::new();
    world.rise(4);
    let mut late = report(HOST, 1, &[("used", 55.0)]);
    late.stream = Stream::Backlog;
    late.epoch = "backlog".to_owned();
    late.sent_wall_ms = 3_600_000;
    world.scribe.take(world.now, &late, 1);
    let mut too_late = late.clone();
    too_late.rounds[0].seq = 2;
    too_late.sent_wall_ms = 49 * 3_600_000;
    world.scribe.take(world.now, &too_late, 1);
    world.scribe.flush(world.now);
    assert_eq!(world.values(), [55.0, 0.0, 0.01, 0.02, 0.03]);
    let dropped = world.shelf.counts.now().dropped;
    assert_eq!(dropped[2].1, 1, "it is older than is kept: {dropped:?}");
}

#[test]
fn what_checks_came_to_is_a_series_and_what_is_no_number_is_left_out() {
    let mut world = World::new();
    let mut with_check = report(HOST, 1, &[("used", f64::NAN)]);
    with_check.rounds[0].checks.push(CheckRun {
        check: "erp".to_owned(),
        kind: "http".to_owned(),
        about: None,
        state: CheckState::Critical,
        text: "it does not answer".to_owned(),
        took_ms: 1_500,
        every_s: Some(300.0),
    });
    world.scribe.take(world.now, &with_check, 1);
    world.scribe.flush(world.now);
    let tracks = world.read(HOST);
    let told: Vec<_> = tracks
        .iter()
        .map(|track| (track.series.value, track.known_for.as_secs()))
        .collect();
    assert_eq!(told, [(1.5, 900), (2.0, 900)]);
}

#[test]
fn only_what_is_wanted_is_read() {
    let mut world = World::new();
    for _ in 0..200 {
        let seq = world.seq as f64;
        world.round(HOST, &[("free", -seq), ("used", seq)]);
        world.tidy();
    }
    let from = world.now.before(HOUR / 2);
    let wanted = |metric: &str| (metric == "used").then_some(from);
    let host = EntityId::new(HOST);
    let tracks = world
        .shelf
        .read(&host, (from.as_millis(), i64::MAX), &wanted);
    assert_eq!(tracks.len(), 1);
    assert_eq!(tracks[0].series.name, "used");
    assert!(tracks[0].points.iter().all(|point| point.at >= from));
    assert!(tracks[0].points.len() >= 118);
    assert!(
        world
            .shelf
            .read(&host, (0, 1), &|_| Some(Timestamp::MIN))
            .is_empty()
    );
}
