//! The core's stories: each a few lines of what happens and what must be told.
#![allow(clippy::unwrap_used)]

mod support;

mod bounds;
mod closing;
mod commands;
mod enrichment;
mod evidence;
mod explained;
mod flapping;
mod grouping;
mod hosts;
mod merging;
mod opening;
mod people;
mod plans;
mod policies;
mod properties;
mod sentences;
mod silences;
mod telling;
mod time;
