//! Devices: what agents look at from outside, and how that is right now.

use std::collections::BTreeMap;

use vedette_triage::{Labels, Policy, Standing, State};

use super::shapes::Device;

/// Every device that agents look at, in order of name.
pub(super) fn all(state: &State, policy: &Policy) -> Vec<Device> {
    let devices = state.devices();
    devices.map(|name| one(state, policy, name)).collect()
}

/// The labels a device is filtered by.
pub(super) fn labels(device: &Device) -> Labels {
    let known = device.labels.iter();
    let known = known.map(|(name, value)| (name.as_str(), value.as_str()));
    let own = [
        ("host", device.name.as_str()),
        ("kind", device.kind.as_str()),
        ("state", device.state.as_str()),
    ];
    known.chain(own).collect()
}

fn one(state: &State, policy: &Policy, name: &str) -> Device {
    let place = policy.topology.place(name);
    let kind = place.map_or("", |place| place.kind.as_str());
    let count = |standing| state.alerts_at(name, standing).count() as u64;
    let (failed, fires) = (count(Standing::Failed), count(Standing::Fires));
    let is_seen = state.lookers(name).any(|host| host.is_here());
    let standing = match (failed, fires, is_seen) {
        (1.., _, _) => "down",
        (0, 1.., _) => "failing",
        (0, 0, true) => "well",
        (0, 0, false) => "unseen",
    };
    let lookers = state.lookers(name).map(|host| host.facts.name.clone());
    let labels = place.map(|place| place.labels.iter());
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let labels: BTreeMap<String, String> = labels.into_iter().flatten().map(owned).collect();
    Device {
        name: name.to_owned(),
        kind: match kind {
            "" => "device".into(),
            kind => kind.into(),
        },
        state: standing.into(),
        looked_at_from: lookers.collect(),
        labels,
        firing: failed + fires,
    }
}
