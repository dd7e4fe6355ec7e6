//! What agent and collector say to each other, and nothing else.
//!
//! In the order of the data: an agent looks at its host once (a [`Round`]: which
//! probes looked, what they measured, what happened) and posts rounds in a
//! [`Report`]; the collector answers with an [`Answer`] that acknowledges, per
//! [`Stream`], everything up to a sequence number.
//!
//! JSON over HTTP, so that `curl` can be an agent. Agents that can do so `fold` what they
//! say into a short form, which the collector unfolds. Knows nothing of rules, sockets,
//! disks or clocks.

mod answer;
mod fold;
mod folded;
pub mod limits;
pub mod metric;
mod report;
mod unfold;

pub use answer::{Acknowledged, Answer, Ask, Refusal, Refused, Wanted};
pub use fold::Folding;
pub use folded::{Folded, FoldedRound, Line, Run, Series, Speaker};
pub use report::{
    CheckRun, CheckState, Class, Event, EventKind, Goodbye, HostFacts, Inventory, Looked, ProbeRun,
    Report, Round, Sample, Stream,
};

pub use unfold::{Table, Unfoldable};

/// The plain form of a report, [`Report`]: every build writes and reads it.
pub const WIRE_VERSION: u32 = 1;

/// The short form of a report, [`Folded`]: written to whoever says that it reads it.
pub const WIRE_FOLDED: u32 = 2;

/// The forms of report that this build reads.
pub const WIRE_VERSIONS_READ: &[u32] = &[WIRE_VERSION, WIRE_FOLDED];
