//! Keeps segments in order and within their bounds; gives up the oldest samples first.
//!
//! In: records. Out: records, oldest first, from behind what was forgotten. Knows nothing
//! of numbers, acknowledgement or memory; a failing write is the caller's to survive.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use uuid::Uuid;

use super::medium::Medium;
use super::position::{Position, PositionFile};
use super::record::{Place, Record};
use super::segment::{self, Entry, Segment};
use super::{Limits, Loss};
use crate::clock::Stamp;

/// Bytes of a segment; a smaller bound of the whole makes them smaller.
const SEGMENT_BYTES_MAX: u64 = 1024 * 1024;
/// The bound of the whole is worth this many segments at least, so that giving one up
/// does not cost everything.
const SEGMENTS_MIN: u64 = 8;
/// Files in the spool; many short outages leave many small ones.
const SEGMENTS_MAX: usize = 512;
/// Events may take this part of the bound once their samples are given up.
const EVENTS_PART: u64 = 8;
/// Events are kept this much longer than samples; past it nobody acts on them.
const EVENTS_AGE_FACTOR: u32 = 7;
/// The spool never takes more than this part of what is free.
const FREE_PART: u64 = 100;
/// With less than this to fill, the disk is not used at all.
const BYTES_MIN: u64 = 256 * 1024;

/// The spool's directory.
pub(super) struct Disk {
    dir: PathBuf,
    medium: Box<dyn Medium>,
    limits: Limits,
    /// Oldest first.
    segments: VecDeque<Segment>,
    /// The newest segment, while records are added to it.
    newest: Option<File>,
    /// Offset in the oldest segment behind what was forgotten.
    cursor: u64,
    /// Records of the oldest segment before that.
    forgotten: u64,
    /// Wholly forgotten; removed when that is on disk.
    spent: Vec<Segment>,
    position: PositionFile,
    remembered: Option<Position>,
    next_number: u64,
    loss: Loss,
}

/// What an earlier run left.
#[derive(Debug)]
pub(super) struct Left {
    /// What it knew, if that can be read.
    pub(super) position: Option<Position>,
    /// The highest number in the epoch of that position.
    pub(super) highest_seq: u64,
}

impl Disk {
    /// Opens or makes the directory and finds what is in it.
    pub(super) fn open(
        dir: &Path,
        limits: Limits,
        medium: Box<dyn Medium>,
    ) -> io::Result<(Disk, Left)> {
        make_private(dir)?;
        let numbers = numbers(dir)?;
        let (file, position) = PositionFile::open(&dir.join("position"))?;
        let mut disk = Disk {
            dir: dir.to_owned(),
            medium,
            limits,
            segments: VecDeque::new(),
            newest: None,
            cursor: 0,
            forgotten: 0,
            spent: Vec::new(),
            position: file,
            remembered: position,
            next_number: numbers.last().map_or(1, |last| last + 1),
            loss: Loss::default(),
        };
        let highest_seq = disk.find_segments(numbers, position)?;
        let left = Left {
            position,
            highest_seq,
        };
        Ok((disk, left))
    }

