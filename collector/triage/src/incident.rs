//! Keeps what people handle as one, and the table of its legal moves.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    Acknowledgement, AlertId, Assignment, Cause, ClosedByHand, Drill, Escalating, Handling, Impact,
    ListOf, Priority, PriorityWhy, SetPriority, Severity, Suppression, Timestamp, Together,
    Urgency, Waiting, WindowReport,
};

/// The number of an incident, given by the engine in order of appearance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IncidentId(pub u64);

impl fmt::Display for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What alerts have in common that join the same incident, decided when an
/// alert joins: canonical text of the `ticket_per` values and the owner team.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GroupKey(pub Arc<str>);

/// Where an incident stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Known, nobody told: its open delay runs, or it is suppressed. If it was told and closed
    /// before, it fires again and nobody was told of that.
    Pending,
    /// Told; nobody works on it yet.
    Open,
    /// Told, and somebody works on it, until the acknowledgement ends.
    Acknowledged,
    /// Told, and people wait for something outside their reach, until a given time at most.
    Waiting,
    /// Told, and all its alerts are clear; its close delay runs.
    Resolving,
    /// Over, and told so. If it fires again soon it is opened again.
    Resolved,
    /// Over for good: never told, merged into another, or resolved for longer than `reopen_within`.
    Closed,
}

impl Phase {
    /// All of them, in the order of a life.
    pub const ALL: [Phase; 7] = [
        Phase::Pending,
        Phase::Open,
        Phase::Acknowledged,
        Phase::Waiting,
        Phase::Resolving,
        Phase::Resolved,
        Phase::Closed,
    ];

    /// Told, and something may still fire.
    pub fn is_standing(self) -> bool {
        match self {
            Phase::Open | Phase::Acknowledged | Phase::Waiting => true,
            Phase::Pending | Phase::Resolving | Phase::Resolved | Phase::Closed => false,
        }
    }

    /// Told, and not said to be over.
    pub fn is_told(self) -> bool {
        self.is_standing() || self == Phase::Resolving
    }

    /// Over, for now or for good.
    pub fn is_over(self) -> bool {
        match self {
            Phase::Resolved | Phase::Closed => true,
            Phase::Pending | Phase::Resolving => false,
            Phase::Open | Phase::Acknowledged | Phase::Waiting => false,
        }
    }

    /// The word used in metrics and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Pending => "pending",
            Phase::Open => "open",
            Phase::Acknowledged => "acknowledged",
            Phase::Waiting => "waiting",
            Phase::Resolving => "resolving",
            Phase::Resolved => "resolved",
            Phase::Closed => "closed",
        }
    }
}

/// What can move an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cue {
    /// Its open delay is over and nothing suppresses it.
    Tell,
    /// The last of its alerts has cleared.
    AllClear,
    /// An alert fires again, or another one joins.
    Relapse,
    /// It stayed clear for the close delay.
    StayedClear,
    /// It was told before, fired again untold, and is over.
    EndUntold,
    /// A person closed it.
    CloseByHand,
    /// Somebody works on it.
    Acknowledge,
    /// People wait for something outside their reach.
    Wait,
    /// Nobody works on it any more, or what was waited for is there.
    Lapse,
    /// Its alerts belong to another incident now.
    Merge,
    /// What still fires of it has incidents of its own now.
    Divide,
    /// It can no longer be opened again.
    Expire,
    /// It fired again within `reopen_within`.
    Reopen,
    /// It fired again within `reopen_within`, and people may not be told now.
    ReturnUntold,
}

