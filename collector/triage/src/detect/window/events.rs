//! Keeps when events of a kind happened, to be counted over the last while.
//!
//! Knows nothing of what they are about.

use std::time::Duration;

use super::Count;
use crate::Timestamp;

/// Events of a kind about one thing.
#[derive(Debug, Clone)]
pub(crate) struct Events {
    /// Since when they are known, if at all.
    since: Option<Timestamp>,
    /// When there were how many.
    times: Vec<(Timestamp, u32)>,
}

impl Events {
    /// Events that happened then, watched since then, if at all.
    pub(crate) fn new(since: Option<Timestamp>, times: Vec<(Timestamp, u32)>) -> Events {
        Events { since, times }
    }

    /// How many there were. All of them are known if all of the while was watched.
    pub(in crate::detect) fn count(&self, over: Duration, now: Timestamp) -> Count {
        let within = now.before(over)..=now;
        let times = self.times.iter().filter(|(at, _)| within.contains(at));
        Count {
            seen: times.map(|(_, times)| f64::from(*times)).sum(),
            complete: self.since.is_some_and(|since| now.since(since) >= over),
        }
    }
}
