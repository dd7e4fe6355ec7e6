//! Keeps the rules that are inside the program. To ship another: its file, and a row here.

use std::sync::Arc;

use vedette_config::Source;

macro_rules! files {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("../../rules/", $name, ".toml")))),*]
    };
}

/// Name and text of every shipped rule file, by name.
const RULES: &[(&str, &str)] = files![
    "agent-cannot-store"
    "agent-lost-data"
    "agent-memory"
    "agent-probe-paused"
    "agent-refused"
    "agent-settings-refused"
    "battery-low"
    "boot-space"
    "btrfs-device-missing"
    "btrfs-read-errors"
    "btrfs-write-errors"
    "certificate-ending"
    "certificate-not-loaded"
    "check-failing"
    "clock-offset"
    "clock-unsynchronized"
    "conntrack-full"
    "cpu-busy"
    "cpu-steal"
    "disk-failing"
    "disk-latency"
    "disk-latency-turning"
    "disk-queue"
    "disk-sectors"
    "disk-worn"
    "file-handles"
    "filesystem-filling"
    "filesystem-inodes"
    "filesystem-read-only"
    "filesystem-space"
    "filesystem-stuck"
    "host-cloned"
    "host-did-not-return"
    "host-silent"
    "io-pressure"
    "io-wait"
    "job-failed"
    "job-missed"
    "job-overrun"
    "link-down"
    "link-slower"
    "listen-overflow"
    "load"
    "load-unusual"
    "local-filesystem-stuck"
    "major-faults"
    "memory-available"
    "memory-errors"
    "memory-errors-fatal"
    "memory-pressure"
    "network-drops"
    "network-errors"
    "network-unusual"
    "old-kernel"
    "oom-kill"
    "processes-many"
    "raid-degraded"
    "raid-disk-failed"
    "raid-inactive"
    "raid-mismatches"
    "reboot-required"
    "resolver-down"
    "rule-undecided"
    "security-updates"
    "sensor-alarm"
    "service-crash-loop"
    "swapping"
    "temperature-high"
    "unit-failed"
    "unplanned-reboot"
    "ups-on-battery"
    "workstation-system-disk"
    "workstation-unseen"
    "zfs-pool"
];

/// The shipped rule files.
pub(crate) fn rules() -> impl Iterator<Item = Arc<Source>> {
    RULES
        .iter()
        .map(|(name, text)| Source::new(format!("shipped rules/{name}.toml"), *text))
}
