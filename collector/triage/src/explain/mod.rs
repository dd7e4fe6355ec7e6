//! Says why, in sentences, from what is stored.
//!
//! In: the state, the policy, the time, and how to write a time. Out: sentences for people.
//! Times and zones are the caller's: it formats each [`Timestamp`]. Decides nothing.

mod condition;
mod device;
mod escalation;
mod exception;
mod incident;
mod list;
mod parent;
mod people;
mod sentence;
mod suppression;

use std::sync::Arc;

pub(crate) use parent::and;
pub(crate) use people::over_person;

use crate::{
    Alert, EntityId, Host, Identity, IncidentId, Origin, Policy, Silence, SilenceState, Standing,
    State, Timestamp, limits,
};

/// What can be asked about.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// An incident.
    Incident(IncidentId),
    /// A host.
    Host(&'a EntityId),
    /// One condition.
    Condition(&'a Identity),
}

/// Answers questions about a state as it is at one time.
#[derive(Clone, Copy)]
pub struct Explain<'a> {
    /// What is known.
    pub state: &'a State,
    /// The policy in force.
    pub policy: &'a Policy,
    /// The time of asking.
    pub now: Timestamp,
    /// How a time is written.
    pub time: &'a dyn Fn(Timestamp) -> String,
}

impl Explain<'_> {
    /// Sentences about anything; one that says so if it is not known.
    pub fn explain(&self, subject: Subject<'_>) -> Vec<String> {
        match subject {
            Subject::Incident(id) => match self.state.incident(id) {
                Some(incident) => self.incident(incident),
                None => vec![format!(
                    "Incident {id} is not known here, or was archived long after its end."
                )],
            },
            Subject::Host(id) => self.why(id),
            Subject::Condition(identity) => match self.state.alert_of(identity) {
                Some(alert) => self.condition(alert),
                None => vec![
                    "This condition is not known; it never fired, or it was over long ago.".into(),
                ],
            },
        }
    }

    /// How a host is, and what fires on it; at most [`limits::MEMBERS_LISTED_MAX`] alerts.
    pub fn why(&self, id: &EntityId) -> Vec<String> {
        let Some(host) = self.state.host(id) else {
            return vec![format!("No host has the id {id}.")];
        };
        let mut sentences = self.host(host);
        sentences.extend(self.needs(&host.facts.name));
        let firing = self.fires_on(host);
        if firing.is_empty() {
            sentences.push("Nothing fires on it.".into());
            return sentences;
        }
        let most = limits::MEMBERS_LISTED_MAX;
        for alert in firing.iter().take(most) {
            sentences.extend(self.condition(alert));
        }
        if firing.len() > most {
            let more = firing.len() - most;
            sentences.push(format!("{more} more alerts fire on it."));
        }
        sentences
    }

    /// What fires on a host: what was found there, then what others report under its name, which
    /// means the host that had the name first.
    pub fn fires_on(&self, host: &Host) -> Vec<&Alert> {
        let own = |alert: &&Arc<Alert>| alert.identity.entity().as_ref() == Some(&host.id);
        let found = self.state.alerts().filter(own);
        let found = found.filter(|alert| alert.is_firing());
        let at = |standing| self.state.alerts_at(&host.facts.name, standing);
        let has_name = host.name_also_claimed_by.is_none();
        let others = at(Standing::Failed).chain(at(Standing::Fires));
        let others = others.filter(|alert| has_name && !own(alert));
        found.chain(others).map(|alert| &**alert).collect()
    }

    /// What is known of alerts by their name, their fingerprint, or the place they were at, those that
    /// are over among them, and whether any fires; nothing if none is known. At most
    /// [`limits::MEMBERS_LISTED_MAX`].
    pub fn called(&self, name: &str) -> Option<(Vec<String>, bool)> {
        let is_called = |alert: &&Arc<Alert>| {
            alert.about.labels.get("alertname") == Some(name)
                || alert.place() == Some(name)
                || alert.identity.fingerprint().to_string() == name
        };
        let known = self.state.alerts().filter(is_called);
        let fires = known.clone().any(|alert| alert.is_firing());
        let known = known.take(limits::MEMBERS_LISTED_MAX);
        let sentences: Vec<String> = known.flat_map(|alert| self.condition(alert)).collect();
        (!sentences.is_empty()).then_some((sentences, fires))
    }

    /// What is known of a rule's conditions on a host, those that are over among them; at most
    /// [`limits::MEMBERS_LISTED_MAX`].
    pub fn of_rule(&self, id: &EntityId, rule: &str) -> Vec<String> {
        let of_rule = self.state.alerts().filter(|alert| {
            alert.identity.rule() == Some(rule) && alert.identity.entity().as_ref() == Some(id)
        });
        let known = of_rule.take(limits::MEMBERS_LISTED_MAX);
        known.flat_map(|alert| self.condition(alert)).collect()
    }

    fn host(&self, host: &Host) -> Vec<String> {
        let name = &host.facts.name;
        let class = host.facts.class.as_str();
        let first = self.at(host.first_seen);
        let mut sentences = vec![format!("{name} is a {class}, known since {first}.")];
        if let Some(away) = &host.away {
            let (reason, since) = (away.reason.as_str(), self.at(away.since));
            sentences.push(match away.until {
                Some(until) => format!(
                    "It said goodbye ({reason}) at {since} and should be back by {}.",
                    self.at(until)
                ),
                None => format!(
                    "It said goodbye ({reason}) at {since}; no return is expected at any time."
                ),
            });
        }
        if let Some(since) = host.silent_since {
            sentences.push(format!("It has been silent since {}.", self.at(since)));
        }
        sentences.extend(self.plans(host));
        sentences.extend(self.exceptions_of_host(host));
        if let Some(other) = &host.name_also_claimed_by {
            sentences.push(format!(
                "Another host, {other}, claims the name {name} as well; give one of them another name."
            ));
        }
        sentences
    }

    /// What root and the jobs of a host keep from opening now, and what was changed there.
    fn plans(&self, host: &Host) -> Vec<String> {
        let now = |silence: &&Arc<Silence>| silence.state(self.now) == SilenceState::Active;
        let planned = self.state.planned(self.policy, self.now, &host.id);
        let windows = planned.iter().filter(|silence| silence.planned.is_some());
        let holding = self
            .state
            .silences_about(&host.id)
            .filter(now)
            .chain(windows);
        let mut sentences: Vec<String> = holding
            .map(|silence| {
                let (by, why, until) =
                    (&silence.created_by, &silence.comment, self.at(silence.ends_at));
                match silence.origin {
                    Origin::Hold | Origin::Person => {
                        format!("{by} holds it until {until} ({why}): nothing opens, what recovers is closed.")
                    }
                    Origin::Job => format!("Until {until} at most: {why}; that opens nothing."),
                    Origin::Window => {
                        let name = self.window(&silence.id).unwrap_or_default();
                        format!("Window {name:?} of {by} lasts for it until {until} ({why}): nothing opens, what recovers is closed.")
                    }
                }
            })
            .collect();
        let recent = host.changes_since(self.now.before(limits::CHANGES_SHOWN));
        for change in recent.take(limits::CHANGES_TOLD_MAX) {
            sentences.push(format!(
                "Changed at {}: {}.",
                self.at(change.at),
                change.words()
            ));
        }
        sentences
    }

    fn at(&self, time: Timestamp) -> String {
        (self.time)(time)
    }
}
