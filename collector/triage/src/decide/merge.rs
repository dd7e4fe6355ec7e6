//! Decides what it takes to make two incidents one: the members of the one become members of the
//! other, and its tickets are closed with a word on where it went on.
//!
//! In: two incidents of one owner team. Out: the one is closed as merged, the other has both
//! their members and receivers (invariant 9). No signal is counted twice or lost (invariant 8).
//! Knows nothing of why they are one.

use crate::{Alert, AlertId, Close, Cue, Incident, IncidentId, Outcome, Phase, Reason, limits};

use super::draft::Draft;
use super::group::is_shadow;
use super::route::Destination;
use super::suppress::Scope;
use super::{join, lifecycle};

/// Why two incidents are not made one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// There is no such incident.
    Unknown(IncidentId),
    /// It is merged with itself.
    Itself,
    /// One of them is over.
    Over(IncidentId, Phase),
    /// They belong to different owner teams.
    OtherTeam(String, String),
    /// The one is a drill or a shadow, the other is not.
    NotAlike,
    /// It has more members than move at once (invariant 15).
    TooMany(u32),
}

impl Refusal {
    /// Why, and what can be done instead.
    pub(super) fn words(&self) -> String {
        match self {
            Refusal::Unknown(id) => {
                format!("no incident has the number {id}, or it was archived long after its end")
            }
            Refusal::Itself => "an incident is not merged into itself; name two".into(),
            Refusal::Over(id, phase) => {
                format!(
                    "incident {id} is {} already; only what is not over is merged",
                    phase.as_str()
                )
            }
            Refusal::OtherTeam(one, other) => format!(
                "one belongs to team {one}, the other to team {other}; assign them to one team first"
            ),
            Refusal::NotAlike => {
                "the one is a drill or of a shadow rule, the other is not; they stay apart".into()
            }
            Refusal::TooMany(members) => format!(
                "it has {members} alerts, at most {} move at once; merge the smaller into the larger",
                limits::MERGED_AT_ONCE_MAX
            ),
        }
    }
}

/// Makes `from` part of `into`, and looks again at that. Who says so, and why, is told where it ends.
pub(super) fn merge(
    draft: &mut Draft<'_>,
    (from, into): (IncidentId, IncidentId),
    (by, why): (&str, &str),
) -> Result<(), Refusal> {
    if from == into {
        return Err(Refusal::Itself);
    }
    let find = |id| draft.incident(id).cloned().ok_or(Refusal::Unknown(id));
    let (mut gone, mut stays) = (find(from)?, find(into)?);
    is_allowed(draft, &gone, &stays)?;
    goes_on_at_once(draft, &gone, &mut stays);
    let close = Close::Merged {
        into,
        by: by.to_owned(),
        why: why.to_owned(),
    };
    take_in(draft, (&mut gone, close), &mut stays);
    if let Some(together) = &mut stays.together {
        together.joined += gone.members;
    }
    lifecycle::review(draft, &mut stays, &Scope::All);
    draft.put_incident(stays);
    Ok(())
}

fn is_allowed(draft: &Draft<'_>, gone: &Incident, stays: &Incident) -> Result<(), Refusal> {
    for incident in [gone, stays] {
        if incident.phase.is_over() {
            return Err(Refusal::Over(incident.id, incident.phase));
        }
    }
    if gone.team != stays.team {
        return Err(Refusal::OtherTeam(gone.team.clone(), stays.team.clone()));
    }
    let is_shadowed = |incident: &Incident| {
        let leader = draft.alert(incident.leader);
        leader.is_some_and(|leader| is_shadow(draft.policy, leader))
    };
    if gone.drill != stays.drill || is_shadowed(gone) != is_shadowed(stays) {
        return Err(Refusal::NotAlike);
    }
    match usize::try_from(gone.members) {
        Ok(members) if members <= limits::MERGED_AT_ONCE_MAX => Ok(()),
        Ok(_) | Err(_) => Err(Refusal::TooMany(gone.members)),
    }
}

