//! Keeps what detection says to the shard: changes only.

use std::sync::Arc;

use crate::{HostSays, Identity, Labels, Late, Says};

/// What a check or event says, as titles and annotations name it.
pub const TEXT: &str = "text";
/// What stands for it in titles where it says nothing.
pub const SAYS_NOTHING: &str = "it says nothing";

/// One condition that changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Which condition.
    pub identity: Identity,
    /// The rule that found it, by name.
    pub rule: Arc<str>,
    /// Firing or ok.
    pub says: Says,
    /// All attributes of the series, the describing ones included.
    pub attributes: Labels,
    /// What the condition saw, by the names it used, parameters last; all finite.
    pub values: Vec<(String, f64)>,
    /// What the check or event says, for people; may be empty and may have several lines.
    pub text: String,
    /// Whether it begins to fire with this.
    pub opens: bool,
    /// The id of the newest event that caused it.
    pub event: Option<String>,
    /// Set where that event came late, out of a backlog (invariant 17).
    pub late: Option<Late>,
}

impl Found {
    /// The first line of what the check or event says, if it says anything.
    pub fn first_line(&self) -> Option<&str> {
        first_line(&self.text)
    }
}

/// The first line with anything in it.
pub(super) fn first_line(text: &str) -> Option<&str> {
    text.lines().map(str::trim).find(|line| !line.is_empty())
}

/// What one look at a host changed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observed {
    /// What changed about the host itself; to be told before the rest.
    pub host: Vec<HostSays>,
    /// Conditions that changed.
    pub found: Vec<Found>,
    /// Conditions that fire as before.
    pub unchanged: u32,
    /// Series and conditions over a bound of [`limits`](super::limits): not looked at.
    pub over_bound: u32,
}

impl Observed {
    /// Whether the engine must be told anything.
    pub fn is_empty(&self) -> bool {
        self.host.is_empty() && self.found.is_empty()
    }
}
