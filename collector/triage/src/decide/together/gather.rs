//! Decides how an incident about many is made: of an alert that begins or is about to be told,
//! and of what there is already.
//!
//! In: the alerts. Out: they are members of one incident. An incident of which they were all that
//! fires is merged into it; another goes on without them. What was closed within `reopen_within`
//! is opened again instead.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Alert, AlertId, Incident, IncidentId, Outcome, Phase, Reason, Storm, Together, TogetherOf,
    limits,
};

use super::super::draft::Draft;
use super::super::route::Destination;
use super::super::suppress::Scope;
use super::super::{concern, join, lifecycle, merge, prioritise};
use super::{Founding, Home, key, known, of, shared, storm};

/// Makes one of an alert that begins and others.
pub(super) fn around(
    draft: &mut Draft<'_>,
    alert: Alert,
    founding: Founding,
    (destination, reason): (&Destination<'_>, Reason),
) {
    let destination = &concern::destination(draft.policy, &alert, destination);
    let mut incident = make(draft, &alert, &founding, destination);
    match incident.phase {
        Phase::Resolved => draft.tally_signal(Outcome::Opened, false, 1),
        Phase::Pending
        | Phase::Open
        | Phase::Acknowledged
        | Phase::Waiting
        | Phase::Resolving
        | Phase::Closed => incident.uncounted += draft.counts(),
    }
    join::enter(draft, &mut incident, alert, (destination, reason));
    finish(draft, incident, &founding.others);
}

/// Takes an alert that people would be told of alone, and others, into one.
pub(super) fn instead(draft: &mut Draft<'_>, alert: &Alert, home: Home) {
    match home {
        Home::Member(id) => {
            if let Some(incident) = draft.incident(id).cloned() {
                finish(draft, incident, &[alert.id]);
            }
        }
        Home::Founds(mut founding) => {
            let own = Destination::of_alert(draft.policy, alert);
            let destination = concern::destination(draft.policy, alert, &own);
            let incident = make(draft, alert, &founding, &destination);
            founding.others.push(alert.id);
            finish(draft, incident, &founding.others);
        }
    }
}

/// An incident about many that has no members yet, or had and is opened again.
fn make(
    draft: &mut Draft<'_>,
    alert: &Alert,
    Founding { begun, others }: &Founding,
    destination: &Destination<'_>,
) -> Incident {
    let before = known(draft, begun).cloned();
    let first = others
        .first()
        .and_then(|first| draft.alert(*first).cloned());
    let first = first.unwrap_or_else(|| alert.clone());
    let of = of(draft.policy, begun, &first);
    let is_same = matches!(of, TogetherOf::SameRule { .. });
    let together = Together {
        of,
        joined: 0,
        look_at: None,
        is_owners: is_same && concern::thing(draft.policy, &first).is_some(),
        storm: None,
    };
    let places = places(draft, alert, others);
    let mut incident = match before {
        Some(before) if join::is_recent(draft, &before) => before,
        before => {
            let id = draft.new_incident_id();
            let new = (key(begun), before.map(|before| before.id));
            let weighed = prioritise::of_many(draft, places, &first);
            join::bare(draft, (id, &first), destination, (new, weighed))
        }
    };
    incident.leader = first.id;
    incident.title = shared::title_of(&together.of, places, &first, &first);
    let of = together.of.clone();
    let mut together = together;
    if storm::is_storm(&of) {
        together.look_at = Some(storm::first_look(draft));
        together.storm = Some(Storm::default());
    }
    let is_owners = together.is_owners;
    incident.together = Some(Box::new(together));
    if is_owners {
        join::widen(&mut incident, &first, destination);
    }
    draft.note(incident.id, Reason::Together { of, places });
    incident
}

fn places(draft: &Draft<'_>, alert: &Alert, others: &[AlertId]) -> u32 {
    let others = others.iter().filter_map(|id| draft.alert(*id));
    let places: BTreeSet<&str> = others
        .chain([alert])
        .map(|alert| alert.identity.place())
        .collect();
    u32::try_from(places.len()).unwrap_or(u32::MAX)
}

/// Takes what there is into it, then looks at all that is another now.
fn finish(draft: &mut Draft<'_>, mut incident: Incident, others: &[AlertId]) {
    let left = take_in(draft, &mut incident, others);
    let id = incident.id;
    draft.put_incident(incident);
    for other in left {
        lifecycle::review_by_id(draft, other, &Scope::All);
    }
    let Some(mut incident) = draft.incident(id).cloned() else {
        return;
    };
    if incident.phase == Phase::Resolved {
        lifecycle::reopen(draft, &mut incident);
    }
    lifecycle::review(draft, &mut incident, &Scope::All);
    draft.put_incident(incident);
}

/// Says which incidents go on without what they gave.
fn take_in(draft: &mut Draft<'_>, incident: &mut Incident, others: &[AlertId]) -> Vec<IncidentId> {
    let mut by_incident: BTreeMap<IncidentId, Vec<Alert>> = BTreeMap::new();
    let mut watched = Vec::new();
    for alert in others.iter().filter_map(|id| draft.alert(*id)) {
        match alert.incident {
            Some(of) if of != incident.id => by_incident.entry(of).or_default().push(alert.clone()),
            Some(_) => {}
            None => watched.push(alert.clone()),
        }
    }
    for alert in watched {
        enlist(draft, incident, alert);
    }
    let mut left = Vec::new();
    for (id, alerts) in by_incident {
        let Some(mut other) = draft.incident(id).cloned() else {
            continue;
        };
        let count = u32::try_from(alerts.len()).unwrap_or(u32::MAX);
        if let Some(together) = &mut incident.together {
            together.joined += count;
            if let Some(storm) = &mut together.storm {
                alerts
                    .iter()
                    .for_each(|alert| storm::remember(storm, alert));
            }
        }
        let is_small = usize::try_from(other.members)
            .is_ok_and(|members| members <= limits::MERGED_AT_ONCE_MAX);
        merge::goes_on_at_once(draft, &other, incident);
        if other.firing == count && is_small {
            merge::absorb(draft, &mut other, incident);
            continue;
        }
        for alert in &alerts {
            merge::transfer(draft, alert, &mut other, incident);
        }
        draft.put_incident(other);
        left.push(id);
    }
    left
}

/// Makes a member of an alert that was only watched: its signal was counted as that.
fn enlist(draft: &mut Draft<'_>, incident: &mut Incident, mut alert: Alert) {
    alert.incident = Some(incident.id);
    incident.members += 1;
    incident.firing += 1;
    if let Some(together) = &mut incident.together {
        together.joined += 1;
    }
    if let Some(begun) = &alert.begun {
        incident.started_at = incident.started_at.min(begun.at);
    }
    let members = incident.members;
    draft.note_alert(&alert, Reason::Joined { members });
    draft.put_alert(alert);
}
