//! Decides what stands in a team's digest: what fires, is worth doing and no ticket of its own.
//!
//! In: the time a digest is planned for, or who asks what the next one would say. Out: one
//! incident of the team, in place of the digest before it, whose ticket says where it goes on;
//! none where there is nothing to do, and then the one before it closes. Its only member is an
//! alert of our own: what stands in it stays a member of its own untold incident, so that it is a
//! ticket as soon as it is worth one. What is muted, explained or a shadow does not stand in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{
    About, Alert, Digest, End, EntityId, Fingerprint, Handling, Identity, Labels, LastDigest,
    ListOf, Listed, Listing, Phase, Policy, Priority, Reason, Severity, State, Suppression, Team,
    Timestamp, limits,
};

use super::super::draft::Draft;
use super::super::route::Destination;
use super::super::suppress::{self, Scope};
use super::super::{alert, lifecycle, merge, prioritise};
use super::{begin, line, newest, of_alerts};

/// What a digest planned for now would say; none where there is nothing to do.
pub(in super::super) fn preview(
    (state, policy): (&State, &Policy),
    now: Timestamp,
    team: &str,
) -> Option<Listing> {
    let draft = Draft::new(state, now, policy);
    let known = state.digest(team).map(|digest| &digest.entries);
    let entries = standing(&draft, team);
    let before = known.cloned().unwrap_or_default();
    (!entries.is_empty()).then(|| listing(&entries, &before))
}

/// Follows the policy: each team has its next digest, and who has none is told of none any more.
pub(in super::super) fn follow(draft: &mut Draft<'_>) {
    let (state, policy) = (draft.state, draft.policy);
    for (team, planned) in policy.digests.iter() {
        let known = state.digest(team).map(|digest| Digest::clone(digest));
        let mut digest = known.unwrap_or_else(|| Digest {
            team: team.clone(),
            at: draft.now,
            next: None,
            entries: BTreeMap::new(),
            last: None,
        });
        // One that is due already was missed, and is made.
        if digest.next.is_none_or(|next| next > draft.now) {
            digest.next = after(planned, draft.now);
        }
        draft.put_digest(digest);
    }
    let gone = state.digests();
    let gone = gone.filter(|digest| !policy.digests.contains_key(&digest.team));
    let gone: Vec<String> = gone.map(|digest| digest.team.clone()).collect();
    for team in gone {
        end(draft, &team, End::RuleRemoved);
        draft.drop_digest(team);
    }
}

/// Makes a digest whose time has come.
pub(in super::super) fn turn(draft: &mut Draft<'_>, team: &str) {
    let known = draft.state.digest(team).map(|digest| Digest::clone(digest));
    let Some(mut digest) = known.filter(|known| known.next.is_some_and(|next| next <= draft.now))
    else {
        return;
    };
    let policy = draft.policy;
    let planned = policy.digests.get(team);
    digest.next = planned.and_then(|planned| after(planned, draft.now));
    digest.at = draft.now;
    let owner = policy.teams.iter().find(|known| known.name == team);
    let entries = standing(draft, team);
    match owner.filter(|_| !entries.is_empty()) {
        Some(owner) => {
            let listing = listing(&entries, &digest.entries);
            let incident = open(draft, owner, (&digest, &listing));
            digest.last = Some(LastDigest { incident, listing });
        }
        None => {
            end(draft, team, End::Recovered);
            digest.last = None;
        }
    }
    digest.entries = entries
        .iter()
        .take(limits::DIGEST_ENTRIES_MAX)
        .map(|alert| (alert.identity.fingerprint(), line(alert)))
        .collect();
    draft.put_digest(digest);
}

/// What an incident of a digest says, as far as it is the last one.
pub(super) fn told(draft: &Draft<'_>, team: &str, incident: crate::IncidentId) -> Option<Listing> {
    let last = draft.digest(team)?.last.as_ref()?;
    (last.incident == incident).then(|| last.listing.clone())
}

fn after(planned: &[Timestamp], now: Timestamp) -> Option<Timestamp> {
    planned.iter().find(|at| **at > now).copied()
}

/// What is worth doing for a team: in the order of the alerts.
fn standing(draft: &Draft<'_>, team: &str) -> Vec<Arc<Alert>> {
    let is_worth_it = |alert: &Alert| {
        let handling = Destination::of_alert(draft.policy, alert).handling;
        match handling {
            Handling::Watch => false,
            Handling::Digest => true,
            Handling::Ticket | Handling::Page => prioritise::of_alert(draft, alert) == Priority::P5,
        }
    };
    let is_its_own = |alert: &Alert| {
        let incident = alert.incident.and_then(|id| draft.incident(id));
        incident.is_some_and(|incident| {
            incident.team == team && incident.phase == Phase::Pending && incident.list.is_none()
        })
    };
    let firing = draft.state.alerts();
    let firing = firing.filter(|alert| alert.is_firing() && alert.drill.is_none());
    let own = firing.filter(|alert| is_its_own(alert) && is_worth_it(alert));
    // What is only observed is decided all the same; the digest itself is what is not told then.
    let is_free = |alert: &Alert| {
        matches!(
            suppress::of_alert(draft, alert),
            None | Some(Suppression::Observe { .. })
        )
    };
    own.filter(|alert| is_free(alert)).cloned().collect()
}

