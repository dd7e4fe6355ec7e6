//! Keeps both queues on disk, and decides how much of the disk they may have.
//!
//! In: records. Out: records of both queues in the order of their numbers. Knows nothing
//! of where numbers come from, of acknowledgement or memory; a failing write is the
//! caller's to survive.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::chain::{Chain, Moment, Reading};
use super::medium::{Medium, Space};
use super::position::{Position, PositionFile};
use super::record::{Place, Queue, Record};
use super::{Limits, Loss, STATE_BYTES_MAX, segment};

/// State is kept this much longer than samples; past it nobody acts on it.
const STATE_AGE_FACTOR: u32 = 7;
/// The spool never takes more than this part of what is free.
const FREE_PART: u64 = 100;
/// With less than this to fill, the disk is not used at all.
const BYTES_MIN: u64 = 256 * 1024;
/// Above this used share the rest of the disk is left to others.
const USED_SHARE_MAX: f64 = 0.95;
/// Once left, the disk is used again only below this, so that it is not left every minute.
const USED_SHARE_AGAIN: f64 = 0.94;
/// How often it is looked how full the disk is.
const SPACE_PAUSE_MS: u64 = 60_000;

/// The file that remembers what was acknowledged.
const POSITION: &str = "position";

/// The spool's directory.
pub(super) struct Disk {
    dir: PathBuf,
    medium: Box<dyn Medium>,
    limits: Limits,
    state: Chain,
    samples: Chain,
    position: PositionFile,
    remembered: Option<Position>,
    next_number: u64,
    /// How full the disk is, and when it was asked.
    space: Option<(u64, Space)>,
    is_left: bool,
}

/// What an earlier run left.
#[derive(Debug)]
pub(super) struct Left {
    /// What it knew, if that can be read.
    pub(super) position: Option<Position>,
    /// The highest number in the epoch of that position.
    pub(super) highest_seq: u64,
}

/// How many bytes each queue may have.
#[derive(Debug, Clone, Copy)]
struct Shares {
    state: u64,
    samples: u64,
}

impl Disk {
    /// Opens or makes the directory and finds what is in it.
    pub(super) fn open(
        dir: &Path,
        limits: Limits,
        medium: Box<dyn Medium>,
    ) -> io::Result<(Disk, Left)> {
        make_private(dir)?;
        let found = segments(dir)?;
        let (file, position) = PositionFile::open(&dir.join(POSITION))?;
        let mut disk = Disk {
            dir: dir.to_owned(),
            medium,
            limits,
            state: Chain::new(Queue::State),
            samples: Chain::new(Queue::Samples),
            position: file,
            remembered: position,
            next_number: found.last().map_or(1, |(last, _)| last + 1),
            space: None,
            is_left: false,
        };
        let highest_seq = disk.find_segments(&found, position)?;
        let left = Left {
            position,
            highest_seq,
        };
        Ok((disk, left))
    }

    /// Reads every segment, and forgets what was acknowledged.
    fn find_segments(
        &mut self,
        found: &[(u64, Queue)],
        position: Option<Position>,
    ) -> io::Result<u64> {
        let acknowledged = position.map(|position| position.acknowledged);
        let epoch = position.map(|position| position.epoch);
        let mut highest_seq = 0;
        for (number, queue) in found {
            let dir = self.dir.clone();
            let chain = self.chain(*queue);
            highest_seq = highest_seq.max(chain.find(&dir, *number, acknowledged, epoch)?);
        }
        let of_epoch = |chain: &Chain| {
            let epoch = acknowledged.map(|place| place.epoch);
            let first = chain.segments.iter().find(|one| one.epoch == epoch);
            first.filter(|_| epoch.is_some()).map(|one| one.number)
        };
        let first = [&self.state, &self.samples]
            .into_iter()
            .filter_map(of_epoch);
        if let Some(first) = first.min() {
            self.state.spend_before(first);
            self.samples.spend_before(first);
        }
        Ok(highest_seq)
    }

    /// Bytes of the files that hold what was not forgotten.
    pub(super) fn bytes(&self) -> u64 {
        self.state.bytes() + self.samples.bytes()
    }

    /// Records of a queue that were not forgotten.
    pub(super) fn records(&self, queue: Queue) -> u64 {
        match queue {
            Queue::State => self.state.records(),
            Queue::Samples => self.samples.records(),
        }
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.state.records() + self.samples.records() == 0
    }

    /// What was given up since the last question.
    pub(super) fn take_loss(&mut self) -> Loss {
        let mut loss = self.state.take_loss();
        loss.add(self.samples.take_loss());
        loss
    }

    /// Adds a record behind all others. `now` decides which others are too old.
    pub(super) fn append(&mut self, record: &Record, now: Moment) -> io::Result<()> {
        let shares = self.shares(now)?;
        self.grow_old(now);
        let Disk {
            dir,
            medium,
            state,
            samples,
            next_number,
            ..
        } = self;
        let medium = medium.as_ref();
        state.make_room(shares.state, 0, medium);
        samples.make_room(shares.samples, 0, medium);
        let (chain, share) = match record.queue {
            Queue::State => (state, shares.state),
            Queue::Samples => (samples, shares.samples),
        };
        chain.make_room(share, record.bytes(), medium);
        if chain.needs_segment(record, share) {
            chain.start_segment(dir, *next_number, medium)?;
            *next_number += 1;
        }
        chain.append(record, medium)
    }

    /// Whether the disk has room to begin with.
    pub(super) fn can_append(&mut self, now: Moment) -> io::Result<()> {
        self.shares(now).map(|_| ())
    }

