//! Keeps a file whose only use is to be deleted: its space lets resolves commit on a full disk.
//!
//! In: a folder beside the store and a size. Out: space given back, or set aside
//! again. Knows nothing of what the space is used for.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, fallocate, statvfs};
use rustix::io::Errno;

use crate::engine_loop::Reserve;

/// Bytes set aside where nobody says otherwise.
pub const BYTES_DEFAULT: u64 = 64 << 20;
/// The reserve is only set aside where so many times its size is free: it must not be what fills the disk.
const FREE_TIMES_MIN: u64 = 2;
/// Bytes written at once where the file system cannot allocate without writing.
static ZEROS: [u8; 64 << 10] = [0; 64 << 10];
/// Bytes of a block, as `st_blocks` counts them.
const BLOCK_BYTES: u64 = 512;

/// The file `reserve` in the state directory.
#[derive(Debug)]
pub struct FileReserve {
    path: PathBuf,
    bytes: u64,
}

impl FileReserve {
    /// A reserve of `bytes` in `directory`; none at all if that is zero. Sets nothing aside yet.
    pub fn new(directory: &Path, bytes: u64) -> FileReserve {
        FileReserve {
            path: directory.join("reserve"),
            bytes,
        }
    }

    /// Whether the file is there and its space really is.
    fn is_set_aside(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|found| {
            found.len() == self.bytes && found.blocks() * BLOCK_BYTES >= self.bytes
        })
    }

    fn set_aside(&self) -> io::Result<()> {
        let directory = self.path.parent().unwrap_or(Path::new("."));
        let disk = statvfs(directory)?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        if free < self.bytes.saturating_mul(FREE_TIMES_MIN) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let mut file = File::create(&self.path)?;
        match fallocate(&file, FallocateFlags::empty(), 0, self.bytes) {
            Ok(()) => Ok(()),
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => write_zeros(&mut file, self.bytes),
            Err(error) => Err(error.into()),
        }
    }
}

fn write_zeros(file: &mut File, bytes: u64) -> io::Result<()> {
    let mut left = bytes;
    while left > 0 {
        let part = usize::try_from(left).unwrap_or(usize::MAX).min(ZEROS.len());
        file.write_all(&ZEROS[..part])?;
        left -= part as u64;
    }
    // Space is promised for good only once the file system has chosen it.
    file.sync_all()
}

impl Reserve for FileReserve {
    fn release(&mut self) -> bool {
        match fs::remove_file(&self.path) {
            Ok(()) => {
                tracing::warn!(path = %self.path.display(), bytes = self.bytes, "the disk is full: the reserve is released; what is open still closes, nothing is opened");
                true
            }
            Err(error) => {
                tracing::error!(path = %self.path.display(), %error, "the disk is full, and there is no reserve to release");
                false
            }
        }
    }

    fn restore(&mut self) -> bool {
        if self.bytes == 0 || self.is_set_aside() {
            return true;
        }
        match self.set_aside() {
            Ok(()) => true,
            Err(error) => {
                // Half a reserve would take space and be none.
                let _ = fs::remove_file(&self.path);
                tracing::debug!(path = %self.path.display(), %error, "the reserve cannot be set aside now");
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_reserve_takes_real_space_and_gives_it_back() {
        let directory = tempfile::tempdir().unwrap();
        let mut reserve = FileReserve::new(directory.path(), 1 << 20);
        assert!(!reserve.release(), "there is none yet");
        assert!(reserve.restore());
        let found = fs::metadata(directory.path().join("reserve")).unwrap();
        assert_eq!(found.len(), 1 << 20);
        assert!(
            found.blocks() * BLOCK_BYTES >= 1 << 20,
            "a hole is no reserve"
        );
        assert!(reserve.restore(), "it is there already");
        assert!(reserve.release());
        assert!(!directory.path().join("reserve").exists());
        assert!(!reserve.release(), "it is gone already");
    }

    #[test]
    fn a_reserve_is_not_what_fills_the_disk() {
        let directory = tempfile::tempdir().unwrap();
        let mut reserve = FileReserve::new(directory.path(), u64::MAX / 4);
        assert!(!reserve.restore());
        assert!(!directory.path().join("reserve").exists());
    }

    #[test]
    fn half_a_reserve_or_a_hole_is_made_whole() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("reserve");
        let mut reserve = FileReserve::new(directory.path(), 1 << 20);
        fs::write(&path, "half").unwrap();
        assert!(reserve.restore());
        assert!(reserve.is_set_aside());
        File::create(&path).unwrap().set_len(1 << 20).unwrap();
        assert!(!reserve.is_set_aside());
        assert!(reserve.restore());
        assert!(reserve.is_set_aside());
    }

    #[test]
    fn space_that_must_be_written_is_written() {
        let mut file = tempfile::tempfile().unwrap();
        let odd = ZEROS.len() as u64 * 3 + 17;
        write_zeros(&mut file, odd).unwrap();
        let found = file.metadata().unwrap();
        assert_eq!(found.len(), odd);
        assert!(found.blocks() * BLOCK_BYTES >= odd);
    }

    #[test]
    fn a_reserve_of_nothing_is_always_there_and_never_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let mut reserve = FileReserve::new(directory.path(), 0);
        assert!(reserve.restore());
        assert!(!reserve.release());
        assert!(!directory.path().join("reserve").exists());
    }
}
