//! Decides everything once more, and whether it is what was decided.
//!
//! In: a snapshot, then what was recorded since, row by row, and the policies it names. Out: the
//! decisions, and the first that is another one than then. Knows nothing of where rows come from.

use std::sync::Arc;

use vedette_triage::{
    AlertId, Change, Decision, Engine, Input, Policy, Revision, State, Timestamp,
};

use super::digest::Digest;
use super::record::Row;
use super::snapshot::Snapshot;

/// Finds a policy by its number.
pub type FindPolicy<'a> = dyn FnMut(Revision) -> Option<Arc<Policy>> + 'a;

/// An engine that is told what another one was told.
#[derive(Debug, Clone)]
pub struct Replay {
    engine: Engine,
    number: u64,
}

/// What came of one row.
#[derive(Debug)]
pub struct Played {
    /// What was decided now, an entry for each input.
    pub decisions: Vec<Decision>,
    /// The policy that is in force after it.
    pub policy: Arc<Policy>,
    /// The first decision that is another one than then.
    pub difference: Option<Difference>,
}

/// A decision that is another one than then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// In which commit.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// Which of its inputs, from zero.
    pub input: usize,
    /// The digest of what was decided then; none where nothing was recorded of it.
    pub then: Option<Digest>,
    /// The digest of what is decided now.
    pub now: Digest,
}

/// Why it cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// Rows are missing.
    #[error("what was recorded has a hole: after commit {after} comes {found}")]
    Hole {
        /// The last that was there.
        after: u64,
        /// The next that is there.
        found: u64,
    },
    /// A policy is missing.
    #[error(
        "the files of policy revision {} are not there, or this version refuses them; \
         commit {number} was decided by it", revision.0
    )]
    NoPolicy {
        /// Which.
        revision: Revision,
        /// For which commit.
        number: u64,
    },
}

impl Replay {
    /// Begins where the snapshot was taken.
    pub fn after(snapshot: &Snapshot) -> Replay {
        Replay {
            engine: Engine::resume(snapshot.state()),
            number: snapshot.number,
        }
    }

    /// The last commit it knows.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// What it makes of what it was told.
    pub fn state(&self) -> &State {
        self.engine.state()
    }

    /// Decides on the next row.
    ///
    /// # Errors
    /// It is not the next one, or a policy is not there; nothing was decided.
    pub fn play(
        &mut self,
        row: &Row,
        policies: &mut FindPolicy<'_>,
    ) -> Result<Played, ReplayError> {
        if row.number != self.number + 1 {
            return Err(ReplayError::Hole {
                after: self.number,
                found: row.number,
            });
        }
        let mut find = |revision| {
            let number = row.number;
            policies(revision).ok_or(ReplayError::NoPolicy { revision, number })
        };
        // All of them first: a row is decided whole or not at all.
        let mut policy = find(row.policy)?;
        let mut changes = Vec::new();
        for input in &row.inputs {
            if let Input::PolicyChanged { after, .. } = input {
                changes.push(find(*after)?);
            }
        }
        let mut changes = changes.into_iter();
        self.take_ends(&row.ends);
        let mut decisions = Vec::with_capacity(row.inputs.len());
        for input in &row.inputs {
            if let Input::PolicyChanged { .. } = input
                && let Some(next) = changes.next()
            {
                policy = next;
            }
            let decision = self.engine.decide(row.at, input, &policy);
            self.engine.apply(&decision);
            decisions.push(decision);
        }
        self.number = row.number;
        Ok(Played {
            difference: difference(row, &decisions),
            decisions,
            policy,
        })
    }

    /// The store was read: these alerts have the ends that were written behind.
    fn take_ends(&mut self, ends: &[(AlertId, Timestamp)]) {
        let state = self.engine.state();
        let later = |(id, until): &(AlertId, Timestamp)| {
            let mut alert = state.alert(*id)?.as_ref().clone();
            alert.valid_until = Some(*until);
            Some(Change::PutAlert(Arc::new(alert)))
        };
        let read = Decision {
            at: state.now(),
            changes: ends.iter().filter_map(later).collect(),
            ..Decision::default()
        };
        self.engine.apply(&read);
    }
}

fn difference(row: &Row, decisions: &[Decision]) -> Option<Difference> {
    let now = decisions.iter().map(Digest::of).enumerate();
    let compared = now.map(|(input, now)| Difference {
        number: row.number,
        at: row.at,
        input,
        then: row.digests.get(input).copied(),
        now,
    });
    compared
        .into_iter()
        .find(|compared| compared.then != Some(compared.now))
}
