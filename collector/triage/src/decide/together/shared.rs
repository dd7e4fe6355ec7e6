//! Decides what is said of many alerts as one: how many, which was first, what they have in common
//! that not everybody has, and who has it and is well.
//!
//! In: an incident about many. Out: facts, bounded whatever its size; what cannot be compared
//! with everybody is not claimed. Asked only when something is told.

use std::collections::{BTreeMap, BTreeSet};

use vedette_wire::Class;

use crate::{
    Alert, Begun, EntityId, Host, HostChange, Impact, Incident, SiteFacts, TogetherFacts,
    TogetherOf, enriched, limits,
};

use super::super::draft::Draft;

/// Labels that say which alert it is, not where.
const NOT_COMPARED: [&str; 9] = [
    "alertname",
    "class",
    "component",
    "host",
    "instance",
    "severity",
    "team",
    "tier",
    "job",
];

/// Something a host is, has, or hangs on: `("site", "graz")`.
type Feature = (String, String);

/// The line an incident about many is known by here; whoever tells it adds times and what is shared.
pub(in super::super) fn title(
    draft: &Draft<'_>,
    incident: &Incident,
    of: &TogetherOf,
    front: &Alert,
) -> String {
    let leader = draft.alert(incident.leader).unwrap_or(front);
    title_of(of, places(draft, incident), front, leader)
}

/// On how many places it fires now; one more than counted means more than that.
fn places(draft: &Draft<'_>, incident: &Incident) -> u32 {
    let all = [Impact::High, Impact::Medium, Impact::Low];
    let places = all
        .into_iter()
        .flat_map(|impact| draft.places(incident.id, impact));
    let counted = places.take(limits::SERVERS_COUNTED_MAX + 1).count();
    match counted > limits::SERVERS_COUNTED_MAX {
        // Mostly one alert each.
        true => incident.firing,
        false => u32::try_from(counted).unwrap_or(u32::MAX),
    }
}

pub(super) fn title_of(of: &TogetherOf, places: u32, front: &Alert, first: &Alert) -> String {
    let hosts = match places {
        1 => "1 host".to_owned(),
        many => format!("{many} hosts"),
    };
    let first = named(first);
    match of {
        TogetherOf::SameRule { .. } => {
            format!("{hosts}: {} (first: {first})", front.about.title)
        }
        TogetherOf::Silence => format!("{hosts} silent (first: {first})"),
        TogetherOf::Storm => {
            format!("Storm on {hosts} (first: {first}: {})", front.about.title)
        }
    }
}

/// Where it is, as people call it.
fn named(alert: &Alert) -> &str {
    let host = alert.about.labels.get("host");
    host.or_else(|| alert.identity.named_place())
        .unwrap_or_else(|| alert.identity.place())
}

/// What there is to tell of many as one.
pub(in super::super) fn facts(draft: &Draft<'_>, incident: &Incident) -> Option<TogetherFacts> {
    let together = incident.together.as_ref()?;
    let first = draft.alert(incident.leader);
    let firing: Vec<&Alert> = draft
        .firing(incident.id)
        .take(limits::COMPARED_MAX)
        .collect();
    let others = others(draft, &firing);
    let shared = Shared::of(draft, &firing, others.as_deref());
    Some(TogetherFacts {
        of: together.of.clone(),
        places: places(draft, incident),
        first: first.map(|first| (named(first).to_owned(), first.starts_at)),
        common: shared.told(),
        changes: shared.changes(draft, &firing, others.as_deref()),
        others: shared.sentence(firing.len()),
        site: others.and_then(|others| site(draft, &firing, &others)),
    })
}

/// The hosts none of whose alerts is among these; none if there are too many to look at.
fn others<'d>(draft: &'d Draft<'_>, firing: &[&Alert]) -> Option<Vec<&'d Host>> {
    let hosts = draft.state.hosts();
    if hosts.len() > limits::COMPARED_MAX || firing.len() >= limits::COMPARED_MAX {
        return None;
    }
    let places: BTreeSet<&str> = firing.iter().map(|alert| alert.identity.place()).collect();
    let others = hosts.filter(|host| !places.contains(host.id.as_str()));
    Some(others.map(|host| &**host).collect())
}

/// What all of them share, and on how many others each of it is.
struct Shared {
    /// By how many others have it, the fewest first.
    by_others: Vec<(usize, Feature)>,
    others: Option<usize>,
}

impl Shared {
    fn of(draft: &Draft<'_>, firing: &[&Alert], others: Option<&[&Host]>) -> Shared {
        let mut all = firing.iter().map(|alert| of_alert(draft, alert));
        let mut shared = all.next().unwrap_or_default();
        for features in all {
            shared.retain(|feature| features.contains(feature));
        }
        let mut counts: BTreeMap<Feature, usize> =
            shared.into_iter().map(|feature| (feature, 0)).collect();
        for host in others.into_iter().flatten() {
            for feature in of_host(draft, host) {
                counts.entry(feature).and_modify(|count| *count += 1);
            }
        }
        let mut by_others: Vec<(usize, Feature)> = counts
            .into_iter()
            .map(|(feature, count)| (count, feature))
            .collect();
        by_others.sort();
        Shared {
            by_others,
            others: others.map(<[&Host]>::len),
        }
    }

    /// What not everybody has, that which the fewest have first.
    fn distinctive(&self) -> impl Iterator<Item = &(usize, Feature)> {
        let others = self.others.unwrap_or(usize::MAX);
        let told = self.by_others.iter();
        told.filter(move |(count, _)| *count < others || others == 0)
    }

