//! Keeps what is to be told to whom: tickets, deliveries, and the facts in them.
//!
//! Facts are a snapshot taken when it was decided, so that what is sent does not
//! depend on when it is sent. Knows nothing of HTTP, profiles or templates.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    Close, Drill, End, Evidence, Fingerprint, Handling, HostChange, IncidentId, Labels, Listing,
    Notice, Phase, Priority, PriorityWhy, Revision, SetPriority, Severity, Timestamp, TogetherOf,
    ToldNext, Waiting, WindowReport,
};

/// The number of a delivery, given by the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeliveryId(pub u64);

/// One durable outbox row: one action for one receiver.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its number; also the order of creation.
    pub id: DeliveryId,
    /// The incident it tells of.
    pub incident: IncidentId,
    /// Who is told.
    pub receiver: String,
    /// Place in the order of this ticket, ascending from 1 (invariant 13); a number is missing where
    /// a delivery was taken back before it was its turn.
    pub seq: u32,
    /// What the receiver is asked to do.
    pub action: Action,
    /// The ticket's key K, the same for all deliveries of one ticket: `[A-Za-z0-9-]`, at most 40.
    pub ticket_key: String,
    /// When it was decided.
    pub created_at: Timestamp,
    /// What it tells.
    pub facts: Arc<Facts>,
}

impl Delivery {
    /// The idempotency key: never another for this delivery, never this for another (invariant 13).
    pub fn idempotency_key(&self) -> String {
        format!("{}-{}", self.ticket_key, self.seq)
    }
}

/// What a receiver is asked to do with its ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Make it.
    Open,
    /// Bring it up to date: severity, priority, members, owner.
    Update,
    /// Add what a person wrote.
    Note,
    /// Say that somebody works on it.
    Acknowledge,
    /// Tell whoever reads there that nobody works on it.
    Escalate,
    /// Close it.
    Resolve,
    /// Open it again.
    Reopen,
}

impl Action {
    /// The word used in profiles, metrics and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Open => "open",
            Action::Update => "update",
            Action::Note => "note",
            Action::Acknowledge => "acknowledge",
            Action::Escalate => "escalate",
            Action::Resolve => "resolve",
            Action::Reopen => "reopen",
        }
    }
}

/// What became of a delivery for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fate", rename_all = "snake_case")]
pub enum Fate {
    /// The receiver did it.
    Done {
        /// How the receiver knows the ticket, if this delivery told us.
        ticket: Option<TicketReference>,
    },
    /// The receiver will never do it.
    Dead {
        /// Its answer, for people.
        why: String,
    },
}

/// How the other system knows a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketReference {
    /// Its id there.
    pub id: String,
    /// Where a person can see it; may be empty.
    pub url: String,
}

/// The record in the other system that belongs to an incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ticket {
    /// Whose it is.
    pub incident: IncidentId,
    /// Where it is.
    pub receiver: String,
    /// Its key K: `<installation>-<incident>-<generation>`.
    pub key: String,
    /// Where it stands there, as far as we were told.
    pub state: TicketState,
    /// How it is known there.
    pub reference: Option<TicketReference>,
    /// The last sequence number given out.
    pub last_seq: u32,
    /// Deliveries whose fate is not known yet, in order.
    pub outstanding: Vec<(DeliveryId, u32, Action)>,
    /// What it was last told, or will be by what is outstanding.
    pub told: Told,
    /// When the next update is due; at most one waits, and it tells what is so then. None while an
    /// open or update is on its way: the answer to that asks again.
    pub update_due: Option<Timestamp>,
    /// When it was last given an open or update.
    pub updated_at: Timestamp,
    /// What it was last given because all was clear, while that may still be taken back.
    #[serde(default)]
    pub closing: Option<Box<Closing>>,
    /// How often it was clear and fired again of which it is not told yet.
    #[serde(default)]
    pub came_and_went: u32,
}

/// A close that a relapse makes untrue before it is sent, and how the ticket stood before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Closing {
    /// The delivery that says so.
    pub delivery: DeliveryId,
    /// [`Ticket::told`] before it.
    pub told: Told,
    /// [`Ticket::came_and_went`] before it.
    pub came_and_went: u32,
}

