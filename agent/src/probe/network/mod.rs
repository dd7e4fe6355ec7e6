//! Measures network interfaces: what they carry, what goes wrong, whether they are up.
//!
//! In: `/proc/net/dev`, one read a round, and once a minute [`facts`] of each interface from
//! `/sys/class/net`. Out: counters since the interface came up; up, speed, and what kind of
//! interface it is. The loopback and what containers and virtual machines are given by the
//! hundred is left out.

mod facts;

use std::time::{Duration, Instant};

use vedette_wire::{Looked, metric};

use self::facts::Facts;
use super::source::Source;
use super::{Gaps, Notes, Probe, Surroundings, text};

/// Interfaces looked at in one round, in the kernel's order.
const INTERFACES_MAX: usize = 64;
/// Whether an interface is up is asked again after this long.
const FACTS_EVERY: Duration = Duration::from_secs(60);

/// How names begin that programs give to what they make for containers and virtual machines.
const MADE_BY_THE_HUNDRED: [&str; 17] = [
    "veth",
    "docker",
    "podman",
    "cali",
    "cilium",
    "cni",
    "flannel",
    "lxc",
    "lxdbr",
    "incusbr",
    "vnet",
    "virbr",
    "fwbr",
    "fwln",
    "fwpr",
    "kube-",
    "nodelocaldns",
];
/// What the kernel makes unasked when it loads a driver.
const MADE_BY_THE_KERNEL: [&str; 14] = [
    "lo",
    "ifb0",
    "ifb1",
    "dummy0",
    "tunl0",
    "sit0",
    "gre0",
    "gretap0",
    "erspan0",
    "ip6tnl0",
    "ip6gre0",
    "ip_vti0",
    "ip6_vti0",
    "ip6erspan0",
];

struct Network {
    proc: Source,
    sys: Source,
    known: Vec<Known>,
    /// When the facts were asked last.
    asked: Instant,
}

struct Known {
    name: String,
    facts: Option<Facts>,
    is_there: bool,
}

/// What an interface did in one direction since it came up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Carried {
    bytes: u64,
    packets: u64,
    errors: u64,
    dropped: u64,
}

pub(super) fn build(surroundings: &Surroundings) -> Box<dyn Probe> {
    Box::new(Network {
        proc: Source::keeping(&surroundings.proc),
        sys: Source::new(&surroundings.sys),
        known: Vec::new(),
        asked: Instant::now(),
    })
}

impl Probe for Network {
    fn look(&mut self, notes: &mut Notes) -> Looked {
        self.look_at(Instant::now(), notes)
    }
}

impl Network {
    fn look_at(&mut self, now: Instant, notes: &mut Notes) -> Looked {
        if now.duration_since(self.asked) >= FACTS_EVERY {
            self.asked = now;
            self.known.iter_mut().for_each(|known| known.facts = None);
        }
        let bytes = match self.proc.read("net/dev") {
            Ok(bytes) => bytes,
            Err(why) => return Looked::No { why },
        };
        let mut gaps = Gaps::default();
        let (mut place, mut above) = (0, 0_usize);
        // Two lines of headings stand above the interfaces.
        let lines = text::lines(bytes).skip(2);
        for line in lines.filter(|line| !line.is_empty()) {
            let Some((name, received, transmitted)) = parse(line) else {
                gaps.push("/proc/net/dev has a line that is not an interface's".to_owned());
                continue;
            };
            if is_left_out(name) {
                continue;
            }
            if place >= INTERFACES_MAX {
                above += 1;
                continue;
            }
            find_or_add(&mut self.known, name, place);
            let known = &mut self.known[place];
            known.is_there = true;
            for (direction, carried) in [("receive", received), ("transmit", transmitted)] {
                carried.write(name, direction, notes);
            }
            let facts = known
                .facts
                .get_or_insert_with(|| Facts::of(name, &mut self.sys));
            facts.write(name, notes);
            place += 1;
        }
        self.known
            .retain_mut(|known| std::mem::take(&mut known.is_there));
        if above > 0 {
            gaps.push(format!(
                "{above} interfaces above {INTERFACES_MAX} not looked at"
            ));
        }
        gaps.looked()
    }
}

/// Brings what is known of `name` to `place`: the order of lines rarely changes.
fn find_or_add(known: &mut Vec<Known>, name: &str, place: usize) {
    if known.get(place).is_some_and(|known| known.name == name) {
        return;
    }
    // The places before this one are taken by the lines before.
    let found = known
        .iter()
        .skip(place)
        .position(|known| known.name == name);
    let found = found.map(|steps| place + steps).unwrap_or_else(|| {
        known.push(Known {
            name: name.to_owned(),
            facts: None,
            is_there: false,
        });
        known.len() - 1
    });
    known.swap(place, found);
}

impl Carried {
    fn of(counts: &[u64]) -> Option<Carried> {
        match *counts {
            [bytes, packets, errors, dropped, ..] => Some(Carried {
                bytes,
                packets,
                errors,
                dropped,
            }),
            _ => None,
        }
    }

    fn write(self, device: &str, direction: &str, notes: &mut Notes) {
        let attributes = [("device", device), ("direction", direction)];
        notes.push_with(metric::NETWORK_IO, &attributes, self.bytes as f64);
        notes.push_with(metric::NETWORK_PACKETS, &attributes, self.packets as f64);
        notes.push_with(metric::NETWORK_ERRORS, &attributes, self.errors as f64);
        notes.push_with(metric::NETWORK_DROPPED, &attributes, self.dropped as f64);
    }
}

/// Name, received, transmitted: `eth0:` and eight counts each. Old kernels leave no blank
/// after the colon.
fn parse(line: &[u8]) -> Option<(&str, Carried, Carried)> {
    let colon = line.iter().rposition(|byte| *byte == b':')?;
    let name = text::name(line[..colon].trim_ascii())?;
    let mut counts = [0; 12];
    let mut words = text::words(&line[colon + 1..]);
    for count in &mut counts {
        *count = text::whole(words.next()?)?;
    }
    let (received, transmitted) = counts.split_at(8);
    Some((name, Carried::of(received)?, Carried::of(transmitted)?))
}

fn is_left_out(name: &str) -> bool {
    let is_of_docker = |rest: &str| {
        const DIGITS_OF_A_NETWORK: usize = 12;
        rest.len() == DIGITS_OF_A_NETWORK && rest.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    MADE_BY_THE_KERNEL.contains(&name)
        || MADE_BY_THE_HUNDRED
            .iter()
            .any(|kind| name.starts_with(kind))
        || name.strip_prefix("br-").is_some_and(is_of_docker)
}

#[cfg(test)]
mod tests;
