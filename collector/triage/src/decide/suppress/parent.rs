//! Decides whether what its place needs to be seen keeps an alert from opening (invariant 12).
//!
//! A child of what has failed opens nothing. Whoever begins to fire waits until what it needs
//! was seen, so that it makes no difference which of two failures is noticed first. After what
//! it needs came back the child has a grace, and must say it anew. In: an alert that begins,
//! a word that was heard, a place that failed or came back. Out: what the alert awaits, and
//! through [`lifecycle`] what follows for its incident.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::{
    Alert, AlertId, Awaited, Awaits, Heard, Host, IncidentId, Looked, Standing, Suppression,
    Timestamp, limits,
};

use super::super::concern::placed;
use super::super::draft::Draft;
use super::super::lifecycle;
use super::super::place::{self, Health, Lack};
use super::Scope;
use super::subscribe::{back_lately, grace, no_data, unseen, word_within};

/// What its place needs and what it waits for because of that.
pub(super) fn of_alert(draft: &Draft<'_>, alert: &Alert) -> Option<Suppression> {
    let name = placed(draft.policy, alert)?;
    if let Some(lack) = place::lacks(draft, name) {
        return by_lack(draft, alert, (name, lack));
    }
    let awaits = alert.awaits.as_ref()?;
    let until = awaits.until?;
    Some(match &awaits.what {
        Awaited::Seen { groups } => Suppression::ParentUnseen {
            place: other_than(groups.first()?, name)?,
            until,
        },
        // What has failed is not in its way any more.
        Awaited::Return { .. } => return None,
        Awaited::Grace { place, .. } | Awaited::Afresh { place } => Suppression::Recovering {
            place: Arc::clone(place),
            until,
        },
    })
}

fn by_lack(draft: &Draft<'_>, alert: &Alert, (name, lack): (&str, Lack)) -> Option<Suppression> {
    let held_since = match &alert.awaits {
        Some(awaits) => lack.since.max(awaits.since),
        None => lack.since,
    };
    let proof = |since: Timestamp| since.max(held_since).after(limits::PROOF_OF_LIFE);
    let until = place::seen_since(draft, name).map(proof);
    if until.is_some_and(|until| until <= draft.now) {
        return None;
    }
    let until = until.into_iter().chain(lack.until).min();
    let mut places = lack.places.into_iter();
    Some(Suppression::Parent {
        place: places.next()?,
        beside: places.collect(),
        on_purpose: lack.on_purpose,
        until,
    })
}

/// What an alert awaits that begins to fire.
pub(in crate::decide) fn begins(draft: &Draft<'_>, alert: &Alert) -> Option<Awaits> {
    let name = placed(draft.policy, alert)?;
    draft.policy.topology.place(name)?;
    let now = draft.now;
    if let Some(Lack { places, .. }) = place::lacks(draft, name) {
        return Some(Awaits {
            what: Awaited::Return { places },
            since: now,
            until: None,
        });
    }
    if let Some((place, back_at)) = back_lately(draft, name) {
        let until = back_at.after(grace(draft, alert, &place));
        if until > now {
            let afresh = false;
            return Some(Awaits {
                what: Awaited::Grace { place, afresh },
                since: now,
                until: Some(until),
            });
        }
    }
    let groups = unseen(draft, alert, name);
    let longest = groups.iter().flatten().map(|name| no_data(draft, name));
    let longest = longest.max()?.min(limits::AWAITED_AT_MOST);
    Some(Awaits {
        what: Awaited::Seen { groups },
        since: now,
        until: Some(now.after(longest)),
    })
}

/// A host reports, and looked at devices, for which somebody waits.
pub(in crate::decide) fn observed(
    draft: &mut Draft<'_>,
    host: &Host,
    (at, looked): (Timestamp, &[Looked]),
) {
    let mut affected = BTreeSet::new();
    let name: Arc<str> = Arc::from(host.facts.name.as_str());
    // Another host that claims the name says nothing of this one.
    if draft
        .host_named(&name)
        .is_some_and(|owner| owner.id == host.id)
    {
        is_seen(draft, &name, at, &mut affected);
    }
    says_again(draft, Heard::Host(host.id.clone()), at, &mut affected);
    for looked in looked {
        if looked.well {
            is_seen(draft, &looked.device, at, &mut affected);
        }
        let heard = Heard::Device(Arc::clone(&looked.device));
        says_again(draft, heard, at, &mut affected);
    }
    review(draft, affected);
}

