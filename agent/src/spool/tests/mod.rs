//! What the spool promises, tried on real files and on a disk that is full on command.

#![allow(clippy::unwrap_used)]

mod bounds;
mod damage;
mod order;
mod outage;
mod steps;
mod trouble;

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use vedette_wire::{CheckRun, CheckState, Event, EventKind, Goodbye, Round, Sample};

use super::medium::Space;
use super::trouble::DISK_AGAIN_AFTER_MS;
use super::*;

const MIB: u64 = 1024 * 1024;
const HOUR_MS: u64 = 3_600_000;

const LIMITS: Limits = Limits {
    bytes_max: 32 * MIB,
    age_max: Duration::from_secs(24 * 3_600),
};

/// A disk that is full when the test says so.
#[derive(Debug, Clone)]
struct TestDisk {
    full: Arc<AtomicBool>,
    /// Whether it says EIO when something is to be safe.
    rots: Arc<AtomicBool>,
    free: Arc<AtomicU64>,
    used_percent: Arc<AtomicU64>,
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

    fn sync(&self, _: &File) -> io::Result<()> {
        match self.rots.load(Ordering::Relaxed) {
            true => Err(io::Error::from_raw_os_error(5)),
            false => Ok(()),
        }
    }

    fn space(&self, _: &Path) -> io::Result<Space> {
        Ok(Space {
            free_bytes: self.free.load(Ordering::Relaxed),
            used_share: self.used_percent.load(Ordering::Relaxed) as f64 / 100.0,
        })
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
            rots: Arc::default(),
            free: Arc::new(AtomicU64::new(1 << 50)),
            used_percent: Arc::default(),
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

    fn append(&mut self, round: &Round) -> Kept {
        let mut kept = Kept::default();
        self.spool.keep(round, &mut kept, self.now);
        kept
    }

    /// Rounds with samples and nothing else.
    fn append_all(&mut self, ids: std::ops::RangeInclusive<u64>) -> Vec<Place> {
        ids.map(|id| self.append(&round(id, false)).samples.unwrap())
            .collect()
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
        paths.retain(|path| path.extension().is_some());
        paths.sort();
        paths
    }
}

/// The rounds of a batch, each once, though both its parts be there.
fn ids(batch: &Batch) -> Vec<u64> {
    let rounds = rounds(batch);
    let seqs: Vec<u64> = rounds.iter().map(|round| round.seq).collect();
    assert_eq!(seqs.last(), Some(&batch.last.seq));
    assert!(seqs.is_sorted_by(|one, next| one < next));
    let mut ids: Vec<u64> = rounds.iter().map(|round| round.wall_ms as u64).collect();
    ids.dedup();
    ids
}

fn rounds(batch: &Batch) -> Vec<Round> {
    let parse = |item: &Item| {
        let round: Round = serde_json::from_slice(&item.json).unwrap();
        assert_eq!(
            (round.seq, !round.events.is_empty()),
            (item.seq, item.has_events)
        );
        round
    };
    batch.items.iter().map(parse).collect()
}

/// A round with a check, and perhaps an event, that is known by its wall clock.
fn of_state(id: u64, eventful: bool) -> Round {
    let check = CheckRun {
        check: noise(id),
        kind: "tcp".to_owned(),
        about: None,
        state: CheckState::Ok,
        text: String::new(),
        took_ms: 1,
        every_s: None,
    };
    Round {
        samples: Vec::new(),
        checks: vec![check],
        ..round(id, eventful)
    }
}

/// A round with a sample, and perhaps an event, that is known by its wall clock.
fn round(id: u64, eventful: bool) -> Round {
    let event = Event {
        id: id.to_string(),
        wall_ms: 0,
        kind: EventKind::Goodbye {
            reason: Goodbye::AgentStop,
        },
    };
    Round {
        seq: 0,
        wall_ms: id as i64,
        mono_ms: 0,
        interval_s: 15.0,
        probes: Vec::new(),
        samples: vec![Sample {
            name: noise(id),
            attributes: Default::default(),
            value: 0.5,
        }],
        checks: Vec::new(),
        events: if eventful { vec![event] } else { Vec::new() },
    }
}

/// It does not deflate, so that bounds are reached with few rounds.
fn noise(id: u64) -> String {
    (0..20u128).map(|n| mix(id, n)).collect()
}

fn mix(id: u64, n: u128) -> String {
    let seed = (u128::from(id) << 8 | n).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    Uuid::from_u128(seed ^ (seed >> 61)).simple().to_string()
}
