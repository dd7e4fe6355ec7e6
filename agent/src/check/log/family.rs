//! Finds what rotation has made of a file: where it was moved, what it was copied to, and
//! what came after it.
//!
//! In: the path a file had. Out: open files from the same folder. Only names that a
//! rotation makes count as the file's own: `app.log.1`, `app.log-20261122`; compressed ones
//! are not read. Knows nothing of how far anything was read.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::place::{FileId, Place};

/// Names looked at in one folder.
const NAMES_MAX: usize = 10_000;
/// Files of one family that are opened.
const FAMILY_MAX: usize = 32;

/// The file that was at `path`, under another name in its folder.
pub(super) fn moved(path: &Path, id: FileId) -> Option<File> {
    let same = |entry: &fs::DirEntry| entry.metadata().is_ok_and(|facts| FileId::of(&facts) == id);
    let entry = entries(path).find(same)?;
    open(&entry.path()).ok().map(|(file, _)| file)
}

/// A copy of what was at `path` before it was truncated: a file of the family in which
/// `place` is found.
pub(super) fn copy(path: &Path, place: &Place) -> Option<(PathBuf, File)> {
    let mut family = family(path);
    // The one that was written last.
    family.sort_by_key(|(_, _, facts)| std::cmp::Reverse(facts.modified().ok()));
    family
        .into_iter()
        .find(|(_, file, _)| place.clone().is_in(file).unwrap_or(false))
        .map(|(path, file, _)| (path, file))
}

/// Files of the family that were written to after `file` was, the oldest first.
pub(super) fn later(path: &Path, file: &File) -> Vec<(PathBuf, File)> {
    let Ok(written) = file.metadata().and_then(|facts| facts.modified()) else {
        return Vec::new();
    };
    let mut later: Vec<_> = family(path)
        .into_iter()
        .filter_map(|(path, file, facts)| Some((facts.modified().ok()?, path, file)))
        .filter(|(modified, _, _)| *modified > written)
        .collect();
    later.sort_by_key(|(modified, _, _)| *modified);
    later
        .into_iter()
        .map(|(_, path, file)| (path, file))
        .collect()
}

/// The plain files that rotation has made of the one at `path`.
fn family(path: &Path) -> Vec<(PathBuf, File, Metadata)> {
    let stem = path.file_name().unwrap_or_default().as_encoded_bytes();
    entries(path)
        .filter(|entry| is_of_family(stem, entry.file_name().as_encoded_bytes()))
        .take(FAMILY_MAX)
        .filter_map(|entry| {
            let (file, facts) = open(&entry.path()).ok()?;
            Some((entry.path(), file, facts))
        })
        .collect()
}

fn entries(path: &Path) -> impl Iterator<Item = fs::DirEntry> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.flatten().take(NAMES_MAX)
}

/// `app.log` has become `app.log.1`, `app.log-20261122`, `app-20261122.log`.
fn is_of_family(stem: &[u8], name: &[u8]) -> bool {
    let is_number = |part: &[u8]| {
        let digits = part.iter().filter(|byte| byte.is_ascii_digit()).count();
        digits > 0
            && b".-_".contains(&part[0])
            && part
                .iter()
                .all(|byte| byte.is_ascii_digit() || b".-_T:".contains(byte))
    };
    let (body, ending) = match stem.iter().rposition(|byte| *byte == b'.') {
        Some(dot) if dot > 0 => stem.split_at(dot),
        Some(_) | None => (stem, &b""[..]),
    };
    let behind = name.strip_prefix(stem);
    let between = name
        .strip_prefix(body)
        .and_then(|rest| rest.strip_suffix(ending));
    behind.is_some_and(is_number) || (!ending.is_empty() && between.is_some_and(is_number))
}

/// Opens a plain file for reading, without waiting for what is none.
pub(super) fn open(path: &Path) -> io::Result<(File, Metadata)> {
    let file = open_at_once(path)?;
    let facts = file.metadata()?;
    match facts.is_file() {
        true => Ok((file, facts)),
        false => Err(io::Error::other("it is not a plain file")),
    }
}

#[cfg(unix)]
fn open_at_once(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};

    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
}

#[cfg(not(unix))]
fn open_at_once(path: &Path) -> io::Result<File> {
    File::open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_rotation_makes_are_of_the_family() {
        let cases = [
            ("app.log", "app.log.1", true),
            ("app.log", "app.log-20261122", true),
            ("app.log", "app-2026-11-22.log", true),
            ("app.log", "app.log", false),
            ("app.log", "app.log.err", false),
            ("app.log", "app.log.1.gz", false),
            ("app.log", "app2.log.1", false),
            ("app.log", "app-debug.log", false),
            ("syslog", "syslog.1", true),
            ("syslog", "syslog2.1", false),
            ("syslog", "syslogx", false),
        ];
        for (stem, name, expected) in cases {
            assert_eq!(
                is_of_family(stem.as_bytes(), name.as_bytes()),
                expected,
                "{stem} {name}"
            );
        }
    }
}
