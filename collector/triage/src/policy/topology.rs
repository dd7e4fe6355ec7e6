//! Keeps what hangs on what: places, the services they serve, and what they need to be seen.
//!
//! In: what `hosts.csv`, `topology.csv` and `services.csv` say, by name. Out: look-ups both
//! ways. Circles and unknown parents are refused where the files are read; what is asked
//! here ends nevertheless, after [`limits::ANCESTORS_MAX`] steps.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Labels, limits};

/// Every place and service that is known by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Topology {
    places: BTreeMap<String, Place>,
    services: BTreeMap<String, Service>,
    /// By parent: who needs it, alone or as one of a redundancy group.
    children: BTreeMap<String, BTreeSet<String>>,
    /// What a place of tier 1 cannot be seen without, and the first such place.
    vital: BTreeMap<String, String>,
}

/// A host or device, as people describe it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// Its name; the host name of a host.
    pub name: String,
    /// What it is: `host`, or the kind of device (`switch`, `hypervisor`, ...).
    pub kind: String,
    /// What is said of it, as labels: `site`, `team`, `service`, `tier`; those of its service where
    /// it has none itself. They win over what an agent says.
    pub labels: Labels,
    /// What it needs to be seen. All must be available.
    pub parents: Vec<Parents>,
    /// Free text.
    pub notes: String,
}

/// Places of which one is enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parents(pub Vec<String>);

/// What people use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// 1 is the most important; none = not said.
    pub tier: Option<u8>,
    /// What people who use it call it.
    pub plain_name: String,
    /// Who owns it; may be empty.
    pub team: String,
    /// When it is needed, as it is written; may be empty.
    pub hours: String,
}

impl Topology {
    /// From places and services; the last of a name wins.
    pub fn new(places: Vec<Place>, services: Vec<Service>) -> Topology {
        let mut children: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for place in &places {
            for parent in place.parents.iter().flat_map(|group| &group.0) {
                let of_parent = children.entry(parent.clone()).or_default();
                of_parent.insert(place.name.clone());
            }
        }
        let by_name = |place: Place| (place.name.clone(), place);
        let services = services
            .into_iter()
            .map(|service| (service.name.clone(), service));
        let places = places.into_iter().map(by_name).collect();
        Topology {
            vital: vital(&places),
            places,
            services: services.collect(),
            children,
        }
    }

    /// A place by name.
    pub fn place(&self, name: &str) -> Option<&Place> {
        self.places.get(name)
    }

    /// All places in order of name.
    pub fn places(&self) -> impl ExactSizeIterator<Item = &Place> {
        self.places.values()
    }

    /// A service by name.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.get(name)
    }

    /// All services in order of name.
    pub fn services(&self) -> impl ExactSizeIterator<Item = &Service> {
        self.services.values()
    }

    /// What needs this place directly, in order of name.
    pub fn children(&self, name: &str) -> impl Iterator<Item = &str> {
        let children = self.children.get(name).into_iter().flatten();
        children.map(String::as_str)
    }

    /// How many others need this place, through others or not; counted up to `most`.
    pub fn count_dependents(&self, name: &str, most: usize) -> usize {
        let mut found: BTreeSet<&str> = BTreeSet::new();
        let mut next: Vec<&str> = self.children(name).take(most).collect();
        while let Some(place) = next.pop() {
            if place != name && found.insert(place) {
                if found.len() >= most {
                    break;
                }
                next.extend(self.children(place).take(most));
            }
        }
        found.len()
    }

    /// The first place of tier 1 that needs this one, through others or not; where one of several
    /// is enough, none of these is needed.
    pub fn vital_for(&self, name: &str) -> Option<&str> {
        self.vital.get(name).map(String::as_str)
    }

    /// Everything that needs this place, through others or not; without itself, in order of name.
    pub fn dependents(&self, name: &str) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        let mut next: Vec<&str> = self.children(name).collect();
        while let Some(place) = next.pop() {
            if found.len() < limits::DEPENDENTS_MAX && place != name && found.insert(place) {
                next.extend(self.children(place));
            }
        }
        found
    }
}

/// Upward from every place of tier 1, each parent once.
fn vital(places: &BTreeMap<String, Place>) -> BTreeMap<String, String> {
    let mut vital: BTreeMap<String, String> = BTreeMap::new();
    let is_first = |place: &&Place| place.labels.get("tier") == Some("1");
    for first in places.values().filter(is_first) {
        let mut next = vec![first];
        while let Some(place) = next.pop() {
            for Parents(group) in &place.parents {
                let [parent] = group.as_slice() else {
                    continue;
                };
                if !vital.contains_key(parent) {
                    vital.insert(parent.clone(), first.name.clone());
                    next.extend(places.get(parent));
                }
            }
        }
    }
    vital
}
