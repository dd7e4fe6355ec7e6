//! Decides what members have in common that separates them from everybody else: where they are,
//! what they hang on and run, what was changed on them.
//!
//! In: alerts that fire together, and the hosts that are not among them and report. Out: what all
//! members have and many others have not, if that is hardly chance; the most telling first. What is
//! true of an alert and not of its place (a mount point, a check) is nothing to compare by.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Alert, EntityId, Host, HostChange, Labels, TogetherOf, enriched, limits};

use super::super::draft::Draft;
use super::shared::named;

/// Labels that say which host it is or how much it is worth, not what it is.
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
/// What all members have although so many others have it too would be chance in fewer cases than
/// this, as if members had been drawn at random.
const CHANCE_MAX: f64 = 0.05;
/// What more than three of four others have separates nobody, however many members there are.
const OTHERS_MAX: (u32, u32) = (3, 4);

/// Something a host is, has, or hangs on: `("site", "graz")`.
type Feature = (String, String);

/// What all members share.
pub(super) struct Common {
    /// Places that are compared.
    members: u32,
    others: u32,
    /// What the fewest others have first, then what people think of first.
    shared: Vec<Shared>,
}

struct Shared {
    feature: Feature,
    /// How many others have it.
    also: u32,
}

impl Common {
    pub(super) fn of(draft: &Draft<'_>, firing: &[&Alert], others: &[&Host]) -> Common {
        let mut having: BTreeMap<Feature, u32> = BTreeMap::new();
        for host in others {
            for feature in of_host(draft, host) {
                *having.entry(feature).or_default() += 1;
            }
        }
        let places = by_place(firing);
        let mut members = places.values().map(|alert| of_alert(draft, alert, &having));
        let mut shared = members.next().unwrap_or_default();
        for features in members {
            shared.retain(|feature| features.contains(feature));
        }
        let by_others = |feature| {
            let also = having.get(&feature).copied().unwrap_or(0);
            Shared { feature, also }
        };
        let mut shared: Vec<Shared> = shared.into_iter().map(by_others).collect();
        shared.sort_by_key(|shared| (shared.also, rank(&shared.feature)));
        Common {
            members: count(places.len()),
            others: count(others.len()),
            shared,
        }
    }

    fn telling(&self) -> impl Iterator<Item = &Shared> {
        let is_telling = |shared: &&Shared| {
            let (members, also, others) = (self.members, shared.also, self.others);
            separates(members, also, others) && !is_chance(members, also, others)
        };
        self.shared.iter().filter(is_telling)
    }

    /// In a word or two each.
    pub(super) fn told(&self) -> Vec<String> {
        let told = self.telling().take(limits::COMMON_TOLD_MAX);
        told.map(|shared| words(&shared.feature)).collect()
    }

    /// `all 30 have parent esx-07; the other 12 of cluster a report`
    pub(super) fn sentence(&self, of: &TogetherOf) -> Option<String> {
        let Shared { feature, also } = self.telling().next()?;
        let (members, feature) = (self.members, words(feature));
        let (does, do_so) = match of {
            TogetherOf::Silence => ("reports", "report"),
            TogetherOf::SameRule { .. } | TogetherOf::Storm => {
                ("is not affected", "are not affected")
            }
        };
        let all = format!("all {members} have {feature}");
        match also {
            0 => {}
            1 => return Some(format!("{all}; 1 other that has it {does}")),
            also => return Some(format!("{all}; {also} others that have it {do_so}")),
        }
        let is_wider = |shared: &&Shared| shared.also > 0 && !is_software(&shared.feature);
        Some(match self.shared.iter().find(is_wider) {
            Some(Shared { feature, also: 1 }) => {
                format!("{all}; the other 1 of {} {does}", words(feature))
            }
            Some(Shared { feature, also }) => {
                format!("{all}; the other {also} of {} {do_so}", words(feature))
            }
            None => format!("{all}, and nobody else has"),
        })
    }
}

