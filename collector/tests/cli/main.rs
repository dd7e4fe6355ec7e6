//! The operators' command against a collector that answers as it is told to: what each command
//! prints at 80 and 120 columns, its exit code, and what it asks.
#![allow(clippy::unwrap_used)]

mod access;
mod backtest;
#[allow(
    dead_code,
    reason = "the day of the back-test's own tests, of which this needs some"
)]
#[path = "../backtest/day.rs"]
mod day;
mod digest;
mod drill;
mod golive;
mod host;
mod incident;
mod oncall;
mod pages;
mod rule;
mod samples;
mod silence;
mod trial;
mod usage;
mod window;
mod world;
