//! Keeps rounds that could not be sent until the collector acknowledges them.
//!
//! In: rounds, acknowledgements. Out: [`Batch`]es, oldest first. Knows nothing of the
//! network. Its cast: a `record` is a round that can be sent without any other; a
//! `segment` is a file of them; the `disk` keeps segments within their bounds; the
//! `position` remembers what was acknowledged; the `ring` is where rounds go while
//! the disk is full.
//!
//! # Numbers
//!
//! The backlog stream has epochs of its own. Within one, numbers ascend by one and are
//! never given out twice, also across restarts of the agent: the epoch is kept with the
//! spool. A new one begins with each boot of the host, because only then may the disk
//! have lost what was given out, and when the disk fails, because memory does not survive
//! the process. Rounds keep the epoch and number they were given; a batch is of one epoch
//! and one boot, and older epochs are sent before newer ones. So "everything of this
//! epoch up to this number" always means a beginning of what waits.
//!
//! # What is given up
//!
//! Notes first, the oldest first, a segment at a time; rounds with events lose their
//! samples and stay, up to an eighth of the bound. All of it is counted and reported.

mod disk;
mod medium;
mod position;
mod record;
mod ring;
mod segment;

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::time::Duration;

use uuid::Uuid;
use vedette_wire::Round;

use self::disk::Disk;
use self::medium::{HostMedium, Medium};
use self::position::Position;
pub use self::record::Place;
use self::record::Record;
use self::ring::Ring;
use crate::clock::Stamp;

/// How long a failing disk is left alone before it is tried again.
const DISK_AGAIN_AFTER_MS: u64 = 30_000;
/// Rounds that were delivered out of turn and are remembered; past it they are sent twice.
const SETTLED_MAX: usize = 64;

/// How much is kept, and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes on disk.
    pub bytes_max: u64,
    /// Notes that are older are given up; events live seven times as long.
    pub age_max: Duration,
}

/// What the spool had to give up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Loss {
    /// Records that could not be read.
    pub damaged: u64,
    /// Rounds above a bound of bytes or age.
    pub given_up: u64,
}

impl Loss {
    /// All rounds that are gone, in full or in part.
    pub fn rounds(self) -> u64 {
        self.damaged.saturating_add(self.given_up)
    }

    /// Counts more.
    pub(crate) fn add(&mut self, more: Loss) {
        self.damaged = self.damaged.saturating_add(more.damaged);
        self.given_up = self.given_up.saturating_add(more.given_up);
    }
}

/// How much waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Depth {
    /// Rounds.
    pub rounds: u64,
    /// Bytes on disk and in memory.
    pub bytes: u64,
}

/// Rounds of one epoch and one boot, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The place of the last round; acknowledging it acknowledges the batch.
    pub last: Place,
    /// The boot in which the rounds were made.
    pub boot: Uuid,
    /// When the last round was made.
    pub last_stamp: Stamp,
    /// The JSON of each round.
    pub rounds: Vec<Vec<u8>>,
}

/// The spool. One for each state directory.
pub struct Spool {
    disk: Disk,
    ring: Ring,
    boot: Uuid,
    /// Where numbers are given out; in trouble, an epoch that ends with the process.
    epoch: Uuid,
    last_seq: u64,
    /// What the disk is told to remember; in trouble, older than the two above.
    position: Position,
    /// The last place handed out in a batch: nobody can acknowledge more.
    sent: Option<Place>,
    settled: VecDeque<Place>,
    trouble: Option<Trouble>,
    loss: Loss,
}

struct Trouble {
    why: String,
    again_mono_ms: u64,
}

impl Place {
    /// Whether acknowledging this place acknowledges `other`.
    fn covers(self, other: Place) -> bool {
        self.epoch == other.epoch && other.seq <= self.seq
    }
}

