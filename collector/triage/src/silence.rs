//! Keeps silences: who does not want what to open, until when, and why.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Alert, EntityId, Labels, Matchers, Planned, Timestamp, limits};

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

/// Who does not want it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// A person, or a program in a person's name.
    #[default]
    Person,
    /// Root on a host, who plans work there.
    Hold,
    /// A job that runs on a host.
    Job,
    /// Planned work: an occurrence of a maintenance window.
    Window,
}

impl Origin {
    /// The stable word of what is suppressed by it, the label of the counter.
    pub fn code(self) -> &'static str {
        match self {
            Origin::Person => "silence",
            Origin::Hold => "hold",
            Origin::Job => "job",
            Origin::Window => "window",
        }
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
    /// Who does not want it.
    #[serde(default)]
    pub origin: Origin,
    /// Only what is about this entity: what a host plans concerns nobody else, whatever the names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity: Option<EntityId>,
    /// Whether it ends before its time once nothing that fires matches it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub until_clear: bool,
    /// When that is looked at; set while the last that ended may have been the last of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look_at: Option<Timestamp>,
    /// Set once its author was reminded, or there was nothing to remind of, before its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminded: Option<Reminded>,
    /// Set for an occurrence of a window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<Planned>,
}

/// What a silence still muted shortly before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminded {
    /// When that was looked at.
    pub at: Timestamp,
    /// How many alerts.
    pub alerts: u32,
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

    /// When its author is reminded of what it still mutes; none for what is no person's, for one
    /// that is too short, and where that was done.
    pub fn reminds_at(&self) -> Option<Timestamp> {
        let at = self.ends_at.before(limits::REMINDED_BEFORE);
        let is_wanted = self.origin == Origin::Person && self.reminded.is_none();
        (is_wanted && self.starts_at < at).then_some(at)
    }

    /// Whether it holds now for this alert.
    pub fn mutes(&self, now: Timestamp, alert: &Alert) -> bool {
        self.holds(now, &alert.about.labels, alert.identity.entity_id())
    }

    /// Whether it holds now for what has these labels and is about this entity.
    pub fn holds(&self, now: Timestamp, labels: &Labels, entity: Option<&str>) -> bool {
        let is_about = |about: &EntityId| entity == Some(about.as_str());
        self.state(now) == SilenceState::Active
            && self.entity.as_ref().is_none_or(is_about)
            && self.matchers.match_all(labels)
    }
}