/// The sender of an alert repeats it.
pub(in crate::decide) fn repeated(draft: &mut Draft<'_>, alert: &Alert) {
    if !alert.listens_for().contains(&Heard::Repeat) {
        return;
    }
    let mut affected = BTreeSet::new();
    said_again(draft, alert.id, draft.now, &mut affected);
    review(draft, affected);
}

/// What an alert awaits is over by time.
pub(in crate::decide) fn time_is_up(draft: &mut Draft<'_>, id: AlertId) {
    let Some(mut alert) = draft.alert(id).cloned() else {
        return;
    };
    let Some(awaits) = alert.awaits.take() else {
        return;
    };
    if awaits.until.is_none_or(|until| until > draft.now) {
        return;
    }
    let lack = placed(draft.policy, &alert).and_then(|name| place::lacks(draft, name));
    let awaits = match (awaits.what, lack) {
        (_, Some(Lack { places, .. })) => Some(Awaits {
            what: Awaited::Return { places },
            since: draft.now,
            until: None,
        }),
        (
            Awaited::Grace {
                place,
                afresh: true,
            },
            None,
        ) => Some(Awaits {
            what: Awaited::Afresh { place },
            since: awaits.since,
            until: Some(draft.now.after(word_within(draft, &alert))),
        }),
        (
            Awaited::Seen { .. }
            | Awaited::Return { .. }
            | Awaited::Grace { afresh: false, .. }
            | Awaited::Afresh { .. },
            None,
        ) => None,
    };
    alert.awaits = awaits.map(Box::new);
    let incident = alert.incident;
    draft.put_alert(alert);
    review(draft, incident.into_iter().collect());
}

/// A place has failed, or went down on purpose: what needs it opens nothing any more, and what is
/// open already has a suspected cause.
pub(in crate::decide) fn failed(draft: &mut Draft<'_>, name: &str) {
    let mut affected = BTreeSet::new();
    let waiting: Vec<AlertId> = awaiting(draft, name);
    for id in waiting {
        hold(draft, id, &mut affected);
    }
    let topology = Arc::clone(&draft.policy.topology);
    let suspect: Arc<str> = Arc::from(name);
    let has_failed = match place::health(draft, name) {
        Health::Failed(_) => true,
        Health::Available | Health::Irrelevant(_) => false,
    };
    for child in topology.dependents(name) {
        let firing = |standing| draft.alerts_at(child, standing);
        let mut firing = [firing(Standing::Failed), firing(Standing::Fires)].concat();
        firing.retain(|alert| alert.awaits.is_none());
        let firing: Vec<(AlertId, Option<IncidentId>)> = firing
            .iter()
            .map(|alert| (alert.id, alert.incident))
            .collect();
        if firing.is_empty() || place::lacks(draft, child).is_none() {
            continue;
        }
        for (id, incident) in firing {
            hold(draft, id, &mut affected);
            if let Some(incident) = incident.filter(|_| has_failed) {
                lifecycle::suspect(draft, incident, &suspect);
            }
        }
    }
    review(draft, affected);
}

/// A place is back: what needs it has a grace, and what began before must be said anew.
pub(in crate::decide) fn recovered(draft: &mut Draft<'_>, name: &str) {
    let mut affected = BTreeSet::new();
    let back: Arc<str> = Arc::from(name);
    let held: Vec<AlertId> = awaiting(draft, name);
    for id in held {
        let Some(mut alert) = draft.alert(id).cloned() else {
            continue;
        };
        let is_held = alert
            .awaits
            .as_ref()
            .is_some_and(|awaits| match awaits.what {
                Awaited::Return { .. } => true,
                Awaited::Seen { .. } | Awaited::Grace { .. } | Awaited::Afresh { .. } => false,
            });
        let Some(place) = placed(draft.policy, &alert).filter(|_| is_held) else {
            continue;
        };
        match place::lacks(draft, place) {
            Some(Lack { places, .. }) => {
                if let Some(awaits) = &mut alert.awaits {
                    awaits.what = Awaited::Return { places };
                }
            }
            None => {
                let afresh = !alert.is_liveness();
                let place = Arc::clone(&back);
                alert.awaits = Some(Box::new(Awaits {
                    what: Awaited::Grace { place, afresh },
                    since: draft.now,
                    until: Some(draft.now.after(grace(draft, &alert, name))),
                }));
            }
        }
        affected.extend(alert.incident);
        draft.put_alert(alert);
    }
    let topology = Arc::clone(&draft.policy.topology);
    for child in topology.dependents(name) {
        let firing = draft.alerts_at(child, Standing::Fires);
        let firing = firing
            .into_iter()
            .chain(draft.alerts_at(child, Standing::Failed));
        let incidents: BTreeSet<IncidentId> = firing.filter_map(|alert| alert.incident).collect();
        for incident in incidents {
            lifecycle::suspect_no_more(draft, incident, name);
        }
    }
    review(draft, affected);
}

