//! Writes down what became of the week: every ticket from its opening to its end, and which
//! alerts it was about.
//!
//! In: what the engine decided, and when the desk did it. Out: [`TicketRecord`]s. Judges nothing.

use std::collections::BTreeMap;

use vedette_triage::{
    Action, Alert, AlertId, Close, Delivery, DeliveryId, Handling, Incident, IncidentId, Priority,
    Timestamp,
};

/// A ticket, as its receiver knows it.
#[derive(Debug, Clone)]
pub(crate) struct TicketRecord {
    pub(crate) incident: IncidentId,
    pub(crate) receiver: String,
    /// When it was decided; the desk may have been away.
    pub(crate) opened: Timestamp,
    pub(crate) opened_by: DeliveryId,
    pub(crate) done: Option<Timestamp>,
    pub(crate) closed: Option<Timestamp>,
    pub(crate) reopened: u32,
    pub(crate) updates: u32,
    pub(crate) title: String,
    pub(crate) rule: String,
    pub(crate) team: String,
    pub(crate) priority: Priority,
    pub(crate) handling: Handling,
    pub(crate) places: u32,
    pub(crate) values: Vec<(String, f64)>,
}

/// An alert that was a member of an incident.
#[derive(Debug, Clone)]
pub(crate) struct MemberRecord {
    pub(crate) rule: String,
    pub(crate) place: String,
    pub(crate) title: String,
    pub(crate) starts_at: Timestamp,
}

/// Everything that was written down.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    tickets: BTreeMap<(IncidentId, String), TicketRecord>,
    members: BTreeMap<IncidentId, BTreeMap<AlertId, MemberRecord>>,
    merged: BTreeMap<IncidentId, IncidentId>,
    handling: BTreeMap<IncidentId, Handling>,
    /// By rule: how often an alert of it began.
    fired: BTreeMap<String, u32>,
}

impl Journal {
    pub(crate) fn told(&mut self, delivery: &Delivery) {
        let key = (delivery.incident, delivery.receiver.clone());
        let facts = &delivery.facts;
        match delivery.action {
            Action::Open => {
                let record = TicketRecord {
                    incident: delivery.incident,
                    receiver: delivery.receiver.clone(),
                    opened: delivery.created_at,
                    opened_by: delivery.id,
                    done: None,
                    closed: None,
                    reopened: 0,
                    updates: 0,
                    title: title(delivery),
                    rule: facts.rule.clone(),
                    team: facts.team.clone(),
                    priority: facts.priority,
                    handling: facts.handling,
                    places: facts.together.as_ref().map_or(1, |many| many.places),
                    values: facts.values.clone(),
                };
                self.tickets.insert(key, record);
            }
            Action::Reopen => self.turn(&key, |ticket| {
                ticket.closed = None;
                ticket.reopened += 1;
            }),
            Action::Resolve => self.turn(&key, |ticket| ticket.closed = Some(delivery.created_at)),
            Action::Update => self.turn(&key, |ticket| {
                ticket.updates += 1;
                ticket.priority = ticket.priority.min(facts.priority);
            }),
            Action::Note | Action::Acknowledge | Action::Escalate => {}
        }
    }

    /// An opening that nobody was told of was none.
    pub(crate) fn taken_back(&mut self, id: DeliveryId) {
        self.tickets.retain(|_, ticket| ticket.opened_by != id);
    }

    pub(crate) fn done(&mut self, now: Timestamp, delivery: &Delivery) {
        let key = (delivery.incident, delivery.receiver.clone());
        if delivery.action == Action::Open {
            self.turn(&key, |ticket| ticket.done = Some(now));
        }
    }

    pub(crate) fn alert(&mut self, alert: &Alert) {
        let rule = alert.identity.rule().unwrap_or("").to_owned();
        if alert.is_firing() && alert.starts_at == alert.fresh_at {
            *self.fired.entry(rule.clone()).or_default() += 1;
        }
        let Some(incident) = alert.incident else {
            return;
        };
        let record = MemberRecord {
            rule,
            place: alert.place().unwrap_or("").to_owned(),
            title: alert.about.title.clone(),
            starts_at: alert.starts_at,
        };
        let members = self.members.entry(incident).or_default();
        // What it began with is what it is judged by.
        members.entry(alert.id).or_insert(record);
    }

    pub(crate) fn incident(&mut self, incident: &Incident) {
        self.handling.insert(incident.id, incident.handling);
        if let Some(Close::Merged { into, .. }) = incident.close.as_deref() {
            self.merged.insert(incident.id, *into);
        }
    }

    /// All tickets, in the order in which they were opened.
    pub(crate) fn tickets(&self) -> Vec<&TicketRecord> {
        let mut tickets: Vec<&TicketRecord> = self.tickets.values().collect();
        tickets.sort_by_key(|ticket| (ticket.opened, ticket.incident));
        tickets
    }

    /// Every alert that was ever part of an incident.
    pub(crate) fn members(&self, incident: IncidentId) -> impl Iterator<Item = &MemberRecord> {
        self.members
            .get(&incident)
            .into_iter()
            .flat_map(BTreeMap::values)
    }

    /// Every incident with its members, told or not, and what it was worth.
    pub(crate) fn incidents(
        &self,
    ) -> impl Iterator<Item = (IncidentId, Handling, &BTreeMap<AlertId, MemberRecord>)> {
        self.members.iter().map(|(id, members)| {
            let handling = self.handling.get(id).copied().unwrap_or(Handling::Watch);
            (*id, handling, members)
        })
    }

    /// The incident in which it goes on, if it was merged into another.
    pub(crate) fn goes_on_in(&self, incident: IncidentId) -> Option<IncidentId> {
        self.merged.get(&incident).copied()
    }

    /// How often alerts of each rule began.
    pub(crate) fn fired(&self) -> &BTreeMap<String, u32> {
        &self.fired
    }

    fn turn(&mut self, key: &(IncidentId, String), turn: impl FnOnce(&mut TicketRecord)) {
        if let Some(ticket) = self.tickets.get_mut(key) {
            turn(ticket);
        }
    }
}

fn title(delivery: &Delivery) -> String {
    let facts = &delivery.facts;
    let host = facts.host.as_ref().map(|host| format!("{}: ", host.name));
    format!("{}{}", host.unwrap_or_default(), facts.title)
}
