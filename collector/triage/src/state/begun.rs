//! Finds alerts that began together: by owner team and what they are, the newest first.
//!
//! Derived from the records alone.

use std::collections::BTreeMap;
use std::ops::RangeBounds;
use std::sync::Arc;

use crate::{Alert, AlertId, Begun, Timestamp};

use super::packed::Packed;

/// See above.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct BegunIndex {
    /// Firing ones by team and what they are.
    alike: BTreeMap<(Arc<str>, Arc<str>), Begins>,
    /// All by team, also those that are over: what began, however briefly, counts in a storm.
    of_team: BTreeMap<Arc<str>, Begins>,
}

/// Alerts by when they began; many share a team and a rule, so their names stand once.
#[derive(Debug, Clone, Default, PartialEq)]
struct Begins(Packed<(Timestamp, AlertId)>);

impl BegunIndex {
    pub(super) fn swap(&mut self, before: Option<&Alert>, now: Option<&Alert>) {
        let said = |alert: &Alert| (alert.begun.clone(), alert.is_firing());
        if before.map(said) == now.map(said) {
            return;
        }
        if let Some(before) = before {
            self.remove(before);
        }
        if let Some(now) = now {
            self.insert(now);
        }
    }

    fn insert(&mut self, alert: &Alert) {
        let Some(begun) = alert.begun.as_ref() else {
            return;
        };
        let entry = (begun.at, alert.id);
        if alert.is_firing() {
            self.alike.entry(alike(begun)).or_default().0.add(entry);
        }
        if counts_in_storm(begun) {
            let of_team = self.of_team.entry(Arc::clone(&begun.team));
            of_team.or_default().0.add(entry);
        }
    }

    /// Its names in the place where others have the same ones, so that they stand once.
    pub(super) fn share(&self, begun: &mut Begun) {
        let known = self.alike.get_key_value(&alike(begun));
        if let Some(((team, what), _)) = known {
            begun.team = Arc::clone(team);
            begun.what = Arc::clone(what);
        }
    }

    fn remove(&mut self, alert: &Alert) {
        let Some(begun) = alert.begun.as_ref() else {
            return;
        };
        let entry = (begun.at, alert.id);
        take_out(&mut self.alike, &alike(begun), entry);
        take_out(&mut self.of_team, &begun.team, entry);
    }

    /// Firing alerts of a team that are this, the newest first, down to `since`.
    pub(super) fn alike(
        &self,
        (team, what): (&Arc<str>, &Arc<str>),
        since: Timestamp,
    ) -> impl Iterator<Item = AlertId> + use<'_> {
        let begins = self.alike.get(&(Arc::clone(team), Arc::clone(what)));
        newest_first(begins, (since, AlertId(0))..)
    }

    /// What began of a team since then and before this, the newest first.
    pub(super) fn lately(
        &self,
        team: &Arc<str>,
        (since, before): (Timestamp, (Timestamp, AlertId)),
    ) -> impl Iterator<Item = AlertId> + use<'_> {
        let from = (since, AlertId(0)).min(before);
        newest_first(self.of_team.get(team), from..before)
    }
}

fn newest_first<'a>(
    begins: Option<&'a Begins>,
    range: impl RangeBounds<(Timestamp, AlertId)> + Clone + 'a,
) -> impl Iterator<Item = AlertId> {
    let within = begins.map(|begins| begins.0.range(range).rev());
    within.into_iter().flatten().map(|((_, id), ())| *id)
}

/// Leaves no empty set behind, or names would stay for ever.
fn take_out<K: Ord>(index: &mut BTreeMap<K, Begins>, key: &K, entry: (Timestamp, AlertId)) {
    let Some(begins) = index.get_mut(key) else {
        return;
    };
    begins.0.remove(&entry);
    if begins.0.is_empty() {
        index.remove(key);
    }
}

fn counts_in_storm(begun: &Begun) -> bool {
    !begun.is_of_workstation()
}

fn alike(begun: &Begun) -> (Arc<str>, Arc<str>) {
    (Arc::clone(&begun.team), Arc::clone(&begun.what))
}
