//! Writes what is reported behind: into the tail, every few seconds.
//!
//! In: reports, and the time. Out: a file that grows. A disk that is full, or fails, stops this and
//! nothing else: what comes is counted as dropped, and it is tried again every half minute. Knows
//! nothing of threads or queues.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::statvfs;
use vedette_triage::detect::each_measured;
use vedette_triage::detect::limits::SERIES_PER_HOST_MAX;
use vedette_triage::{EntityId, Timestamp, limits};
use vedette_wire::{Report, Round, Sample, Stream};

use super::block::MINUTE_MS;
use super::counts::{Counts, Dropped};
use super::point::Key;
use super::shelf::Shelf;
use super::tail::TailWriter;

/// What waits is written this often; so much a crash may cost.
pub(super) const FLUSH_EVERY: Duration = Duration::from_secs(5);
/// Bytes that wait at most.
const WAITING_MAX: usize = 1 << 20;
/// A tail is made a segment after so many minutes.
const TAIL_MINUTES: i64 = 10;
/// Where it cannot be written it is tried again after so long.
const RETRY_AFTER: Duration = Duration::from_secs(30);
/// Series of all hosts in one tail; further ones are not kept.
const SERIES_MAX: usize = 2_000_000;
/// Names of series that are kept once for all hosts.
const SHARED_MAX: usize = 200_000;

/// Whoever writes.
pub(super) struct Scribe {
    shelf: Arc<Shelf>,
    counts: Arc<Counts>,
    writer: Option<TailWriter>,
    /// When the tail was begun, and when it was last written.
    begun: Timestamp,
    flushed: Timestamp,
    /// Samples that wait to be written.
    waiting: u64,
    retry_at: Timestamp,
    /// Up to where each stream of each host was taken: a report may come again.
    reached: BTreeMap<EntityId, [Option<(String, u64)>; 2]>,
    shared: BTreeSet<Key>,
}

impl Scribe {
    pub(super) fn new(shelf: Arc<Shelf>) -> Scribe {
        Scribe {
            counts: Arc::clone(&shelf.counts),
            shelf,
            writer: None,
            begun: Timestamp::MIN,
            flushed: Timestamp::MIN,
            waiting: 0,
            retry_at: Timestamp::MIN,
            reached: BTreeMap::new(),
            shared: BTreeSet::new(),
        }
    }

    /// Takes the last `fresh` rounds of a report that was received then.
    pub(super) fn take(&mut self, received: Timestamp, report: &Report, fresh: usize) {
        self.on_time(received);
        let host = EntityId::new(&report.agent);
        let first = report.rounds.len().saturating_sub(fresh);
        let first_new = self.reach(&host, report);
        for round in &report.rounds[first..] {
            if round.seq < first_new {
                continue;
            }
            let at = received.before(age(report, round));
            if received.since(at) >= self.shelf.bounds.keep {
                self.counts.dropped(Dropped::Bound, count(round));
            } else if self.is_open(received) {
                self.write(&host, at, round);
            } else {
                self.counts.dropped(Dropped::Disk, count(round));
            }
        }
    }

    /// Writes what waits if it is time.
    pub(super) fn on_time(&mut self, now: Timestamp) {
        let Some(writer) = &self.writer else {
            return;
        };
        let is_due = now.since(self.flushed) >= FLUSH_EVERY || writer.waiting() >= WAITING_MAX;
        if is_due {
            self.flush(now);
        }
        let is_ripe = self.writer.as_ref().is_some_and(|writer| {
            // With the minute, so that few minutes are in two of them.
            minute(now) - minute(self.begun) >= TAIL_MINUTES
                || writer.tail().bytes() >= self.shelf.tail_bytes_max()
                || writer.series() >= SERIES_MAX
        });
        if is_ripe {
            self.flush(now);
            self.end();
        }
    }

    /// Writes what waits.
    pub(super) fn flush(&mut self, now: Timestamp) {
        self.flushed = now;
        let Some(writer) = &mut self.writer else {
            return;
        };
        let written = room(&self.shelf).and_then(|()| writer.flush());
        let waited = std::mem::take(&mut self.waiting);
        match written {
            Ok(()) => {
                self.counts.written(waited);
                if waited > 0 && self.counts.goes_on() {
                    tracing::info!("the history is written again");
                }
            }
            Err(error) => {
                self.counts.dropped(Dropped::Disk, waited);
                self.stop(now, &error);
            }
        }
    }

