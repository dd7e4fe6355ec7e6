//! Keeps what was measured for some days: written behind, bounded, and worth nothing to a ticket.
//!
//! In: reports that were taken. Out: the values of a host in a span of time, series by series: every
//! value of the last hour at least, and of each minute before that the last, the least, the greatest
//! and how many. Windows are filled from it at a start ([`fill`]), charts are drawn of it, and rules
//! are tried on it.
//!
//! The cast: a `Scribe` appends rounds to a `Tail`; every ten minutes a `Shelf` makes a
//! `Segment` of it, in which a host is a `Block` of columns; an hour of old segments becomes one by
//! minutes; the oldest go first. [`History`] is what the rest of the program holds: it hands on
//! without waiting, and what finds no room is counted. Losing it all loses no ticket. Knows nothing
//! of rules, alerts or people.

mod block;
mod counts;
pub mod fill;
mod number;
mod point;
mod scribe;
mod segment;
mod shelf;
mod tail;

#[cfg(test)]
mod tests;

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use vedette_triage::{EntityId, Timestamp};
use vedette_wire::Report;

pub use self::counts::{Counted, Dropped, Stopped};
pub use self::point::Track;
use self::scribe::{FLUSH_EVERY, Scribe, count};
use self::shelf::Shelf;
pub use self::shelf::{Bounds, Extent};
use crate::clock::Clock;

/// Samples that may wait to be written; they hold some 50 MB where every report has only a few.
const WAITING_MAX: u64 = 65_536;
/// Files are looked after this often.
const TIDY_EVERY: Duration = Duration::from_secs(20);

/// What was measured. Cheap to copy.
#[derive(Debug, Clone, Default)]
pub struct History {
    kept: Option<Arc<Kept>>,
}

#[derive(Debug)]
struct Kept {
    shelf: Arc<Shelf>,
    reports: Mutex<Sender<Message>>,
    /// Samples that wait.
    waiting: Arc<AtomicU64>,
    threads: Mutex<Vec<(Sender<Message>, JoinHandle<()>)>>,
}

enum Message {
    Report {
        received: Timestamp,
        report: Box<Report>,
        fresh: usize,
        samples: u64,
    },
    End,
}

impl History {
    /// Keeps nothing.
    pub fn none() -> History {
        History::default()
    }

    /// Takes over what is in the folder, and writes from now on.
    ///
    /// # Errors
    /// The folder cannot be made or listed, or a thread cannot be started.
    pub fn open(folder: &Path, bounds: Bounds, clock: Arc<dyn Clock>) -> io::Result<History> {
        let shelf = Arc::new(Shelf::open(folder, bounds, Arc::default())?);
        let waiting = Arc::new(AtomicU64::new(0));
        let (reports, inbox) = channel();
        let (tidy, bell) = channel();
        let scribe = Scribe::new(Arc::clone(&shelf));
        let (write_clock, left) = (Arc::clone(&clock), Arc::clone(&waiting));
        let writes = spawn("history", move || {
            write(scribe, &inbox, &left, &*write_clock)
        })?;
        let tidied = Arc::clone(&shelf);
        let tidies = spawn("history-tidy", move || keep_tidy(&tidied, &bell, &*clock))?;
        Ok(History {
            kept: Some(Arc::new(Kept {
                shelf,
                reports: Mutex::new(reports.clone()),
                waiting,
                threads: Mutex::new(vec![(reports, writes), (tidy, tidies)]),
            })),
        })
    }

    /// Whether anything is kept.
    pub fn is_kept(&self) -> bool {
        self.kept.is_some()
    }

