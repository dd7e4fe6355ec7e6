//! Keeps what people have ruled and what stands until it is taken back or over: who is live, and
//! where a rule is different, as far as somebody must be told before that ends.
//!
//! A record each, by what it is about, so that the newest counts. Decides nothing.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{DeliverMode, Fingerprint, Interval, Timestamp, limits};

/// What a ruling is about, as a stable text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RulingId(Arc<str>);

impl RulingId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is about who is live. Such ids follow each other in order.
    pub(crate) fn is_of_live(&self) -> bool {
        self.0.starts_with("live")
    }
}

impl fmt::Display for RulingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Something a person has ruled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ruling {
    /// What it is about.
    pub id: RulingId,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why; may be empty.
    pub why: String,
    /// What.
    pub says: Ruled,
}

/// What can be ruled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ruled", rename_all = "snake_case")]
pub enum Ruled {
    /// Whether people are told.
    Live {
        /// Of what.
        of: LiveOf,
        /// They are; else it is only observed.
        live: bool,
        /// The mode of the policy it was ruled over: for everything it stands as long as that does.
        over: DeliverMode,
    },
    /// A person has the turn of a schedule, whatever that says.
    OnCall {
        /// Of which schedule.
        schedule: Arc<str>,
        /// Who.
        person: Arc<str>,
        /// From when until when.
        when: Interval,
    },
    /// A rule is different somewhere. The policy says how and has it in force; here is who must be
    /// told before it ends.
    Exception {
        /// The rule.
        rule: Arc<str>,
        /// Where, in words.
        about: String,
        /// How, in words.
        words: String,
        /// Who answers for it.
        owner: String,
        /// Until when.
        until: Timestamp,
        /// Whether a person made it with the command; else a file says so.
        is_made: bool,
        /// Whether its owner was told that it ends soon.
        reminded: bool,
    },
}

impl Ruling {
    /// When its owner is told that it ends soon; none where that was done, or nobody has to be.
    pub fn reminds_at(&self) -> Option<Timestamp> {
        match &self.says {
            Ruled::Exception {
                until,
                reminded: false,
                ..
            } => Some(until.before(limits::EXCEPTION_REMINDED_BEFORE)),
            Ruled::Exception { .. } | Ruled::Live { .. } | Ruled::OnCall { .. } => None,
        }
    }

    /// When it is over and forgotten; none where something else says so.
    pub fn ends_at(&self) -> Option<Timestamp> {
        match &self.says {
            Ruled::OnCall { when, .. } => Some(when.ends_at),
            Ruled::Live { .. } | Ruled::Exception { .. } => None,
        }
    }
}

impl RulingId {
    /// What the ids of all turns begin with that people took of a schedule.
    pub(crate) fn of_schedule(schedule: &str) -> RulingId {
        RulingId(Arc::from(format!("oncall {schedule} ")))
    }

    /// Of a turn that a person took.
    pub(crate) fn of_turn(schedule: &str, from: Timestamp, person: &str) -> RulingId {
        let RulingId(begins) = RulingId::of_schedule(schedule);
        RulingId(Arc::from(format!("{begins}{} {person}", from.as_millis())))
    }

    /// Of an exception: another end is another exception.
    pub(crate) fn of_exception(about: &str, words: &str, until: Timestamp) -> RulingId {
        let what = [("about", about), ("words", words)];
        let what = Fingerprint::of(&what.into_iter().collect());
        RulingId(Arc::from(format!(
            "exception {what} until {}",
            until.as_millis()
        )))
    }
}

/// Of what people are told, or not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveOf {
    /// Everything.
    Everything,
    /// What a team owns.
    Team(Arc<str>),
    /// What a rule of ours finds.
    Rule(Arc<str>),
}

impl LiveOf {
    /// The id of the ruling about it.
    pub fn id(&self) -> RulingId {
        RulingId(match self {
            LiveOf::Everything => Arc::from("live"),
            LiveOf::Team(team) => Arc::from(format!("live team {team}")),
            LiveOf::Rule(rule) => Arc::from(format!("live rule {rule}")),
        })
    }

    /// It in words: `everything`, `team linux`, `rule unit-failed`.
    pub fn words(&self) -> String {
        match self {
            LiveOf::Everything => "everything".into(),
            LiveOf::Team(team) => format!("team {team}"),
            LiveOf::Rule(rule) => format!("rule {rule}"),
        }
    }
}
