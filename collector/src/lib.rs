//! Receives reports, decides what becomes a ticket, and delivers it.
//!
//! In the order of the data: [`ingest`] authenticates, limits and decodes;
//! [`shard`] detects and drops what is not news; [`history`] keeps what was measured;
//! [`engine_loop`] owns the engine: decide, apply, commit, and only then tell; [`recording`] writes
//! down what it was told; [`store`] remembers; [`outbox`] claims what is due; [`receiver`] renders
//! and sends it. Beside the way stand
//! [`api`] and [`access`] (who may ask what), [`meters`] (what is counted),
//! [`inbox`] (a small ticket receiver for trying things out), [`reserve`] (space
//! kept for a full disk), [`backtest`] (what another policy would have made of what was
//! recorded) and [`cli`].
//! [`app`] joins them; a test can embed it.

pub mod clock;
mod rfc3339;

pub mod history;
pub mod ingest;
pub mod shard;

pub mod engine_loop;
pub mod recording;
pub mod reserve;
pub mod store;

pub mod outbox;
pub mod receiver;

pub mod access;
pub mod api;
pub mod backtest;
pub mod cli;
pub mod drill;
pub mod faults;
pub mod health;
pub mod heartbeat;
pub mod inbox;
pub mod meters;
pub mod reload;

pub mod app;
