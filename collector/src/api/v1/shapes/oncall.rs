//! Who is on call, and who would be told: what is asked, and what is told of it.

use serde::{Deserialize, Serialize};

use crate::api::Time;

/// All schedules, in order of name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnCall {
    /// Each with its turns.
    pub schedules: Vec<OnCallSchedule>,
}

/// A schedule with its turns from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnCallSchedule {
    /// Its name.
    pub name: String,
    /// The team that is told by it.
    pub team: Option<String>,
    /// Whose turn it is now.
    pub now: Option<OnCallTurn>,
    /// The turns after that, in order.
    pub next: Vec<OnCallTurn>,
    /// Times from now on at which nobody has the turn, in order.
    pub gaps: Vec<OnCallGap>,
    /// Until when it is known who has the turn.
    pub known_until: Option<Time>,
}

/// Somebody's turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnCallTurn {
    /// Whose.
    pub person: String,
    /// From when.
    pub from: Time,
    /// Until when.
    pub until: Time,
    /// The receivers that reach this person.
    pub contact: Vec<String>,
}

/// A time at which nobody has the turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnCallGap {
    /// From when.
    pub from: Time,
    /// Until when.
    pub until: Time,
}

/// Times at which nobody is on call, and people who are twice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnCallGaps {
    /// By schedule; none that has no gap.
    pub gaps: Vec<ScheduleGaps>,
    /// Turns of the same person by two schedules at once.
    pub doubles: Vec<OnCallDouble>,
}

/// The gaps of one schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleGaps {
    /// Its name.
    pub schedule: String,
    /// In order.
    pub gaps: Vec<OnCallGap>,
}

/// A person who has two turns at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnCallDouble {
    /// Who.
    pub person: String,
    /// By which schedules.
    pub schedules: [String; 2],
    /// From when.
    pub from: Time,
    /// Until when.
    pub until: Time,
}

/// Have the turn of a schedule, whatever that says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakeOnCallRequest {
    /// Of which.
    pub schedule: String,
    /// Who has it; whoever asks where nobody is named.
    #[serde(default)]
    pub person: Option<String>,
    /// From when; none = now.
    #[serde(default)]
    pub from: Option<Time>,
    /// Until when.
    pub until: Time,
    /// Why.
    #[serde(default)]
    pub why: String,
    /// Who asks, where a token is shared.
    #[serde(default)]
    pub by: Option<String>,
}

/// What would open, for whoever wants to know who would be told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnCallTest {
    /// Its owner team; the first where none is named.
    pub team: Option<String>,
    /// `P1` to `P5`; P1 where none is named.
    pub priority: Option<String>,
    /// `page` or `ticket`, which it is where neither is named.
    pub handling: Option<String>,
    /// When it opens; now where it is not said.
    pub at: Option<Time>,
    /// How long nobody does anything, as in `4h`, which it is where it is not said.
    #[serde(rename = "for")]
    pub lasts: Option<String>,
    /// Labels of its worst alert, as in `host=db-7,service=erp`.
    pub labels: Option<String>,
}

/// Who would be told when.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnCallTested {
    /// In order of time.
    pub steps: Vec<OnCallStep>,
}

/// One step, as it would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnCallStep {
    /// When.
    pub at: Time,
    /// `functional` or `hierarchical`.
    pub ladder: String,
    /// By which policy.
    pub policy: String,
    /// Which step of it, from 1.
    pub step: u32,
    /// Who is told; nobody where nobody could be.
    pub told: Vec<OnCallTold>,
    /// What led to nobody, so that a later step is taken, in words.
    pub nobody: Vec<String>,
}

/// Somebody who would be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnCallTold {
    /// By which receiver.
    pub receiver: String,
    /// Whom; none where the receiver itself was named.
    pub person: Option<String>,
}
