//! Says what is known of places, services and rules that explain each other.
//!
//! In: a loaded policy. Out: lines, none where nothing is known.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use vedette_triage::{Place, Topology};

use crate::load::Loaded;

/// Services, or places that others need, that are named; the rest is counted.
const NAMED_MAX: usize = 20;

pub(super) fn write(out: &mut String, loaded: &Loaded) -> fmt::Result {
    let topology = &*loaded.policy.topology;
    places(out, topology)?;
    services(out, topology)?;
    depends(out, loaded)
}

fn places(out: &mut String, topology: &Topology) -> fmt::Result {
    if topology.places().len() == 0 {
        return Ok(());
    }
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for place in topology.places() {
        *kinds.entry(&place.kind).or_default() += 1;
    }
    let kinds: Vec<String> = kinds
        .into_iter()
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    writeln!(out, "Places: {}", kinds.join(", "))?;
    let mut needed: Vec<(usize, &Place)> = topology
        .places()
        .map(|place| (topology.dependents(&place.name).len(), place))
        .filter(|(count, _)| *count > 0)
        .collect();
    // Sorting is stable: equals stay in order of name.
    needed.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    let lines = needed.iter().map(|(count, place)| {
        let count = match count {
            1 => "1 other needs".to_owned(),
            count => format!("{count} others need"),
        };
        format!("{count} {} ({})", place.name, place.kind)
    });
    listed(out, lines)
}

fn services(out: &mut String, topology: &Topology) -> fmt::Result {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for place in topology.places() {
        if let Some(service) = place.labels.get("service") {
            *places.entry(service).or_default() += 1;
        }
    }
    if topology.services().len() == 0 {
        return Ok(());
    }
    writeln!(out, "Services")?;
    let lines = topology.services().map(|service| {
        let tier = service.tier.map(|tier| format!(", tier {tier}"));
        let team = (!service.team.is_empty()).then(|| format!(", team {}", service.team));
        let plain =
            (!service.plain_name.is_empty()).then(|| format!(", \"{}\"", service.plain_name));
        let count = places.get(service.name.as_str()).copied().unwrap_or(0);
        let said: String = [tier, team, plain].into_iter().flatten().collect();
        format!("{}{said}: on {count} of the places", service.name)
    });
    listed(out, lines)
}

fn depends(out: &mut String, loaded: &Loaded) -> fmt::Result {
    let explained = || {
        let rules = loaded.policy.rules.values();
        // Those inside the program are as they always are; what somebody wrote is news.
        rules.filter(|rule| !rule.depends_on.is_empty() && !is_shipped(loaded, &rule.name))
    };
    if explained().next().is_none() {
        return Ok(());
    }
    writeln!(out, "Rules that others explain")?;
    let lines = explained().map(|rule| {
        let by: Vec<&str> = rule.depends_on.iter().map(|name| &**name).collect();
        format!("{} by {} on the same host", rule.name, by.join(", "))
    });
    listed(out, lines)
}

fn is_shipped(loaded: &Loaded, name: &str) -> bool {
    let mut rules = loaded.rules.iter();
    rules.any(|rule| rule.is_shipped && rule.name.value == name)
}

fn listed(out: &mut String, lines: impl Iterator<Item = String>) -> fmt::Result {
    let lines: Vec<String> = lines.collect();
    for line in lines.iter().take(NAMED_MAX) {
        writeln!(out, "  {line}")?;
    }
    if let more @ 1.. = lines.len().saturating_sub(NAMED_MAX) {
        writeln!(out, "  and {more} more")?;
    }
    writeln!(out)
}
