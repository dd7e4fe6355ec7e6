//! Decides which incident an alert belongs to that begins to fire.
//!
//! In: the alert, and where it goes. Out: it is a member of an incident, old or new.
//! Membership and route are decided here and stay (invariant 9); grouping has a gap
//! and a maximum life (invariant 11); all of it costs O(log n) (invariant 15).

use std::sync::Arc;

use crate::{
    Alert, Close, GroupKey, Incident, IncidentId, Outcome, Phase, Reason, Suppression, Timestamp,
};

use super::draft::Draft;
use super::list::enrolment;
use super::prioritise::Weighed;
use super::route::Destination;
use super::suppress::{self, Scope, parent};
use super::{facts, flap, group, ledger, lifecycle, prioritise, route, same, together, window};

/// What becomes of an alert that begins to fire.
enum Placement {
    /// It belongs to this incident, which is not over.
    Join(IncidentId),
    /// It opens this incident again.
    Reopen(IncidentId),
    /// It will open this incident again unless it clears before people may be told.
    Return(IncidentId, Suppression),
    /// It gets an incident of its own, after this one.
    New(Option<IncidentId>),
}

/// Makes a firing alert a member of an incident. Its `incident` still names the former one.
pub(super) fn place(
    draft: &mut Draft<'_>,
    mut alert: Alert,
    destination: &Destination<'_>,
    reason: Reason,
) {
    alert.awaits = parent::begins(draft, &alert).map(Box::new);
    let one_more = alert.clone();
    if let Some(list) = enrolment::home(draft, &alert, destination) {
        alert.begun = None;
        enrolment::enter(draft, &list, alert, (destination, reason));
        parent::count_hit(draft, &one_more);
        return;
    }
    together::stamp(draft, &mut alert, destination);
    let former = alert.incident.and_then(|id| draft.incident(id));
    let is_free = former.is_none_or(|former| former.phase.is_over() || former.list.is_some());
    let counts = together::counts_from(draft, &alert);
    let home = is_free.then(|| together::home(draft, &alert, destination, counts));
    let fault = same::fault(draft, &alert, destination).and_then(|id| draft.incident(id).cloned());
    match (home.flatten(), fault.filter(|_| is_free)) {
        // What many have is another sign of what many had before.
        (_, Some(many)) if many.together.is_some() => {
            join(draft, many, alert, (destination, reason));
        }
        (Some(home), _) => together::enter(draft, home, alert, (destination, reason)),
        (None, Some(fault)) => join(draft, fault, alert, (destination, reason)),
        (None, None) => place_alone(draft, alert, destination, reason),
    }
    parent::count_hit(draft, &one_more);
}

fn place_alone(draft: &mut Draft<'_>, alert: Alert, destination: &Destination<'_>, reason: Reason) {
    let group = group::key(draft.policy, &alert, destination);
    match placement(draft, &alert, &group, destination) {
        Placement::Join(id) => {
            if let Some(incident) = draft.incident(id).cloned() {
                join(draft, incident, alert, (destination, reason));
            }
        }
        Placement::Reopen(id) => {
            if let Some(incident) = draft.incident(id).cloned() {
                reopen(draft, incident, alert, (destination, reason));
            }
        }
        Placement::Return(id, suppression) => {
            if let Some(incident) = draft.incident(id).cloned() {
                let why = (destination, reason);
                return_untold(draft, incident, (alert, suppression), why);
            }
        }
        Placement::New(predecessor) => {
            let new = (group, predecessor);
            found(draft, alert, destination, (new, reason));
        }
    }
}

fn placement(
    draft: &Draft<'_>,
    alert: &Alert,
    group: &GroupKey,
    destination: &Destination<'_>,
) -> Placement {
    let again = |incident: &Incident| again(draft, incident, alert, destination);
    if let Some(former) = alert.incident.and_then(|id| draft.incident(id)) {
        // One of a list that comes back is a fault of its own.
        if !former.phase.is_over() && former.list.is_none() {
            return Placement::Join(former.id);
        }
        // One of many that comes back alone is no reason to open the ticket of all again.
        if former.phase.is_over()
            && former.together.is_none()
            && former.list.is_none()
            && let Some(placement) = again(former)
        {
            return placement;
        }
    }
    if let Some(id) = window::begins_on_reported(draft, alert) {
        return Placement::Join(id);
    }
    let Some(newest) = draft.newest_of(group) else {
        return Placement::New(None);
    };
    let after = Placement::New(Some(newest.id));
    match newest.phase.is_over() {
        true => match goes_on_in(draft, newest) {
            Some(id) => Placement::Join(id),
            None => again(newest).unwrap_or(after),
        },
        false if is_joinable(draft, newest) => Placement::Join(newest.id),
        false => after,
    }
}

