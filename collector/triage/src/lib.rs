//! The pure core: what a signal means, and what must happen because of it.
//!
//! In the order of the data: [`detect`] turns what agents measured into signals;
//! a [`Signal`] says "this condition on this entity is now firing / ok"; the
//! [`Engine`] decides ([`Decision`]) and applies; [`explain`] tells why.
//!
//! The cast: an [`Alert`] is one deduplicated condition, an [`Incident`] is what
//! people handle as one, a [`Ticket`] is its record at one receiver, a
//! [`Delivery`] is one thing to tell that receiver, a [`Silence`] keeps an
//! incident from opening and never from closing.
//!
//! Knows nothing of runtimes, clocks, files, sockets, randomness, templates or
//! logs; `clippy.toml` beside this crate holds it to that.
//!
//! # Invariants
//!
//! 1. Time enters only as an argument, and never goes back.
//! 2. Nobody is told what the store has not promised to remember: changes and
//!    deliveries are one commit.
//! 3. A 2xx means durable.
//! 4. Same inputs, same order, same decisions.
//! 5. Applying a batch twice changes nothing the second time.
//! 6. Absence is not health: a missing observation never resolves anything.
//! 7. Suppression blocks opening and escalating only; resolves always flow.
//! 8. Conservation: every signal ends as exactly one outcome, and is counted.
//! 9. Incident identity does not depend on routing, receivers, templates,
//!    labels or enrichment; membership and route are decided when an alert joins.
//! 10. Every open incident has an owner team and a next step; every mute and
//!     acknowledgement has an end.
//! 11. Grouping has a gap and a maximum life; after it nothing joins.
//! 12. A child of a failed parent opens nothing.
//! 13. Per ticket, deliveries are ordered; one idempotency key per delivery.
//! 14. The collector's own downtime never counts as anybody else's silence.
//! 15. Everything has a bound with a name; joining costs O(log n).
//! 16. Every decision is stored with its reasons, values, time and revision.
//! 17. Replayed levels never open; replayed events younger than a day do, marked late.

pub mod labels;
pub mod limits;
pub mod matcher;
pub mod time;

pub mod detect;

mod account;
mod alert;
mod awaits;
mod decide;
mod decision;
mod delivery;
mod digest;
mod engine;
mod escalating;
pub mod explain;
mod explaining;
mod host;
mod identity;
mod incident;
mod input;
mod listing;
mod naming;
mod noise;
mod observed;
pub mod oncall;
mod people;
mod planned;
mod policy;
mod priority;
mod reason;
pub mod recurrence;
mod ruling;
mod scope;
mod signal;
mod silence;
mod state;
mod suppression;
mod together;

pub use account::{Account, Vote, Withheld};
pub use alert::{
    About, Alert, AlertId, AlertState, Drill, End, Evidence, EvidenceKind, Flap, Handling, Late,
    Severity, Turns,
};
pub use awaits::{Awaited, Awaits, Heard};
pub use decide::{RECEIVER_DOWN, next_digest, next_step, next_told};
pub use decision::{Answer, Change, Decision, Entry, Outcome, Tally};
pub use delivery::{
    Action, Closing, Delivery, DeliveryId, Facts, Fate, HostBrief, Member, NextStep, OtherIncident,
    Previous, SiteFacts, Ticket, TicketReference, TicketState, TogetherFacts, Told,
};
pub use digest::{Digest, LastDigest};
pub use engine::Engine;
pub use escalating::{Climb, Escalating, Notice, ToldNext};
pub use host::{Away, Host, HostChange, Look, Retired};
pub use identity::{EntityId, Fingerprint, Identity, PlaceMark, Source};
pub use incident::{Close, Cue, GroupKey, Incident, IncidentId, Phase, next};
pub use input::{Actor, Command, Input, SilenceRequest, Via, WindowRequest};
pub use labels::Labels;
pub use listing::{ListOf, Listed, Listing};
pub use matcher::{Matcher, Matchers};
pub use naming::names;
pub use noise::{Noisy, Quieter, Remedy};
pub use observed::Observed;
pub use people::{Acknowledgement, Assignment, ClosedByHand, SetPriority, Waiting};
pub use planned::{Before, Planned, Stage, WindowReport};
pub use policy::{
    Contact, DeliverMode, Enrichment, Escalation, Flapping, Hours, HumanClose, Inhibition,
    Interval, Kind, Ladder, Lasts, OnCall, OnClear, Parents, Piece, Place, Policy, Receiver,
    Repeat, Revision, RollUp, Route, RuleMeta, Schedule, Service, Shift, Step, Target, Team,
    Template, TicketPer, TicketTo, Timers, Topology, UNTOUCHABLE, Wakes, When, Window, WorkingTime,
    enriched,
};
pub use priority::{Bounds, Impact, Matrix, Priority, PriorityWhy, Urgency};
pub use reason::Reason;
pub use recurrence::{LastTime, Recurrence};
pub use ruling::{LiveOf, Ruled, Ruling, RulingId};
pub use signal::{AlertSignal, HostSays, HostSignal, Looked, Says, Signal};
pub use silence::{Origin, Reminded, Silence, SilenceId, SilenceState};
pub use state::{Counters, Standing, State, Timer};
pub use suppression::{Cause, Suppression};
pub use time::Timestamp;
pub use together::{Begun, Storm, Together, TogetherOf};
