//! Decides what a delivery can tell: a snapshot of what is so when it is decided.
//!
//! In: an incident as it is by now. Out: [`Facts`], bounded whatever the incident's
//! size (invariant 15). Knows nothing of texts, templates or receivers' profiles.

use std::time::Duration;

use crate::{
    Alert, AlertState, Close, EntityId, Facts, Host, HostBrief, HostChange, Incident, Labels,
    Member, NextStep, OtherIncident, Phase, Policy, Previous, Source, State, TogetherOf,
    WindowReport, limits, names,
};

use super::draft::Draft;
use super::hit::{self, Hit};
use super::together::{self, HOST_SILENT};
use super::{escalate, ledger, list, route};

/// What there is to tell a receiver about an incident now, without note and news.
pub(super) fn of(draft: &Draft<'_>, incident: &Incident, receiver: &str) -> Facts {
    let listed = listed(draft, incident);
    // A list speaks of all of it, and of none of it in particular.
    let front = front(draft, incident).filter(|_| incident.list.is_none());
    let about = front.map(|alert| &*alert.about);
    let advises = front.and_then(|front| advises(draft, incident, front));
    let advice = advises.map(|alert| &*alert.about);
    let rule = front.and_then(|alert| alert.identity.rule()).unwrap_or("");
    let advising = advises.and_then(|alert| alert.identity.rule());
    let meta = advising.and_then(|rule| draft.policy.rules.get(rule));
    let (changes, changes_more) = changes(draft, &listed);
    let hit = front.map_or_else(Hit::default, |alert| hit::of_alert(draft, alert));
    let labels = Labels::common(listed.iter().map(|alert| &alert.about.labels));
    Facts {
        incident: incident.id,
        group: incident.group.0.to_string(),
        phase: incident.phase,
        title: bounded(match (&incident.report, incident.list, about) {
            (Some(report), _, _) => of_report(report),
            (None, Some(of), _) => list::title(draft, incident, of),
            (None, None, about) => about.map_or_else(String::new, |about| about.title.clone()),
        }),
        report: incident.report.clone(),
        list: list::listing(draft, incident),
        drill: incident.drill,
        flaps: incident.flaps,
        severity: incident.severity,
        priority: incident.priority,
        priority_why: incident.priority_why.clone(),
        set_priority: incident.set_priority.as_deref().cloned(),
        handling: incident.handling,
        team: incident.team.clone(),
        acknowledged_by: incident.acknowledged.as_ref().map(|ack| ack.by.clone()),
        assigned_to: incident.assigned.as_ref().map(|whose| whose.to.clone()),
        waiting: incident.waiting.as_deref().cloned(),
        host: host(draft, &listed).filter(|_| incident.list.is_none()),
        component: about.map_or_else(String::new, |about| about.component.clone()),
        rule: rule.to_owned(),
        means: advice.map_or_else(String::new, |about| about.means.clone()),
        first: advice.map_or_else(Vec::new, |about| about.first.clone()),
        runbook_url: meta.map_or_else(String::new, |meta| meta.runbook_url.clone()),
        values: advice.map_or_else(Vec::new, |about| about.values.clone()),
        service_name: service_name(draft, &labels),
        labels,
        annotations: Labels::common(listed.iter().map(|alert| &alert.about.annotations)),
        members: listed.iter().map(|alert| member(alert)).collect(),
        members_total: incident.members,
        members_firing: incident.firing,
        started_at: incident.started_at,
        opened_at: incident.opened_at,
        cleared_at: incident.cleared_at,
        close: incident.close.as_deref().cloned(),
        end: front.and_then(|alert| match &alert.state {
            AlertState::Firing => None,
            AlertState::Resolved { end, .. } => Some(end.clone()),
        }),
        next: step(draft.policy, incident, close_delay(draft, incident)),
        reopened: incident.reopened,
        previous: previous(draft, incident, receiver),
        openings: incident.openings.clone(),
        merged_into: merged_into(draft, incident, receiver),
        part_of: part_of(draft, incident, receiver),
        together: together::facts(draft, incident),
        note: None,
        notice: None,
        told_next: escalate::told_next(draft, incident),
        news: Vec::new(),
        came_and_went: 0,
        evidence: Vec::new(),
        changes,
        changes_more,
        hit: hit.places,
        hit_total: hit.total,
        dependents: hit.of,
        suspected: incident.suspected.as_deref().map(str::to_owned),
        revision: draft.policy.revision,
        at: draft.now,
    }
}

