//! Sets up what is asked for sentences: the committed state, the policy in force, the time, and how
//! a time is written.

use std::sync::Arc;

use vedette_triage::Timestamp;
use vedette_triage::explain::Explain;

use crate::api::Shared;
use crate::api::words::clock_time;

/// Asks for sentences; writers wait meanwhile.
pub(super) fn explaining<T>(shared: &Shared, ask: impl FnOnce(&Explain<'_>) -> T) -> T {
    let now = shared.clock.now();
    let policy = Arc::clone(&shared.policy.load().policy);
    let state = shared.view.read();
    let time = |at: Timestamp| clock_time(at, now);
    ask(&Explain {
        state: &state,
        policy: &policy,
        now,
        time: &time,
    })
}