impl Spool {
    /// From now on these bounds are in force; what is over them goes with the next round.
    pub fn set_limits(&mut self, limits: Limits) {
        self.disk.set_limits(limits);
    }

    /// Opens the spool in `dir`, or makes it.
    ///
    /// # Errors
    /// The directory cannot be made, read or written.
    pub fn open(dir: &Path, boot: Uuid, limits: Limits) -> io::Result<Spool> {
        Spool::open_on(dir, boot, limits, Box::new(HostMedium))
    }

    fn open_on(
        dir: &Path,
        boot: Uuid,
        limits: Limits,
        medium: Box<dyn Medium>,
    ) -> io::Result<Spool> {
        let (mut disk, left) = Disk::open(dir, limits, medium)?;
        let loss = disk.take_loss();
        let fresh = Uuid::new_v4();
        let nothing = Place {
            epoch: fresh,
            seq: 0,
        };
        let (epoch, last_seq) = match left.position {
            Some(position) if position.boot == boot => {
                (position.epoch, position.last_seq.max(left.highest_seq))
            }
            Some(_) | None => (fresh, 0),
        };
        let position = Position {
            epoch,
            boot,
            last_seq,
            acknowledged: left.position.map_or(nothing, |old| old.acknowledged),
        };
        let mut spool = Spool {
            disk,
            ring: Ring::default(),
            boot,
            epoch,
            last_seq,
            position,
            sent: None,
            settled: VecDeque::new(),
            trouble: None,
            loss,
        };
        spool.remember();
        Ok(spool)
    }

    /// Takes a round in and says where it stands now. Never fails: what the disk does not
    /// take is kept in memory, see [`Spool::trouble`]. A round with events is on disk,
    /// synced, when this returns, unless there is trouble.
    pub fn append(&mut self, round: &Round, now: Stamp) -> Place {
        self.return_to_disk(now);
        if self.trouble.is_none() {
            let place = self.next_place();
            let record = Record::new(round, place, self.boot);
            match self.disk.append(&record, (self.boot, now)) {
                Ok(()) => {
                    self.last_seq = place.seq;
                    self.position.last_seq = place.seq;
                    self.remember();
                    return place;
                }
                Err(error) => self.fail(&error, now),
            }
        }
        let place = self.next_place();
        self.last_seq = place.seq;
        let record = Record::new(round, place, self.boot);
        self.loss.given_up += self.ring.push(record);
        place
    }

    /// The oldest rounds that wait, at most `rounds_max` of them and about `bytes_max`
    /// bytes of JSON; at least one if any waits.
    pub fn next_batch(&mut self, rounds_max: usize, bytes_max: usize, now: Stamp) -> Option<Batch> {
        self.disk.give_up_old((self.boot, now));
        self.forget(|_| false);
        let records: Vec<Record> = match self.disk.peek() {
            Ok(entries) if entries.is_empty() => {
                self.ring.iter().take(rounds_max).cloned().collect()
            }
            Ok(entries) => entries.into_iter().map(|entry| entry.record).collect(),
            Err(error) => {
                tracing::warn!(%error, "a segment of the spool cannot be read");
                Vec::new()
            }
        };
        let batch = self.batch(records, rounds_max, bytes_max)?;
        self.sent = Some(batch.last);
        Some(batch)
    }

    /// Forgets every round of the place's epoch up to it, as far as they were handed out.
    pub fn acknowledge(&mut self, place: Place) {
        let Some(sent) = self.sent.filter(|sent| sent.epoch == place.epoch) else {
            return;
        };
        let limit = Place {
            epoch: place.epoch,
            seq: place.seq.min(sent.seq),
        };
        self.forget(|other| limit.covers(other));
    }

    /// Remembers that this one round has been delivered by another way.
    pub fn settle(&mut self, place: Place) {
        if self.settled.len() >= SETTLED_MAX {
            self.settled.pop_front();
        }
        self.settled.push_back(place);
        self.forget(|_| false);
    }

