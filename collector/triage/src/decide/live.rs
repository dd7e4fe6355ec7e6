//! Decides who is live: of what people are told, and what is only decided and shown.
//!
//! In: a person who rules so, or a policy of another mode. Out: the ruling; what was only observed
//! and holds still is told now, what has cleared never is. Up to [`limits::GO_LIVE_APART_MAX`] of a
//! team are tickets as always; of more, what is critical or pages is, and the rest is one list: whoever
//! goes live is not flooded. Who goes back keeps the tickets that are open, to their end (invariant 7).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{
    Actor, Alert, Answer, DeliverMode, Handling, Incident, IncidentId, ListOf, LiveOf, Phase,
    Reason, Ruled, Ruling, Severity, Suppression, limits,
};

use super::command::is_sound;
use super::draft::Draft;
use super::route::Destination;
use super::suppress::{self, Scope};
use super::{lifecycle, list, merge};

/// Rules that something is live, or only observed again.
pub(super) fn rule(
    draft: &mut Draft<'_>,
    by: &Actor,
    (of, live): (&LiveOf, bool),
    why: &str,
) -> Result<Answer, Answer> {
    is_sound(why, "a reason")?;
    is_known(draft, of)?;
    let before = draft.ruling(&of.id()).map(|ruling| ruling.says.clone());
    let over = draft.policy.mode;
    let says = Ruled::Live {
        of: of.clone(),
        live,
        over,
    };
    let is_so = match (of, &before) {
        (_, Some(before)) => *before == says,
        (LiveOf::Everything, None) => live == (over == DeliverMode::Live),
        (_, None) => false,
    };
    if is_so {
        let so = if live { "live" } else { "only observed" };
        let what = of.words();
        return Err(Answer::Conflict(format!("{what} is {so} already")));
    }
    draft.put_ruling(Ruling {
        id: of.id(),
        by: by.name.clone(),
        at: draft.now,
        why: why.to_owned(),
        says,
    });
    let reason = Reason::LiveRuled {
        by: by.name.clone(),
        of: of.words(),
        live,
        why: why.to_owned(),
    };
    draft.note_host(None, reason);
    release(draft);
    Ok(Answer::Done)
}

fn is_known(draft: &Draft<'_>, of: &LiveOf) -> Result<(), Answer> {
    let policy = draft.policy;
    let names: Vec<&str> = match of {
        LiveOf::Everything => return Ok(()),
        LiveOf::Team(name) => {
            let teams = policy.teams.iter();
            if teams.clone().any(|team| *team.name == **name) {
                return Ok(());
            }
            teams.map(|team| team.name.as_str()).collect()
        }
        LiveOf::Rule(name) if policy.rules.contains_key(name) => return Ok(()),
        LiveOf::Rule(_) => policy.rules.keys().map(|rule| &**rule).collect(),
    };
    Err(Answer::NotFound(format!(
        "there is no {}; there are {}",
        of.words(),
        names.join(", ")
    )))
}

/// What was ruled of everything over another mode of the policy stands no more.
pub(super) fn follow_mode(draft: &mut Draft<'_>) {
    let id = LiveOf::Everything.id();
    let known = draft.ruling(&id).map(|ruling| ruling.says.clone());
    if let Some(Ruled::Live { over, live, .. }) = known
        && over != draft.policy.mode
    {
        draft.drop_ruling(id);
        let reason = Reason::LiveRuled {
            by: "the policy".into(),
            of: LiveOf::Everything.words(),
            live: draft.policy.mode == DeliverMode::Live,
            why: match live == (draft.policy.mode == DeliverMode::Live) {
                true => String::new(),
                false => "its mode is another now".into(),
            },
        };
        draft.note_host(None, reason);
    }
}

/// Why an alert is only shown.
pub(super) fn of_alert(draft: &Draft<'_>, alert: &Alert) -> Option<Suppression> {
    let is_ruled = draft.is_live_ruled();
    let is_live = match is_ruled {
        false => draft.policy.mode == DeliverMode::Live,
        true => {
            let destination = Destination::of_alert(draft.policy, alert);
            let rule = alert.identity.rule().unwrap_or("");
            draft.is_live(&destination.team.name, rule)
        }
    };
    (!is_live).then_some(Suppression::Observe { until: None })
}

/// Whether anything at all may be only observed.
pub(super) fn may_observe(draft: &Draft<'_>) -> bool {
    draft.policy.mode == DeliverMode::Observe || draft.is_live_ruled()
}

/// Tells what was only observed, holds, and is live by now. Looks at all that is suppressed: only
/// where somebody rules so, or the policy changes.
pub(super) fn release(draft: &mut Draft<'_>) {
    let observed = draft.state.suppressed().filter(|incident| {
        matches!(
            incident.suppressed.as_deref(),
            Some(Suppression::Observe { .. })
        )
    });
    let observed: Vec<IncidentId> = observed.map(|incident| incident.id).collect();
    let mut quiet: BTreeMap<String, Vec<IncidentId>> = BTreeMap::new();
    let mut others = Vec::new();
    for id in observed {
        let Some(incident) = draft.incident(id) else {
            continue;
        };
        let is_free = incident.phase == Phase::Pending
            && suppress::of_incident(draft, incident, &Scope::All).is_none();
        match is_free && is_quiet(incident) {
            true => quiet.entry(incident.team.clone()).or_default().push(id),
            false => others.push(id),
        }
    }
    for (team, incidents) in quiet {
        match incidents.len() > limits::GO_LIVE_APART_MAX {
            true => as_list(draft, &team, incidents),
            false => others.extend(incidents),
        }
    }
    for id in others {
        lifecycle::review_by_id(draft, id, &Scope::All);
    }
}

/// Whether a line in a list is enough: neither critical nor paging, and no ticket waits for it.
fn is_quiet(incident: &Incident) -> bool {
    let members = usize::try_from(incident.members).unwrap_or(usize::MAX);
    incident.severity < Severity::Critical
        && incident.handling < Handling::Page
        && incident.opened_at.is_none()
        && incident.drill.is_none()
        && incident.list.is_none()
        && incident.report.is_none()
        && members <= limits::MERGED_AT_ONCE_MAX
}

fn as_list(draft: &mut Draft<'_>, team: &str, incidents: Vec<IncidentId>) {
    let policy = draft.policy;
    let known = policy.teams.iter().find(|known| known.name == team);
    let team = known.unwrap_or(&policy.teams[0]);
    let mut list = list::begin(draft, ListOf::GoLive, team, draft.now);
    let of_team = list.receivers.clone();
    draft.put_incident(list.clone());
    for id in incidents {
        if let Some(mut gone) = draft.incident(id).cloned() {
            merge::absorb(draft, &mut gone, &mut list);
        }
    }
    if !of_team.is_empty() {
        list.receivers = of_team;
    }
    if let Some(front) = draft.firing(list.id).next() {
        list.leader = front.id;
    }
    // Nobody else joins it.
    lifecycle::review(draft, &mut list, &Scope::All);
    draft.put_incident(list);
}

/// Counts once what people would have been told.
pub(super) fn withheld(draft: &mut Draft<'_>, incident: &mut Incident) {
    if incident.withheld_at.is_some() {
        return;
    }
    incident.withheld_at = Some(draft.now);
    let (team, now): (Arc<str>, _) = (Arc::from(incident.team.as_str()), draft.now);
    super::ledger::count(draft, incident, |account| account.withhold(now, &team));
}
