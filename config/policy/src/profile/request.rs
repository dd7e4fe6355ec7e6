//! Keeps a request as it will be sent, without its credentials.

use std::fmt;

use super::model::Method;

/// A request made of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The step, for people.
    pub step: String,
    /// The method.
    pub method: Method,
    /// A path below the receiver's URL, an absolute URL, or empty for the receiver's URL itself.
    pub url: String,
    /// Whether it comes out of an answer: see [`super::Step::is_reference`].
    pub is_reference: bool,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The query, not encoded yet.
    pub query: Vec<(String, String)>,
    /// The body.
    pub body: RequestBody,
    /// What could not be rendered and was replaced by a built-in text; for people.
    pub replaced: Vec<String>,
}

/// A body as it will be sent.
#[derive(Debug, Clone, PartialEq)]
pub enum RequestBody {
    /// None.
    Empty,
    /// Bytes with their `Content-Type`.
    Bytes {
        /// What they are.
        content_type: String,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// An e-mail.
    Mail(Letter),
}

/// An e-mail as it will be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Who sends it.
    pub from: String,
    /// Who gets it.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same in HTML.
    pub html: Option<String>,
    /// What is before the `@` in its id.
    pub id: String,
    /// The same of the mail it belongs to; empty = none.
    pub answers: String,
}

/// Why a step cannot be sent: there is no built-in address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unrenderable {
    /// Which part of which step.
    pub part: String,
    /// What is wrong with it.
    pub why: String,
    /// Whether it stands in the profile as it is, whatever the delivery.
    pub is_syntax: bool,
}

impl fmt::Display for Unrenderable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} cannot be made: {}", self.part, self.why)
    }
}

impl std::error::Error for Unrenderable {}
