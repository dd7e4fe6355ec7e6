//! What the profile language can say, and what each shipped profile does to a ticket
//! system that behaves as its documentation says.
#![allow(clippy::unwrap_used)]

#[path = "../outbox/books.rs"]
#[allow(dead_code, unreachable_pub)]
mod books;
mod desk;
mod fakes;
mod language;
mod mail;
mod messages;
mod tickets;
mod traps;
mod world;