/// Where a ticket stands, as far as we were told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TicketState {
    /// Its open is on the way.
    Opening,
    /// It is open.
    Open,
    /// It was resolved.
    Resolved,
    /// The receiver refused for good to make it.
    Refused,
}

/// What a receiver was last told, to know what would be news.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// Severity.
    pub severity: Severity,
    /// Priority.
    pub priority: Priority,
    /// Members that fired.
    pub members: u32,
    /// Owner team.
    pub team: String,
    /// Who had taken it.
    pub acknowledged_by: Option<String>,
    /// Whether it comes and goes.
    #[serde(default)]
    pub flaps: bool,
    /// Whose it was.
    #[serde(default)]
    pub assigned_to: Option<String>,
    /// What was waited for.
    #[serde(default)]
    pub waits_for: Option<String>,
    /// What had failed that its members need.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspected: Option<Arc<str>>,
    /// How many places were hit.
    #[serde(default)]
    pub hit: u32,
}

/// Everything a ticket's text and payload can be made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// The incident.
    pub incident: IncidentId,
    /// Its group, for receivers that want a group key.
    pub group: String,
    /// Where it stands.
    pub phase: Phase,
    /// One line of the worst member, without host, priority and count: whoever words it adds them.
    pub title: String,
    /// Set for a drill.
    pub drill: Option<Drill>,
    /// Set for a list of the collector's own: what is in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<Listing>,
    /// Whether a member comes and goes too often to be believed.
    #[serde(default)]
    pub flaps: bool,
    /// How bad.
    pub severity: Severity,
    /// How urgent.
    pub priority: Priority,
    /// Why that urgent.
    pub priority_why: PriorityWhy,
    /// Set while a person's priority counts instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_priority: Option<SetPriority>,
    /// What it is worth.
    pub handling: Handling,
    /// The owner team.
    pub team: String,
    /// Who has taken it.
    pub acknowledged_by: Option<String>,
    /// Whose it is within the team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<String>,
    /// What is waited for, and until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Waiting>,
    /// The host, when all members are about one.
    pub host: Option<HostBrief>,
    /// `storage`, `memory`, ...; may be empty.
    pub component: String,
    /// The leader's rule; empty for alerts from outside.
    pub rule: String,
    /// What it means if nothing is done, in the rule's words; may be empty.
    pub means: String,
    /// The first commands to try.
    pub first: Vec<String>,
    /// The runbook; may be empty.
    pub runbook_url: String,
    /// The values the leader's condition saw.
    pub values: Vec<(String, f64)>,
    /// Labels all listed members share.
    pub labels: Labels,
    /// Annotations all listed members share.
    pub annotations: Labels,
    /// Members, the worst first; at most [`crate::limits::MEMBERS_LISTED_MAX`].
    pub members: Vec<Member>,
    /// Members that ever joined.
    pub members_total: u32,
    /// Members that fire now.
    pub members_firing: u32,
    /// Since when.
    pub started_at: Timestamp,
    /// When it was told first.
    pub opened_at: Option<Timestamp>,
    /// When its last alert cleared.
    pub cleared_at: Option<Timestamp>,
    /// Why it was closed.
    pub close: Option<Close>,
    /// How the leader ended.
    pub end: Option<End>,
    /// What happens next.
    pub next: NextStep,
    /// How often it was reopened.
    pub reopened: u32,
    /// The incident before this one in the same group.
    pub previous: Option<Previous>,
    /// Where it goes on, when it was merged into another incident.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<OtherIncident>,
    /// The incident about many that it was a part of until nearly all of those were well, or until
    /// that storm was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_of: Option<OtherIncident>,
    /// What is not as it was before a window, for the incident that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<Box<WindowReport>>,
    /// What is said of many alerts as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub together: Option<TogetherFacts>,
    /// When incidents of the same group were opened before, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub openings: Vec<Timestamp>,
    /// A person's words, for [`Action::Note`]: who and what.
    pub note: Option<(String, String)>,
    /// Whom it concerns and why, where it is told because nobody works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<Box<Notice>>,
    /// Who is told next if nobody does anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_next: Option<ToldNext>,
    /// What is news since the receiver was last told, in words.
    pub news: Vec<String>,
    /// How often it was clear and fired again since the receiver was last told, of which it is told
    /// nothing else.
    #[serde(default)]
    pub came_and_went: u32,
    /// What the host found when it was asked: all of it with the opening, then what is new.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// What was changed on the host in the day before, the newest first; at most
    /// [`crate::limits::CHANGES_TOLD_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<HostChange>,
    /// How many more changes there were.
    #[serde(default)]
    pub changes_more: u32,
    /// Places that are hit because what it is about has failed, in order of name; at most
    /// [`crate::limits::HIT_TOLD_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hit: Vec<String>,
    /// How many are hit in all.
    #[serde(default)]
    pub hit_total: u32,
    /// How many need what it is about.
    #[serde(default)]
    pub dependents: u32,
    /// What people who use the service of all listed members call it; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub service_name: String,
    /// What its members need and that has failed since it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspected: Option<String>,
    /// The policy revision that decided.
    pub revision: Revision,
    /// When it was decided.
    pub at: Timestamp,
}

