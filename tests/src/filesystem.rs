//! A small real file system that a test fills and frees.
//!
//! In: a kind and a size. Out: [`Filesystem`], mounted in a temporary folder and gone
//! with its value; nothing, said aloud, where this user may not mount.
//! Knows nothing of agents.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::fs::statvfs;

use crate::program::run;
use crate::scratch::Scratch;
use crate::skip::skip;

/// Bytes written at once when filling, at least.
const CHUNK: usize = 64 << 10;

/// Bytes of the smallest piece a file system gives away.
const BLOCK: usize = 1 << 10;

/// What kind of file system is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file formatted as ext4 on a loop device: a disk, for every program that looks.
    Ext4,
    /// Memory: made in no time, and not a disk for programs that tell them apart.
    Tmpfs,
}

/// A mounted file system.
#[derive(Debug)]
pub struct Filesystem {
    mountpoint: PathBuf,
    // Removed after the drop below has unmounted what is in it.
    _scratch: Scratch,
}

impl Filesystem {
    /// Makes and mounts one of `bytes`, or says that the test is skipped.
    pub fn mount(kind: Kind, bytes: u64) -> Option<Filesystem> {
        if !rustix::process::geteuid().is_root() {
            skip("only root can mount a file system");
            return None;
        }
        let scratch = Scratch::new();
        let mountpoint = scratch.join("disk");
        fs::create_dir(&mountpoint).expect("folders in the scratch folder can be made");
        match mount(kind, bytes, &scratch, &mountpoint) {
            Ok(()) => Some(Filesystem {
                mountpoint,
                _scratch: scratch,
            }),
            Err(why) => {
                skip(&format!(
                    "this machine lets nobody mount a file system: {why}"
                ));
                None
            }
        }
    }

    /// Where it is mounted.
    pub fn mountpoint(&self) -> &Path {
        &self.mountpoint
    }

    /// The used share as `df` prints it: used / (used + available).
    pub fn used(&self) -> f64 {
        let facts = statvfs(&self.mountpoint).expect("a mounted file system can be looked at");
        let used = (facts.f_blocks - facts.f_bfree) as f64;
        used / (used + facts.f_bavail as f64)
    }

    /// Writes until at least this share is used.
    pub fn fill(&self, share: f64) {
        let mut file = File::options()
            .create(true)
            .append(true)
            .open(self.ballast())
            .expect("a file can be made on the test's own file system");
        while self.used() < share {
            file.write_all(&vec![1; self.half_of_what_is_missing(share)])
                .expect("there is room up to the wanted share");
            // Only what is on the disk is counted as used.
            file.sync_data().expect("a written file can be synced");
        }
    }

    /// Writes until not a single block is left.
    pub fn fill_up(&self) {
        let mut file = File::options()
            .create(true)
            .append(true)
            .open(self.ballast())
            .expect("a file can be made on the test's own file system");
        for bytes in [CHUNK, BLOCK] {
            while file.write_all(&vec![1; bytes]).is_ok() {}
        }
        // It may fail for want of space, which is what is wanted.
        let _ = file.sync_data();
    }

    /// Removes what filled it.
    pub fn free(&self) {
        fs::remove_file(self.ballast()).expect("what filled the file system can be removed");
    }

    fn ballast(&self) -> PathBuf {
        self.mountpoint.join("ballast")
    }

    /// Bytes that bring it half the way, so that few syncs end close to the share.
    fn half_of_what_is_missing(&self, share: f64) -> usize {
        let facts = statvfs(&self.mountpoint).expect("a mounted file system can be looked at");
        let bytes = facts.f_blocks as f64 * facts.f_frsize as f64;
        ((share - self.used()) * bytes / 2.0).max(CHUNK as f64) as usize
    }
}

impl Drop for Filesystem {
    fn drop(&mut self) {
        // Lazily: a program under test may be looking at it right now.
        run(Command::new("umount").arg("--lazy").arg(&self.mountpoint));
    }
}

fn mount(kind: Kind, bytes: u64, scratch: &Scratch, at: &Path) -> Result<(), String> {
    match kind {
        Kind::Tmpfs => {
            let size = format!("size={bytes}");
            succeed(
                Command::new("mount")
                    .args(["-t", "tmpfs", "-o", &size, "vedette-test"])
                    .arg(at),
            )
        }
        Kind::Ext4 => {
            let image = scratch.join("disk.img");
            let file = File::create(&image).map_err(|error| error.to_string())?;
            file.set_len(bytes).map_err(|error| error.to_string())?;
            succeed(
                Command::new("mkfs.ext4")
                    .args(["-q", "-m", "0"])
                    .arg(&image),
            )?;
            succeed(
                Command::new("mount")
                    .args(["-o", "loop"])
                    .arg(&image)
                    .arg(at),
            )
        }
    }
}

fn succeed(command: &mut Command) -> Result<(), String> {
    let output = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
}
