//! Decides what an alert has in common with others, as a canonical text.
//!
//! In: an alert and its destination. Out: a [`GroupKey`]. Knows nothing of which
//! incidents there are.

use std::sync::Arc;

use crate::{Alert, GroupKey, Labels, Policy, Source, TicketPer};

use super::route::Destination;

/// The group of an alert. Owner teams, drills and shadows are always apart.
pub(super) fn key(policy: &Policy, alert: &Alert, destination: &Destination<'_>) -> GroupKey {
    let of_rule = alert
        .identity
        .rule()
        .and_then(|rule| policy.rules.get(rule));
    let of_rule = of_rule.and_then(|rule| rule.ticket_per.as_ref());
    let ticket_per = of_rule.unwrap_or(&destination.timers.ticket_per);
    let mut pairs: Vec<(&str, String)> = match ticket_per {
        TicketPer::Labels(names) => names
            .iter()
            .map(|name| (name.as_str(), value(policy, alert, name).to_owned()))
            .collect(),
        TicketPer::Alert => vec![
            ("@source", alert.identity.source.as_str().to_owned()),
            ("@alert", alert.identity.labels.to_string()),
        ],
        TicketPer::Route => vec![("@route", format!("/{}", destination.route_name()))],
    };
    pairs.push(("@team", destination.team.name.clone()));
    if alert.drill.is_some() {
        pairs.push(("@drill", "true".into()));
    }
    if is_shadow(policy, alert) {
        pairs.push(("@shadow", "true".into()));
    }
    let labels: Labels = pairs.into_iter().collect();
    GroupKey(Arc::from(labels.to_string()))
}

/// Whether its rule only decides and shows, but opens nothing.
pub(super) fn is_shadow(policy: &Policy, alert: &Alert) -> bool {
    alert
        .identity
        .rule()
        .and_then(|rule| policy.rules.get(rule))
        .is_some_and(|rule| rule.shadow)
}

/// `host` is the entity, so that a renamed host stays in its group; the component of an alert
/// from outside that has none is its name.
fn value<'a>(policy: &'a Policy, alert: &'a Alert, name: &str) -> &'a str {
    let labels = &alert.about.labels;
    match name {
        "host" => alert.identity.place(),
        // A device that is down is in one incident with what was wrong with it before.
        "component" if of_device(alert) => {
            let rule = alert
                .identity
                .rule()
                .and_then(|rule| policy.rules.get(rule));
            rule.map_or("", |rule| &rule.component)
        }
        "component" if !alert.about.component.is_empty() => &alert.about.component,
        "component" => {
            let outside = || match alert.identity.source {
                Source::Rules => None,
                Source::Alertmanager => labels.get("alertname"),
            };
            let labelled = labels.get("component").or_else(outside);
            labelled.unwrap_or("")
        }
        other => labels.get(other).unwrap_or(""),
    }
}

fn of_device(alert: &Alert) -> bool {
    let entity = alert.identity.entity();
    entity.is_some_and(|entity| entity.device().is_some())
}