    /// Hands on the last `fresh` rounds of a report that was received then. Never waits: where too
    /// much waits already, it is counted and dropped.
    pub fn keep(&self, received: Timestamp, report: Report, fresh: usize) {
        let Some(kept) = &self.kept else {
            return;
        };
        let first = report.rounds.len().saturating_sub(fresh);
        let samples = report.rounds[first..].iter().map(count).sum();
        if samples == 0 {
            return;
        }
        if kept.waiting.fetch_add(samples, Ordering::Relaxed) >= WAITING_MAX {
            kept.waiting.fetch_sub(samples, Ordering::Relaxed);
            kept.shelf.counts.dropped(Dropped::Busy, samples);
            return;
        }
        let message = Message::Report {
            received,
            report: Box::new(report),
            fresh,
            samples,
        };
        let reports = kept.reports.lock().unwrap_or_else(PoisonError::into_inner);
        if reports.send(message).is_err() {
            kept.waiting.fetch_sub(samples, Ordering::Relaxed);
            kept.shelf.counts.dropped(Dropped::Busy, samples);
        }
    }

    /// What was measured of a host in a span, series by series. `wanted` says from when on a metric
    /// is wanted; none: not at all. Reads the disk: not for a thread that others wait for.
    pub fn read(
        &self,
        host: &EntityId,
        (from, to): (Timestamp, Timestamp),
        wanted: &(dyn Fn(&str) -> Option<Timestamp> + Sync),
    ) -> Vec<Track> {
        let kept = self.kept.as_ref();
        kept.map_or_else(Vec::new, |kept| {
            kept.shelf
                .read(host, (from.as_millis(), to.as_millis()), wanted)
        })
    }

    /// How many samples wait to be written.
    pub fn waiting(&self) -> u64 {
        let kept = self.kept.as_ref();
        kept.map_or(0, |kept| kept.waiting.load(Ordering::Relaxed))
    }

    /// Does what is done every so often: makes files smaller, and lets the oldest go.
    ///
    /// # Errors
    /// A file cannot be written; the oldest go all the same.
    pub fn tidy(&self, now: Timestamp) -> io::Result<()> {
        let kept = self.kept.as_ref();
        kept.map_or(Ok(()), |kept| kept.shelf.tidy(now))
    }

    /// How far it reaches.
    pub fn extent(&self) -> Extent {
        let kept = self.kept.as_ref();
        kept.map_or_else(Extent::default, |kept| kept.shelf.extent())
    }

    /// What has become of samples since the start.
    pub fn counted(&self) -> Counted {
        let kept = self.kept.as_ref();
        kept.map_or_else(Counted::default, |kept| kept.shelf.counts.now())
    }

    /// Writes what waits, and ends.
    pub fn stop(&self) {
        let Some(kept) = &self.kept else {
            return;
        };
        let threads =
            std::mem::take(&mut *kept.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for (end, thread) in threads {
            // It may have ended already.
            let _ = end.send(Message::End);
            let _ = thread.join();
        }
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
}

fn write(mut scribe: Scribe, inbox: &Receiver<Message>, waiting: &AtomicU64, clock: &dyn Clock) {
    loop {
        match inbox.recv_timeout(FLUSH_EVERY) {
            Ok(Message::Report {
                received,
                report,
                fresh,
                samples,
            }) => {
                scribe.take(received, &report, fresh);
                drop(report);
                waiting.fetch_sub(samples, Ordering::Relaxed);
            }
            Err(RecvTimeoutError::Timeout) => scribe.on_time(clock.now()),
            Ok(Message::End) | Err(RecvTimeoutError::Disconnected) => {
                return scribe.flush(clock.now());
            }
        }
    }
}

fn keep_tidy(shelf: &Shelf, bell: &Receiver<Message>, clock: &dyn Clock) {
    let mut failed = false;
    while let Err(RecvTimeoutError::Timeout) = bell.recv_timeout(TIDY_EVERY) {
        let now = clock.now();
        let tidied = shelf.tidy(now);
        if let Err(error) = &tidied
            && !failed
        {
            tracing::warn!(%error, "files of the history cannot be made smaller; it is tried again, and the oldest go first");
        }
        failed = tidied.is_err();
    }
}
