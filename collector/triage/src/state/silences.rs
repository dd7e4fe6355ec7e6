//! Decides which silences can concern a set of labels, without trying all of them.
//!
//! In: silences as they come and go. Out: candidates for labels. Most silences
//! name one label's exact value, so they are kept by it; the others are always
//! candidates. Whether a candidate matches and holds is not asked here.

use std::collections::{BTreeMap, BTreeSet};

use crate::matcher::Operator;
use crate::{EntityId, Labels, Silence, SilenceId};

/// Silences by the first exact value they ask for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct SilenceIndex {
    by_value: BTreeMap<String, BTreeMap<String, BTreeSet<SilenceId>>>,
    /// Those that are about one entity.
    by_entity: BTreeMap<EntityId, BTreeSet<SilenceId>>,
    others: BTreeSet<SilenceId>,
}

impl SilenceIndex {
    pub(super) fn insert(&mut self, silence: &Silence) {
        let id = silence.id.clone();
        if let Some(entity) = &silence.entity {
            let of_entity = self.by_entity.entry(entity.clone()).or_default();
            of_entity.insert(id);
            return;
        }
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
        if let Some(entity) = &silence.entity {
            if let Some(of_entity) = self.by_entity.get_mut(entity) {
                of_entity.remove(&silence.id);
                if of_entity.is_empty() {
                    self.by_entity.remove(entity);
                }
            }
            return;
        }
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

    /// The silences that are about one entity.
    pub(super) fn about(&self, entity: &str) -> impl Iterator<Item = &SilenceId> {
        self.by_entity.get(entity).into_iter().flatten()
    }

    /// Every silence that may match these labels of this entity, and some that do not.
    pub(super) fn candidates<'a>(
        &'a self,
        labels: &'a Labels,
        entity: Option<&'a str>,
    ) -> impl Iterator<Item = &'a SilenceId> {
        let about = entity.into_iter().flat_map(|entity| self.about(entity));
        let exact = self
            .by_value
            .iter()
            .filter_map(|(name, of_name)| of_name.get(labels.get(name)?))
            .flatten();
        exact.chain(&self.others).chain(about)
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
