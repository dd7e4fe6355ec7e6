//! Decides who is on call, and who a step of an escalation policy tells.
//!
//! In the order of the data: schedules of the policy, and what people took over them, say who has
//! the [`Duty`]; [`plan`] says what the next step of a climb comes to; [`simulate`] goes up a whole
//! policy, as the engine would. Changes nothing; knows nothing of tickets.

mod plan;
mod simulate;

use std::sync::Arc;

use crate::{Policy, Ruled, RulingId, Schedule, Shift, State, Timestamp};

pub(crate) use plan::{Found, Planned, Subject, Told, advance, begin, next, who_next};
pub use simulate::{SimulatedStep, Simulation, simulate};

/// Who is on call by a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    /// Whose turn it is.
    pub person: Arc<str>,
    /// Since when.
    pub since: Timestamp,
    /// Until when, as far as is known.
    pub until: Timestamp,
    /// Whether it was taken over what the schedule says.
    pub is_taken: bool,
}

/// The turns people took over a schedule, the newest word last.
pub fn taken(state: &State, schedule: &str) -> Vec<Shift> {
    let mut taken: Vec<(Timestamp, Shift)> = state
        .rulings_of(&RulingId::of_schedule(schedule))
        .filter_map(|ruling| match &ruling.says {
            Ruled::OnCall { person, when, .. } => Some((
                ruling.at,
                Shift {
                    when: *when,
                    person: Arc::clone(person),
                },
            )),
            Ruled::Live { .. } | Ruled::Exception { .. } => None,
        })
        .collect();
    taken.sort();
    taken.into_iter().map(|(_, shift)| shift).collect()
}

/// A schedule with what people took over it; none of that name.
pub fn as_taken(state: &State, policy: &Policy, schedule: &str) -> Option<Schedule> {
    let known = policy.oncall.schedules.get(schedule)?;
    let taken = taken(state, schedule);
    Some(match taken.is_empty() {
        true => known.clone(),
        false => known.with(&taken),
    })
}

/// Who is on call by a schedule at a moment.
pub fn on_call(state: &State, policy: &Policy, schedule: &str, at: Timestamp) -> Option<Duty> {
    let duty = |shift: &Shift, is_taken| Duty {
        person: Arc::clone(&shift.person),
        since: shift.when.starts_at,
        until: shift.when.ends_at,
        is_taken,
    };
    let known = policy.oncall.schedules.get(schedule)?;
    let taken = taken(state, schedule);
    let taken = taken.iter().rev().find(|shift| shift.when.contains(at));
    taken
        .map(|shift| duty(shift, true))
        .or_else(|| known.at(at).map(|shift| duty(shift, false)))
}
