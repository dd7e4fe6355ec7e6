//! The listener as its users see it: a real socket, the real engine, a store in memory.
#![allow(clippy::unwrap_used)]

mod access;
mod alerts;
mod clock;
mod digests;
mod drills;
mod golive;
mod incidents;
mod metrics;
mod oncall;
mod recording;
mod reports;
mod retiring;
mod silences;
mod windows;
mod world;
