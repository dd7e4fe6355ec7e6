//! Keeps what is special about an occurrence of a maintenance window: it is a silence that nobody
//! has to make, that knows what was so when it began, and that may make a ticket of what is not
//! so any more.
//!
//! Decides nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{AlertId, EntityId, Fingerprint, SilenceId, Timestamp};

/// An occurrence of a maintenance window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// The window's name.
    pub window: String,
    /// Who answers for it: a team or a person.
    pub owner: String,
    /// Whether a person made it; else a file names it.
    #[serde(default)]
    pub by_hand: bool,
    /// Whether its end makes a ticket of what is not as it was before.
    #[serde(default)]
    pub report: bool,
    /// Where it stands.
    pub stage: Stage,
    /// What was so when it began; none where no report is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Arc<Before>>,
}

/// Where an occurrence of a window stands, as far as it was seen to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// It begins later.
    Coming,
    /// It has begun.
    Running,
    /// It is over, and what there was to report is reported.
    Over,
}

/// What was so when a window began, of what it is about; at most
/// [`crate::limits::WINDOW_REMEMBERS_MAX`] of each.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Before {
    /// What fired.
    pub firing: BTreeSet<AlertId>,
    /// The hosts that were silent or away.
    pub away: BTreeSet<EntityId>,
    /// Which kernel ran on each host.
    pub kernels: BTreeMap<EntityId, String>,
}

/// What is not as it was before a window, as it was found at its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowReport {
    /// The window's name.
    pub window: String,
    /// How many hosts are well, and what is wrong with how many.
    pub title: String,
    /// What is wrong, a line each: where.
    pub lines: Vec<String>,
}

impl Planned {
    /// The id of the occurrence of a window that begins then.
    pub fn id(window: &str, starts_at: Timestamp) -> SilenceId {
        let name = Fingerprint::of(&[("window", window)].into_iter().collect());
        SilenceId::new(&format!("window-{name}-{}", starts_at.as_millis()))
    }
}
