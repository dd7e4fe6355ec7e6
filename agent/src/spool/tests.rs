//! What the spool promises, tried on real files and on a disk that is full on command.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeSet, VecDeque};
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use proptest::prelude::*;
use tempfile::TempDir;
use vedette_wire::{Event, EventKind, Goodbye, Round, Sample};

use super::*;

const MIB: u64 = 1024 * 1024;
const HOUR_MS: u64 = 3_600_000;

#[test]
fn rounds_come_out_in_the_order_they_went_in() {
    let mut bench = Bench::new();
    bench.append_all(1..=5);
    assert_eq!(bench.drain(2), [1, 2, 3, 4, 5]);
    assert_eq!(bench.spool.depth(), Depth::default());
}

#[test]
fn nothing_is_forgotten_that_was_not_acknowledged() {
    let mut bench = Bench::new();
    bench.append_all(1..=5);
    let batch = bench.next(3).unwrap();
    assert_eq!(batch.last.seq, 3);
    assert_eq!(ids(&bench.next(3).unwrap()), [1, 2, 3]);

    bench.spool.acknowledge(Place {
        seq: 2,
        ..batch.last
    });
    assert_eq!(ids(&bench.next(9).unwrap()), [3, 4, 5]);
}

#[test]
fn an_acknowledgement_of_more_than_was_sent_forgets_only_what_was_sent() {
    let mut bench = Bench::new();
    bench.append_all(1..=5);
    let batch = bench.next(2).unwrap();
    bench.spool.acknowledge(Place {
        seq: u64::MAX,
        ..batch.last
    });
    assert_eq!(ids(&bench.next(9).unwrap()), [3, 4, 5]);
}

#[test]
fn an_acknowledgement_of_another_epoch_forgets_nothing() {
    let mut bench = Bench::new();
    bench.append_all(1..=2);
    bench.next(9).unwrap();
    bench.spool.acknowledge(Place {
        epoch: Uuid::from_u128(99),
        seq: 2,
    });
    assert_eq!(ids(&bench.next(9).unwrap()), [1, 2]);
}

#[test]
fn a_round_delivered_out_of_turn_is_not_sent_again() {
    let mut bench = Bench::new();
    let places = bench.append_all(1..=3);
    bench.spool.settle(places[1]);
    assert_eq!(bench.drain(9), [1, 3]);

    let places = bench.append_all(4..=4);
    bench.spool.settle(places[0]);
    assert_eq!(bench.spool.depth(), Depth::default());
}

#[test]
fn a_restart_loses_no_round_and_renumbers_none() {
    let mut bench = Bench::new();
    let before = bench.append_all(1..=4);
    let batch = bench.next(2).unwrap();
    bench.spool.acknowledge(batch.last);
    bench.restart();
    let after = bench.append_all(5..=5);
    assert_eq!(
        after[0],
        Place {
            seq: 5,
            ..before[3]
        }
    );
    let rest = bench.next(9).unwrap();
    assert_eq!(ids(&rest), [3, 4]);
    assert_eq!(rest.last, before[3]);
    assert_eq!(bench.drain(9), [3, 4, 5]);
}

#[test]
fn after_everything_was_acknowledged_a_restart_still_repeats_no_number() {
    let mut bench = Bench::new();
    let before = bench.append_all(1..=3);
    assert_eq!(bench.drain(9), [1, 2, 3]);
    bench.restart();
    let after = bench.append_all(4..=4);
    assert_eq!(
        after[0],
        Place {
            seq: 4,
            ..before[2]
        }
    );
}

#[test]
fn a_reboot_begins_a_new_epoch_and_sends_the_old_one_under_its_own_name() {
    let mut bench = Bench::new();
    let before = bench.append_all(1..=2);
    bench.boot = Uuid::from_u128(2);
    bench.restart();
    let after = bench.append_all(3..=3);
    assert_ne!(after[0].epoch, before[0].epoch);
    assert_eq!(after[0].seq, 1);

    let old = bench.next(9).unwrap();
    assert_eq!((ids(&old), old.boot), (vec![1, 2], Uuid::from_u128(1)));
    assert_eq!(old.last, before[1]);
    bench.spool.acknowledge(old.last);
    let new = bench.next(9).unwrap();
    assert_eq!((ids(&new), new.boot), (vec![3], Uuid::from_u128(2)));
}

