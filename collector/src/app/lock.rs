//! Keeps what is one process's at a time: by a file that is locked.
//!
//! Released by the kernel however the process ends; the file itself stays, and says nothing.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::StartError;

/// Only the owner opens it.
const FILE_MODE: u32 = 0o600;
/// What the name of a store's lock has more than that of the store.
const BESIDE: &str = ".lock";

/// Held as long as it lives.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

/// Why there is no lock.
#[derive(Debug)]
pub(super) enum NoLock {
    /// Another process has it.
    Taken,
    /// The file cannot be made or locked.
    Unusable(io::Error),
}

impl Lock {
    /// Locks a file, which is made if it is missing.
    pub(super) fn take(path: &Path) -> Result<Lock, NoLock> {
        let file = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(false)
            .mode(FILE_MODE)
            .open(path)
            .map_err(NoLock::Unusable)?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(NoLock::Taken),
            Err(TryLockError::Error(error)) => Err(NoLock::Unusable(error)),
        }
    }

    /// Locks a store by a file beside it: state directories may differ and the store be the same.
    pub(super) fn of_store(store: &Path) -> Result<Lock, StartError> {
        let refuse = |why: String| {
            let store = store.display();
            StartError(format!("the store {store} cannot be used: {why}"))
        };
        let lock = beside(store).map_err(|error| refuse(error.to_string()))?;
        Lock::take(&lock).map_err(|error| match error {
            NoLock::Taken => refuse(
                "another collector uses it; end that one, or set [store] url to another file"
                    .into(),
            ),
            NoLock::Unusable(error) => refuse(format!("{} {error}", lock.display())),
        })
    }
}

/// The same file for every way to name the store.
fn beside(store: &Path) -> io::Result<PathBuf> {
    let store = match store.canonicalize() {
        Ok(store) => store,
        // There is none yet: its folder is what may have several names.
        Err(_) => {
            let folder = match store.parent() {
                Some(folder) if folder != Path::new("") => folder,
                Some(_) | None => Path::new("."),
            };
            folder
                .canonicalize()?
                .join(store.file_name().unwrap_or_default())
        }
    };
    let mut name: OsString = store.into_os_string();
    name.push(BESIDE);
    Ok(name.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_second_collector_on_a_store_is_refused_by_whatever_name_it_knows_it() {
        let scratch = tempfile::tempdir().unwrap();
        let store = scratch.path().join("vedette.db");
        let other_name = scratch.path().join("other.db");
        let first = Lock::of_store(&store).unwrap();
        std::fs::write(&store, "").unwrap();
        std::os::unix::fs::symlink(&store, &other_name).unwrap();
        for name in [&store, &other_name] {
            let why = Lock::of_store(name).unwrap_err().to_string();
            assert!(why.contains("another collector uses it"), "{why}");
            assert!(!why.contains('\n'), "{why}");
        }
        drop(first);
        Lock::of_store(&other_name).unwrap();
    }
}
