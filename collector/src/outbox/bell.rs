//! Wakes whoever delivers when a commit brought something for it.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Notify;
use vedette_triage::{Change, Decision};

/// One bell for each receiver. Clones share them. Rung in vain it costs one look into the store.
#[derive(Debug, Clone, Default)]
pub struct Bell {
    by_receiver: Arc<RwLock<BTreeMap<String, Arc<Notify>>>>,
}

impl Bell {
    /// To be called after each commit, and only then (invariant 2).
    pub fn committed(&self, decisions: &[Decision]) {
        let bells = self
            .by_receiver
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        for change in decisions.iter().flat_map(|decision| &decision.changes) {
            if let Change::AddDelivery(delivery) = change
                && let Some(bell) = bells.get(&delivery.receiver)
            {
                bell.notify_one();
            }
        }
    }

    /// Wakes everybody: a person wants all of it tried now.
    pub fn ring_all(&self) {
        let bells = self
            .by_receiver
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        bells.values().for_each(|bell| bell.notify_one());
    }

    pub(super) fn of(&self, receiver: &str) -> Arc<Notify> {
        let mut bells = self
            .by_receiver
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        Arc::clone(bells.entry(receiver.to_owned()).or_default())
    }
}
