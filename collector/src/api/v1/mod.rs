//! Our own API: reports in; incidents, hosts and drills for people.
//!
//! Shapes stand in [`shapes`]; the operators' command speaks them, too. Errors
//! are `{"error": "...", "reason": "..."}`, except to agents.

mod deliveries;
mod devices;
mod digests;
mod drill;
mod exceptions;
mod explaining;
mod golive;
mod hosts;
mod incidents;
mod nearby;
mod oncall;
mod page;
mod people;
mod receivers;
pub mod recording;
mod report;
mod retiring;
mod rules;
mod series;
pub mod shapes;
mod status;
mod taps;
mod tell;
mod trials;
mod why;
mod windows;

pub(super) use deliveries::{deliveries, delivery};
pub(super) use digests::digests;
pub(super) use drill::{drill, drill_show};
pub(super) use exceptions::{exceptions, post_exception};
pub(super) use golive::{golive, post_golive};
pub(super) use hosts::{host, hosts};
pub(super) use incidents::{
    acknowledge, explain, incident, incident_page, incidents, note, resolve,
};
pub(super) use oncall::{gaps as oncall_gaps, oncall, take as take_oncall, test as test_oncall};
pub(super) use people::{assign, merge, prioritise, resume, take, wait};
pub(super) use receivers::{pause, receiver, receivers, render, test_receiver, unpause};
pub(super) use recording::{policy_files, recording, rows, snapshot_part};
pub(super) use report::report;
pub(super) use retiring::{retire_host, revive_host};
pub(super) use rules::{noise, noise_page, rules, useful, useful_page};
pub(super) use series::{chart, list as series_list};
pub(super) use status::status;
pub(super) use taps::{tap, tap_page};
pub use trials::Trials;
pub(super) use trials::{begin as backtest, show as backtest_show};
pub(super) use why::why;
pub(super) use windows::{delete_window, post_window, windows};
