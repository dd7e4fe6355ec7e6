//! Keeps what detection says to the shard: changes only.

use std::sync::Arc;

use crate::{HostSays, Identity, Labels, Says};

/// One condition that changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Which condition.
    pub identity: Identity,
    /// The rule that found it, by name.
    pub rule: Arc<str>,
    /// Firing or ok.
    pub says: Says,
    /// All attributes of the series, the describing ones included.
    pub attributes: Labels,
    /// What the condition saw, by the names it used, parameters last; all finite.
    pub values: Vec<(String, f64)>,
    /// It was caused by an event that came late, out of a backlog (invariant 17).
    pub late: bool,
}

/// What one look at a host changed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observed {
    /// What changed about the host itself; to be told before the rest.
    pub host: Vec<HostSays>,
    /// Conditions that changed.
    pub found: Vec<Found>,
    /// Conditions that fire as before.
    pub unchanged: u32,
    /// Series and conditions over a bound of [`limits`](super::limits): not looked at.
    pub over_bound: u32,
}

impl Observed {
    /// Whether the engine must be told anything.
    pub fn is_empty(&self) -> bool {
        self.host.is_empty() && self.found.is_empty()
    }
}
