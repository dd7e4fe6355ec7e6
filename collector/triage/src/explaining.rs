//! Decides which firing alerts explain which others: by the inhibition rules, and where a rule
//! depends on others of the same entity.
//!
//! In: the policy and an alert. Out: the keys under which it explains others, and those under
//! which others explain it. Both sides agree where one key is the same, so nobody compares every
//! alert with every other. Drills, shadows and what one agent
//! sees of a device explain nothing, and nothing explains them.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::{Alert, AlertId, Inhibition, Labels, Policy, RuleMeta, Suppression, limits};

/// The keys under which an alert explains others while it fires, as its rule and labels are now.
pub(crate) fn explains(policy: &Policy, alert: &Alert) -> Vec<Arc<str>> {
    if is_apart(policy, alert) {
        return Vec::new();
    }
    let labels = &alert.about.labels;
    let sources = policy.inhibitions.iter();
    let sources = sources.filter(|inhibition| inhibition.source.match_all(labels));
    let mut keys: Vec<Arc<str>> = sources
        .map(|inhibition| inhibits(inhibition, labels, inhibition.target.match_all(labels)))
        .take(limits::EXPLAINS_MAX)
        .collect();
    if let Some(rule) = alert.identity.rule() {
        let named = |meta: &RuleMeta| meta.depends_on.iter().any(|other| **other == *rule);
        if policy.rules.values().any(named) {
            keys.push(fires(rule, alert.identity.place()));
        }
    }
    keys
}

/// One way in which others can explain an alert.
pub(crate) struct Explanation<'p> {
    /// What explains it fires under this key.
    pub(crate) key: Arc<str>,
    why: Why<'p>,
}

enum Why<'p> {
    Inhibited(&'p str),
    DependsOn(&'p Arc<str>),
}

impl Explanation<'_> {
    /// What it means that this alert fires.
    pub(crate) fn by(&self, alert: AlertId) -> Suppression {
        match self.why {
            Why::Inhibited(name) => Suppression::Inhibited {
                name: name.to_owned(),
                alert,
            },
            Why::DependsOn(rule) => Suppression::DependsOn {
                rule: Arc::clone(rule),
                alert,
            },
        }
    }
}

/// Everything that would explain an alert if it fired; nothing for most.
pub(crate) fn explanations<'p>(policy: &'p Policy, alert: &Alert) -> Vec<Explanation<'p>> {
    if is_apart(policy, alert) {
        return Vec::new();
    }
    let depends_on = alert.identity.rule().into_iter().flat_map(|rule| {
        let meta = policy.rules.get(rule);
        let others = meta.into_iter().flat_map(|meta| &meta.depends_on);
        let others = others.filter(move |other| !depends(policy, other, rule));
        others.map(|other| Explanation {
            key: fires(other, alert.identity.place()),
            why: Why::DependsOn(other),
        })
    });
    let labels = &alert.about.labels;
    let targets = policy.inhibitions.iter();
    let targets = targets.filter(|inhibition| inhibition.target.match_all(labels));
    let inhibited = targets.flat_map(|inhibition| {
        // What matches both sides is inhibited only by what matches one, as in Alertmanager: so
        // nothing inhibits itself, and two that match both do not keep each other quiet.
        let sides: &[bool] = match inhibition.source.match_all(labels) {
            true => &[false],
            false => &[false, true],
        };
        sides.iter().map(|both| Explanation {
            key: inhibits(inhibition, labels, *both),
            why: Why::Inhibited(&inhibition.name),
        })
    });
    depends_on.chain(inhibited).collect()
}

/// The alerts that explain this one now, by the policy and what fires, each once.
pub(crate) fn explained_by(
    policy: &Policy,
    alert: &Alert,
    firing: impl Fn(&str) -> Option<AlertId>,
) -> BTreeSet<AlertId> {
    let explanations = explanations(policy, alert);
    let keys = explanations.iter();
    keys.filter_map(|explanation| firing(&explanation.key))
        .collect()
}

/// Whether nothing of this holds for it.
fn is_apart(policy: &Policy, alert: &Alert) -> bool {
    let rule = alert
        .identity
        .rule()
        .and_then(|rule| policy.rules.get(rule));
    let is_shadow = rule.is_some_and(|rule| rule.shadow);
    is_shadow || alert.drill.is_some() || alert.identity.is_view()
}

/// Whether a rule depends on another or itself, through others or not. What goes round in a circle
/// would keep all of it quiet, so it explains nothing.
fn depends(policy: &Policy, rule: &str, on: &str) -> bool {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut next = vec![rule];
    while let Some(rule) = next.pop() {
        if rule == on {
            return true;
        }
        if seen.len() < limits::ANCESTORS_MAX && seen.insert(rule) {
            let meta = policy.rules.get(rule);
            next.extend(
                meta.iter()
                    .flat_map(|meta| &meta.depends_on)
                    .map(|rule| &**rule),
            );
        }
    }
    false
}

fn fires(rule: &str, place: &str) -> Arc<str> {
    Arc::from(format!("{rule} at {place}"))
}

/// Where both sides agree on `equal`; a label that is absent is as good as an empty one.
fn inhibits(inhibition: &Inhibition, labels: &Labels, is_both_sides: bool) -> Arc<str> {
    let equal = inhibition.equal.iter();
    let equal: Labels = equal
        .map(|name| (name.as_str(), labels.get(name).unwrap_or("")))
        .collect();
    let sides = if is_both_sides { "both sides of " } else { "" };
    Arc::from(format!("{sides}{:?} with {equal}", inhibition.name))
}
