//! Puts what the core knows into the shapes of the API.

use std::collections::BTreeMap;

use vedette_triage as triage;
use vedette_triage::detect::RuleSet;
use vedette_triage::explain::Explain;
use vedette_triage::{AlertState, Close, State, Suppression, TicketState};

use super::series;
use super::shapes::{
    Acknowledged, Alert, Delivery, Incident, PrioritySet, Ticket, TimelineLine, Waits,
};
use crate::store::{DeliveryRow, Line, Standing};

/// An incident that is in the state.
pub(super) fn incident(state: &State, incident: &triage::Incident) -> Incident {
    let tickets = state
        .tickets(incident.id)
        .map(|ticket| self::ticket(ticket));
    let mut told = archived(incident, tickets.collect());
    // A window's report is about the window.
    let leader = state.alert(incident.leader);
    told.host = leader
        .filter(|_| incident.report.is_none())
        .and_then(|leader| leader.about.labels.get("host"))
        .map(str::to_owned);
    told
}

/// An incident by itself: one that has left the state.
pub(super) fn archived(incident: &triage::Incident, tickets: Vec<Ticket>) -> Incident {
    Incident {
        id: incident.id.0,
        phase: incident.phase.as_str().into(),
        priority: incident.priority.as_str().into(),
        severity: incident.severity.as_str().into(),
        title: incident.title.clone(),
        host: None,
        team: incident.team.clone(),
        route: incident.route.clone(),
        alerts: incident.members,
        firing: incident.firing,
        drill: incident.drill.map(|drill| {
            match drill {
                triage::Drill::Quiet => "quiet",
                triage::Drill::Paging => "paging",
            }
            .into()
        }),
        started_at: incident.started_at.into(),
        opened_at: incident.opened_at.map(Into::into),
        cleared_at: incident.cleared_at.map(Into::into),
        closed_at: incident.closed_at.map(Into::into),
        closed_because: incident.close.as_deref().map(closed_because),
        acknowledged: incident.acknowledged.as_ref().map(|ack| Acknowledged {
            by: ack.by.clone(),
            at: ack.at.into(),
            until: ack.until.into(),
        }),
        assigned_to: incident.assigned.as_ref().map(|whose| whose.to.clone()),
        waits: incident.waiting.as_ref().map(|waiting| Waits {
            waits_for: waiting.waits_for.clone(),
            by: waiting.by.clone(),
            at: waiting.at.into(),
            until: waiting.until.into(),
        }),
        priority_set: incident.set_priority.as_ref().map(|set| PrioritySet {
            by: set.by.clone(),
            why: set.why.clone(),
            at: set.at.into(),
        }),
        suppressed: incident
            .suppressed
            .as_deref()
            .map(Suppression::code)
            .map(str::to_owned),
        reopened: incident.reopened,
        predecessor: incident.predecessor.map(|id| id.0),
        tickets,
    }
}

fn closed_because(close: &Close) -> String {
    match close {
        Close::Cleared => "nothing of it fires any more".into(),
        Close::Transient => "it cleared before anybody was told".into(),
        Close::ClearedWhileSuppressed => "it cleared while it was suppressed".into(),
        Close::ByPerson { by, why } if why.is_empty() => format!("{by} closed it"),
        Close::ByPerson { by, why } => format!("{by} closed it: {why}"),
        Close::Divided { rest } => {
            format!("nearly all are well; the other {rest} have incidents of their own")
        }
        Close::Merged { into, by, why } if by.is_empty() || why.is_empty() => {
            format!("it is part of incident {into} now")
        }
        Close::Merged { into, by, why } => {
            format!("it is part of incident {into} now; {by}: {why}")
        }
    }
}

pub(super) fn ticket(ticket: &triage::Ticket) -> Ticket {
    let state = match ticket.state {
        TicketState::Opening => "opening",
        TicketState::Open => "open",
        TicketState::Resolved => "resolved",
        TicketState::Refused => "refused",
    };
    let reference = ticket.reference.as_ref();
    Ticket {
        receiver: ticket.receiver.clone(),
        key: ticket.key.clone(),
        state: state.into(),
        id: reference.map(|reference| reference.id.clone()),
        url: reference.map_or_else(String::new, |reference| reference.url.clone()),
        outstanding: u64::try_from(ticket.outstanding.len()).unwrap_or(u64::MAX),
    }
}

pub(super) fn alert(alert: &triage::Alert, rules: &RuleSet) -> Alert {
    let ended_at = match &alert.state {
        AlertState::Firing => None,
        AlertState::Resolved { at, .. } => Some((*at).into()),
    };
    Alert {
        fingerprint: alert.identity.fingerprint().to_string(),
        title: alert.about.title.clone(),
        severity: alert.severity.as_str().into(),
        firing: alert.is_firing(),
        starts_at: alert.starts_at.into(),
        ended_at,
        source: alert.identity.source.as_str().into(),
        labels: alert.about.labels.clone().into(),
        values: alert
            .about
            .values
            .iter()
            .cloned()
            .collect::<BTreeMap<_, _>>(),
        incident: alert.incident.map(|id| id.0),
        series: series::link(alert, rules),
    }
}

pub(super) fn delivery(row: &DeliveryRow) -> Delivery {
    let standing = match row.standing {
        Standing::Pending => "pending",
        Standing::Done => "done",
        Standing::Dead => "dead",
    };
    Delivery {
        id: row.delivery.id.0,
        receiver: row.delivery.receiver.clone(),
        action: row.delivery.action.as_str().into(),
        standing: standing.into(),
        attempts: row.attempts,
        at: row.at.into(),
        answer: row.answer.clone(),
    }
}

/// The timeline in sentences, as things stand now.
pub(super) fn timeline(lines: &[Line], explain: &Explain<'_>) -> Vec<TimelineLine> {
    let told = |line: &Line| TimelineLine {
        at: line.at.into(),
        revision: line.revision.0,
        sentence: explain.sentence(&line.entry),
        reason: serde_json::to_value(&line.entry.reason).unwrap_or_default(),
    };
    lines.iter().map(told).collect()
}
