//! Keeps what could not be sent until the collector acknowledges it.
//!
//! In: rounds, acknowledgements. Out: [`Batch`]es, oldest first. Knows nothing of the
//! network. Its cast: a `record` is a part of a round that can be sent without any other;
//! a `segment` is a file of them; a `chain` keeps the segments of one queue within its
//! bounds, and `thin` what is old at one a minute; the `disk` holds both chains and decides
//! what they may take; the `position` remembers what was acknowledged; the `ring` is where
//! records go while the disk cannot take them, which is `trouble`; a `batch` is what is sent
//! at once; an `account` says how much is kept, waits, and was given up.
//!
//! # Two queues, one order
//!
//! A round is kept as two records: its *state* (checks and events: small, and what tickets
//! are made of) and its *samples* (and which probes looked). Each has a chain of files of
//! its own, so that giving up samples is removing files and never touches an event. Both
//! take their numbers from one row, and are sent in the order of these numbers: the
//! collector sees one stream, in the order in which things happened, and one number
//! acknowledges a beginning of both. A segment is of one epoch, and segments are numbered
//! over both queues, so that it can be told of any two records which came first.
//!
//! # Numbers
//!
//! The backlog stream has epochs of its own. Within one, numbers ascend by one and are
//! never given out twice, also across restarts of the agent: the epoch is kept with the
//! spool. A new one begins with each boot of the host, because only then may the disk
//! have lost what was given out; when the disk fails, because memory does not survive
//! the process; and when the collector knows more than was ever sent, because then this
//! host was put back to an earlier state. Records keep the epoch and number they were
//! given; a batch is of one epoch and one boot, and older epochs are sent before newer
//! ones. So "everything of this epoch up to this number" always means a beginning of what
//! waits.
//!
//! # What is given up
//!
//! | queue | bytes | age | above it |
//! |---|---|---|---|
//! | samples | `bytes_max` | `age_max` | the oldest go, a segment at a time; after an hour one a minute is kept of each series |
//! | state | [`STATE_BYTES_MAX`] | seven times `age_max` | the oldest checks go first, then the oldest events |
//!
//! Both together never take more than a hundredth of what is free on their file system.
//! While it is more than 95 % full or refuses a write, records stay in memory, and
//! [`Spool::trouble`] says so. All that is given up is counted and reported; what is
//! thinned is counted.

mod account;
mod batch;
mod chain;
mod disk;
mod medium;
mod position;
mod record;
mod ring;
mod segment;
mod thin;
mod trouble;

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};

use uuid::Uuid;
use vedette_wire::Round;

pub use self::account::{Depth, Kept, Limits, Loss};
pub use self::batch::{Batch, Item};
use self::disk::Disk;
use self::medium::{HostMedium, Medium};
use self::position::Position;
#[cfg(fuzzing)]
pub(crate) use self::record::fuzz;
pub use self::record::{Place, Queue};
use self::record::{Record, part};
use self::ring::Ring;
use self::trouble::Trouble;
use crate::clock::Stamp;

/// The most bytes that checks and events take on disk.
pub const STATE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Records that were delivered out of turn and are remembered; past it they are sent twice.
const SETTLED_MAX: usize = 64;

