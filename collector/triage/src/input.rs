//! Keeps the closed set of inputs. There is no other way to change the state.
//!
//! They are recorded as they are written here, so a variant or field that is added later is
//! optional or has a default: what was recorded before must still be read.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    DeliveryId, Fate, IncidentId, Labels, LiveOf, Matchers, Noisy, Priority, Revision, Signal,
    SilenceId, Timestamp,
};

/// Everything that can happen to the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// A source says something.
    Signal(Signal),
    /// A person or the ticket system wants something.
    Command(Command),
    /// A receiver answered for good.
    Outcome {
        /// To which delivery.
        delivery: DeliveryId,
        /// Of which incident.
        incident: IncidentId,
        /// Who.
        receiver: String,
        /// What became of it.
        fate: Fate,
    },
    /// A new policy is in force from now on; the one given to `decide` is already it.
    PolicyChanged {
        /// The revision before.
        before: Revision,
        /// The revision from now on; the same one where a start finds the files unchanged.
        after: Revision,
    },
    /// The collector runs again.
    Started {
        /// The last time it is known to have run.
        down_since: Timestamp,
    },
    /// Time jumped forward: the wall clock was set by more than 30 s against the monotonic one.
    ClockStepped {
        /// By how many milliseconds; nothing follows from a negative number.
        by_ms: i64,
    },
    /// It was looked into what rules cost a team lately, and what would have made them quieter.
    NoiseFound {
        /// The team.
        team: String,
        /// The worst first; empty where no rule was noisy.
        noisy: Vec<Noisy>,
    },
    /// A timer is due.
    Tick,
}

/// Who wants it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The name of a person, token or ticket system.
    pub name: String,
    /// By which way.
    pub via: Via,
}

/// By which way a command came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// The operators' command or the own API.
    Api,
    /// The Alertmanager API.
    Alertmanager,
    /// The ticket system: it called back, or was asked.
    Ticket,
}

/// What a person or the ticket system can want.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Make or change a silence.
    SetSilence {
        /// Who.
        by: Actor,
        /// What.
        silence: SilenceRequest,
    },
    /// End a silence now.
    ExpireSilence {
        /// Who.
        by: Actor,
        /// Which.
        id: SilenceId,
    },
    /// Plan work.
    AddWindow {
        /// Who.
        by: Actor,
        /// What, and when.
        window: WindowRequest,
    },
    /// End a window that lasts, or take back one that was made by hand.
    EndWindow {
        /// Who.
        by: Actor,
        /// Its name.
        name: String,
    },
    /// Go live, or back to observing: with everything, a team, or a rule.
    RuleLive {
        /// Who.
        by: Actor,
        /// With what.
        of: LiveOf,
        /// Live; else back to observing.
        live: bool,
        /// Why; may be empty.
        why: String,
    },
    /// Have the turn of a schedule, whatever that says.
    TakeOnCall {
        /// Who says so.
        by: Actor,
        /// Of which schedule.
        schedule: String,
        /// Who has it.
        person: String,
        /// From when; none, or the past, means now.
        from: Option<Timestamp>,
        /// Until when.
        until: Timestamp,
        /// Why; may be empty.
        why: String,
    },
    /// Say that a host is not there any more.
    RetireHost {
        /// Who.
        by: Actor,
        /// Its name, or its id.
        host: String,
        /// Why.
        why: String,
    },
    /// Say that a retired host is there again.
    ReviveHost {
        /// Who.
        by: Actor,
        /// Its name, or its id.
        host: String,
        /// Why.
        why: String,
    },
    /// "I work on it."
    Acknowledge {
        /// Who.
        by: Actor,
        /// Which.
        incident: IncidentId,
        /// For how long; none = the policy's.
        lasts: Option<Duration>,
    },
    /// Write something down; the tickets get it too.
    Note {
        /// Who.
        by: Actor,
        /// Which.
        incident: IncidentId,
        /// What.
        text: String,
    },
    /// Make an incident part of another.
    Merge {
        /// Who.
        by: Actor,
        /// Which.
        incident: IncidentId,
        /// The one it goes on in.
        into: IncidentId,
        /// Why; may be empty.
        #[serde(default)]
        why: String,
    },
    /// Close an incident by hand.
    Resolve {
        /// Who.
        by: Actor,
        /// Which.
        incident: IncidentId,
        /// Why; may be empty.
        why: String,
    },
    /// A person closed its ticket at a receiver; what that means is the receiver's to say.
    TicketClosed {
        /// Who.
        by: Actor,
        /// Which.
        incident: IncidentId,
        /// Where.
        receiver: String,
        /// When, as the ticket system says.
        at: Timestamp,
    },
    /// "It is mine, and I work on it."
    Take {
        /// Who.
        by: Actor,
        /// Which.
        incident: IncidentId,
        /// For how long; none = the policy's.
        lasts: Option<Duration>,
    },
    /// Give it to a person or a team. The owner team becomes that of the person; tickets stay where
    /// they are.
    Assign {
        /// Who.
        by: Actor,
        /// Which.
        incident: IncidentId,
        /// The name of a person or a team.
        to: String,
        /// Why; may be empty where the owner team stays.
        why: String,
    },
    /// Wait for something outside people's reach.
    Wait {
        /// Who.
        by: Actor,
        /// Which.
        incident: IncidentId,
        /// What for: `vendor`, `parts`, `user`, or other words.
        waits_for: String,
        /// Until when at the latest.
        until: Timestamp,
    },
    /// What was waited for is there, or the ticket says something new.
    Resume {
        /// Who.
        by: Actor,
        /// Which.
        incident: IncidentId,
        /// What happened.
        why: String,
    },
    /// Say whether it was worth the noise.
    Judge {
        /// Who.
        by: Actor,
        /// Which.
        incident: IncidentId,
        /// The rule that found it, where it is archived already.
        #[serde(default)]
        rule: Option<String>,
        /// Useful, or noise.
        useful: bool,
    },
    /// Say how urgent it is.
    Prioritise {
        /// Who.
        by: Actor,
        /// Which.
        incident: IncidentId,
        /// How urgent; none = what is computed counts again.
        to: Option<Priority>,
        /// Why.
        why: String,
    },
}

