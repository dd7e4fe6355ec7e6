//! Finds what fires by a label that silences ask for, without looking at all that fires.
//!
//! Derived from the records alone: each label by whose value some silence that is remembered can be
//! looked up keeps what fires by its values. These are few, whatever the silences: most ask for the
//! same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::matcher::Operator;
use crate::{Alert, AlertId, Matcher, Matchers, Silence};

use super::State;

impl State {
    /// What fires and has labels that these match. Looks at no other alerts if a silence or window
    /// that is remembered asks for the same label, and else at all.
    pub fn firing_labelled<'a>(
        &'a self,
        matchers: &'a Matchers,
    ) -> impl Iterator<Item = &'a Arc<Alert>> {
        let known = self.labelled.having(matchers);
        let all = match known {
            Some(_) => None,
            None => Some(self.alerts.values()),
        };
        let known = known.into_iter().flatten();
        let known = known.filter_map(|id| self.alerts.get(&id));
        known
            .chain(all.into_iter().flatten())
            .filter(|alert| alert.is_firing() && matchers.match_all(&alert.about.labels))
    }

    pub(super) fn ask_for(&mut self, silence: &Silence) {
        let Some(name) = key(&silence.matchers).filter(|_| is_asked(silence)) else {
            return;
        };
        let asked = self.labelled.0.entry(name.name().to_owned()).or_default();
        asked.silences += 1;
        if asked.silences == 1 {
            for alert in self.alerts.values() {
                asked.insert(name.name(), alert);
            }
        }
    }

    pub(super) fn ask_no_more(&mut self, silence: &Silence) {
        let Some(name) = key(&silence.matchers).filter(|_| is_asked(silence)) else {
            return;
        };
        if let Some(asked) = self.labelled.0.get_mut(name.name()) {
            asked.silences -= 1;
            if asked.silences == 0 {
                self.labelled.0.remove(name.name());
            }
        }
    }
}

/// What fires by the labels that are asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct LabelIndex(BTreeMap<String, Asked>);

/// A label that is asked for.
#[derive(Debug, Clone, Default, PartialEq)]
struct Asked {
    /// By so many silences.
    silences: usize,
    firing: BTreeMap<String, BTreeSet<AlertId>>,
}

impl LabelIndex {
    pub(super) fn insert(&mut self, alert: &Alert) {
        for (name, asked) in &mut self.0 {
            asked.insert(name, alert);
        }
    }

    pub(super) fn remove(&mut self, alert: &Alert) {
        for (name, asked) in &mut self.0 {
            asked.remove(name, alert);
        }
    }

    /// What fires and may match; none where that is not kept.
    fn having<'a>(&'a self, matchers: &'a Matchers) -> Option<impl Iterator<Item = AlertId> + 'a> {
        let matcher = key(matchers)?;
        let asked = self.0.get(matcher.name())?;
        let exact = (matcher.operator() == Operator::Equal).then(|| matcher.value());
        let (one, all) = match exact {
            Some(value) => (asked.firing.get(value), None),
            None => (None, Some(asked.firing.iter())),
        };
        let all = all.into_iter().flatten();
        let some = all.filter(|(value, _)| matcher.matches_value(value));
        let some = some.map(|(_, firing)| firing);
        Some(one.into_iter().chain(some).flatten().copied())
    }
}

impl Asked {
    fn insert(&mut self, name: &str, alert: &Alert) {
        let value = alert.about.labels.get(name);
        if let Some(value) = value.filter(|_| alert.is_firing()) {
            let of_value = self.firing.entry(value.to_owned()).or_default();
            of_value.insert(alert.id);
        }
    }

    fn remove(&mut self, name: &str, alert: &Alert) {
        let value = alert.about.labels.get(name);
        let Some(value) = value.filter(|_| alert.is_firing()) else {
            return;
        };
        if let Some(of_value) = self.firing.get_mut(value) {
            of_value.remove(&alert.id);
            if of_value.is_empty() {
                self.firing.remove(value);
            }
        }
    }
}

/// What one host plans is about nothing else, and nobody is asked what it mutes.
fn is_asked(silence: &Silence) -> bool {
    silence.entity.is_none()
}

/// The matcher by whose label what matches is found: an exact one before others. What it matches
/// has that label, so one that matches its absence is none.
fn key(matchers: &Matchers) -> Option<&Matcher> {
    let needs = |matcher: &&Matcher| !matcher.matches_value("");
    let exact = |matcher: &&Matcher| matcher.operator() == Operator::Equal;
    let mut needed = matchers.0.iter().filter(needs);
    let exact = matchers.0.iter().filter(needs).find(exact);
    exact.or_else(|| needed.next())
}
