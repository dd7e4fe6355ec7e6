//! The largest of everything in a report. A limit that is not here does not exist.

/// Bytes of one request body after decompression; above it the answer is 413.
pub const REPORT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Rounds in one report.
pub const ROUNDS_PER_REPORT_MAX: usize = 240;
/// Samples in one round.
pub const SAMPLES_PER_ROUND_MAX: usize = 4_000;
/// Events in one round.
pub const EVENTS_PER_ROUND_MAX: usize = 256;
/// Checks in one round.
pub const CHECKS_PER_ROUND_MAX: usize = 512;
/// Bytes of what a check says; longer output is cut by the agent.
pub const CHECK_TEXT_BYTES_MAX: usize = 4 * 1024;
/// Packages in one inventory.
pub const PACKAGES_MAX: usize = 20_000;
/// Entries of each other list in one inventory.
pub const INVENTORY_LIST_MAX: usize = 256;
/// Lines of evidence in one event or check.
pub const EVIDENCE_LINES_MAX: usize = 20;
/// Components that a job keeps quiet while it runs.
pub const QUIET_COMPONENTS_MAX: usize = 16;
/// The longest pause between two looks of a probe, or runs of a check, in seconds: a week.
pub const EVERY_S_MAX: f64 = 604_800.0;
/// Probes in one round.
pub const PROBES_PER_ROUND_MAX: usize = 64;
/// Bytes of a metric, attribute, label or probe name.
pub const NAME_BYTES_MAX: usize = 128;
/// Bytes of an attribute or label value; longer ones are refused, never cut.
pub const VALUE_BYTES_MAX: usize = 1024;
/// Attributes of one sample.
pub const ATTRIBUTES_MAX: usize = 16;
/// Labels of one host.
pub const LABELS_MAX: usize = 32;
/// Places named in one refusal; the rest is counted.
pub const FINDINGS_PER_ANSWER_MAX: usize = 20;
/// Shortest pause between rounds, in seconds.
pub const INTERVAL_S_MIN: f64 = 1.0;
/// Longest pause between rounds, in seconds.
pub const INTERVAL_S_MAX: f64 = 300.0;
