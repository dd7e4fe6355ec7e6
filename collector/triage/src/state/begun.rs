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
}

impl BegunIndex {
    pub(super) fn insert(&mut self, alert: &Alert) {
        self.alike.extend(alike(alert));
    }

    pub(super) fn remove(&mut self, alert: &Alert) {
        if let Some(alike) = alike(alert) {
            self.alike.remove(&alike);
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
}

fn alike(alert: &Alert) -> Option<(Arc<str>, Arc<str>, Timestamp, AlertId)> {
    let begun = alert.begun.as_ref().filter(|_| alert.is_firing())?;
    let (team, what) = (Arc::clone(&begun.team), Arc::clone(&begun.what));
    Some((team, what, begun.at, alert.id))
}
