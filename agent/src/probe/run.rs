//! Lets every probe look, each within its deadline and never twice at once.
//!
//! In: the table of probes. Out: a [`Sight`]: one line per probe and all samples.
//! Probes of every round look in a `row` and are waited for; those with a pause look beside
//! the rounds, one after the other in one of two lanes, and the first round after carries what they saw.
//! A probe that does not return in time is reported as "could not look" and left alone
//! until its thread comes back, after three such looks with growing pauses; the others are
//! looked at all the same. Knows nothing of what is measured.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::Instant;
use vedette_wire::{Event, Looked, ProbeRun, metric};

use super::row::{self, Done, Seat, Turn};
use super::sight::{Said, Sight};
use super::{Build, Notes, PROBES, Probe, Surroundings};
use crate::breaker::Breaker;
use crate::workers::BrokeOff;

/// A probe that may take longer than this goes another way than the others with a pause:
/// sixty disks asked for their health must not hold up what looks every fifteen seconds.
const LONG: Duration = Duration::from_secs(15);
/// A probe is due this part of its pause early: rounds are not exact, and a probe with
/// the same pause as the rounds would else look in every second one only.
const EARLY_BY: u32 = 16;

/// All probes, ready to look.
pub struct Probes {
    slots: Vec<Slot>,
    surroundings: Surroundings,
    lanes: Lanes,
}

/// In each lane one probe with a pause looks at a time.
struct Lanes {
    short: Arc<Semaphore>,
    long: Arc<Semaphore>,
}

struct Slot {
    name: &'static str,
    build: Build,
    state: State,
    breaker: Breaker,
    /// The pause between looks; zero for a probe of every round.
    every: Duration,
    /// When a probe with a pause looks next.
    due: Instant,
    /// What happened and is not in a round yet: a look came back too late, or there was
    /// no room.
    events: Vec<Event>,
}

enum State {
    Ready(Box<dyn Probe>),
    Looking(Look),
    /// It ended by a panic, which is our mistake; it is built anew.
    Lost,
}

/// A look that has not ended.
struct Look {
    handle: JoinHandle<Result<Done, BrokeOff>>,
    /// Not yet, while another probe is in its lane.
    begun: Arc<OnceLock<Instant>>,
    deadline: Duration,
    /// Whether it has been reported as late; what it saw is old then.
    is_late: bool,
}

/// How the task of a look ended, and the look within it.
type Ended = Result<Result<Done, BrokeOff>, JoinError>;

impl Probes {
    /// The probes of [`PROBES`].
    pub fn all(surroundings: Surroundings) -> Probes {
        Probes::of(surroundings, PROBES)
    }

    /// Only the probe called `name`; `None` when there is none.
    pub fn one(surroundings: Surroundings, name: &str) -> Option<Probes> {
        let row = PROBES.iter().find(|(known, _)| *known == name)?;
        Some(Probes::of(surroundings, std::slice::from_ref(row)))
    }