    /// The tail is done.
    fn end(&mut self) {
        self.writer = None;
        self.shared.clear();
        self.shelf.end_tail();
    }

    fn is_open(&mut self, now: Timestamp) -> bool {
        if self.writer.is_some() {
            return true;
        }
        if now < self.retry_at {
            return false;
        }
        match room(&self.shelf).and_then(|()| self.shelf.begin_tail()) {
            Ok(writer) => {
                self.writer = Some(writer);
                (self.begun, self.flushed) = (now, now);
                true
            }
            Err(error) => {
                self.stop(now, &error);
                false
            }
        }
    }

    fn stop(&mut self, now: Timestamp, error: &io::Error) {
        self.end();
        self.retry_at = now.after(RETRY_AFTER);
        let why = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "the disk is full".into(),
            _ => error.to_string(),
        };
        if self.counts.stops(now, &why) {
            tracing::warn!(
                why,
                "the history is not written for now; nothing else waits for it, and it is tried again every {RETRY_AFTER:?}"
            );
        }
    }

    /// The first round that did not come before, by its number.
    fn reach(&mut self, host: &EntityId, report: &Report) -> u64 {
        if self.reached.len() > limits::HOSTS_MAX {
            // Hosts that are gone are among them; at worst a report that comes again is kept twice.
            self.reached.clear();
        }
        let streams = self.reached.entry(host.clone()).or_default();
        let of_stream = &mut streams[match report.stream {
            Stream::Live => 0,
            Stream::Backlog => 1,
        }];
        let known = of_stream
            .as_ref()
            .filter(|(epoch, _)| *epoch == report.epoch);
        let reached = known.map_or(0, |(_, seq)| *seq);
        let last = report.rounds.last().map_or(0, |round| round.seq);
        *of_stream = Some((report.epoch.clone(), last.max(reached)));
        reached + 1
    }

    fn write(&mut self, host: &EntityId, at: Timestamp, round: &Round) {
        let Some(writer) = &mut self.writer else {
            return;
        };
        let has_room = writer.series() < SERIES_MAX;
        let shared = &mut self.shared;
        let mut dropped = 0;
        let mut written = writer.round(host, at.as_millis());
        each_measured(round, |sample, known_for| {
            let known = written.find(|key| key.is_of(sample));
            let place = known.or_else(|| {
                let has_room = has_room && written.series() < SERIES_PER_HOST_MAX;
                let key = has_room.then(|| share(sample, shared)).flatten()?;
                let seconds = u32::try_from(known_for.as_secs()).unwrap_or(u32::MAX);
                Some(written.begin(key, seconds))
            });
            match place.filter(|_| sample.value.is_finite()) {
                Some(place) => written.push(place, sample.value),
                None => dropped += 1,
            }
        });
        self.waiting += written.end() as u64;
        if dropped > 0 {
            self.counts.dropped(Dropped::Bound, dropped);
        }
    }
}

fn minute(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(MINUTE_MS)
}

/// The key of a series, kept once for all hosts that have it.
fn share(sample: &Sample, shared: &mut BTreeSet<Key>) -> Option<Key> {
    let key = Key::of(sample)?;
    match shared.get(&key) {
        Some(known) => Some(known.clone()),
        None => {
            if shared.len() < SHARED_MAX {
                shared.insert(key.clone());
            }
            Some(key)
        }
    }
}

/// How long before the report was received the round was made: by the agent's own clock, or, for
/// what it could not send then, by its wall clock.
fn age(report: &Report, round: &Round) -> Duration {
    let millis = match report.stream {
        Stream::Live => report.sent_mono_ms.saturating_sub(round.mono_ms),
        Stream::Backlog => {
            u64::try_from(report.sent_wall_ms.saturating_sub(round.wall_ms)).unwrap_or(0)
        }
    };
    Duration::from_millis(millis)
}

/// How much is measured in a round; a check comes to a state and a duration.
pub(super) fn count(round: &Round) -> u64 {
    (round.samples.len() + 2 * round.checks.len()) as u64
}

/// The disk is everybody's: the history is the first to leave room.
fn room(shelf: &Shelf) -> io::Result<()> {
    let disk = statvfs(shelf.folder())?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    match free < shelf.bounds.leave_free {
        true => Err(io::ErrorKind::StorageFull.into()),
        false => Ok(()),
    }
}