#[test]
fn without_its_position_everything_is_sent_again_and_numbers_begin_in_a_new_epoch() {
    let mut bench = Bench::new();
    let before = bench.append_all(1..=3);
    let batch = bench.next(1).unwrap();
    bench.spool.acknowledge(batch.last);
    std::fs::write(bench.dir.path().join("position"), b"rubbish").unwrap();
    bench.restart();
    let after = bench.append_all(4..=4);
    assert_ne!(after[0].epoch, before[0].epoch);
    assert_eq!(bench.drain(9), [1, 2, 3, 4]);
}

#[test]
fn a_torn_record_is_skipped_and_counted_and_the_good_ones_are_sent() {
    let mut bench = Bench::new();
    bench.append_all(1..=3);
    let path = bench.segments().remove(0);
    let length = std::fs::metadata(&path).unwrap().len();
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(length - 1)
        .unwrap();
    bench.restart();
    assert_eq!(
        bench.spool.take_loss(),
        Loss {
            damaged: 1,
            given_up: 0
        }
    );
    bench.append_all(4..=4);
    assert_eq!(bench.drain(9), [1, 2, 4]);
}

#[test]
fn rotten_records_in_the_middle_are_counted_by_their_missing_numbers() {
    let mut bench = Bench::new();
    bench.append_all(1..=6);
    let path = bench.segments().remove(0);
    let mut bytes = std::fs::read(&path).unwrap();
    // Records are about equally long: this hits the third and fourth.
    let each = bytes.len() / 6;
    for byte in &mut bytes[each * 2 + 40..each * 3 + 40] {
        *byte = 0xaa;
    }
    std::fs::write(&path, bytes).unwrap();
    bench.restart();
    assert_eq!(
        bench.spool.take_loss(),
        Loss {
            damaged: 2,
            given_up: 0
        }
    );
    assert_eq!(bench.drain(9), [1, 2, 5, 6]);
}

#[test]
fn a_segment_that_is_rubbish_does_not_hold_up_the_next() {
    let mut bench = Bench::new();
    bench.append_all(1..=2);
    bench.restart();
    bench.append_all(3..=4);
    let first = bench.segments().remove(0);
    std::fs::write(first, vec![7; 300_000]).unwrap();
    bench.restart();
    assert!(bench.spool.take_loss().damaged >= 1);
    assert_eq!(bench.drain(9), [3, 4]);
}

#[test]
fn a_file_that_vanishes_is_counted_and_does_not_hold_up_the_next() {
    let mut bench = Bench::new();
    bench.append_all(1..=2);
    bench.restart();
    bench.append_all(3..=4);
    std::fs::remove_file(bench.segments().remove(0)).unwrap();
    assert_eq!(bench.drain(9), [3, 4]);
    assert_eq!(
        bench.spool.take_loss(),
        Loss {
            damaged: 2,
            given_up: 0
        }
    );
}

#[test]
fn above_the_bound_the_oldest_samples_go_first_and_events_stay() {
    let mut bench = Bench::with(Limits {
        bytes_max: MIB,
        ..LIMITS
    });
    let count = 3_000;
    for id in 1..=count {
        bench.append(&round(id, id % 100 == 0));
        assert!(bench.spool.depth().bytes <= MIB);
    }
    let loss = bench.spool.take_loss();
    assert_eq!(loss.damaged, 0);
    assert!(loss.given_up > 0);

    let (mut full, mut thin, mut last) = (0, Vec::new(), 0);
    while let Some(batch) = bench.next(50) {
        for round in rounds(&batch) {
            assert!(round.wall_ms > last, "order is kept");
            last = round.wall_ms;
            match round.samples.is_empty() {
                true => thin.push(round.wall_ms as u64),
                false => full += 1,
            }
        }
        bench.spool.acknowledge(batch.last);
    }
    assert_eq!(last as u64, count, "the newest is there");
    assert_eq!(full + loss.given_up, count, "each round is sent or counted");
    let expected: Vec<u64> = (1..=loss.given_up).filter(|id| id % 100 == 0).collect();
    assert_eq!(thin, expected, "of the oldest, what happened is there");
}

#[test]
fn what_is_past_its_age_is_given_up_though_nothing_new_comes() {
    let mut bench = Bench::new();
    bench.append_all(1..=2);
    bench.append(&round(3, true));
    bench.now.mono_ms += 25 * HOUR_MS;
    assert_eq!(bench.drain(9), [3]);
    assert_eq!(
        bench.spool.take_loss(),
        Loss {
            damaged: 0,
            given_up: 3
        }
    );
}

#[test]
fn what_is_past_its_age_is_given_up_when_something_new_comes() {
    let mut bench = Bench::new();
    bench.append_all(1..=2);
    bench.now.mono_ms += 25 * HOUR_MS;
    bench.append_all(3..=3);
    assert_eq!(bench.spool.depth().rounds, 1);
}

