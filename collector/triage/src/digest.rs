//! Keeps what stood in a team's last digest, and when the next one is.
//!
//! Decides nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Fingerprint, IncidentId, Listing, Timestamp};

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
    /// What stood in the last, and how it read; at most [`crate::limits::DIGEST_ENTRIES_MAX`].
    #[serde(default)]
    pub entries: BTreeMap<Fingerprint, String>,
    /// The last one that had anything in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<LastDigest>,
}

/// A digest as it was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastDigest {
    /// Its incident.
    pub incident: IncidentId,
    /// What stood in it.
    pub listing: Listing,
}
