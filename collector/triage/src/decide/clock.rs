//! Decides what time that did not really pass means: the collector was down, or its clock
//! was set.
//!
//! In: how long it was down, or by how much the clock jumped. Out: whatever waits keeps the
//! time it had left (invariant 14). What people gave an end by the clock (silences) keeps
//! it. Timers that were due before stay due.

use crate::{Incident, IncidentId, Phase, Reason, Timestamp};

use super::draft::Draft;

/// The collector runs again after a time in which it could see nothing.
pub(super) fn started(draft: &mut Draft<'_>, down_since: Timestamp) {
    let down = draft.now.since(down_since);
    if down.is_zero() {
        return;
    }
    let for_ms = u64::try_from(down.as_millis()).unwrap_or(u64::MAX);
    draft.note_host(None, Reason::WasDown { for_ms });
    let later = |due: Timestamp| match due > down_since {
        true => due.after(down),
        false => due,
    };
    shift(draft, later, &Reason::WasDown { for_ms });
}

/// The clock was set. After a step back time stands still here until the clock has caught up
/// (invariant 1); what would be due meanwhile is due at once rather than that much later.
pub(super) fn stepped(draft: &mut Draft<'_>, by_ms: i64) {
    if by_ms == 0 {
        return;
    }
    draft.note_host(None, Reason::ClockStepped { by_ms });
    let now = draft.now;
    let moved = |due: Timestamp| {
        Timestamp::from_millis(due.as_millis().saturating_add(by_ms)).max(now.min(due))
    };
    shift(draft, moved, &Reason::ClockStepped { by_ms });
}

fn shift(draft: &mut Draft<'_>, to: impl Fn(Timestamp) -> Timestamp, reason: &Reason) {
    let waiting: Vec<IncidentId> = draft
        .state
        .incidents()
        .filter(|incident| has_delay(incident) || incident.acknowledged.is_some())
        .map(|incident| incident.id)
        .collect();
    for id in waiting {
        let Some(mut incident) = draft.incident(id).cloned() else {
            continue;
        };
        if has_delay(&incident) {
            incident.due = incident.due.map(&to);
        }
        if let Some(ack) = &mut incident.acknowledged {
            ack.until = to(ack.until);
        }
        draft.note(id, reason.clone());
        draft.put_incident(incident);
    }
}

/// Whether its open or close delay runs.
fn has_delay(incident: &Incident) -> bool {
    match incident.phase {
        Phase::Pending => incident.suppressed.is_none(),
        Phase::Settling => true,
        Phase::Open | Phase::Closed => false,
    }
}
