//! Answers what agents, people and other programs ask. The one router is made from
//! the one table of [`crate::access`].
//!
//! In the order of a request: [`guard`] turns away what was not meant for us and
//! who may not ask; a handler of [`v1`] (our own API), [`v2`] (Alertmanager's) or
//! `program` (health, metrics, reload) reads the committed state, or hands a
//! change on and answers after its commit (invariant 3).
//!
//! Decides nothing about incidents; knows nothing of tickets being sent.

mod guard;
mod problem;
mod program;
mod router;
mod shared;
mod time;
pub mod v1;
pub mod v2;
pub(crate) mod words;

pub use router::router;
pub use shared::{
    ExceptionWanted, PolicyInForce, PolicyStanding, ReloadOutcome, ReloadRequest, Shared, Wanted,
};
pub use time::Time;
pub use v1::Trials;
