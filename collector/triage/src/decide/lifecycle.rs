//! Decides what follows for an incident from what changed about it.
//!
//! In: an incident whose members, policy, silences or time changed. Out: its next
//! phase by the table of moves, and what is told because of it. The only place that
//! moves incidents.

use std::sync::Arc;

use crate::{Close, Cue, Incident, IncidentId, Outcome, Phase, Reason, Suppression, next};

use super::draft::Draft;
use super::suppress::{self, Held, Scope};
use super::tell::{self, Closer};
use super::{escalate, facts, flap, hit, ledger, live, prioritise, route, together};

/// Looks again at an incident that is remembered.
pub(super) fn review_by_id(draft: &mut Draft<'_>, id: IncidentId, scope: &Scope<'_>) {
    if let Some(mut incident) = draft.incident(id).cloned() {
        review(draft, &mut incident, scope);
        draft.put_incident(incident);
    }
}

/// Everything that follows from what changed about an incident.
pub(super) fn review(draft: &mut Draft<'_>, incident: &mut Incident, scope: &Scope<'_>) {
    match incident.phase {
        Phase::Pending if incident.firing == 0 => {
            let close = match incident.suppressed {
                Some(_) => Close::ClearedWhileSuppressed,
                None => Close::Transient,
            };
            incident.cleared_at = Some(draft.now);
            self::close(draft, incident, (Cue::AllClear, close));
        }
        Phase::Pending => {
            assess(draft, incident);
            consider_telling(draft, incident, scope);
        }
        Phase::Open | Phase::Acknowledged | Phase::Waiting if incident.firing == 0 => {
            all_clear(draft, incident);
        }
        Phase::Resolving if incident.firing == 0 => {
            if incident.due.is_some_and(|due| due <= draft.now) {
                close(draft, incident, (Cue::StayedClear, Close::Cleared));
            }
        }
        Phase::Resolving => {
            shift(draft, incident, Cue::Relapse);
            align(draft, incident);
            incident.cleared_at = None;
            incident.due = None;
            stay_open(draft, incident, scope);
        }
        Phase::Open | Phase::Acknowledged | Phase::Waiting => stay_open(draft, incident, scope),
        Phase::Resolved | Phase::Closed => {}
    }
    together::watch(draft, incident);
}

/// Opens a closed incident again, and its tickets with it.
pub(super) fn reopen(draft: &mut Draft<'_>, incident: &mut Incident) {
    reopen_saying(draft, incident, None);
}

/// As [`reopen`], and says why.
pub(super) fn reopen_saying(draft: &mut Draft<'_>, incident: &mut Incident, why: Option<&str>) {
    shift(draft, incident, Cue::Reopen);
    is_over_no_more(incident);
    clear_suppression(incident);
    assess(draft, incident);
    tell_again(draft, incident, why);
    escalate::follow(draft, incident);
    escalate::climb(draft, incident);
}

/// A closed incident fires again, and is told so, with its tickets, when nothing suppresses that
/// any more.
pub(super) fn return_untold(
    draft: &mut Draft<'_>,
    incident: &mut Incident,
    suppression: Suppression,
) {
    shift(draft, incident, Cue::ReturnUntold);
    is_over_no_more(incident);
    clear_suppression(incident);
    keep_suppressed(draft, incident, Held::by(suppression));
}

fn is_over_no_more(incident: &mut Incident) {
    incident.cleared_at = None;
    incident.closed_at = None;
    incident.close = None;
    incident.due = None;
    if let Some(by_hand) = &mut incident.closed_by_hand {
        by_hand.again_at = None;
    }
}

/// Tells the tickets of an incident that was closed that it is open again.
fn tell_again(draft: &mut Draft<'_>, incident: &mut Incident, why: Option<&str>) {
    incident.reopened += 1;
    let times = incident.reopened;
    draft.note(incident.id, Reason::Reopened { times });
    ledger::count(draft, incident, |account| account.reopened += 1);
    tell::reopen(draft, incident, why);
}

