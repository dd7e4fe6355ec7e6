//! Going live: what is asked, and what is told of it.

use serde::{Deserialize, Serialize};

use crate::api::Time;

/// Of what; everything where neither is named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoLiveOf {
    /// What a team owns.
    pub team: Option<String>,
    /// What a rule finds.
    pub rule: Option<String>,
}

/// What people would have been told while it was only observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoLive {
    /// Of what: `everything`, `team linux`, `rule unit-failed`.
    pub of: String,
    /// Whether it is live by now.
    pub live: bool,
    /// Since when that is counted: 24 hours, and the hour begun.
    pub since: Time,
    /// Tickets by the rule that found them, the most first; empty: alerts from outside.
    pub by_rule: Vec<Counted>,
    /// Tickets by owner team, the most first.
    pub by_team: Vec<Counted>,
    /// Lists of the collector's own besides.
    pub lists: u64,
    /// Withheld now, and a ticket each when it goes live.
    pub apart: u64,
    /// Withheld now, and in one list of their team when it goes live.
    pub listed: u64,
    /// Teams of these that have nobody to tell.
    pub without_receiver: Vec<String>,
}

/// So many tickets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Of which rule or team.
    pub name: String,
    /// How many.
    pub tickets: u64,
}

/// Go live, or back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoLiveRequest {
    /// With what a team owns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// With what a rule finds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Back to observing.
    #[serde(default)]
    pub back: bool,
    /// Why; at least 8 characters to go back.
    #[serde(default)]
    pub why: String,
    /// Who; the token's name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// Of what people are told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    /// `live` or `observe`: of what nothing else is ruled.
    pub mode: String,
    /// What was ruled.
    pub ruled: Vec<LiveRuling>,
}

/// What somebody ruled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveRuling {
    /// Of what, in words.
    pub of: String,
    /// Live; else only observed.
    pub live: bool,
    /// Who.
    pub by: String,
    /// When.
    pub at: Time,
    /// Why; may be empty.
    pub why: String,
}
