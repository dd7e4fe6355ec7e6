//! Keeps decisions: what must happen because of one input.
//!
//! Changes are whole records put or dropped by key, so applying them twice
//! changes nothing the second time (invariant 5) and a store needs no logic.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    Account, Alert, AlertId, Delivery, DeliveryId, Digest, EntityId, Fate, GroupKey, Host,
    Incident, IncidentId, Reason, Recurrence, Ruling, RulingId, Silence, SilenceId, Ticket,
    Timestamp,
};

/// Everything that must happen because of one input.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Decision {
    /// When it was decided.
    pub at: Timestamp,
    /// What becomes true, in order.
    pub changes: Vec<Change>,
    /// Why: the timeline.
    pub entries: Vec<Entry>,
    /// How signals ended (invariant 8).
    pub tallies: Vec<Tally>,
    /// What the sender of a command is told.
    pub answer: Answer,
}

/// One record put or dropped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// An alert is so now.
    PutAlert(Arc<Alert>),
    /// An alert is forgotten: ended, and its incident is over and done.
    DropAlert(AlertId),
    /// An incident is so now.
    PutIncident(Arc<Incident>),
    /// An incident leaves the engine; the store keeps it for people.
    ArchiveIncident(IncidentId),
    /// A ticket is so now.
    PutTicket(Arc<Ticket>),
    /// A ticket leaves the engine with its incident.
    DropTicket(IncidentId, String),
    /// A host is so now.
    PutHost(Arc<Host>),
    /// A host is forgotten.
    DropHost(EntityId),
    /// A silence is so now.
    PutSilence(Arc<Silence>),
    /// A silence is forgotten, long after its end.
    DropSilence(SilenceId),
    /// A rule's account is so now.
    PutAccount(Arc<Account>),
    /// The account of a rule that is gone is forgotten.
    DropAccount(Arc<str>),
    /// What is remembered of a group's forgotten incidents is so now.
    PutRecurrence(Arc<Recurrence>),
    /// It is forgotten, long after the last of them.
    DropRecurrence(GroupKey),
    /// What is remembered of a team's digests is so now.
    PutDigest(Arc<Digest>),
    /// A team has none any more.
    DropDigest(String),
    /// What somebody ruled is so now.
    PutRuling(Arc<Ruling>),
    /// It stands no more.
    DropRuling(RulingId),
    /// Something must be told.
    AddDelivery(Arc<Delivery>),
    /// Something that was not its ticket's next to tell need not be told any more; where it is the
    /// next by now, nothing happens.
    TakeBackDelivery(DeliveryId),
    /// A delivery is over for good.
    SettleDelivery(DeliveryId, Fate),
}

/// One line of the timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The incident it belongs to, if any.
    pub incident: Option<IncidentId>,
    /// The alert it is about, if any.
    pub alert: Option<AlertId>,
    /// The host it is about, if any.
    pub host: Option<EntityId>,
    /// Why.
    pub reason: Reason,
}

/// How signals ended. Every signal ends as exactly one of these (invariant 8).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Outcome {
    /// It opened an incident.
    Opened,
    /// It joined one.
    Joined,
    /// It changed an alert: severity or description.
    Updated,
    /// It said nothing new.
    Repeated,
    /// It ended an alert.
    Resolved,
    /// It was over before anybody was told.
    Transient,
    /// It was over, or is kept, untold because of this cause.
    Suppressed(&'static str),
    /// It is only watched.
    Watched,
    /// It was refused, and why.
    Rejected(&'static str),
}

/// So many signals ended so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// How.
    pub outcome: Outcome,
    /// Drills are counted apart.
    pub drill: bool,
    /// How many.
    pub count: u32,
}

/// What the sender of an input is told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub enum Answer {
    /// It is done.
    #[default]
    Done,
    /// The silence has this id.
    Silence(SilenceId),
    /// There is no such thing.
    NotFound(String),
    /// It makes no sense as asked.
    Invalid(String),
    /// It cannot be done as things stand.
    Conflict(String),
    /// A named bound is reached; try again later.
    Full(String),
}
