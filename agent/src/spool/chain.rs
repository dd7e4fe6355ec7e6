//! Keeps the segments of one queue in order and within its bounds of bytes and age.
//!
//! In: records of one queue. Out: records, oldest first, from behind what was forgotten.
//! Knows nothing of the other queue, of numbers, acknowledgement or memory; a failing
//! write is the caller's to survive.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::path::Path;
use std::time::Duration;

use uuid::Uuid;

use super::Loss;
use super::medium::Medium;
use super::record::{Grain, Place, Queue, Record};
use super::segment::{Entry, Segment};
use crate::clock::Stamp;

/// Bytes of a segment: this part of its queue's bound, so that giving one up costs little.
const SEGMENT_PART: u64 = 64;
/// However small the bound, a segment may have this much.
const SEGMENT_BYTES_MIN: u64 = 16 * 1024;
/// However large the bound, a segment is read and rewritten in memory.
const SEGMENT_BYTES_MAX: u64 = 2 * 1024 * 1024;
/// A segment spans no more time, so that what is thinned by the segment is thinned in time.
const SEGMENT_SPAN: Duration = Duration::from_secs(600);
/// Files of one queue; many short outages leave many small ones.
const SEGMENTS_MAX: usize = 8_192;
/// What is older is thinned to what was so once a minute.
pub(super) const WHOLE_FOR: Duration = Duration::from_secs(3_600);

/// The boot of the host, and the time in it.
pub(super) type Moment = (Uuid, Stamp);

/// One queue on disk.
#[derive(Debug)]
pub(super) struct Chain {
    queue: Queue,
    /// Oldest first.
    pub(super) segments: VecDeque<Segment>,
    /// The newest segment, while records are added to it.
    newest: Option<File>,
    /// Offset in the oldest segment behind what was forgotten.
    cursor: u64,
    /// Records of the oldest segment before that.
    forgotten: u64,
    /// Wholly forgotten; removed when that is on disk.
    spent: Vec<Segment>,
    /// The oldest record, or one that was older still and has been given up since.
    front: Option<(u64, Place)>,
    loss: Loss,
}

impl Chain {
    pub(super) fn new(queue: Queue) -> Chain {
        Chain {
            queue,
            segments: VecDeque::new(),
            newest: None,
            cursor: 0,
            forgotten: 0,
            spent: Vec::new(),
            front: None,
            loss: Loss::default(),
        }
    }

    /// Reads a segment that an earlier run left, behind all others. What is at or before
    /// `acknowledged` is forgotten. Yields the highest number in the epoch asked for.
    pub(super) fn find(
        &mut self,
        dir: &Path,
        number: u64,
        acknowledged: Option<Place>,
        epoch: Option<Uuid>,
    ) -> io::Result<u64> {
        let (mut records, mut highest, mut done) = (0, 0, None);
        let segment = Segment::open(dir, self.queue, number, |place, end| {
            records += 1;
            if Some(place.epoch) == epoch {
                highest = highest.max(place.seq);
            }
            if acknowledged.is_some_and(|acknowledged| acknowledged.covers(place)) {
                done = Some((end, records));
            }
        })?;
        if let Some((cursor, forgotten)) = done {
            // Whatever is older was sent before, and so acknowledged before.
            self.spent.extend(self.segments.drain(..));
            self.loss = Loss::default();
            (self.cursor, self.forgotten) = (cursor, forgotten);
        }
        self.loss.damaged += segment.damaged;
        self.segments.push_back(segment);
        Ok(highest)
    }

    /// Takes segments out that are older than segment `number` and so were sent before it.
    pub(super) fn spend_before(&mut self, number: u64) {
        while self
            .segments
            .front()
            .is_some_and(|oldest| oldest.number < number)
        {
            self.spend_oldest();
        }
    }

