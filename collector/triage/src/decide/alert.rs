//! Decides what a signal about a condition means: an alert begins, changes, or ends.
//!
//! In: "this condition is now firing / ok". Out: the alert as it is now, described by
//! [`enrich`], and through [`join`] and [`lifecycle`] what follows for its incident. Each
//! signal ends as exactly one outcome (invariant 8); one that joins an untold incident is
//! counted with it later.

use std::sync::Arc;
use std::time::Duration;

use crate::{
    About, Alert, AlertSignal, AlertState, Answer, End, Handling, Identity, IncidentId, Outcome,
    Phase, Reason, Says, Severity, Standing, Timestamp, limits,
};

use super::draft::Draft;
use super::flap::{self, Turn};
use super::list::enrolment;
use super::route::Destination;
use super::suppress::{self, Scope, parent};
use super::together::{self, workstations};
use super::{enrich, join, lifecycle, retire, silence, view};
pub(super) use crate::alert::LIVENESS;

/// Says what follows from a signal. From 90 % of `alerts_max` on nothing new is taken.
pub(super) fn decide(draft: &mut Draft<'_>, signal: &AlertSignal, alerts_max: usize) {
    if matches!(signal.says, Says::Firing { .. }) && retire::is_of_retired(draft, &signal.identity)
    {
        draft.tally_signal(Outcome::Rejected("retired"), signal.drill.is_some(), 1);
        return;
    }
    // What one agent sees of a device is not yet what the device is. One that was taken for that
    // by an earlier version keeps its incident.
    let has_incident = |alert: &Alert| alert.is_firing() && alert.incident.is_some();
    if signal.identity.is_view()
        && signal.drill.is_none()
        && !draft.alert_of(&signal.identity).is_some_and(has_incident)
    {
        return view::decide(draft, signal, alerts_max);
    }
    let before = failed_place(draft, &signal.identity);
    change(draft, signal, alerts_max);
    let after = failed_place(draft, &signal.identity);
    if before != after {
        before
            .into_iter()
            .for_each(|place| parent::recovered(draft, &place));
        after
            .into_iter()
            .for_each(|place| parent::failed(draft, &place));
    }
}

/// The place that has failed, if that is what a condition says.
fn failed_place(draft: &Draft<'_>, identity: &Identity) -> Option<String> {
    let alert = draft.alert_now(identity)?;
    let failed = Standing::of(alert) == Some(Standing::Failed);
    alert.place().filter(|_| failed).map(str::to_owned)
}

fn change(draft: &mut Draft<'_>, signal: &AlertSignal, alerts_max: usize) {
    let known = draft.alert_of(&signal.identity).cloned();
    match (&signal.says, known) {
        (
            Says::Firing {
                severity,
                since,
                valid_until,
            },
            known,
        ) => {
            let firing = Firing {
                severity: *severity,
                since: *since,
                valid_until: *valid_until,
            };
            match known {
                Some(alert) if alert.is_firing() => {
                    goes_on(draft, signal, &firing, alert.clone());
                    let now = draft.alert(alert.id).map(|now| &now.explains);
                    if now != Some(&alert.explains) {
                        suppress::explains_no_more(draft, &alert);
                    }
                }
                Some(alert) => begins_again(draft, signal, &firing, alert),
                None => begins(draft, signal, &firing, alerts_max),
            }
        }
        (Says::Ok { end, since }, Some(alert)) if alert.is_firing() => {
            let drill = alert.drill.is_some();
            let at = (*since).min(draft.now);
            let before = alert.clone();
            if let Some(incident) = ended(draft, alert, (at, end.clone()), &signal.about) {
                lifecycle::review_by_id(draft, incident, &Scope::Unchanged);
            }
            suppress::explains_no_more(draft, &before);
            draft.tally_signal(Outcome::Resolved, drill, 1);
        }
        (Says::Ok { .. }, Some(_) | None) => {
            draft.tally_signal(Outcome::Repeated, signal.drill.is_some(), 1);
        }
    }
}

/// What a firing signal says.
struct Firing {
    severity: Severity,
    since: Timestamp,
    valid_until: Option<Timestamp>,
}

impl Firing {
    /// Takes over how long the sender vouches for it.
    fn vouch(&self, now: Timestamp, alert: &mut Alert) {
        alert.valid_until = self.valid_until;
        alert.validity_ms = self
            .valid_until
            .map(|until| u64::try_from(until.since(now).as_millis()).unwrap_or(u64::MAX));
    }
}

