//! Keeps what is planned in time: windows, and when people work.
//!
//! Zones, recurrences and holidays were expanded to intervals where the files were read, for
//! some weeks ahead; knows nothing of calendars.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Matchers, Timestamp};

/// From a point in time until before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Interval {
    /// Its first moment.
    pub starts_at: Timestamp,
    /// The first moment after it.
    pub ends_at: Timestamp,
}

impl Interval {
    /// Whether a moment lies in it.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.starts_at <= at && at < self.ends_at
    }
}

/// A maintenance window of `windows.toml`.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// Its name.
    pub name: String,
    /// What it is about.
    pub matchers: Matchers,
    /// When it is, in order, without overlaps.
    pub intervals: Vec<Interval>,
    /// Why: the change it belongs to.
    pub why: String,
    /// Who answers for it.
    pub owner: String,
    /// Whether its end makes a ticket of what is not as it was before.
    pub report: bool,
}

impl Window {
    /// When it is now, and when it is next.
    pub fn coming(&self, now: Timestamp) -> impl Iterator<Item = Interval> {
        let is_to_come = move |interval: &&Interval| interval.ends_at > now;
        let mut coming = self.intervals.iter().filter(is_to_come).copied();
        let first = coming.next();
        let lasts = first.filter(|first| first.contains(now));
        let second = lasts.and_then(|_| coming.next());
        first.into_iter().chain(second)
    }
}

/// How long something lasts that people set an end to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lasts {
    /// So long.
    For(Duration),
    /// So many days of work.
    WorkingDays(u32),
}

impl Lasts {
    /// When it ends that begins at a moment.
    pub fn end(self, from: Timestamp, working: &WorkingTime) -> Timestamp {
        match self {
            Lasts::For(length) => from.after(length),
            Lasts::WorkingDays(days) => working.after_days(from, days),
        }
    }
}

/// When people work, expanded for some weeks ahead. Empty: always.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkingTime(pub Vec<Interval>);

impl WorkingTime {
    /// Whether people work then. Outside what was expanded they do.
    pub fn is_working(&self, at: Timestamp) -> bool {
        let within = |first: &Interval, last: &Interval| first.starts_at <= at && at < last.ends_at;
        match (self.0.first(), self.0.last()) {
            (Some(first), Some(last)) if within(first, last) => {
                self.0.iter().any(|interval| interval.contains(at))
            }
            (_, _) => true,
        }
    }

    /// When people begin to work next.
    pub fn begins(&self, at: Timestamp) -> Option<Timestamp> {
        let mut coming = self.0.iter().map(|interval| interval.starts_at);
        coming.find(|starts_at| *starts_at > at)
    }

    /// The end of the `days`-th whole working day after a moment: 1 is the same time of work on the
    /// next day of work, at its end at the latest. 24 hours a day where nothing is known.
    pub fn after_days(&self, at: Timestamp, days: u32) -> Timestamp {
        let day = Duration::from_secs(24 * 3600);
        let mut coming = self.0.iter().filter(|interval| interval.ends_at > at);
        let Some(now) = coming.next() else {
            return at.after(day * days);
        };
        // Work that has not begun is as if it was asked for at its beginning.
        let into = at.since(now.starts_at);
        match coming.nth(days.saturating_sub(1) as usize) {
            Some(then) => then.starts_at.after(into).min(then.ends_at),
            None => at.after(day * days),
        }
    }
}
