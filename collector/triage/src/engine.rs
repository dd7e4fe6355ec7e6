//! Joins the state with the deciders: decide changes nothing, apply decides nothing.

use crate::{Decision, Input, Policy, State, Timestamp, decide};

/// The triage engine. Its state is what the committed changes made it.
#[derive(Debug, Clone, Default)]
pub struct Engine {
    state: State,
}

impl Engine {
    /// An engine that goes on from a state.
    pub fn resume(state: State) -> Engine {
        Engine { state }
    }

    /// Says everything that must happen because of `input`. Changes nothing.
    ///
    /// `now` earlier than the last change counts as that (invariant 1).
    pub fn decide(&self, now: Timestamp, input: &Input, policy: &Policy) -> Decision {
        decide::decide(&self.state, now.max(self.state.now()), input, policy)
    }

    /// Makes a decision true. Also how an engine is rebuilt after a restart.
    pub fn apply(&mut self, decision: &Decision) {
        self.state.advance(decision.at);
        for change in &decision.changes {
            self.state.apply(change);
        }
    }

    /// The earliest time at which a tick would decide anything.
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.state.next_due()
    }

    /// What it knows.
    pub fn state(&self) -> &State {
        &self.state
    }
}
