//! The few things the spool asks of a disk that can go wrong.
//!
//! In: a file and bytes. Out: done, or why not. Knows nothing of records. A test puts a
//! disk in its place that is full when the test says so.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// A disk.
pub(super) trait Medium: Send + Sync {
    /// Adds bytes at the end of a file; needs space.
    fn append(&self, file: &mut File, bytes: &[u8]) -> io::Result<()>;
    /// Bytes that are free below this directory for an ordinary user.
    fn free_bytes(&self, dir: &Path) -> io::Result<u64>;
}

/// The host's disk.
#[derive(Debug)]
pub(super) struct HostMedium;

impl Medium for HostMedium {
    fn append(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }

    #[cfg(unix)]
    fn free_bytes(&self, dir: &Path) -> io::Result<u64> {
        let answer = rustix::fs::statvfs(dir)?;
        Ok(answer.f_bavail.saturating_mul(answer.f_frsize))
    }

    // Without the figure, the spool's own bound is the only one.
    #[cfg(not(unix))]
    fn free_bytes(&self, _: &Path) -> io::Result<u64> {
        Ok(u64::MAX)
    }
}
