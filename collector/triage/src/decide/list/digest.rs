//! Decides what stands in a team's digest: what fires, is worth doing and no ticket of its own.
//!
//! In: the time a digest is planned for, or who asks what the next one would say. Out: one
//! incident of the team, in place of the digest before it, whose ticket says where it goes on;
//! none where there is nothing to do, and then the one before it closes. Its only member is an
//! alert of our own: what stands in it stays a member of its own untold incident, so that it is a
//! ticket as soon as it is worth one. What is muted, explained or a shadow does not stand in it.
//! Beside alerts stand exceptions that end soon ([`ending`]) and rules that could be quieter
//! ([`noisy`]). What it says is what was so when it was made: what is new waits for the next one.
//! Once a day it is looked at whether all of it is over; then it closes.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{
    About, Alert, Digest, End, EntityId, Fingerprint, Handling, Identity, Labels, LastDigest,
    ListOf, Listed, Listing, Noisy, Phase, Policy, Priority, Reason, Severity, State, Suppression,
    Team, Timestamp, limits,
};

use super::super::draft::Draft;
use super::super::route::Destination;
use super::super::suppress::{self, Scope};
use super::super::{alert, lifecycle, merge, prioritise};
use super::ending::{self, Ending};
use super::{begin, line, newest, noisy, of_alerts};

/// What stands in a digest.
struct Standing {
    alerts: Vec<Arc<Alert>>,
    ending: Vec<Ending>,
    noisy: Vec<Noisy>,
}

impl Standing {
    /// What does for a team, in a digest that is made now, where the next one is then.
    fn of(draft: &Draft<'_>, team: &str, next: Option<Timestamp>) -> Standing {
        Standing {
            alerts: standing(draft, team),
            ending: ending::of_team(draft, team, next.unwrap_or(draft.now)),
            noisy: noisy::of_team(draft, team),
        }
    }

    /// What there is to do, by what it is known again, and as it reads once it is gone.
    fn entries(&self) -> BTreeMap<Fingerprint, String> {
        let alerts = self.alerts.iter();
        let alerts = alerts.map(|alert| (alert.identity.fingerprint(), line(alert)));
        let ending = self.ending.iter();
        let ending = ending.map(|ending| (ending.known_by, ending.line.clone()));
        let noisy = noisy::helped(&self.noisy);
        let noisy = noisy.map(|(noisy, _)| (noisy::known_by(noisy), noisy::line(noisy)));
        alerts.chain(ending).chain(noisy).collect()
    }

    /// Whether there is nothing to do.
    fn is_empty(&self) -> bool {
        let helped = noisy::helped(&self.noisy).next();
        self.alerts.is_empty() && self.ending.is_empty() && helped.is_none()
    }
}

/// What a digest planned for now would say; none where there is nothing to do.
pub(in super::super) fn preview(
    (state, policy): (&State, &Policy),
    now: Timestamp,
    team: &str,
) -> Option<Listing> {
    let draft = Draft::new(state, now, policy);
    let known = state.digest(team).map(|digest| &digest.entries);
    let next = policy.digests.get(team);
    let stands = Standing::of(&draft, team, next.and_then(|planned| after(planned, now)));
    let before = known.cloned().unwrap_or_default();
    (!stands.is_empty()).then(|| listing(&draft, &stands, &before))
}