/// The alert that says what it means and what to do first: of many that fell silent one that says
/// so, of a storm none, for what its first means is not what all of it means.
fn advises<'d>(draft: &'d Draft<'_>, incident: &Incident, front: &'d Alert) -> Option<&'d Alert> {
    match incident.together.as_ref().map(|together| &together.of) {
        None | Some(TogetherOf::SameRule { .. }) => Some(front),
        Some(TogetherOf::Silence) => {
            let asked = draft.firing(incident.id).take(limits::TOGETHER_ASKED_MAX);
            let mut silent = asked.filter(|alert| alert.identity.rule() == Some(HOST_SILENT));
            Some(silent.next().unwrap_or(front))
        }
        Some(TogetherOf::Storm) => None,
    }
}

/// The alert an incident is spoken of by: the worst that fires, or its first when none does.
pub(super) fn front<'d>(draft: &'d Draft<'_>, incident: &Incident) -> Option<&'d Alert> {
    let worst = draft.firing(incident.id).next();
    worst.or_else(|| draft.alert(incident.leader))
}

/// The incident's own line: the title of what it is spoken of by, with its place.
pub(super) fn title(draft: &Draft<'_>, incident: &Incident, front: &Alert) -> String {
    if let Some(report) = &incident.report {
        return bounded(of_report(report));
    }
    if let Some(of) = incident.list {
        return bounded(list::title(draft, incident, of));
    }
    if let Some(together) = &incident.together {
        return bounded(together::title(draft, incident, &together.of, front));
    }
    let title = with_more(&front.about.title, incident.members);
    let title = match front.place() {
        Some(place) if !names(&title, place) => format!("{place}: {title}"),
        Some(_) | None => title,
    };
    bounded(match incident.flaps {
        true => format!("{title} (flapping)"),
        false => title,
    })
}

fn of_report(report: &WindowReport) -> String {
    format!("window {}: {}", report.window, report.title)
}

fn with_more(title: &str, members: u32) -> String {
    bounded(match members.saturating_sub(1) {
        0 => title.to_owned(),
        more => format!("{title} (and {more} more)"),
    })
}

fn bounded(mut title: String) -> String {
    let mut end = limits::TITLE_BYTES_MAX.min(title.len());
    while !title.is_char_boundary(end) {
        end -= 1;
    }
    title.truncate(end);
    title
}

/// The members a payload names: the worst firing ones first, then those that are over.
fn listed<'d>(draft: &'d Draft<'_>, incident: &Incident) -> Vec<&'d Alert> {
    let most = limits::MEMBERS_LISTED_MAX;
    let mut listed: Vec<&Alert> = draft.firing(incident.id).take(most).collect();
    let room = most - listed.len();
    listed.extend(draft.clear_members(incident.id).take(room));
    listed
}

fn member(alert: &Alert) -> Member {
    Member {
        fingerprint: alert.identity.fingerprint(),
        title: alert.about.title.clone(),
        labels: alert.about.labels.clone(),
        annotations: alert.about.annotations.clone(),
        severity: alert.severity,
        starts_at: alert.starts_at,
        ended_at: match &alert.state {
            AlertState::Firing => None,
            AlertState::Resolved { at, .. } => Some(*at),
        },
        generator_url: alert.about.generator_url.clone(),
    }
}

/// What people call the service that these labels name.
fn service_name(draft: &Draft<'_>, labels: &Labels) -> String {
    let service = labels.get("service");
    let known = service.and_then(|name| draft.policy.topology.service(name));
    known.map_or_else(String::new, |service| service.plain_name.clone())
}

/// The host, when all listed members are about one.
fn host(draft: &Draft<'_>, listed: &[&Alert]) -> Option<HostBrief> {
    let host = only_host(draft, listed)?;
    Some(HostBrief {
        id: host.id.to_string(),
        name: host.facts.name.clone(),
        class: host.facts.class.as_str().to_owned(),
        labels: host.facts.labels.iter().collect(),
    })
}

/// What was changed on the host in the day before, and how many more changes there were.
fn changes(draft: &Draft<'_>, listed: &[&Alert]) -> (Vec<HostChange>, u32) {
    let Some(host) = only_host(draft, listed) else {
        return (Vec::new(), 0);
    };
    let recent = || host.changes_since(draft.now.before(limits::CHANGES_SHOWN));
    let told: Vec<HostChange> = recent().take(limits::CHANGES_TOLD_MAX).cloned().collect();
    let more = recent().count() - told.len();
    (told, u32::try_from(more).unwrap_or(u32::MAX))
}

