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
}

impl ListOf {
    /// The word used in keys and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            ListOf::Enrolment => "enrolment",
        }
    }

    /// What people call it, as a title begins.
    pub fn words(self) -> &'static str {
        match self {
            ListOf::Enrolment => "Found at enrolment",
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
    /// One for each thing; at most [`crate::limits::LISTED_LINES_MAX`].
    pub lines: Vec<String>,
    /// How many more there are.
    pub more: u32,
}
