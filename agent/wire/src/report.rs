//! The body of `POST /api/v1/reports`.
//!
//! In: nothing. Out: plain data. Field order is the order of the JSON.
//! Numbers are doubles, durations are in the unit their name ends with,
//! wall-clock times are milliseconds since 1970-01-01 UTC.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One request of one agent: who speaks, and one or more rounds of one stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The form of this body; see [`crate::WIRE_VERSION`].
    pub wire: u32,
    /// The agent's random id (a UUID), made once and kept on disk.
    pub agent: String,
    /// The kernel's boot id: changes with every boot of the host. Of a backlog it is the
    /// boot in which the rounds were made, which may be an earlier one; only a live report
    /// says which boot the host is in.
    pub boot: String,
    /// Sequence numbers count within it. Of the live stream it is random for each start of
    /// the agent. The backlog has epochs of its own: one goes on across restarts of the
    /// agent, another begins with each boot of the host and when the agent's disk fails;
    /// older ones are sent before newer ones and do not come back.
    pub epoch: String,
    /// Which queue these rounds come from.
    pub stream: Stream,
    /// What the host says of itself; labels the collector sets cannot be set here.
    pub host: HostFacts,
    /// The agent's version, for the list of outdated agents.
    pub version: String,
    /// Wall clock when the request was written, in milliseconds; only shown and compared.
    pub sent_wall_ms: i64,
    /// Monotonic clock (since boot, counting sleep) when the request was written, in milliseconds.
    /// The age of a round is this minus the round's own; for rounds of an earlier boot the agent
    /// has continued that boot's clock by the wall clock.
    pub sent_mono_ms: u64,
    /// Rounds in ascending order of `seq`.
    pub rounds: Vec<Round>,
}

/// Which queue a round comes from. Each has its own sequence numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    /// What is so now.
    Live,
    /// What could not be sent when it was so. Its samples never open anything.
    Backlog,
}

/// What a host says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostFacts {
    /// The host's name, as people know it.
    pub name: String,
    /// Server or workstation: what its silence means.
    #[serde(default)]
    pub class: Class,
    /// Labels from the agent's own configuration.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Operating system as it calls itself, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub os: String,
    /// Kernel release, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kernel: String,
    /// Logical processors; load is judged per processor.
    #[serde(default)]
    pub cpus: u32,
    /// Physical memory in bytes.
    #[serde(default)]
    pub memory_bytes: u64,
}

/// What a host is, as far as its silence is concerned.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Should always be up.
    #[default]
    Server,
    /// May sleep, travel and be switched off.
    Workstation,
}

impl Class {
    /// The word used in configuration, labels and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Class::Server => "server",
            Class::Workstation => "workstation",
        }
    }
}

/// Everything one look at the host yielded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// Place in its stream, ascending by at least one, starting at 1 in each epoch.
    pub seq: u64,
    /// The agent's wall clock at the start of the round, in milliseconds.
    pub wall_ms: i64,
    /// Monotonic clock (since boot, counting sleep) at the start of the round, in milliseconds.
    pub mono_ms: u64,
    /// The pause between rounds the agent intends, in seconds.
    pub interval_s: f64,
    /// What was looked at; without this, "not there" cannot be told from "not looked".
    #[serde(default)]
    pub probes: Vec<ProbeRun>,
    /// What was measured.
    #[serde(default)]
    pub samples: Vec<Sample>,
    /// What happened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
}

/// Whether one probe could look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProbeRun {
    /// The probe's name, which is the first part of what it measures in `metric::PROBES`.
    pub probe: String,
    /// What became of it.
    #[serde(flatten)]
    pub looked: Looked,
    /// How long it took, in milliseconds.
    #[serde(default)]
    pub took_ms: u32,
}

/// "Looked", or "could not look, why".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "looked", rename_all = "snake_case")]
pub enum Looked {
    /// It looked: what it does not mention is not there.
    Yes,
    /// It looked at a part only: what it does not mention may still be there.
    Partly {
        /// What it could not look at, and why.
        why: String,
    },
    /// It could not look: nothing is known.
    No {
        /// Why not.
        why: String,
    },
}

/// One measured value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Metric name, as in [`crate::metric`].
    pub name: String,
    /// What of it: mount point, device, mode.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// The value in the metric's unit; finite.
    pub value: f64,
}

/// Something that happened once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Random, made where it happened; a repeat with the same id changes nothing.
    pub id: String,
    /// Wall clock when it happened, in milliseconds.
    pub wall_ms: i64,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What can happen. A kind this build does not know is kept as [`EventKind::Other`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventKind {
    /// The agent leaves on purpose.
    Goodbye {
        /// Why, and therefore how long its silence is expected.
        reason: Goodbye,
    },
    /// The spool had to give something up.
    SpoolLoss {
        /// Records that were unreadable or over the bound.
        records: u64,
        /// What happened to them, for people.
        why: String,
    },
    /// A kind that this build does not know; kept for the timeline.
    #[serde(other)]
    Other,
}

/// Why an agent left on purpose (design invariant 6: it buys time, never silence).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goodbye {
    /// The host reboots.
    Reboot,
    /// The host is switched off.
    PowerOff,
    /// The host sleeps.
    Suspend,
    /// The agent is restarted or stopped by its administrator.
    AgentStop,
    /// The agent is upgraded.
    AgentUpgrade,
}

impl Goodbye {
    /// The word used on the wire, in labels and in sentences.
    pub fn as_str(self) -> &'static str {
        match self {
            Goodbye::Reboot => "reboot",
            Goodbye::PowerOff => "power_off",
            Goodbye::Suspend => "suspend",
            Goodbye::AgentStop => "agent_stop",
            Goodbye::AgentUpgrade => "agent_upgrade",
        }
    }
}
