//! Keeps what came of what a rule found, so that people see which rules are worth their noise.
//!
//! One for each rule of the policy, and one for all alerts from outside (invariant 15). Drills do
//! not count. Decides nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{IncidentId, Timestamp, limits};

/// What came of what one rule found, counted in incidents.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Account {
    /// The rule; empty for all alerts from outside.
    pub rule: Arc<str>,
    /// Since when it is kept.
    pub since: Timestamp,
    /// People were told.
    pub opened: u64,
    /// Told, it was well again before any person did anything about it.
    pub unattended: u64,
    /// People were told that it is back.
    pub reopened: u64,
    /// It was over before anybody was told.
    pub transient: u64,
    /// Over and never told because of this cause.
    pub suppressed: BTreeMap<String, u64>,
    /// What people would have been told while it was only observed, by hour and owner team, the
    /// oldest first; at most [`limits::WITHHELD_KEPT_MAX`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<Withheld>,
    /// Votes that it was useful.
    pub useful: u64,
    /// Votes that it was noise.
    pub noise: u64,
    /// The last votes, the oldest first, so that whoever votes twice has one.
    pub votes: Vec<Vote>,
}

/// What people would have been told of within an hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withheld {
    /// When the hour began.
    pub at: Timestamp,
    /// Whose it was.
    pub team: Arc<str>,
    /// How many tickets.
    pub count: u32,
}

/// When the hour of a time began.
pub(crate) fn hour(at: Timestamp) -> Timestamp {
    const HOUR_MS: i64 = 3_600_000;
    let into = at.as_millis().rem_euclid(HOUR_MS);
    Timestamp::from_millis(at.as_millis().saturating_sub(into))
}

/// What a person thinks of one incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// Which.
    pub incident: IncidentId,
    /// Who.
    pub by: String,
    /// Useful, or noise.
    pub useful: bool,
}

impl Account {
    /// An account with nothing in it.
    pub fn new(rule: &str, since: Timestamp) -> Account {
        Account {
            rule: Arc::from(rule),
            since,
            ..Account::default()
        }
    }

    /// Counts a ticket that was not told because it was only observed.
    pub fn withhold(&mut self, now: Timestamp, team: &Arc<str>) {
        let at = hour(now);
        let kept = at.before(limits::OBSERVED_OVER);
        self.withheld.retain(|hour| hour.at >= kept);
        let same = |hour: &&mut Withheld| hour.at == at && hour.team == *team;
        if let Some(hour) = self.withheld.iter_mut().find(same) {
            hour.count = hour.count.saturating_add(1);
            return;
        }
        if self.withheld.len() >= limits::WITHHELD_KEPT_MAX {
            self.withheld.remove(0);
        }
        let team = Arc::clone(team);
        self.withheld.push(Withheld { at, team, count: 1 });
    }

    /// Counts a vote; an earlier one of the same person on the same incident does not count any
    /// more, as long as it is remembered.
    pub fn vote(&mut self, vote: Vote) {
        let same = |known: &Vote| known.incident == vote.incident && known.by == vote.by;
        if let Some(at) = self.votes.iter().position(same) {
            let before = self.votes.remove(at);
            let count = self.count(before.useful);
            *count = count.saturating_sub(1);
        }
        *self.count(vote.useful) += 1;
        if self.votes.len() >= limits::VOTES_KEPT_MAX {
            self.votes.remove(0);
        }
        self.votes.push(vote);
    }

    fn count(&mut self, useful: bool) -> &mut u64 {
        match useful {
            true => &mut self.useful,
            false => &mut self.noise,
        }
    }
}
