//! Knows whether the agent gets on: collecting and sending each promise by when they will be
//! heard of again, and whoever does not keep that hangs.
//!
//! In: promises, and a sentence about how things stand. Out: who is overdue, and the
//! sentence. Knows nothing of watchdogs, rounds or collectors.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The two things that must get on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Making rounds. Heard of when one has ended.
    Collecting,
    /// Bringing them to the collector. Heard of when an attempt has ended, however it did.
    Sending,
}

/// Whether both get on. One for the whole agent.
#[derive(Debug, Default)]
pub struct Pulse {
    promised: Mutex<Promised>,
}

#[derive(Debug, Default)]
struct Promised {
    collecting: Option<Instant>,
    sending: Option<Instant>,
    standing: String,
}

/// Somebody who has not been heard of in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overdue {
    /// Who.
    pub lane: Lane,
    /// For how long.
    pub by: Duration,
}

impl Lane {
    /// What it does, for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Lane::Collecting => "collecting",
            Lane::Sending => "sending",
        }
    }
}

impl Pulse {
    /// `lane` gets on, and will be heard of again by this time; `None`: it has nothing to do
    /// until somebody else gives it something.
    pub fn promise(&self, lane: Lane, by: Option<Instant>) {
        let mut promised = self.locked();
        match lane {
            Lane::Collecting => promised.collecting = by,
            Lane::Sending => promised.sending = by,
        }
    }

    /// Who should have been heard of before `now`; of two the one that hangs longer.
    pub fn overdue(&self, now: Instant) -> Option<Overdue> {
        let promised = self.locked();
        let late = |lane, by: Option<Instant>| {
            let by = now.checked_duration_since(by?)?;
            (!by.is_zero()).then_some(Overdue { lane, by })
        };
        [
            late(Lane::Collecting, promised.collecting),
            late(Lane::Sending, promised.sending),
        ]
        .into_iter()
        .flatten()
        .max_by_key(|overdue| overdue.by)
    }

    /// How things stand, in a sentence.
    pub fn say(&self, standing: String) {
        self.locked().standing = standing;
    }

    /// What was said last; empty while nothing was.
    pub fn standing(&self) -> String {
        self.locked().standing.clone()
    }

    fn locked(&self) -> MutexGuard<'_, Promised> {
        self.promised.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn whoever_is_not_heard_of_in_time_hangs() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        // What each has promised, when one looks, and who hangs then.
        let cases = [
            (None, None, 100, None),
            (Some(10), None, 10, None),
            (Some(10), None, 11, Some((Lane::Collecting, 1))),
            (Some(10), Some(5), 8, Some((Lane::Sending, 3))),
            (Some(10), Some(5), 20, Some((Lane::Sending, 15))),
            (Some(10), Some(90), 20, Some((Lane::Collecting, 10))),
        ];
        for (collecting, sending, look, expected) in cases {
            let pulse = Pulse::default();
            pulse.promise(Lane::Collecting, collecting.map(at));
            pulse.promise(Lane::Sending, sending.map(at));
            let found = pulse.overdue(at(look));
            let found = found.map(|overdue| (overdue.lane, overdue.by.as_secs()));
            assert_eq!(found, expected, "{collecting:?} {sending:?} {look}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_promise_that_is_renewed_is_kept() {
        let pulse = Pulse::default();
        let now = Instant::now();
        pulse.promise(Lane::Sending, Some(now));
        pulse.promise(Lane::Sending, Some(now + Duration::from_secs(60)));
        assert_eq!(pulse.overdue(now + Duration::from_secs(30)), None);
        pulse.promise(Lane::Sending, None);
        assert_eq!(pulse.overdue(now + Duration::from_secs(90)), None);
    }
}
