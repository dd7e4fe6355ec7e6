//! Finds alerts that began together: by owner team and what they are, the newest first.
//!
//! Derived from the records alone.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::{Alert, AlertId, Timestamp};

/// See above.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct BegunIndex {
    /// Firing ones by team and what they are.
    alike: BTreeSet<(Arc<str>, Arc<str>, Timestamp, AlertId)>,
    /// All by team, also those that are over: what began, however briefly, counts in a storm.
    of_team: BTreeSet<(Arc<str>, Timestamp, AlertId)>,
}

impl BegunIndex {
    pub(super) fn insert(&mut self, alert: &Alert) {
        self.alike.extend(alike(alert));
        self.of_team.extend(of_team(alert));
    }

    pub(super) fn remove(&mut self, alert: &Alert) {
        if let Some(alike) = alike(alert) {
            self.alike.remove(&alike);
        }
        if let Some(of_team) = of_team(alert) {
            self.of_team.remove(&of_team);
        }
    }

    /// Firing alerts of a team that are this, the newest first, down to `since`.
    pub(super) fn alike(
        &self,
        (team, what): (&Arc<str>, &Arc<str>),
        since: Timestamp,
    ) -> impl Iterator<Item = AlertId> + use<'_> {
        let key = |at, id| (Arc::clone(team), Arc::clone(what), at, id);
        let from = key(since, AlertId(0));
        let to = key(Timestamp::MAX, AlertId(u64::MAX));
        self.alike.range(from..=to).rev().map(|(_, _, _, id)| *id)
    }

    /// What began of a team since then and before this, the newest first.
    pub(super) fn lately(
        &self,
        team: &Arc<str>,
        (since, before): (Timestamp, (Timestamp, AlertId)),
    ) -> impl Iterator<Item = AlertId> + use<'_> {
        let from = (Arc::clone(team), since, AlertId(0));
        let to = (Arc::clone(team), before.0, before.1);
        self.of_team
            .range(from.min(to.clone())..to)
            .rev()
            .map(|(_, _, id)| *id)
    }
}

fn of_team(alert: &Alert) -> Option<(Arc<str>, Timestamp, AlertId)> {
    let begun = alert.begun.as_ref()?;
    let key = (Arc::clone(&begun.team), begun.at, alert.id);
    (!begun.is_of_workstation()).then_some(key)
}

fn alike(alert: &Alert) -> Option<(Arc<str>, Arc<str>, Timestamp, AlertId)> {
    let begun = alert.begun.as_ref().filter(|_| alert.is_firing())?;
    let (team, what) = (Arc::clone(&begun.team), Arc::clone(&begun.what));
    Some((team, what, begun.at, alert.id))
}
