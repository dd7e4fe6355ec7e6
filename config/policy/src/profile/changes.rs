//! Keeps how a profile lists what people changed in the ticket system.
//!
//! `changed_since` asks from a cursor on, page by page; each row that is kept becomes
//! a change, made of [`Named`] values. Knows nothing of HTTP, or of what follows from
//! a change.

use std::time::Duration;

use super::model::Take;
use super::template::Expression;

/// How far `changed_since` has come is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// What it is.
    pub kind: CursorKind,
    /// How far a time is put back before it is asked from: clocks differ, and rows become visible
    /// late. Nothing for the other kinds.
    pub overlap: Duration,
    /// Pages of one poll; the rest comes with the next.
    pub pages_max: u32,
}

/// What a cursor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CursorKind {
    /// The time of the latest change.
    Time,
    /// A number that only grows.
    Number,
    /// What the last answer said to go on with: a link, or a token.
    Next,
}

/// The changes an answer lists.
#[derive(Debug, Clone)]
pub struct Listing {
    /// JSON pointer to the list.
    pub at: String,
    /// Only rows for which this holds; none = all.
    pub keep: Option<Expression>,
    /// What is made of a row.
    pub each: Vec<(Named, Expression)>,
    /// Where the answer says how to go on.
    pub next: Option<Take>,
    /// Rows of a full page: a page with fewer is the last one.
    pub full: Option<u32>,
}

/// What a change, or a ticket that was read, can say. The names of `each`, and of captures in
/// `read`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Named {
    /// The ticket's id there.
    Ticket,
    /// Our key, if the row has it.
    Key,
    /// How it stands: `open`, `acknowledged`, `waiting` or `resolved`.
    State,
    /// Whose it is there; empty = nobody's.
    Owner,
    /// Who changed it.
    By,
    /// When, in any form [`super::time_of`] reads.
    At,
    /// What was done, in their word: `comment` where it was a comment.
    What,
    /// What was written.
    Text,
    /// The row's place: the cursor moves behind the greatest.
    Cursor,
}

impl Named {
    /// All of them.
    pub const ALL: [Named; 9] = [
        Named::Ticket,
        Named::Key,
        Named::State,
        Named::Owner,
        Named::By,
        Named::At,
        Named::What,
        Named::Text,
        Named::Cursor,
    ];

    /// The word in a profile.
    pub fn as_str(self) -> &'static str {
        match self {
            Named::Ticket => "ticket",
            Named::Key => "key",
            Named::State => "state",
            Named::Owner => "owner",
            Named::By => "by",
            Named::At => "at",
            Named::What => "what",
            Named::Text => "text",
            Named::Cursor => "cursor",
        }
    }
}

/// How a ticket stands in the other system, in our words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TheirState {
    /// Nobody has taken it.
    Open,
    /// Somebody works on it.
    Acknowledged,
    /// It waits for something.
    Waiting,
    /// It is done.
    Resolved,
}

impl TheirState {
    /// The state of that word; none for any other.
    pub fn of(word: &str) -> Option<TheirState> {
        match word {
            "open" => Some(TheirState::Open),
            "acknowledged" => Some(TheirState::Acknowledged),
            "waiting" => Some(TheirState::Waiting),
            "resolved" => Some(TheirState::Resolved),
            _ => None,
        }
    }

    /// The word in profiles.
    pub fn as_str(self) -> &'static str {
        match self {
            TheirState::Open => "open",
            TheirState::Acknowledged => "acknowledged",
            TheirState::Waiting => "waiting",
            TheirState::Resolved => "resolved",
        }
    }
}

/// From where on changes are asked for: the names `since`, `page` and `after`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked<'a> {
    /// The cursor: a time in RFC 3339, a number, or what an answer said to go on with.
    pub since: &'a str,
    /// Which page, from 1.
    pub page: u32,
    /// How the answer before this one said to go on; none for the first page.
    pub next: Option<&'a str>,
}