/// Removes what a spool left in `dir`, and nothing else; no agent may use it. Says what was
/// removed.
///
/// # Errors
/// The directory cannot be read or written.
pub fn empty(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut removed = Vec::new();
    for path in disk::files(dir)? {
        std::fs::remove_file(&path)?;
        removed.push(path);
    }
    Ok(removed)
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
    /// Epochs that the last [`Spool::begin_epoch`] ended, and those that go on instead.
    renamed: Vec<(Uuid, Uuid)>,
    trouble: Option<Trouble>,
    loss: Loss,
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

    /// The same where there is much space: a test of something else does not depend on it.
    #[cfg(test)]
    pub(crate) fn open_roomy(dir: &Path, boot: Uuid, limits: Limits) -> io::Result<Spool> {
        Spool::open_on(dir, boot, limits, Box::new(medium::RoomyMedium))
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
            renamed: Vec::new(),
            trouble: None,
            loss,
        };
        spool.forget(|_| false);
        Ok(spool)
    }

    /// Takes in those parts of a round that are not in `kept` yet, and notes where they
    /// stand now. Never fails: what the disk does not take is kept in memory, see
    /// [`Spool::trouble`]. Events are on disk, synced, when this returns, unless there is
    /// trouble.
    pub fn keep(&mut self, round: &Round, kept: &mut Kept, now: Stamp) {
        self.keep_state(round, kept, now);
        if kept.samples.is_none() {
            kept.samples = self.append(round, Queue::Samples, now);
        }
    }

    /// As [`Spool::keep`], but only the checks and events.
    pub fn keep_state(&mut self, round: &Round, kept: &mut Kept, now: Stamp) {
        if kept.state.is_none() {
            kept.state = self.append(round, Queue::State, now);
        }
    }

    fn append(&mut self, round: &Round, queue: Queue, now: Stamp) -> Option<Place> {
        let part = part(round, queue)?;
        self.return_to_disk(now);
        if self.trouble.is_none() {
            let place = self.next_place();
            let record = Record::new(part.clone(), queue, place, self.boot);
            match self.disk.append(&record, (self.boot, now)) {
                Ok(()) => {
                    self.last_seq = place.seq;
                    self.position.last_seq = place.seq;
                    self.remember();
                    return Some(place);
                }
                Err(error) => self.fail(&error, now),
            }
        }
        let place = self.next_place();
        self.last_seq = place.seq;
        let record = Record::new(part, queue, place, self.boot);
        self.loss.given_up += self.ring.push(record);
        Some(place)
    }

    /// Forgets every record of the place's epoch up to it, as far as they were handed out.
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
    pub fn settle(&mut self, kept: Kept) {
        for place in kept.state.into_iter().chain(kept.samples) {
            self.settle_one(place);
        }
        self.forget(|_| false);
    }

    fn settle_one(&mut self, place: Place) {
        if self.settled.len() >= SETTLED_MAX {
            self.settled.pop_front();
        }
        self.settled.push_back(place);
    }

    /// Begins a new epoch, for what waits as well: the collector knows more of the present
    /// one than was ever sent from here, and would take what is new for a repeat. What it
    /// does know already it then hears twice, which changes nothing.
    pub fn begin_epoch(&mut self) {
        self.sent = None;
        self.renamed.clear();
        let given_out = self.position.epoch;
        self.rename(given_out);
        if self.trouble.is_some() && self.epoch != given_out {
            self.rename(self.epoch);
        }
        self.forget(|_| false);
    }

    fn rename(&mut self, old: Uuid) {
        let new = Uuid::new_v4();
        if self.epoch == old {
            self.epoch = new;
        }
        if self.position.epoch == old {
            self.position.epoch = new;
        }
        // Should this be broken off, everything is sent again rather than a part skipped.
        self.position.acknowledged = Place {
            epoch: Uuid::nil(),
            seq: 0,
        };
        self.remember();
        if let Err(error) = self.disk.rename(old, new) {
            tracing::warn!(%error, "the spool cannot be rewritten; some of it may be taken for repeats");
        }
        self.ring.rename(old, new);
        for place in self.settled.iter_mut().filter(|place| place.epoch == old) {
            place.epoch = new;
        }
        self.renamed.push((old, new));
    }

    /// Notes where the parts of a round stand after [`Spool::begin_epoch`].
    pub fn renamed(&self, kept: &mut Kept) {
        for place in kept.state.iter_mut().chain(&mut kept.samples) {
            if let Some((_, new)) = self.renamed.iter().find(|(old, _)| *old == place.epoch) {
                place.epoch = *new;
            }
        }
    }

    /// Gives up all that waits: it belongs to another host.
    pub fn clear(&mut self) {
        self.disk.clear();
        self.ring.clear();
        self.sent = None;
        self.settled.clear();
        self.forget(|_| false);
    }

    /// How much waits.
    pub fn depth(&self) -> Depth {
        let records = |queue| self.disk.records(queue) + self.ring.records(queue);
        let on_disk = match self.disk.is_empty() {
            true => 0,
            false => self.disk.bytes(),
        };
        Depth {
            state: records(Queue::State),
            samples: records(Queue::Samples),
            bytes: on_disk + self.ring.bytes(),
        }
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

    /// Forgets from the oldest on what `done` says and what was settled out of turn.
    fn forget(&mut self, done: impl Fn(Place) -> bool) {
        let settled = &self.settled;
        let done = |place: Place| done(place) || settled.contains(&place);
        if let Err(error) = self.disk.forget(done) {
            tracing::warn!(%error, "a segment of the spool cannot be read");
        }
        if self.disk.is_empty() {
            self.ring.forget(done);
        }
        self.position.acknowledged = match self.disk.front() {
            Some(front) => Place {
                seq: front.seq - 1,
                ..front
            },
            None => Place {
                epoch: self.position.epoch,
                seq: self.position.last_seq,
            },
        };
        self.remember();
    }

    /// A position that cannot be written costs repeats after a restart, not rounds.
    fn remember(&mut self) {
        self.collect_loss();
        if let Err(error) = self.disk.remember(&self.position) {
            tracing::warn!(%error, "the spool cannot write down what was acknowledged");
        }
    }

    fn collect_loss(&mut self) {
        let loss = self.disk.take_loss();
        self.loss.add(loss);
    }
}

#[cfg(test)]
mod tests;
