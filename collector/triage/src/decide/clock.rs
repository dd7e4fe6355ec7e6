//! Decides what time that did not really pass means: the collector was down, or its clock
//! was set.
//!
//! In: how long it was down, or by how much the clock jumped. Out: whatever waits keeps the
//! time it had left (invariant 14). What people gave an end by the clock (silences) keeps
//! it. Timers that were due before stay due.

use std::sync::Arc;
use std::time::Duration;

use crate::{
    Alert, AlertId, Climb, Host, Incident, IncidentId, Phase, Reason, Suppression, Timestamp,
    limits,
};

use super::draft::Draft;
use super::list::enrolment;

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
    shift_climbs(draft, |climb, now| {
        climb.not_before = climb.not_before.max(now.after(limits::LOOKS_AROUND));
    });
    enrol_anew(draft, down_since);
}

/// What was measured on a host in its first rounds, and had not lasted long enough, is measured anew
/// from now on: it was found at its enrolment all the same.
fn enrol_anew(draft: &mut Draft<'_>, down_since: Timestamp) {
    let enrols = |host: &&Arc<Host>| host.enrols_until.is_some_and(|until| until > down_since);
    let enrolling: Vec<Host> = draft
        .state
        .hosts()
        .filter(enrols)
        .map(|host| Host::clone(host))
        .collect();
    for mut host in enrolling {
        host.enrols_until = Some(enrolment::lasts_until(draft.now, host.interval_s));
        draft.put_host(host);
    }
}

/// Time jumped forward with the machine's clock. A clock that is set back moves nothing: time
/// does not follow it (invariant 1).
pub(super) fn stepped(draft: &mut Draft<'_>, by_ms: i64) {
    let Some(by) = u64::try_from(by_ms).ok().filter(|by_ms| *by_ms > 0) else {
        return;
    };
    let later = |due: Timestamp| due.after(Duration::from_millis(by));
    draft.note_host(None, Reason::ClockStepped { by_ms });
    shift(draft, later, &Reason::ClockStepped { by_ms });
    shift_breaches(draft, &later);
    shift_climbs(draft, |climb, _| {
        climb.due = climb.due.map(later);
        climb.not_before = later(climb.not_before);
    });
    // Unlike while the collector was down, nobody had this time to come back in.
    let enrols = |host: &Host| host.enrols_until.map(later) > Some(draft.now);
    let counts = |host: &&Arc<Host>| host.away.is_some() || enrols(host);
    let hosts = draft.state.hosts().filter(counts);
    let counting: Vec<Host> = hosts.map(|host| Host::clone(host)).collect();
    for mut host in counting {
        if host.enrols_until.map(later) > Some(draft.now) {
            host.enrols_until = host.enrols_until.map(later);
        }
        if let Some(away) = &mut host.away {
            away.until = away.until.map(later);
        }
        draft.put_host(host);
    }
}

/// What was due while the collector was down is told late, one step at a time, and counted so;
/// nobody is told at once who need not be.
fn shift_climbs(draft: &mut Draft<'_>, shift: impl Fn(&mut Climb, Timestamp)) {
    let incidents = draft.state.incidents();
    let climbing = incidents.filter(|incident| incident.escalation.is_some());
    let climbing: Vec<IncidentId> = climbing.map(|incident| incident.id).collect();
    for id in climbing {
        if let Some(mut incident) = draft.incident(id).cloned() {
            let now = draft.now;
            let known = incident.escalation.iter_mut();
            known
                .flat_map(|known| &mut known.climbs)
                .for_each(|climb| shift(climb, now));
            draft.put_incident(incident);
        }
    }
}