fn begins(draft: &mut Draft<'_>, signal: &AlertSignal, firing: &Firing, alerts_max: usize) {
    let room = limits::openings_refused_at(alerts_max);
    if draft.state.alerts().len() >= room {
        draft.tally_signal(Outcome::Rejected("alerts"), signal.drill.is_some(), 1);
        draft.answer(Answer::Full(format!(
            "{room} alerts are kept already (90 % of the bound); new ones are refused until others end"
        )));
        return;
    }
    let (identity, about) = (signal.identity.clone(), Arc::clone(&signal.about));
    let id = draft.new_alert_id();
    let mut alert = Alert {
        starts_at: firing.since,
        drill: signal.drill,
        breach_at: breach(draft.now, &signal.about),
        ..Alert::begins(id, identity, about, firing.severity, draft.now)
    };
    flap::count(draft, &mut alert, Turn::Worse);
    enrich::describe(draft, &mut alert, &signal.about);
    firing.vouch(draft.now, &mut alert);
    let reason = Reason::Fired {
        severity: firing.severity,
        values: signal.about.values.clone(),
    };
    enter(draft, alert, reason);
}

fn begins_again(draft: &mut Draft<'_>, signal: &AlertSignal, firing: &Firing, mut alert: Alert) {
    enrich::describe(draft, &mut alert, &signal.about);
    alert.severity = firing.severity;
    alert.state = AlertState::Firing;
    alert.starts_at = firing.since;
    alert.fresh_at = draft.now;
    alert.breach_at = breach(draft.now, &signal.about);
    alert.drill = signal.drill;
    alert.occurrences = alert.occurrences.saturating_add(1);
    alert.evidence.clear();
    flap::count(draft, &mut alert, Turn::Worse);
    firing.vouch(draft.now, &mut alert);
    let reason = Reason::FiredAgain {
        severity: firing.severity,
        values: signal.about.values.clone(),
    };
    enter(draft, alert, reason);
}

/// Gives an alert that begins to fire its incident, unless it is only watched.
fn enter(draft: &mut Draft<'_>, mut alert: Alert, reason: Reason) {
    let destination = Destination::of_alert(draft.policy, &alert);
    match destination.handling {
        Handling::Watch => {
            if let Some(home) = workstations::home(draft, &mut alert, &destination) {
                let destination = workstations::destination(&destination);
                together::enter(draft, home, alert, (&destination, reason));
                return;
            }
            alert.incident = None;
            draft.note_alert(&alert, reason);
            draft.note_alert(&alert, Reason::Watched);
            draft.tally_signal(Outcome::Watched, alert.drill.is_some(), 1);
            draft.put_alert(alert);
        }
        Handling::Digest | Handling::Ticket | Handling::Page => {
            join::place(draft, alert, &destination, reason);
        }
    }
}

/// A signal about what fires already: worse, better, described otherwise, or nothing new.
fn goes_on(draft: &mut Draft<'_>, signal: &AlertSignal, firing: &Firing, before: Alert) {
    let mut alert = before.clone();
    let is_said_otherwise = *before.said() != *signal.about;
    if is_said_otherwise {
        enrich::describe(draft, &mut alert, &signal.about);
        alert.breach_at = breach(draft.now, &signal.about);
    }
    if firing.severity > alert.severity {
        alert.fresh_at = draft.now;
    }
    alert.severity = firing.severity;
    alert.starts_at = alert.starts_at.min(firing.since);
    let drill = alert.drill.is_some();
    let reason = if alert.severity != before.severity {
        let turn = match alert.severity > before.severity {
            true => Turn::Worse,
            false => Turn::Better,
        };
        flap::count(draft, &mut alert, turn);
        Some(Reason::SeverityChanged {
            from: before.severity,
            to: alert.severity,
            values: signal.about.values.clone(),
        })
    } else if is_said_otherwise {
        // Annotations may carry values: they come often, and are no story of their own.
        (!is_only_words(&before.about, &alert.about)).then_some(Reason::Redescribed)
    } else {
        draft.tally_signal(Outcome::Repeated, drill, 1);
        parent::repeated(draft, &before);
        // Only a later end is worth a write; it is what a restart must know.
        if firing.valid_until > before.valid_until
            && let Some(known) = draft.alert(alert.id)
        {
            alert = known.clone();
            firing.vouch(draft.now, &mut alert);
            draft.put_alert(alert);
        }
        return;
    };
    firing.vouch(draft.now, &mut alert);
    let destination = Destination::of_alert(draft.policy, &alert);
    together::stamp_anew(draft, (&before, &mut alert), &destination);
    if alert.incident.is_none() && destination.handling != Handling::Watch {
        let reason = reason.unwrap_or(Reason::Redescribed);
        join::place(draft, alert, &destination, reason);
        return;
    }
    if let Some(reason) = reason {
        draft.note_alert(&alert, reason);
    }
    draft.tally_signal(Outcome::Updated, drill, 1);
    draft.put_alert(alert.clone());
    follow(draft, &before, &alert, &destination);
    parent::repeated(draft, &alert);
}

