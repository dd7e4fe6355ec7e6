//! Keeps how far an incident has climbed, and what a person is told by a step.
//!
//! Decides nothing.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Ladder, Priority, Timestamp};

/// How far an incident has climbed, and whose it was before.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Escalating {
    /// At most one for each ladder, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub climbs: Vec<Climb>,
    /// The owner teams it has had, the first first; one follows another. At most
    /// [`crate::limits::OWNERS_KEPT_MAX`], the newest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<Arc<str>>,
}

/// How far an incident has climbed on one ladder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Climb {
    /// Which.
    pub ladder: Ladder,
    /// The policy, by name.
    pub policy: Arc<str>,
    /// The owner team it was begun for.
    pub team: Arc<str>,
    /// The priority it was begun for.
    pub priority: Priority,
    /// The next step, from 0; as many as there are while the last is repeated.
    pub step: u32,
    /// How often anybody was told.
    pub told: u32,
    /// When the next step is due by the policy; none at the end.
    pub due: Option<Timestamp>,
    /// It is not taken before: the collector was down, and looks around first.
    pub not_before: Timestamp,
}

impl Climb {
    /// When the next step is taken if nobody does anything.
    pub fn at(&self) -> Option<Timestamp> {
        self.due.map(|due| due.max(self.not_before))
    }
}

/// What a receiver is told by a step: whom it concerns, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The person it is for; none for a receiver that no person was named for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<Arc<str>>,
    /// Why, in words.
    pub why: String,
    /// On which ladder; none where it is none of a policy's steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ladder: Option<Ladder>,
}

/// Who is told next if nobody does anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldNext {
    /// When.
    pub at: Timestamp,
    /// Who, in words.
    pub who: String,
    /// On which ladder.
    pub ladder: Ladder,
}
