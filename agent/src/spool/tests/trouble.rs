//! A disk that is full or that others need more.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use super::*;

#[test]
fn a_full_disk_moves_the_spool_to_memory_and_back_without_losing_a_round() {
    let mut bench = Bench::new();
    let first = bench.append_all(1..=2);
    bench.disk.full.store(true, Ordering::Relaxed);
    let second = bench.append_all(3..=4);
    assert!(bench.spool.trouble().unwrap().contains("memory"));
    assert_ne!(
        second[0].epoch, first[0].epoch,
        "memory has numbers of its own"
    );
    assert_eq!(bench.spool.depth().samples, 4);

    let batch = bench.next(9).unwrap();
    assert_eq!(ids(&batch), [1, 2]);
    bench.disk.full.store(false, Ordering::Relaxed);
    bench.now.mono_ms += DISK_AGAIN_AFTER_MS;
    let third = bench.append_all(5..=5);
    assert_eq!(
        third[0],
        Place {
            seq: 3,
            ..second[0]
        }
    );
    assert_eq!(bench.spool.trouble(), None);
    bench.restart();
    assert_eq!(
        bench.spool.take_loss(),
        Loss::default(),
        "half a record is taken back"
    );
    assert_eq!(bench.drain(9), [1, 2, 3, 4, 5]);
}

#[test]
fn numbers_that_only_memory_knew_are_not_given_out_again() {
    let mut bench = Bench::new();
    let mut given: Vec<Place> = bench.append_all(1..=2);
    bench.disk.full.store(true, Ordering::Relaxed);
    given.extend(bench.append_all(3..=4));
    bench.disk.full.store(false, Ordering::Relaxed);
    bench.restart();
    given.extend(bench.append_all(5..=6));
    let distinct: BTreeSet<_> = given.iter().map(|place| (place.epoch, place.seq)).collect();
    assert_eq!(distinct.len(), given.len());
    assert_eq!(bench.drain(9), [1, 2, 5, 6]);
}

#[test]
fn acknowledged_rounds_stay_acknowledged_though_the_disk_is_full() {
    let mut bench = Bench::new();
    bench.append_all(1..=2);
    bench.disk.full.store(true, Ordering::Relaxed);
    bench.append_all(3..=3);
    let batch = bench.next(9).unwrap();
    bench.spool.acknowledge(batch.last);
    assert_eq!(bench.segments(), Vec::<PathBuf>::new());
    assert_eq!(ids(&bench.next(9).unwrap()), [3]);
    bench.restart();
    assert_eq!(bench.next(9), None);
}

#[test]
fn memory_is_bounded_and_keeps_events_longest() {
    let mut bench = Bench::new();
    bench.disk.full.store(true, Ordering::Relaxed);
    bench.append(&round(1, true));
    let count = 8_000;
    bench.append_all(2..=count);
    assert!(bench.spool.depth().bytes <= ring::RING_BYTES_MAX);
    let loss = bench.spool.take_loss();
    let sent = bench.drain(100);
    assert_eq!(sent.first(), Some(&1));
    assert_eq!(sent.last(), Some(&count));
    // The samples of the first round went, what happened in it did not.
    assert_eq!(sent.len() as u64 + loss.given_up, count + 1);
}

#[test]
fn no_more_than_a_hundredth_of_what_is_free_is_used() {
    let mut bench = Bench::new();
    bench.disk.free.store(100 * MIB, Ordering::Relaxed);
    bench.append_all(1..=4_000);
    assert!(bench.spool.depth().bytes <= MIB + MIB / 50);
    assert!(bench.spool.take_loss().given_up > 0);
    bench.disk.free.store(MIB, Ordering::Relaxed);
    bench.append_all(4_001..=4_001);
    assert_eq!(
        bench.spool.trouble(),
        None,
        "it is not looked at every time"
    );
    bench.now.mono_ms += 60_000;
    bench.append_all(4_002..=4_002);
    assert!(bench.spool.trouble().unwrap().contains("make space"));
}

#[test]
fn a_disk_that_is_nearly_full_is_left_to_others_until_there_is_space_again() {
    let mut bench = Bench::new();
    let stay = |bench: &mut Bench, percent: u64, in_memory: bool| {
        bench.disk.used_percent.store(percent, Ordering::Relaxed);
        bench.now.mono_ms += 60_000;
        bench.append_all(percent..=percent);
        assert_eq!(bench.spool.trouble().is_some(), in_memory, "{percent} %");
    };
    stay(&mut bench, 95, false);
    stay(&mut bench, 96, true);
    assert!(bench.spool.trouble().unwrap().contains("96 % full"));
    stay(&mut bench, 95, true);
    stay(&mut bench, 94, false);
    assert_eq!(bench.drain(9), [95, 96, 95, 94]);
}

#[test]
fn a_disk_that_does_not_make_events_safe_is_in_trouble_and_holds_none_of_them_twice() {
    let mut bench = Bench::new();
    bench.append(&round(1, true));
    bench.disk.rots.store(true, Ordering::Relaxed);
    bench.append(&round(2, true));
    assert!(bench.spool.trouble().unwrap().contains("memory"));
    bench.disk.rots.store(false, Ordering::Relaxed);
    bench.now.mono_ms += DISK_AGAIN_AFTER_MS;
    bench.append(&round(3, true));
    assert_eq!(bench.spool.trouble(), None);
    bench.restart();
    assert_eq!(bench.drain(9), [1, 2, 3]);
}

#[test]
fn a_disk_that_stays_full_leaves_no_files_behind() {
    let mut bench = Bench::new();
    bench.disk.full.store(true, Ordering::Relaxed);
    for id in 1..=5 {
        bench.append_all(id..=id);
        bench.now.mono_ms += DISK_AGAIN_AFTER_MS;
    }
    assert_eq!(bench.segments(), Vec::<PathBuf>::new());
    assert_eq!(bench.drain(9), [1, 2, 3, 4, 5]);
}
