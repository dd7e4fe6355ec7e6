//! What is said and heard under `/api/v1`, field by field. Times are RFC 3339, UTC.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use vedette_triage::Listing;

use crate::api::Time;

mod exceptions;
mod golive;
mod oncall;
mod receivers;
mod requests;
mod series;
mod status;
mod trials;

pub use exceptions::{Exception, ExceptionRequest, Exceptions};
pub use golive::{Counted, GoLive, GoLiveOf, GoLiveRequest, Live, LiveRuling};
pub use oncall::{
    OnCall, OnCallDouble, OnCallGap, OnCallGaps, OnCallSchedule, OnCallStep, OnCallTest,
    OnCallTested, OnCallTold, OnCallTurn, ScheduleGaps, TakeOnCallRequest,
};
pub use receivers::{
    Deliveries, DeliveryOfIncident, Receiver, ReceiverDescription, ReceiverPause,
    ReceiverPauseRequest, ReceiverRender, ReceiverTest, ReceiverTestRequest, Receivers,
    RenderedStep, TestedStep,
};
pub use requests::{
    AcknowledgeRequest, AssignRequest, MergeRequest, NoteRequest, PriorityRequest, ResolveRequest,
    ResumeRequest, VoteRequest, WaitRequest,
};
pub use series::{ChartPoint, ChartSeries, HostRef, SeriesChart, SeriesList, SeriesNow};
pub use status::{
    HistoryStatus, HostCounts, IncidentCount, PolicyStatus, ReceiverBacklog, ReceiverFailure,
    Status,
};
pub use trials::{
    Backtest, BacktestBegun, BacktestRequest, BacktestState, HourSums, Parameter, TicketSums,
    TicketTried,
};

/// Incidents, the newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Incidents {
    /// This page.
    pub incidents: Vec<Incident>,
    /// Ask with `before` set to this for the next page; none on the last.
    pub next: Option<u64>,
}

/// One incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// Its number.
    pub id: u64,
    /// `pending`, `open`, `acknowledged`, `waiting`, `resolving`, `resolved` or `closed`.
    pub phase: String,
    /// `P1` to `P5`.
    pub priority: String,
    /// The worst severity among firing alerts, or the last one.
    pub severity: String,
    /// One line.
    pub title: String,
    /// The host, when its alerts are about one.
    pub host: Option<String>,
    /// Who owns it.
    pub team: String,
    /// The route, by name; empty for the implicit one.
    pub route: String,
    /// Alerts that ever joined.
    pub alerts: u32,
    /// Alerts that fire now.
    pub firing: u32,
    /// Set for a drill: `quiet` or `paging`.
    pub drill: Option<String>,
    /// When its first alert joined.
    pub started_at: Time,
    /// When it was first told.
    pub opened_at: Option<Time>,
    /// When its last alert cleared.
    pub cleared_at: Option<Time>,
    /// When it was closed.
    pub closed_at: Option<Time>,
    /// Why it was closed, in words.
    pub closed_because: Option<String>,
    /// Who works on it.
    pub acknowledged: Option<Acknowledged>,
    /// Whose it is within the team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<String>,
    /// What is waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<Waits>,
    /// Set while a person's priority counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority_set: Option<PrioritySet>,
    /// Why it is not told: `silence`, `hold`, `job`, `not_a_ticket`, `observe`, `shadow`, `no_receiver`.
    pub suppressed: Option<String>,
    /// How often it was reopened.
    pub reopened: u32,
    /// The incident before it in the same group.
    pub predecessor: Option<u64>,
    /// Its tickets.
    pub tickets: Vec<Ticket>,
}

/// Who works on an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// Who.
    pub by: String,
    /// Since when.
    pub at: Time,
    /// Until when at most.
    pub until: Time,
}

/// What people wait for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waits {
    /// What for.
    #[serde(rename = "for")]
    pub waits_for: String,
    /// Who said so.
    pub by: String,
    /// Since when.
    pub at: Time,
    /// Until when at most.
    pub until: Time,
}

/// How urgent a person says it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrioritySet {
    /// Who.
    pub by: String,
    /// Why.
    pub why: String,
    /// Since when.
    pub at: Time,
}

