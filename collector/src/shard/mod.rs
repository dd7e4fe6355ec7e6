//! Keeps what is hot: detection windows and the last word of each sender.
//!
//! In: reports and posted alerts. Out: changes, handed to the engine inside the
//! critical section, so that order per identity is order of arrival. A cache of
//! committed state, never a second truth: an entry is committed or pending, and
//! whoever repeats a pending change waits for the same commit.

use std::sync::Arc;

use vedette_triage::{About, Labels, Severity, Timestamp};
use vedette_wire::Acknowledged;

use crate::engine_loop::Pending;

/// An alert posted to the Alertmanager API, already validated and completed.
#[derive(Debug, Clone)]
pub struct PostedAlert {
    /// All its labels; its identity.
    pub labels: Labels,
    /// What describes it.
    pub about: Arc<About>,
    /// How bad, from its `severity` label.
    pub severity: Severity,
    /// Since when, if the sender said so.
    pub starts_at: Option<Timestamp>,
    /// Until when, if the sender said so; in the past = resolved.
    pub ends_at: Option<Timestamp>,
    /// Who sent it, for "no longer reported by".
    pub sender: String,
}

/// What became of a report or alert so far: await `pending`, then answer.
#[derive(Debug, Default)]
pub struct Taken {
    /// Changes whose commit must be awaited before the 2xx; empty when nothing changed.
    pub pending: Vec<Pending>,
    /// For reports: what the agent may forget once all of `pending` is committed.
    pub acknowledged: Option<Acknowledged>,
    /// Signals that said nothing new (they never reach the engine; counted by the caller of meters).
    pub repeated: u32,
}
