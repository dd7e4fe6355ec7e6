//! What an agent measures on a host that is well.

use vedette_wire::{CheckState, Class, metric};

use super::host::Seen;

/// A host that is well.
pub(crate) fn seen(class: Class, second: u64) -> Seen {
    let mut seen = Seen::empty();
    everywhere(second, &mut seen);
    match class {
        Class::Server => on_a_server(second, &mut seen),
        Class::Workstation => on_a_workstation(&mut seen),
    }
    seen
}

/// Seconds, exact up to 2^53.
#[allow(clippy::cast_precision_loss)]
pub(crate) fn seconds(second: u64) -> f64 {
    second as f64
}

const GIB: f64 = 1_073_741_824.0;
/// What is known of `/`.
pub(crate) const ROOT: &[(&str, &str)] = &[
    ("mountpoint", "/"),
    ("device", "/dev/sda2"),
    ("type", "ext4"),
    ("mode", "rw"),
];
/// What is known of a volume of 500 GiB.
pub(crate) const DATA: &[(&str, &str)] = &[
    ("mountpoint", "/srv/db"),
    ("device", "/dev/sdb1"),
    ("type", "xfs"),
    ("mode", "rw"),
];
/// What is known of a share of another machine.
pub(crate) const SHARE: &[(&str, &str)] = &[
    ("mountpoint", "/srv/share"),
    ("device", "nas-1:/share"),
    ("type", "nfs4"),
    ("mode", "rw"),
];
const BOOT: &[(&str, &str)] = &[
    ("mountpoint", "/boot"),
    ("device", "/dev/sda1"),
    ("type", "ext4"),
    ("mode", "rw"),
];

/// So much of a file system is used.
pub(crate) fn used(seen: &mut Seen, of: &[(&str, &str)], size_gib: f64, share: f64) {
    seen.set(metric::FILESYSTEM_LIMIT, of, size_gib * GIB);
    seen.set(metric::FILESYSTEM_UTILIZATION, of, share);
    seen.set(
        metric::FILESYSTEM_AVAILABLE,
        of,
        size_gib * GIB * (1.0 - share),
    );
}

fn file_system(seen: &mut Seen, of: &[(&str, &str)], size_gib: f64, share: f64) {
    used(seen, of, size_gib, share);
    seen.set(metric::FILESYSTEM_INODES_UTILIZATION, of, 0.08);
    seen.set(metric::FILESYSTEM_INODES_FREE, of, 5e6);
    seen.set(metric::FILESYSTEM_READONLY, of, 0.0);
    seen.set(metric::FILESYSTEM_STUCK, of, 0.0);
}

fn everywhere(second: u64, seen: &mut Seen) {
    let since = seconds(second);
    seen.set(metric::UPTIME, &[], 2e6 + since);
    let shares = [
        ("user", 0.06),
        ("system", 0.03),
        ("nice", 0.0),
        ("idle", 0.90),
        ("iowait", 0.01),
        ("irq", 0.0),
        ("steal", 0.0),
    ];
    for (mode, share) in shares {
        seen.set(metric::CPU_UTILIZATION, &[("cpu.mode", mode)], share);
    }
    seen.set(metric::LOAD_15M_PER_CPU, &[], 0.3);
    seen.set(metric::MEMORY_AVAILABLE_RATIO, &[], 0.45);
    seen.set(metric::MEMORY_AVAILABLE, &[], 7.0 * GIB);
    seen.set(metric::PAGING_UTILIZATION, &[], 0.15);
    for (resource, stalled) in [
        ("cpu", "some"),
        ("memory", "some"),
        ("memory", "full"),
        ("io", "some"),
        ("io", "full"),
    ] {
        let of = [("resource", resource), ("stalled", stalled)];
        seen.set(metric::PRESSURE_SHARE_5M, &of, 0.01);
    }
    for direction in ["in", "out"] {
        seen.set(
            metric::PAGING_OPERATIONS,
            &[("direction", direction)],
            since * 0.05,
        );
    }
    seen.set(metric::PAGING_FAULTS, &[("type", "major")], since * 0.5);
    seen.set(metric::PAGING_FAULTS, &[("type", "minor")], since * 900.0);
    file_system(seen, ROOT, 100.0, 0.55);
    file_system(seen, BOOT, 0.5, 0.40);
    disk(seen, "nvme0n1", "0");
    seen.set(metric::TCP_LISTEN_OVERFLOWS, &[], 12.0);
    seen.set(metric::CONNTRACK_UTILIZATION, &[], 0.05);
    seen.set(metric::CONNTRACK_ENTRIES, &[], 13_000.0);
    seen.set(metric::FILE_HANDLES_UTILIZATION, &[], 0.02);
    seen.set(metric::FILE_HANDLES, &[], 9_000.0);
    seen.set(metric::PROCESSES_UTILIZATION, &[], 0.03);
    seen.set(metric::SERVICES_FAILED, &[], 0.0);
    seen.set(metric::SERVICE_RESTARTS, &[("unit", "shop.service")], 3.0);
    seen.set(metric::TIME_SYNCHRONIZED, &[], 1.0);
    seen.set(metric::TIME_COLLECTOR_SKEW, &[], 0.08);
    let of = [
        ("chip", "coretemp.0"),
        ("sensor", "temp1"),
        ("label", "Package id 0"),
    ];
    seen.set(metric::TEMPERATURE, &of, 52.0);
    seen.set(metric::TEMPERATURE_HEADROOM, &of, 48.0);
    seen.set(metric::SENSOR_ALARM, &of, 0.0);
    let disk = [("device", "nvme0"), ("model", "SSD"), ("serial", "S1")];
    seen.set(metric::DISK_HEALTH, &disk, 0.0);
    seen.set(metric::DISK_ENDURANCE, &disk, 0.30);
    let errors = [&disk[..], &[("attribute", "media_errors")]].concat();
    seen.set(metric::DISK_SMART, &errors, 2.0);
    seen.set(metric::UPDATES_SECURITY, &[], 3.0);
    seen.set(metric::UPDATES_OLDEST, &[], 3.0 * 86_400.0);
    seen.set(metric::REBOOT_REQUIRED, &[], 0.0);
    seen.set(metric::KERNEL_PASSED_OVER, &[], 0.0);
    seen.set(metric::SPOOL_TROUBLE, &[], 0.0);
    seen.set(metric::SET_ASIDE, &[], 0.0);
    seen.set(metric::SETTINGS_REFUSED, &[], 0.0);
    seen.set(metric::AGENT_RSS, &[], 9e6);
}

