//! Decides how it is said in JSON what an incident is a part of: what many alerts share, who is hit,
//! which failure is suspected, where the rest of it is.
//!
//! In: facts. Out: names for a step. Knows nothing of profiles.

use serde_json::{Value as Json, json};
use vedette_triage::{Facts, HostChange, OtherIncident, SiteFacts, TogetherFacts, TogetherOf};

use super::scene::moment;

/// The names, with or without a value.
pub(super) fn names(facts: &Facts) -> Json {
    json!({
        "together": facts.together.as_ref().map(together),
        "hit": hit(facts),
        "suspected_cause": facts.suspected,
        "part_of": facts.part_of.as_ref().map(other),
        "merged_into": facts.merged_into.as_ref().map(other),
    })
}

fn together(together: &TogetherFacts) -> Json {
    let (rule, thing) = match &together.of {
        TogetherOf::SameRule { rule, thing } => (Some(rule), thing.as_ref()),
        TogetherOf::Silence | TogetherOf::Storm => (None, None),
    };
    let first = together.first.as_ref();
    json!({
        "what": together.of.as_str(),
        "rule": rule,
        "of": thing,
        "places": together.places,
        "first": first.map(|(place, since)| json!({ "place": place, "since": moment(*since) })),
        "common": together.common,
        "changes": together.changes.iter().map(change).collect::<Vec<_>>(),
        "others": together.others,
        "site": together.site.as_ref().map(site),
    })
}

fn change(change: &HostChange) -> Json {
    json!({
        "at": moment(change.at),
        "what": change.what,
        "name": change.name,
        "before": change.before,
        "after": change.after,
    })
}

fn site(site: &SiteFacts) -> Json {
    json!({ "name": site.name, "well": site.well, "other_sites_well": site.sites_well })
}

/// Nothing where nobody needs it, or nobody that does is hit.
fn hit(facts: &Facts) -> Option<Json> {
    (facts.hit_total > 0).then(
        || json!({ "places": facts.hit, "total": facts.hit_total, "dependents": facts.dependents }),
    )
}

fn other(other: &OtherIncident) -> Json {
    json!({
        "incident": other.incident.0,
        "title": other.title,
        "ticket": other.ticket,
    })
}
