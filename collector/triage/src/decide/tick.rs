//! Decides what passing time brings: delays, acknowledgements, updates and keeping times end.
//!
//! In: the timers that are due. Out: what each brings, in order, a bounded number at a time;
//! the loop ticks again while more are due. Each timer that is handled changes its record, so
//! that it is not due again.

use crate::{AlertId, Incident, IncidentId, Reason, SilenceId, Timer, Waiting, limits};

use super::draft::Draft;
use super::list::digest;
use super::suppress::{Scope, parent};
use super::{by_hand, exception, flap, ledger, lifecycle, oncall, silence, tell, together, window};

/// Says what follows from what is due.
pub(super) fn decide(draft: &mut Draft<'_>) {
    let due: Vec<Timer> = draft
        .state
        .due(draft.now)
        .take(limits::TIMERS_PER_TICK_MAX)
        .map(|(_, timer)| timer.clone())
        .collect();
    let mut drops = limits::DROPS_PER_TICK_MAX;
    for timer in due {
        match timer {
            Timer::Awaits(id) => parent::time_is_up(draft, id),
            Timer::Incident(id) => incident(draft, id, &mut drops),
            Timer::Acknowledgement(id) => acknowledgement(draft, id),
            Timer::Waiting(id) => waiting(draft, id),
            Timer::ClosedByHand(id) => by_hand::look_again(draft, id),
            Timer::Escalation(id) => lifecycle::review_by_id(draft, id, &Scope::All),
            Timer::Priority(id) => priority(draft, id),
            Timer::Recurrence(group) => ledger::forget(draft, group),
            Timer::Digest(team) => digest::turn(draft, &team),
            Timer::Update(id, receiver) => update(draft, id, &receiver),
            Timer::Window(id) => window::turn(draft, &id),
            Timer::Clear(id) => silence::look_whether_clear(draft, &id),
            Timer::Reminder(id) => silence::remind(draft, &id),
            Timer::Ruling(id) => {
                exception::remind(draft, &id);
                oncall::over(draft, &id);
            }
            Timer::Silence(id) => forget(draft, id),
            Timer::Alert(id) => alert(draft, id),
            Timer::Together(id) => together::look(draft, id),
            Timer::Flap(id) => flap::end(draft, id),
        }
    }
}

fn incident(draft: &mut Draft<'_>, id: IncidentId, drops: &mut usize) {
    let Some(incident) = draft.incident(id) else {
        return;
    };
    if incident.due.is_none_or(|due| due > draft.now) {
        return;
    }
    if incident.phase.is_over() {
        let incident = incident.clone();
        archive(draft, incident, drops);
    } else {
        lifecycle::review_by_id(draft, id, &Scope::All);
    }
}

/// Forgets an incident that can no longer be reopened, once all it told has arrived. A member
/// that still fires (a person closed the incident) stays, and still belongs to it.
fn archive(draft: &mut Draft<'_>, mut incident: Incident, drops: &mut usize) {
    let tickets = draft.tickets(incident.id);
    if tickets.iter().any(|ticket| !ticket.outstanding.is_empty()) {
        incident.due = Some(draft.now.after(limits::ARCHIVE_RETRY));
        draft.put_incident(incident);
        return;
    }
    let over: Vec<AlertId> = draft
        .clear_members(incident.id)
        .map(|alert| alert.id)
        .take(*drops + 1)
        .collect();
    let is_all = over.len() <= *drops;
    for id in over.into_iter().take(*drops) {
        draft.drop_alert(id);
        *drops -= 1;
    }
    if is_all {
        ledger::remember(draft, &incident, &tickets);
        for ticket in tickets {
            draft.drop_ticket(incident.id, ticket.receiver);
        }
        lifecycle::expire(draft, &mut incident);
        draft.archive_incident(incident);
    }
}

fn acknowledgement(draft: &mut Draft<'_>, id: IncidentId) {
    let Some(mut incident) = draft.incident(id).cloned() else {
        return;
    };
    let now = draft.now;
    if incident
        .acknowledged
        .take_if(|ack| ack.until <= now)
        .is_some()
    {
        let why = "expired".into();
        draft.note(id, Reason::AcknowledgementEnded { why });
        lifecycle::align(draft, &mut incident);
        lifecycle::review(draft, &mut incident, &Scope::Unchanged);
        draft.put_incident(incident);
    }
}

fn waiting(draft: &mut Draft<'_>, id: IncidentId) {
    let Some(mut incident) = draft.incident(id).cloned() else {
        return;
    };
    let now = draft.now;
    let is_over = |waiting: &Waiting| waiting.until <= now;
    if incident.waiting.as_deref().is_some_and(is_over) {
        lifecycle::wait_no_more(draft, &mut incident, "over");
        tell::at_once(draft, &incident);
        draft.put_incident(incident);
    }
}

fn priority(draft: &mut Draft<'_>, id: IncidentId) {
    let Some(mut incident) = draft.incident(id).cloned() else {
        return;
    };
    if incident.weigh_at.is_some_and(|at| at <= draft.now) {
        incident.weigh_at = None;
        lifecycle::review(draft, &mut incident, &Scope::Unchanged);
        draft.put_incident(incident);
    }
}

fn update(draft: &mut Draft<'_>, id: IncidentId, receiver: &str) {
    let Some(mut ticket) = draft.ticket(id, receiver).cloned() else {
        return;
    };
    if ticket.update_due.is_none_or(|due| due > draft.now) {
        return;
    }
    match draft.incident(id).cloned() {
        Some(incident) if incident.phase.is_standing() => tell::update(draft, &incident, ticket),
        Some(_) | None => {
            ticket.update_due = None;
            draft.put_ticket(ticket);
        }
    }
}

fn forget(draft: &mut Draft<'_>, id: SilenceId) {
    if draft
        .silence(&id)
        .is_some_and(|silence| silence.ends_at.after(limits::SILENCE_KEPT) <= draft.now)
    {
        draft.drop_silence(id);
    }
}

fn alert(draft: &mut Draft<'_>, id: AlertId) {
    if draft
        .alert(id)
        .is_some_and(|alert| !alert.is_firing() && alert.incident.is_none())
    {
        draft.drop_alert(id);
    }
}
