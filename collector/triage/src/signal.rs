//! Keeps what enters triage: "this condition on this entity is now firing / ok".
//!
//! Knows nothing of who measured it or how it arrived.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vedette_wire::{Goodbye, HostFacts};

use crate::{
    About, AlertId, Drill, End, EntityId, EvidenceKind, HostChange, Identity, Look, Severity,
    Timestamp,
};

/// One thing a source says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// A condition changed.
    Alert(AlertSignal),
    /// A host appeared, changed, left, came back or fell silent.
    Host(HostSignal),
}

/// "This condition is now firing / ok."
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertSignal {
    /// Which condition.
    pub identity: Identity,
    /// Firing or ok.
    pub says: Says,
    /// What describes it; may change without making another alert.
    pub about: Arc<About>,
    /// Set for a drill: marked everywhere, counted apart.
    pub drill: Option<Drill>,
}

/// Firing or ok.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Says {
    /// It holds.
    Firing {
        /// How bad it is now.
        severity: Severity,
        /// Since when, as the source knows it.
        since: Timestamp,
        /// Until when the sender vouches for it (alerts from outside); none for our own rules.
        valid_until: Option<Timestamp>,
    },
    /// It holds no longer.
    Ok {
        /// Which of the statements that may end an alert this is.
        end: End,
        /// Since when, as the source knows it.
        since: Timestamp,
    },
}

/// What changed about a host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HostSignal {
    /// Which host.
    pub id: EntityId,
    /// What changed.
    pub says: HostSays,
}

/// An agent looked at a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looked {
    /// At which.
    pub device: Arc<str>,
    /// Whether it answered as it should.
    pub well: bool,
}

/// What changed about a host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HostSays {
    /// It reports: new, back, or with other facts than before.
    Seen {
        /// What it says of itself.
        facts: HostFacts,
        /// The kernel's boot id.
        boot: String,
        /// The agent's version.
        version: String,
        /// The pause between its reports, in seconds.
        interval_s: f64,
    },
    /// It said goodbye.
    Left {
        /// Why.
        reason: Goodbye,
    },
    /// Root on it plans work until then; a time that is over ends it.
    Holds {
        /// Until when.
        until: Timestamp,
        /// Why.
        why: String,
        /// Who.
        by: String,
    },
    /// A job runs that keeps components quiet.
    JobRuns {
        /// Its name.
        job: String,
        /// This run of it.
        run: String,
        /// Until when it may take at most.
        until: Timestamp,
        /// The components.
        quiet: Vec<String>,
    },
    /// A job ended.
    JobEnded {
        /// Its name.
        job: String,
        /// The run that ended.
        run: String,
    },
    /// Things were changed on it on purpose.
    Changed {
        /// In the order they were told.
        changes: Vec<HostChange>,
    },
    /// What it was asked for when an alert began.
    Found {
        /// Which alert; one of another host is left alone.
        alert: AlertId,
        /// What it was asked for.
        what: EvidenceKind,
        /// What was found, a line each.
        lines: Vec<String>,
    },
    /// It makes other checks of devices than before.
    Looks {
        /// All of them now, in order.
        at: Vec<Look>,
    },
    /// It reports, which somebody waits for; else nothing need have changed.
    Observed {
        /// When.
        at: Timestamp,
        /// What it came to with devices that somebody waits for.
        looked: Vec<Looked>,
    },
    /// It has been silent for so long that the time of its last report must survive a restart.
    Silent {
        /// When it was last heard of.
        last_seen: Timestamp,
    },
}