fn only_host<'d>(draft: &'d Draft<'_>, listed: &[&Alert]) -> Option<&'d Host> {
    let mut entities = listed.iter().map(|alert| alert.identity.entity());
    let first: EntityId = entities.next()??;
    if !entities.all(|entity| entity.as_ref() == Some(&first)) {
        return None;
    }
    draft.state.host(&first).map(|host| &**host)
}

/// Where a merged incident goes on.
fn merged_into(draft: &Draft<'_>, incident: &Incident, receiver: &str) -> Option<OtherIncident> {
    let Some(Close::Merged { into, .. }) = incident.close.as_deref() else {
        return None;
    };
    Some(other(draft, draft.incident(*into)?, receiver))
}

/// What it was a part of, if it is what is left of something that was about many.
fn part_of(draft: &Draft<'_>, incident: &Incident, receiver: &str) -> Option<OtherIncident> {
    let before = draft.incident(incident.predecessor?)?;
    is_rest_of(incident, before).then(|| other(draft, before, receiver))
}

/// While it is divided, what was about many is still open.
fn is_rest_of(incident: &Incident, before: &Incident) -> bool {
    let is_divided = match before.close.as_deref() {
        None => before.is_open(),
        Some(close) => matches!(close, Close::Divided { .. }),
    };
    incident.together.is_none() && before.together.is_some() && is_divided
}

fn other(draft: &Draft<'_>, other: &Incident, receiver: &str) -> OtherIncident {
    let ticket = draft.ticket(other.id, receiver);
    OtherIncident {
        incident: other.id,
        title: other.title.clone(),
        ticket: ticket.and_then(|ticket| ticket.reference.clone()),
    }
}

fn previous(draft: &Draft<'_>, incident: &Incident, receiver: &str) -> Option<Previous> {
    let Some(previous) = draft.incident(incident.predecessor?) else {
        return ledger::previous(draft, incident, receiver);
    };
    if is_rest_of(incident, previous) {
        return None;
    }
    let closed_at = previous.closed_at?;
    let ticket = draft.ticket(previous.id, receiver);
    Some(Previous {
        incident: previous.id,
        closed_at,
        close: previous.close.as_deref().cloned()?,
        lasted_s: closed_at.since(previous.started_at).as_secs(),
        ticket: ticket.and_then(|ticket| ticket.reference.clone()),
    })
}

/// How long an incident must be well before it is closed: nothing for drills and for alerts
/// from outside, whose sender has already waited.
pub(super) fn close_delay(draft: &Draft<'_>, incident: &Incident) -> Duration {
    delay(draft.policy, incident, draft.alert(incident.leader))
}

fn delay(policy: &Policy, incident: &Incident, leader: Option<&Alert>) -> Duration {
    let source = leader.map_or(Source::Rules, |leader| leader.identity.source);
    match (incident.drill, source) {
        (None, Source::Rules) => route::timers(policy, incident).close_delay,
        (Some(_), _) | (None, Source::Alertmanager) => Duration::ZERO,
    }
}

/// What happens next with an incident if nobody does anything (invariant 10).
pub fn next_step(state: &State, policy: &Policy, incident: &Incident) -> NextStep {
    let leader = state.alert(incident.leader).map(|leader| &**leader);
    step(policy, incident, delay(policy, incident, leader))
}

fn step(policy: &Policy, incident: &Incident, close_delay: Duration) -> NextStep {
    match incident.phase {
        Phase::Pending => match (&incident.suppressed, incident.due) {
            (None, Some(at)) => NextStep::Opens { at },
            (Some(_), until) | (None, until) => NextStep::Suppressed { until },
        },
        Phase::Open | Phase::Acknowledged | Phase::Waiting => NextStep::ClosesWhenWell {
            after_s: close_delay.as_secs(),
        },
        Phase::Resolving => match incident.due {
            Some(at) => NextStep::Closes { at },
            None => NextStep::Nothing,
        },
        Phase::Closed => NextStep::Nothing,
        Phase::Resolved => match (incident.opened_at, incident.closed_at) {
            (Some(_), Some(closed_at)) => NextStep::ReopensUntil {
                at: closed_at.after(route::timers(policy, incident).reopen_within),
            },
            (_, _) => NextStep::Nothing,
        },
    }
}