    /// Bytes of the files that hold what was not forgotten.
    pub(super) fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.bytes).sum()
    }

    /// Records that were not forgotten.
    pub(super) fn records(&self) -> u64 {
        let all: u64 = self.segments.iter().map(|segment| segment.records).sum();
        all.saturating_sub(self.forgotten)
    }

    /// The number of the oldest segment, and the oldest record or one that was older still.
    pub(super) fn front(&self) -> Option<(u64, Place)> {
        self.front.filter(|_| !self.segments.is_empty())
    }

    /// What was given up since the last question.
    pub(super) fn take_loss(&mut self) -> Loss {
        std::mem::take(&mut self.loss)
    }

    /// Whether `record` would need a segment of its own, in a queue of `bytes_max`.
    pub(super) fn needs_segment(&self, record: &Record, bytes_max: u64) -> bool {
        let Some(newest) = self.segments.back().filter(|_| self.newest.is_some()) else {
            return true;
        };
        let most = (bytes_max / SEGMENT_PART).clamp(SEGMENT_BYTES_MIN, SEGMENT_BYTES_MAX);
        let is_full = newest.bytes > 0 && newest.bytes + record.bytes() > most;
        let is_other = newest
            .epoch
            .is_some_and(|epoch| epoch != record.place.epoch);
        let is_long = newest
            .oldest
            .is_some_and(|first| age(first, (record.boot, record.stamp)) > SEGMENT_SPAN);
        is_full || is_other || is_long
    }

    /// Begins a segment behind all others.
    pub(super) fn start_segment(
        &mut self,
        dir: &Path,
        number: u64,
        medium: &dyn Medium,
    ) -> io::Result<()> {
        let (segment, file) = Segment::create(dir, self.queue, number)?;
        self.segments.push_back(segment);
        self.newest = Some(file);
        match self.queue {
            // Its name, too, must survive a power failure. Elsewhere a folder cannot be opened.
            Queue::State if cfg!(unix) => medium.sync(&File::open(dir)?),
            Queue::State | Queue::Samples => Ok(()),
        }
    }

    /// Adds a record behind all others, to the segment that was begun last.
    pub(super) fn append(&mut self, record: &Record, medium: &dyn Medium) -> io::Result<()> {
        let (Some(file), Some(segment)) = (&mut self.newest, self.segments.back_mut()) else {
            return Err(io::Error::other("no segment of the spool is open"));
        };
        let appended = segment.append(file, record, medium);
        let (bytes, number) = (segment.bytes, segment.number);
        if appended.is_err() && bytes == 0 {
            // Tried again and again, empty files would pile up.
            let _ = segment.remove();
            self.segments.pop_back();
            self.newest = None;
        }
        appended?;
        if self.records() == 1 {
            self.front = Some((number, record.place));
        }
        Ok(())
    }

    /// The oldest records that were not forgotten; none when there are none.
    fn peek(&mut self) -> io::Result<Vec<Entry>> {
        while let Some(oldest) = self.segments.front() {
            match oldest.read(self.cursor) {
                Ok(entries) if entries.is_empty() => self.loss.damaged += self.spend_oldest(),
                Ok(entries) => return Ok(entries),
                // One unreadable file must not hold up the others.
                Err(error) => {
                    self.loss.damaged += self.spend_oldest();
                    return Err(error);
                }
            }
        }
        Ok(Vec::new())
    }

    /// Forgets records from the oldest on as long as `done` says so. The files stay until
    /// [`Chain::remove_spent`].
    pub(super) fn forget(&mut self, done: impl Fn(Place) -> bool) -> io::Result<()> {
        loop {
            let entries = self.peek()?;
            if entries.is_empty() {
                self.front = None;
                return Ok(());
            }
            let number = self.segments.front().map_or(0, |oldest| oldest.number);
            for entry in entries {
                let place = entry.record.place;
                if !done(place) {
                    self.front = Some((number, place));
                    return Ok(());
                }
                self.cursor = entry.end;
                self.forgotten += 1;
            }
        }
    }

    /// Removes the files nobody needs any more.
    pub(super) fn remove_spent(&mut self) -> io::Result<()> {
        while let Some(segment) = self.spent.last() {
            segment.remove()?;
            self.spent.pop();
        }
        Ok(())
    }

    /// Gives up what is past `age_max`, and thins one segment that is past [`WHOLE_FOR`]:
    /// rewriting takes time, and the next record brings the next chance.
    pub(super) fn grow_old(&mut self, age_max: Duration, now: Moment, medium: &dyn Medium) {
        let is_older = |segment: &Segment, limit: Duration| {
            segment.newest.is_some_and(|then| age(then, now) > limit)
        };
        while self
            .segments
            .front()
            .is_some_and(|oldest| is_older(oldest, age_max))
        {
            self.give_up_oldest();
        }
        let is_due = |one: &Segment| one.grain < Grain::Minute && is_older(one, WHOLE_FOR);
        if let Some(index) = self.segments.iter().position(is_due) {
            self.loss.thinned += self.thin(index, Grain::Minute, medium);
        }
    }

    /// Makes room for `coming` bytes within `bytes_max`; of checks and events, checks go
    /// first.
    pub(super) fn make_room(&mut self, bytes_max: u64, coming: u64, medium: &dyn Medium) {
        while self.bytes() + coming > bytes_max || self.segments.len() >= SEGMENTS_MAX {
            let can_thin = match self.queue {
                Queue::State => self
                    .segments
                    .iter()
                    .position(|one| one.grain < Grain::Events),
                Queue::Samples => None,
            };
            match can_thin {
                Some(index) => self.loss.given_up += self.thin(index, Grain::Events, medium),
                None if self.segments.is_empty() => return,
                None => self.give_up_oldest(),
            }
        }
    }

    /// Gives every record of the epoch `old` the epoch `new`; numbers stay.
    pub(super) fn rename(&mut self, old: Uuid, new: Uuid, medium: &dyn Medium) -> io::Result<()> {
        self.newest = None;
        for (index, segment) in self.segments.iter_mut().enumerate() {
            if segment.epoch != Some(old) {
                continue;
            }
            let from = if index == 0 { self.cursor } else { 0 };
            segment.rename(from, new, medium)?;
            if index == 0 {
                (self.cursor, self.forgotten) = (0, 0);
            }
        }
        Ok(())
    }

    /// Gives up every record.
    pub(super) fn clear(&mut self) {
        while !self.segments.is_empty() {
            self.spend_oldest();
        }
        self.front = None;
    }

    /// Thins one segment; one that is empty then is removed. Yields how many records lost
    /// something.
    fn thin(&mut self, index: usize, grain: Grain, medium: &dyn Medium) -> u64 {
        let from = if index == 0 { self.cursor } else { 0 };
        if index + 1 == self.segments.len() {
            self.newest = None;
        }
        let Some(segment) = self.segments.get_mut(index) else {
            return 0;
        };
        let waiting = segment.records - if index == 0 { self.forgotten } else { 0 };
        let (lost, keep) = match segment.thin(from, grain, medium) {
            Ok(None) => return 0,
            Ok(Some(lost)) => (lost, segment.records > 0),
            Err(error) => {
                tracing::warn!(%error, "a segment of the spool cannot be rewritten and is given up");
                (waiting, false)
            }
        };
        if index == 0 {
            (self.cursor, self.forgotten) = (0, 0);
        }
        if !keep && let Some(segment) = self.segments.remove(index) {
            self.discard(segment);
        }
        lost
    }

    fn give_up_oldest(&mut self) {
        self.loss.given_up += self.spend_oldest();
        if let Some(segment) = self.spent.pop() {
            self.discard(segment);
        }
    }

    /// Frees space now; the caller writes the position down after every append.
    fn discard(&mut self, segment: Segment) {
        if let Err(error) = segment.remove() {
            tracing::warn!(%error, "a segment of the spool cannot be removed");
            self.spent.push(segment);
        }
    }

    /// Takes the oldest segment out. Yields how many of its records were not forgotten.
    fn spend_oldest(&mut self) -> u64 {
        if self.segments.len() == 1 {
            self.newest = None;
        }
        let Some(oldest) = self.segments.pop_front() else {
            return 0;
        };
        let waiting = oldest.records.saturating_sub(self.forgotten);
        (self.cursor, self.forgotten) = (0, 0);
        self.spent.push(oldest);
        waiting
    }
}

