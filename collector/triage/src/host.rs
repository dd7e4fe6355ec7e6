//! Keeps what the engine knows of a host.
//!
//! Whether it is silent right now is measured in the shards; here is what must
//! survive a restart.

use serde::{Deserialize, Serialize};
use vedette_wire::{Goodbye, HostFacts};

use crate::{EntityId, Labels, Timestamp};

/// A machine with an agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Host {
    /// Its random id.
    pub id: EntityId,
    /// What it says of itself.
    pub facts: HostFacts,
    /// The kernel's boot id at the last change.
    pub boot: String,
    /// The agent's version.
    pub version: String,
    /// The pause between its reports, in seconds.
    pub interval_s: f64,
    /// When it was first heard of.
    pub first_seen: Timestamp,
    /// Set while it is gone on purpose.
    pub away: Option<Away>,
    /// Set while it is silent: when it was last heard of.
    pub silent_since: Option<Timestamp>,
    /// Another host that claims the same name.
    pub name_also_claimed_by: Option<EntityId>,
}

impl Host {
    /// The labels every alert about this host carries: its own, then `host`, `class`.
    pub fn labels(&self) -> Labels {
        self.facts
            .labels
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .chain([
                ("host", self.facts.name.as_str()),
                ("class", self.facts.class.as_str()),
            ])
            .collect()
    }
}

/// Gone on purpose: a goodbye buys time, never silence (invariant 6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Away {
    /// When it said goodbye.
    pub since: Timestamp,
    /// Why.
    pub reason: Goodbye,
    /// When it should be back; none for a workstation that sleeps or is switched off.
    pub until: Option<Timestamp>,
}
