//! Hosts that need others to be seen.

use std::sync::Arc;
use std::time::Duration;

use vedette_triage::{Counters, Engine, Facts, HostSays, Parents, Place, State, Topology};
use vedette_wire::Class;

use super::*;

/// Reports come every 15 s: a silence is told after 90 s, an observation at once.
pub const GRACE: Duration = Duration::from_secs(90);

pub fn place(name: &str, parents: &[&[&str]]) -> Place {
    let group = |group: &&[&str]| Parents(group.iter().map(|name| (*name).into()).collect());
    Place {
        name: name.into(),
        parents: parents.iter().map(group).collect(),
        ..Place::default()
    }
}

pub fn world(places: Vec<Place>) -> World {
    let mut policy = policy();
    // What falls silent at once waits for others first: that is another story.
    policy.rollup.mass_entities = 0;
    for name in ["host-silent", "host-did-not-return"] {
        let mut silent = rule(name);
        silent.component = "liveness".into();
        policy.rules.insert(name.into(), silent);
    }
    let hosts: Vec<String> = places.iter().map(|place| place.name.clone()).collect();
    policy.topology = Arc::new(Topology::new(places, Vec::new()));
    let mut world = World::under(policy);
    world.engine = Engine::resume(State::resume(world.now, Counters::FIRST));
    for host in hosts {
        world.host(&host, seen(&host, Class::Server, "boot-1"));
    }
    world
}

/// `guests` guests of one hypervisor.
pub fn hypervisor(guests: u32) -> World {
    let guest = |number| place(&format!("vm-{number:02}"), &[&["esx-07"]]);
    let all = std::iter::once(place("esx-07", &[])).chain((1..=guests).map(guest));
    world(all.collect())
}

pub fn silent(host: &str) -> Condition {
    let mut silent = condition("host-silent", host);
    silent.component = "liveness".into();
    silent
}

/// A host falls silent, as its shard says so.
pub fn falls_silent(world: &mut World, host: &str) {
    let last_seen = world.now;
    world.host(host, HostSays::Silent { last_seen });
    world.fire(&silent(host));
}

/// A host reports again.
pub fn returns(world: &mut World, host: &str) {
    world.host(host, seen(host, Class::Server, "boot-1"));
    world.clear(&silent(host));
}

pub fn reports(world: &mut World, host: &str) {
    let at = world.now;
    let looked = Vec::new();
    world.host(host, HostSays::Observed { at, looked });
}

pub fn last_facts(world: &World) -> &Facts {
    &world.told.back().expect("something was told").facts
}
