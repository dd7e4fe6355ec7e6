//! Reads one file from the place that was reached, line by line, under whatever name it has.
//!
//! In: a file and a [`Budget`]. Out: whole lines, each once; the place moves behind them. A
//! line that has not ended waits; one that does not end is cut. Knows nothing of patterns
//! and of other files.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};

use super::family;
use super::place::{FileId, Place};

/// A file that was rotated is left when nothing was added to it for so long.
const ROTATED_KEEP: Duration = Duration::from_secs(10 * 60);
/// Bytes read at once.
const PIECE: usize = 64 * 1024;
/// Bytes of a line that are looked at; the rest of it is skipped.
pub(super) const LINE_BYTES_MAX: usize = 16 * 1024;
/// Bytes that may wait to be read; past it, all of them are skipped, and that is said.
const BEHIND_MAX: u64 = 256 * 1024 * 1024;

/// One file, under whatever name.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Tracked {
    /// The path it had when it was last seen under one of the patterns.
    pub(super) path: PathBuf,
    pub(super) id: FileId,
    pub(super) place: Place,
    /// Whether another file, or none, has its path now.
    pub(super) is_rotated: bool,
    #[serde(skip)]
    was_rotated: bool,
    /// Open between two looks, if it is one of the busiest.
    #[serde(skip)]
    pub(super) file: Option<File>,
    /// When something was last added to it, or since when it is known.
    #[serde(skip)]
    pub(super) grown: Option<Instant>,
    #[serde(skip)]
    is_at_end: bool,
}

/// How much one look may read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    /// Bytes left.
    pub(super) bytes: u64,
    /// When the time is over.
    pub(super) until: Instant,
}

/// What one look was like, besides the lines.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sighted {
    /// Files that were read.
    pub(super) files: usize,
    /// Files that could not be read, and why.
    pub(super) unread: Vec<String>,
    /// Bytes that wait for the next look.
    pub(super) behind: u64,
    /// Bytes that nobody will look at.
    pub(super) skipped: u64,
    /// Whether any place has moved.
    pub(super) has_moved: bool,
}

impl Tracked {
    pub(super) fn new(path: PathBuf, file: File, place: Place) -> io::Result<Tracked> {
        Ok(Tracked {
            path,
            id: FileId::of(&file.metadata()?),
            place,
            is_rotated: false,
            was_rotated: false,
            file: Some(file),
            grown: Some(Instant::now()),
            is_at_end: false,
        })
    }

    fn rotated(path: PathBuf, file: File, place: Place) -> io::Result<Tracked> {
        Ok(Tracked {
            is_rotated: true,
            was_rotated: true,
            ..Tracked::new(path, file, place)?
        })
    }

    /// As much of it as is remembered.
    pub(super) fn without_file(&self) -> Tracked {
        Tracked {
            path: self.path.clone(),
            id: self.id,
            place: self.place.clone(),
            is_rotated: self.is_rotated,
            was_rotated: self.was_rotated,
            file: None,
            grown: None,
            is_at_end: false,
        }
    }

    /// Until it is seen again it counts as rotated.
    pub(super) fn lose_sight(&mut self) {
        self.was_rotated = self.is_rotated;
        self.is_rotated = true;
    }

    /// When it was last written to, by the file system.
    pub(super) fn written(&self) -> Option<SystemTime> {
        self.file.as_ref()?.metadata().ok()?.modified().ok()
    }

    /// Whether this is the file at `path`.
    pub(super) fn is(&self, path: &Path, id: FileId) -> bool {
        match cfg!(unix) {
            true => self.id == id,
            false => self.path == path,
        }
    }

    /// Whether something else is now where it was after its rotation: the next copy, under
    /// the same name or with the inode of this one. What is in there was read elsewhere.
    pub(super) fn is_replaced(&mut self) -> bool {
        if self.is_rotated && self.file.is_none() {
            self.file = family::moved(&self.path, self.id);
        }
        let file = self.file.as_ref().filter(|_| self.is_rotated);
        file.is_some_and(|file| !self.place.is_in(file).unwrap_or(true))
    }

    /// It is seen again. Gives its copies if it was truncated meanwhile.
    pub(super) fn renew(&mut self, path: PathBuf, file: File) -> Vec<Tracked> {
        self.is_rotated = false;
        self.file = Some(file);
        // Its copies are called like it was called.
        let copies = self.start_again_if_truncated();
        self.path = path;
        copies
    }

    /// If it was truncated, it is read from its start, and what was not read of it before
    /// is in the copies that were made of it.
    fn start_again_if_truncated(&mut self) -> Vec<Tracked> {
        let file = self.file.as_ref();
        let is_same = file.is_none_or(|file| self.place.is_in(file).unwrap_or(false));
        if is_same {
            return Vec::new();
        }
        let place = std::mem::take(&mut self.place);
        let Some((path, file)) = family::copy(&self.path, &place) else {
            return Vec::new();
        };
        let later = self.later_than(&file);
        let copy = Tracked::rotated(path, file, place);
        copy.into_iter().chain(later).collect()
    }