#[test]
fn age_across_a_reboot_is_told_by_the_wall_clock() {
    let mut bench = Bench::new();
    bench.append_all(1..=2);
    bench.boot = Uuid::from_u128(2);
    bench.restart();
    bench.now = Stamp {
        wall_ms: 1_000,
        mono_ms: 99 * HOUR_MS,
    };
    assert_eq!(ids(&bench.next(9).unwrap()), [1, 2]);
    bench.now.wall_ms = 25 * HOUR_MS as i64;
    assert_eq!(bench.next(9), None);
}

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
    assert_eq!(bench.spool.depth().rounds, 4);

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
    assert_eq!(sent.len() as u64 + loss.given_up, count);
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
    assert!(bench.spool.trouble().unwrap().contains("make space"));
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

#[test]
fn a_batch_holds_at_least_one_round_and_about_as_many_bytes_as_asked() {
    let mut bench = Bench::new();
    bench.append_all(1..=4);
    let one = bench.spool.next_batch(9, 1, bench.now).unwrap();
    assert_eq!(ids(&one), [1]);
    let size = one.rounds[0].len();
    let two = bench.spool.next_batch(9, 2 * size + 10, bench.now).unwrap();
    assert_eq!(ids(&two), [1, 2]);
}

/// One thing that happens to a spool.
#[derive(Debug, Clone)]
enum Step {
    Append {
        eventful: bool,
    },
    Send {
        rounds: usize,
        acknowledged: u64,
    },
    Restart,
    Reboot,
    Full(bool),
    /// A write was cut short: these bytes of a record follow the newest segment.
    Torn(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => any::<bool>().prop_map(|eventful| Step::Append { eventful }),
        3 => (1usize..5, 0u64..6)
            .prop_map(|(rounds, acknowledged)| Step::Send { rounds, acknowledged }),
        1 => Just(Step::Restart),
        1 => Just(Step::Reboot),
        1 => any::<bool>().prop_map(Step::Full),
        1 => (1usize..60).prop_map(Step::Torn),
    ]
}

proptest! {
    /// Below the bound nothing unacknowledged is lost, order is kept, and no number is
    /// given to two rounds. What only memory held is lost with the process, no more.
    #[test]
    fn what_is_not_acknowledged_is_sent_in_order(steps in prop::collection::vec(step(), 1..60)) {
        let mut bench = Bench::new();
        let mut waiting: VecDeque<(u64, bool)> = VecDeque::new();
        let mut given = BTreeSet::new();
        let mut id = 0;
        for step in steps {
            match step {
                Step::Append { eventful } => {
                    id += 1;
                    let place = bench.append(&round(id, eventful));
                    prop_assert!(given.insert((place.epoch, place.seq)));
                    waiting.push_back((id, bench.spool.trouble().is_some()));
                    if bench.spool.trouble().is_none() {
                        waiting.iter_mut().for_each(|(_, in_memory)| *in_memory = false);
                    }
                }
                Step::Send { rounds, acknowledged } => {
                    let Some(batch) = bench.next(rounds) else {
                        prop_assert!(waiting.is_empty());
                        continue;
                    };
                    let sent = ids(&batch);
                    let expected: Vec<u64> =
                        waiting.iter().take(sent.len()).map(|(id, _)| *id).collect();
                    prop_assert_eq!(&sent, &expected);
                    let first = batch.last.seq - (sent.len() as u64 - 1);
                    let upto = (first + acknowledged).saturating_sub(1);
                    bench.spool.acknowledge(Place { seq: upto, ..batch.last });
                    waiting.drain(..sent.len().min(acknowledged as usize));
                }
                Step::Restart | Step::Reboot => {
                    if matches!(step, Step::Reboot) {
                        bench.boot = Uuid::new_v4();
                    }
                    bench.restart();
                    waiting.retain(|(_, in_memory)| !in_memory);
                }
                Step::Full(full) => {
                    bench.disk.full.store(full, Ordering::Relaxed);
                    bench.now.mono_ms += DISK_AGAIN_AFTER_MS;
                }
                Step::Torn(bytes) => {
                    if let Some(newest) = bench.segments().last() {
                        let mut record = Vec::new();
                        let place = Place { epoch: Uuid::nil(), seq: 1 };
                        Record::new(&round(0, false), place, bench.boot).write(&mut record);
                        let mut file = File::options().append(true).open(newest).unwrap();
                        file.write_all(&record[..bytes]).unwrap();
                        bench.restart();
                        waiting.retain(|(_, in_memory)| !in_memory);
                    }
                }
            }
            prop_assert_eq!(bench.spool.depth().rounds, waiting.len() as u64);
        }
        let rest: Vec<u64> = waiting.iter().map(|(id, _)| *id).collect();
        prop_assert_eq!(bench.drain(7), rest);
        prop_assert_eq!(bench.spool.take_loss().given_up, 0);
    }
}

