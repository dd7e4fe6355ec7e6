//! One file of the spool: what is in it, and how it is read, thinned and removed.
//!
//! In: records to add. Out: records in the order they were added. Knows nothing of other
//! segments, acknowledgement or quota.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::medium::Medium;
use super::record::{Found, Place, Record, Until, find};
use crate::clock::Stamp;

/// Bytes read at a time; a longer record is read whole all the same.
const CHUNK_BYTES: u64 = 64 * 1024;

/// What is known of a segment without reading it.
#[derive(Debug)]
pub(super) struct Segment {
    path: PathBuf,
    /// Ascending; also its name.
    pub(super) number: u64,
    /// Length of the file.
    pub(super) bytes: u64,
    /// Good records.
    pub(super) records: u64,
    /// The boot and the time of the newest good record.
    pub(super) newest: Option<(Uuid, Stamp)>,
    /// There are no samples in it to give up.
    pub(super) is_thinned: bool,
    /// Records that were found destroyed when it was opened.
    pub(super) damaged: u64,
}

/// One record and where it ends.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) record: Record,
    /// Offset of the next one.
    pub(super) end: u64,
}

impl Segment {
    /// Makes an empty segment.
    pub(super) fn create(dir: &Path, number: u64) -> io::Result<(Segment, File)> {
        let path = dir.join(name(number));
        let file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .open(&path)?;
        Ok((Segment::unread(path, number), file))
    }

    /// Reads a whole segment that an earlier run left, and hands every good record's
    /// place and end to `seen`.
    pub(super) fn open(
        path: PathBuf,
        number: u64,
        mut seen: impl FnMut(Place, u64),
    ) -> io::Result<Segment> {
        let bytes = fs::read(&path)?;
        let mut segment = Segment::unread(path, number);
        segment.bytes = bytes.len() as u64;
        let mut gap = Gap::default();
        let mut at = 0;
        while let Some(found) = find(&bytes, at, Until::End) {
            at = match found {
                Found::Record { record, end } => {
                    segment.damaged += gap.close(record.place);
                    segment.count(&record);
                    seen(record.place, end as u64);
                    end
                }
                Found::Damage { end } | Found::Cut { needed: end } => {
                    gap.is_open = true;
                    end
                }
            };
        }
        segment.damaged += u64::from(gap.is_open);
        Ok(segment)
    }

    fn unread(path: PathBuf, number: u64) -> Segment {
        Segment {
            path,
            number,
            bytes: 0,
            records: 0,
            newest: None,
            is_thinned: true,
            damaged: 0,
        }
    }

    fn count(&mut self, record: &Record) {
        self.records += 1;
        self.is_thinned &= !record.has_samples;
        self.newest = Some((record.boot, record.stamp));
    }

    /// Adds a record. After an error the file is as long as before, or no longer trusted.
    pub(super) fn append(
        &mut self,
        file: &mut File,
        record: &Record,
        medium: &dyn Medium,
    ) -> io::Result<()> {
        let mut bytes = Vec::new();
        record.write(&mut bytes);
        if let Err(error) = medium.append(file, &bytes) {
            // Best effort: a half-written record is skipped by its checksum anyway.
            let _ = file.set_len(self.bytes);
            return Err(error);
        }
        self.bytes += bytes.len() as u64;
        self.count(record);
        Ok(())
    }

    /// The records from offset `from` on, as many as one chunk holds, at least one unless
    /// there is none. Damage is skipped.
    pub(super) fn read(&self, from: u64) -> io::Result<Vec<Entry>> {
        let mut file = File::open(&self.path)?;
        let mut length = CHUNK_BYTES;
        loop {
            let left = self.bytes.saturating_sub(from);
            let until = match length >= left {
                true => Until::End,
                false => Until::More,
            };
            file.seek(SeekFrom::Start(from))?;
            let mut bytes = Vec::new();
            Read::by_ref(&mut file)
                .take(length.min(left))
                .read_to_end(&mut bytes)?;
            let (entries, needed) = entries(&bytes, from, until);
            match needed {
                Some(needed) if entries.is_empty() => length = (needed as u64).max(length * 2),
                Some(_) | None => return Ok(entries),
            }
        }
    }

    /// Keeps the events of the records that end after `from`, and gives up the rest.
    /// Says how many rounds lost their samples.
    pub(super) fn thin(&mut self, from: u64, medium: &dyn Medium) -> io::Result<u64> {
        let mut kept = Segment::unread(self.path.clone(), self.number);
        let mut bytes = Vec::new();
        let mut given_up = 0;
        let mut at = from;
        loop {
            let entries = self.read(at)?;
            let Some(last) = entries.last() else { break };
            at = last.end;
            for Entry { record, .. } in &entries {
                given_up += u64::from(record.has_samples);
                if let Some(thin) = record.thinned() {
                    thin.write(&mut bytes);
                    kept.count(&thin);
                }
            }
        }
        if kept.records > 0 {
            self.replace(&bytes, medium)?;
        }
        kept.bytes = bytes.len() as u64;
        *self = kept;
        Ok(given_up)
    }

    /// A full disk must not cost the events: where there is no space for a second file,
    /// the first is overwritten.
    fn replace(&self, bytes: &[u8], medium: &dyn Medium) -> io::Result<()> {
        let beside = self.path.with_extension("tmp");
        let written = File::create(&beside).and_then(|mut file| {
            medium.append(&mut file, bytes)?;
            file.sync_data()
        });
        match written {
            Ok(()) => fs::rename(&beside, &self.path),
            Err(_) => {
                let _ = fs::remove_file(&beside);
                let mut file = OpenOptions::new().write(true).open(&self.path)?;
                file.write_all(bytes)?;
                file.set_len(bytes.len() as u64)?;
                file.sync_data()
            }
        }
    }

    /// Removes the file.
    pub(super) fn remove(&self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

/// Counts records between two good ones: at least one where there is damage, more where
/// the numbers tell.
#[derive(Debug, Default)]
struct Gap {
    before: Option<Place>,
    is_open: bool,
}

impl Gap {
    fn close(&mut self, place: Place) -> u64 {
        let before = self.before.replace(place);
        if !std::mem::take(&mut self.is_open) {
            return 0;
        }
        match before {
            Some(before) if before.epoch == place.epoch => {
                place.seq.saturating_sub(before.seq + 1).max(1)
            }
            Some(_) | None => 1,
        }
    }
}

fn entries(bytes: &[u8], from: u64, until: Until) -> (Vec<Entry>, Option<usize>) {
    let mut entries = Vec::new();
    let mut at = 0;
    while let Some(found) = find(bytes, at, until) {
        match found {
            Found::Record { record, end } => {
                entries.push(Entry {
                    record,
                    end: from + end as u64,
                });
                at = end;
            }
            Found::Damage { end } => at = end,
            Found::Cut { needed } => return (entries, Some(needed)),
        }
    }
    // Damage up to the end of the chunk: whatever follows needs another look.
    let needed = (until == Until::More).then_some(bytes.len() + 1);
    (entries, needed)
}

/// The name of a segment's file.
pub(super) fn name(number: u64) -> String {
    format!("{number:016x}.segment")
}

/// The number in the name of a segment's file.
pub(super) fn number(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".segment")?;
    (digits.len() == 16).then(|| u64::from_str_radix(digits, 16).ok())?
}
