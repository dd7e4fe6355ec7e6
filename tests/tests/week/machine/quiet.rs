//! Says what a machine measures while nothing is the matter, by the names agents use.
//!
//! In: what the machine is there for, and dice. Out: its readings. No two machines are alike;
//! none is near a limit of any kind, as after a clean-up, but a quarter of the workstations whose
//! browsers take what memory there is.

use vedette_wire::metric as m;

use super::readings::{GIB, Readings};
use crate::dice::Dice;
use crate::estate::Role;

/// The readings of a machine that is well.
pub(super) fn readings(role: Role, dice: &mut Dice) -> Readings {
    let mut all = Readings::default();
    processor(&mut all, dice);
    memory(&mut all, role, dice);
    disks(&mut all, role, dice);
    network(&mut all, role, dice);
    services(&mut all, role);
    match role {
        Role::Hypervisor | Role::Metal => metal(&mut all, dice),
        Role::Workstation => workstation(&mut all, dice),
        Role::Guest | Role::Containers => {}
    }
    own(&mut all);
    all
}

fn processor(all: &mut Readings, dice: &mut Dice) {
    let busy = dice.between(0.05, 0.4);
    for (mode, share) in [
        ("user", busy),
        ("system", busy / 4.0),
        ("iowait", 0.01),
        ("steal", 0.0),
        ("idle", 0.98 - 1.25 * busy),
    ] {
        all.has(
            m::CPU_UTILIZATION,
            &[("cpu.mode", mode)],
            share,
            share / 3.0,
        );
    }
    let load = dice.between(0.1, 0.8);
    all.has(m::LOAD_15M_PER_CPU, &[], load, load / 4.0);
    for (resource, stalled) in [
        ("cpu", "some"),
        ("memory", "some"),
        ("memory", "full"),
        ("io", "some"),
        ("io", "full"),
    ] {
        let of = [("resource", resource), ("stalled", stalled)];
        all.has(m::PRESSURE_SHARE, &of, 0.01, 0.01);
        all.has(m::PRESSURE_SHARE_5M, &of, 0.01, 0.005);
    }
    all.has(m::PROCESSES_UTILIZATION, &[], 0.02, 0.005);
    all.has(m::PROCESSES, &[("state", "total")], 400.0, 50.0);
    all.has(m::PROCESSES, &[("state", "blocked")], 0.0, 0.0);
    all.has(m::FILE_HANDLES_UTILIZATION, &[], 0.03, 0.01);
    all.counts(m::UPTIME, &[], 1.0);
}

fn memory(all: &mut Readings, role: Role, dice: &mut Dice) {
    let size = dice.one(&[8.0, 16.0, 32.0, 64.0]) * GIB;
    let available = match role {
        Role::Workstation if dice.once_in(4) => 0.08,
        _ => dice.between(0.25, 0.7),
    };
    all.has(m::MEMORY_LIMIT, &[], size, 0.0);
    all.has(m::MEMORY_AVAILABLE_RATIO, &[], available, 0.02);
    all.has(m::MEMORY_UTILIZATION, &[], 1.0 - available, 0.02);
    all.has(m::MEMORY_AVAILABLE, &[], available * size, 0.02 * size);
    all.has(m::PAGING_LIMIT, &[], 4.0 * GIB, 0.0);
    all.has(m::PAGING_UTILIZATION, &[], dice.between(0.0, 0.5), 0.01);
    all.counts(m::PAGING_OPERATIONS, &[("direction", "in")], 0.0);
    all.counts(m::PAGING_OPERATIONS, &[("direction", "out")], 0.0);
    all.counts(m::PAGING_FAULTS, &[("type", "major")], 2.0);
    all.counts(m::OOM_KILLS, &[], 0.0);
}

