//! Looks at this machine and reports to the collector.
//!
//! In the order of the data: a [`probe`] looks at one thing and says whether it could, a
//! [`check`] judges what it was told to look at; the [`breaker`] leaves alone what hangs;
//! `evidence` answers what the collector asks about an alert;
//! what ends beside the rounds waits on the [`board`]; [`report`] makes a round of what all
//! of them saw, when [`pace`] says; the [`uplink`]
//! sends rounds and forgets them only when the collector acknowledges them; the [`spool`]
//! keeps what could not be sent, across outages and kill -9. Around them: the [`state`]
//! directory with the agent's id, the [`settings`] in force, [`program`]s it runs,
//! [`receipts`] for events, the [`facts`] of the host and the [`machine`] it runs on, the
//! [`clock`], the [`tally`] of what the agent counts about itself, its [`pulse`] and its
//! [`status`] for whoever asks, the [`door`] for what root says while it runs, such as a
//! [`hold`], the [`service`] that ends it with a goodbye, [`app`], which joins all of this,
//! and the [`cli`].

pub mod breaker;
pub mod check;
#[cfg(target_os = "linux")]
pub mod evidence;
pub mod probe;

pub mod board;
mod job;
mod line;
pub mod pace;
pub mod report;

pub mod spool;
pub mod uplink;

pub mod clock;
pub mod door;
pub mod facts;
pub mod hold;
pub mod machine;
pub mod program;
pub mod pulse;
pub mod receipts;
pub mod settings;
pub mod state;
pub mod status;
pub mod tally;
pub mod workers;

#[cfg(fuzzing)]
pub mod fuzz;

pub mod app;
pub mod cli;
pub mod service;
