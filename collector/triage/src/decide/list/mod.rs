//! Decides how a list of the collector's own is made, taken into and told: one incident of a team
//! for each kind of list, which no single alert makes and nothing joins by its group.
//!
//! In: what is listed, and whose. Out: the team's incident, and what it says: its firing members,
//! grouped, bounded whatever their number. A list has a gap and a maximum life as other groups have
//! (invariant 11), only longer: hosts are enrolled over days. Knows nothing of why something is
//! listed; [`enrolment`] does.

pub(super) mod digest;
mod ending;
pub(super) mod enrolment;
pub(super) mod noisy;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::{
    Alert, GroupKey, Incident, Labels, ListOf, Listed, Listing, Reason, Team, Timestamp, limits,
};

use super::draft::Draft;

/// The group of a team's list.
fn key(of: ListOf, team: &str) -> GroupKey {
    let pairs = [("@list", of.as_str()), ("@team", team)];
    let labels: Labels = pairs.into_iter().collect();
    GroupKey(Arc::from(labels.to_string()))
}

/// The newest list of a team that is still remembered.
fn newest<'d>(draft: &'d Draft<'_>, of: ListOf, team: &str) -> Option<&'d Incident> {
    draft.newest_of(&key(of, team))
}

/// Whether something may still join (invariant 11).
fn is_joinable(draft: &Draft<'_>, list: &Incident) -> bool {
    !list.phase.is_over()
        && draft.now <= list.joined_at.after(limits::LIST_GAP)
        && draft.now <= list.started_at.after(limits::LIST_AT_MOST)
}

/// A new list of a team, without members yet; nobody is told before `due`.
pub(super) fn begin(draft: &mut Draft<'_>, of: ListOf, team: &Team, due: Timestamp) -> Incident {
    let mut list = of_team(draft, team, key(of, &team.name));
    list.list = Some(of);
    list.due = Some(due);
    if due > draft.now {
        draft.note(list.id, Reason::OpenDelay { until: due });
    }
    list
}

/// An incident that the collector itself makes for a team: of no alert's group, without members
/// yet, told to the team's own receiver.
pub(super) fn of_team(draft: &mut Draft<'_>, team: &Team, group: GroupKey) -> Incident {
    let id = draft.new_incident_id();
    let predecessor = draft.newest_of(&group).map(|before| before.id);
    draft.note(
        id,
        Reason::Grouped {
            group: group.0.to_string(),
            team: team.name.clone(),
            route: String::new(),
            predecessor,
        },
    );
    Incident {
        predecessor,
        team: team.name.clone(),
        receivers: team.ticket.iter().cloned().collect(),
        ..Incident::pending(id, group, draft.now)
    }
}

/// The line a list is known by here.
pub(super) fn title(draft: &Draft<'_>, list: &Incident, of: ListOf) -> String {
    if of == ListOf::Digest
        && let Some(told) = digest::told(draft, &list.team, list.id)
    {
        return format!("{}: {}", of.words(), told.title);
    }
    let alerts = match list.firing {
        1 => "1 alert".to_owned(),
        many => format!("{many} alerts"),
    };
    match of {
        ListOf::Enrolment | ListOf::GoLive => format!("{}: {alerts}", of.words()),
        // Another has taken its place.
        ListOf::Digest => of.words().to_owned(),
    }
}

/// What there is to tell of a list.
pub(super) fn listing(draft: &Draft<'_>, list: &Incident) -> Option<Listing> {
    match list.list? {
        ListOf::Digest => digest::told(draft, &list.team, list.id),
        of @ (ListOf::Enrolment | ListOf::GoLive) => {
            let firing = draft.firing(list.id).take(limits::COMPARED_MAX);
            let all: Vec<&Alert> = firing.collect();
            Some(of_alerts(of, &all, |_| false))
        }
    }
}

/// What there is to tell of alerts, by rule, those with most places first. What is new is said
/// to be, where that is asked.
fn of_alerts(of: ListOf, all: &[&Alert], is_new: impl Fn(&Alert) -> bool) -> Listing {
    let mut by_rule: BTreeMap<&str, Vec<&Alert>> = BTreeMap::new();
    for alert in all.iter().copied() {
        by_rule.entry(name(alert)).or_default().push(alert);
    }
    let mut groups: Vec<(usize, &str, Vec<&Alert>)> = by_rule
        .into_iter()
        .map(|(rule, alerts)| (places(&alerts), rule, alerts))
        .collect();
    groups.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(other.1)));
    let many = |count: usize| match count {
        1 => "1 host".to_owned(),
        many => format!("{many} hosts"),
    };
    let said = groups
        .iter()
        .map(|(places, rule, _)| format!("{} with {rule}", many(*places)));
    let title = said.take(limits::LISTED_IN_TITLE_MAX).collect::<Vec<_>>();
    let unsaid = groups.len() - title.len();
    let mut title = title.join(", ");
    if unsaid > 0 {
        let rules = if unsaid == 1 { "rule" } else { "rules" };
        title.push_str(&format!(", and {unsaid} more {rules}"));
    }
    let groups = groups.into_iter().take(limits::LISTED_GROUPS_MAX);
    let groups = groups.map(|(places, rule, alerts)| {
        let mut group = listed((rule, many(places)), &alerts, &is_new);
        if of == ListOf::Digest {
            group.says = says(&alerts);
        }
        group
    });
    Listing {
        of,
        title,
        groups: groups.collect(),
    }
}

fn listed(
    (rule, hosts): (&str, String),
    alerts: &[&Alert],
    is_new: impl Fn(&Alert) -> bool,
) -> Listed {
    let mut lines: Vec<String> = alerts
        .iter()
        .map(|alert| match is_new(alert) {
            true => format!("+ {}", line(alert)),
            false => line(alert),
        })
        .collect();
    lines.sort();
    let more = lines.len().saturating_sub(limits::LISTED_LINES_MAX);
    lines.truncate(limits::LISTED_LINES_MAX);
    Listed {
        heading: format!("{rule} on {hosts}"),
        says: Vec::new(),
        lines,
        paste: Vec::new(),
        more: u32::try_from(more).unwrap_or(u32::MAX),
    }
}

/// What it means, in the rule's words, and what to try first on the first of them.
fn says(alerts: &[&Alert]) -> Vec<String> {
    let Some(about) = alerts.first().map(|alert| &alert.about) else {
        return Vec::new();
    };
    let means = Some(about.means.clone()).filter(|means| !means.is_empty());
    let first = about.first.iter().map(|command| format!("$ {command}"));
    means.into_iter().chain(first).collect()
}

fn line(alert: &Alert) -> String {
    let title = &alert.about.title;
    match alert.about.labels.get("host") {
        Some(host) if !title.starts_with(host) => format!("{host}: {title}"),
        Some(_) | None => title.clone(),
    }
}

fn name(alert: &Alert) -> &str {
    let outside = || alert.about.labels.get("alertname").unwrap_or("");
    alert.identity.rule().unwrap_or_else(outside)
}

fn places(alerts: &[&Alert]) -> usize {
    let places: BTreeSet<&str> = alerts.iter().map(|alert| alert.identity.place()).collect();
    places.len()
}