fn disks(all: &mut Readings, role: Role, dice: &mut Dice) {
    let root = dice.one(&[40.0, 80.0, 160.0]) * GIB;
    all.mounts("/", root, dice.between(0.3, 0.75));
    match role {
        Role::Workstation => {}
        Role::Hypervisor | Role::Guest | Role::Metal | Role::Containers => {
            let size = dice.one(&[60.0, 120.0, 250.0, 500.0]) * GIB;
            all.mounts("/var", size, dice.between(0.3, 0.72));
            all.mounts("/boot", GIB, dice.between(0.3, 0.6));
        }
    }
    let disk = [("device", "sda"), ("name", "sda")];
    let spins = [("device", "sda"), ("name", "sda"), ("rotational", "no")];
    all.has(m::DISK_UTILIZATION, &disk, 0.05, 0.04);
    all.has(m::DISK_AWAIT, &spins, 0.002, 0.001);
    all.has(m::DISK_QUEUE, &disk, 0.2, 0.1);
    all.counts(m::DISK_IO_TIME, &[("device", "sda")], 0.05);
}

fn network(all: &mut Readings, role: Role, dice: &mut Dice) {
    let (port, kind) = match role {
        Role::Workstation => ("enp0s31f6", "physical"),
        Role::Hypervisor | Role::Guest | Role::Metal | Role::Containers => ("ens192", "physical"),
    };
    let up = [("device", port), ("kind", kind)];
    all.has(m::NETWORK_UP, &up, 1.0, 0.0);
    all.has(m::NETWORK_SPEED, &up, 125e6, 0.0);
    for direction in ["receive", "transmit"] {
        let of = [("device", port), ("direction", direction)];
        let packets = dice.between(50.0, 2_000.0);
        all.counts(m::NETWORK_PACKETS, &of, packets);
        all.counts(m::NETWORK_ERRORS, &of, 0.0);
        all.counts(m::NETWORK_DROPPED, &of, packets / 5_000.0);
        all.counts(m::NETWORK_IO, &of, packets * 700.0);
    }
    all.counts(m::TCP_SEGMENTS_OUT, &[], 400.0);
    all.counts(m::TCP_RETRANSMITS, &[], 0.4);
    all.counts(m::TCP_LISTEN_OVERFLOWS, &[], 0.0);
    all.counts(m::TCP_LISTEN_DROPS, &[], 0.0);
    all.has(m::CONNTRACK_UTILIZATION, &[], 0.05, 0.02);
    for server in ["10.1.0.53", "10.1.1.53"] {
        all.has(
            m::RESOLVER_UP,
            &[("server", server), ("answer", "found")],
            1.0,
            0.0,
        );
        all.has(m::RESOLVER_DURATION, &[("server", server)], 0.003, 0.002);
    }
}

fn services(all: &mut Readings, role: Role) {
    all.has(m::SERVICES_FAILED, &[], 0.0, 0.0);
    let units: &[&str] = match role {
        Role::Workstation => &["NetworkManager.service"],
        Role::Containers => &["docker.service", "ssh.service"],
        Role::Hypervisor | Role::Guest | Role::Metal => &["nginx.service", "ssh.service"],
    };
    for unit in units {
        all.has(m::SERVICE_RESTARTS, &[("unit", unit)], 0.0, 0.0);
    }
    all.has(m::TIME_SYNCHRONIZED, &[], 1.0, 0.0);
    all.has(m::TIME_OFFSET, &[], 0.0, 0.002);
    all.has(m::TIME_MAX_ERROR, &[], 0.02, 0.01);
    all.has(m::TIME_COLLECTOR_SKEW, &[], 0.0, 0.2);
    all.has(m::UPDATES_PENDING, &[], 12.0, 0.0);
    all.has(m::UPDATES_SECURITY, &[], 3.0, 0.0);
    all.has(m::UPDATES_OLDEST, &[], 9.0 * 86_400.0, 0.0);
    all.has(m::REBOOT_REQUIRED, &[("why", "")], 0.0, 0.0);
}

