//! Faults of file systems, disks and arrays.

use vedette_wire::metric;

use super::super::host::{HOUR, MINUTE, Seen};
use super::super::well::{DATA, ROOT, SHARE, seconds, used};
use super::{Fault, on_a_workstation, seen};

/// Each with the rule whose alert it opens.
pub(super) const FAULTS: &[Fault] = &[
    // File systems.
    seen(
        "a disk is full",
        "filesystem-space",
        10 * MINUTE,
        |_, seen| used(seen, ROOT, 100.0, 0.97),
    ),
    seen(
        "a database volume fills in three hours",
        "filesystem-filling",
        120 * MINUTE,
        |since, seen| {
            used(seen, DATA, 500.0, 0.60 + seconds(since) / 27_000.0);
        },
    ),
    seen(
        "a disk fills within a day by one bad logrotate",
        "filesystem-filling",
        12 * HOUR,
        |since, seen| {
            used(seen, DATA, 500.0, 0.78 + seconds(since) * 0.008 / 3_600.0);
        },
    ),
    seen(
        "no inode is left",
        "filesystem-inodes",
        10 * MINUTE,
        |_, seen| {
            seen.set(metric::FILESYSTEM_INODES_UTILIZATION, ROOT, 0.99);
            seen.set(metric::FILESYSTEM_INODES_FREE, ROOT, 900.0);
        },
    ),
    seen(
        "a disk becomes read-only",
        "filesystem-read-only",
        10 * MINUTE,
        |_, seen| {
            for (name, value) in [
                (metric::FILESYSTEM_READONLY, 1.0),
                (metric::FILESYSTEM_UTILIZATION, 0.55),
            ] {
                seen.unset(name, ROOT);
                seen.set(
                    name,
                    &[("mountpoint", "/"), ("type", "ext4"), ("mode", "ro")],
                    value,
                );
            }
        },
    ),
    seen(
        "an NFS server is away",
        "filesystem-stuck",
        10 * MINUTE,
        |_, seen| {
            seen.set(metric::FILESYSTEM_STUCK, SHARE, 1.0);
        },
    ),
    seen(
        "a disk of the host hangs",
        "local-filesystem-stuck",
        10 * MINUTE,
        |_, seen| {
            seen.set(metric::FILESYSTEM_STUCK, DATA, 1.0);
        },
    ),
    seen(
        "old kernels fill /boot",
        "boot-space",
        20 * MINUTE,
        |_, seen| {
            let boot = [
                ("mountpoint", "/boot"),
                ("device", "/dev/sda1"),
                ("type", "ext4"),
                ("mode", "rw"),
            ];
            used(seen, &boot, 0.5, 0.85);
        },
    ),
    on_a_workstation(seen(
        "the disk of a laptop is full",
        "workstation-system-disk",
        20 * MINUTE,
        |_, seen| {
            // The share alone is worth a line in the digest; this is a ticket.
            used(seen, ROOT, 6.0, 0.88);
        },
    )),
    // Disks and arrays.
    seen(
        "a disk of a server says that it fails",
        "disk-failing",
        5 * MINUTE,
        |_, seen| {
            seen.set(metric::DISK_HEALTH, NVME, 1.0);
            seen.set(metric::DISK_SMART, ERRORS, 40.0);
        },
    ),
    on_a_workstation(seen(
        "a disk of a laptop says that it fails",
        "disk-failing",
        5 * MINUTE,
        |_, seen| {
            seen.set(metric::DISK_HEALTH, NVME, 1.0);
        },
    )),
    seen(
        "a disk loses sectors",
        "disk-sectors",
        5 * MINUTE,
        |_, seen| {
            seen.set(metric::DISK_SMART, ERRORS, 9.0);
        },
    ),
    seen("a disk is worn", "disk-worn", 5 * MINUTE, |_, seen| {
        seen.set(metric::DISK_ENDURANCE, NVME, 0.95);
    }),
    seen(
        "an array loses a disk",
        "raid-degraded",
        10 * MINUTE,
        |_, seen| {
            seen.set(metric::RAID_DEGRADED, ARRAY, 1.0);
            seen.set(metric::RAID_DISKS, FAILED, 1.0);
        },
    ),
    seen(
        "a spare steps in for a failed disk",
        "raid-disk-failed",
        10 * MINUTE,
        |_, seen| {
            seen.unset(metric::RAID_DEGRADED, ARRAY);
            let array = [("array", "md0"), ("level", "raid1"), ("sync", "recover")];
            seen.set(metric::RAID_DEGRADED, &array, 1.0);
            seen.set(metric::RAID_DISKS, FAILED, 1.0);
        },
    ),
    seen("an array stops", "raid-inactive", 10 * MINUTE, |_, seen| {
        seen.set(metric::RAID_DEGRADED, ARRAY, 1.0);
        seen.set(metric::RAID_INACTIVE, ARRAY, 1.0);
        seen.set(metric::RAID_DISKS, FAILED, 2.0);
    }),
    seen(
        "the copies of an array differ",
        "raid-mismatches",
        10 * MINUTE,
        |_, seen| {
            seen.set(metric::RAID_MISMATCHES, ARRAY, 9_000.0);
        },
    ),
    seen(
        "a pool loses a device",
        "zfs-pool",
        5 * MINUTE,
        |_, seen| {
            seen.unset(metric::ZFS_POOL, &[("pool", "tank"), ("state", "online")]);
            seen.set(
                metric::ZFS_POOL,
                &[("pool", "tank"), ("state", "degraded")],
                1.0,
            );
        },
    ),
    seen(
        "a device refuses writes",
        "btrfs-write-errors",
        5 * MINUTE,
        |_, seen| btrfs(seen, "write", 8.0),
    ),
    seen(
        "a scrub finds spoilt data",
        "btrfs-read-errors",
        5 * MINUTE,
        |_, seen| btrfs(seen, "corruption", 2.0),
    ),
    seen(
        "a device is pulled",
        "btrfs-device-missing",
        5 * MINUTE,
        |_, seen| {
            let device = [
                ("filesystem", "3f2b"),
                ("device", "/dev/sdb"),
                ("label", "data"),
            ];
            seen.set(metric::BTRFS_MISSING, &device, 1.0);
            btrfs(seen, "write", 30.0);
        },
    ),
    seen("a disk is slow", "disk-latency", 30 * MINUTE, |_, seen| {
        seen.set(
            metric::DISK_AWAIT,
            &[("device", "nvme0n1"), ("rotational", "0")],
            0.4,
        );
        seen.set(metric::DISK_QUEUE, &[("device", "nvme0n1")], 30.0);
    }),
    seen(
        "a turning disk is slow",
        "disk-latency-turning",
        30 * MINUTE,
        |_, seen| {
            seen.set(
                metric::DISK_AWAIT,
                &[("device", "sda"), ("rotational", "1")],
                0.8,
            );
        },
    ),
    seen(
        "much waits for a disk that is quick",
        "disk-queue",
        HOUR,
        |_, seen| {
            seen.set(metric::DISK_QUEUE, &[("device", "sda")], 60.0);
        },
    ),
    seen(
        "everything waits for disks",
        "io-pressure",
        30 * MINUTE,
        |_, seen| {
            seen.set(
                metric::PRESSURE_SHARE_5M,
                &[("resource", "io"), ("stalled", "full")],
                0.5,
            );
            cpu(seen, "iowait", 0.6);
        },
    ),
    seen(
        "everything waits for disks, on an old kernel",
        "io-wait",
        30 * MINUTE,
        |_, seen| {
            seen.unset(
                metric::PRESSURE_SHARE_5M,
                &[("resource", "io"), ("stalled", "full")],
            );
            cpu(seen, "iowait", 0.6);
        },
    ),
];

const NVME: &[(&str, &str)] = &[("device", "nvme0"), ("model", "SSD"), ("serial", "S1")];

const ERRORS: &[(&str, &str)] = &[
    ("device", "nvme0"),
    ("model", "SSD"),
    ("serial", "S1"),
    ("attribute", "media_errors"),
];

const ARRAY: &[(&str, &str)] = &[("array", "md0"), ("level", "raid1")];

const FAILED: &[(&str, &str)] = &[("array", "md0"), ("level", "raid1"), ("state", "failed")];

fn cpu(seen: &mut Seen, mode: &str, share: f64) {
    seen.set(metric::CPU_UTILIZATION, &[("cpu.mode", mode)], share);
}

fn btrfs(seen: &mut Seen, kind: &str, more: f64) {
    let of = [
        ("filesystem", "3f2b"),
        ("device", "/dev/sdb"),
        ("label", "data"),
        ("type", kind),
    ];
    seen.add(metric::BTRFS_ERRORS, &of, more);
}
