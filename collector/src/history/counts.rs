//! Counts what becomes of samples on their way into the history, and whether it writes at all.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use vedette_triage::Timestamp;

/// Files that are remembered as named; beyond it one may be named again.
const NAMED_MAX: usize = 1_000;

/// What has become of samples since the start.
#[derive(Debug, Default)]
pub(super) struct Counts {
    written: AtomicU64,
    dropped: [AtomicU64; 3],
    damaged: AtomicU64,
    stopped: Mutex<Option<Stopped>>,
    named: Mutex<BTreeSet<PathBuf>>,
}

/// Why a sample is not in the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dropped {
    /// More came than could be written.
    Busy,
    /// Nothing can be written.
    Disk,
    /// There would be too many series, or it is too old, or no number.
    Bound,
}

impl Dropped {
    /// All of them.
    pub const ALL: [Dropped; 3] = [Dropped::Busy, Dropped::Disk, Dropped::Bound];

    /// The word used in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Dropped::Busy => "busy",
            Dropped::Disk => "disk",
            Dropped::Bound => "bound",
        }
    }
}

/// Since when nothing can be written, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub why: String,
}

/// What has become of samples since the start, as it was at one time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// Samples that were written.
    pub written: u64,
    /// Samples that were not, by reason.
    pub dropped: Vec<(Dropped, u64)>,
    /// Files, or parts of them, that could not be read.
    pub damaged: u64,
    /// Set while nothing can be written.
    pub stopped: Option<Stopped>,
}

impl Counts {
    pub(super) fn written(&self, samples: u64) {
        self.written.fetch_add(samples, Ordering::Relaxed);
    }

    pub(super) fn dropped(&self, why: Dropped, samples: u64) {
        self.dropped[why as usize].fetch_add(samples, Ordering::Relaxed);
    }

    pub(super) fn damaged(&self) {
        self.damaged.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether that is news of this file.
    pub(super) fn damaged_in(&self, path: &Path) -> bool {
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        if named.len() >= NAMED_MAX {
            named.clear();
        }
        let is_news = named.insert(path.to_owned());
        if is_news {
            self.damaged();
        }
        is_news
    }

    /// Whether that is news.
    pub(super) fn stops(&self, since: Timestamp, why: &str) -> bool {
        let mut stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = stopped.is_none();
        let since = stopped.as_ref().map_or(since, |stopped| stopped.since);
        let why = why.to_owned();
        *stopped = Some(Stopped { since, why });
        is_news
    }

    /// Whether it was stopped.
    pub(super) fn goes_on(&self) -> bool {
        let mut stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        stopped.take().is_some()
    }

    pub(super) fn now(&self) -> Counted {
        let count = |why: Dropped| self.dropped[why as usize].load(Ordering::Relaxed);
        let stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        Counted {
            written: self.written.load(Ordering::Relaxed),
            dropped: Dropped::ALL.map(|why| (why, count(why))).to_vec(),
            damaged: self.damaged.load(Ordering::Relaxed),
            stopped: stopped.clone(),
        }
    }
}