    /// How much waits.
    pub fn depth(&self) -> Depth {
        Depth {
            rounds: self.disk.records() + self.ring.records(),
            bytes: match self.disk.records() {
                0 => self.ring.bytes(),
                _ => self.disk.bytes() + self.ring.bytes(),
            },
        }
    }

    /// Why rounds are kept in memory instead of on disk, if they are.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_ref().map(|trouble| trouble.why.as_str())
    }

    /// What was given up since the last question.
    pub fn take_loss(&mut self) -> Loss {
        std::mem::take(&mut self.loss)
    }

    fn next_place(&self) -> Place {
        Place {
            epoch: self.epoch,
            seq: self.last_seq + 1,
        }
    }

    fn batch(
        &mut self,
        records: Vec<Record>,
        rounds_max: usize,
        bytes_max: usize,
    ) -> Option<Batch> {
        let mut batch: Option<Batch> = None;
        let mut bytes = 0;
        for record in records {
            if self.settled.contains(&record.place) {
                continue;
            }
            let Ok(json) = record.json() else {
                self.loss.damaged += 1;
                self.settle(record.place);
                continue;
            };
            bytes += json.len();
            match &mut batch {
                None => {
                    batch = Some(Batch {
                        last: record.place,
                        boot: record.boot,
                        last_stamp: record.stamp,
                        rounds: vec![json],
                    });
                }
                Some(batch) => {
                    let same = batch.last.epoch == record.place.epoch && batch.boot == record.boot;
                    if !same || batch.rounds.len() >= rounds_max || bytes > bytes_max {
                        break;
                    }
                    batch.last = record.place;
                    batch.last_stamp = record.stamp;
                    batch.rounds.push(json);
                }
            }
        }
        batch
    }

    /// Forgets from the oldest on what `done` says and what was settled out of turn.
    fn forget(&mut self, done: impl Fn(Place) -> bool) {
        let settled = &self.settled;
        let done = |place: Place| done(place) || settled.contains(&place);
        match self.disk.forget(done) {
            Ok(Some(last)) => self.position.acknowledged = last,
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "a segment of the spool cannot be read"),
        }
        if self.disk.records() == 0 {
            self.ring.forget(done);
        }
        self.remember();
    }

    /// A position that cannot be written costs repeats after a restart, not rounds.
    fn remember(&mut self) {
        self.collect_loss();
        if let Err(error) = self.disk.remember(&self.position) {
            tracing::warn!(%error, "the spool cannot write down what was acknowledged");
        }
    }

    fn fail(&mut self, error: &io::Error, now: Stamp) {
        tracing::warn!(%error, "the spool cannot write; rounds are kept in memory");
        self.trouble = Some(Trouble {
            why: format!("the spool cannot write ({error}); rounds are kept in memory"),
            again_mono_ms: now.mono_ms + DISK_AGAIN_AFTER_MS,
        });
        self.epoch = Uuid::new_v4();
        self.last_seq = 0;
    }

    /// Moves what waits in memory to the disk as soon as it takes it again. The rounds
    /// keep their places, and their epoch goes on.
    fn return_to_disk(&mut self, now: Stamp) {
        match &mut self.trouble {
            None => return,
            Some(trouble) if now.mono_ms < trouble.again_mono_ms => return,
            Some(trouble) => trouble.again_mono_ms = now.mono_ms + DISK_AGAIN_AFTER_MS,
        }
        while let Some(record) = self.ring.front() {
            if self.disk.append(record, (self.boot, now)).is_err() {
                return;
            }
            self.ring.pop();
        }
        self.trouble = None;
        self.position.epoch = self.epoch;
        self.position.last_seq = self.last_seq;
        self.remember();
        tracing::info!("the spool can write again");
    }

    fn collect_loss(&mut self) {
        let loss = self.disk.take_loss();
        self.loss.add(loss);
    }
}

#[cfg(test)]
mod tests;
