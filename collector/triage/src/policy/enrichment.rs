//! Decides what is added to labels: what people know and no source says.
//!
//! In: labels, and the place they are about. Out: the same labels with others set: by the
//! place first, then by each rule in order, a later one seeing what an earlier one set.
//! Never part of an identity (invariant 9).

use regex::Regex;

use crate::{Labels, Matchers, limits};

use super::Topology;

/// Labels that nothing may set: they say what an alert is, not what is known of it.
pub const UNTOUCHABLE: [&str; 3] = ["alertname", "severity", "host"];

/// Sets labels from labels.
#[derive(Debug, Clone)]
pub struct Enrichment {
    /// Its name.
    pub name: String,
    /// All must hold.
    pub matchers: Matchers,
    /// A label in whose value this must be found, and whose groups `$1` to `$9` can be used.
    pub pattern: Option<(String, Regex)>,
    /// What is set, in order; an empty value removes.
    pub set: Vec<(String, Template)>,
}

/// A value with holes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(pub Vec<Piece>);

/// A piece of a [`Template`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// These words.
    Text(String),
    /// `{name}`: the value of this label; nothing if it is absent.
    Label(String),
    /// `$1`: this group of the pattern; nothing if it took no part.
    Group(usize),
}

/// The labels of an alert about a place, with what people know of it.
pub fn enriched(
    topology: &Topology,
    rules: &[Enrichment],
    place: Option<&str>,
    labels: &Labels,
) -> Labels {
    let mut labels = match place.and_then(|name| topology.place(name)) {
        Some(place) => labels.overlaid(&place.labels),
        None => labels.clone(),
    };
    if let Some(service) = labels
        .get("service")
        .and_then(|name| topology.service(name))
    {
        let tier = service.tier.map(|tier| tier.to_string());
        let known = [
            ("team", service.team.as_str()),
            ("tier", tier.as_deref().unwrap_or("")),
        ];
        for (name, value) in known {
            if labels.get(name).is_none() {
                labels = labels.with(name, value);
            }
        }
    }
    for rule in rules {
        if let Some(set) = rule.apply(&labels) {
            labels = set;
        }
    }
    labels
}

impl Enrichment {
    /// The labels with what it sets; none if it does not hold for them.
    fn apply(&self, labels: &Labels) -> Option<Labels> {
        if !self.matchers.match_all(labels) {
            return None;
        }
        let groups = match &self.pattern {
            Some((label, pattern)) => Some(pattern.captures(labels.get(label).unwrap_or(""))?),
            None => None,
        };
        let mut result = labels.clone();
        for (name, template) in &self.set {
            let mut value = String::new();
            for piece in &template.0 {
                value.push_str(match piece {
                    Piece::Text(text) => text,
                    Piece::Label(name) => result.get(name).unwrap_or(""),
                    Piece::Group(at) => groups
                        .as_ref()
                        .and_then(|groups| groups.get(*at))
                        .map_or("", |group| group.as_str()),
                });
            }
            let fits = value.len() <= limits::LABEL_VALUE_BYTES_MAX;
            let has_room = result.get(name).is_some() || result.len() < limits::LABELS_MAX;
            if fits && has_room && !UNTOUCHABLE.contains(&name.as_str()) {
                result = result.with(name, &value);
            }
        }
        Some(result)
    }
}