impl Command {
    /// The incidents it is about, for whoever looks for them by another number.
    pub fn incidents_mut(&mut self) -> Vec<&mut IncidentId> {
        match self {
            Command::SetSilence { .. }
            | Command::ExpireSilence { .. }
            | Command::AddWindow { .. }
            | Command::EndWindow { .. }
            | Command::RetireHost { .. }
            | Command::ReviveHost { .. }
            | Command::RuleLive { .. }
            | Command::TakeOnCall { .. } => Vec::new(),
            Command::Acknowledge { incident, .. }
            | Command::Note { incident, .. }
            | Command::Resolve { incident, .. }
            | Command::TicketClosed { incident, .. }
            | Command::Take { incident, .. }
            | Command::Assign { incident, .. }
            | Command::Wait { incident, .. }
            | Command::Resume { incident, .. }
            | Command::Judge { incident, .. }
            | Command::Prioritise { incident, .. } => vec![incident],
            Command::Merge { incident, into, .. } => vec![incident, into],
        }
    }
}

/// A window somebody wants, once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WindowRequest {
    /// Its name; no other window has it.
    pub name: String,
    /// What it is about.
    pub matchers: Matchers,
    /// From when; the past means now.
    pub starts_at: Timestamp,
    /// Until when.
    pub ends_at: Timestamp,
    /// Why: the change it belongs to.
    pub why: String,
    /// Whether its end makes a ticket of what is not as it was before.
    pub report: bool,
}

/// A silence somebody wants, with the id it gets if it is new.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SilenceRequest {
    /// The id a new silence gets (made by the shell; the core has no randomness).
    pub new_id: SilenceId,
    /// The silence to change; none = a new one.
    pub replaces: Option<SilenceId>,
    /// What it mutes.
    pub matchers: Matchers,
    /// From when; the past means now.
    pub starts_at: Timestamp,
    /// Until when.
    pub ends_at: Timestamp,
    /// In whose name.
    pub created_by: String,
    /// Why.
    pub comment: String,
    /// Free text of the Alertmanager API.
    pub annotations: Labels,
    /// Whether it ends before its time once nothing that fires matches it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub until_clear: bool,
}
