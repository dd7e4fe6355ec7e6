//! Exceptions: what is asked, and what is told of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::api::Time;

/// Exceptions in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exceptions {
    /// By rule, what ends first in a rule first.
    pub exceptions: Vec<Exception>,
}

/// Where a rule is different.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// Which rule.
    pub rule: String,
    /// Where; all must match.
    pub matchers: Vec<String>,
    /// Whether the rule does not exist there.
    pub off: bool,
    /// What is different, in words: `off`, `warn_used 0.98`; sizes in bytes, times in seconds.
    pub words: String,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub why: String,
    /// Until when.
    pub until: Time,
    /// Whether a person made it with the command; else a file says so.
    pub made: bool,
    /// Whether its owner was told that it ends.
    pub reminded: bool,
    /// Whether it ends within two weeks.
    pub ends_soon: bool,
}

/// Make one, or end one that was made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExceptionRequest {
    /// Which rule.
    pub rule: String,
    /// Where, as in `host="nas-1"`; all must match.
    pub matchers: Vec<String>,
    /// Other parameters, as they are written in the rule: `0.98`, `10GiB`, `5m`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, String>,
    /// The rule does not exist there.
    #[serde(default)]
    pub off: bool,
    /// End the one that was made of this rule and these matchers.
    #[serde(default)]
    pub end: bool,
    /// Who answers for it; the token's name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Its last day, as in `2027-06-30`; at most a year away.
    #[serde(default)]
    pub until: String,
    /// Why; at least 8 characters.
    #[serde(default)]
    pub why: String,
}
