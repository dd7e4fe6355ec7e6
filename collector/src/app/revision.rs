//! Remembers which policy has which number, so that a restart with the same files is the same revision.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use vedette_policy::Loaded;
use vedette_triage::Revision;

/// Where it is remembered, in the state directory.
const FILE: &str = "policy-revision.json";

/// The last number given out, and to what.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Remembered {
    revision: u64,
    content: String,
}

/// What makes a policy another one: its files, and the rules this version of the program brings.
pub(super) fn content_of(loaded: &Loaded) -> String {
    format!("{:016x} {}", loaded.content_hash, env!("CARGO_PKG_VERSION"))
}

/// Gives numbers to policies.
#[derive(Debug)]
pub(super) struct Revisions {
    file: PathBuf,
    last: Remembered,
}

impl Revisions {
    /// Goes on after the last number, which is at least that of the last commit.
    pub(super) fn open(state_dir: &Path, committed: Revision) -> Revisions {
        let file = state_dir.join(FILE);
        let mut last: Remembered = fs::read_to_string(&file)
            .ok()
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default();
        if last.revision < committed.0 {
            // The file was lost: what was committed under that number is not known any more.
            last = Remembered {
                revision: committed.0,
                content: String::new(),
            };
        }
        Revisions { file, last }
    }

    /// The number of a policy with this content: the last one's if it is the same, else the next.
    pub(super) fn of(&mut self, content: &str) -> Revision {
        if self.last.content != content {
            self.last = Remembered {
                revision: self.last.revision + 1,
                content: content.to_owned(),
            };
            self.remember();
        }
        Revision(self.last.revision)
    }

    /// Best effort: without it, the next start gives the same files a new number, which harms nobody.
    fn remember(&self) {
        let written = serde_json::to_string(&self.last)
            .map_err(std::io::Error::other)
            .and_then(|text| fs::write(&self.file, text));
        if let Err(error) = written {
            tracing::warn!(%error, file = %self.file.display(), "cannot remember the policy's revision");
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_same_files_keep_their_number_across_a_restart_and_others_get_the_next() {
        let scratch = tempfile::tempdir().unwrap();
        let mut revisions = Revisions::open(scratch.path(), Revision(0));
        assert_eq!(revisions.of("a"), Revision(1));
        assert_eq!(revisions.of("a"), Revision(1));
        assert_eq!(revisions.of("b"), Revision(2));
        let mut again = Revisions::open(scratch.path(), Revision(2));
        assert_eq!(again.of("b"), Revision(2));
        assert_eq!(again.of("a"), Revision(3));
    }

    #[test]
    fn a_number_that_was_committed_is_never_given_to_something_else() {
        let scratch = tempfile::tempdir().unwrap();
        let mut revisions = Revisions::open(scratch.path(), Revision(7));
        assert_eq!(revisions.of("a"), Revision(8));
    }
}
