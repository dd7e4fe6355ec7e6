//! Decides what a new policy changes about what is known already.
//!
//! In: the policy, now in force. Out: alerts follow their rule's new name, alerts of a rule
//! that is gone end, what fires is described by what people know now, what a team owned that
//! is gone has the first one's, and what was suppressed is looked at again. Nothing reopens, and
//! no ticket moves. The only decision that looks at all alerts; it is rare.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::{About, Alert, End, Incident, IncidentId, Phase, Reason, Source};

use super::draft::Draft;
use super::list::digest;
use super::route::Destination;
use super::suppress::Scope;
use super::{alert, enrich, exception, facts, join, ledger, lifecycle, live, oncall, tell, window};

/// Says what follows from the policy that is in force from now on.
pub(super) fn decide(draft: &mut Draft<'_>) {
    keep_owned(draft);
    ledger::follow_rules(draft);
    let mut affected = follow_rules(draft);
    affected.extend(describe_anew(draft));
    window::follow(draft);
    digest::follow(draft);
    exception::follow(draft);
    oncall::follow(draft);
    affected.extend(reroute_untold(draft));
    live::follow_mode(draft);
    live::release(draft);
    let suppressed = draft.state.suppressed().map(|incident| incident.id);
    affected.extend(suppressed);
    for id in affected {
        lifecycle::review_by_id(draft, id, &Scope::All);
    }
}

/// The first team owns what nobody else owns (invariant 10).
fn keep_owned(draft: &mut Draft<'_>) {
    let (state, teams) = (draft.state, &draft.policy.teams);
    let is_gone = |incident: &&Arc<Incident>| {
        !incident.phase.is_over() && teams.iter().all(|team| team.name != incident.team)
    };
    for incident in state.incidents().filter(is_gone) {
        let mut incident = Incident::clone(incident);
        let team = teams[0].name.clone();
        let from_team = std::mem::replace(&mut incident.team, team.clone());
        let why = "the policy does not name that team any more".to_owned();
        draft.note(
            incident.id,
            Reason::Assigned {
                by: "the collector".into(),
                to: incident.assigned.as_ref().map(|whose| whose.to.clone()),
                from_team,
                team,
                why,
            },
        );
        tell::updates(draft, &incident);
        draft.put_incident(incident);
    }
}

/// Renames and ends our own alerts; says which incidents lost a member.
fn follow_rules(draft: &mut Draft<'_>) -> BTreeSet<IncidentId> {
    let (state, policy) = (draft.state, draft.policy);
    let mut affected = BTreeSet::new();
    let ours = |alert: &&Arc<Alert>| alert.identity.source == Source::Rules;
    for known in state.alerts().filter(ours) {
        let Some(rule) = known.identity.rule() else {
            continue;
        };
        if policy.rules.contains_key(rule) || known.identity.is_of_engine() {
            continue;
        }
        match policy.renamed.get(rule) {
            Some(name) if policy.rules.contains_key(name) && rename(draft, known, name) => {}
            Some(_) | None => affected.extend(end(draft, known)),
        }
    }
    affected
}

/// Not when there is an alert of the new name already: then the old one ends.
fn rename(draft: &mut Draft<'_>, known: &Alert, name: &str) -> bool {
    let identity = known.identity.renamed(name);
    if draft.alert_of(&identity).is_some() {
        return false;
    }
    let mut about = About::clone(&known.about);
    if about.labels.get("alertname").is_some() {
        about.labels = about.labels.with("alertname", name);
    }
    let from = known.identity.rule().unwrap_or("").to_owned();
    let to = name.to_owned();
    draft.note_alert(known, Reason::RuleRenamed { from, to });
    draft.put_alert(Alert {
        identity,
        about: Arc::new(about),
        ..known.clone()
    });
    true
}

fn end(draft: &mut Draft<'_>, known: &Alert) -> Option<IncidentId> {
    if !known.is_firing() {
        return None;
    }
    let now = draft.now;
    let last = Arc::clone(&known.about);
    alert::ended(draft, known.clone(), (now, End::RuleRemoved), &last)
}

/// What fires is described by what people know now; says which incidents that may concern.
fn describe_anew(draft: &mut Draft<'_>) -> BTreeSet<IncidentId> {
    let mut affected = BTreeSet::new();
    for known in draft.state.alerts().filter(|alert| alert.is_firing()) {
        let Some(before) = draft.alert(known.id).filter(|alert| alert.is_firing()) else {
            continue;
        };
        let (mut alert, before) = (before.clone(), before.clone());
        let said = alert.said();
        enrich::describe(draft, &mut alert, &said);
        if alert.about.labels != before.about.labels {
            draft.note_alert(&alert, Reason::Redescribed);
            affected.extend(alert.incident);
        }
        if alert != before {
            draft.put_alert(alert);
        }
    }
    affected
}

/// Nobody was told of a pending incident: it goes where the new policy says.
fn reroute_untold(draft: &mut Draft<'_>) -> Vec<IncidentId> {
    let policy = draft.policy;
    let pending: Vec<IncidentId> = draft
        .state
        .incidents()
        .filter(|incident| incident.phase == Phase::Pending && incident.opened_at.is_none())
        .map(|incident| incident.id)
        .collect();
    for id in &pending {
        let Some(mut incident) = draft.incident(*id).cloned() else {
            continue;
        };
        incident
            .receivers
            .retain(|receiver| policy.receivers.contains_key(receiver));
        if let Some(front) = facts::front(draft, &incident) {
            let destination = Destination::of_alert(policy, front);
            join::widen(&mut incident, front, &destination);
        }
        draft.put_incident(incident);
    }
    pending
}
