//! Decides how urgent an incident is, from what hangs on its firing members.
//!
//! In: the places of the members and the worst severity. Out: a [`Priority`] and each
//! input of it in words. The matrix is the policy's.

use crate::{
    Alert, Impact, IncidentId, Late, Priority, PriorityWhy, Severity, Source, Urgency, limits,
};

use super::draft::Draft;

/// From so many servers on it is more than one server's trouble (contract section 4).
const MANY_SERVERS: usize = 5;

/// How urgent an incident is, of which `front` is the worst firing member.
pub(super) fn of_incident(
    draft: &Draft<'_>,
    incident: IncidentId,
    front: &Alert,
) -> (Priority, PriorityWhy) {
    let (impact, impact_from) = impact(draft, incident, front);
    let why = PriorityWhy {
        impact,
        impact_from,
        urgency: urgency(front.severity),
        urgency_from: match front.about.late {
            Some(Late::Over) => format!("{}, told late and over by now", front.severity.as_str()),
            Some(Late::Holds) | None => front.severity.as_str().to_owned(),
        },
    };
    let priority = draft.policy.matrix.priority(why.impact, why.urgency);
    (eased(priority, front), why)
}

/// How urgent it is on so many places, of which `front` is one, before they are members of anything.
pub(super) fn of_many(draft: &Draft<'_>, places: u32, front: &Alert) -> (Priority, PriorityWhy) {
    let is_many = usize::try_from(places).is_ok_and(|places| places >= MANY_SERVERS);
    let (impact, impact_from) = match front.impact() {
        Impact::Medium if is_many => (Impact::High, format!("{places} servers")),
        impact => (impact, format!("{places} places")),
    };
    let why = PriorityWhy {
        impact,
        impact_from,
        urgency: urgency(front.severity),
        urgency_from: front.severity.as_str().to_owned(),
    };
    let priority = draft.policy.matrix.priority(why.impact, why.urgency);
    (eased(priority, front), why)
}

/// How urgent this alert would be alone.
pub(super) fn of_alert(draft: &Draft<'_>, alert: &Alert) -> Priority {
    let urgency = urgency(alert.severity);
    let priority = draft.policy.matrix.priority(alert.impact(), urgency);
    eased(priority, alert)
}

/// What was told late and is over by now is one priority lower (invariant 17).
fn eased(priority: Priority, alert: &Alert) -> Priority {
    match alert.about.late {
        Some(Late::Over) => priority.lower(),
        Some(Late::Holds) | None => priority,
    }
}

fn impact(draft: &Draft<'_>, incident: IncidentId, front: &Alert) -> (Impact, String) {
    if draft.places(incident, Impact::High).next().is_some() {
        return (Impact::High, "tier 1".into());
    }
    let most = limits::SERVERS_COUNTED_MAX;
    let servers = draft
        .places(incident, Impact::Medium)
        .take(most + 1)
        .count();
    if servers > most {
        return (Impact::High, format!("more than {most} servers"));
    }
    if servers >= MANY_SERVERS {
        return (Impact::High, format!("{servers} servers"));
    }
    if servers == 0 {
        return (Impact::Low, "workstation".into());
    }
    let from = match front.identity.source {
        Source::Rules => "server",
        Source::Alertmanager => "alert from outside",
    };
    (Impact::Medium, from.into())
}

fn urgency(severity: Severity) -> Urgency {
    match severity {
        Severity::Critical => Urgency::High,
        Severity::Warning | Severity::Info => Urgency::Low,
    }
}