/// Every legal move of an incident. A move not listed here does not exist.
pub fn next(phase: Phase, cue: Cue) -> Option<Phase> {
    match (phase, cue) {
        (Phase::Pending, Cue::Tell) => Some(Phase::Open),
        (Phase::Pending, Cue::AllClear | Cue::CloseByHand) => Some(Phase::Closed),
        (Phase::Pending, Cue::EndUntold) => Some(Phase::Resolved),
        (Phase::Open | Phase::Waiting, Cue::Acknowledge) => Some(Phase::Acknowledged),
        (Phase::Open | Phase::Acknowledged, Cue::Wait) => Some(Phase::Waiting),
        (Phase::Acknowledged | Phase::Waiting, Cue::Lapse) => Some(Phase::Open),
        (Phase::Open | Phase::Acknowledged | Phase::Waiting, Cue::AllClear) => {
            Some(Phase::Resolving)
        }
        (Phase::Resolving, Cue::Relapse) => Some(Phase::Open),
        (Phase::Resolving, Cue::StayedClear) => Some(Phase::Resolved),
        (
            Phase::Open | Phase::Acknowledged | Phase::Waiting | Phase::Resolving,
            Cue::CloseByHand,
        ) => Some(Phase::Resolved),
        (
            Phase::Pending | Phase::Open | Phase::Acknowledged | Phase::Waiting | Phase::Resolving,
            Cue::Merge | Cue::Divide,
        ) => Some(Phase::Closed),
        (Phase::Resolved, Cue::Reopen) => Some(Phase::Open),
        (Phase::Resolved, Cue::ReturnUntold) => Some(Phase::Pending),
        (Phase::Resolved, Cue::Expire) => Some(Phase::Closed),
        (_, _) => None,
    }
}

/// Why an incident was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "close", rename_all = "snake_case")]
pub enum Close {
    /// All its alerts cleared and stayed clear.
    Cleared,
    /// It cleared before anybody was told.
    Transient,
    /// It cleared while it was suppressed; nobody was told.
    ClearedWhileSuppressed,
    /// A person closed it.
    ByPerson {
        /// Who.
        by: String,
        /// Why, in that person's words; may be empty.
        why: String,
    },
    /// It was about many; nearly all are well, and the rest have incidents of their own.
    Divided {
        /// How many still fired.
        rest: u32,
    },
    /// Its alerts belong to another incident now.
    Merged {
        /// Which.
        into: IncidentId,
        /// Who merged them; empty where the collector did.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        by: String,
        /// Why, in that person's words; may be empty.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        why: String,
    },
}

impl Close {
    /// Merged by the collector itself.
    pub fn merged(into: IncidentId) -> Close {
        Close::Merged {
            into,
            by: String::new(),
            why: String::new(),
        }
    }
}

