//! Lends the policy's titles to the shards.

use std::sync::Arc;

use vedette_policy::{Loaded, Sighting};
use vedette_triage::Policy;
use vedette_triage::detect::Rule;

use crate::api::PolicyInForce;
use crate::shard::{self, SeenBy};

/// A policy under its number, with what renders its titles.
pub(super) fn in_force(loaded: &Loaded, policy: Arc<Policy>) -> PolicyInForce {
    PolicyInForce {
        policy,
        titles: Arc::new(Titles(loaded.titles.clone())),
        silence: loaded.settings.other_timers.silence.clone(),
    }
}

struct Titles(vedette_policy::Titles);

impl shard::Titles for Titles {
    fn title(&self, rule: &Rule, seen: &SeenBy<'_>) -> String {
        self.0.title(&Sighting {
            rule: &rule.name,
            host: seen.host.get("host").unwrap_or_default(),
            values: seen.values,
            attributes: seen.attributes,
        })
    }
}