    /// Reads every segment; leaves the cursor behind the last acknowledged record.
    fn find_segments(&mut self, numbers: Vec<u64>, position: Option<Position>) -> io::Result<u64> {
        let mut highest_seq = 0;
        for number in numbers {
            let mut records = 0;
            let mut acknowledged = None;
            let path = self.dir.join(segment::name(number));
            let segment = Segment::open(path, number, |place, end| {
                records += 1;
                let Some(position) = position else { return };
                if place.epoch == position.epoch {
                    highest_seq = highest_seq.max(place.seq);
                }
                if position.acknowledged.covers(place) {
                    acknowledged = Some((end, records));
                }
            })?;
            if let Some((cursor, forgotten)) = acknowledged {
                // Whatever is older was sent before, and so acknowledged before.
                self.spent.extend(self.segments.drain(..));
                self.loss = Loss::default();
                (self.cursor, self.forgotten) = (cursor, forgotten);
            }
            self.loss.damaged += segment.damaged;
            self.segments.push_back(segment);
        }
        Ok(highest_seq)
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

    /// What was given up since the last question.
    pub(super) fn take_loss(&mut self) -> Loss {
        std::mem::take(&mut self.loss)
    }

    /// Adds a record behind all others. `now` decides which others are too old.
    pub(super) fn append(&mut self, record: &Record, now: (Uuid, Stamp)) -> io::Result<()> {
        let allowed = self.allowed()?;
        self.give_up_old(now);
        self.make_room(allowed, record.bytes());
        let segment_bytes = (allowed / SEGMENTS_MIN).min(SEGMENT_BYTES_MAX);
        let is_full = |segment: &Segment| segment.bytes + record.bytes() > segment_bytes;
        if self.segments.back().is_some_and(is_full) {
            self.close_newest();
        }
        let mut file = match self.newest.take() {
            Some(file) => file,
            None => self.start_segment()?,
        };
        if let Some(segment) = self.segments.back_mut()
            && let Err(error) = segment.append(&mut file, record, self.medium.as_ref())
        {
            // Tried again and again, empty files would pile up.
            if segment.bytes == 0 {
                let _ = segment.remove();
                self.segments.pop_back();
            }
            return Err(error);
        }
        // What happened must survive a power failure; what was measured need not.
        if record.has_events {
            file.sync_data()?;
        }
        self.newest = Some(file);
        Ok(())
    }

    /// The oldest records that were not forgotten; none when there are none.
    pub(super) fn peek(&mut self) -> io::Result<Vec<Entry>> {
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

    /// Forgets records from the oldest on as long as `done` says so. Yields the last one
    /// forgotten. The files stay until [`Disk::remember`].
    pub(super) fn forget(&mut self, done: impl Fn(Place) -> bool) -> io::Result<Option<Place>> {
        let mut last = None;
        loop {
            let entries = self.peek()?;
            if entries.is_empty() {
                return Ok(last);
            }
            for entry in entries {
                let place = entry.record.place;
                if !done(place) {
                    return Ok(last);
                }
                self.cursor = entry.end;
                self.forgotten += 1;
                last = Some(place);
            }
        }
    }

    /// Writes the position down, and then removes the files nobody needs any more: in
    /// this order a crash repeats rounds, in the other it could repeat numbers.
    pub(super) fn remember(&mut self, position: &Position) -> io::Result<()> {
        if self.remembered != Some(*position) {
            self.position.write(position)?;
            self.remembered = Some(*position);
        }
        while let Some(segment) = self.spent.last() {
            segment.remove()?;
            self.spent.pop();
        }
        Ok(())
    }

    /// The bound in force: the limit, or a hundredth of what is free.
    fn allowed(&self) -> io::Result<u64> {
        let free = self.medium.free_bytes(&self.dir)?;
        let part = free.saturating_add(self.bytes()) / FREE_PART;
        let allowed = self.limits.bytes_max.min(part);
        if allowed < BYTES_MIN {
            let mib = free / (1024 * 1024);
            let dir = self.dir.display();
            let why = format!("only {mib} MiB are free below {dir}; make space there");
            return Err(io::Error::new(io::ErrorKind::StorageFull, why));
        }
        Ok(allowed)
    }

    /// From now on these bounds are in force.
    pub(super) fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Gives up what is past its age. `now` is the boot and the time.
    pub(super) fn give_up_old(&mut self, now: (Uuid, Stamp)) {
        let age_max = self.limits.age_max;
        let is_older = |segment: &Segment, limit: Duration| {
            segment.newest.is_some_and(|then| age(then, now) > limit)
        };
        while let Some(index) = self
            .segments
            .iter()
            .position(|segment| !segment.is_thinned && is_older(segment, age_max))
        {
            self.thin(index);
        }
        let events_age_max = age_max.saturating_mul(EVENTS_AGE_FACTOR);
        while let Some(oldest) = self.segments.front()
            && is_older(oldest, events_age_max)
        {
            self.give_up_oldest();
        }
    }

    fn make_room(&mut self, allowed: u64, coming: u64) {
        while self.bytes() + coming > allowed || self.segments.len() >= SEGMENTS_MAX {
            match self.segments.iter().position(|one| !one.is_thinned) {
                Some(index) => self.thin(index),
                None if self.segments.is_empty() => return,
                None => self.give_up_oldest(),
            }
        }
        let thinned = |disk: &Disk| -> u64 {
            let thinned = disk.segments.iter().filter(|segment| segment.is_thinned);
            thinned.map(|segment| segment.bytes).sum()
        };
        while thinned(self) > allowed / EVENTS_PART
            && self
                .segments
                .front()
                .is_some_and(|oldest| oldest.is_thinned)
        {
            self.give_up_oldest();
        }
    }

    /// Gives up the samples of one segment; without events, all of it.
    fn thin(&mut self, index: usize) {
        let from = if index == 0 { self.cursor } else { 0 };
        if index + 1 == self.segments.len() {
            self.close_newest();
        }
        let Some(segment) = self.segments.get_mut(index) else {
            return;
        };
        let waiting = segment.records - if index == 0 { self.forgotten } else { 0 };
        let keep = match segment.thin(from, self.medium.as_ref()) {
            Ok(given_up) => {
                self.loss.given_up += given_up;
                segment.records > 0
            }
            Err(error) => {
                tracing::warn!(%error, "a segment of the spool cannot be rewritten and is given up");
                self.loss.given_up += waiting;
                false
            }
        };
        if index == 0 {
            (self.cursor, self.forgotten) = (0, 0);
        }
        if !keep && let Some(segment) = self.segments.remove(index) {
            self.discard(segment);
        }
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
            self.close_newest();
        }
        let Some(oldest) = self.segments.pop_front() else {
            return 0;
        };
        let waiting = oldest.records.saturating_sub(self.forgotten);
        (self.cursor, self.forgotten) = (0, 0);
        self.spent.push(oldest);
        waiting
    }

    fn start_segment(&mut self) -> io::Result<File> {
        let (segment, file) = Segment::create(&self.dir, self.next_number)?;
        self.next_number += 1;
        self.segments.push_back(segment);
        Ok(file)
    }

    fn close_newest(&mut self) {
        if let Some(file) = self.newest.take()
            && let Err(error) = file.sync_data()
        {
            tracing::warn!(%error, "a segment of the spool cannot be synced");
        }
    }
}

/// What a host measures of itself is nobody else's to read.
fn make_private(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(dir)
}

/// How old a record is: by the monotonic clock within a boot, by the wall clock else.
fn age((boot, then): (Uuid, Stamp), (boot_now, now): (Uuid, Stamp)) -> Duration {
    let ms = match boot == boot_now {
        true => now.mono_ms.saturating_sub(then.mono_ms),
        false => u64::try_from(now.wall_ms.saturating_sub(then.wall_ms)).unwrap_or(0),
    };
    Duration::from_millis(ms)
}

/// The numbers of the segments in a directory, ascending. Removes what a crash left of
/// a rewrite.
fn numbers(dir: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        if name.ends_with(".tmp") {
            fs::remove_file(entry.path())?;
        }
        numbers.extend(segment::number(name));
    }
    numbers.sort_unstable();
    Ok(numbers)
}
