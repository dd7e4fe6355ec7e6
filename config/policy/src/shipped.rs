//! Keeps the rules that are inside the program. To ship another: its file, and a row here.

use std::sync::Arc;

use vedette_config::Source;

/// Name and text of every shipped rule file, by name.
const RULES: [(&str, &str); 16] = [
    ("boot-space", include_str!("../../rules/boot-space.toml")),
    (
        "check-failing",
        include_str!("../../rules/check-failing.toml"),
    ),
    (
        "filesystem-inodes",
        include_str!("../../rules/filesystem-inodes.toml"),
    ),
    (
        "filesystem-read-only",
        include_str!("../../rules/filesystem-read-only.toml"),
    ),
    (
        "filesystem-space",
        include_str!("../../rules/filesystem-space.toml"),
    ),
    ("host-cloned", include_str!("../../rules/host-cloned.toml")),
    (
        "host-did-not-return",
        include_str!("../../rules/host-did-not-return.toml"),
    ),
    ("host-silent", include_str!("../../rules/host-silent.toml")),
    ("job-failed", include_str!("../../rules/job-failed.toml")),
    ("job-missed", include_str!("../../rules/job-missed.toml")),
    ("load", include_str!("../../rules/load.toml")),
    (
        "memory-available",
        include_str!("../../rules/memory-available.toml"),
    ),
    ("oom-kill", include_str!("../../rules/oom-kill.toml")),
    ("unit-failed", include_str!("../../rules/unit-failed.toml")),
    (
        "unplanned-reboot",
        include_str!("../../rules/unplanned-reboot.toml"),
    ),
    (
        "workstation-system-disk",
        include_str!("../../rules/workstation-system-disk.toml"),
    ),
];

/// The shipped rule files.
pub(crate) fn rules() -> impl Iterator<Item = Arc<Source>> {
    RULES
        .iter()
        .map(|(name, text)| Source::new(format!("shipped rules/{name}.toml"), *text))
}