/// How the news begins that an incident does not wait any more.
pub(crate) const NO_LONGER_WAITS: &str = "It no longer waits for";

impl Facts {
    /// Whether it is news that it does not wait any more.
    pub fn waits_no_more(&self) -> bool {
        let mut news = self.news.iter();
        self.waiting.is_none() && news.any(|news| news.starts_with(NO_LONGER_WAITS))
    }
}

/// What a ticket says of many alerts that are one thing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TogetherFacts {
    /// What makes them one.
    pub of: TogetherOf,
    /// On how many places it fires now.
    pub places: u32,
    /// Where it was first, and since when.
    pub first: Option<(String, Timestamp)>,
    /// What all of them share and not everybody has, in a word or two each.
    pub common: Vec<String>,
    /// What was changed on all of them in the day before, and not on everybody.
    pub changes: Vec<HostChange>,
    /// Who shares it and is well, as half a sentence; none where that cannot be said.
    pub others: Option<String>,
    /// The site at which all of them are, if they are at one.
    pub site: Option<SiteFacts>,
}

/// How a site stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteFacts {
    /// Its name.
    pub name: String,
    /// Servers there that are well.
    pub well: u32,
    /// Other sites at which no server is silent.
    pub sites_well: u32,
}

/// What a ticket says of a host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HostBrief {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `server` or `workstation`.
    pub class: String,
    /// Its labels.
    pub labels: Labels,
}

/// One member of an incident in a payload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// Alertmanager's fingerprint of its identity.
    pub fingerprint: Fingerprint,
    /// Its title.
    pub title: String,
    /// All its labels.
    pub labels: Labels,
    /// Its annotations.
    pub annotations: Labels,
    /// How bad.
    pub severity: Severity,
    /// Since when.
    pub starts_at: Timestamp,
    /// Since when it is over, if it is.
    pub ended_at: Option<Timestamp>,
    /// Where its sender shows it; may be empty.
    pub generator_url: String,
}

/// What happens next with an incident if nobody does anything (invariant 10).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "next", rename_all = "snake_case")]
pub enum NextStep {
    /// It is told at that time unless it clears.
    Opens {
        /// When.
        at: Timestamp,
    },
    /// It stays untold while suppressed.
    Suppressed {
        /// Until when, if that is known.
        until: Option<Timestamp>,
    },
    /// It closes by itself so long after it is well.
    ClosesWhenWell {
        /// The close delay in seconds.
        after_s: u64,
    },
    /// It closes at that time unless it fires again.
    Closes {
        /// When.
        at: Timestamp,
    },
    /// If it fires again before that, it is reopened.
    ReopensUntil {
        /// Until when.
        at: Timestamp,
    },
    /// Nothing.
    Nothing,
}

/// Another incident, and its ticket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OtherIncident {
    /// Which.
    pub incident: IncidentId,
    /// Its title, with its host.
    pub title: String,
    /// Its ticket at the same receiver, if that is known there already.
    pub ticket: Option<TicketReference>,
}

/// The incident before this one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Previous {
    /// Which.
    pub incident: IncidentId,
    /// When it was closed.
    pub closed_at: Timestamp,
    /// Why.
    pub close: Close,
    /// How long it had lasted, in seconds.
    pub lasted_s: u64,
    /// Its ticket at the same receiver.
    pub ticket: Option<TicketReference>,
}
