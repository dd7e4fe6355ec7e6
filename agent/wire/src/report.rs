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
    /// What checks came to that ended since the round before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<CheckRun>,
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
    /// The pause between its looks in seconds, where that is longer than the pause between
    /// rounds: what it measured stays fresh for as long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every_s: Option<f64>,
}

/// What one check came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckRun {
    /// The check's name, as the agent's configuration gives it.
    pub check: String,
    /// What kind of check it is: `plugin`, `http`, `tcp`, ...
    pub kind: String,
    /// The device it looks at; absent when it looks at this host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// What it came to.
    pub state: CheckState,
    /// What it says, for people; may have several lines. At most
    /// [`crate::limits::CHECK_TEXT_BYTES_MAX`] bytes.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// How long it took, in milliseconds.
    #[serde(default)]
    pub took_ms: u32,
    /// The pause between its runs in seconds; what it came to stays fresh for as long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every_s: Option<f64>,
}

/// What a check comes to, in the order of plugins' exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckState {
    /// All is well.
    Ok,
    /// Not well, not urgent.
    Warning,
    /// It fails.
    Critical,
    /// The check itself could not find out.
    Unknown,
}

impl CheckState {
    /// The word used on the wire and in sentences.
    pub fn as_str(self) -> &'static str {
        match self {
            CheckState::Ok => "ok",
            CheckState::Warning => "warning",
            CheckState::Critical => "critical",
            CheckState::Unknown => "unknown",
        }
    }

    /// The value of [`crate::metric::CHECK_STATE`].
    pub fn value(self) -> f64 {
        match self {
            CheckState::Ok => 0.0,
            CheckState::Warning => 1.0,
            CheckState::Critical => 2.0,
            CheckState::Unknown => 3.0,
        }
    }
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
    /// The kernel killed a process for want of memory.
    OomKill {
        /// The name of the process, if it could be found out; of several, the different
        /// names with commas between.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        victim: String,
        /// How many were killed since the last of these events.
        kills: u64,
    },
    /// A unit of systemd failed.
    UnitFailed {
        /// Its name, such as `nginx.service`.
        unit: String,
        /// Why, in systemd's word: `exit-code`, `signal`, `oom-kill`, `timeout`, ...
        #[serde(default, skip_serializing_if = "String::is_empty")]
        result: String,
        /// Its last lines in the journal.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lines: Vec<String>,
    },
    /// A job began.
    JobStarted {
        /// Its name.
        job: String,
        /// This run of it, random.
        run: String,
        /// How long it may take at most, in seconds; none known for a job that is not configured.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_runtime_s: Option<f64>,
        /// Components that open nothing on this host while it runs.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        quiet: Vec<String>,
    },
    /// A job ended.
    JobEnded {
        /// Its name.
        job: String,
        /// The run that ended.
        run: String,
        /// Whether its exit code is one of those that are well.
        ok: bool,
        /// Its exit code; none when a signal ended it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exit_code: Option<i32>,
        /// How long it took, in milliseconds.
        took_ms: u64,
        /// Its last lines.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lines: Vec<String>,
    },
    /// A job did not begin in time.
    JobMissed {
        /// Its name.
        job: String,
        /// When it should have begun at the latest, in milliseconds of the wall clock.
        due_wall_ms: i64,
    },
    /// A watched log has lines that match.
    LogMatch {
        /// The check that watches it.
        check: String,
        /// The device whose log it is; absent when it is of this host.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        about: Option<String>,
        /// Lines that matched since the last of these events.
        matches: u64,
        /// The last of them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lines: Vec<String>,
    },
    /// Something was changed on purpose: what a ticket's "changed" line is made of.
    Change {
        /// What kind of thing: `package`, `kernel`, `file`, `unit`.
        what: String,
        /// Which one.
        name: String,
        /// What it was; empty when it is new.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        before: String,
        /// What it is; empty when it is gone.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        after: String,
    },
    /// Root on this host plans its own work.
    Hold {
        /// Until when, in milliseconds of the wall clock; in the past: the hold has ended.
        until_wall_ms: i64,
        /// Why.
        why: String,
        /// Who: the login name, and who they were before sudo.
        by: String,
    },
    /// What the collector asked for.
    Evidence {
        /// The question's id.
        ask: String,
        /// What was found, a line each.
        lines: Vec<String>,
    },
    /// What this host is made of; sent when it changes.
    Inventory(Box<Inventory>),
    /// A kind that this build does not know; kept for the timeline.
    #[serde(other)]
    Other,
}

/// What a host is made of. Each list is bounded, see [`crate::limits`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    /// Maker and product of the machine.
    #[serde(default)]
    pub machine: String,
    /// Its serial number, if it could be read.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub serial: String,
    /// Its firmware.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub firmware: String,
    /// What it is virtualised by; empty for a physical machine.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub virtualization: String,
    /// Model of its processors.
    #[serde(default)]
    pub processor: String,
    /// Operating system as it calls itself.
    #[serde(default)]
    pub os: String,
    /// Kernel release.
    #[serde(default)]
    pub kernel: String,
    /// Disks: name, model and size, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disks: Vec<String>,
    /// Network interfaces: name, address and driver, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interfaces: Vec<String>,
    /// Installed packages and their versions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub packages: BTreeMap<String, String>,
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
