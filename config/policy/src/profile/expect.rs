//! Keeps what the answers of a step mean, as rules: the first that matches wins.
//!
//! Knows nothing of how an answer is read, or of what follows from a judgement.

use regex::Regex;

use super::template::Shape;

/// One rule about answers. All that it names must hold.
#[derive(Debug, Clone)]
pub struct Expect {
    /// Which statuses; none = any.
    pub status: Option<Statuses>,
    /// A look at the answer that must come out true; none = always.
    pub look: Option<(Look, Test)>,
    /// What such an answer means.
    pub is: Judgement,
    /// Said to people with it; may be empty.
    pub why: String,
}

/// A range of HTTP statuses, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statuses {
    /// The first.
    pub from: u16,
    /// The last.
    pub to: u16,
}

/// Where to look in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// The body as text.
    Body,
    /// A header.
    Header(String),
    /// At a JSON pointer in the body.
    Pointer(String),
}

/// What is asked of what is found there. Nothing found never passes.
#[derive(Debug, Clone)]
pub enum Test {
    /// Equal as text, so that `"1"` and `1` are the same id.
    Equals(Shape),
    /// This text is in it.
    Contains(String),
    /// This expression matches somewhere in it.
    Matches(Regex),
}

/// What an answer means for what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Judgement {
    /// It was done.
    Done,
    /// It was so already.
    AlreadyDone,
    /// The ticket is not there any more.
    Gone,
    /// Somebody else changed it meanwhile: read again, try again.
    Conflict,
    /// The credentials or the configuration are wrong; nothing will work until a person acts.
    Auth,
    /// It will never be done.
    Refused,
    /// Too much at a time; surely not done.
    Throttled,
    /// Surely not done; later it may work.
    Transient,
    /// Perhaps it was done, perhaps not.
    Unknown,
}

impl Judgement {
    /// All of them.
    pub const ALL: [Judgement; 9] = [
        Judgement::Done,
        Judgement::AlreadyDone,
        Judgement::Gone,
        Judgement::Conflict,
        Judgement::Auth,
        Judgement::Refused,
        Judgement::Throttled,
        Judgement::Transient,
        Judgement::Unknown,
    ];

    /// The word in profiles and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Judgement::Done => "done",
            Judgement::AlreadyDone => "already_done",
            Judgement::Gone => "gone",
            Judgement::Conflict => "conflict",
            Judgement::Auth => "auth",
            Judgement::Refused => "refused",
            Judgement::Throttled => "throttled",
            Judgement::Transient => "transient",
            Judgement::Unknown => "unknown",
        }
    }

    /// What a status means when no rule says so.
    pub fn of_status(status: u16) -> Judgement {
        match status {
            200..=299 => Judgement::Done,
            // Not followed: where it leads may be anybody's, and the secret would go there.
            300..=399 => Judgement::Auth,
            401 | 403 | 404 | 407 => Judgement::Auth,
            408 => Judgement::Unknown,
            409 | 412 => Judgement::Conflict,
            425 | 429 => Judgement::Throttled,
            400..=499 => Judgement::Refused,
            // 5xx and what does not exist: it may have been done all the same.
            _ => Judgement::Unknown,
        }
    }
}
