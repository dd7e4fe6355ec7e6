//! Keeps what a list is: one incident of a team that the collector itself makes of what is better
//! read in one place than in a ticket each.
//!
//! Decides nothing.

use serde::{Deserialize, Serialize};

/// What is listed. A team has one list of each that still takes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListOf {
    /// What held already when hosts were first seen.
    Enrolment,
    /// What is worth doing and no ticket of its own.
    Digest,
    /// What held already when a team went live.
    GoLive,
}

impl ListOf {
    /// The word used in keys and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            ListOf::Enrolment => "enrolment",
            ListOf::Digest => "digest",
            ListOf::GoLive => "go_live",
        }
    }

    /// What people call it, as a title begins.
    pub fn words(self) -> &'static str {
        match self {
            ListOf::Enrolment => "Found at enrolment",
            ListOf::Digest => "Worth doing this week",
            ListOf::GoLive => "Found before going live",
        }
    }
}

/// What there is to tell of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// What is listed.
    pub of: ListOf,
    /// What there is, most first, as in `60 hosts with filesystem-space`.
    pub title: String,
    /// What belongs together; at most [`crate::limits::LISTED_GROUPS_MAX`].
    pub groups: Vec<Listed>,
}

/// A group of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// What its lines have in common.
    pub heading: String,
    /// What it means, and the first commands to try on the first of them, a line each; may be empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub says: Vec<String>,
    /// One for each thing; at most [`crate::limits::LISTED_LINES_MAX`].
    pub lines: Vec<String>,
    /// A text to be pasted somewhere, line by line as it stands; may be empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paste: Vec<String>,
    /// How many more there are.
    pub more: u32,
}