/// Goes through the records of a queue without forgetting any.
pub(super) struct Reading<'a> {
    chain: &'a Chain,
    /// The segment, and the offset in it.
    at: (usize, u64),
    /// Records that were read, each with the number of its segment.
    records: VecDeque<(u64, Record)>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(chain: &'a Chain) -> Reading<'a> {
        Reading {
            chain,
            at: (0, chain.cursor),
            records: VecDeque::new(),
        }
    }

    /// The number of the next record's segment, and its place.
    pub(super) fn peek(&mut self) -> Option<(u64, Place)> {
        while self.records.is_empty() {
            let (index, from) = self.at;
            let segment = self.chain.segments.get(index)?;
            // A file that cannot be read is given up when it is the oldest.
            let entries = segment.read(from).unwrap_or_default();
            self.at = match entries.last() {
                Some(last) if last.end < segment.bytes => (index, last.end),
                Some(_) | None => (index + 1, 0),
            };
            let records = entries.into_iter().map(|entry| entry.record);
            self.records
                .extend(records.map(|record| (segment.number, record)));
        }
        let (number, record) = self.records.front()?;
        Some((*number, record.place))
    }

    /// The next record.
    pub(super) fn next(&mut self) -> Option<Record> {
        self.peek()?;
        self.records.pop_front().map(|(_, record)| record)
    }
}

/// How old a record is: by the monotonic clock within a boot, by the wall clock else.
fn age((boot, then): Moment, (boot_now, now): Moment) -> Duration {
    let ms = match boot == boot_now {
        true => now.mono_ms.saturating_sub(then.mono_ms),
        false => u64::try_from(now.wall_ms.saturating_sub(then.wall_ms)).unwrap_or(0),
    };
    Duration::from_millis(ms)
}
