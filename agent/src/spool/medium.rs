//! The few things the spool asks of a disk that can go wrong.
//!
//! In: a file and bytes. Out: done, or why not. Knows nothing of records. A test puts a
//! disk in its place that is full when the test says so, or never is.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// How full a file system is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Space {
    /// Bytes that are free for an ordinary user.
    pub(super) free_bytes: u64,
    /// Used share as `df` prints it, 0 to 1.
    pub(super) used_share: f64,
}

/// A disk.
pub(super) trait Medium: Send + Sync {
    /// Adds bytes at the end of a file; needs space.
    fn append(&self, file: &mut File, bytes: &[u8]) -> io::Result<()>;
    /// Waits until what was written is safe from a power failure.
    fn sync(&self, file: &File) -> io::Result<()>;
    /// How full the file system of this directory is.
    fn space(&self, dir: &Path) -> io::Result<Space>;
}

/// The host's disk.
#[derive(Debug)]
pub(super) struct HostMedium;

impl Medium for HostMedium {
    fn append(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    #[cfg(unix)]
    fn space(&self, dir: &Path) -> io::Result<Space> {
        let answer = rustix::fs::statvfs(dir)?;
        let free_bytes = answer.f_bavail.saturating_mul(answer.f_frsize);
        let used = answer.f_blocks.saturating_sub(answer.f_bfree);
        let whole = used.saturating_add(answer.f_bavail);
        Ok(Space {
            free_bytes,
            used_share: used as f64 / whole.max(1) as f64,
        })
    }

    // Without the figures, the spool's own bound is the only one.
    #[cfg(not(unix))]
    fn space(&self, _: &Path) -> io::Result<Space> {
        Ok(Space {
            free_bytes: u64::MAX,
            used_share: 0.0,
        })
    }
}

/// The host's disk with much space, however full it really is: for tests of other things.
#[cfg(test)]
pub(super) struct RoomyMedium;

#[cfg(test)]
impl Medium for RoomyMedium {
    fn append(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        HostMedium.append(file, bytes)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        HostMedium.sync(file)
    }

    fn space(&self, _: &Path) -> io::Result<Space> {
        Ok(Space {
            free_bytes: 1 << 40,
            used_share: 0.1,
        })
    }
}
