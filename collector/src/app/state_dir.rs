//! Keeps the state directory: found, made, writable, and nobody else's.
//!
//! One process per state directory: an exclusive lock is held as long as
//! [`StateDir`] lives, and released by the kernel however the process ends.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::StartError;
use super::lock::{Lock, NoLock};

/// Where state is kept when nobody says where.
const DEFAULT: &str = "/var/lib/vedette-collector";
/// The file that is locked.
const LOCK: &str = "lock";
/// Only the owner reads what is kept: tickets' facts and tokens are in it.
const DIR_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// A state directory that is ours.
#[derive(Debug)]
pub(super) struct StateDir {
    path: PathBuf,
    /// Held for its lock.
    _lock: Lock,
}

impl StateDir {
    /// Takes `wanted`, else what systemd names in `STATE_DIRECTORY`, else the default; makes it if
    /// it is missing.
    pub(super) fn take(wanted: Option<&Path>) -> Result<StateDir, StartError> {
        let path = match wanted {
            Some(path) => path.to_path_buf(),
            None => std::env::var_os("STATE_DIRECTORY")
                .map_or_else(|| PathBuf::from(DEFAULT), PathBuf::from),
        };
        let unusable = |error: std::io::Error| {
            StartError(format!(
                "the state directory {} cannot be used: {error}; make it writable for this user, or name another with --state-dir",
                path.display()
            ))
        };
        fs::DirBuilder::new()
            .recursive(true)
            .mode(DIR_MODE)
            .create(&path)
            .map_err(unusable)?;
        let lock = Lock::take(&path.join(LOCK)).map_err(|error| match error {
            NoLock::Taken => StartError(format!(
                "another collector uses the state directory {}; end it, or name another with --state-dir",
                path.display()
            )),
            NoLock::Unusable(error) => unusable(error),
        })?;
        probe(&path).map_err(unusable)?;
        Ok(StateDir { path, _lock: lock })
    }

    /// The directory.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A file in it.
    pub(super) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

/// Writes and removes a file: a directory that can be opened is not yet one that can be written.
fn probe(path: &Path) -> std::io::Result<()> {
    let probe = path.join(".probe");
    OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(FILE_MODE)
        .open(&probe)?
        .write_all(b"writable\n")?;
    fs::remove_file(probe)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_second_collector_on_a_state_directory_is_refused_and_told_why() {
        let scratch = tempfile::tempdir().unwrap();
        let first = StateDir::take(Some(scratch.path())).unwrap();
        let second = StateDir::take(Some(scratch.path())).unwrap_err();
        assert!(
            second.to_string().contains("another collector uses"),
            "{second}"
        );
        drop(first);
        StateDir::take(Some(scratch.path())).unwrap();
    }

    #[test]
    fn a_place_that_cannot_be_a_directory_is_refused_in_one_sentence() {
        let scratch = tempfile::tempdir().unwrap();
        let file = scratch.path().join("file");
        fs::write(&file, "").unwrap();
        let error = StateDir::take(Some(&file.join("below")))
            .unwrap_err()
            .to_string();
        assert!(error.contains("cannot be used"), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
}