/// An alert of the collector's own that fires from now on: the same one again if it is remembered.
pub(super) fn of_our_own(draft: &mut Draft<'_>, identity: Identity, about: Arc<About>) -> Alert {
    let known = draft.alert_of(&identity);
    let known = known.map(|known| (known.id, known.occurrences + 1));
    let (id, occurrences) = known.unwrap_or_else(|| (draft.new_alert_id(), 1));
    Alert {
        occurrences,
        ..Alert::begins(id, identity, about, Severity::Warning, draft.now)
    }
}

/// When the limit is reached, if it is known how long that takes.
fn breach(now: Timestamp, about: &About) -> Option<Timestamp> {
    let left_s = about.value(About::TIME_TO_BREACH)?;
    let left = Duration::try_from_secs_f64(left_s).ok()?;
    Some(now.after(left))
}

/// Whether nothing but the free text that comes with an alert is another.
fn is_only_words(before: &About, after: &About) -> bool {
    before.labels == after.labels
        && before.component == after.component
        && before.handling == after.handling
        && before.event == after.event
        && before.annotations != after.annotations
}

/// What a changed alert means for its incident. Description alone tells nobody anything; it
/// may take an incident out of what suppresses it, though.
fn follow(draft: &mut Draft<'_>, before: &Alert, alert: &Alert, destination: &Destination<'_>) {
    let Some(mut incident) = alert.incident.and_then(|id| draft.incident(id).cloned()) else {
        return;
    };
    if !incident.phase.is_over() && enrolment::stands_out(draft, alert, &mut incident, destination)
    {
        draft.put_incident(incident);
        return;
    }
    let is_pending = incident.phase == Phase::Pending;
    // A device that fails a check may be down by now, or not down any more.
    let is_as_bad =
        alert.severity == before.severity && alert.is_liveness() == before.is_liveness();
    let weighs_the_same = is_as_bad
        && alert.breach_at == before.breach_at
        && alert.about.value(About::TREND) == before.about.value(About::TREND);
    if incident.phase.is_over() || (weighs_the_same && incident.suppressed.is_none() && !is_pending)
    {
        return;
    }
    if is_pending || alert.severity > before.severity {
        join::widen(&mut incident, alert, destination);
    }
    lifecycle::review(draft, &mut incident, &Scope::One(alert));
    if incident.phase.is_standing() && alert.is_liveness() && !before.is_liveness() {
        together::instead(draft, &mut incident);
    }
    draft.put_incident(incident);
}

/// Ends a firing alert. The incident it leaves has to be reviewed.
pub(super) fn ended(
    draft: &mut Draft<'_>,
    mut alert: Alert,
    (at, end): (Timestamp, End),
    last: &About,
) -> Option<IncidentId> {
    let reason = Reason::Ended {
        end: end.clone(),
        values: last.values.clone(),
    };
    alert.state = AlertState::Resolved { at, end };
    flap::count(draft, &mut alert, Turn::Better);
    alert.awaits = None;
    // It stays described as it was when it fired; what was measured at its end is evidence.
    if !last.values.is_empty() && last.values != alert.about.values {
        let mut about = About::clone(&alert.about);
        about.values.clone_from(&last.values);
        alert.about = Arc::new(about);
    }
    silence::alert_ended(draft, &alert);
    let incident = alert.incident.and_then(|id| draft.incident(id).cloned());
    draft.note_alert(&alert, reason);
    match incident {
        Some(mut incident) => {
            incident.firing -= 1;
            if incident.firing == 0 && incident.phase.is_over() {
                incident.cleared_at = Some(draft.now);
            }
            let id = incident.id;
            draft.put_incident(incident);
            draft.put_alert(alert);
            Some(id)
        }
        None => {
            // Its incident was closed by hand and is archived; nothing remembers it now.
            alert.incident = None;
            draft.put_alert(alert);
            None
        }
    }
}
