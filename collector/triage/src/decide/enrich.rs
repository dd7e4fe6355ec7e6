//! Decides how an alert is described: by what its source said, and by what people know of its
//! place.
//!
//! In: an identity, and what its source said of it. Out: the same with labels set by the topology
//! and the enrichment rules, what was said of those, and what others it explains so. Asked before anything looks at the labels;
//! never changes whether, where and how alerts are grouped already (invariant 9).

use std::sync::Arc;

use crate::{About, Alert, EntityId, Identity, Labels, enriched, explaining};

use super::draft::Draft;

/// Describes an alert whose source says so. Where nothing is known, as it was said.
pub(super) fn describe(draft: &Draft<'_>, alert: &mut Alert, said: &Arc<About>) {
    let policy = draft.policy;
    let place = place(draft, &alert.identity);
    let labels = enriched(&policy.topology, &policy.enrichments, place, &said.labels);
    if labels == said.labels {
        alert.about = Arc::clone(said);
        alert.enriched = Vec::new();
    } else {
        alert.enriched = set(&said.labels, &labels);
        alert.about = Arc::new(About {
            labels,
            ..About::clone(said)
        });
    }
    alert.explains = explaining::explains(policy, alert);
}

/// What the alert is about, by the name that people know it by.
pub(super) fn place<'d>(draft: &'d Draft<'_>, identity: &'d Identity) -> Option<&'d str> {
    let host = |id: &str| draft.state.host(&EntityId::new(id));
    let of_host = || Some(host(identity.entity_id()?)?.facts.name.as_str());
    identity.named_place().or_else(of_host)
}

/// The labels that are not as they were said, with what was said of them.
fn set(said: &Labels, now: &Labels) -> Vec<(Arc<str>, Arc<str>)> {
    let said_of = |name: &str| said.get(name).unwrap_or("");
    let changed = now
        .iter()
        .filter(|(name, value)| said_of(name) != *value)
        .map(|(name, _)| name);
    let removed = said.iter().map(|(name, _)| name);
    let removed = removed.filter(|name| now.get(name).is_none());
    changed
        .chain(removed)
        .map(|name| (Arc::from(name), Arc::from(said_of(name))))
        .collect()
}
