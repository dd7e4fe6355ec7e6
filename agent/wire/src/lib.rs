//! What agent and collector say to each other, and nothing else.
//!
//! In the order of the data: an agent looks at its host once (a [`Round`]: which
//! probes looked, what they measured, what happened) and posts rounds in a
//! [`Report`]; the collector answers with an [`Answer`] that acknowledges, per
//! [`Stream`], everything up to a sequence number.
//!
//! JSON over HTTP, so that `curl` can be an agent. Knows nothing of rules,
//! sockets, disks or clocks.

mod answer;
pub mod limits;
pub mod metric;
mod report;

pub use answer::{Acknowledged, Answer, Ask, Refusal, Refused, Wanted};
pub use report::{
    CheckRun, CheckState, Class, Event, EventKind, Goodbye, HostFacts, Inventory, Looked, ProbeRun,
    Report, Round, Sample, Stream,
};

/// The form of [`Report`] that this build writes.
pub const WIRE_VERSION: u32 = 1;

/// The forms of [`Report`] that this build reads.
pub const WIRE_VERSIONS_READ: &[u32] = &[1];
