//! Keeps which receivers a person has paused, for how long and why.
//!
//! In: what somebody wants, the time. Out: until when a receiver is left alone. A pause
//! ends by itself; what is for the receiver waits meanwhile. Kept in a file of the state
//! directory, so that a restart ends none. Knows nothing of deliveries.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use vedette_triage::Timestamp;

/// The file in the state directory.
const FILE: &str = "paused-receivers.json";

/// A receiver that is left alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Who wants it.
    pub by: String,
    /// Why.
    pub why: String,
    /// Until when.
    pub until: Timestamp,
}

/// The receivers that are paused. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Pauses {
    by_name: Arc<Mutex<BTreeMap<String, Pause>>>,
    file: Option<PathBuf>,
}

impl Pauses {
    /// Those that an earlier run left in its state directory.
    ///
    /// # Errors
    /// When the file is there and cannot be read: to send again would not be what was wanted.
    pub fn of(state_dir: &Path) -> Result<Pauses, String> {
        let file = state_dir.join(FILE);
        let by_name = match std::fs::read_to_string(&file) {
            Ok(text) => serde_json::from_str(&text).map_err(|error| {
                format!(
                    "{} cannot be read: {error}; remove it to end all pauses",
                    file.display()
                )
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(format!("{} cannot be read: {error}", file.display())),
        };
        Ok(Pauses {
            by_name: Arc::new(Mutex::new(by_name)),
            file: Some(file),
        })
    }

    /// The pause of a receiver, while it lasts.
    pub fn of_receiver(&self, name: &str, now: Timestamp) -> Option<Pause> {
        self.lock()
            .get(name)
            .filter(|pause| pause.until > now)
            .cloned()
    }

    /// A receiver is left alone; one that was already is so as it is said now.
    ///
    /// # Errors
    /// When it cannot be written down: then it is not paused.
    pub fn pause(&self, name: &str, pause: Pause, now: Timestamp) -> io::Result<()> {
        self.change(now, |all| {
            all.insert(name.to_owned(), pause);
        })
    }

    /// A receiver is sent to again. Says whether it was paused.
    ///
    /// # Errors
    /// When it cannot be written down: then it stays paused.
    pub fn resume(&self, name: &str, now: Timestamp) -> io::Result<bool> {
        let was_paused = self.of_receiver(name, now).is_some();
        self.change(now, |all| {
            all.remove(name);
        })?;
        Ok(was_paused)
    }

    fn change(
        &self,
        now: Timestamp,
        change: impl FnOnce(&mut BTreeMap<String, Pause>),
    ) -> io::Result<()> {
        let mut all = self.lock();
        let mut after = all.clone();
        after.retain(|_, pause| pause.until > now);
        change(&mut after);
        if let Some(file) = &self.file {
            // Whole or not at all.
            let new = file.with_extension("new");
            std::fs::write(&new, serde_json::to_vec(&after)?)?;
            std::fs::rename(&new, file)?;
        }
        *all = after;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Pause>> {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn pause(until_ms: i64) -> Pause {
        Pause {
            by: "ops1".into(),
            why: "the desk is being upgraded".into(),
            until: Timestamp::from_millis(until_ms),
        }
    }

    #[test]
    fn a_pause_outlives_a_restart_and_ends_by_itself() {
        let folder = tempfile::tempdir().unwrap();
        let pauses = Pauses::of(folder.path()).unwrap();
        pauses.pause("desk", pause(1_060_000), NOW).unwrap();
        let after_restart = Pauses::of(folder.path()).unwrap();
        assert_eq!(
            after_restart.of_receiver("desk", NOW),
            Some(pause(1_060_000))
        );
        let later = Timestamp::from_millis(1_060_000);
        assert_eq!(after_restart.of_receiver("desk", later), None);
        assert_eq!(after_restart.of_receiver("other", NOW), None);
    }

    #[test]
    fn a_pause_is_ended_by_hand() {
        let folder = tempfile::tempdir().unwrap();
        let pauses = Pauses::of(folder.path()).unwrap();
        pauses.pause("desk", pause(2_000_000), NOW).unwrap();
        assert!(pauses.resume("desk", NOW).unwrap());
        assert!(!pauses.resume("desk", NOW).unwrap());
        assert_eq!(
            Pauses::of(folder.path()).unwrap().of_receiver("desk", NOW),
            None
        );
    }

    #[test]
    fn a_file_that_cannot_be_read_does_not_end_pauses_silently() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "{").unwrap();
        assert!(
            Pauses::of(folder.path())
                .unwrap_err()
                .contains("remove it to end all pauses")
        );
    }
}
