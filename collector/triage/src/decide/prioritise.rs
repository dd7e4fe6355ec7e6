//! Decides how urgent an incident is: what hangs on its firing members by how soon something
//! must be done.
//!
//! In: the places of the members, the worst of them, the time. Out: a [`Priority`], each input of
//! it in words, what would raise it, and when passing time alone will. The matrix and the bounds
//! are the policy's. What a person said stands apart and wins while it stands.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::{
    Alert, Begun, Impact, IncidentId, Late, Priority, PriorityWhy, Severity, Source, Timestamp,
    TogetherOf, Topology, Urgency, limits,
};

use super::draft::Draft;

/// How urgent something is, and why.
pub(super) struct Weighed {
    pub(super) priority: Priority,
    pub(super) why: PriorityWhy,
    /// When it is more urgent although nothing new is measured.
    pub(super) again_at: Option<Timestamp>,
}

/// How urgent an incident is, of which `front` is the worst firing member.
pub(super) fn of_incident(draft: &Draft<'_>, incident: IncidentId, front: &Alert) -> Weighed {
    if draft
        .incident(incident)
        .is_some_and(|incident| incident.list.is_some())
    {
        return of_listed(draft, front);
    }
    let impact = impact(draft, incident, front);
    weigh(draft, impact, front)
}

/// How urgent a window's report is. Its members have nothing in common but the window: what is
/// critical on one host is no more so because of warnings on five others. So the most urgent of
/// what those of each severity would be, with those that are worse.
pub(super) fn of_report(draft: &Draft<'_>, incident: IncidentId) -> Option<Weighed> {
    let members: Vec<&Alert> = draft.firing(incident).take(limits::REPORTED_MAX).collect();
    let of_each = members
        .chunk_by(|one, other| one.severity == other.severity)
        .scan(0, |counted, same| {
            *counted += same.len();
            Some((same[0], &members[..*counted]))
        });
    let weighed = of_each.map(|(front, members)| {
        let servers: BTreeSet<&str> = members
            .iter()
            .filter(|alert| alert.impact() == Impact::Medium)
            .map(|alert| alert.identity.place())
            .collect();
        let stakes = Stakes {
            tier_1: members.iter().any(|alert| alert.impact() == Impact::High),
            servers: servers.len(),
        };
        let impact = stakes.impact(draft, front, members.iter().copied());
        let impact = impact.unwrap_or_else(|| (Impact::Low, "workstation".into()));
        weigh(draft, impact, front)
    });
    weighed.min_by_key(|weighed| weighed.priority)
}

/// A list is as urgent as the worst of it would be alone: however many, they are no one fault.
fn of_listed(draft: &Draft<'_>, front: &Alert) -> Weighed {
    let needed = needed(draft, std::iter::once(front));
    let impact = match needed {
        Some(needed) => (Impact::High, needed),
        None => (front.impact(), "the worst of the list alone".to_owned()),
    };
    let mut weighed = weigh(draft, impact, front);
    // What is critical does not stay in it.
    weighed.why.raised.clear();
    weighed
}

/// How urgent it is on so many places, of which `front` is one, before they are members of anything.
pub(super) fn of_many(draft: &Draft<'_>, places: u32, front: &Alert) -> Weighed {
    let many = draft.policy.bounds.many_servers;
    let is_many = usize::try_from(places).is_ok_and(|places| places >= many);
    let is_dark = front.begun.as_ref().is_some_and(Begun::is_of_workstation);
    let impact = match front.impact() {
        _ if is_dark => (Impact::High, "a whole site".to_owned()),
        Impact::Medium if is_many => (Impact::High, format!("{places} servers")),
        impact => (impact, format!("{places} places")),
    };
    weigh(draft, impact, front)
}

/// How urgent this alert would be alone.
pub(super) fn of_alert(draft: &Draft<'_>, alert: &Alert) -> Priority {
    let needed = needed(draft, std::iter::once(alert));
    let impact = match needed {
        Some(_) => Impact::High,
        None => alert.impact(),
    };
    weigh(draft, (impact, String::new()), alert).priority
}

fn weigh(draft: &Draft<'_>, (impact, impact_from): (Impact, String), front: &Alert) -> Weighed {
    let soon = Soon::of(draft, front);
    let matrix = &draft.policy.matrix;
    let computed = matrix.priority(impact, soon.urgency);
    let raised = soon
        .raised
        .map(|(urgency, when)| (matrix.priority(impact, urgency), when))
        .filter(|(raised, _)| *raised < computed);
    let by_many = || {
        let many = draft.policy.bounds.many_servers;
        let raised = matrix.priority(Impact::High, soon.urgency);
        let when = format!("{many} servers or more are affected");
        (impact == Impact::Medium && raised < computed).then_some((raised, when))
    };
    let is_over = front.about.late == Some(Late::Over);
    let raised = raised.or_else(by_many).filter(|_| !is_over);
    let why = PriorityWhy {
        impact,
        impact_from,
        urgency: soon.urgency,
        urgency_from: match is_over {
            true => format!("{}, told late and over by now", front.severity.as_str()),
            false => soon.from,
        },
        raised: raised.map_or_else(String::new, |(to, when)| format!("{to} when {when}")),
    };
    Weighed {
        // What was told late and is over by now is one priority lower (invariant 17).
        priority: match is_over {
            true => computed.lower(),
            false => computed,
        },
        why,
        again_at: soon.again_at,
    }
}

/// How soon something must be done.
struct Soon {
    urgency: Urgency,
    from: String,
    /// What would make it more urgent.
    raised: Option<(Urgency, String)>,
    again_at: Option<Timestamp>,
}

