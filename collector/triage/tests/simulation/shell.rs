//! The collector around the engine, as far as it can fail: commits that do not go through,
//! restarts, receivers that answer late or twice.
//!
//! What a failed commit decided never was: engine and world go back to what is stored, and
//! whoever sent it sends it again.

use std::sync::Arc;

use vedette_triage::{Action, Counters, Decision, Delivery, Engine, Input, State, Timestamp};

use crate::dice::Dice;
use crate::support::{World, done};

/// The engine in its world, the store behind it.
pub(crate) struct Shell {
    pub(crate) world: World,
    /// One commit in so many fails.
    fails_once_in: u64,
}

/// What became of an input.
pub(crate) enum Taken {
    Committed(Box<Decision>),
    Lost,
}

impl Shell {
    pub(crate) fn new(mut world: World, dice: &mut Dice) -> Shell {
        world.engine = Engine::resume(State::resume(world.now, Counters::FIRST));
        world.answers_itself = false;
        Shell {
            world,
            fails_once_in: *dice.one(&[10, 50, u64::MAX]),
        }
    }

    /// Decides, and commits unless that fails. What is told is told only then (invariant 2).
    pub(crate) fn submit(&mut self, input: &Input, dice: &mut Dice) -> Taken {
        let stored = self.world.clone();
        let decision = self.world.input(input);
        let needs_commit = !decision.changes.is_empty();
        if needs_commit && dice.once_in(self.fails_once_in) {
            self.world = stored;
            self.reload();
            return Taken::Lost;
        }
        Taken::Committed(Box::new(decision))
    }

    /// Goes on from what is stored, and from nothing else.
    pub(crate) fn reload(&mut self) {
        let state = self.world.engine.state();
        let mut loaded = State::resume(state.now(), state.counters());
        for record in state.records() {
            loaded.apply(&record);
        }
        self.world.engine = Engine::resume(loaded);
    }

    /// Lets time pass; says when a commit failed meanwhile.
    pub(crate) fn pass(&mut self, until: Timestamp, dice: &mut Dice) -> Option<Timestamp> {
        let mut failed = None;
        let mut idle = 0;
        while let Some(due) = self.world.engine.next_wake().filter(|due| *due <= until) {
            self.world.now = self.world.now.max(due);
            match self.submit(&Input::Tick, dice) {
                Taken::Committed(decision) if decision.changes.is_empty() => {
                    idle += 1;
                    assert!(idle < 100, "a tick that changes nothing ticks for ever");
                }
                Taken::Committed(_) => idle = 0,
                Taken::Lost => {
                    failed = Some(self.world.now);
                    self.world.now = self.world.now.after(std::time::Duration::from_secs(1));
                }
            }
        }
        self.world.now = self.world.now.max(until);
        failed
    }

    /// One of what waits is answered, the first of its ticket; now and then twice.
    pub(crate) fn answer_one(&mut self, dice: &mut Dice) {
        let waiting = self.world.unanswered.len() as u64;
        if waiting == 0 {
            return;
        }
        let at = usize::try_from(dice.below(waiting)).unwrap();
        let candidate = Arc::clone(&self.world.unanswered[at]);
        let of_ticket = |other: &Arc<Delivery>| {
            (other.incident, &other.receiver) == (candidate.incident, &candidate.receiver)
        };
        let first = self.world.unanswered.iter().position(of_ticket).unwrap();
        let stored = self.world.clone();
        let delivery = self.world.unanswered.remove(first).unwrap();
        let input = Input::Outcome {
            delivery: delivery.id,
            incident: delivery.incident,
            receiver: delivery.receiver.clone(),
            fate: done(&delivery),
        };
        match self.submit(&input, dice) {
            Taken::Committed(_) if dice.once_in(10) => drop(self.submit(&input, dice)),
            Taken::Committed(_) => {}
            Taken::Lost => self.world = stored,
        }
    }

    /// Whether a ticket of the incident was last told that it is open; at any of its receivers.
    pub(crate) fn is_told_open(&self, incident: vedette_triage::IncidentId) -> bool {
        let name = format!("{incident} at ");
        self.world
            .last_turns()
            .iter()
            .any(|(ticket, last)| ticket.starts_with(&name) && *last != Action::Resolve)
    }
}
