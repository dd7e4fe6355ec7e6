//! Keeps what was measured in the past as history gives it back: each value with how many it
//! stands for.
//!
//! Knows nothing of where it was kept.

use std::time::Duration;

use vedette_wire::Sample;

use crate::Timestamp;

/// Values of one series that were measured together; or a single one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// When the last of them was measured.
    pub at: Timestamp,
    /// The last of them.
    pub last: f64,
    /// The least of them.
    pub min: f64,
    /// The greatest of them.
    pub max: f64,
    /// How many there were; at least one.
    pub count: u32,
}

/// What is known of one series of a host again.
#[derive(Debug, Clone, Copy)]
pub struct Recalled<'a> {
    /// Its metric and attributes; the value is not looked at.
    pub series: &'a Sample,
    /// How long a value of it stays known.
    pub known_for: Duration,
    /// What was measured, in order of time.
    pub values: &'a [Summary],
}

impl Summary {
    /// A single value.
    pub fn of(at: Timestamp, value: f64) -> Summary {
        Summary {
            at,
            last: value,
            min: value,
            max: value,
            count: 1,
        }
    }

    /// Takes the next value in.
    pub fn take(&mut self, next: &Summary) {
        self.at = next.at;
        self.last = next.last;
        self.min = self.min.min(next.min);
        self.max = self.max.max(next.max);
        self.count = self.count.saturating_add(next.count);
    }
}