    /// What had its path for a while after `file` had.
    fn later_than(&self, file: &File) -> Vec<Tracked> {
        family::later(&self.path, file)
            .into_iter()
            .filter_map(|(path, file)| Tracked::rotated(path, file, Place::default()).ok())
            .collect()
    }

    /// Finds it under another name. If it has only now lost its own, also gives what was
    /// under that name for a while.
    pub(super) fn find(&mut self) -> Vec<Tracked> {
        if self.file.is_none() {
            self.file = family::moved(&self.path, self.id);
        }
        let mut others = self.start_again_if_truncated();
        if self.was_rotated {
            return others;
        }
        // Whoever writes to it may not have heard of its new name yet.
        self.grown = Some(Instant::now());
        if let Some(file) = &self.file {
            others.extend(self.later_than(file));
        }
        others
    }

    /// Gives what was added since the last look to `take`, as far as the budget goes.
    pub(super) fn read(
        &mut self,
        budget: &mut Budget,
        take: &mut dyn FnMut(&Path, &[u8]),
        sighted: &mut Sighted,
    ) -> io::Result<()> {
        let grown = *self.grown.get_or_insert_with(Instant::now);
        let Some(file) = self.file.take() else {
            self.is_at_end = true;
            return Ok(());
        };
        sighted.files += 1;
        let length = file.metadata()?.len();
        let waits = length.saturating_sub(self.place.offset);
        if waits > BEHIND_MAX {
            self.place.skip_to(&file, length)?;
            sighted.skipped += waits;
        }
        let before = self.place.offset;
        let result = self.read_pieces(&file, budget, take);
        self.file = Some(file);
        self.is_at_end = result?;
        let has_moved = self.place.offset != before;
        self.grown = Some(if has_moved { Instant::now() } else { grown });
        sighted.has_moved |= has_moved;
        if !self.is_at_end {
            sighted.behind += length.saturating_sub(self.place.offset);
        }
        Ok(())
    }

    /// Whether the end was reached.
    fn read_pieces(
        &mut self,
        mut file: &File,
        budget: &mut Budget,
        take: &mut dyn FnMut(&Path, &[u8]),
    ) -> io::Result<bool> {
        let mut piece = Vec::with_capacity(PIECE);
        loop {
            if budget.bytes == 0 || Instant::now() >= budget.until {
                return Ok(false);
            }
            piece.clear();
            file.seek(SeekFrom::Start(self.place.offset))?;
            file.take(PIECE as u64).read_to_end(&mut piece)?;
            let consumed = self.lines(&piece, take);
            self.place.consume(&piece[..consumed]);
            budget.bytes = budget.bytes.saturating_sub(consumed as u64);
            if consumed == 0 {
                return Ok(true);
            }
        }
    }

    /// Gives the whole lines of a piece to `take`. Says how many bytes they are.
    fn lines(&mut self, piece: &[u8], take: &mut dyn FnMut(&Path, &[u8])) -> usize {
        let mut from = 0;
        while let Some(length) = piece[from..].iter().position(|byte| *byte == b'\n') {
            let line = &piece[from..from + length];
            if !std::mem::take(&mut self.place.is_in_line) {
                take(&self.path, cut(line));
            }
            from += length + 1;
        }
        let rest = &piece[from..];
        if self.place.is_in_line {
            return piece.len();
        }
        if rest.len() < LINE_BYTES_MAX {
            return from;
        }
        // It does not end; what it begins with is all that is looked at.
        take(&self.path, cut(rest));
        self.place.is_in_line = true;
        piece.len()
    }

    /// Whether nothing will be added any more.
    pub(super) fn is_over(&self) -> bool {
        let is_quiet = self
            .grown
            .is_none_or(|grown| grown.elapsed() >= ROTATED_KEEP);
        let is_removed = match &self.file {
            Some(file) => file.metadata().map_or(true, |facts| is_removed(&facts)),
            None => true,
        };
        self.is_at_end && (is_quiet || is_removed)
    }

    /// The last line of a file to which nothing will be added need not have an end.
    pub(super) fn read_rest(&mut self, take: &mut dyn FnMut(&Path, &[u8])) {
        let Some(mut file) = self.file.as_ref() else {
            return;
        };
        let mut rest = Vec::new();
        let read = file
            .seek(SeekFrom::Start(self.place.offset))
            .and_then(|_| file.take(LINE_BYTES_MAX as u64).read_to_end(&mut rest));
        if read.is_ok() && !rest.is_empty() && !self.place.is_in_line {
            take(&self.path, cut(&rest));
        }
    }
}

fn cut(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    &line[..line.len().min(LINE_BYTES_MAX)]
}

/// Whether a file has no name any more: keeping it open keeps its space taken.
#[cfg(unix)]
fn is_removed(facts: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(facts) == 0
}

#[cfg(not(unix))]
fn is_removed(_: &Metadata) -> bool {
    false
}