/// What a digest says: what to do on which hosts, what is new, what is gone.
fn listing(entries: &[Arc<Alert>], before: &BTreeMap<Fingerprint, String>) -> Listing {
    let is_new = |alert: &Alert| !before.contains_key(&alert.identity.fingerprint());
    let alerts: Vec<&Alert> = entries.iter().map(|alert| &**alert).collect();
    let mut listing = of_alerts(ListOf::Digest, &alerts, is_new);
    let now: BTreeMap<Fingerprint, ()> = entries
        .iter()
        .map(|alert| (alert.identity.fingerprint(), ()))
        .collect();
    let gone = before.iter().filter(|(known, _)| !now.contains_key(known));
    let mut gone: Vec<String> = gone.map(|(_, line)| line.clone()).collect();
    gone.sort();
    let new = entries.iter().filter(|alert| is_new(alert)).count();
    let changes = [
        (new, "new"),
        (entries.len() - new, "still"),
        (gone.len(), "gone"),
    ];
    let changes = changes.into_iter().filter(|(count, _)| *count > 0);
    let changes: Vec<String> = changes
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    listing.title.push_str(&format!("; {}", changes.join(", ")));
    if !gone.is_empty() {
        let more = gone.len().saturating_sub(limits::LISTED_LINES_MAX);
        gone.truncate(limits::LISTED_LINES_MAX);
        listing.groups.push(Listed {
            heading: "gone since the last digest".into(),
            says: Vec::new(),
            lines: gone,
            more: u32::try_from(more).unwrap_or(u32::MAX),
        });
    }
    listing
}

/// Opens a digest in place of the one before.
fn open(
    draft: &mut Draft<'_>,
    team: &Team,
    (digest, listing): (&Digest, &Listing),
) -> crate::IncidentId {
    let before = newest(draft, ListOf::Digest, &team.name);
    let before = before.filter(|before| !before.phase.is_over()).cloned();
    if before.is_none() {
        // A person closed the last one; what it said is over with it.
        end(draft, &team.name, End::Recovered);
    }
    let now = draft.now;
    let mut list = begin(draft, ListOf::Digest, team, now);
    list.handling = Handling::Digest;
    let id = list.id;
    // Whoever words its ticket finds what it says.
    draft.put_digest(Digest {
        last: Some(LastDigest {
            incident: id,
            listing: listing.clone(),
        }),
        ..digest.clone()
    });
    let front = match before {
        Some(mut before) => {
            list.leader = before.leader;
            merge::absorb(draft, &mut before, &mut list);
            before.leader
        }
        None => {
            let alert = Alert {
                incident: Some(id),
                ..alert_of(draft, team)
            };
            let severity = alert.severity;
            let values = Vec::new();
            draft.note_alert(&alert, Reason::Fired { severity, values });
            (list.firing, list.members, list.leader) = (1, 1, alert.id);
            let front = alert.id;
            draft.put_alert(alert);
            front
        }
    };
    draft.put_incident(list.clone());
    if let Some(front) = draft.alert(front).cloned() {
        let weighed = prioritise::of_incident(draft, id, &front);
        (list.priority, list.priority_why) = (weighed.priority, weighed.why);
    }
    let to = list.priority;
    draft.note(id, Reason::Prioritised { from: None, to });
    draft.note(
        id,
        Reason::DigestMade {
            says: listing.title.clone(),
            next: digest.next,
        },
    );
    lifecycle::review(draft, &mut list, &Scope::All);
    draft.put_incident(list);
    id
}

/// There is nothing to do any more, or nobody to tell.
fn end(draft: &mut Draft<'_>, team: &str, end: End) {
    let Some(known) = own(draft, team).filter(Alert::is_firing) else {
        return;
    };
    let (now, about) = (draft.now, Arc::clone(&known.about));
    if let Some(incident) = alert::ended(draft, known, (now, end), &about) {
        lifecycle::review_by_id(draft, incident, &Scope::Unchanged);
    }
}

fn identity(team: &str) -> Identity {
    let attributes: Labels = [("team", team)].into_iter().collect();
    Identity::of_rule(&EntityId::of_collector(), Identity::DIGEST, &attributes)
}

/// The alert that stands for a team's digest, if it is remembered.
fn own(draft: &Draft<'_>, team: &str) -> Option<Alert> {
    draft.alert_of(&identity(team)).cloned()
}

fn alert_of(draft: &mut Draft<'_>, team: &Team) -> Alert {
    let labels = [
        ("alertname", Identity::DIGEST),
        ("severity", Severity::Warning.as_str()),
        ("team", &team.name),
    ];
    let about = About {
        labels: labels.into_iter().collect(),
        title: format!("what is worth doing for {}", team.name),
        handling: Some(Handling::Digest),
        ..About::default()
    };
    alert::of_our_own(draft, identity(&team.name), Arc::new(about))
}
