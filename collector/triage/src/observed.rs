//! Says what people would have been told while it was only observed, and what they would be told if
//! that went live now.
//!
//! In: what was counted with each rule, and what is withheld now. Out: a report, for people.
//! Decides nothing.

use std::collections::BTreeMap;

use crate::{
    Handling, Incident, LiveOf, Policy, Severity, State, Suppression, Timestamp, account, limits,
};

/// What would have been told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    /// Since when that is counted.
    pub since: Timestamp,
    /// Tickets, by the rule that found them, the most first; empty: alerts from outside.
    pub by_rule: Vec<(String, u64)>,
    /// Tickets, by owner team, the most first.
    pub by_team: Vec<(String, u64)>,
    /// Lists of the collector's own among them.
    pub lists: u64,
    /// Withheld now and told at once when it goes live, a ticket each.
    pub apart: u64,
    /// Withheld now and told in one list of their team when it goes live.
    pub listed: u64,
    /// Owner teams of these that have nobody to tell.
    pub without_receiver: Vec<String>,
}

impl Observed {
    /// Of a part, over the last [`limits::OBSERVED_OVER`], in whole hours.
    pub fn of((state, policy): (&State, &Policy), now: Timestamp, of: &LiveOf) -> Observed {
        let since = account::hour(now.before(limits::OBSERVED_OVER));
        let mut by_rule: BTreeMap<String, u64> = BTreeMap::new();
        let mut by_team: BTreeMap<String, u64> = BTreeMap::new();
        for account in state.accounts() {
            let counted = account.withheld.iter().filter(|hour| {
                let is_meant = match of {
                    LiveOf::Everything => true,
                    LiveOf::Team(team) => *hour.team == **team,
                    LiveOf::Rule(rule) => *account.rule == **rule,
                };
                hour.at >= since && is_meant
            });
            for hour in counted {
                let count = u64::from(hour.count);
                *by_rule.entry(account.rule.to_string()).or_default() += count;
                *by_team.entry(hour.team.to_string()).or_default() += count;
            }
        }
        let lists = state.incidents().filter(|incident| {
            let is_meant = match of {
                LiveOf::Everything => true,
                LiveOf::Team(team) => *incident.team == **team,
                LiveOf::Rule(_) => false,
            };
            incident.list.is_some() && is_meant && incident.withheld_at >= Some(since)
        });
        let mut report = Observed {
            since,
            lists: lists.count() as u64,
            by_rule: most_first(by_rule),
            by_team: most_first(by_team),
            ..Observed::default()
        };
        report.count_now(state, policy, of);
        report
    }

    /// All tickets.
    pub fn total(&self) -> u64 {
        let counted = self.by_rule.iter().map(|(_, count)| count).sum::<u64>();
        counted + self.lists
    }

    fn count_now(&mut self, state: &State, policy: &Policy, of: &LiveOf) {
        let is_withheld = |incident: &&std::sync::Arc<Incident>| {
            matches!(
                incident.suppressed.as_deref(),
                Some(Suppression::Observe { .. })
            ) && match of {
                LiveOf::Everything => true,
                LiveOf::Team(team) => *incident.team == **team,
                LiveOf::Rule(rule) => *incident.rule == **rule,
            }
        };
        let mut quiet: BTreeMap<&str, u64> = BTreeMap::new();
        for incident in state.suppressed().filter(is_withheld) {
            let team = policy.teams.iter().find(|team| team.name == incident.team);
            if incident.receivers.is_empty() && team.is_none_or(|team| team.ticket.is_none()) {
                self.without_receiver.push(incident.team.clone());
            }
            let is_apart = incident.severity == Severity::Critical
                || incident.handling == Handling::Page
                || incident.list.is_some();
            match is_apart {
                true => self.apart += 1,
                false => *quiet.entry(incident.team.as_str()).or_default() += 1,
            }
        }
        for count in quiet.into_values() {
            match count > limits::GO_LIVE_APART_MAX as u64 {
                true => self.listed += count,
                false => self.apart += count,
            }
        }
        self.without_receiver.sort();
        self.without_receiver.dedup();
    }
}

fn most_first(counts: BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
    counts.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    counts
}
