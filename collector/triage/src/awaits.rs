//! Keeps what must be heard, or be over, before people are told of an alert whose place needs
//! others to be seen (invariant 12).
//!
//! Every wait for something to be heard is a subscription with an end: the shards, which see
//! every report, tell the engine of the next one although nothing changed. Decides nothing.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Alert, EntityId, Source, Timestamp};

/// What an alert waits for because of what its place needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Awaits {
    /// What.
    pub what: Awaited,
    /// What is heard counts from then on.
    pub since: Timestamp,
    /// When it is over at the latest; none while something it needs has failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// What an alert can wait for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Awaited {
    /// That one place of each of these groups is seen. Its own place is among them where it is
    /// the one that measured: whoever is heard can be reached.
    Seen {
        /// By name; at most [`crate::limits::PLACES_AWAITED_MAX`] in all.
        groups: Vec<Vec<Arc<str>>>,
    },
    /// That one of these, which have failed, is back.
    Return {
        /// By name; at most [`crate::limits::PLACES_AWAITED_MAX`].
        places: Vec<Arc<str>>,
    },
    /// That the time is over which its place has to come back after what it needs.
    Grace {
        /// What is back.
        place: Arc<str>,
        /// Whether whoever says it must say so again since.
        afresh: bool,
    },
    /// That whoever says it says so again: it began before what it needs came back.
    Afresh {
        /// What is back.
        place: Arc<str>,
    },
}

/// Whose word is waited for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Heard {
    /// This place is seen.
    Place(Arc<str>),
    /// This host reports.
    Host(EntityId),
    /// Somebody looked at this device.
    Device(Arc<str>),
    /// The sender of an alert from outside repeats itself.
    Repeat,
}

impl Awaits {
    /// Every place it waits for: to be seen, to be back, or since it is back.
    pub fn places(&self) -> Vec<Arc<str>> {
        match &self.what {
            Awaited::Seen { groups } => groups.iter().flatten().cloned().collect(),
            Awaited::Return { places } => places.clone(),
            Awaited::Grace { place, .. } | Awaited::Afresh { place } => vec![Arc::clone(place)],
        }
    }
}

impl Alert {
    /// Whose word it waits for.
    pub fn listens_for(&self) -> Vec<Heard> {
        let Some(awaits) = &self.awaits else {
            return Vec::new();
        };
        match &awaits.what {
            Awaited::Seen { groups } => {
                let places = groups.iter().flatten();
                places
                    .map(|place| Heard::Place(Arc::clone(place)))
                    .collect()
            }
            Awaited::Grace { afresh: true, .. } | Awaited::Afresh { .. } => {
                self.whose_word().into_iter().collect()
            }
            Awaited::Return { .. } | Awaited::Grace { afresh: false, .. } => Vec::new(),
        }
    }

    /// Who says it.
    fn whose_word(&self) -> Option<Heard> {
        match self.identity.source {
            Source::Alertmanager => Some(Heard::Repeat),
            Source::Rules => {
                let entity = self.identity.entity()?;
                Some(match entity.device() {
                    Some(device) => Heard::Device(Arc::from(device)),
                    None => Heard::Host(entity),
                })
            }
        }
    }
}
