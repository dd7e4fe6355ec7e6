//! Collects what is found out between rounds: checks that ended, and what happened.
//!
//! In: results, from whoever runs beside the rounds. Out: all of them, once, for the next
//! round. What is over the wire's bounds waits for the round after; what is over the
//! board's own is given up and counted, results before events.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use vedette_wire::{CheckRun, Event, Sample, limits};

/// Results of checks that wait for a round.
const CHECKS_MAX: usize = 4 * limits::CHECKS_PER_ROUND_MAX;
/// Samples that wait for a round.
const SAMPLES_MAX: usize = limits::SAMPLES_PER_ROUND_MAX;
/// Events that wait for a round.
const EVENTS_MAX: usize = 16 * limits::EVENTS_PER_ROUND_MAX;

/// Where results wait. One for the whole agent.
#[derive(Debug, Default)]
pub struct Board {
    pinned: Mutex<Pinned>,
}

/// What waits for the next round.
#[derive(Debug, Default)]
struct Pinned {
    checks: VecDeque<CheckRun>,
    samples: VecDeque<Sample>,
    events: VecDeque<Event>,
    given_up: u64,
}

/// What one round takes along.
#[derive(Debug, Default)]
pub struct Taken {
    /// Checks that ended.
    pub checks: Vec<CheckRun>,
    /// What they measured.
    pub samples: Vec<Sample>,
    /// What happened.
    pub events: Vec<Event>,
    /// How much was given up since the round before.
    pub given_up: u64,
}

impl Board {
    /// A check has ended; `samples` are what it measured. A result that waits already is
    /// replaced: only the last one is so now.
    pub fn pin_check(&self, run: CheckRun, samples: Vec<Sample>) {
        let mut pinned = self.locked();
        let Pinned {
            checks,
            samples: waiting,
            given_up,
            ..
        } = &mut *pinned;
        let same = |known: &CheckRun| known.check == run.check && known.about == run.about;
        match checks.iter().position(same) {
            Some(place) => checks[place] = run,
            None if checks.len() >= CHECKS_MAX => *given_up += 1,
            None => checks.push_back(run),
        }
        for sample in samples {
            let same =
                |known: &Sample| known.name == sample.name && known.attributes == sample.attributes;
            match waiting.iter().position(same) {
                Some(place) => waiting[place] = sample,
                None if waiting.len() >= SAMPLES_MAX => *given_up += 1,
                None => waiting.push_back(sample),
            }
        }
    }

    /// Something happened.
    pub fn pin_event(&self, event: Event) {
        let mut pinned = self.locked();
        if pinned.events.len() >= EVENTS_MAX {
            pinned.given_up += 1;
            return;
        }
        pinned.events.push_back(event);
    }

    /// Gives one round as much as it can carry beside `samples` and `events` of its own.
    pub fn take(&self, samples: usize, events: usize) -> Taken {
        let mut pinned = self.locked();
        let checks = pinned.checks.len().min(limits::CHECKS_PER_ROUND_MAX);
        let room = limits::SAMPLES_PER_ROUND_MAX.saturating_sub(samples);
        let samples = pinned.samples.len().min(room);
        let room = limits::EVENTS_PER_ROUND_MAX.saturating_sub(events);
        let events = pinned.events.len().min(room);
        Taken {
            checks: pinned.checks.drain(..checks).collect(),
            samples: pinned.samples.drain(..samples).collect(),
            events: pinned.events.drain(..events).collect(),
            given_up: std::mem::take(&mut pinned.given_up),
        }
    }

    fn locked(&self) -> MutexGuard<'_, Pinned> {
        self.pinned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use vedette_wire::{CheckState, EventKind};

    use super::*;

    fn run(check: &str, state: CheckState) -> CheckRun {
        CheckRun {
            check: check.to_owned(),
            kind: "tcp".to_owned(),
            about: None,
            state,
            text: String::new(),
            took_ms: 1,
            every_s: None,
        }
    }

    #[test]
    fn a_round_takes_the_last_result_of_each_check_once() {
        let board = Board::default();
        board.pin_check(run("ssh", CheckState::Critical), Vec::new());
        board.pin_check(run("web", CheckState::Ok), Vec::new());
        board.pin_check(run("ssh", CheckState::Ok), Vec::new());
        let states: Vec<_> = board.take(0, 0).checks;
        let states: Vec<_> = states
            .iter()
            .map(|run| (run.check.as_str(), run.state))
            .collect();
        assert_eq!(states, [("ssh", CheckState::Ok), ("web", CheckState::Ok)]);
        assert!(board.take(0, 0).checks.is_empty());
    }

    #[test]
    fn events_wait_for_a_round_with_room_and_keep_their_order() {
        let board = Board::default();
        let all = limits::EVENTS_PER_ROUND_MAX + 1;
        for number in 0..all {
            board.pin_event(Event {
                id: number.to_string(),
                wall_ms: 0,
                kind: EventKind::Other,
            });
        }
        assert_eq!(
            board.take(0, limits::EVENTS_PER_ROUND_MAX - 1).events[0].id,
            "0"
        );
        assert_eq!(board.take(0, 0).events.len(), all - 1);
    }
}