/// The record of an incident in another system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Where.
    pub receiver: String,
    /// Our key for it.
    pub key: String,
    /// `opening`, `open`, `resolved` or `refused`.
    pub state: String,
    /// Its id there, once known.
    pub id: Option<String>,
    /// Where a person can see it; may be empty.
    pub url: String,
    /// Deliveries whose fate is not known yet.
    pub outstanding: u64,
}

/// One incident with everything known about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentDetail {
    /// The incident.
    pub incident: Incident,
    /// How it stands and what happens next, in sentences.
    pub sentences: Vec<String>,
    /// Its alerts, those that fire first; at most 100.
    pub alerts: Vec<Alert>,
    /// What is or was delivered; at most 200.
    pub deliveries: Vec<Delivery>,
}

/// One alert of an incident or host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// Alertmanager's fingerprint of its identity.
    pub fingerprint: String,
    /// One line.
    pub title: String,
    /// `info`, `warning` or `critical`.
    pub severity: String,
    /// Whether it holds.
    pub firing: bool,
    /// Since when.
    pub starts_at: Time,
    /// Since when it is over.
    pub ended_at: Option<Time>,
    /// `rules` or `alertmanager`.
    pub source: String,
    /// All its labels.
    pub labels: BTreeMap<String, String>,
    /// The values its condition saw.
    pub values: BTreeMap<String, f64>,
    /// Its incident.
    pub incident: Option<u64>,
    /// Where what was measured can be asked for; absent where nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<String>,
}

/// One delivery and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its number.
    pub id: u64,
    /// Who is told.
    pub receiver: String,
    /// `open`, `update`, `note`, `acknowledge`, `resolve` or `reopen`.
    pub action: String,
    /// `pending`, `done` or `dead`.
    pub standing: String,
    /// Attempts that failed.
    pub attempts: u32,
    /// When it is tried next, or was settled.
    pub at: Time,
    /// The receiver's last answer.
    pub answer: String,
}

/// Why, line by line, the oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explained {
    /// The incident's number.
    pub incident: u64,
    /// How it stands and what happens next, in sentences.
    pub sentences: Vec<String>,
    /// Its timeline; at most 1,000 lines.
    pub timeline: Vec<TimelineLine>,
}

/// One line of a timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimelineLine {
    /// When it was decided.
    pub at: Time,
    /// By which policy.
    pub revision: u64,
    /// What and why, as a sentence.
    pub sentence: String,
    /// The same as data: a stable `code` and what belongs to it.
    pub reason: serde_json::Value,
}

/// Rules in order of name; at the end, without a name, all alerts from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// All of them.
    pub rules: Vec<Rule>,
}

/// One rule, and what came of what it found: counted in incidents, drills not among them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its name; empty for all alerts from outside.
    pub name: String,
    /// `storage`, `memory`, ...
    pub component: String,
    /// Whether it is shown but opens nothing.
    pub shadow: bool,
    /// Exceptions of it in force.
    #[serde(default)]
    pub exceptions: u64,
    /// Since when it is counted; none if nothing was yet.
    pub since: Option<Time>,
    /// People were told.
    pub opened: u64,
    /// Told, it was well again before any person did anything about it.
    pub unattended: u64,
    /// People were told that it is back.
    pub reopened: u64,
    /// Over before anybody was told.
    pub transient: u64,
    /// Over and never told, by cause.
    pub suppressed: BTreeMap<String, u64>,
    /// Votes that it was useful.
    pub useful: u64,
    /// Votes that it was noise.
    pub noise: u64,
}

/// Hosts in order of name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hosts {
    /// This page.
    pub hosts: Vec<Host>,
    /// Devices that agents look at, in order of name, with the last page; where hosts are filtered
    /// those with the labels asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<Device>,
    /// Ask with `after` set to this for the next page; none on the last.
    pub next: Option<String>,
}