/// Closes an incident, and its tickets if it was told.
pub(super) fn close(draft: &mut Draft<'_>, incident: &mut Incident, (cue, close): (Cue, Close)) {
    let closer = match &close {
        Close::ByPerson { .. } => Closer::Person,
        Close::Merged { .. } | Close::Divided { .. } => Closer::Merge,
        Close::Cleared | Close::Transient | Close::ClearedWhileSuppressed => Closer::Recovery,
    };
    // Pending, it was not told, or is resolved there still and may be opened again.
    let is_told = incident.is_open();
    let cue = match incident.opened_at {
        Some(_) if !is_told && !matches!(cue, Cue::Merge | Cue::Divide) => Cue::EndUntold,
        Some(_) | None => cue,
    };
    shift(draft, incident, cue);
    let kept = route::timers(draft.policy, incident).reopen_within;
    incident.closed_at = Some(draft.now);
    incident.close = Some(Box::new(close.clone()));
    incident.due = Some(draft.now.after(kept));
    let by_itself = is_told && close == Close::Cleared;
    draft.note(incident.id, Reason::Closed { close });
    if by_itself && !incident.acted {
        ledger::count(draft, incident, |account| account.unattended += 1);
    }
    if cue == Cue::AllClear {
        count_account(draft, incident);
    }
    count_untold(draft, incident);
    if is_told {
        clear_suppression(incident);
        tell::close(draft, incident, closer);
    }
    escalate::over(incident);
    incident.acknowledged = None;
    incident.waiting = None;
    incident.flaps = false;
    incident.set_priority = None;
    incident.weigh_at = None;
    if let Some(together) = &mut incident.together {
        together.look_at = None;
    }
}

/// An incident that can no longer be opened again is over for good.
pub(super) fn expire(draft: &mut Draft<'_>, incident: &mut Incident) {
    if incident.phase == Phase::Resolved {
        shift(draft, incident, Cue::Expire);
    }
}

/// Something that its members need has failed since it was told. It stays open, and says so.
pub(super) fn suspect(draft: &mut Draft<'_>, id: IncidentId, place: &Arc<str>) {
    let Some(mut incident) = draft.incident(id).cloned() else {
        return;
    };
    if !incident.is_open() || incident.suspected.as_ref() == Some(place) {
        return;
    }
    incident.suspected = Some(Arc::clone(place));
    let place = place.to_string();
    draft.note(id, Reason::Suspected { place });
    tell::updates(draft, &incident);
    draft.put_incident(incident);
}

/// What was suspected is well again.
pub(super) fn suspect_no_more(draft: &mut Draft<'_>, id: IncidentId, place: &str) {
    if let Some(mut incident) = draft.incident(id).cloned()
        && incident
            .suspected
            .take_if(|known| **known == *place)
            .is_some()
    {
        draft.put_incident(incident);
    }
}

/// A told incident is acknowledged while somebody works on it, waiting while people wait.
pub(super) fn align(draft: &mut Draft<'_>, incident: &mut Incident) {
    if !incident.phase.is_standing() {
        return;
    }
    let wanted = match (&incident.waiting, &incident.acknowledged) {
        (Some(_), _) => (Phase::Waiting, Cue::Wait),
        (None, Some(_)) => (Phase::Acknowledged, Cue::Acknowledge),
        (None, None) => (Phase::Open, Cue::Lapse),
    };
    if incident.phase != wanted.0 {
        shift(draft, incident, wanted.1);
    }
}

/// Nobody waits any more, if anybody did.
pub(super) fn wait_no_more(draft: &mut Draft<'_>, incident: &mut Incident, why: &str) {
    if incident.waiting.take().is_some() {
        let why = why.to_owned();
        draft.note(incident.id, Reason::WaitEnded { why });
        align(draft, incident);
    }
}

