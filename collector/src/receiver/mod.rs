//! Renders what is to be told, sends it, and judges the answer.
//!
//! In the order of the data: [`text`] words a delivery for people; [`render`] makes
//! the request of a profile's step; [`sender`] carries it; [`answer`] says what the
//! answer means; [`operation`] goes through the steps of one operation; [`changes`]
//! reads what people did there. For people who set one up there are [`describe`],
//! [`preview`] and [`trial`]. [`Receivers`] are those of the policy in force, with
//! their secrets.
//!
//! Decides nothing about when, how often and in which order: that is the outbox.

mod address;
pub mod answer;
pub mod changes;
pub mod describe;
mod exchange;
mod mail;
pub mod operation;
pub mod preview;
mod receivers;
pub mod render;
pub mod secret;
pub mod sender;
pub mod sign;
pub mod text;
pub mod trial;

pub use receivers::{Receiver, Receivers};
pub use sender::{Arrival, Carrier, Response};
pub use text::{Site, Words};