    /// Gives up what is past its age, and thins what is past its first hour.
    pub(super) fn grow_old(&mut self, now: Moment) {
        let age_max = self.limits.age_max;
        let medium = self.medium.as_ref();
        let state_age_max = age_max.saturating_mul(STATE_AGE_FACTOR);
        self.state.grow_old(state_age_max, now, medium);
        self.samples.grow_old(age_max, now, medium);
    }

    /// The oldest records of one epoch, in the order of their numbers, as long as `take`
    /// wants more.
    pub(super) fn read(&self, mut take: impl FnMut(Record) -> bool) {
        let mut state = Reading::new(&self.state);
        let mut samples = Reading::new(&self.samples);
        loop {
            let first = match (state.peek(), samples.peek()) {
                (Some(one), Some(other)) if is_before(one, other) => state.next(),
                (Some(_), None) => state.next(),
                (_, Some(_)) => samples.next(),
                (None, None) => None,
            };
            if !first.is_some_and(&mut take) {
                return;
            }
        }
    }

    /// Forgets records from the oldest on as long as `done` says so. The files stay until
    /// [`Disk::remember`].
    pub(super) fn forget(&mut self, done: impl Fn(Place) -> bool) -> io::Result<()> {
        let state = self.state.forget(&done);
        self.samples.forget(&done).and(state)
    }

    /// The oldest record, or one that was older still.
    pub(super) fn front(&self) -> Option<Place> {
        let front = match (self.state.front(), self.samples.front()) {
            (Some(one), Some(other)) if is_before(one, other) => one,
            (Some(one), None) => one,
            (_, other) => other?,
        };
        Some(front.1)
    }

    /// Writes the position down, and then removes the files nobody needs any more: in
    /// this order a crash repeats rounds, in the other it could repeat numbers.
    pub(super) fn remember(&mut self, position: &Position) -> io::Result<()> {
        if self.remembered != Some(*position) {
            self.position.write(position)?;
            self.remembered = Some(*position);
        }
        self.state.remove_spent()?;
        self.samples.remove_spent()
    }

    /// Gives every record of the epoch `old` the epoch `new`; numbers stay.
    pub(super) fn rename(&mut self, old: Uuid, new: Uuid) -> io::Result<()> {
        let medium = self.medium.as_ref();
        self.state.rename(old, new, medium)?;
        self.samples.rename(old, new, medium)
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.state.clear();
        self.samples.clear();
    }

    /// How much each queue may have now: its limit, and of a hundredth of what is free at
    /// most a half each.
    fn shares(&mut self, now: Moment) -> io::Result<Shares> {
        let space = self.space(now.1.mono_ms)?;
        let dir = self.dir.display();
        let most = match self.is_left {
            true => USED_SHARE_AGAIN,
            false => USED_SHARE_MAX,
        };
        if space.used_share > most {
            let percent = space.used_share * 100.0;
            let why = format!("the disk of {dir} is {percent:.0} % full; make space there");
            return Err(self.leave(why));
        }
        let part = space.free_bytes.saturating_add(self.bytes()) / FREE_PART;
        if part < BYTES_MIN {
            let mib = space.free_bytes / (1024 * 1024);
            let why = format!("only {mib} MiB are free below {dir}; make space there");
            return Err(self.leave(why));
        }
        self.is_left = false;
        let state = STATE_BYTES_MAX.min(part / 2);
        Ok(Shares {
            state,
            samples: self.limits.bytes_max.min(part - state),
        })
    }

    /// From now on these bounds are in force.
    pub(super) fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    fn leave(&mut self, why: String) -> io::Error {
        self.is_left = true;
        // Whoever tries again wants to know how it is then.
        self.space = None;
        io::Error::new(io::ErrorKind::StorageFull, why)
    }

    fn space(&mut self, now_mono_ms: u64) -> io::Result<Space> {
        match self.space {
            Some((asked, space)) if now_mono_ms.saturating_sub(asked) < SPACE_PAUSE_MS => Ok(space),
            Some(_) | None => {
                let space = self.medium.space(&self.dir)?;
                self.space = Some((now_mono_ms, space));
                Ok(space)
            }
        }
    }

    fn chain(&mut self, queue: Queue) -> &mut Chain {
        match queue {
            Queue::State => &mut self.state,
            Queue::Samples => &mut self.samples,
        }
    }
}

/// Within an epoch numbers tell the order; else the segments do, for an epoch that ended
/// never goes on.
fn is_before(one: (u64, Place), other: (u64, Place)) -> bool {
    match one.1.epoch == other.1.epoch {
        true => one.1.seq < other.1.seq,
        false => one.0 < other.0,
    }
}

/// What a host measures of itself is nobody else's to read.
fn make_private(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(dir)
}

/// Every file of a spool in a directory; none when there is no such directory.
pub(super) fn files(dir: &Path) -> io::Result<Vec<PathBuf>> {
    if !dir.exists() {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        if name == POSITION || segment::number(name).is_some() {
            files.push(entry.path());
        }
    }
    Ok(files)
}

/// The segments in a directory, in ascending order of their numbers. Removes what a crash
/// left of a rewrite.
fn segments(dir: &Path) -> io::Result<Vec<(u64, Queue)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        if name.ends_with(".tmp") {
            fs::remove_file(entry.path())?;
        }
        found.extend(segment::number(name).map(|(queue, number)| (number, queue)));
    }
    found.sort_unstable_by_key(|(number, _)| *number);
    Ok(found)
}