    fn of(surroundings: Surroundings, table: &[(&'static str, Build)]) -> Probes {
        let slots = table.iter().map(|(name, build)| {
            let probe = build(&surroundings);
            Slot {
                name,
                build: *build,
                every: probe.every(),
                state: State::Ready(probe),
                breaker: Breaker::default(),
                due: Instant::now(),
                events: Vec::new(),
            }
        });
        Probes {
            slots: slots.collect(),
            surroundings,
            lanes: Lanes {
                short: Arc::new(Semaphore::new(1)),
                long: Arc::new(Semaphore::new(1)),
            },
        }
    }

    /// One round: every probe without a pause looks once and is waited for; those with one
    /// are started when they are due, one at a time in each lane, and asked for what they
    /// saw. Must be called within a runtime that has a blocking pool.
    pub async fn look(&mut self) -> Sight {
        let mut sight = Sight::default();
        let mut paused = Vec::new();
        self.look_in_a_row(&mut sight).await;
        let now = Instant::now();
        for slot in self.slots.iter_mut().filter(|slot| !slot.every.is_zero()) {
            let said = slot.ask(&self.surroundings).await;
            slot.hand_over(&mut sight, said);
            slot.start_if_due(&self.surroundings, &self.lanes, now);
        }
        for slot in &self.slots {
            if slot.breaker.is_open() {
                paused.push(slot.name);
            }
        }
        sight.say_paused(&paused);
        sight
    }

    /// Every probe without a pause looks once.
    async fn look_in_a_row(&mut self, sight: &mut Sight) {
        let mut seats = Vec::new();
        let mut said = Vec::new();
        for (place, slot) in self.slots.iter_mut().enumerate() {
            if !slot.every.is_zero() {
                continue;
            }
            match slot.hindered(&self.surroundings).await {
                Some(why) => said.push((place, why)),
                None => seats.push(Seat {
                    place,
                    probe: slot.take_probe(&self.surroundings),
                }),
            }
        }
        for (place, turn) in row::look(seats, &self.surroundings.workers).await {
            said.push((place, self.slots[place].take_turn(turn)));
        }
        said.sort_unstable_by_key(|(place, _)| *place);
        for (place, said) in said {
            self.slots[place].hand_over(sight, Some(said));
        }
    }

    /// One look of every probe, with a pause or without, each waited for.
    pub async fn look_all(&mut self) -> Sight {
        let mut sight = Sight::default();
        for slot in &mut self.slots {
            let said = slot.look(&self.surroundings).await;
            slot.hand_over(&mut sight, Some(said));
        }
        sight
    }

    /// Another look of every probe without a pause, with what those with one saw `before`.
    pub async fn look_again(&mut self, before: Sight) -> Sight {
        let quick = |slot: &Slot| slot.every.is_zero();
        let names: Vec<&str> = self
            .slots
            .iter()
            .filter(|slot| quick(slot))
            .map(|slot| slot.name)
            .collect();
        let mut sight = before;
        sight
            .runs
            .retain(|run| !names.contains(&run.probe.as_str()));
        sight.samples.retain(|sample| {
            metric::find(&sample.name).is_some_and(|row| !names.contains(&row.probe))
        });
        for slot in self.slots.iter_mut().filter(|slot| quick(slot)) {
            let said = slot.look(&self.surroundings).await;
            slot.hand_over(&mut sight, Some(said));
        }
        let place = |run: &ProbeRun| self.slots.iter().position(|slot| slot.name == run.probe);
        sight.runs.sort_by_key(place);
        sight
    }
}

impl Look {
    /// When it began; just now, if it waits for its lane.
    fn begun(&self) -> Instant {
        self.begun.get().copied().unwrap_or_else(Instant::now)
    }
}

impl Slot {
    /// Gives what was said, and what happened, as much of it as a round takes.
    fn hand_over(&mut self, sight: &mut Sight, said: Said) {
        if let Some(said) = said {
            self.events.extend(sight.take(self.name, self.every, said));
        }
        sight.take_events(&mut self.events);
    }

    /// Why it cannot look now, if it cannot.
    async fn hindered(&mut self, surroundings: &Surroundings) -> Option<(Looked, Notes, Duration)> {
        if let State::Looking(look) = &self.state
            && !look.handle.is_finished()
        {
            let why = "it has not returned from an earlier look";
            return Some(could_not(why, look.begun()));
        }
        // What a late look saw is old by now; only the probe is of use.
        self.comes_back(surroundings).await;
        let now = Instant::now();
        let pause = self.breaker.pause(now)?;
        let why = format!(
            "it did not return in time again and again; it is tried again in {} s",
            pause.as_secs()
        );
        Some(could_not(&why, now))
    }

    /// What became of it in a row.
    fn take_turn(&mut self, turn: Turn) -> (Looked, Notes, Duration) {
        match turn {
            Turn::Ended(ended) => self.settle(Ok(ended), Instant::now()),
            Turn::Late { handle, deadline } => {
                let now = Instant::now();
                let begun = OnceLock::from(now.checked_sub(deadline).unwrap_or(now));
                self.is_late(Look {
                    handle,
                    begun: Arc::new(begun),
                    deadline,
                    is_late: true,
                })
            }
        }
    }

    /// Looks now and waits for it, at most as long as the probe may take.
    async fn look(&mut self, surroundings: &Surroundings) -> (Looked, Notes, Duration) {
        if let Some(why) = self.hindered(surroundings).await {
            return why;
        }
        let now = Instant::now();
        let mut look = self.start(surroundings, None);
        match tokio::time::timeout(look.deadline, &mut look.handle).await {
            Ok(result) => self.settle(result, now),
            Err(_) => self.is_late(look),
        }
    }

    /// What a probe with a pause has seen since it was asked before.
    async fn ask(&mut self, surroundings: &Surroundings) -> Said {
        match std::mem::replace(&mut self.state, State::Lost) {
            State::Looking(look) if look.handle.is_finished() => {
                if look.is_late {
                    self.state = State::Looking(look);
                    self.comes_back(surroundings).await;
                    return None;
                }
                let begun = look.begun();
                Some(self.settle(look.handle.await, begun))
            }
            State::Looking(look) if !look.is_late && look.begun().elapsed() > look.deadline => {
                Some(self.is_late(look))
            }
            other => {
                self.state = other;
                None
            }
        }
    }

    /// Starts a probe with a pause if it is due.
    fn start_if_due(&mut self, surroundings: &Surroundings, lanes: &Lanes, now: Instant) {
        let is_free = matches!(self.state, State::Ready(_) | State::Lost);
        if !is_free || now < self.due || self.breaker.pause(now).is_some() {
            return;
        }
        self.due = now + (self.every - self.every / EARLY_BY);
        let look = self.start(surroundings, Some(lanes));
        self.state = State::Looking(look);
    }

    /// Takes back a probe whose look has ended. What it measured is old.
    async fn comes_back(&mut self, surroundings: &Surroundings) {
        let state = std::mem::replace(&mut self.state, State::Lost);
        let probe = match state {
            State::Ready(probe) => probe,
            State::Looking(look) => match look.handle.await.unwrap_or(Err(BrokeOff)) {
                Ok(done) => {
                    self.events.extend(done.notes.into_parts().1);
                    done.probe
                }
                Err(_) => (self.build)(surroundings),
            },
            State::Lost => (self.build)(surroundings),
        };
        self.state = State::Ready(probe);
    }

    /// The probe, to look with; until it is given back there is none.
    fn take_probe(&mut self, surroundings: &Surroundings) -> Box<dyn Probe> {
        match std::mem::replace(&mut self.state, State::Lost) {
            State::Ready(probe) => probe,
            State::Looking(_) | State::Lost => (self.build)(surroundings),
        }
    }

    /// Starts a look, in its lane if it has one.
    fn start(&mut self, surroundings: &Surroundings, lanes: Option<&Lanes>) -> Look {
        let probe = self.take_probe(surroundings);
        let deadline = probe.deadline();
        let lane = lanes.map(|lanes| match deadline > LONG {
            true => Arc::clone(&lanes.long),
            false => Arc::clone(&lanes.short),
        });
        let begun = Arc::new(OnceLock::new());
        let begins = Arc::clone(&begun);
        let look = move || Done::of(probe);
        let workers = surroundings.workers.clone();
        let handle = tokio::spawn(async move {
            let place = match lane {
                Some(lane) => lane.acquire_owned().await.ok(),
                None => None,
            };
            begins.get_or_init(Instant::now);
            let mut looking = workers.run_in_turn(look);
            let ended = tokio::time::timeout(deadline, &mut looking).await;
            // Who is late no longer holds up the others.
            drop(place);
            match ended {
                Ok(ended) => ended,
                Err(_) => looking.await,
            }
        });
        Look {
            handle,
            begun,
            deadline,
            is_late: false,
        }
    }

    fn is_late(&mut self, look: Look) -> (Looked, Notes, Duration) {
        self.breaker.failed(Instant::now());
        let why = format!("it did not return within {:?}", look.deadline);
        let said = could_not(&why, look.begun());
        self.state = State::Looking(Look {
            is_late: true,
            ..look
        });
        said
    }

    fn settle(&mut self, result: Ended, begun: Instant) -> (Looked, Notes, Duration) {
        match result.unwrap_or(Err(BrokeOff)) {
            Ok(done) => {
                self.breaker.worked();
                let every = done.probe.every();
                if !self.every.is_zero() && self.every != every {
                    self.every = every;
                    self.due = begun + (every - every / EARLY_BY);
                }
                self.state = State::Ready(done.probe);
                (done.looked, done.notes, done.took)
            }
            Err(error) => {
                tracing::error!(probe = self.name, %error, "a probe broke off; it is built anew");
                could_not("the probe broke off; this is a mistake in the agent", begun)
            }
        }
    }
}

fn could_not(why: &str, begun: Instant) -> (Looked, Notes, Duration) {
    let looked = Looked::No {
        why: why.to_owned(),
    };
    (looked, Notes::default(), begun.elapsed())
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
