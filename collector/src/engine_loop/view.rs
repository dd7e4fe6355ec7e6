//! Keeps what readers see: committed state only, never what is being decided.

use std::ops::Deref;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use vedette_triage::{Decision, State};

use crate::store::CommitNumber;

/// The committed state. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct View {
    seen: Arc<RwLock<Seen>>,
}

#[derive(Debug, Default)]
struct Seen {
    /// The last commit that is in the state.
    number: CommitNumber,
    state: State,
}

/// A look at the committed state: writers wait while it is held.
pub struct Look<'a>(RwLockReadGuard<'a, Seen>);

impl Deref for Look<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0.state
    }
}

impl View {
    /// The committed state, for a short look.
    pub fn read(&self) -> Look<'_> {
        Look(self.seen.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The same, and the last commit that is in it.
    pub fn numbered(&self) -> (CommitNumber, Look<'_>) {
        let look = self.read();
        (look.0.number, look)
    }

    /// Replaces everything, after a load.
    pub(super) fn replace(&self, number: CommitNumber, state: State) {
        *self.seen.write().unwrap_or_else(PoisonError::into_inner) = Seen { number, state };
    }

    /// Makes committed decisions visible, all at once. `number` is the last commit: theirs, unless
    /// they changed nothing.
    pub(super) fn publish(&self, number: CommitNumber, decisions: &[Decision]) {
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        seen.number = number;
        for decision in decisions {
            seen.state.advance(decision.at);
            for change in &decision.changes {
                seen.state.apply(change);
            }
        }
    }
}
