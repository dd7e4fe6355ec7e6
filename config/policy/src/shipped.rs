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
    "agent-settings-refused"
    "boot-space"
    "check-failing"
    "clock-offset"
    "clock-unsynchronized"
    "cpu-busy"
    "disk-failing"
    "disk-sectors"
    "filesystem-inodes"
    "filesystem-read-only"
    "filesystem-space"
    "filesystem-stuck"
    "host-cloned"
    "host-did-not-return"
    "host-silent"
    "job-failed"
    "job-missed"
    "job-overrun"
    "listen-overflow"
    "load"
    "local-filesystem-stuck"
    "memory-available"
    "oom-kill"
    "raid-degraded"
    "raid-disk-failed"
    "raid-inactive"
    "resolver-down"
    "service-crash-loop"
    "swapping"
    "unit-failed"
    "unplanned-reboot"
    "workstation-system-disk"
];

/// The shipped rule files.
pub(crate) fn rules() -> impl Iterator<Item = Arc<Source>> {
    RULES
        .iter()
        .map(|(name, text)| Source::new(format!("shipped rules/{name}.toml"), *text))
}
