//! Keeps how a ticket system is spoken to: a profile, as lists of steps in TOML.
//!
//! In the order of the data: a file becomes a [`Profile`] ([`Profile::read`]); a
//! receiver that uses it becomes a [`Destination`] with the keys the profile asks
//! for; a [`Scene`] is everything a step can speak of, made from one delivery;
//! [`Step::render`] turns both into a [`Request`]. Every operation is tried once
//! at load with made-up deliveries, so that a profile that is accepted can be
//! rendered.
//!
//! In: text. Out: data and requests. Knows nothing of sockets, secrets' files,
//! retries, or of what an answer leads to.

mod around;
mod changes;
mod destination;
mod expect;
mod filter;
mod layout;
mod model;
mod operation;
mod read;
mod request;
mod sample;
mod scene;
mod shipped;
mod step;
mod template;
mod trial;
mod when;

pub use changes::{Asked, Cursor, CursorKind, Listing, Named, TheirState};
pub use destination::{Address, Destination};
pub use expect::{Expect, Judgement, Look, Statuses, Test};
pub use model::{
    Auth, Body, Capture, Idempotency, Mail, Method, Profile, Rows, Setting, SettingKind, Several,
    Signature, Step, Take,
};
pub use operation::Operation;
pub use request::{Letter, Request, RequestBody, Unrenderable};
pub use sample::{sample_deliveries, sample_settings};
pub use scene::{Scene, Told};
pub use shipped::{SHIPPED, shipped};
pub use template::{Expression, Shape, Template, TemplateError};
pub use when::time_of;

#[cfg(test)]
mod tests;