/// What firing again means for an incident that is closed; nothing, if it is not recent or this
/// alert is worth no ticket.
fn again(
    draft: &Draft<'_>,
    incident: &Incident,
    alert: &Alert,
    destination: &Destination<'_>,
) -> Option<Placement> {
    if !is_recent(draft, incident) {
        return None;
    }
    match suppress::of_reopening(draft, alert, destination) {
        None => Some(Placement::Reopen(incident.id)),
        Some(Suppression::NotATicket | Suppression::Shadow | Suppression::NoReceiver) => None,
        Some(suppression) => Some(Placement::Return(incident.id, suppression)),
    }
}

/// The incident that a merged one became part of, while somebody new may join it.
fn goes_on_in(draft: &Draft<'_>, merged: &Incident) -> Option<IncidentId> {
    let Some(Close::Merged { into, .. }) = merged.close.as_deref() else {
        return None;
    };
    let into = draft.incident(*into)?;
    let is_alike = into.team == merged.team && into.drill == merged.drill;
    // What is about many takes only more of the same.
    (is_alike
        && into.together.is_none()
        && into.list.is_none()
        && !into.phase.is_over()
        && is_joinable(draft, into))
    .then_some(into.id)
}

/// Whether somebody new may still join (invariant 11).
pub(super) fn is_joinable(draft: &Draft<'_>, incident: &Incident) -> bool {
    let timers = route::timers(draft.policy, incident);
    draft.now <= incident.joined_at.after(timers.join_gap)
        && draft.now <= incident.started_at.after(timers.join_at_most)
}

/// Whether it was told, and closed so recently that firing again reopens it; one that was merged
/// into another is over for good.
pub(super) fn is_recent(draft: &Draft<'_>, incident: &Incident) -> bool {
    let kept = route::timers(draft.policy, incident).reopen_within;
    let until = incident.closed_at.map(|at: Timestamp| at.after(kept));
    incident.phase == Phase::Resolved
        && incident.opened_at.is_some()
        && until.is_some_and(|until| draft.now <= until)
}

