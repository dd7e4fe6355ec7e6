//! Lends the policy's titles to the shards.

use std::sync::Arc;

use vedette_policy::{Loaded, Sighting};
use vedette_triage::{Labels, Policy};

use crate::api::PolicyInForce;
use crate::shard::{self, SeenBy, Words};

/// A policy under its number, with what renders its titles.
pub(super) fn in_force(loaded: &Loaded, policy: Arc<Policy>) -> PolicyInForce {
    PolicyInForce {
        policy,
        titles: Arc::new(loaded.titles.clone()),
        silence: loaded.settings.other_timers.silence.clone(),
    }
}

/// What is said of something that is about no series of a host.
pub(super) fn words_of(in_force: &PolicyInForce, rule: &str) -> Words {
    let seen = SeenBy {
        attributes: &Labels::none(),
        values: &[],
        host: &Labels::none(),
    };
    in_force.titles.words(rule, &seen)
}

impl shard::Titles for vedette_policy::Titles {
    fn words(&self, rule: &str, seen: &SeenBy<'_>) -> Words {
        let sighting = Sighting {
            rule,
            host: seen.host.get("host").unwrap_or_default(),
            values: seen.values,
            attributes: seen.attributes,
        };
        Words {
            title: self.title(&sighting),
            means: self.means(&sighting),
            first: self.first(&sighting),
        }
    }
}