const LIMITS: Limits = Limits {
    bytes_max: 32 * MIB,
    age_max: Duration::from_secs(24 * 3_600),
};

/// A disk that is full when the test says so.
#[derive(Debug, Clone)]
struct TestDisk {
    full: Arc<AtomicBool>,
    free: Arc<AtomicU64>,
}

impl Medium for TestDisk {
    fn append(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        if self.full.load(Ordering::Relaxed) {
            // As the kernel does it: a part is written before the rest is refused.
            file.write_all(&bytes[..bytes.len() / 2])?;
            return Err(io::ErrorKind::StorageFull.into());
        }
        file.write_all(bytes)
    }

    fn free_bytes(&self, _: &Path) -> io::Result<u64> {
        Ok(self.free.load(Ordering::Relaxed))
    }
}

/// A spool in a directory of its own, on a disk and clocks of the test's.
struct Bench {
    dir: TempDir,
    disk: TestDisk,
    limits: Limits,
    boot: Uuid,
    now: Stamp,
    spool: Spool,
}

impl Bench {
    fn new() -> Bench {
        Bench::with(LIMITS)
    }

    fn with(limits: Limits) -> Bench {
        let dir = tempfile::tempdir().unwrap();
        let disk = TestDisk {
            full: Arc::default(),
            free: Arc::new(AtomicU64::new(1 << 50)),
        };
        let boot = Uuid::from_u128(1);
        let medium = Box::new(disk.clone());
        let spool = Spool::open_on(dir.path(), boot, limits, medium).unwrap();
        Bench {
            dir,
            disk,
            limits,
            boot,
            now: Stamp::default(),
            spool,
        }
    }

    /// As after kill -9: nothing is closed in an orderly way.
    fn restart(&mut self) {
        let medium = Box::new(self.disk.clone());
        self.spool = Spool::open_on(self.dir.path(), self.boot, self.limits, medium).unwrap();
    }

    fn append(&mut self, round: &Round) -> Place {
        self.spool.append(round, self.now)
    }

    fn append_all(&mut self, ids: std::ops::RangeInclusive<u64>) -> Vec<Place> {
        ids.map(|id| self.append(&round(id, false))).collect()
    }

    fn next(&mut self, rounds: usize) -> Option<Batch> {
        self.spool.next_batch(rounds, MIB as usize, self.now)
    }

    /// Sends and acknowledges until nothing waits.
    fn drain(&mut self, rounds: usize) -> Vec<u64> {
        let mut all = Vec::new();
        while let Some(batch) = self.next(rounds) {
            all.extend(ids(&batch));
            self.spool.acknowledge(batch.last);
        }
        all
    }

    fn segments(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.dir.path()).unwrap();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|end| end == "segment"));
        paths.sort();
        paths
    }
}

fn ids(batch: &Batch) -> Vec<u64> {
    let rounds = rounds(batch);
    let seqs: Vec<u64> = rounds.iter().map(|round| round.seq).collect();
    assert_eq!(seqs.last(), Some(&batch.last.seq));
    assert!(seqs.is_sorted());
    rounds.iter().map(|round| round.wall_ms as u64).collect()
}

fn rounds(batch: &Batch) -> Vec<Round> {
    let parse = |json: &Vec<u8>| serde_json::from_slice(json).unwrap();
    batch.rounds.iter().map(parse).collect()
}

/// A round that is known by its wall clock. Its value does not deflate, so that bounds
/// are reached with few rounds.
fn round(id: u64, eventful: bool) -> Round {
    let event = Event {
        id: id.to_string(),
        wall_ms: 0,
        kind: EventKind::Goodbye {
            reason: Goodbye::AgentStop,
        },
    };
    let noise: String = (0..20u128).map(|n| mix(id, n)).collect();
    Round {
        seq: 0,
        wall_ms: id as i64,
        mono_ms: 0,
        interval_s: 15.0,
        probes: Vec::new(),
        samples: vec![Sample {
            name: noise,
            attributes: Default::default(),
            value: 0.5,
        }],
        checks: Vec::new(),
        events: if eventful { vec![event] } else { Vec::new() },
    }
}

fn mix(id: u64, n: u128) -> String {
    let seed = (u128::from(id) << 8 | n).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    Uuid::from_u128(seed ^ (seed >> 61)).simple().to_string()
}
