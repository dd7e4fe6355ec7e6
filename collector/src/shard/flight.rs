//! Decides what a verdict of the engine means for the entry that waits for it.

use vedette_triage::Answer;
use vedette_triage::detect::Settled;

use crate::engine_loop::{Pending, Verdict};

/// What became of a change; none while it is in flight.
pub(super) fn settled(pending: &Pending) -> Option<Settled> {
    pending.known().map(|verdict| match verdict {
        Verdict::Committed { answer, .. } => match answer {
            Answer::Done | Answer::Silence(_) => Settled::Committed,
            // The engine did not take it: it is as it was, and will be found again.
            Answer::NotFound(_) | Answer::Invalid(_) | Answer::Conflict(_) | Answer::Full(_) => {
                Settled::Failed
            }
        },
        Verdict::Rejected(_) => Settled::Failed,
    })
}
