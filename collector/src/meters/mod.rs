//! Counts what happens, and shows it at `/metrics`.
//!
//! In: what ingest took, what the engine committed, what receivers answered. Out:
//! the Prometheus text format. Signals add up (invariant 8):
//! `vedette_signals_received_total` = the sum of `vedette_signals_total` +
//! `vedette_signals_waiting`, less what already waited when this run began.
//!
//! What is counted once stays in a registry; what is simply so now is read from
//! the committed state at each scrape. Knows nothing of HTTP.

mod counters;
mod now;
mod observe;

pub use counters::{Meters, Taking};
pub use now::{ALERTMANAGER_VERSION, Standing, scrape};
pub use observe::Committed;