fn metal(all: &mut Readings, dice: &mut Dice) {
    let array = [("array", "md0"), ("level", "raid1"), ("sync", "idle")];
    all.has(m::RAID_DEGRADED, &array, 0.0, 0.0);
    all.has(m::RAID_INACTIVE, &array, 0.0, 0.0);
    for (state, disks) in [
        ("active", 2.0),
        ("required", 2.0),
        ("failed", 0.0),
        ("spare", 0.0),
    ] {
        let of = [("array", "md0"), ("state", state), ("level", "raid1")];
        all.has(m::RAID_DISKS, &of, disks, 0.0);
    }
    all.has(
        m::RAID_MISMATCHES,
        &[("array", "md0"), ("level", "raid1")],
        0.0,
        0.0,
    );
    for device in ["sda", "sdb"] {
        smart(all, device, dice);
    }
    for kind in ["corrected", "uncorrected"] {
        let of = [("controller", "mc0"), ("row", "0"), ("type", kind)];
        all.counts(m::ECC_ERRORS, &of, 0.0);
    }
    warm(all, dice.between(45.0, 65.0));
}

fn workstation(all: &mut Readings, dice: &mut Dice) {
    smart(all, "nvme0n1", dice);
    warm(all, dice.between(50.0, 85.0));
    all.has(m::BATTERY_CHARGE, &[("battery", "BAT0")], 0.9, 0.1);
    all.has(
        m::BATTERY_HEALTH,
        &[("battery", "BAT0")],
        dice.between(0.5, 1.0),
        0.0,
    );
    all.has(m::BATTERY_DISCHARGING, &[("battery", "BAT0")], 0.0, 0.0);
    all.has(m::MAINS_ONLINE, &[("supply", "AC")], 1.0, 0.0);
}

fn smart(all: &mut Readings, device: &'static str, dice: &mut Dice) {
    let of = |attribute| {
        [
            ("device", device),
            ("attribute", attribute),
            ("model", "M"),
            ("serial", "S"),
        ]
    };
    let disk = [("device", device), ("model", "M"), ("serial", "S")];
    all.has(m::DISK_HEALTH, &disk, 0.0, 0.0);
    all.has(m::DISK_ENDURANCE, &disk, dice.between(0.0, 0.6), 0.0);
    all.has(m::DISK_TEMPERATURE, &disk, 38.0, 2.0);
    // Disks that have been there for a while have a few; that they become more is news.
    let old = if dice.once_in(20) { 8.0 } else { 0.0 };
    all.has(m::DISK_SMART, &of("reallocated"), old, 0.0);
    all.has(m::DISK_SMART, &of("pending"), 0.0, 0.0);
    all.has(m::DISK_SMART, &of("offline_uncorrectable"), 0.0, 0.0);
    all.has(m::DISK_SMART, &of("media_errors"), 0.0, 0.0);
}

fn warm(all: &mut Readings, celsius: f64) {
    let of = [
        ("chip", "coretemp"),
        ("sensor", "temp1"),
        ("label", "Package"),
    ];
    all.has(m::TEMPERATURE, &of, celsius, 2.0);
    all.has(m::TEMPERATURE_HEADROOM, &of, 100.0 - celsius, 2.0);
    all.has(m::SENSOR_ALARM, &of, 0.0, 0.0);
}

fn own(all: &mut Readings) {
    all.has(m::SPOOL_TROUBLE, &[], 0.0, 0.0);
    all.has(m::SPOOL_BYTES, &[], 0.0, 0.0);
    all.has(m::SPOOL_DROPPED, &[], 0.0, 0.0);
    all.has(m::SET_ASIDE, &[], 0.0, 0.0);
    all.has(m::SETTINGS_REFUSED, &[], 0.0, 0.0);
    all.has(m::AGENT_RSS, &[], 6e6, 1e5);
    all.has(m::AGENT_PSS, &[], 3e6, 1e5);
}
