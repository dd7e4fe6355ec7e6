//! Keeps a profile as data: what was read, nothing done yet.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use regex::Regex;
use serde_json::Value;

use super::changes::{Cursor, Listing};
use super::expect::{Expect, Judgement};
use super::operation::Operation;
use super::template::{Expression, Shape, Template};

/// How one kind of ticket system is spoken to.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Its name: that of its file.
    pub name: String,
    /// What it speaks to, in a sentence; may be empty.
    pub about: String,
    /// What has to be made at the other side before it can be used, for its people; each a template
    /// over `settings` and `receiver`.
    pub setup: Vec<Template>,
    /// What keeps a ticket from being made twice.
    pub idempotency: Idempotency,
    /// How long their server may still be working on a request that was cut off: a ticket that is
    /// not found is made again only this much later.
    pub settle_time: Duration,
    /// Deliveries under way at a time.
    pub concurrency: usize,
    /// The shortest time between the beginnings of two requests.
    pub min_gap: Duration,
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// How long one request may take as a whole.
    pub timeout: Duration,
    /// Bytes of an answer; a longer one counts as unknown.
    pub answer_bytes_max: usize,
    /// How the secret travels.
    pub auth: Auth,
    /// How requests are signed when the receiver has a `secret_file`.
    pub signature: Signature,
    /// How far `changed_since` has come is remembered; none where the profile cannot say.
    pub cursor: Option<Cursor>,
    /// Keys a receiver may set beside its own.
    pub settings: BTreeMap<String, Setting>,
    /// What it can do. An operation that is not here needs nothing to be done.
    pub operations: BTreeMap<Operation, Arc<Vec<Step>>>,
}

impl Profile {
    /// Whether it sends e-mails, so that the receiver's `url` is that of an SMTP server.
    pub fn is_mail(&self) -> bool {
        let mut steps = self.operations.values().flat_map(|steps| steps.iter());
        steps.any(|step| matches!(step.body, Body::Mail(_)))
    }

    /// The steps of an operation; none where nothing needs to be done.
    pub fn steps(&self, operation: Operation) -> &[Step] {
        match self.operations.get(&operation) {
            Some(steps) => steps,
            None => &[],
        }
    }
}

/// What keeps a ticket from being made twice (invariant 13).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idempotency {
    /// The receiver recognises a repeated key: the same request is sent again.
    Key,
    /// The receiver recognises a repeated key for so long; later the ticket is looked up.
    KeyFor(Duration),
    /// The ticket is looked up by its key before it is made again.
    Lookup,
    /// Nothing: sent again, and perhaps twice there.
    None,
}

/// How the secret of a receiver travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Auth {
    /// Not by itself; a step can put `secret` anywhere.
    None,
    /// `Authorization: SCHEME SECRET`.
    Scheme(String),
    /// `Authorization: Basic` with this user and password.
    Basic {
        /// The user.
        user: Template,
        /// The password; none = the secret.
        password: Option<Template>,
    },
    /// A header of its own, with nothing but the secret.
    Header(String),
    /// A parameter of the query.
    Query(String),
    /// `Authorization: Bearer` with a token that the secret is exchanged for (OAuth 2.0, client
    /// credentials), and another one when it ends or is refused.
    ClientCredentials {
        /// Where tokens are given out.
        token_url: Template,
        /// Who asks.
        client_id: Template,
        /// What for; may be empty.
        scope: Template,
    },
}

/// How requests are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// Not at all.
    None,
    /// As Standard Webhooks says: `webhook-id`, `webhook-timestamp`, `webhook-signature`.
    StandardWebhooks,
}

/// A key that a profile asks of its receivers.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// What it is.
    pub kind: SettingKind,
    /// What it is when the receiver does not set it; none = the receiver must.
    pub default: Option<Value>,
    /// What it is for.
    pub about: String,
}

/// What a setting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingKind {
    /// Text.
    Text,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// Our words to theirs. What a receiver sets is put over the default, key by key.
    Map,
}

/// One request, and what its answer means.
#[derive(Debug, Clone)]
pub struct Step {
    /// What it does, for people.
    pub name: String,
    /// Skipped unless this holds.
    pub when: Option<Expression>,
    /// The HTTP method.
    pub method: Method,
    /// A path below the receiver's URL, or an absolute URL of the same origin; empty = the
    /// receiver's URL itself.
    pub url: Template,
    /// Whether `url` was written as `follow`: it comes out of an answer, and a path in it begins at
    /// the receiver's origin as in a `Location`.
    pub is_reference: bool,
    /// Headers.
    pub headers: Vec<(String, Template)>,
    /// The query, encoded when it is sent.
    pub query: Vec<(Template, Template)>,
    /// The body.
    pub body: Body,
    /// What answers mean; the first that matches, else the table of statuses.
    pub expect: Vec<Expect>,
    /// Which rows of the answer speak of our ticket.
    pub rows: Option<Rows>,
    /// What is taken out of the answer. `id` and `url` become the ticket's reference.
    pub capture: Vec<Capture>,
    /// The changes the answer lists, for `changed_since`.
    pub list: Option<Listing>,
}

/// HTTP methods of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// As it stands in a request.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// None.
    Empty,
    /// JSON, built as a structure: escaping by construction.
    Json(Shape),
    /// `application/x-www-form-urlencoded`.
    Form(Vec<(String, Template)>),
    /// Text as it is.
    Text {
        /// The text.
        text: Template,
        /// Its `Content-Type`.
        content_type: String,
    },
    /// An e-mail instead of a request; the answer is that of the SMTP server.
    Mail(Box<Mail>),
}

/// An e-mail.
#[derive(Debug, Clone, PartialEq)]
pub struct Mail {
    /// Who sends it: an address, or a name with one.
    pub from: Template,
    /// Who gets it: addresses, between commas.
    pub to: Template,
    /// Its subject.
    pub subject: Template,
    /// The text.
    pub text: Template,
    /// The same in HTML, if there is such.
    pub html: Option<Template>,
    /// What is before the `@` in its id; the same on every retry.
    pub id: Template,
    /// The same of the mail it belongs to; empty = it begins a conversation.
    pub answers: Template,
}

/// Which rows of an answer speak of our ticket: never "the first row", because a wrong filter is
/// ignored by many systems and everybody's tickets come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// JSON pointer to the list.
    pub at: String,
    /// Kept when this holds for `row`.
    pub keep: Expression,
    /// What more than one kept row means.
    pub several: Several,
    /// What no kept row means; in a lookup `gone` is "there is no such ticket".
    pub none: Judgement,
    /// Said to people with it; may be empty.
    pub why: String,
}

/// What more than one row with our key means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Several {
    /// A person has to look.
    Conflict,
    /// The first is ours, the others are copies somebody made.
    First,
}

/// Something taken out of an answer, under a name.
#[derive(Debug, Clone)]
pub struct Capture {
    /// The name: `captured.NAME` from then on.
    pub name: String,
    /// Where it is.
    pub take: Take,
    /// That it is not there is fine.
    pub optional: bool,
}

/// Where something taken out of an answer is.
#[derive(Debug, Clone)]
pub enum Take {
    /// At a JSON pointer: of the kept row where there are rows, else of the body.
    Pointer(String),
    /// In a header.
    Header(String),
    /// The first group of this in the body.
    Matches(Regex),
    /// Made of what is known by now.
    Text(Template),
}
