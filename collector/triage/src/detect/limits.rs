//! The largest of everything detection keeps. A limit that is not here does not exist.

use std::time::Duration;

/// Nesting of one condition.
pub const DEPTH_MAX: usize = 32;
/// Nodes of one condition.
pub const NODES_MAX: usize = 256;
/// Different windows one rule looks at.
pub const WINDOWS_PER_RULE_MAX: usize = 8;
/// Different windows all rules together look at, per metric.
pub const WINDOWS_PER_METRIC_MAX: usize = 16;
/// Points of one window; a longer window keeps coarser ones. With the one that is on its way out
/// they fill what a list of 16 holds: a host has dozens of windows, a fleet thousands of hosts.
pub const POINTS_PER_WINDOW_MAX: usize = 15;
/// The longest window.
pub const WINDOW_MAX: Duration = Duration::from_secs(7 * 24 * 3600);
/// Days a baseline looks back on, at least: from fewer nobody can tell what is usual.
pub const BASELINE_DAYS_MIN: u32 = 3;
/// The same, at most.
pub const BASELINE_DAYS_MAX: u32 = 7;
/// Observations `n_of` looks back on.
pub const N_OF_MAX: u32 = 64;
/// Rules of one policy.
pub const RULES_MAX: usize = 1_000;
/// Other metrics one rule looks at.
pub const WITH_MAX: usize = 16;
/// Parameters of one rule.
pub const PARAMS_MAX: usize = 32;
/// Series of one host that rules look at; further ones are not looked at, and counted.
pub const SERIES_PER_HOST_MAX: usize = 4_096;
/// Conditions of one host that are not plainly well; further ones wait, and are counted.
pub const STATES_PER_HOST_MAX: usize = 4_096;
/// Events of one host that are remembered; the oldest is forgotten first.
pub const EVENTS_PER_HOST_MAX: usize = 256;
/// How long an event counts, also when it arrives late (invariant 17).
pub const EVENT_AGE_MAX: Duration = Duration::from_secs(24 * 3600);
/// Steps of 15 s in one rule test: two days.
pub const TRIAL_MAX: Duration = Duration::from_secs(48 * 3600);

// `n_of` keeps its look-back in the bits of a `u64`.
const _: () = assert!(N_OF_MAX <= u64::BITS);
// A rule's own windows always fit its metric.
const _: () = assert!(WINDOWS_PER_RULE_MAX <= WINDOWS_PER_METRIC_MAX);
