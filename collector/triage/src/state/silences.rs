//! Decides which silences can concern a set of labels, without trying all of them.
//!
//! In: silences as they come and go. Out: candidates for labels. Most silences
//! name one label's exact value, so they are kept by it; the others are always
//! candidates. Whether a candidate matches and holds is not asked here.

use std::collections::{BTreeMap, BTreeSet};

use crate::matcher::Operator;
use crate::{Labels, Silence, SilenceId};

/// Silences by the first exact value they ask for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct SilenceIndex {
    by_value: BTreeMap<String, BTreeMap<String, BTreeSet<SilenceId>>>,
    others: BTreeSet<SilenceId>,
}

impl SilenceIndex {
    pub(super) fn insert(&mut self, silence: &Silence) {
        let id = silence.id.clone();
        match key(silence) {
            Some((name, value)) => {
                let of_name = self.by_value.entry(name.to_owned()).or_default();
                of_name.entry(value.to_owned()).or_default().insert(id);
            }
            None => {
                self.others.insert(id);
            }
        }
    }

    pub(super) fn remove(&mut self, silence: &Silence) {
        self.others.remove(&silence.id);
        let Some((name, value)) = key(silence) else {
            return;
        };
        let Some(of_name) = self.by_value.get_mut(name) else {
            return;
        };
        if let Some(of_value) = of_name.get_mut(value) {
            of_value.remove(&silence.id);
            if of_value.is_empty() {
                of_name.remove(value);
            }
        }
        if of_name.is_empty() {
            self.by_value.remove(name);
        }
    }

    /// Every silence that may match these labels, and some that do not.
    pub(super) fn candidates<'a>(
        &'a self,
        labels: &'a Labels,
    ) -> impl Iterator<Item = &'a SilenceId> {
        let exact = self
            .by_value
            .iter()
            .filter_map(|(name, of_name)| of_name.get(labels.get(name)?))
            .flatten();
        exact.chain(&self.others)
    }
}

/// The first exact, non-empty value the matchers ask for.
fn key(silence: &Silence) -> Option<(&str, &str)> {
    silence
        .matchers
        .0
        .iter()
        .find(|matcher| matcher.operator() == Operator::Equal && !matcher.value().is_empty())
        .map(|matcher| (matcher.name(), matcher.value()))
}
