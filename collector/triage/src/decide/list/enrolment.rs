//! Decides what was found at enrolment: what held already when a host was first seen is in one list
//! of its owner team, not a ticket each; what is critical, or pages, is told by itself.
//!
//! In: an alert that begins, or became worse. Out: whether the list takes it, or lets go of it. What
//! begins later on the host is an ordinary fault, and so is what was well in between for longer than
//! `reopen_within`. Drills, shadows, events and silence are never found, and neither is what would be
//! no ticket.

use crate::{
    Alert, AlertState, Close, Cue, Handling, Incident, IncidentId, ListOf, Priority, Reason,
    Severity, Timestamp, limits,
};

use super::super::draft::Draft;
use super::super::group::is_shadow;
use super::super::route::{self, Destination};
use super::super::suppress::{self, Scope};
use super::super::{join, lifecycle, prioritise, together};
use super::{begin, is_joinable, newest};

/// Until when what begins to hold on a host counts as found, that is first seen now.
pub(in super::super) fn lasts_until(now: Timestamp, interval_s: f64) -> Timestamp {
    let rounds = f64::from(limits::ENROLMENT_ROUNDS) * interval_s.max(0.0);
    let rounds = std::time::Duration::try_from_secs_f64(rounds).unwrap_or_default();
    now.after(rounds.clamp(limits::ENROLMENT, limits::ENROLMENT_AT_MOST))
}

/// Where an alert belongs that was found.
pub(in super::super) enum Home {
    /// To this list.
    Member(IncidentId),
    /// To a new one.
    New,
}

/// The list an alert that begins belongs to, if it does.
pub(in super::super) fn home(
    draft: &Draft<'_>,
    alert: &Alert,
    destination: &Destination<'_>,
) -> Option<Home> {
    let former = alert.incident.and_then(|id| draft.incident(id));
    if let Some(former) = former.filter(|former| !former.phase.is_over()) {
        let stays = former.list.is_some()
            && was_just_here(draft, alert, former)
            && is_listed(draft, alert, destination);
        return stays.then_some(Home::Member(former.id));
    }
    // Most of what begins is on hosts that have long been known: asked first, for it is cheap.
    if !is_found(draft, alert) || !is_listed(draft, alert, destination) {
        return None;
    }
    let known = newest(draft, ListOf::Enrolment, &destination.team.name);
    let known = known.filter(|list| is_joinable(draft, list) || join::is_recent(draft, list));
    Some(known.map_or(Home::New, |list| Home::Member(list.id)))
}

/// Whether it held already when its host was first seen.
fn is_found(draft: &Draft<'_>, alert: &Alert) -> bool {
    let host = alert.identity.entity();
    let host = host.and_then(|id| draft.host(&id));
    let until = host.and_then(|host| host.enrols_until);
    until.is_some_and(|until| alert.starts_at <= until)
}

/// Whether it is one that a list spares people: a ticket, and no more than that.
fn is_listed(draft: &Draft<'_>, alert: &Alert, destination: &Destination<'_>) -> bool {
    let is_apart = alert.drill.is_some()
        || alert.about.event.is_some()
        || alert.is_liveness()
        || is_shadow(draft.policy, alert);
    !is_apart
        && alert.severity < Severity::Critical
        && destination.handling == Handling::Ticket
        && prioritise::of_alert(draft, alert) != Priority::P5
}

/// Whether it was well for so short a time only that it is still the same fault.
fn was_just_here(draft: &Draft<'_>, alert: &Alert, list: &Incident) -> bool {
    let kept = route::timers(draft.policy, list).reopen_within;
    let before = draft.state.alert(alert.id).map(|before| &before.state);
    match before {
        Some(AlertState::Resolved { at, .. }) => draft.now <= at.after(kept),
        Some(AlertState::Firing) | None => true,
    }
}

/// Makes an alert that begins a member of its list.
pub(in super::super) fn enter(
    draft: &mut Draft<'_>,
    home: &Home,
    alert: Alert,
    (destination, reason): (&Destination<'_>, Reason),
) {
    let host = alert.identity.entity();
    let host = host.and_then(|id| draft.host(&id));
    let first_seen = host.map_or(draft.now, |host| host.first_seen);
    let known = match home {
        Home::Member(id) => draft.incident(*id).cloned(),
        Home::New => None,
    };
    let id = match known {
        Some(list) if list.phase.is_over() => {
            let id = list.id;
            match suppress::of_reopening(draft, &alert, destination) {
                None => join::reopen(draft, list, alert.clone(), (destination, reason)),
                Some(held) => {
                    let held = (alert.clone(), held);
                    join::return_untold(draft, list, held, (destination, reason));
                }
            }
            id
        }
        Some(list) => {
            let id = list.id;
            join::join(draft, list, alert.clone(), (destination, reason));
            id
        }
        None => {
            let due = draft.now.after(limits::LIST_GATHERS);
            let mut list = begin(draft, ListOf::Enrolment, destination.team, due);
            list.leader = alert.id;
            let id = list.id;
            // Whoever weighs it finds it in the draft.
            draft.put_incident(list.clone());
            join::join(draft, list, alert.clone(), (destination, reason));
            id
        }
    };
    let alert = Alert {
        incident: Some(id),
        ..alert
    };
    draft.note_alert(&alert, Reason::FoundAtEnrolment { first_seen });
}

/// Lets go of a member that became so bad that it is told by itself; says whether it did.
pub(in super::super) fn stands_out(
    draft: &mut Draft<'_>,
    alert: &Alert,
    list: &mut Incident,
    destination: &Destination<'_>,
) -> bool {
    let stays = alert.severity < Severity::Critical && destination.handling < Handling::Page;
    if list.list.is_none() || stays {
        return false;
    }
    let members = list.members.saturating_sub(1);
    let mut alert = alert.clone();
    together::stamp(draft, &mut alert, destination);
    let id = alert.id;
    together::go_home(draft, alert, list);
    list.members = members;
    if list.leader == id {
        let next = draft.firing(list.id).next();
        let next = next.or_else(|| draft.clear_members(list.id).next());
        list.leader = next.map_or(list.leader, |next| next.id);
    }
    match list.firing {
        0 => {
            let divided = Close::Divided { rest: 1 };
            lifecycle::close(draft, list, (Cue::Divide, divided));
        }
        _ => lifecycle::review(draft, list, &Scope::Unchanged),
    }
    true
}
