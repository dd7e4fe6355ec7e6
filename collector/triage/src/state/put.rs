//! Makes alerts, incidents and tickets true in every index.
//!
//! A record mostly takes the place of an older one that most indexes say the same of: what stays
//! the same is not touched. Decides nothing.

use std::cmp::Reverse;
use std::sync::Arc;

use crate::{
    Alert, AlertId, Cause, Impact, Incident, IncidentId, PlaceMark, Severity, Ticket, Timestamp,
};

use super::{State, timers};

impl State {
    pub(super) fn put_alert(&mut self, alert: &Arc<Alert>) {
        let AlertId(id) = alert.id;
        self.counters.alert = self.counters.alert.max(id + 1);
        let before = self.alerts.insert(alert.id, Arc::clone(alert));
        self.index_alert(before.as_deref(), Some(alert));
    }

    pub(super) fn drop_alert(&mut self, id: AlertId) {
        let before = self.alerts.remove(&id);
        self.index_alert(before.as_deref(), None);
    }

    fn index_alert(&mut self, before: Option<&Alert>, now: Option<&Alert>) {
        self.index_identity(before, now);
        self.members
            .swap(before.and_then(member), now.and_then(member));
        self.firing
            .swap(before.and_then(firing), now.and_then(firing));
        self.index_stake(before.and_then(stake), now.and_then(stake));
        self.explaining.swap(
            before.into_iter().flat_map(explaining),
            now.into_iter().flat_map(explaining),
        );
        self.timers.swap(
            before.into_iter().flat_map(timers::of_alert),
            now.into_iter().flat_map(timers::of_alert),
        );
        self.flapping
            .swap(before.and_then(flapping), now.and_then(flapping));
        self.places.swap(before, now);
        self.begun.swap(before, now);
        if let Some(before) = before {
            self.labelled.remove(before);
        }
        if let Some(now) = now {
            self.labelled.insert(now);
        }
    }

    fn index_identity(&mut self, before: Option<&Alert>, now: Option<&Alert>) {
        let identity = now.map(|now| &now.identity);
        if let Some(before) = before.filter(|before| Some(&before.identity) != identity)
            && self.by_identity.get(&before.identity) == Some(&before.id)
        {
            self.by_identity.remove(&before.identity);
        }
        if let Some(now) = now {
            self.by_identity.insert(now.identity.clone(), now.id);
        }
    }

    fn index_stake(&mut self, before: Option<Stake>, now: Option<Stake>) {
        if before == now {
            return;
        }
        if let Some(before) = before
            && let Some(count) = self.stakes.get_mut(&before)
        {
            *count -= 1;
            if *count == 0 {
                self.stakes.remove(&before);
            }
        }
        if let Some(now) = now {
            *self.stakes.get_or_default(now) += 1;
        }
    }

    pub(super) fn put_incident(&mut self, incident: &Arc<Incident>) {
        let IncidentId(id) = incident.id;
        self.counters.incident = self.counters.incident.max(id + 1);
        let before = self.incidents.insert(incident.id, Arc::clone(incident));
        self.index_incident(before.as_deref(), Some(incident));
    }

    pub(super) fn drop_incident(&mut self, id: IncidentId) {
        let before = self.incidents.remove(&id);
        self.index_incident(before.as_deref(), None);
    }

    fn index_incident(&mut self, before: Option<&Incident>, now: Option<&Incident>) {
        let group = |incident: &Incident| (incident.group.clone(), incident.id);
        self.groups.swap(before.map(group), now.map(group));
        let held_of = |incident: Option<&Incident>| incident.filter(|of| is_held(of)).map(held);
        self.suppressed.swap(
            before.filter(|of| is_held(of)).map(|of| of.id),
            now.filter(|of| is_held(of)).map(|of| of.id),
        );
        self.held.swap(
            held_of(before).into_iter().flatten(),
            held_of(now).into_iter().flatten(),
        );
        self.timers.swap(
            before.into_iter().flat_map(timers::of_incident),
            now.into_iter().flat_map(timers::of_incident),
        );
    }

    pub(super) fn put_ticket(&mut self, ticket: &Arc<Ticket>) {
        let of_incident = self.tickets.get_or_default(ticket.incident);
        let at = of_incident.binary_search_by(|known| known.receiver.cmp(&ticket.receiver));
        let before = match at {
            Ok(at) => Some(std::mem::replace(&mut of_incident[at], Arc::clone(ticket))),
            Err(at) => {
                of_incident.reserve_exact(1);
                of_incident.insert(at, Arc::clone(ticket));
                None
            }
        };
        let due = before.and_then(|before| timers::of_ticket(&before));
        self.timers.swap(due, timers::of_ticket(ticket));
    }

    pub(super) fn drop_ticket(&mut self, incident: IncidentId, receiver: &str) {
        let Some(of_incident) = self.tickets.get_mut(&incident) else {
            return;
        };
        let at = of_incident
            .iter()
            .position(|ticket| ticket.receiver == receiver);
        if let Some(at) = at
            && let Some(timer) = timers::of_ticket(&of_incident.remove(at))
        {
            self.timers.remove(&timer);
        }
        if of_incident.is_empty() {
            self.tickets.remove(&incident);
        }
    }
}

/// How much hangs on a place, in an incident.
type Stake = (IncidentId, Impact, PlaceMark);

fn member(alert: &Alert) -> Option<(IncidentId, AlertId)> {
    Some((alert.incident?, alert.id))
}

fn firing(alert: &Alert) -> Option<(IncidentId, Reverse<Severity>, AlertId)> {
    let incident = alert.incident.filter(|_| alert.is_firing())?;
    Some((incident, Reverse(alert.severity), alert.id))
}

fn stake(alert: &Alert) -> Option<Stake> {
    let incident = alert.incident.filter(|_| alert.is_firing())?;
    Some((incident, alert.impact(), alert.identity.place_mark()))
}

fn explaining(alert: &Alert) -> impl Iterator<Item = (Arc<str>, AlertId)> + use<'_> {
    let keys = alert.explains.iter().filter(|_| alert.is_firing());
    keys.map(|key| (Arc::clone(key), alert.id))
}

fn flapping(alert: &Alert) -> Option<(Option<IncidentId>, Timestamp, AlertId)> {
    let flap = alert.turns.flap?;
    Some((alert.incident, flap.until, alert.id))
}

fn is_held(incident: &Incident) -> bool {
    incident.suppressed.is_some() && !incident.phase.is_over()
}

/// What an earlier version suppressed has no causes: any end is worth a look at it.
fn held(incident: &Incident) -> Vec<(Cause, IncidentId)> {
    let causes = incident.causes.iter().cloned();
    let of_members = incident
        .suppressed
        .as_ref()
        .is_some_and(|by| by.cause().is_some());
    match incident.causes.is_empty() && of_members {
        true => vec![(Cause::Many, incident.id)],
        false => causes.map(|cause| (cause, incident.id)).collect(),
    }
}
