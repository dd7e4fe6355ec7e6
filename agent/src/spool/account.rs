//! Keeps account of the spool: how much may be kept, how much waits, what is gone.
//!
//! Plain figures for people and for the other parts of the agent; nothing here decides.

use std::time::Duration;

use super::record::Place;

/// How much is kept, and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes that samples take on disk.
    pub bytes_max: u64,
    /// Samples that are older are given up; checks and events live seven times as long.
    pub age_max: Duration,
}

/// What the spool had to give up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Loss {
    /// Records that could not be read.
    pub damaged: u64,
    /// Records above a bound of bytes or age.
    pub given_up: u64,
    /// Records of which only a part is kept, as promised after an hour; nothing to report.
    pub thinned: u64,
}

impl Loss {
    /// All records that are gone, in full or in part, other than by thinning.
    pub fn records(self) -> u64 {
        self.damaged.saturating_add(self.given_up)
    }

    /// Counts more.
    pub(crate) fn add(&mut self, more: Loss) {
        self.damaged = self.damaged.saturating_add(more.damaged);
        self.given_up = self.given_up.saturating_add(more.given_up);
        self.thinned = self.thinned.saturating_add(more.thinned);
    }
}

/// How much waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Depth {
    /// Rounds with checks or events.
    pub state: u64,
    /// Rounds with samples.
    pub samples: u64,
    /// Bytes on disk and in memory.
    pub bytes: u64,
}

impl Depth {
    /// Whether nothing waits.
    pub fn is_empty(self) -> bool {
        self.records() == 0
    }

    /// Records of both queues.
    pub fn records(self) -> u64 {
        self.state + self.samples
    }
}

/// Which parts of a round are kept, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kept {
    /// Its checks and events.
    pub state: Option<Place>,
    /// Its samples.
    pub samples: Option<Place>,
}
