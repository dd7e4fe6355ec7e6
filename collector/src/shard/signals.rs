//! Turns what detection found into signals: labels, title, what it is worth.
//!
//! Labels the collector sets cannot be set by an agent: what is written later
//! here wins.

use std::sync::Arc;

use vedette_triage::detect::{Found, SAYS_NOTHING, TEXT};
use vedette_triage::{
    About, AlertSignal, EntityId, HostSays, HostSignal, Input, Labels, Says, Signal, limits,
};
use vedette_wire::Class;

use super::{InForce, SeenBy};

/// Annotation of a signal that an event out of a backlog caused (invariant 17).
const LATE: (&str, &str) = ("late", "true");

/// What changed about a host.
pub(super) fn of_host(id: &EntityId, says: HostSays) -> Input {
    Input::Signal(Signal::Host(HostSignal {
        id: id.clone(),
        says,
    }))
}

/// A condition that changed, on the host with these labels.
pub(super) fn of_found(found: Found, host: &Labels, in_force: &InForce) -> Input {
    let device = found.identity.entity();
    let device = device.as_ref().and_then(EntityId::device);
    let labels = device.map(|device| of_device(device, host));
    let about = about(&found, labels.as_ref().unwrap_or(host), in_force);
    Input::Signal(Signal::Alert(AlertSignal {
        identity: found.identity,
        says: found.says,
        about: Arc::new(about),
        drill: None,
    }))
}

fn about(found: &Found, host: &Labels, in_force: &InForce) -> About {
    let rule = in_force.policy.detection.get(&found.rule);
    let severity = match &found.says {
        Says::Firing { severity, .. } => severity.as_str(),
        Says::Ok { .. } => "",
    };
    let component = rule.map_or("", |rule| rule.component.as_str());
    let worded = worded(found);
    let seen = SeenBy {
        attributes: &worded,
        values: &found.values,
        host,
    };
    let words = in_force.titles.words(&found.rule, &seen);
    let class = match host.get("class") {
        Some(class) if class == Class::Workstation.as_str() => Class::Workstation,
        Some(_) | None => Class::Server,
    };
    let own = [
        ("alertname", &*found.rule),
        ("component", component),
        ("severity", severity),
    ];
    About {
        labels: found
            .attributes
            .iter()
            .chain(host.iter())
            .chain(own)
            .collect(),
        annotations: annotations(found),
        title: one_line(&words.title, &found.rule),
        means: words.means,
        first: words.first,
        component: component.to_owned(),
        handling: rule.map(|rule| rule.handling(class)),
        values: found.values.clone(),
        generator_url: String::new(),
        text: found.text.clone(),
        event: found.event.clone(),
        late: found.late,
    }
}

/// The labels of a device that a host looked at: it is no part of that host. `from` is for people,
/// who see from where it cannot be reached.
fn of_device(device: &str, host: &Labels) -> Labels {
    let from = host.get("host").unwrap_or_default();
    let labels = [("host", device), ("kind", "device"), ("from", from)];
    labels.into_iter().collect()
}

/// Free text that goes with it, as with alerts from outside.
fn annotations(found: &Found) -> Labels {
    let late = found.late.map(|_| LATE);
    let text = (!found.text.is_empty()).then_some((TEXT, found.text.as_str()));
    late.into_iter().chain(text).collect()
}

/// What a title is made of: the attributes, and the first line of what a check or event says.
fn worded(found: &Found) -> Labels {
    match (found.first_line(), found.attributes.get(TEXT)) {
        (None, Some(_)) => found.attributes.clone(),
        (first, _) => found.attributes.with(TEXT, first.unwrap_or(SAYS_NOTHING)),
    }
}

/// A title is one line, bounded, and never empty.
fn one_line(title: &str, rule: &str) -> String {
    let mut line = title.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        rule.clone_into(&mut line);
    }
    while line.len() > limits::TITLE_BYTES_MAX {
        line.pop();
    }
    line
}
