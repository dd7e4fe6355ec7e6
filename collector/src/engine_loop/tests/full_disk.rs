//! A real file system that is really full, under a real store with a real reserve.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use super::world::{BEGIN, Ear, Told, clears, fires, policy, state_of};
use super::{assert_committed, assert_later, say, until_committed};
use crate::clock::SetClock;
use crate::engine_loop::EngineLoop;
use crate::reserve::FileReserve;
use crate::store::sqlite::Sqlite;
use crate::store::{Store, spawn};

const RESERVE_BYTES: u64 = 4 << 20;
/// Openings until a full disk is noticed, at most: the log has some space left that it wrote before.
const OPENINGS_MAX: u32 = 2_000;

#[tokio::test(start_paused = true)]
async fn a_full_disk_refuses_openings_lets_resolves_through_and_recovers_without_a_restart() {
    let Some(disk) = Disk::mount() else {
        return;
    };
    let path = disk.path().join("vedette.db");
    let mut writer = Sqlite::open(&path).unwrap();
    let loaded = writer.load().unwrap();
    let reader = Sqlite::open_reader(&path).unwrap();
    let store = spawn(Box::new(writer), Box::new(reader)).unwrap();
    let ear = Ear::default();
    let reserve = FileReserve::new(disk.path(), RESERVE_BYTES);
    let (engine_loop, handle, view) = EngineLoop::resume(
        loaded,
        Arc::new(policy()),
        store,
        Arc::new(SetClock::at(BEGIN)),
        (ear.clone(), reserve),
    );
    let running = tokio::spawn(engine_loop.run());
    assert!(disk.path().join("reserve").exists());

    let mut opened = 20;
    for id in 0..opened {
        assert_committed(&say(&handle, fires(id)).await);
    }
    disk.fill();
    while say(&handle, fires(opened)).await.is_committed() {
        opened += 1;
        assert!(opened < OPENINGS_MAX, "the disk is not full");
    }
    assert!(ear.heard().contains(&Told::Tight(true)));
    assert!(
        !disk.path().join("reserve").exists(),
        "its space is given back"
    );
    assert_later(&say(&handle, fires(opened)).await);
    for id in 0..opened {
        assert_committed(&say(&handle, clears(id)).await);
    }

    disk.free();
    until_committed(&handle, || fires(opened)).await;
    assert!(ear.heard().contains(&Told::Tight(false)));
    assert!(
        disk.path().join("reserve").exists(),
        "it is set aside again"
    );

    drop(handle);
    running.await.unwrap();
    let mut again = Sqlite::open(&path).unwrap();
    assert_eq!(state_of(&again.load().unwrap()), *view.read());
}

/// A small disk in memory, unmounted with its value.
struct Disk(tempfile::TempDir);

impl Disk {
    /// Nothing, said aloud, where this user may not mount.
    fn mount() -> Option<Disk> {
        let directory = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=24m", "vedette-test"])
            .arg(directory.path())
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(Disk(directory)),
            other => {
                eprintln!("SKIPPED: no file system can be mounted here: {other:?}");
                None
            }
        }
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn fill(&self) {
        let mut file = File::create(self.path().join("filler")).unwrap();
        for bytes in [1 << 20, 1 << 12] {
            while file.write_all(&vec![1; bytes]).is_ok() {}
        }
    }

    fn free(&self) {
        fs::remove_file(self.path().join("filler")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: the store's threads may close their files a moment later.
        let unmounted = Command::new("umount").arg("-l").arg(self.path()).status();
        if !unmounted.is_ok_and(|status| status.success()) {
            eprintln!("{} stays mounted", self.path().display());
        }
    }
}
