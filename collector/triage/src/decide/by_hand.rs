//! Decides what it means that a person closed a ticket in its system.
//!
//! In: who closed which ticket where, and when; later the time that was given to it. Out: the
//! incident is closed, and opened again if it fires at the end of that time, as the receiver's
//! `on_human_close` says. The second time within a day the lead of its team is told as well. What
//! is not told, or over already, is none of its business: whoever closes that changes nothing.

use std::time::Duration;

use crate::explain::over_person;
use crate::{
    Actor, Answer, Close, ClosedByHand, Cue, HumanClose, Incident, IncidentId, Phase, Reason,
    Suppression, Timestamp,
};

use super::command::{find, is_sound};
use super::draft::Draft;
use super::lifecycle;
use super::suppress::{self, Scope};

/// Times within so long are counted together.
const COUNTED_WITHIN: Duration = Duration::from_secs(24 * 3600);
/// From so many times on the lead is told.
const LEAD_FROM: u32 = 2;

/// A person closed the ticket of an incident at a receiver.
pub(super) fn closed(
    draft: &mut Draft<'_>,
    by: &Actor,
    id: IncidentId,
    (receiver, at): (&str, Timestamp),
) -> Result<Answer, Answer> {
    let mut incident = find(draft, id)?;
    is_sound(&by.name, "a name")?;
    if draft.ticket(id, receiver).is_none() {
        return Err(Answer::NotFound(format!(
            "incident {id} has no ticket at receiver {receiver:?}"
        )));
    }
    // Its own close comes back as somebody's; what is over is closed once.
    if !incident.is_open() {
        return Ok(Answer::Done);
    }
    let known = draft.policy.receivers.get(receiver);
    let on_close = known.map_or_else(HumanClose::default, |known| known.on_human_close);
    let at = at.min(draft.now);
    let again_at = match on_close {
        HumanClose::ReopenAfter(after) => Some(at.after(after).max(draft.now)),
        HumanClose::UntilClear | HumanClose::Accept => None,
    };
    incident.acted = true;
    incident.closed_by_hand = Some(Box::new(count(
        &incident,
        (&by.name, receiver),
        (at, again_at),
    )));
    let close = Close::ByPerson {
        by: by.name.clone(),
        why: String::new(),
    };
    lifecycle::close(draft, &mut incident, (Cue::CloseByHand, close));
    if on_close == HumanClose::Accept {
        lifecycle::expire(draft, &mut incident);
    }
    match again_at.filter(|_| incident.firing > 0) {
        Some(until) => {
            // It must be remembered until then.
            incident.due = incident.due.max(Some(until));
            draft.note(id, Reason::ClosedTooEarly { until });
        }
        None => never_again(&mut incident),
    }
    draft.put_incident(incident);
    Ok(Answer::Done)
}

fn count(
    incident: &Incident,
    (by, receiver): (&str, &str),
    (at, again_at): (Timestamp, Option<Timestamp>),
) -> ClosedByHand {
    let before = incident.closed_by_hand.as_deref();
    let before = before.filter(|before| at <= before.first_at.after(COUNTED_WITHIN));
    ClosedByHand {
        by: by.to_owned(),
        receiver: receiver.to_owned(),
        at,
        again_at,
        times: before.map_or(1, |before| before.times.saturating_add(1)),
        first_at: before.map_or(at, |before| before.first_at),
    }
}

/// The time that was given to whoever closed it is over.
pub(super) fn look_again(draft: &mut Draft<'_>, id: IncidentId) {
    let Some(mut incident) = draft.incident(id).cloned() else {
        return;
    };
    let Some(by_hand) = incident.closed_by_hand.clone() else {
        return;
    };
    if by_hand.again_at.is_none_or(|at| at > draft.now) {
        return;
    }
    never_again(&mut incident);
    let still_fires = incident.firing > 0 && incident.phase == Phase::Resolved;
    if still_fires {
        match suppress::of_incident(draft, &incident, &Scope::All) {
            None => reopen(draft, &mut incident, *by_hand),
            Some(held) => match held.suppression {
                // By now it is worth no ticket, or nobody's.
                Suppression::NotATicket | Suppression::Shadow | Suppression::NoReceiver => {}
                suppression => lifecycle::return_untold(draft, &mut incident, suppression),
            },
        }
    }
    draft.put_incident(incident);
}

fn reopen(draft: &mut Draft<'_>, incident: &mut Incident, by_hand: ClosedByHand) {
    let ClosedByHand { by, times, .. } = by_hand;
    let words = over_person(&by, times);
    draft.note(incident.id, Reason::ReopenedOverPerson { by, times });
    lifecycle::reopen_saying(draft, incident, Some(&words));
    if times >= LEAD_FROM {
        tell_lead(draft, incident);
    }
    lifecycle::review(draft, incident, &Scope::All);
}

fn never_again(incident: &mut Incident) {
    if let Some(by_hand) = &mut incident.closed_by_hand {
        by_hand.again_at = None;
    }
}

fn tell_lead(draft: &Draft<'_>, incident: &mut Incident) {
    let leads = draft.policy.leads.get(&incident.team);
    for lead in leads.into_iter().flatten() {
        if !incident.receivers.contains(lead) {
            incident.receivers.push(lead.clone());
        }
    }
}