/// One host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Host {
    /// Its random id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `server` or `workstation`.
    pub class: String,
    /// `well`, `silent`, `away` or `retired`.
    pub state: String,
    /// When it was last heard of, if that was in this run or is stored.
    pub last_seen: Option<Time>,
    /// Since when it is silent or away.
    pub since: Option<Time>,
    /// When it should be back.
    pub back_by: Option<Time>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its operating system.
    pub os: String,
    /// Its kernel.
    pub kernel: String,
    /// Its agent's version.
    pub agent_version: String,
    /// The pause between its reports, in seconds.
    pub interval_s: f64,
    /// How far its wall clock is off in milliseconds, ahead positive; none until it reported.
    pub clock_skew_ms: Option<i64>,
    /// When it was first heard of.
    pub first_seen: Time,
    /// Alerts that fire on it.
    pub firing: u64,
    /// Another host that claims the same name.
    pub name_also_claimed_by: Option<String>,
}

/// One host with everything known about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HostDetail {
    /// The host.
    pub host: Host,
    /// Its alerts that fire; at most 100.
    pub alerts: Vec<Alert>,
    /// What happened to it lately, the newest first; at most 50 lines.
    pub timeline: Vec<TimelineLine>,
}

/// One device that agents look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its name.
    pub name: String,
    /// What people say it is: `switch`, `printer`; `device` where nothing is said.
    pub kind: String,
    /// `well`, `down`, `failing` or `unseen` while nobody can look.
    pub state: String,
    /// The hosts whose agents look at it.
    pub looked_at_from: Vec<String>,
    /// What people say of it.
    pub labels: BTreeMap<String, String>,
    /// Its alerts that fire.
    pub firing: u64,
}

/// One host, in sentences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// The host's name.
    pub host: String,
    /// Its id.
    pub id: String,
    /// Whether it reports and nothing fires on it.
    pub well: bool,
    /// How it is, and why.
    pub sentences: Vec<String>,
}

/// A marked, harmless fault to send through the whole path.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrillRequest {
    /// The rule that finds it; one that opens a ticket when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The host it is found on, by name or id; any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// How long it lasts, as in `2m`, at most `1h`; two minutes when absent.
    #[serde(rename = "for", default, skip_serializing_if = "Option::is_none")]
    pub lasts: Option<String>,
    /// Whether it pages as the real fault would.
    #[serde(default)]
    pub page: bool,
}

/// A drill and how far it came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drill {
    /// Its fingerprint: ask for it under `/api/v1/drills/{fingerprint}`.
    pub fingerprint: String,
    /// The rule that found it.
    pub rule: String,
    /// The host it was found on.
    pub host: String,
    /// When it began.
    pub started_at: Time,
    /// When it ends by itself.
    pub ends_at: Option<Time>,
    /// Whether it still fires.
    pub firing: bool,
    /// Its incident, once it has one.
    pub incident: Option<Incident>,
    /// What is or was delivered.
    pub deliveries: Vec<Delivery>,
}

/// The digests of all teams.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digests {
    /// In the order of the policy.
    pub digests: Vec<Digest>,
}

/// The digests of one team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// Whose.
    pub team: String,
    /// When the next one is; none where none is planned.
    pub next: Option<Time>,
    /// The incident of the last one that had anything in it.
    pub incident: Option<u64>,
    /// What the next one would say now; none where there is nothing to do.
    pub says: Option<Listing>,
}

/// Windows that last, and those to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Windows {
    /// Those that last first, then those that begin sooner.
    pub windows: Vec<Window>,
}

/// When a window is, or is next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Its name.
    pub name: String,
    /// `running` or `coming`.
    pub state: String,
    /// What it is about; all must match.
    pub matchers: Vec<String>,
    /// From when.
    pub starts_at: Time,
    /// Until when.
    pub ends_at: Time,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub why: String,
    /// Whether its end makes a ticket of what is not as it was before.
    pub report: bool,
    /// Whether a person made it; else a file names it.
    pub by_hand: bool,
}

/// Plan work, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowRequest {
    /// Its name; the reason when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is about, as in `host="db-7"`; all must match.
    pub matchers: Vec<String>,
    /// From when; now when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Time>,
    /// Until when.
    pub ends_at: Time,
    /// Why: the change it belongs to; at least 8 characters.
    pub why: String,
    /// Whether its end makes a ticket of what is not as it was before.
    #[serde(default)]
    pub report: bool,
    /// Who; the token's name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// The name of a window that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowMade {
    /// By which it can be ended.
    pub name: String,
}