/// Severity, priority and title by what fires now, and what people said of it as far as it is no
/// worse; all as it was if nothing fires.
fn assess(draft: &mut Draft<'_>, incident: &mut Incident) {
    let Some(front) = draft.firing(incident.id).next() else {
        return;
    };
    let front = front.clone();
    flap::mark(draft, incident);
    incident.hit = hit::count(draft, &front);
    incident.severity = front.severity;
    incident.worst = incident.worst.max(front.severity);
    incident.title = facts::title(draft, incident, &front);
    lift(draft, incident);
    let of_report = incident.report.as_ref();
    let of_report = of_report.and_then(|_| prioritise::of_report(draft, incident.id));
    let weighed = of_report.unwrap_or_else(|| prioritise::of_incident(draft, incident.id, &front));
    let set = incident.set_priority.as_ref();
    let priority = set.map_or(weighed.priority, |set| set.to);
    incident.priority_why = weighed.why;
    incident.weigh_at = weighed.again_at;
    if priority != incident.priority {
        let from = Some(incident.priority);
        let to = priority;
        draft.note(incident.id, Reason::Prioritised { from, to });
        incident.priority = priority;
        if incident.suppressed.is_none() {
            hasten(draft, incident);
        }
    }
}

/// What people said of it ends when it is worse than it ever was when they said so.
fn lift(draft: &mut Draft<'_>, incident: &mut Incident) {
    let severity = incident.severity;
    let worse = || "worse".to_owned();
    let ack = incident.acknowledged.take_if(|ack| severity > ack.severity);
    if ack.is_some() {
        draft.note(incident.id, Reason::AcknowledgementEnded { why: worse() });
        align(draft, incident);
    }
    let waits = incident.waiting.as_ref();
    if waits.is_some_and(|waiting| severity > waiting.severity) {
        wait_no_more(draft, incident, "worse");
    }
    let set = incident.set_priority.take_if(|set| severity > set.severity);
    if set.is_some() {
        draft.note(incident.id, Reason::PriorityFreed { why: worse() });
    }
}

/// A more urgent incident waits no longer than its priority says.
fn hasten(draft: &Draft<'_>, incident: &mut Incident) {
    // A list gathers for its own time, however urgent.
    if incident.phase == Phase::Pending && incident.list.is_none() {
        let timers = route::timers(draft.policy, incident);
        let delay = timers.open_delay.get(&incident.priority).copied();
        let at = incident.started_at.after(delay.unwrap_or_default());
        incident.due = incident.due.map(|due| due.min(at.max(draft.now)));
    }
}

/// Tells of a pending incident if its delay is over and nothing suppresses it.
fn consider_telling(draft: &mut Draft<'_>, incident: &mut Incident, scope: &Scope<'_>) {
    let waits = incident.due.is_some_and(|due| due > draft.now);
    if waits && incident.suppressed.is_none() {
        return;
    }
    let mut held = suppress::of_incident(draft, incident, scope);
    // What would be one ticket is one where it is only observed, too.
    let is_told = match held.as_ref().map(|held| &held.suppression) {
        None => true,
        Some(Suppression::Observe { .. }) => incident.withheld_at.is_none(),
        Some(_) => false,
    };
    if is_told {
        let firing = incident.firing;
        together::instead(draft, incident);
        if incident.phase != Phase::Pending || incident.firing == 0 {
            return;
        }
        // What stays may be held although what left it was not.
        if incident.firing != firing {
            held = suppress::of_incident(draft, incident, &Scope::All);
        }
    }
    match held {
        Some(held) => keep_suppressed(draft, incident, held),
        None => {
            release(draft, incident);
            open(draft, incident);
        }
    }
}

fn open(draft: &mut Draft<'_>, incident: &mut Incident) {
    shift(draft, incident, Cue::Tell);
    align(draft, incident);
    incident.due = None;
    match incident.opened_at {
        None => {
            incident.opened_at = Some(draft.now);
            ledger::count(draft, incident, |account| account.opened += 1);
        }
        Some(_) => tell_again(draft, incident, None),
    }
    let drill = incident.drill.is_some();
    let signals = std::mem::take(&mut incident.uncounted);
    draft.tally(Outcome::Opened, drill, signals.min(1));
    draft.tally(Outcome::Joined, drill, signals.saturating_sub(1));
    escalate::follow(draft, incident);
    escalate::climb(draft, incident);
    tell::open_missing(draft, incident);
}

