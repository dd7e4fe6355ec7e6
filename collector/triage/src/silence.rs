//! Keeps silences: who does not want what to open, until when, and why.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Labels, Matchers, Timestamp};

/// The UUID of a silence, as the Alertmanager API asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SilenceId(Arc<str>);

impl SilenceId {
    /// Wraps an id made by the shell.
    pub fn new(id: &str) -> SilenceId {
        SilenceId(Arc::from(id))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SilenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Keeps matching alerts from opening anything until it ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Silence {
    /// Its UUID.
    pub id: SilenceId,
    /// All must match an alert's labels.
    pub matchers: Matchers,
    /// From when.
    pub starts_at: Timestamp,
    /// Until when; every mute has an end (invariant 10).
    pub ends_at: Timestamp,
    /// Who made it.
    pub created_by: String,
    /// Why.
    pub comment: String,
    /// Free text of the Alertmanager API.
    pub annotations: Labels,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Where a silence stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SilenceState {
    /// It begins later.
    Pending,
    /// It holds.
    Active,
    /// It is over.
    Expired,
}

impl Silence {
    /// Where it stands at `now`.
    pub fn state(&self, now: Timestamp) -> SilenceState {
        if now >= self.ends_at {
            SilenceState::Expired
        } else if now < self.starts_at {
            SilenceState::Pending
        } else {
            SilenceState::Active
        }
    }

    /// Whether it holds now for these labels.
    pub fn mutes(&self, now: Timestamp, labels: &Labels) -> bool {
        self.state(now) == SilenceState::Active && self.matchers.match_all(labels)
    }
}
