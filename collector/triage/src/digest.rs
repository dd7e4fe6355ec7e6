//! Keeps what stood in a team's last digest, and when the next one is.
//!
//! Decides nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Fingerprint, IncidentId, Listing, Noisy, Timestamp};

/// The digests of one team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// Whose they are.
    pub team: String,
    /// When the last was decided, also if there was nothing to do; at first, since when they are
    /// planned.
    pub at: Timestamp,
    /// When the next one is; none where none is planned.
    pub next: Option<Timestamp>,
    /// When it is looked at next whether all that stood in the last is over; none where it is, or
    /// nothing did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look_at: Option<Timestamp>,
    /// What stood in the last, and how it read; at most [`crate::limits::DIGEST_ENTRIES_MAX`].
    #[serde(default)]
    pub entries: BTreeMap<Fingerprint, String>,
    /// The last one that had anything in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<LastDigest>,
    /// What rules cost the team lately, the worst first; at most [`crate::limits::NOISY_TOLD_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub noisy: Vec<Noisy>,
    /// When that was looked into; none when it never was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noisy_at: Option<Timestamp>,
}

impl Digest {
    /// Of a team that had none yet.
    pub fn planned(team: &str, now: Timestamp) -> Digest {
        Digest {
            team: team.to_owned(),
            at: now,
            next: None,
            look_at: None,
            entries: BTreeMap::new(),
            last: None,
            noisy: Vec::new(),
            noisy_at: None,
        }
    }
}

/// A digest as it was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastDigest {
    /// Its incident.
    pub incident: IncidentId,
    /// What stood in it.
    pub listing: Listing,
}