/// What was changed on all of them in the day before, and not on nearly everybody. A change is
/// suspected sooner than what has always been so: it often shows on one host after another.
pub(super) fn changes(draft: &Draft<'_>, firing: &[&Alert], others: &[&Host]) -> Vec<HostChange> {
    let since = draft.now.before(limits::CHANGES_SHOWN);
    let same = |one: &HostChange, other: &HostChange| {
        (&one.what, &one.name, &one.after) == (&other.what, &other.name, &other.after)
    };
    let has = |host: &Host, change: &HostChange| {
        host.changes_since(since).any(|other| same(change, other))
    };
    let places = by_place(firing);
    let mut hosts = places.values().map(|alert| host(draft, alert));
    let Some(Some(first)) = hosts.next() else {
        return Vec::new();
    };
    let mut shared: Vec<HostChange> = first.changes_since(since).cloned().collect();
    for host in hosts {
        shared.retain(|change| host.is_some_and(|host| has(host, change)));
    }
    shared.retain(|change| {
        let also = others.iter().filter(|host| has(host, change)).count();
        separates(count(places.len()), count(also), count(others.len()))
    });
    shared.truncate(limits::COMMON_TOLD_MAX);
    shared
}

/// Whether so few others have what all members have that it separates them.
fn separates(members: u32, also: u32, others: u32) -> bool {
    let (most, of) = OTHERS_MAX;
    let is_rare = u64::from(also) * u64::from(of) <= u64::from(others) * u64::from(most);
    members >= 2 && others > 0 && is_rare
}

/// Whether it is likely that all members have what so many others have if members are any of all
/// there are.
fn is_chance(members: u32, also: u32, others: u32) -> bool {
    let mut chance = 1.0;
    for drawn in 0..members {
        chance *= f64::from(members + also - drawn) / f64::from(members + others - drawn);
        if chance <= CHANCE_MAX {
            return false;
        }
    }
    true
}

fn by_place<'a>(firing: &[&'a Alert]) -> BTreeMap<&'a str, &'a Alert> {
    let by_place = firing.iter().map(|alert| (alert.identity.place(), *alert));
    by_place.collect()
}

fn count(many: usize) -> u32 {
    u32::try_from(many).unwrap_or(u32::MAX)
}

/// Among what as few others have: what people think of first when many things fail.
fn rank((name, _): &Feature) -> u8 {
    match name.as_str() {
        "parent" => 0,
        "site" => 1,
        "service" => 2,
        "os" => 4,
        "kernel" => 5,
        _ => 3,
    }
}

fn is_software((name, _): &Feature) -> bool {
    name == "os" || name == "kernel"
}

fn host<'d>(draft: &'d Draft<'_>, alert: &Alert) -> Option<&'d Host> {
    let id = alert.identity.entity_id();
    let by_id = id.and_then(|id| draft.state.host(&EntityId::new(id)));
    let by_id = by_id.map(|host| &**host);
    by_id.or_else(|| draft.host_named(alert.identity.named_place()?))
}

/// Of a device, or of what an alert from outside is about, no more is said than of hosts.
fn of_alert(
    draft: &Draft<'_>,
    alert: &Alert,
    having: &BTreeMap<Feature, u32>,
) -> BTreeSet<Feature> {
    if let Some(host) = host(draft, alert) {
        return of_host(draft, host);
    }
    let is_said_of_hosts = |name: &str| {
        let from = (name.to_owned(), String::new());
        let mut known = having.range(from..);
        known.next().is_some_and(|((known, _), _)| known == name)
    };
    let labels = compared(alert.about.labels.iter());
    let labels = labels.filter(|(name, _)| is_said_of_hosts(name));
    needs(draft, named(alert))
        .into_iter()
        .chain(labels)
        .collect()
}

fn of_host(draft: &Draft<'_>, host: &Host) -> BTreeSet<Feature> {
    let facts = [("os", &host.facts.os), ("kernel", &host.facts.kernel)];
    let facts = facts.map(|(name, value)| (name, value.as_str()));
    let labels = labels(draft, host);
    let known = compared(labels.iter().chain(facts));
    let needs = needs(draft, &host.facts.name).into_iter();
    needs.chain(known).collect()
}

/// What people know of a host and what it says of itself.
pub(super) fn labels(draft: &Draft<'_>, host: &Host) -> Labels {
    let (topology, rules) = (&draft.policy.topology, &draft.policy.enrichments);
    enriched(topology, rules, Some(&host.facts.name), &host.labels())
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
