//! One file of the spool: what is in it, and how it is read, thinned and removed.
//!
//! In: records of one queue and one epoch to add. Out: records in the order they were
//! added. Knows nothing of other segments, acknowledgement or quota.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::medium::Medium;
use super::record::{Found, Grain, Place, Queue, Record, Until, find};
use super::thin::{Fate, Thinning};
use crate::clock::Stamp;

/// Bytes read at a time; a longer record is read whole all the same.
const CHUNK_BYTES: u64 = 64 * 1024;

/// What is known of a segment without reading it.
#[derive(Debug)]
pub(super) struct Segment {
    path: PathBuf,
    /// Ascending over both queues; also its name.
    pub(super) number: u64,
    /// The epoch of its records; none while there is no good one.
    pub(super) epoch: Option<Uuid>,
    /// Length of the file.
    pub(super) bytes: u64,
    /// Good records.
    pub(super) records: u64,
    /// The boot and the time of the oldest good record.
    pub(super) oldest: Option<(Uuid, Stamp)>,
    /// The same of the newest.
    pub(super) newest: Option<(Uuid, Stamp)>,
    /// How much is left of the record that has been thinned least.
    pub(super) grain: Grain,
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
    pub(super) fn create(dir: &Path, queue: Queue, number: u64) -> io::Result<(Segment, File)> {
        let path = dir.join(name(queue, number));
        let file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .open(&path)?;
        Ok((Segment::unread(path, number), file))
    }

    /// Reads a whole segment that an earlier run left, and hands every good record's
    /// place and end to `seen`.
    pub(super) fn open(
        dir: &Path,
        queue: Queue,
        number: u64,
        mut seen: impl FnMut(Place, u64),
    ) -> io::Result<Segment> {
        let path = dir.join(name(queue, number));
        let bytes = fs::read(&path)?;
        let mut segment = Segment::unread(path, number);
        segment.bytes = bytes.len() as u64;
        let mut gap = Gap {
            queue,
            before: None,
            is_open: false,
        };
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
            epoch: None,
            bytes: 0,
            records: 0,
            oldest: None,
            newest: None,
            grain: Grain::Events,
            damaged: 0,
        }
    }

    fn count(&mut self, record: &Record) {
        self.records += 1;
        self.epoch.get_or_insert(record.place.epoch);
        self.grain = self.grain.min(record.grain);
        self.oldest.get_or_insert((record.boot, record.stamp));
        self.newest = Some((record.boot, record.stamp));
    }

    /// Adds a record; what happened is on disk, synced, when this returns. After an error
    /// the file is as long as before, or no longer trusted.
    pub(super) fn append(
        &mut self,
        file: &mut File,
        record: &Record,
        medium: &dyn Medium,
    ) -> io::Result<()> {
        let mut bytes = Vec::new();
        record.write(&mut bytes);
        let written = medium.append(file, &bytes).and_then(|()| {
            // What happened must survive a power failure; what was measured need not.
            match record.has_events {
                true => medium.sync(file),
                false => Ok(()),
            }
        });
        if let Err(error) = written {
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

    /// Leaves out what is not worth keeping at this grain of the records that end after
    /// `from`. Says how many lost something; `None` when none did and the file is as before.
    pub(super) fn thin(
        &mut self,
        from: u64,
        grain: Grain,
        medium: &dyn Medium,
    ) -> io::Result<Option<u64>> {
        let mut thinning = Thinning::to(grain);
        let mut thinned = 0;
        let kept = self.rewritten(from, |record| {
            let fate = thinning.judge(&record);
            thinned += u64::from(!matches!(fate, Ok(Fate::Same)));
            match fate {
                Ok(Fate::Same) => Some(Record {
                    grain: grain.max(record.grain),
                    ..record
                }),
                Ok(Fate::Less(less)) => Some(less),
                Ok(Fate::Gone) | Err(_) => None,
            }
        })?;
        if thinned == 0 {
            // Not worth a write; after a restart it is looked at once more.
            self.grain = grain;
            return Ok(None);
        }
        self.replace(kept, medium)?;
        Ok(Some(thinned))
    }

    /// Gives the records that end after `from` another epoch, each under its number.
    pub(super) fn rename(&mut self, from: u64, epoch: Uuid, medium: &dyn Medium) -> io::Result<()> {
        let kept = self.rewritten(from, |record| Some(record.renamed(epoch)))?;
        self.replace(kept, medium)
    }

    /// What the segment would be if each record from `from` on were what `change` makes
    /// of it.
    fn rewritten(
        &self,
        from: u64,
        mut change: impl FnMut(Record) -> Option<Record>,
    ) -> io::Result<(Segment, Vec<u8>)> {
        let mut kept = Segment::unread(self.path.clone(), self.number);
        let mut bytes = Vec::new();
        let mut at = from;
        loop {
            let entries = self.read(at)?;
            let Some(last) = entries.last() else { break };
            at = last.end;
            for record in entries.into_iter().filter_map(|entry| change(entry.record)) {
                record.write(&mut bytes);
                kept.count(&record);
            }
        }
        kept.bytes = bytes.len() as u64;
        Ok((kept, bytes))
    }

    /// A full disk must not cost what is kept: where there is no space for a second file,
    /// the first is overwritten.
    fn replace(&mut self, kept: (Segment, Vec<u8>), medium: &dyn Medium) -> io::Result<()> {
        let (kept, bytes) = kept;
        // An empty one is removed by whoever asked for it.
        if kept.records > 0 {
            let beside = self.path.with_extension("tmp");
            let written = File::create(&beside).and_then(|mut file| {
                medium.append(&mut file, &bytes)?;
                medium.sync(&file)
            });
            match written {
                Ok(()) => fs::rename(&beside, &self.path)?,
                Err(_) => {
                    let _ = fs::remove_file(&beside);
                    let mut file = OpenOptions::new().write(true).open(&self.path)?;
                    file.write_all(&bytes)?;
                    file.set_len(bytes.len() as u64)?;
                    medium.sync(&file)?;
                }
            }
        }
        *self = kept;
        Ok(())
    }

    /// Removes the file.
    pub(super) fn remove(&self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

/// Counts records lost between two good ones: at least one where there is damage, more
/// where the numbers tell. Most numbers are those of samples, so only there they do.
#[derive(Debug)]
struct Gap {
    queue: Queue,
    before: Option<Place>,
    is_open: bool,
}

impl Gap {
    fn close(&mut self, place: Place) -> u64 {
        let before = self.before.replace(place);
        if !std::mem::take(&mut self.is_open) {
            return 0;
        }
        match (self.queue, before) {
            (Queue::Samples, Some(before)) if before.epoch == place.epoch => {
                place.seq.saturating_sub(before.seq + 1).max(1)
            }
            (Queue::Samples | Queue::State, Some(_) | None) => 1,
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
fn name(queue: Queue, number: u64) -> String {
    format!("{number:016x}.{}", ending(queue))
}

/// The queue and the number in the name of a segment's file.
pub(super) fn number(name: &str) -> Option<(Queue, u64)> {
    let (digits, end) = name.split_once('.')?;
    let queue = [Queue::State, Queue::Samples]
        .into_iter()
        .find(|queue| ending(*queue) == end)?;
    let number = (digits.len() == 16).then(|| u64::from_str_radix(digits, 16).ok())??;
    Some((queue, number))
}

fn ending(queue: Queue) -> &'static str {
    match queue {
        Queue::State => "state",
        Queue::Samples => "samples",
    }
}