    fn told(&self) -> Vec<String> {
        let told = self.distinctive().take(limits::COMMON_TOLD_MAX);
        told.map(|(_, feature)| words(feature)).collect()
    }

    /// `all 30 have parent esx-07; the other 12 of cluster a are well`
    fn sentence(&self, firing: usize) -> Option<String> {
        self.others?;
        let (with, feature) = self.distinctive().next()?;
        let feature = words(feature);
        if *with > 0 {
            return Some(format!(
                "all {firing} have {feature}; {with} others that have it are well"
            ));
        }
        let wider = self.by_others.iter().find(|(count, _)| *count > 0);
        Some(match wider {
            Some((count, wider)) => format!(
                "all {firing} have {feature}; the other {count} of {} are well",
                words(wider)
            ),
            None => format!("all {firing} have {feature}, and nobody else has"),
        })
    }

    /// What was changed on all of them in the day before, and not on all others.
    fn changes(
        &self,
        draft: &Draft<'_>,
        firing: &[&Alert],
        others: Option<&[&Host]>,
    ) -> Vec<HostChange> {
        let since = draft.now.before(limits::CHANGES_SHOWN);
        let same = |one: &HostChange, other: &HostChange| {
            (&one.what, &one.name, &one.after) == (&other.what, &other.name, &other.after)
        };
        let has = |host: &Host, change: &HostChange| {
            host.changes_since(since).any(|other| same(change, other))
        };
        let mut hosts = firing.iter().map(|alert| host(draft, alert));
        let Some(Some(first)) = hosts.next() else {
            return Vec::new();
        };
        let mut shared: Vec<HostChange> = first.changes_since(since).cloned().collect();
        for host in hosts {
            shared.retain(|change| host.is_some_and(|host| has(host, change)));
        }
        shared.retain(|change| {
            let others = others.filter(|others| !others.is_empty());
            others.is_none_or(|others| !others.iter().all(|host| has(host, change)))
        });
        shared.truncate(limits::COMMON_TOLD_MAX);
        shared
    }
}

fn host<'d>(draft: &'d Draft<'_>, alert: &Alert) -> Option<&'d Host> {
    let id = alert.identity.entity_id()?;
    draft.state.host(&EntityId::new(id)).map(|host| &**host)
}

fn of_alert(draft: &Draft<'_>, alert: &Alert) -> BTreeSet<Feature> {
    let mut features = match host(draft, alert) {
        Some(host) => of_host(draft, host),
        None => needs(draft, named(alert)),
    };
    features.extend(compared(alert.about.labels.iter()));
    features
}

fn of_host(draft: &Draft<'_>, host: &Host) -> BTreeSet<Feature> {
    let policy = draft.policy;
    let name = &host.facts.name;
    let labels = enriched(
        &policy.topology,
        &policy.enrichments,
        Some(name.as_str()),
        &host.labels(),
    );
    let mut features = needs(draft, name);
    features.extend(compared(labels.iter()));
    let facts = [("os", &host.facts.os), ("kernel", &host.facts.kernel)];
    features.extend(compared(
        facts.iter().map(|(name, value)| (*name, value.as_str())),
    ));
    features
}

/// What it hangs on alone.
fn needs(draft: &Draft<'_>, name: &str) -> BTreeSet<Feature> {
    let place = draft.policy.topology.place(name);
    let parents = place.into_iter().flat_map(|place| &place.parents);
    parents
        .filter(|group| group.0.len() == 1)
        .flat_map(|group| &group.0)
        .map(|parent| ("parent".to_owned(), parent.clone()))
        .collect()
}

fn compared<'l>(labels: impl Iterator<Item = (&'l str, &'l str)>) -> impl Iterator<Item = Feature> {
    labels
        .filter(|(name, value)| !value.is_empty() && !NOT_COMPARED.contains(name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
}

fn words((name, value): &Feature) -> String {
    match name.as_str() {
        "os" => value.clone(),
        name => format!("{name} {value}"),
    }
}

/// How the site stands at which all of it is.
fn site(draft: &Draft<'_>, firing: &[&Alert], others: &[&Host]) -> Option<SiteFacts> {
    let site_of = |alert: &Alert| alert.about.labels.get("site").map(str::to_owned);
    let name = site_of(firing.first()?)?;
    if !firing
        .iter()
        .all(|alert| site_of(alert).as_ref() == Some(&name))
    {
        return None;
    }
    let is_server = |host: &Host| host.facts.class == Class::Server;
    let first = firing.first().and_then(|alert| alert.begun.as_ref());
    // Workstations say nothing of a site that has anything else.
    let are_workstations = first.is_some_and(Begun::is_of_workstation);
    let expected = others
        .iter()
        .filter(|host| host.away.is_none() && (are_workstations || is_server(host)));
    let mut well = 0;
    let mut sites: BTreeSet<String> = BTreeSet::new();
    let mut not_well: BTreeSet<String> = BTreeSet::new();
    for host in expected {
        let at = of_host(draft, host)
            .into_iter()
            .find(|(label, _)| label == "site");
        match at {
            Some((_, at)) if at == name && host.silent_since.is_none() => well += 1,
            Some((_, at)) if at == name => {}
            Some((_, at)) if host.silent_since.is_some() && is_server(host) => {
                not_well.insert(at);
            }
            Some((_, _)) if host.silent_since.is_some() => {}
            Some((_, at)) => {
                sites.insert(at);
            }
            None => {}
        }
    }
    Some(SiteFacts {
        name,
        well,
        sites_well: u32::try_from(sites.difference(&not_well).count()).unwrap_or(u32::MAX),
    })
}
