//! Keeps the tickets that one engine's decisions make, and whose alerts they are about.
//!
//! In: decisions in order. Out: each incident that was told for the first time. An alert is known
//! by its identity and when it began to fire: numbers of two engines do not agree.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use vedette_triage::{
    Alert, AlertId, Change, Command, Decision, Identity, Incident, IncidentId, Phase, Severity,
    State, Timestamp,
};

use super::attended::{Attended, What};

/// One time an alert fired.
pub(super) type Firing = (Identity, Timestamp);

/// The tickets of one engine.
#[derive(Debug, Default)]
pub(super) struct Book {
    /// Told before it begins.
    known: BTreeSet<IncidentId>,
    pub(super) tickets: BTreeMap<IncidentId, Opened>,
    alerts: BTreeMap<AlertId, Arc<Alert>>,
    firings: BTreeMap<IncidentId, BTreeSet<Firing>>,
    acted: BTreeSet<IncidentId>,
}

/// An incident that was told.
#[derive(Debug, Clone)]
pub(super) struct Opened {
    /// When.
    pub(super) at: Timestamp,
    /// How bad it was then.
    pub(super) severity: Severity,
    /// As it was last.
    pub(super) incident: Arc<Incident>,
    /// The rule of its leader, or the name of an alert from outside.
    pub(super) rule: String,
}

impl Book {
    /// What was told before is not counted again.
    pub(super) fn begin(&mut self, state: &State) {
        let told = state.incidents().filter(|incident| is_told(incident));
        self.known.extend(told.map(|incident| incident.id));
        for alert in state.alerts() {
            self.put_alert(alert);
        }
    }

    /// Writes down what a decision makes of incidents.
    pub(super) fn hear(&mut self, decision: &Decision) {
        // Alerts first: of a leader that is put beside its incident the rule is known.
        for change in &decision.changes {
            if let Change::PutAlert(alert) = change {
                self.put_alert(alert);
            }
        }
        for change in &decision.changes {
            if let Change::PutIncident(incident) = change {
                self.put_incident(incident, decision.at);
            }
        }
    }

    /// A person, or the ticket system, did something about an incident.
    pub(super) fn acted(&mut self, command: &Command) {
        let mut command = command.clone();
        let incidents = command.incidents_mut();
        self.acted.extend(incidents.into_iter().map(|id| *id));
    }

    /// People did something about these in earnest: as if about the tickets here that are about them
    /// then.
    pub(super) fn acted_meanwhile(&mut self, all: &[Attended], end: Timestamp) {
        for (id, opened) in &self.tickets {
            let over = opened.incident.cleared_at.or(opened.incident.closed_at);
            let (begin, end) = (opened.incident.started_at, over.unwrap_or(end));
            let is_about = |attended: &Attended| {
                let mut firings = self.firings.get(id).into_iter().flatten();
                let is_it = match &attended.what {
                    What::Alert(identity) => firings.any(|firing| firing.0 == *identity),
                    What::Group(group) => opened.incident.group == *group,
                    What::Rule(rule) => firings.any(|firing| firing.0.rule() == Some(rule)),
                };
                begin <= attended.to && attended.from <= end && is_it
            };
            if all.iter().any(is_about) {
                self.acted.insert(*id);
            }
        }
    }

    /// Whether anybody did something about it.
    pub(super) fn is_acted_on(&self, id: IncidentId) -> bool {
        self.acted.contains(&id)
    }

    /// The alerts that fired in it.
    pub(super) fn firings(&self, id: IncidentId) -> impl Iterator<Item = &Firing> {
        self.firings.get(&id).into_iter().flatten()
    }

    fn put_alert(&mut self, alert: &Arc<Alert>) {
        if let (Some(incident), true) = (alert.incident, alert.is_firing()) {
            let firing = (alert.identity.clone(), alert.starts_at);
            self.firings.entry(incident).or_default().insert(firing);
        }
        self.alerts.insert(alert.id, Arc::clone(alert));
    }

    fn put_incident(&mut self, incident: &Arc<Incident>, at: Timestamp) {
        if !is_told(incident) || incident.drill.is_some() || self.known.contains(&incident.id) {
            return;
        }
        let rule = || {
            self.alerts
                .get(&incident.leader)
                .map_or("", |alert| rule(alert))
                .to_owned()
        };
        match self.tickets.get_mut(&incident.id) {
            Some(opened) => opened.incident = Arc::clone(incident),
            None => {
                let opened = Opened {
                    at,
                    severity: incident.severity,
                    incident: Arc::clone(incident),
                    rule: rule(),
                };
                self.tickets.insert(incident.id, opened);
            }
        }
    }
}

fn is_told(incident: &Incident) -> bool {
    incident.opened_at.is_some() && incident.phase != Phase::Pending
}

fn rule(alert: &Alert) -> &str {
    let name = alert.about.labels.get("alertname");
    alert.identity.rule().or(name).unwrap_or_default()
}
