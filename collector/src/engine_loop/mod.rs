//! Owns the engine: decide, apply, commit, and only then answer and publish.
//!
//! In: inputs through an [`EngineHandle`]. Out: answers to their senders, the
//! committed [`View`] for readers, and a [`Published`] for whoever counts, logs
//! and delivers. Nothing else in the collector changes the engine.

mod handle;
mod recover;
#[cfg(test)]
mod tests;
mod turn;
mod view;

pub use handle::{Busy, EngineHandle, Pending, Rejection, Verdict};
pub use turn::{Ended, EngineLoop, Observer, Published, Reserve, Signals};
pub use view::{Look, View};
