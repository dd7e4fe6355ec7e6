//! Keeps the agent's own directory: its id, its lock, and where everything else lies.
//!
//! In: a path. Out: a [`StateDir`] that belongs to this process alone until it ends.
//! Knows nothing of what others keep in it.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use uuid::Uuid;

/// Where the state lies when nobody says where.
pub(crate) const USUAL_PLACE: &str = "/var/lib/vedette-agent";
/// `status` holds the lock for a moment to see whether somebody else does; so a start
/// tries this often.
const LOCK_ATTEMPTS: u32 = 5;
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// The agent's directory, locked.
#[derive(Debug)]
pub struct StateDir {
    path: PathBuf,
    agent: Uuid,
    // Held, not used: the lock ends with the file.
    _lock: File,
}

/// Why the directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// It cannot be made, read or written.
    #[error(
        "the state directory {} cannot be used: {error}; make it writable, or name another with --state-dir",
        path.display()
    )]
    Unusable {
        /// The directory.
        path: PathBuf,
        /// What happened.
        error: io::Error,
    },
    /// Another agent holds the lock.
    #[error(
        "the state directory {} is in use by another vedette-agent; stop that one, or name another with --state-dir",
        path.display()
    )]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// The file with the id holds something else.
    #[error(
        "{} does not hold an agent's id; remove it to report as a new host",
        path.display()
    )]
    BadId {
        /// The file.
        path: PathBuf,
    },
}

/// The directory to use: the one asked for, the service manager's, or the usual one.
pub fn choose(asked: Option<PathBuf>) -> PathBuf {
    let from_service = || {
        let listed = std::env::var_os("STATE_DIRECTORY")?;
        // systemd lists several with colons between them.
        std::env::split_paths(&listed).next()
    };
    asked
        .or_else(from_service)
        .unwrap_or_else(|| PathBuf::from(USUAL_PLACE))
}

/// Whether an agent runs on this directory now.
pub fn is_in_use(path: &Path) -> bool {
    match File::open(path.join("lock")) {
        Ok(file) => matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)),
        Err(_) => false,
    }
}

impl StateDir {
    /// Makes the directory if need be (0700), locks it, and reads or makes the id (0600).
    ///
    /// # Errors
    /// [`StateError`], each with what to do about it.
    pub fn open(path: &Path) -> Result<StateDir, StateError> {
        let unusable = |error| StateError::Unusable {
            path: path.to_owned(),
            error,
        };
        make_private(path).map_err(unusable)?;
        let lock = private()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path.join("lock"))
            .map_err(unusable)?;
        if !lock_patiently(&lock).map_err(unusable)? {
            return Err(StateError::InUse {
                path: path.to_owned(),
            });
        }
        let file = path.join("agent-id");
        let agent = match fs::read_to_string(&file) {
            Ok(text) => text
                .trim()
                .parse()
                .map_err(|_| StateError::BadId { path: file })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let agent = Uuid::new_v4();
                write_id(path, &file, agent).map_err(unusable)?;
                agent
            }
            Err(error) => return Err(unusable(error)),
        };
        Ok(StateDir {
            path: path.to_owned(),
            agent,
            _lock: lock,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The agent's random id, made once.
    pub fn agent(&self) -> Uuid {
        self.agent
    }
}

fn lock_patiently(lock: &File) -> io::Result<bool> {
    for _ in 0..LOCK_ATTEMPTS {
        match lock.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(false)
}

/// Whole or not at all: half an id would be a new host after the next start.
fn write_id(dir: &Path, path: &Path, agent: Uuid) -> io::Result<()> {
    let beside = path.with_extension("tmp");
    let mut file = private()
        .write(true)
        .create(true)
        .truncate(true)
        .open(&beside)?;
    writeln!(file, "{agent}")?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    File::open(dir)?.sync_all()
}

#[cfg(unix)]
fn make_private(path: &Path) -> io::Result<()> {
    use std::fs::Permissions;
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};

    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    // It may have been made by somebody with a wider idea; not ours to insist.
    let _ = fs::set_permissions(path, Permissions::from_mode(0o700));
    Ok(())
}

#[cfg(not(unix))]
fn make_private(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).create(path)
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_id_is_made_once_and_is_nobody_elses_to_read() {
        use std::os::unix::fs::PermissionsExt;

        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/state");
        let first = StateDir::open(&path).unwrap().agent();
        assert_eq!(StateDir::open(&path).unwrap().agent(), first);
        let mode = |name: &str| fs::metadata(path.join(name)).unwrap().permissions().mode();
        assert_eq!(mode("") & 0o777, 0o700);
        assert_eq!(mode("agent-id") & 0o777, 0o600);
    }

    #[test]
    fn a_directory_in_use_is_refused_in_one_sentence() {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::open(dir.path()).unwrap();
        assert!(is_in_use(dir.path()));
        let error = StateDir::open(dir.path()).unwrap_err();
        assert!(matches!(error, StateError::InUse { .. }));
        assert!(!error.to_string().contains('\n'));
        drop(state);
        assert!(!is_in_use(dir.path()));
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        let error = StateDir::open(&file.join("state")).unwrap_err();
        assert!(matches!(error, StateError::Unusable { .. }), "{error}");
        assert!(error.to_string().contains("--state-dir"));
    }

    #[test]
    fn an_id_that_is_none_is_not_replaced_behind_anybodys_back() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("agent-id"), "web-1").unwrap();
        let error = StateDir::open(dir.path()).unwrap_err();
        assert!(matches!(error, StateError::BadId { .. }), "{error}");
    }
}
