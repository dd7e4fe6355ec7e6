//! How the watcher itself is: what it knows, what it cannot deliver, what policy is in force.

use serde::{Deserialize, Serialize};

use super::LiveRuling;
use crate::api::Time;

/// The state of the watcher.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The program's version.
    pub version: String,
    /// Our time.
    pub now: Time,
    /// When this run began.
    pub started_at: Time,
    /// Whether changes are taken.
    pub ready: bool,
    /// `live` or `observe` (decide and show, send nothing): of what nothing else is ruled.
    pub mode: String,
    /// What else was ruled of teams and rules.
    #[serde(default)]
    pub live: Vec<LiveRuling>,
    /// Hosts by state.
    pub hosts: HostCounts,
    /// Incidents that are remembered, drills not among them.
    pub incidents: Vec<IncidentCount>,
    /// Drills that are remembered.
    pub drills: u64,
    /// Alerts that fire, drills not among them.
    pub alerts_firing: u64,
    /// Silences that hold now.
    pub silences_active: u64,
    /// What waits at each receiver; none while the store cannot say.
    pub receivers: Option<Vec<ReceiverBacklog>>,
    /// The policy in force.
    pub policy: PolicyStatus,
    /// The history of samples; absent where none is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<HistoryStatus>,
    /// Set while the disk is so full that nothing new is opened.
    pub openings_refused: bool,
    /// Everything that is not as it should be, in sentences; empty when all is well.
    pub troubles: Vec<String>,
}

/// How far the history of samples reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryStatus {
    /// Bytes of all files.
    pub bytes: u64,
    /// When its oldest sample was measured.
    pub since: Option<Time>,
    /// From when on every sample is kept, and not one for each minute.
    pub full_since: Option<Time>,
    /// Since when it cannot be written, if that is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_since: Option<Time>,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stopped_why: String,
}

/// Hosts by state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostCounts {
    /// They report.
    pub well: u64,
    /// They should report and do not.
    pub silent: u64,
    /// They said goodbye.
    pub away: u64,
    /// Their clock is far off.
    pub clock_off: u64,
}

/// So many incidents of one phase and priority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentCount {
    /// `pending`, `open`, `acknowledged`, `waiting`, `resolving`, `resolved` or `closed`.
    pub phase: String,
    /// `P1` to `P5`.
    pub priority: String,
    /// How many.
    pub count: u64,
}

/// What waits at one receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiverBacklog {
    /// Its name.
    pub receiver: String,
    /// Deliveries to be sent.
    pub pending: u64,
    /// Deliveries given up.
    pub dead: u64,
    /// When the oldest pending one was decided.
    pub oldest: Option<Time>,
    /// How it is doing: `well`, `trying` (it failed, and is tried with one delivery), `held` (it
    /// failed, and is left alone), `paused` (a person wants it so), `gone` (the policy does not have it; what waits is kept).
    #[serde(default)]
    pub state: String,
    /// Until when it is left alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_until: Option<Time>,
    /// Its last failure since the start, unless it has worked again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<ReceiverFailure>,
}

/// A failure of a receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiverFailure {
    /// When.
    pub at: Time,
    /// What kind: `auth`, `throttled`, `transient`, ...
    pub kind: String,
    /// What happened; without secrets.
    pub why: String,
}

/// The policy in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyStatus {
    /// Its number.
    pub revision: u64,
    /// When it came into force.
    pub since: Time,
    /// Whether the last try to read it worked; if not, this one stays in force.
    pub last_reload_worked: bool,
    /// What the last try found.
    pub findings: Vec<String>,
}