/// One or more alerts that people handle as one.
///
/// Its members are not listed here: each alert names its incident, and the state
/// keeps the index, so that joining costs O(log n) (invariant 15).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// Its number.
    pub id: IncidentId,
    /// What its alerts have in common.
    pub group: GroupKey,
    /// Where it stands.
    pub phase: Phase,
    /// Who owns it (invariant 10).
    pub team: String,
    /// The route that was taken when the first alert joined, by name; empty for the implicit one.
    pub route: String,
    /// The receivers told, or to be told: the ticket's first. Only ever added to until the close (invariant 9).
    pub receivers: Vec<String>,
    /// The first alert; its title is the incident's.
    pub leader: AlertId,
    /// The leader's host and title when it opened, or of what is worst now.
    pub title: String,
    /// The worst severity among firing members; kept when all are clear.
    pub severity: Severity,
    /// The worst severity since it opened.
    pub worst: Severity,
    /// How urgent.
    pub priority: Priority,
    /// Why that urgent.
    pub priority_why: PriorityWhy,
    /// The most that any member is worth.
    pub handling: Handling,
    /// Set for a drill.
    pub drill: Option<Drill>,
    /// Set for one that says what is not as it was before a window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<Box<WindowReport>>,
    /// Set for a list of the collector's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<ListOf>,
    /// Members that ever joined.
    pub members: u32,
    /// Members that fire now.
    pub firing: u32,
    /// Firing signals among the members whose outcome is not yet counted (invariant 8).
    pub uncounted: u32,
    /// When its first alert joined.
    pub started_at: Timestamp,
    /// When an alert last joined; after `join_gap` none does (invariant 11).
    pub joined_at: Timestamp,
    /// When it was first told, if it was.
    pub opened_at: Option<Timestamp>,
    /// When its last alert cleared; none while one fires.
    pub cleared_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// Why it was closed.
    pub close: Option<Box<Close>>,
    /// Set while somebody works on it.
    pub acknowledged: Option<Box<Acknowledgement>>,
    /// Set for one that is about many alerts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub together: Option<Box<Together>>,
    /// Whether a member comes and goes too often to be believed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flaps: bool,
    /// Set while people wait for something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Box<Waiting>>,
    /// Whose it is within its team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned: Option<Box<Assignment>>,
    /// Set while a person's priority counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_priority: Option<Box<SetPriority>>,
    /// Set when a person closed its ticket while it fired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_by_hand: Option<Box<ClosedByHand>>,
    /// When it is more urgent although nothing new is measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weigh_at: Option<Timestamp>,
    /// The rule of its first alert; empty for alerts from outside.
    #[serde(default)]
    pub rule: Arc<str>,
    /// When incidents of the same group were opened before; as [`crate::recurrence::kept`] keeps
    /// them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub openings: Vec<Timestamp>,
    /// Whether any person ever did anything about it.
    #[serde(default)]
    pub acted: bool,
    /// Why it is not told although its open delay is over; while `Open`, why receivers that were
    /// added since are not told. Kept when it was closed untold.
    pub suppressed: Option<Box<Suppression>>,
    /// When people would have been told, had it not been only observed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld_at: Option<Timestamp>,
    /// Whose end is worth another look at that; at most [`crate::limits::CAUSES_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
    /// How far it has climbed while nobody works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalation: Option<Box<Escalating>>,
    /// When its phase moves by itself: the end of its open delay, close delay or suppression, or of
    /// `reopen_within` once closed. None only while `Open` and nothing suppressed, or suppressed
    /// without a known end.
    pub due: Option<Timestamp>,
    /// How often it was reopened.
    pub reopened: u32,
    /// What its members need to be seen and that has failed since it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspected: Option<Arc<str>>,
    /// How many places are hit because what it is about has failed.
    #[serde(default)]
    pub hit: u32,
    /// The incident of the same group before this one, if anything is remembered of it.
    pub predecessor: Option<IncidentId>,
    /// When the engine last changed it.
    pub updated_at: Timestamp,
}

impl Incident {
    /// One that nobody is told of yet, without members; due at once.
    pub fn pending(id: IncidentId, group: GroupKey, now: Timestamp) -> Incident {
        Incident {
            id,
            group,
            phase: Phase::Pending,
            team: String::new(),
            route: String::new(),
            receivers: Vec::new(),
            leader: AlertId(0),
            title: String::new(),
            severity: Severity::Warning,
            worst: Severity::Warning,
            priority: Priority::P4,
            // Said anew as soon as it has members.
            priority_why: PriorityWhy {
                impact: Impact::Low,
                impact_from: String::new(),
                urgency: Urgency::Low,
                urgency_from: String::new(),
                raised: String::new(),
            },
            handling: Handling::Ticket,
            drill: None,
            report: None,
            list: None,
            members: 0,
            firing: 0,
            uncounted: 0,
            started_at: now,
            joined_at: now,
            opened_at: None,
            cleared_at: None,
            closed_at: None,
            close: None,
            acknowledged: None,
            together: None,
            flaps: false,
            waiting: None,
            assigned: None,
            set_priority: None,
            closed_by_hand: None,
            weigh_at: None,
            rule: Arc::default(),
            openings: Vec::new(),
            acted: false,
            suppressed: None,
            withheld_at: None,
            causes: Vec::new(),
            escalation: None,
            due: Some(now),
            reopened: 0,
            suspected: None,
            hit: 0,
            predecessor: None,
            updated_at: now,
        }
    }

    /// Whether the collector itself made it of many: what joins by its group is never one of them.
    pub fn is_of_many(&self) -> bool {
        self.together.is_some() || self.report.is_some() || self.list.is_some()
    }

    /// Whether its owner alone is told: a window's report, a list, one thing that hosts of many teams
    /// see fail.
    pub fn is_owners(&self) -> bool {
        let of_thing = self.together.as_ref().is_some_and(|many| many.is_owners);
        of_thing || self.report.is_some() || self.list.is_some()
    }

    /// Told and not over.
    pub fn is_open(&self) -> bool {
        self.phase.is_told()
    }
}