/// Where a ticket goes on that was told must not wait to be told.
pub(super) fn goes_on_at_once(draft: &Draft<'_>, gone: &Incident, stays: &mut Incident) {
    if stays.phase == Phase::Pending && gone.is_open() && stays.suppressed.is_none() {
        stays.due = Some(draft.now);
    }
}

/// Moves all members of `gone` and closes it, of the collector's own accord; `stays` is left to be
/// reviewed and put.
pub(super) fn absorb(draft: &mut Draft<'_>, gone: &mut Incident, stays: &mut Incident) {
    let close = Close::merged(stays.id);
    take_in(draft, (gone, close), stays);
}

fn take_in(draft: &mut Draft<'_>, (gone, close): (&mut Incident, Close), stays: &mut Incident) {
    // Nothing is known of `stays` but by the draft: what the tickets of `gone` are told names it.
    draft.put_incident(stays.clone());
    let (from, into) = (gone.id, stays.id);
    let signals = std::mem::take(&mut gone.uncounted);
    count_in(draft, stays, signals);
    let firing = gone.firing;
    lifecycle::close(draft, gone, (Cue::Merge, close));
    let all: Vec<AlertId> = {
        let firing = draft.firing(from).map(|alert| alert.id);
        firing
            .chain(draft.clear_members(from).map(|alert| alert.id))
            .collect()
    };
    let members = u32::try_from(all.len()).unwrap_or(u32::MAX);
    for id in all {
        if let Some(alert) = draft.alert(id).cloned() {
            draft.put_alert(Alert {
                incident: Some(into),
                ..alert
            });
        }
    }
    gone.firing = 0;
    draft.put_incident(gone.clone());
    stays.members += members;
    stays.firing += firing;
    stays.started_at = stays.started_at.min(gone.started_at);
    stays.joined_at = stays.joined_at.max(gone.joined_at);
    stays.worst = stays.worst.max(gone.worst);
    stays.handling = stays.handling.max(gone.handling);
    let adds = !stays.is_owners() || stays.receivers.is_empty();
    for receiver in gone.receivers.iter().filter(|_| adds) {
        if !stays.receivers.contains(receiver) {
            stays.receivers.push(receiver.clone());
        }
    }
    draft.note(
        into,
        Reason::MergedFrom {
            incident: from,
            members,
        },
    );
}

/// Moves one member, whose incident goes on without it; both are left to be reviewed and put.
pub(super) fn transfer(
    draft: &mut Draft<'_>,
    alert: &Alert,
    leaves: &mut Incident,
    enters: &mut Incident,
) {
    let signals = leaves.uncounted.min(1);
    leaves.uncounted -= signals;
    count_in(draft, enters, signals);
    draft.note_alert(
        alert,
        Reason::LeftFor {
            incident: enters.id,
        },
    );
    draft.put_alert(Alert {
        incident: Some(enters.id),
        ..alert.clone()
    });
    leaves.members = leaves.members.saturating_sub(1);
    enters.members += 1;
    if let Some(begun) = &alert.begun {
        enters.started_at = enters.started_at.min(begun.at);
    }
    if alert.is_firing() {
        leaves.firing -= 1;
        enters.firing += 1;
    }
    if leaves.leader == alert.id {
        let next = draft.firing(leaves.id).next();
        let next = next.or_else(|| draft.clear_members(leaves.id).next());
        leaves.leader = next.map_or(leaves.leader, |next| next.id);
    }
    let destination = Destination::of_alert(draft.policy, alert);
    join::widen(enters, alert, &destination);
    let members = enters.members;
    draft.note_alert(
        &Alert {
            incident: Some(enters.id),
            ..alert.clone()
        },
        Reason::Joined { members },
    );
}

/// Signals of an untold incident have their outcome with the one they belong to now (invariant 8).
fn count_in(draft: &mut Draft<'_>, stays: &mut Incident, signals: u32) {
    match stays.phase {
        Phase::Pending => stays.uncounted += signals,
        Phase::Open
        | Phase::Acknowledged
        | Phase::Waiting
        | Phase::Resolving
        | Phase::Resolved
        | Phase::Closed => draft.tally(Outcome::Joined, stays.drill.is_some(), signals),
    }
}