/// Tells receivers that were added since, unless that is suppressed; then brings all up to date.
fn stay_open(draft: &mut Draft<'_>, incident: &mut Incident, scope: &Scope<'_>) {
    assess(draft, incident);
    escalate::follow(draft, incident);
    let tells_more = tell::is_missing(draft, incident) || escalate::is_due(draft, incident);
    let suppression = match tells_more {
        true => suppress::of_incident(draft, incident, scope),
        false => None,
    };
    match suppression {
        Some(held) => keep_suppressed(draft, incident, held),
        None => {
            release(draft, incident);
            incident.due = None;
            escalate::climb(draft, incident);
            tell::open_missing(draft, incident);
        }
    }
    tell::updates(draft, incident);
}

fn all_clear(draft: &mut Draft<'_>, incident: &mut Incident) {
    wait_no_more(draft, incident, "clear");
    incident.weigh_at = None;
    shift(draft, incident, Cue::AllClear);
    incident.cleared_at = Some(draft.now);
    clear_suppression(incident);
    let delay = facts::close_delay(draft, incident);
    let flaps_until = flap::mark(draft, incident);
    let until = draft.now.after(delay).max(flaps_until.unwrap_or(draft.now));
    incident.due = Some(until);
    if until <= draft.now {
        close(draft, incident, (Cue::StayedClear, Close::Cleared));
    } else {
        draft.note(incident.id, Reason::CloseDelay { until });
    }
}

fn keep_suppressed(draft: &mut Draft<'_>, incident: &mut Incident, held: Held) {
    let Held {
        suppression,
        causes,
    } = held;
    let suppression = suppress::after(suppression, incident.suppressed.as_deref());
    incident.due = suppression.until();
    incident.causes = causes;
    let is_untold = incident.phase == Phase::Pending;
    if is_untold && matches!(suppression, Suppression::Observe { .. }) {
        live::withheld(draft, incident);
    }
    if incident.suppressed.as_deref() != Some(&suppression) {
        incident.suppressed = Some(Box::new(suppression.clone()));
        draft.note(incident.id, Reason::Suppressed { suppression });
    }
}

fn clear_suppression(incident: &mut Incident) {
    incident.suppressed = None;
    incident.causes.clear();
}

fn release(draft: &mut Draft<'_>, incident: &mut Incident) {
    incident.causes.clear();
    if let Some(suppression) = incident.suppressed.take() {
        escalate::resume(incident, draft.now);
        let suppression = *suppression;
        draft.note(incident.id, Reason::Released { suppression });
    }
}

/// What is over before anybody was told is counted with its rule.
fn count_account(draft: &mut Draft<'_>, incident: &Incident) {
    let cause = suppress::counted_as(draft, incident);
    ledger::count(draft, incident, |account| match cause {
        Some(cause) => *account.suppressed.entry(cause.to_owned()).or_default() += 1,
        None => account.transient += 1,
    });
}

/// The firing signals nobody will be told of any more have their outcome now (invariant 8).
fn count_untold(draft: &mut Draft<'_>, incident: &mut Incident) {
    let outcome = match suppress::counted_as(draft, incident) {
        Some(cause) => Outcome::Suppressed(cause),
        None => Outcome::Transient,
    };
    let signals = std::mem::take(&mut incident.uncounted);
    draft.tally(outcome, incident.drill.is_some(), signals);
}

/// Moves an incident by the table; a move that is not in it does not exist.
fn shift(draft: &mut Draft<'_>, incident: &mut Incident, cue: Cue) {
    let from = incident.phase;
    let to = next(from, cue);
    assert!(to.is_some(), "no move from {from:?} by {cue:?}");
    if let Some(to) = to {
        if to == Phase::Open {
            escalate::resume(incident, draft.now);
        }
        incident.phase = to;
        draft.note(incident.id, Reason::Moved { from, to });
    }
}
