//! Decides what a receiver's final answer means for its ticket.
//!
//! In: a delivery and its fate. Out: the ticket as far as we know it now, and the next
//! update if one waited. An answer that comes twice changes nothing.

use crate::{Action, DeliveryId, Fate, IncidentId, Reason, Ticket, TicketState};

use super::draft::Draft;
use super::tell;

/// Says what follows from an answer.
pub(super) fn decide(
    draft: &mut Draft<'_>,
    (incident, receiver): (IncidentId, &str),
    delivery: DeliveryId,
    fate: &Fate,
) {
    let Some(mut ticket) = draft.ticket(incident, receiver).cloned() else {
        // Its incident is archived; only the row itself is still waiting for this.
        draft.settle(delivery, fate.clone());
        return;
    };
    let at = ticket
        .outstanding
        .iter()
        .position(|(waiting, _, _)| *waiting == delivery);
    let Some(at) = at else {
        return;
    };
    let (_, _, action) = ticket.outstanding.remove(at);
    draft.settle(delivery, fate.clone());
    match fate {
        Fate::Done { ticket: reference } => {
            if reference.is_some() {
                ticket.reference.clone_from(reference);
            }
            ticket.state = state_after(&ticket, action);
        }
        Fate::Dead { .. } => {}
    }
    draft.note(incident, reason(&ticket, delivery, action, fate));
    if matches!((action, fate), (Action::Open, Fate::Dead { .. })) {
        tell::never_opened(draft, &mut ticket);
    }
    let refused = ticket.state == TicketState::Refused;
    draft.put_ticket(ticket.clone());
    // What became news while this was on its way may be told now.
    if let Some(incident) = draft.incident(incident).cloned()
        && incident.phase.is_standing()
        && !refused
    {
        tell::update(draft, &incident, ticket);
    }
}

fn state_after(ticket: &Ticket, action: Action) -> TicketState {
    match action {
        Action::Open | Action::Reopen => TicketState::Open,
        Action::Resolve => TicketState::Resolved,
        Action::Update | Action::Note | Action::Acknowledge | Action::Escalate => ticket.state,
    }
}

fn reason(ticket: &Ticket, delivery: DeliveryId, action: Action, fate: &Fate) -> Reason {
    let receiver = ticket.receiver.clone();
    match fate {
        Fate::Done { .. } => Reason::Delivered {
            delivery,
            receiver,
            action,
            ticket: ticket.reference.as_ref().map(|known| known.id.clone()),
        },
        Fate::Dead { why } => Reason::DeliveryDead {
            delivery,
            receiver,
            action,
            why: why.clone(),
        },
    }
}