impl Soon {
    fn of(draft: &Draft<'_>, alert: &Alert) -> Soon {
        let bound = draft.policy.bounds.soon;
        let left = alert.breach_at.map(|at| at.since(draft.now));
        let is_soon = left.is_some_and(|left| left <= bound);
        let severity = alert.severity.as_str();
        let from = match left {
            Some(left) => format!("{severity}, {} left", length(left)),
            None => severity.to_owned(),
        };
        let closer = || format!("less than {} are left", length(bound));
        let again_at = alert.breach_at.map(|at| at.before(bound));
        let (urgency, from, raised, again_at) = match (alert.severity, left) {
            (Severity::Critical, _) if is_easing(alert) => {
                let raised = (Urgency::High, "it no longer gets better".to_owned());
                let from = format!("{severity}, getting better");
                (Urgency::Medium, from, Some(raised), None)
            }
            (Severity::Critical, Some(_)) if !is_soon => (
                Urgency::Medium,
                from,
                Some((Urgency::High, closer())),
                again_at,
            ),
            (Severity::Critical, _) => (Urgency::High, from, None, None),
            (Severity::Warning, Some(_)) if !is_soon => (
                Urgency::Low,
                from,
                Some((Urgency::Medium, closer())),
                again_at,
            ),
            (Severity::Warning, _) => {
                let urgency = if is_soon {
                    Urgency::Medium
                } else {
                    Urgency::Low
                };
                let raised = (Urgency::High, "it is critical".to_owned());
                (urgency, from, Some(raised), None)
            }
            (Severity::Info, _) => (Urgency::Low, from, None, None),
        };
        Soon {
            urgency,
            from,
            raised,
            again_at,
        }
    }
}

/// Whether what is measured goes away from its limit.
fn is_easing(alert: &Alert) -> bool {
    let trend = alert.about.value(crate::About::TREND);
    trend.is_some_and(|per_hour| per_hour < 0.0)
}

/// What hangs on an incident, and what makes it so.
fn impact(draft: &Draft<'_>, incident: IncidentId, front: &Alert) -> (Impact, String) {
    let tier_1 = draft.places(incident, Impact::High).next().is_some();
    let counted = match tier_1 {
        true => 0,
        false => limits::SERVERS_COUNTED_MAX + 1,
    };
    let servers = draft.places(incident, Impact::Medium).take(counted).count();
    let stakes = Stakes { tier_1, servers };
    let impact = stakes.impact(draft, front, draft.firing(incident));
    impact.unwrap_or_else(|| of_workstations(draft, incident))
}

/// What is at stake.
struct Stakes {
    tier_1: bool,
    servers: usize,
}

impl Stakes {
    /// None where there are only workstations. The worst of the members come first.
    fn impact<'a>(
        &self,
        draft: &Draft<'_>,
        front: &'a Alert,
        members: impl Iterator<Item = &'a Alert>,
    ) -> Option<(Impact, String)> {
        if self.tier_1 {
            return Some((Impact::High, "tier 1".into()));
        }
        let worst = members.take(limits::PLACES_WEIGHED_MAX);
        if let Some(needed) = needed(draft, std::iter::once(front).chain(worst)) {
            return Some((Impact::High, needed));
        }
        let (servers, most) = (self.servers, limits::SERVERS_COUNTED_MAX);
        if servers > most {
            return Some((Impact::High, format!("more than {most} servers")));
        }
        if servers >= draft.policy.bounds.many_servers {
            return Some((Impact::High, format!("{servers} servers")));
        }
        let from = match front.identity.source {
            _ if front.about.labels.get("tier") == Some("2") => "tier 2",
            Source::Rules => "server",
            Source::Alertmanager => "alert from outside",
        };
        (servers > 0).then(|| (Impact::Medium, from.into()))
    }
}

/// One workstation is little; a site of nothing else that went dark is a site.
fn of_workstations(draft: &Draft<'_>, incident: IncidentId) -> (Impact, String) {
    let together = draft
        .incident(incident)
        .and_then(|incident| incident.together.as_ref());
    let is_dark = together.is_some_and(|together| together.of == TogetherOf::Silence);
    match is_dark {
        true => (Impact::High, "a whole site".into()),
        false => (Impact::Low, "workstation".into()),
    }
}

/// The first place on which more than itself hangs, in words.
fn needed<'a>(draft: &Draft<'_>, alerts: impl Iterator<Item = &'a Alert>) -> Option<String> {
    let topology = &draft.policy.topology;
    if topology.places().len() == 0 {
        return None;
    }
    let many = draft.policy.bounds.many_dependents;
    let mut places = alerts.filter_map(Alert::place);
    places.find_map(|place| needs(topology, place, many))
}

/// Who needs a place: so many others, or one of tier 1.
fn needs(topology: &Topology, place: &str, many: usize) -> Option<String> {
    let most = limits::DEPENDENTS_COUNTED_MAX;
    let others = topology.count_dependents(place, most + 1);
    if others >= many {
        let others = match others > most {
            true => format!("more than {most}"),
            false => others.to_string(),
        };
        return Some(format!("{others} others need {place}"));
    }
    let vital = topology.vital_for(place)?;
    Some(format!("{vital} of tier 1 needs {place}"))
}

/// `4 hours`, `50 minutes`: whole ones, rounded down.
fn length(time: Duration) -> String {
    const HOUR: u64 = 3600;
    let seconds = time.as_secs();
    let (count, unit) = match seconds {
        seconds if seconds >= 72 * HOUR => (seconds / (24 * HOUR), "day"),
        seconds if seconds >= 2 * HOUR => (seconds / HOUR, "hour"),
        seconds => (seconds / 60, "minute"),
    };
    match count {
        1 => format!("1 {unit}"),
        count => format!("{count} {unit}s"),
    }
}
