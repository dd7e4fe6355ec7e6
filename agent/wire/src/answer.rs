//! What the collector answers to a report.
//!
//! 200: [`Answer`]. 4xx and 503: [`Refusal`]. A 2xx means: every change the
//! report caused is on disk (design invariant 3).

use serde::{Deserialize, Serialize};

/// The body of a 200 to `POST /api/v1/reports`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// What the agent may forget.
    pub acknowledged: Acknowledged,
    /// The collector's wall clock in milliseconds, for the agent's skew.
    pub collector_wall_ms: i64,
    /// The forms of report the collector reads.
    pub wire: Vec<u32>,
    /// What the collector wants to know about an alert that has begun.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ask: Vec<Ask>,
}

/// A question the agent answers with [`crate::EventKind::Evidence`]. Nothing in it is run:
/// the agent knows how to find out each of these by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// Made by the collector; the answer carries it.
    pub id: String,
    /// What it wants to know.
    pub what: Wanted,
}

/// What can be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "want", rename_all = "snake_case")]
pub enum Wanted {
    /// The processes that use most processor time and memory.
    TopProcesses,
    /// The largest folders of a file system.
    LargestFolders {
        /// Where it is mounted.
        mountpoint: String,
    },
    /// The last lines of a unit of systemd in the journal.
    LastLines {
        /// The unit.
        unit: String,
    },
    /// What this build does not know; not answered.
    #[serde(other)]
    Unknown,
}

/// Everything of one stream and epoch up to a sequence number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// The epoch of the report that is answered.
    pub epoch: String,
    /// The stream of the report that is answered.
    pub stream: crate::Stream,
    /// The agent may forget rounds up to and including this one.
    pub seq: u64,
}

/// The body of every refusal of a report: what is wrong, and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Refusal {
    /// One sentence for people.
    pub error: String,
    /// A stable word, also the label of the counter: `not_json`, `wrong_type`, `too_large`,
    /// `too_many_samples`, `bad_value`, `bad_name`, `unknown_wire`, `not_ready`, ...
    pub reason: String,
    /// Each place that was refused, at most [`crate::limits::FINDINGS_PER_ANSWER_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<Refused>,
    /// How many samples, checks and events of the batch were kept all the same.
    #[serde(default)]
    pub kept: u64,
    /// Present when the rest was kept: the agent need not send this again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<Acknowledged>,
    /// The forms of report the collector reads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wire: Vec<u32>,
}

/// One place of a report that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The place, as a path: `rounds[0].samples[17].value`.
    pub at: String,
    /// What is wrong with it.
    pub why: String,
}
