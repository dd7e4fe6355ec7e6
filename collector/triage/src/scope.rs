//! Decides whom planned work is about: hosts and devices, by what their alerts are labelled with.
//!
//! In: the state, the policy. Out: what is planned for an entity, and the entities of a window.

use std::sync::Arc;

use crate::{
    EntityId, Host, Labels, Origin, Policy, Silence, SilenceState, State, Timestamp, enriched,
};

impl State {
    /// The holds and windows that last now for a host or device.
    pub fn planned(&self, policy: &Policy, now: Timestamp, entity: &EntityId) -> Vec<Arc<Silence>> {
        let labels = labels(self, policy, entity);
        let id = Some(entity.as_str());
        let is_plan = |silence: &&Arc<Silence>| match silence.origin {
            // Root holds all of it, whatever the alert.
            Origin::Hold => silence.state(now) == SilenceState::Active,
            Origin::Window => silence.holds(now, &labels, id),
            Origin::Person | Origin::Job => false,
        };
        let holding = self.silences_matching(&labels, id).filter(is_plan);
        holding.cloned().collect()
    }

    /// Whether what this host or device does now is planned: root holds it, or a window lasts for it.
    pub fn is_planned(&self, policy: &Policy, now: Timestamp, entity: &EntityId) -> bool {
        !self.planned(policy, now, entity).is_empty()
    }
}

/// The hosts that a window is about, in order of id.
pub(crate) fn hosts<'s>(
    (state, policy): (&'s State, &'s Policy),
    window: &'s Silence,
) -> impl Iterator<Item = &'s Arc<Host>> {
    let is_meant = move |host: &&Arc<Host>| {
        let labels = labels(state, policy, &host.id);
        window.matchers.match_all(&labels)
    };
    state.hosts().filter(is_meant)
}

/// The labels that every alert about it carries.
fn labels(state: &State, policy: &Policy, entity: &EntityId) -> Labels {
    let (name, said) = match (entity.device(), state.host(entity)) {
        (Some(name), _) => {
            let said = [("host", name), ("kind", "device")].into_iter().collect();
            (name, said)
        }
        (None, Some(host)) => (host.facts.name.as_str(), host.labels()),
        (None, None) => return Labels::none(),
    };
    enriched(&policy.topology, &policy.enrichments, Some(name), &said)
}