/// Follows the policy: each team has its next digest, and who has none is told of none any more.
pub(in super::super) fn follow(draft: &mut Draft<'_>) {
    let (state, policy) = (draft.state, draft.policy);
    for (team, planned) in policy.digests.iter() {
        let known = state.digest(team).map(|digest| Digest::clone(digest));
        let mut digest = known.unwrap_or_else(|| Digest::planned(team, draft.now));
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

/// Makes a digest whose time has come, or looks whether the last one is done.
pub(in super::super) fn turn(draft: &mut Draft<'_>, team: &str) {
    let Some(digest) = draft.state.digest(team).map(|digest| Digest::clone(digest)) else {
        return;
    };
    if digest.next.is_some_and(|next| next <= draft.now) {
        make(draft, digest);
    } else if digest.look_at.is_some_and(|at| at <= draft.now) {
        look(draft, digest);
    }
}

fn make(draft: &mut Draft<'_>, mut digest: Digest) {
    let policy = draft.policy;
    let team = digest.team.clone();
    let planned = policy.digests.get(&team);
    digest.next = planned.and_then(|planned| after(planned, draft.now));
    digest.at = draft.now;
    let owner = policy.teams.iter().find(|known| known.name == team);
    let stands = Standing::of(draft, &team, digest.next);
    match owner.filter(|_| !stands.is_empty()) {
        Some(owner) => {
            let listing = listing(draft, &stands, &digest.entries);
            let incident = open(draft, owner, (&digest, &listing));
            digest.last = Some(LastDigest { incident, listing });
            digest.look_at = Some(draft.now.after(limits::DIGEST_LOOKED_AT_EVERY));
        }
        None => {
            end(draft, &team, End::Recovered);
            digest.last = None;
            digest.look_at = None;
        }
    }
    let entries = stands.entries().into_iter();
    digest.entries = entries.take(limits::DIGEST_ENTRIES_MAX).collect();
    draft.put_digest(digest);
}

/// Closes the last digest if nothing of what it says is left to do.
fn look(draft: &mut Draft<'_>, mut digest: Digest) {
    let stands = Standing::of(draft, &digest.team, digest.next).entries();
    let is_done = digest
        .entries
        .keys()
        .all(|known| !stands.contains_key(known));
    // Of a longer one not all is remembered.
    if is_done && digest.entries.len() < limits::DIGEST_ENTRIES_MAX {
        end(draft, &digest.team, End::Recovered);
        digest.look_at = None;
    } else {
        digest.look_at = Some(draft.now.after(limits::DIGEST_LOOKED_AT_EVERY));
    }
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

/// What a digest says: what to do on which hosts, what else, what is new, what is gone.
fn listing(
    draft: &Draft<'_>,
    stands: &Standing,
    before: &BTreeMap<Fingerprint, String>,
) -> Listing {
    let is_new = |known_by: Fingerprint| !before.contains_key(&known_by);
    let alerts: Vec<&Alert> = stands.alerts.iter().map(|alert| &**alert).collect();
    let mut listing = of_alerts(ListOf::Digest, &alerts, |alert| {
        is_new(alert.identity.fingerprint())
    });
    let now = stands.entries();
    let new = now.keys().filter(|known| is_new(**known)).count();
    let gone = before.iter().filter(|(known, _)| !now.contains_key(known));
    let mut gone: Vec<String> = gone.map(|(_, line)| line.clone()).collect();
    gone.sort();
    listing.title = title(listing.title, stands, [new, now.len() - new, gone.len()]);
    let ending = ending::group(draft, &stands.ending, is_new);
    listing.groups.extend(ending);
    listing.groups.extend(noisy::groups(draft, &stands.noisy));
    if !gone.is_empty() {
        let more = gone.len().saturating_sub(limits::LISTED_LINES_MAX);
        gone.truncate(limits::LISTED_LINES_MAX);
        listing.groups.push(Listed {
            heading: "gone since the last digest".into(),
            says: Vec::new(),
            lines: gone,
            paste: Vec::new(),
            more: u32::try_from(more).unwrap_or(u32::MAX),
        });
    }
    listing
}

/// `3 hosts with disk, 1 exception that ends soon; 1 new, 3 still`
fn title(alerts: String, stands: &Standing, [new, still, gone]: [usize; 3]) -> String {
    let helped = noisy::helped(&stands.noisy).count();
    let parts = [
        Some(alerts).filter(|alerts| !alerts.is_empty()),
        (!stands.ending.is_empty()).then(|| ending::count(stands.ending.len())),
        (helped > 0).then(|| noisy::count(helped)),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let changes = [(new, "new"), (still, "still"), (gone, "gone")];
    let changes = changes.into_iter().filter(|(count, _)| *count > 0);
    let changes: Vec<String> = changes
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    format!("{}; {}", parts.join(", "), changes.join(", "))
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
