//! Decides when an incident about many is over although some still fire: when nine of ten are
//! well, and the rest has had time to be as well.
//!
//! In: an incident about many. Out: it is closed, and each that still fires has an incident of its
//! own, linked to it.

use crate::{Alert, AlertId, Close, Cue, Handling, Incident, IncidentId, Reason, limits};

use super::super::draft::Draft;
use super::super::route::Destination;
use super::super::suppress::Scope;
use super::super::{facts, group, join, lifecycle, merge};
use super::storm;

/// The rest is so small that each is for itself: one of so many.
const REST_IS_ONE_OF: u64 = 10;

/// Sets when the rest is looked at, from when it is small on.
pub(in super::super) fn watch(draft: &Draft<'_>, incident: &mut Incident) {
    let (firing, is_over) = (incident.firing, incident.phase.is_over());
    let patience = facts::close_delay(draft, incident);
    let Some(together) = &mut incident.together else {
        return;
    };
    if together.storm.is_some() {
        together.look_at = together.look_at.filter(|_| !is_over);
        return;
    }
    let is_rest = firing > 0 && u64::from(firing) * REST_IS_ONE_OF <= u64::from(together.joined);
    together.look_at = match is_rest && !is_over {
        true => together.look_at.or(Some(draft.now.after(patience))),
        false => None,
    };
}

/// Divides an incident about many when that is due, so many members at a time.
pub(in super::super) fn look(draft: &mut Draft<'_>, id: IncidentId) {
    let Some(mut incident) = draft.incident(id).cloned() else {
        return;
    };
    let look_at = incident
        .together
        .as_ref()
        .and_then(|together| together.look_at);
    if look_at.is_none_or(|at| at > draft.now) {
        return;
    }
    if incident
        .together
        .as_ref()
        .is_some_and(|together| together.storm.is_some())
    {
        storm::look(draft, incident);
        return;
    }
    let rest = incident.firing;
    let leaving: Vec<AlertId> = draft
        .firing(id)
        .take(limits::MERGED_AT_ONCE_MAX)
        .map(|alert| alert.id)
        .collect();
    for alert in leaving {
        if let Some(alert) = draft.alert(alert).cloned() {
            send_home(draft, alert, &mut incident);
        }
    }
    if incident.firing == 0 {
        if let Some(together) = &mut incident.together {
            together.look_at = None;
        }
        lifecycle::close(draft, &mut incident, (Cue::Divide, Close::Divided { rest }));
    }
    draft.put_incident(incident);
}

/// Gives a member the incident it would have had alone; it counts for no other of many.
pub(super) fn send_home(draft: &mut Draft<'_>, mut alert: Alert, leaves: &mut Incident) {
    alert.begun = None;
    go_home(draft, alert, leaves);
}

/// Gives a member the incident it would have had alone.
pub(in super::super) fn go_home(draft: &mut Draft<'_>, mut alert: Alert, leaves: &mut Incident) {
    let destination = Destination::of_alert(draft.policy, &alert);
    if destination.handling == Handling::Watch {
        // It opens nothing alone.
        leaves.firing -= 1;
        draft.note_alert(&alert, Reason::Watched);
        alert.incident = None;
        draft.put_alert(alert);
        return;
    }
    let group = group::key(draft.policy, &alert, &destination);
    let open = draft
        .newest_of(&group)
        .filter(|newest| !newest.phase.is_over() && join::is_joinable(draft, newest))
        .cloned();
    if let Some(mut open) = open {
        merge::transfer(draft, &alert, leaves, &mut open);
        lifecycle::review(draft, &mut open, &Scope::All);
        draft.put_incident(open);
        return;
    }
    let signals = leaves.uncounted.min(1);
    leaves.uncounted -= signals;
    leaves.firing -= 1;
    let id = draft.new_incident_id();
    draft.note_alert(&alert, Reason::LeftFor { incident: id });
    let new = (group, Some(leaves.id));
    join::alone(draft, id, alert, (&destination, new, signals));
}