/// Limits come no nearer by a step; while the collector was down they did.
fn shift_breaches(draft: &mut Draft<'_>, to: &impl Fn(Timestamp) -> Timestamp) {
    let alerts = draft.state.alerts();
    let nearing = alerts.filter(|alert| alert.breach_at.is_some());
    let nearing: Vec<AlertId> = nearing.map(|alert| alert.id).collect();
    for id in nearing {
        if let Some(mut alert) = draft.alert(id).cloned() {
            alert.breach_at = alert.breach_at.map(to);
            draft.put_alert(alert);
        }
    }
    let incidents = draft.state.incidents();
    let weighed = incidents.filter(|incident| incident.weigh_at.is_some());
    let weighed: Vec<IncidentId> = weighed.map(|incident| incident.id).collect();
    for id in weighed {
        if let Some(mut incident) = draft.incident(id).cloned() {
            incident.weigh_at = incident.weigh_at.map(to);
            draft.put_incident(incident);
        }
    }
}

/// What waits whether something explains it has its time left as well.
fn shift_settling(draft: &mut Draft<'_>, to: &impl Fn(Timestamp) -> Timestamp) {
    let is_settling = |incident: &&Arc<Incident>| {
        matches!(
            incident.suppressed.as_deref(),
            Some(Suppression::Settling { .. })
        )
    };
    let incidents = draft.state.suppressed().filter(is_settling);
    let members = incidents.flat_map(|incident| draft.state.firing(incident.id));
    let members: Vec<AlertId> = members.map(|alert| alert.id).collect();
    for id in members {
        if let Some(mut alert) = draft.alert(id).cloned() {
            let until = alert.fresh_at.after(limits::SETTLE);
            alert.fresh_at = alert.fresh_at.after(to(until).since(until));
            draft.put_alert(alert);
        }
    }
}

fn shift(draft: &mut Draft<'_>, to: impl Fn(Timestamp) -> Timestamp, reason: &Reason) {
    // Nobody could see whether it turned.
    let flapping = draft.state.flapping().map(|alert| Alert::clone(alert));
    for mut alert in flapping.collect::<Vec<_>>() {
        if let Some(flap) = &mut alert.turns.flap {
            flap.until = to(flap.until);
        }
        draft.put_alert(alert);
    }
    shift_settling(draft, &to);
    let awaiting: Vec<Alert> = draft
        .state
        .all_awaiting()
        .map(|alert| Alert::clone(alert))
        .collect();
    for mut alert in awaiting {
        if let Some(awaits) = &mut alert.awaits {
            // Nobody was heard while nobody listened.
            awaits.since = awaits.since.max(draft.now);
            awaits.until = awaits.until.map(&to);
        }
        draft.put_alert(alert);
    }
    let waiting: Vec<IncidentId> = draft
        .state
        .incidents()
        .filter(|incident| {
            has_delay(incident)
                || incident.acknowledged.is_some()
                || incident.together.is_some()
                || is_closed_by_hand(incident)
        })
        .map(|incident| incident.id)
        .collect();
    for id in waiting {
        let Some(mut incident) = draft.incident(id).cloned() else {
            continue;
        };
        if has_delay(&incident) {
            incident.due = incident.due.map(&to);
        }
        if let Some(together) = &mut incident.together {
            together.look_at = together.look_at.map(&to);
        }
        if let Some(ack) = &mut incident.acknowledged {
            ack.until = to(ack.until);
        }
        if let Some(by_hand) = &mut incident.closed_by_hand {
            by_hand.again_at = by_hand.again_at.map(&to);
            incident.due = incident.due.max(by_hand.again_at);
        }
        draft.note(id, reason.clone());
        draft.put_incident(incident);
    }
}

/// Whether it waits to be opened again, because a person closed it while it fires.
fn is_closed_by_hand(incident: &Incident) -> bool {
    let by_hand = incident.closed_by_hand.as_deref();
    by_hand.is_some_and(|by_hand| by_hand.again_at.is_some())
}

/// Whether its open or close delay runs.
fn has_delay(incident: &Incident) -> bool {
    match incident.phase {
        Phase::Pending => incident.suppressed.is_none(),
        Phase::Resolving => true,
        Phase::Open | Phase::Acknowledged | Phase::Waiting | Phase::Resolved | Phase::Closed => {
            false
        }
    }
}