pub(super) fn join(
    draft: &mut Draft<'_>,
    mut incident: Incident,
    alert: Alert,
    (destination, reason): (&Destination<'_>, Reason),
) {
    match incident.phase {
        Phase::Pending => incident.uncounted += draft.counts(),
        Phase::Open
        | Phase::Acknowledged
        | Phase::Waiting
        | Phase::Resolving
        | Phase::Resolved
        | Phase::Closed => {
            draft.tally_signal(Outcome::Joined, alert.drill.is_some(), 1);
        }
    }
    let alert = enter(draft, &mut incident, alert, (destination, reason));
    lifecycle::review(draft, &mut incident, &Scope::One(&alert));
    draft.put_incident(incident);
}

pub(super) fn reopen(
    draft: &mut Draft<'_>,
    mut incident: Incident,
    alert: Alert,
    (destination, reason): (&Destination<'_>, Reason),
) {
    draft.tally_signal(Outcome::Opened, alert.drill.is_some(), 1);
    let alert = enter(draft, &mut incident, alert, (destination, reason));
    lifecycle::reopen(draft, &mut incident);
    lifecycle::review(draft, &mut incident, &Scope::One(&alert));
    draft.put_incident(incident);
}

/// As [`reopen`], when people may be told: the incident and its tickets wait for that.
pub(super) fn return_untold(
    draft: &mut Draft<'_>,
    mut incident: Incident,
    (alert, suppression): (Alert, Suppression),
    (destination, reason): (&Destination<'_>, Reason),
) {
    incident.uncounted += draft.counts();
    let alert = enter(draft, &mut incident, alert, (destination, reason));
    lifecycle::return_untold(draft, &mut incident, suppression);
    lifecycle::review(draft, &mut incident, &Scope::One(&alert));
    draft.put_incident(incident);
}

/// Counts an alert in, and adds who must be told because of it.
pub(super) fn enter(
    draft: &mut Draft<'_>,
    incident: &mut Incident,
    mut alert: Alert,
    (destination, reason): (&Destination<'_>, Reason),
) -> Alert {
    let is_new = alert.incident != Some(incident.id);
    alert.incident = Some(incident.id);
    draft.note_alert(&alert, reason);
    incident.firing += 1;
    if is_new {
        incident.members += 1;
        if let Some(together) = &mut incident.together {
            together.joined += 1;
            together::remember(together, &alert);
        }
        incident.joined_at = draft.now;
        let members = incident.members;
        draft.note_alert(&alert, Reason::Joined { members });
    }
    widen(incident, &alert, destination);
    draft.put_alert(alert.clone());
    alert
}

/// Adds what an alert is worth and who is told of it; takes nothing away (invariant 9).
pub(super) fn widen(incident: &mut Incident, alert: &Alert, destination: &Destination<'_>) {
    incident.handling = incident.handling.max(destination.handling);
    // Its owner's alone, whoever owns its members.
    if incident.is_owners() && !incident.receivers.is_empty() {
        return;
    }
    for receiver in destination.receivers_of(alert) {
        if !incident.receivers.iter().any(|known| known == receiver) {
            incident.receivers.push(receiver.to_owned());
        }
    }
    incident.receivers.shrink_to_fit();
}

/// Makes a new incident of one alert.
fn found(
    draft: &mut Draft<'_>,
    mut alert: Alert,
    destination: &Destination<'_>,
    (new, reason): (New, Reason),
) {
    let id = draft.new_incident_id();
    alert.incident = Some(id);
    draft.put_alert(alert.clone());
    draft.note_alert(&alert, reason);
    let signals = draft.counts();
    with_one(draft, id, alert, (destination, new, signals));
}

/// Gives an alert that fires already an incident of its own; so many signals come with it.
pub(super) fn alone(
    draft: &mut Draft<'_>,
    id: IncidentId,
    mut alert: Alert,
    of: (&Destination<'_>, New, u32),
) {
    alert.incident = Some(id);
    draft.put_alert(alert.clone());
    with_one(draft, id, alert, of);
}

/// A group, and the incident before in it.
pub(super) type New = (GroupKey, Option<IncidentId>);

fn with_one(
    draft: &mut Draft<'_>,
    id: IncidentId,
    alert: Alert,
    (destination, new, signals): (&Destination<'_>, New, u32),
) {
    let weighed = prioritise::of_incident(draft, id, &alert);
    let mut incident = bare(draft, (id, &alert), destination, (new, weighed));
    incident.members = 1;
    incident.firing = 1;
    incident.uncounted = signals;
    incident.title = facts::title(draft, &incident, &alert);
    widen(&mut incident, &alert, destination);
    lifecycle::review(draft, &mut incident, &Scope::All);
    draft.put_incident(incident);
}

/// The rule of an alert by its name, as the policy holds it; empty for alerts from outside.
fn rule_of(draft: &Draft<'_>, alert: &Alert) -> Arc<str> {
    let rule = alert.identity.rule().unwrap_or_default();
    let known = draft.policy.rules.get_key_value(rule);
    known.map_or_else(|| Arc::from(rule), |(rule, _)| Arc::clone(rule))
}

/// An incident that begins with an alert, and has no members yet.
pub(super) fn bare(
    draft: &mut Draft<'_>,
    (id, alert): (IncidentId, &Alert),
    destination: &Destination<'_>,
    ((group, predecessor), weighed): (New, Weighed),
) -> Incident {
    let (openings, last) = ledger::before(draft, &group);
    let predecessor = predecessor.or(last.map(|last| last.incident));
    let Weighed {
        priority,
        why: priority_why,
        again_at,
    } = weighed;
    draft.note(
        id,
        Reason::Grouped {
            group: group.0.to_string(),
            team: destination.team.name.clone(),
            route: destination.route_name().to_owned(),
            predecessor,
        },
    );
    let to = priority;
    draft.note(id, Reason::Prioritised { from: None, to });
    let delay = match alert.drill {
        Some(_) => None,
        None if flap::has_hidden_long_enough(draft, alert) => None,
        None => destination.timers.open_delay.get(&priority).copied(),
    };
    let until = draft.now.after(delay.unwrap_or_default());
    if until > draft.now {
        draft.note(id, Reason::OpenDelay { until });
    }
    Incident {
        team: destination.team.name.clone(),
        route: destination.route_name().to_owned(),
        leader: alert.id,
        severity: alert.severity,
        worst: alert.severity,
        priority,
        priority_why,
        handling: destination.handling,
        drill: alert.drill,
        weigh_at: again_at,
        rule: rule_of(draft, alert),
        openings,
        due: Some(until),
        predecessor,
        ..Incident::pending(id, group, draft.now)
    }
}
