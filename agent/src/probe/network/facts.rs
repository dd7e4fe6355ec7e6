//! Says what kind of interface one is, whether it is up, how fast, and which bond it is part of.
//!
//! In: a name, and `/sys/class/net`. Out: [`Facts`]. Reading the speed may wait for the
//! driver, which is why nobody asks more than once a minute.

use vedette_wire::metric;

use crate::probe::source::Source;
use crate::probe::{Notes, text};

/// The kernel writes megabits per second.
const BYTES_PER_MEGABIT: f64 = 125_000.0;

/// What kind of interface it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A port of a card, real or given to a virtual machine.
    Physical,
    /// Several ports as one.
    Bond,
    /// A switch inside the host.
    Bridge,
    /// A tagged part of another interface.
    Vlan,
    /// Radio.
    Wireless,
    /// Made by a program: tunnels and the like.
    Virtual,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Kind::Physical => "physical",
            Kind::Bond => "bond",
            Kind::Bridge => "bridge",
            Kind::Vlan => "vlan",
            Kind::Wireless => "wireless",
            Kind::Virtual => "virtual",
        }
    }
}

/// What is known of an interface besides its counters.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Facts {
    pub(super) kind: Kind,
    /// Unknown where `/sys` cannot be read.
    pub(super) is_up: Option<bool>,
    /// Bytes per second; unknown while the link is down, and for most virtual ones.
    pub(super) speed: Option<f64>,
    /// The bond it is a port of.
    pub(super) bond: Option<String>,
}

impl Facts {
    /// Asks `/sys` about an interface.
    pub(super) fn of(name: &str, sys: &mut Source) -> Facts {
        let folder = format!("class/net/{name}");
        let speed = number(sys, &format!("{folder}/speed"));
        Facts {
            kind: kind(&folder, sys),
            is_up: is_up(&folder, sys),
            // Unknown is -1, which older kernels write as the largest number of 32 bits.
            speed: speed
                .filter(|megabits| (1..u64::from(u32::MAX)).contains(megabits))
                .map(|megabits| megabits as f64 * BYTES_PER_MEGABIT),
            bond: bond(&folder, sys),
        }
    }

    pub(super) fn write(&self, device: &str, notes: &mut Notes) {
        let mut attributes = vec![("device", device), ("kind", self.kind.as_str())];
        attributes.extend(self.bond.as_deref().map(|bond| ("master", bond)));
        if let Some(is_up) = self.is_up {
            notes.push_with(metric::NETWORK_UP, &attributes, f64::from(u8::from(is_up)));
        }
        if let Some(speed) = self.speed {
            notes.push_with(metric::NETWORK_SPEED, &attributes, speed);
        }
    }
}

fn kind(folder: &str, sys: &mut Source) -> Kind {
    let uevent = sys.read(&format!("{folder}/uevent")).unwrap_or_default();
    let said = text::lines(uevent).find_map(|line| line.strip_prefix(b"DEVTYPE="));
    match said.map(<[u8]>::trim_ascii) {
        Some(b"bond") => return Kind::Bond,
        Some(b"bridge") => return Kind::Bridge,
        Some(b"vlan") => return Kind::Vlan,
        Some(b"wlan" | b"wwan") => return Kind::Wireless,
        Some(_) | None => {}
    }
    let has = |what: &str| sys.path(&format!("{folder}/{what}")).exists();
    if has("bonding") {
        return Kind::Bond;
    }
    if has("bridge") {
        return Kind::Bridge;
    }
    if has("wireless") || has("phy80211") {
        return Kind::Wireless;
    }
    match has("device") {
        true => Kind::Physical,
        false => Kind::Virtual,
    }
}

/// The operational state of RFC 2863. Drivers that do not keep one say "unknown"; then the
/// carrier decides.
fn is_up(folder: &str, sys: &mut Source) -> Option<bool> {
    let state = sys.read(&format!("{folder}/operstate")).ok()?.trim_ascii();
    match state {
        b"up" => Some(true),
        b"unknown" => number(sys, &format!("{folder}/carrier")).map(|carrier| carrier == 1),
        _ => Some(false),
    }
}

/// A port of a bridge has a master as well, but nothing stands in for it when it is down.
fn bond(folder: &str, sys: &Source) -> Option<String> {
    let master = std::fs::read_link(sys.path(&format!("{folder}/master"))).ok()?;
    let master = text::name(master.file_name()?.as_encoded_bytes())?;
    let bonding = sys.path(&format!("class/net/{master}/bonding"));
    bonding.is_dir().then(|| master.to_owned())
}

fn number(sys: &mut Source, file: &str) -> Option<u64> {
    text::whole(sys.read(file).ok()?.trim_ascii())
}