fn on_a_server(second: u64, seen: &mut Seen) {
    let since = seconds(second);
    file_system(seen, DATA, 500.0, 0.60);
    file_system(seen, SHARE, 4_000.0, 0.70);
    disk(seen, "sda", "1");
    for (device, master) in [("eth0", "bond0"), ("eth1", "bond0")] {
        interface(
            seen,
            (device, since),
            &[("kind", "physical"), ("master", master)],
        );
    }
    interface(seen, ("bond0", since), &[("kind", "bond")]);
    // A socket without a cable.
    seen.set(
        metric::NETWORK_UP,
        &[("device", "eth3"), ("kind", "physical")],
        0.0,
    );
    let array = [("array", "md0"), ("level", "raid1")];
    seen.set(metric::RAID_DEGRADED, &array, 0.0);
    seen.set(metric::RAID_INACTIVE, &array, 0.0);
    seen.set(metric::RAID_MISMATCHES, &array, 128.0);
    for (state, count) in [
        ("active", 2.0),
        ("required", 2.0),
        ("failed", 0.0),
        ("spare", 1.0),
    ] {
        seen.set(
            metric::RAID_DISKS,
            &[&array[..], &[("state", state)]].concat(),
            count,
        );
    }
    seen.set(
        metric::ZFS_POOL,
        &[("pool", "tank"), ("state", "online")],
        0.0,
    );
    let device = [
        ("filesystem", "3f2b"),
        ("device", "/dev/sdb"),
        ("label", "data"),
    ];
    for kind in ["write", "read", "flush", "corruption", "generation"] {
        seen.set(
            metric::BTRFS_ERRORS,
            &[&device[..], &[("type", kind)]].concat(),
            1.0,
        );
    }
    seen.set(metric::BTRFS_MISSING, &device, 0.0);
    let module = [
        ("controller", "mc0"),
        ("row", "dimm1"),
        ("label", "DIMM_A2"),
    ];
    for (kind, count) in [("corrected", 4.0), ("uncorrected", 0.0)] {
        seen.set(
            metric::ECC_ERRORS,
            &[&module[..], &[("type", kind)]].concat(),
            count,
        );
    }
    seen.set(metric::BATTERY_CHARGE, &[("battery", "ups0")], 1.0);
    seen.set(metric::BATTERY_DISCHARGING, &[("battery", "ups0")], 0.0);
    let answer = [("server", "10.1.0.53"), ("answer", "found")];
    seen.set(metric::RESOLVER_UP, &answer, 1.0);
    seen.set(metric::JOB_OVERDUE, &[("job", "backup")], 0.0);
    seen.set(metric::JOB_USUAL_RUNTIME, &[("job", "backup")], 5_400.0);
    seen.check(("ssh", "tcp"), CheckState::Ok, "connected in 2 ms");
    seen.check(("web", "tls"), CheckState::Ok, "good for 60 days");
    let certificate = [("check", "web"), ("subject", "shop.example.org")];
    seen.set(metric::TLS_EXPIRY, &certificate, 60.0 * 86_400.0 - since);
    seen.set(metric::TLS_STATE, &certificate, 0.0);
    seen.set(metric::TLS_NOT_LOADED, &certificate, 0.0);
}

fn on_a_workstation(seen: &mut Seen) {
    let of = [("device", "wlp3s0"), ("kind", "wireless")];
    seen.set(metric::NETWORK_UP, &of, 1.0);
    seen.set(metric::BATTERY_CHARGE, &[("battery", "BAT0")], 0.80);
    seen.set(metric::BATTERY_DISCHARGING, &[("battery", "BAT0")], 0.0);
}

fn disk(seen: &mut Seen, device: &str, rotational: &str) {
    seen.set(metric::DISK_UTILIZATION, &[("device", device)], 0.05);
    seen.set(metric::DISK_QUEUE, &[("device", device)], 0.2);
    let of = [("device", device), ("rotational", rotational)];
    seen.set(metric::DISK_AWAIT, &of, 0.002);
}

fn interface(seen: &mut Seen, (device, since): (&str, f64), describing: &[(&str, &str)]) {
    let of = [&[("device", device)], describing].concat();
    seen.set(metric::NETWORK_UP, &of, 1.0);
    seen.set(metric::NETWORK_SPEED, &of, 125e6);
    for direction in ["receive", "transmit"] {
        let of = [("device", device), ("direction", direction)];
        seen.set(metric::NETWORK_PACKETS, &of, since * 900.0);
        seen.set(metric::NETWORK_ERRORS, &of, 3.0);
        seen.set(metric::NETWORK_DROPPED, &of, since * 0.2);
    }
}
