//! Every store keeps the same promises: one set of stories, run on each of them.

mod awaited;
mod conformance;
mod database;
mod extremes;
mod file;
mod kill;
mod random;
mod readers;
mod recorded;
mod records;
mod server;
mod site;

// What the end-to-end tests have of these is used here as it is: this crate must not know theirs.
#[allow(dead_code, unreachable_pub, reason = "not all of it is needed here")]
#[path = "../../../tests/src/postgres.rs"]
mod postgres;
#[allow(unreachable_pub, reason = "public where it belongs")]
#[path = "../../../tests/src/skip.rs"]
mod skip;
