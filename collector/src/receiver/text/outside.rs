//! Words what tells alerts from outside apart: the labels that their sender gave them.
//!
//! Our own rules say it in their titles. Knows nothing of what the labels mean.

use vedette_config::one_line;
use vedette_triage::{Facts, Labels, Member};

use super::phrase::cut;

/// Labels that the rest of a ticket says, or that are about how it is handled.
const SAID_ELSEWHERE: [&str; 12] = [
    "alertname",
    "class",
    "component",
    "env",
    "host",
    "instance",
    "service",
    "severity",
    "site",
    "source",
    "team",
    "tier",
];
/// Labels shown of a ticket.
const LABELS_SHOWN_MAX: usize = 8;
/// Labels shown of one member of several.
const LABELS_OF_MEMBER_MAX: usize = 3;
/// Characters of one value.
const VALUE_CHARS_MAX: usize = 60;

/// `queue mail, cluster k1`: what all of them have in common, of alerts from outside.
pub(super) fn labels(facts: &Facts) -> Option<String> {
    let is_common = |_: &str, _: &str| true;
    let words = || words(&facts.labels, is_common, LABELS_SHOWN_MAX);
    is_from_outside(facts).then(words).flatten()
}

/// What a member has that not all have.
pub(super) fn apart(member: &Member, facts: &Facts) -> Option<String> {
    let is_its_own = |name: &str, value: &str| facts.labels.get(name) != Some(value);
    let words = || words(&member.labels, is_its_own, LABELS_OF_MEMBER_MAX);
    is_from_outside(facts).then(words).flatten()
}

fn is_from_outside(facts: &Facts) -> bool {
    facts.rule.is_empty() && facts.list.is_none() && facts.report.is_none()
}

fn words(labels: &Labels, wanted: impl Fn(&str, &str) -> bool, at_most: usize) -> Option<String> {
    let telling = |(name, value): &(&str, &str)| {
        !value.is_empty() && !SAID_ELSEWHERE.contains(name) && wanted(name, value)
    };
    let mut telling = labels.iter().filter(telling);
    let shown = telling.by_ref().take(at_most);
    let shown = shown.map(|(name, value)| format!("{name} {}", value_of(value)));
    let mut shown: Vec<String> = shown.collect();
    let more = telling.count();
    shown.extend((more > 0).then(|| format!("{more} more")));
    (!shown.is_empty()).then(|| shown.join(", "))
}

fn value_of(value: &str) -> String {
    cut(&one_line(value), VALUE_CHARS_MAX)
}