/// A host is back that was silent or away: what fires on it is looked at again, for it may not
/// need what has failed.
pub(in crate::decide) fn is_back(draft: &mut Draft<'_>, name: &str) {
    let firing = draft.alerts_at(name, Standing::Fires);
    let incidents = firing.into_iter().filter(|alert| alert.awaits.is_some());
    let incidents = incidents.filter_map(|alert| alert.incident).collect();
    review(draft, incidents);
}

/// Tells those whose failure holds this alert that one more place is hit.
pub(in crate::decide) fn count_hit(draft: &mut Draft<'_>, alert: &Alert) {
    let Some(Awaited::Return { places }) = alert.awaits.as_ref().map(|awaits| &awaits.what) else {
        return;
    };
    let mut incidents = BTreeSet::new();
    for place in places {
        let failed = draft.alerts_at(place, Standing::Failed);
        incidents.extend(failed.into_iter().filter_map(|alert| alert.incident));
    }
    for id in incidents {
        lifecycle::review_by_id(draft, id, &Scope::Unchanged);
    }
}

fn awaiting(draft: &Draft<'_>, name: &str) -> Vec<AlertId> {
    let waiting = draft.awaiting(name).into_iter();
    waiting.map(|alert| alert.id).collect()
}

/// Marks an alert as held by what its place lacks now, if it lacks anything.
fn hold(draft: &mut Draft<'_>, id: AlertId, affected: &mut BTreeSet<IncidentId>) {
    let Some(mut alert) = draft.alert(id).filter(|alert| alert.is_firing()).cloned() else {
        return;
    };
    let Some(Lack { places, .. }) =
        placed(draft.policy, &alert).and_then(|name| place::lacks(draft, name))
    else {
        return;
    };
    alert.awaits = Some(Box::new(Awaits {
        what: Awaited::Return { places },
        since: draft.now,
        until: None,
    }));
    affected.extend(alert.incident);
    draft.put_alert(alert);
}

/// A place is seen: of its groups nothing more is waited for.
fn is_seen(
    draft: &mut Draft<'_>,
    name: &Arc<str>,
    at: Timestamp,
    affected: &mut BTreeSet<IncidentId>,
) {
    let waiting = draft.state.listening(Heard::Place(Arc::clone(name)));
    let waiting: Vec<AlertId> = waiting.map(|alert| alert.id).collect();
    for id in waiting {
        let Some(mut alert) = draft.alert(id).cloned() else {
            continue;
        };
        let Some(Awaits {
            what: Awaited::Seen { groups },
            since,
            ..
        }) = alert.awaits.as_deref_mut()
        else {
            continue;
        };
        if at < *since {
            continue;
        }
        groups.retain(|group| !group.contains(name));
        if groups.is_empty() {
            alert.awaits = None;
            affected.extend(alert.incident);
        }
        draft.put_alert(alert);
    }
}

fn says_again(
    draft: &mut Draft<'_>,
    heard: Heard,
    at: Timestamp,
    affected: &mut BTreeSet<IncidentId>,
) {
    let waiting = draft.state.listening(heard);
    let waiting: Vec<AlertId> = waiting.map(|alert| alert.id).collect();
    for id in waiting {
        said_again(draft, id, at, affected);
    }
}

/// Whoever says it says so again since what it needs came back.
fn said_again(
    draft: &mut Draft<'_>,
    id: AlertId,
    at: Timestamp,
    affected: &mut BTreeSet<IncidentId>,
) {
    let Some(mut alert) = draft.alert(id).cloned() else {
        return;
    };
    let Some(awaits) = alert.awaits.as_mut().filter(|awaits| at >= awaits.since) else {
        return;
    };
    match &mut awaits.what {
        Awaited::Grace { afresh, .. } => *afresh = false,
        Awaited::Afresh { .. } => alert.awaits = None,
        Awaited::Seen { .. } | Awaited::Return { .. } => return,
    }
    affected.extend(alert.incident);
    draft.put_alert(alert);
}

fn review(draft: &mut Draft<'_>, incidents: BTreeSet<IncidentId>) {
    for id in incidents {
        lifecycle::review_by_id(draft, id, &Scope::All);
    }
}

/// A group names its own place last; people are told of the others.
fn other_than(group: &[Arc<str>], name: &str) -> Option<Arc<str>> {
    let mut others = group.iter().filter(|place| ***place != *name);
    others.next().or(group.first()).cloned()
}
