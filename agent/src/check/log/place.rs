//! Keeps how far a file has been read, so that the place is found again in whatever becomes
//! of the file: renamed, copied, truncated, replaced.
//!
//! In: bytes that were read, and files. Out: whether a file is the one the bytes are from.
//! A place is known by the first bytes of the file and by those just before it: a device
//! and an inode alone may be another file's by now.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};

use serde::{Deserialize, Serialize};

/// Bytes at the beginning of a file by which it is known.
const HEAD_BYTES: usize = 256;
/// Bytes before the place by which it is known.
const TAIL_BYTES: usize = 128;

/// How far a file has been read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// Bytes that have been read.
    pub(super) offset: u64,
    /// Whether the place is in a line whose rest is of no interest.
    pub(super) is_in_line: bool,
    head: Mark,
    tail: Mark,
    /// The bytes before the place, as far as they were read in this run of the agent.
    #[serde(skip)]
    recent: Vec<u8>,
}

/// By what some bytes are known again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    bytes: usize,
    hash: u32,
}

/// A file on its device; the same as long as nobody removes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    #[cfg(unix)]
    pub(super) fn of(facts: &Metadata) -> FileId {
        use std::os::unix::fs::MetadataExt;

        FileId {
            device: facts.dev(),
            inode: facts.ino(),
        }
    }

    // Elsewhere a file is known by what is in it.
    #[cfg(not(unix))]
    pub(super) fn of(_: &Metadata) -> FileId {
        FileId {
            device: 0,
            inode: 0,
        }
    }
}

impl Place {
    /// The end of a file, in the middle of whatever line is being written.
    pub(super) fn at_end(file: &File) -> io::Result<Place> {
        let length = file.metadata()?.len();
        let mut place = Place::default();
        place.consume(&read_exactly(file, 0, length.min(HEAD_BYTES as u64))?);
        place.skip_to(file, length)?;
        let last = read_exactly(file, length.saturating_sub(1), length.min(1))?;
        place.is_in_line = !(last.is_empty() || last == b"\n");
        Ok(place)
    }

    /// These bytes, just behind the place, have been read.
    pub(super) fn consume(&mut self, bytes: &[u8]) {
        if self.head.bytes < HEAD_BYTES {
            let more = bytes.len().min(HEAD_BYTES - self.head.bytes);
            self.head.hash = hash(self.head.hash, &bytes[..more]);
            self.head.bytes += more;
        }
        let last = &bytes[bytes.len().saturating_sub(TAIL_BYTES)..];
        self.recent.extend_from_slice(last);
        let over = self.recent.len().saturating_sub(TAIL_BYTES);
        self.recent.drain(..over);
        self.tail = mark(&self.recent);
        self.offset += bytes.len() as u64;
    }

    /// Leaves out what is before `offset`.
    pub(super) fn skip_to(&mut self, file: &File, offset: u64) -> io::Result<()> {
        let tail = offset.min(TAIL_BYTES as u64);
        self.recent = read_exactly(file, offset - tail, tail)?;
        self.tail = mark(&self.recent);
        self.offset = offset;
        self.is_in_line = true;
        Ok(())
    }

    /// Whether this file is the one that was read so far, or begins with all of it.
    pub(super) fn is_in(&mut self, file: &File) -> io::Result<bool> {
        if file.metadata()?.len() < self.offset {
            return Ok(false);
        }
        let head = read_exactly(file, 0, self.head.bytes as u64)?;
        let tail = self.tail.bytes as u64;
        let recent = read_exactly(file, self.offset - tail.min(self.offset), tail)?;
        let is_same = mark(&head) == self.head && mark(&recent) == self.tail;
        if is_same {
            self.recent = recent;
        }
        Ok(is_same)
    }
}

/// Whether one file is the beginning of another, by its first and its last bytes.
pub(super) fn is_beginning(copy: &File, of: &File) -> io::Result<bool> {
    const PIECE: u64 = 4_096;
    let length = copy.metadata()?.len();
    if length == 0 || of.metadata()?.len() < length {
        return Ok(false);
    }
    let piece = length.min(PIECE);
    for at in [0, length - piece] {
        if read_exactly(copy, at, piece)? != read_exactly(of, at, piece)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What is there of `length` bytes at `offset`; less at the end of the file.
fn read_exactly(file: &File, offset: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut file = file;
    file.seek(SeekFrom::Start(offset))?;
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn mark(bytes: &[u8]) -> Mark {
    Mark {
        bytes: bytes.len(),
        hash: hash(0, bytes),
    }
}

fn hash(before: u32, bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(before);
    hasher.update(bytes);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use proptest::prelude::*;

    use super::*;

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        io::Write::write_all(&mut file, bytes).unwrap();
        file
    }

    #[test]
    fn a_place_is_found_in_what_grew_and_in_a_copy_and_not_in_what_was_replaced() {
        let mut place = Place::default();
        place.consume(b"one\n");
        place.consume(b"two\n");
        let cases: [(&[u8], bool); 6] = [
            (b"one\ntwo\n", true),
            (b"one\ntwo\nthree\n", true),
            (b"one\ntw", false),
            (b"", false),
            (b"one\nTwo\n", false),
            (b"One\ntwo\nthree\n", false),
        ];
        for (bytes, expected) in cases {
            assert_eq!(place.is_in(&file(bytes)).unwrap(), expected, "{bytes:?}");
        }
        assert!(Place::default().is_in(&file(b"anything")).unwrap());
    }

    #[test]
    fn the_end_of_a_file_is_in_a_line_that_is_being_written() {
        for (bytes, expected) in [(&b"one\n"[..], false), (b"one\ntw", true), (b"", false)] {
            let mut place = Place::at_end(&file(bytes)).unwrap();
            assert_eq!(
                (place.offset, place.is_in_line),
                (bytes.len() as u64, expected)
            );
            assert!(place.is_in(&file(bytes)).unwrap());
        }
    }

    #[test]
    fn a_copy_is_a_beginning_and_a_file_with_the_same_first_line_is_not() {
        let log = file(b"# header\none\ntwo\n");
        for (bytes, expected) in [
            (&b"# header\none\n"[..], true),
            (b"# header\n", true),
            (b"# header\nother\n", false),
            (b"", false),
            (b"# header\none\ntwo\nthree\n", false),
        ] {
            assert_eq!(
                is_beginning(&file(bytes), &log).unwrap(),
                expected,
                "{bytes:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_place_is_the_same_in_however_many_pieces_it_was_reached(
            bytes in proptest::collection::vec(any::<u8>(), 1..700),
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..5),
        ) {
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len())).collect();
            cuts.sort_unstable();
            cuts.push(bytes.len());
            let mut place = Place::default();
            let mut from = 0;
            for cut in cuts {
                place.consume(&bytes[from..cut]);
                from = cut;
            }
            let mut whole = Place::default();
            whole.consume(&bytes);
            prop_assert_eq!(&place, &whole);
            // As after a restart.
            let json = serde_json::to_vec(&place).unwrap();
            let mut read: Place = serde_json::from_slice(&json).unwrap();
            prop_assert!(read.is_in(&file(&bytes)).unwrap());
            read.consume(b"more\n");
            place.consume(b"more\n");
            prop_assert_eq!(read, place);
        }
    }

    #[test]
    fn two_files_have_two_ids() {
        let dir = tempfile::tempdir().unwrap();
        let id = |name: &str| {
            fs::write(dir.path().join(name), "x").unwrap();
            FileId::of(&fs::metadata(dir.path().join(name)).unwrap())
        };
        assert_ne!(id("a"), id("b"));
        assert_eq!(id("a"), id("a"));
    }
}
