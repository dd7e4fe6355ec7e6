//! Keeps what readers see: committed state only, never what is being decided.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use vedette_triage::{Decision, State};

/// The committed state. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct View {
    state: Arc<RwLock<State>>,
}

impl View {
    /// The committed state, for a short look: writers wait while it is held.
    pub fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces everything, after a load.
    pub(super) fn replace(&self, state: State) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = state;
    }

    /// Makes committed decisions visible, all at once.
    pub(super) fn publish(&self, decisions: &[Decision]) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        for decision in decisions {
            state.advance(decision.at);
            for change in &decision.changes {
                state.apply(change);
            }
        }
    }
}
