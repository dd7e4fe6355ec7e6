//! Keeps what a rule cost a team lately, and what a back-test says would have made it quieter.
//!
//! Found outside of the core, which is told of it; stands in the team's next digest. Decides nothing.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// What one rule cost a team, and what would have helped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noisy {
    /// The rule.
    pub rule: Arc<str>,
    /// From when on its tickets are counted.
    pub since: Timestamp,
    /// Tickets people were told of; where it was only observed, would have been told of.
    pub tickets: u64,
    /// Of these, over before any person did anything about them.
    pub unattended: u64,
    /// What would have helped.
    pub quieter: Quieter,
}

/// What the search for something quieter came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "found", rename_all = "snake_case")]
pub enum Quieter {
    /// This would have helped, and nothing that mattered would have been missed.
    By(Remedy),
    /// Nothing that was tried avoids tickets without missing one that mattered.
    Nothing {
        /// How many changes were tried.
        tried: u32,
        /// On what they were tried: the span, and how finely it was measured.
        measured: String,
    },
    /// Nothing could be tried.
    Untried {
        /// Why not, as a sentence without its full stop.
        why: String,
    },
}

/// A change of a rule that would have helped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remedy {
    /// In words: `warn at 93 % instead of 90 %`.
    pub words: String,
    /// Where its text belongs: `exceptions.toml`, `the [[rule]] in rules/filesystem-space.toml`.
    pub place: String,
    /// Its text, to be pasted there line by line.
    pub toml: Vec<String>,
    /// Tickets the rule makes by itself of what was measured, for all teams.
    pub of: u64,
    /// So many fewer with the change.
    pub fewer: u64,
    /// On what it was tried: the span, and how finely it was measured.
    pub measured: String,
}
