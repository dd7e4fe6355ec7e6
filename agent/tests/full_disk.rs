//! The spool on a disk that is really full: a small tmpfs, filled and emptied.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use uuid::Uuid;
use vedette_agent::clock::Stamp;
use vedette_agent::report;
use vedette_agent::spool::{Kept, Limits, Spool};
use vedette_wire::{Event, EventKind};

const MIB: usize = 1024 * 1024;
const MINUTE_MS: u64 = 60_000;

#[test]
fn on_a_full_disk_it_goes_on_in_memory_and_says_so_and_comes_back_to_the_disk() {
    let Some(disk) = SmallDisk::mount(64) else {
        eprintln!("skipped: a tmpfs can be mounted by root only");
        return;
    };
    let mut now = Stamp::default();
    let boot = Uuid::from_u128(1);
    let limits = Limits {
        bytes_max: 32 * MIB as u64,
        age_max: Duration::from_secs(86_400),
    };
    let dir = disk.path.join("spool");
    let mut spool = Spool::open(&dir, boot, limits).unwrap();
    happens(&mut spool, 1, now);
    assert_eq!(spool.trouble(), None);

    disk.fill(63 * MIB);
    now.mono_ms += MINUTE_MS;
    happens(&mut spool, 2, now);
    let trouble = spool.trouble().unwrap().to_owned();
    assert!(
        trouble.contains("% full") && trouble.contains("memory"),
        "{trouble}"
    );

    // Filled to the last byte, and asked again: the kernel's own refusal.
    disk.fill(2 * MIB);
    now.mono_ms += MINUTE_MS;
    happens(&mut spool, 3, now);
    assert!(spool.trouble().is_some());
    let batch = spool.next_batch(9, MIB, now).unwrap();
    assert_eq!(batch.items.len(), 1, "what is on disk can be read and sent");

    disk.empty();
    now.mono_ms += MINUTE_MS;
    happens(&mut spool, 4, now);
    assert_eq!(spool.trouble(), None);
    drop(spool);
    let mut spool = Spool::open(&dir, boot, limits).unwrap();
    assert_eq!(spool.depth().state, 4, "all of it survives the process now");
    let mut sent = Vec::new();
    while let Some(batch) = spool.next_batch(9, MIB, now) {
        sent.extend(batch.items.iter().map(|item| item.seq));
        spool.acknowledge(batch.last);
    }
    assert_eq!(
        sent,
        [1, 1, 2, 3],
        "memory has had numbers of its own, and they go on"
    );
}

#[test]
fn a_disk_that_fills_up_in_the_middle_of_a_record_costs_none() {
    let Some(disk) = SmallDisk::mount(128) else {
        eprintln!("skipped: a tmpfs can be mounted by root only");
        return;
    };
    let mut now = Stamp::default();
    let limits = Limits {
        bytes_max: 32 * MIB as u64,
        age_max: Duration::from_secs(86_400),
    };
    let mut spool = Spool::open(&disk.path.join("spool"), Uuid::from_u128(1), limits).unwrap();
    happens(&mut spool, 1, now);
    // How full the disk is has been asked a moment ago: the refusal comes from the kernel.
    disk.fill(127 * MIB);
    disk.fill(2 * MIB);
    for number in 2..=40 {
        now.mono_ms += 1_000;
        happens(&mut spool, number, now);
    }
    assert!(spool.trouble().is_some());
    let mut events = 0;
    while let Some(batch) = spool.next_batch(100, MIB, now) {
        events += batch.items.len();
        spool.acknowledge(batch.last);
    }
    assert_eq!(events, 40);
    assert_eq!(spool.take_loss().records(), 0);
}

fn happens(spool: &mut Spool, number: u128, now: Stamp) {
    let event = Event {
        id: Uuid::from_u128(number).to_string(),
        wall_ms: now.wall_ms,
        kind: EventKind::LogMatch {
            check: "log".to_owned(),
            about: None,
            matches: 1,
            lines: (0..20)
                .map(|line| Uuid::from_u128(number * 31 + line).to_string())
                .collect(),
        },
    };
    let round = report::happened(vec![event], now, Duration::from_secs(15));
    spool.keep(&round, &mut Kept::default(), now);
}

/// A file system of its own; unmounted in the end, however the test ends.
struct SmallDisk {
    path: PathBuf,
    _dir: tempfile::TempDir,
}

impl SmallDisk {
    fn mount(mib: usize) -> Option<SmallDisk> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("disk");
        fs::create_dir(&path).unwrap();
        let size = format!("size={mib}m");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "vedette-test"])
            .arg(&path)
            .output();
        let mounted = mounted.is_ok_and(|output| output.status.success());
        mounted.then_some(SmallDisk { path, _dir: dir })
    }

    /// Writes at most so many bytes; less, if the disk is full before.
    fn fill(&self, bytes: usize) {
        let name = format!("ballast-{}", ballast(&self.path).len());
        let mut file = File::create(self.path.join(name)).unwrap();
        let block = vec![1; 64 * 1024];
        let mut left = bytes;
        while left > 0 && file.write_all(&block[..left.min(block.len())]).is_ok() {
            left -= left.min(block.len());
        }
    }

    fn empty(&self) {
        for path in ballast(&self.path) {
            fs::remove_file(path).unwrap();
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.path).status();
    }
}

fn ballast(dir: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(dir).unwrap().flatten().map(|file| file.path());
    files
        .filter(|path| path.to_string_lossy().contains("ballast"))
        .collect()
}
