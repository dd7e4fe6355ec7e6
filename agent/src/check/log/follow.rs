//! Reads what is added to files, each line once, through rotation and truncation.
//!
//! In: patterns of paths, and what was remembered of the files behind them. Out: lines.
//! Its cast: a [`Tracked`] file is known by device, inode and what is in it (`place`), and
//! stays open, so that its last lines are read wherever it was moved and even after it was
//! removed; `family` finds its copies and those that came between. Knows nothing of what
//! lines mean.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::place::{FileId, Place, is_beginning};
pub(super) use super::tracked::Budget;
use super::tracked::{Sighted, Tracked};
use super::{family, glob};

/// Files read by one check.
pub(super) const FILES_MAX: usize = 64;
/// Files known to one check, with those that were rotated and may still be written to.
const TRACKED_MAX: usize = 2 * FILES_MAX;
/// Files that stay open between two looks; others are found again by their inode.
const OPEN_MAX: usize = 8;

/// The files of one check.
#[derive(Debug, Default)]
pub(super) struct Files {
    tracked: Vec<Tracked>,
    /// Whether the check has looked before: only then what is new is read from its start.
    has_looked: bool,
}

/// What is remembered of files across restarts.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Remembered {
    tracked: Vec<Tracked>,
}

/// A file as it lies there now.
struct Present {
    path: PathBuf,
    id: FileId,
    file: File,
}

impl Files {
    /// Goes on where an earlier run of the agent was; none: there was none.
    pub(super) fn new(remembered: Option<Remembered>) -> Files {
        Files {
            has_looked: remembered.is_some(),
            tracked: remembered.unwrap_or_default().tracked,
        }
    }

    /// What is to be remembered.
    pub(super) fn remembered(&self) -> Remembered {
        let known = self.tracked.iter().map(Tracked::without_file);
        Remembered {
            tracked: known.collect(),
        }
    }

    /// Gives every line that was added since the last look to `take`, with its file's path.
    pub(super) fn look(
        &mut self,
        patterns: &[String],
        budget: &mut Budget,
        take: &mut dyn FnMut(&Path, &[u8]),
    ) -> Sighted {
        let mut sighted = Sighted::default();
        self.tracked.retain_mut(|tracked| !tracked.is_replaced());
        let newcomers = self.recognise(patterns, &mut sighted);
        self.find_rotated();
        for newcomer in newcomers {
            if let Err(error) = self.begin(newcomer) {
                sighted.unread.push(error.to_string());
            }
        }
        self.has_looked = true;
        // What was written to last is read last: so lines come in the order of time.
        self.tracked
            .sort_by_cached_key(|tracked| (!tracked.is_rotated, tracked.written()));
        for tracked in &mut self.tracked {
            if let Err(error) = tracked.read(budget, take, &mut sighted) {
                let path = tracked.path.display();
                sighted.unread.push(format!("{path}: {error}"));
            }
        }
        self.leave(take);
        sighted
    }

    /// Pairs what is known with what is there. Gives what is not known.
    fn recognise(&mut self, patterns: &[String], sighted: &mut Sighted) -> Vec<Present> {
        for tracked in &mut self.tracked {
            tracked.lose_sight();
        }
        let mut newcomers = Vec::new();
        let mut copies = Vec::new();
        let room = TRACKED_MAX.saturating_sub(self.tracked.len());
        for present in list(patterns, &mut sighted.unread) {
            let known = self
                .tracked
                .iter_mut()
                .find(|tracked| tracked.is(&present.path, present.id));
            match known {
                Some(tracked) => copies.extend(tracked.renew(present.path, present.file)),
                None if newcomers.len() < room => {
                    newcomers.push(present);
                }
                None => {
                    let path = present.path.display();
                    sighted.unread.push(format!("{path}: one file too many"));
                }
            }
        }
        for copy in copies {
            self.add(copy);
        }
        newcomers
    }

    /// Finds files again that were moved from their path, and those that were in their
    /// place between two looks.
    fn find_rotated(&mut self) {
        let mut later = Vec::new();
        for tracked in self.tracked.iter_mut().filter(|tracked| tracked.is_rotated) {
            later.extend(tracked.find());
        }
        for tracked in later {
            self.add(tracked);
        }
    }

    fn add(&mut self, more: Tracked) {
        let is_known = self.tracked.iter().any(|tracked| tracked.id == more.id);
        if !is_known && self.tracked.len() < TRACKED_MAX {
            self.tracked.push(more);
        }
    }

    /// Begins to read a file that was not known: one that was there before this check, at
    /// its end; one that has come since, at its start; a copy of one that is read, never.
    fn begin(&mut self, newcomer: Present) -> io::Result<()> {
        if self.tracked.iter().any(|tracked| tracked.id == newcomer.id) {
            return Ok(());
        }
        let is_copy = |tracked: &Tracked| {
            tracked
                .file
                .as_ref()
                .is_some_and(|of| is_beginning(&newcomer.file, of).unwrap_or(false))
        };
        let place = match self.has_looked && !self.tracked.iter().any(is_copy) {
            true => Place::default(),
            false => Place::at_end(&newcomer.file)?,
        };
        self.add(Tracked::new(newcomer.path, newcomer.file, place)?);
        Ok(())
    }

    /// Leaves rotated files to which nothing is added any more, and closes what need not
    /// stay open.
    fn leave(&mut self, take: &mut dyn FnMut(&Path, &[u8])) {
        self.tracked.retain_mut(|tracked| {
            let is_over = tracked.is_rotated && tracked.is_over();
            if is_over {
                tracked.read_rest(take);
            }
            !is_over
        });
        self.tracked
            .sort_by_key(|tracked| std::cmp::Reverse(tracked.grown));
        for tracked in self.tracked.iter_mut().skip(OPEN_MAX) {
            tracked.file = None;
        }
    }
}

/// The files that patterns stand for, each once.
fn list(patterns: &[String], unread: &mut Vec<String>) -> Vec<Present> {
    let mut there: Vec<Present> = Vec::new();
    for pattern in patterns {
        let paths = glob::expand(pattern, FILES_MAX);
        if paths.is_empty() && !glob::is_wild(pattern) {
            unread.push(why_not(pattern));
        }
        for path in paths {
            match family::open(&path) {
                Ok((file, facts)) => {
                    let id = FileId::of(&facts);
                    if there.len() < FILES_MAX && there.iter().all(|known| known.id != id) {
                        there.push(Present { path, id, file });
                    }
                }
                Err(error) => unread.push(format!("{}: {error}", path.display())),
            }
        }
    }
    there
}

/// Why there is no file to be read at a path.
fn why_not(path: &str) -> String {
    match fs::metadata(path) {
        Ok(_) => format!("{path}: it is not a plain file"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => format!("{path} is not there"),
        Err(error) => format!("{path}: {error}"),
    }
}

#[cfg(all(test, unix))]
mod tests;
