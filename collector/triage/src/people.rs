//! Keeps what people say about an incident: who works on it, whose it is, what is waited for,
//! how urgent it is to them.
//!
//! Each of these has an end (invariant 10). Decides nothing.

use serde::{Deserialize, Serialize};

use crate::{Lasts, Priority, Severity, Timestamp};

/// Somebody works on it, until `until` at most (invariant 10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// When it expires, counted from the last sign of life.
    pub until: Timestamp,
    /// The worst severity at that time; worse lifts it.
    pub severity: Severity,
    /// How long it lasts after each sign of life; none in what an earlier version wrote, which
    /// counted from the beginning.
    #[serde(default)]
    pub lasts: Option<Lasts>,
}

impl Acknowledgement {
    /// How long it lasts after a sign of life.
    pub fn lasts(&self) -> Lasts {
        let counted = Lasts::For(self.until.since(self.at));
        self.lasts.unwrap_or(counted)
    }
}

/// People wait for something outside their reach, until `until` at most (invariant 10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// What for: `vendor`, `parts`, `user`, or other words.
    pub waits_for: String,
    /// Who said so.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// When it ends at the latest.
    pub until: Timestamp,
    /// The worst severity at that time; worse ends it.
    pub severity: Severity,
}

/// Whose an incident is within its owner team; until it is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Whose.
    pub to: String,
    /// Who said so; the same where it was taken.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// How urgent a person says it is. It stands until the incident is over, or worse than it ever
/// was when that was said; nothing else overwrites it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetPriority {
    /// How urgent.
    pub to: Priority,
    /// Who said so.
    pub by: String,
    /// Why.
    pub why: String,
    /// When.
    pub at: Timestamp,
    /// The worst severity at that time.
    pub severity: Severity,
}

/// A person closed its ticket while it still fired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedByHand {
    /// Who.
    pub by: String,
    /// At which receiver.
    pub receiver: String,
    /// When.
    pub at: Timestamp,
    /// When it is opened again if it still fires then; none once that was decided, and where it is
    /// not.
    pub again_at: Option<Timestamp>,
    /// How often within a day, this time counted.
    pub times: u32,
    /// The first of these times.
    pub first_at: Timestamp,
}
