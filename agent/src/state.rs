//! Keeps the agent's own directory: its id, its lock, and where everything else lies.
//!
//! In: a path. Out: a [`StateDir`] that belongs to this process alone until it ends; another
//! id, for a machine that was copied; nothing at all, for an image. Knows nothing of what
//! others keep in it but the names.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use uuid::Uuid;

use crate::machine::Machine;

/// Where the state lies when nobody says where.
pub(crate) const USUAL_PLACE: &str = "/var/lib/vedette-agent";
/// `status` holds the lock for a moment to see whether somebody else does; so a start
/// tries this often.
const LOCK_ATTEMPTS: u32 = 5;
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// The id, and the machine it was made on.
const ID_FILE: &str = "agent-id";
const MACHINE_FILE: &str = "machine";
/// What this host knows of itself; a copy must not have it.
const OWN: &[&str] = &[
    ID_FILE,
    MACHINE_FILE,
    "spool",
    "memory",
    "positions",
    "jobs",
    "set-aside",
    "status.json",
    "hold.json",
    "addresses",
    "door",
];

/// The agent's directory, locked.
#[derive(Debug)]
pub struct StateDir {
    path: PathBuf,
    agent: Uuid,
    machine: Machine,
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
        StateDir::open_on(path, Machine::look(Path::new("/")))
    }

    /// As [`StateDir::open`], on a machine of the caller's.
    ///
    /// # Errors
    /// The same.
    pub fn open_on(path: &Path, machine: Machine) -> Result<StateDir, StateError> {
        let lock = lock(path)?;
        let unusable = |error| unusable(path, error);
        let file = path.join(ID_FILE);
        let agent = match fs::read_to_string(&file) {
            Ok(text) => text
                .trim()
                .parse()
                .map_err(|_| StateError::BadId { path: file })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let agent = Uuid::new_v4();
                write_identity(path, agent, machine).map_err(unusable)?;
                agent
            }
            Err(error) => return Err(unusable(error)),
        };
        let remembered = fs::read_to_string(path.join(MACHINE_FILE));
        if remembered.is_err() {
            // An id from before machines were remembered belongs here.
            write_whole(path, MACHINE_FILE, &machine.to_text()).map_err(unusable)?;
        }
        Ok(StateDir {
            path: path.to_owned(),
            agent,
            machine,
            _lock: lock,
        })
    }

    /// What makes another id for a copy of a machine.
    pub fn copies(&self) -> Copies {
        Copies {
            path: self.path.clone(),
            machine: self.machine,
        }
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

/// Gives an agent on a copied machine an id of its own, when the collector says that the
/// present one is another's.
#[derive(Debug)]
pub struct Copies {
    path: PathBuf,
    machine: Machine,
}

impl Copies {
    /// Another id, if this is not the machine the present one was made on; it is on disk
    /// when this returns, and what probes remembered of the other host is gone.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub fn another_id(&self) -> io::Result<Option<Uuid>> {
        let text = fs::read_to_string(self.path.join(MACHINE_FILE)).unwrap_or_default();
        if !self.machine.is_other_than(&Machine::from_text(&text)) {
            return Ok(None);
        }
        let agent = Uuid::new_v4();
        write_identity(&self.path, agent, self.machine)?;
        for name in ["memory", "positions"] {
            remove(&self.path.join(name))?;
        }
        Ok(Some(agent))
    }
}

/// Empties the directory for an image that is to be copied: the next start makes a new host
/// of it. Says what was removed.
///
/// # Errors
/// [`StateError::InUse`] while an agent runs on it; that it cannot be written.
pub fn seal(path: &Path) -> Result<Vec<PathBuf>, StateError> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let _lock = lock(path)?;
    let mut removed = Vec::new();
    for name in OWN {
        let path_of = path.join(name);
        if remove(&path_of).map_err(|error| unusable(path, error))? {
            removed.push(path_of);
        }
    }
    Ok(removed)
}

/// Removes a file, or a folder with all that is in it. Whether it was there.
fn remove(path: &Path) -> io::Result<bool> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn unusable(path: &Path, error: io::Error) -> StateError {
    StateError::Unusable {
        path: path.to_owned(),
        error,
    }
}

fn lock(path: &Path) -> Result<File, StateError> {
    let unusable = |error| unusable(path, error);
    make_private(path).map_err(unusable)?;
    let lock = private()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path.join("lock"))
        .map_err(unusable)?;
    match lock_patiently(&lock).map_err(unusable)? {
        true => Ok(lock),
        false => Err(StateError::InUse {
            path: path.to_owned(),
        }),
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

fn write_identity(dir: &Path, agent: Uuid, machine: Machine) -> io::Result<()> {
    write_whole(dir, ID_FILE, &format!("{agent}\n"))?;
    write_whole(dir, MACHINE_FILE, &machine.to_text())
}

/// Whole or not at all: half an id would be a new host after the next start.
pub(crate) fn write_whole(dir: &Path, name: &str, text: &str) -> io::Result<()> {
    let path = dir.join(name);
    let beside = path.with_extension("tmp");
    let mut file = private()
        .write(true)
        .create(true)
        .truncate(true)
        .open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, &path)?;
    // Elsewhere a folder cannot be opened.
    #[cfg(unix)]
    File::open(dir)?.sync_all()?;
    Ok(())
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
    #[cfg_attr(not(unix), allow(unused_mut))]
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
    fn a_copy_gets_an_id_of_its_own_when_it_runs_on_another_machine() {
        let dir = tempfile::tempdir().unwrap();
        let [here, elsewhere] = ["1 1", "2 2"].map(Machine::from_text);
        let state = StateDir::open_on(dir.path(), here).unwrap();
        assert_eq!(state.copies().another_id().unwrap(), None);
        let first = state.agent();
        drop(state);

        fs::create_dir(dir.path().join("memory")).unwrap();
        let state = StateDir::open_on(dir.path(), elsewhere).unwrap();
        assert_eq!(
            state.agent(),
            first,
            "a new mainboard is no reason for a new host"
        );
        let other = state.copies().another_id().unwrap().unwrap();
        assert_ne!(other, first);
        assert!(!dir.path().join("memory").exists());
        assert_eq!(state.copies().another_id().unwrap(), None, "once");
        drop(state);
        assert_eq!(
            StateDir::open_on(dir.path(), elsewhere).unwrap().agent(),
            other
        );
    }

    #[test]
    fn a_sealed_directory_makes_a_new_host_and_keeps_what_is_not_the_agents() {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::open(dir.path()).unwrap();
        let first = state.agent();
        assert!(matches!(seal(dir.path()), Err(StateError::InUse { .. })));
        drop(state);
        fs::create_dir_all(dir.path().join("spool/deep")).unwrap();
        fs::write(dir.path().join("status.json"), "{}").unwrap();
        fs::write(dir.path().join("note"), "mine").unwrap();
        let removed = seal(dir.path()).unwrap();
        assert_eq!(removed.len(), 4, "{removed:?}");
        assert_eq!(seal(dir.path()).unwrap(), Vec::<PathBuf>::new());
        assert!(dir.path().join("note").exists());
        assert_ne!(StateDir::open(dir.path()).unwrap().agent(), first);
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
