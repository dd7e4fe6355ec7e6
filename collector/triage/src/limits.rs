//! The largest of everything the core keeps. A limit that is not here does not exist.

/// Labels of one alert.
pub const LABELS_MAX: usize = 64;
/// Bytes of a label name.
pub const LABEL_NAME_BYTES_MAX: usize = 256;
/// Bytes of a label or annotation value.
pub const LABEL_VALUE_BYTES_MAX: usize = 8 * 1024;
/// Members named in one payload; the rest is counted (invariant 15).
pub const MEMBERS_LISTED_MAX: usize = 100;
/// Alerts the engine keeps; openings are refused at 90 %, resolves never.
pub const ALERTS_MAX: usize = 1_000_000;
/// Silences that are pending or active at a time.
pub const SILENCES_MAX: usize = 20_000;
/// Matchers of one silence.
pub const MATCHERS_MAX: usize = 64;
/// Hosts one collector knows.
pub const HOSTS_MAX: usize = 100_000;
/// Bytes of a note or comment a person writes.
pub const NOTE_BYTES_MAX: usize = 16 * 1024;
/// Bytes of a title.
pub const TITLE_BYTES_MAX: usize = 512;
/// Values kept as evidence with an alert.
pub const VALUES_MAX: usize = 32;
/// Deliveries of one ticket that may wait at a time: open, one update, notes, resolve, reopen.
pub const OUTSTANDING_PER_TICKET_MAX: usize = 64;
