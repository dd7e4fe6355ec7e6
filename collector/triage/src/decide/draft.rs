//! Keeps what a decision has changed so far, over a state it does not touch.
//!
//! In: the state before, and records put or dropped. Out: the records as they are
//! by now, and in the end a [`Decision`] that names each changed record once.
//! Decides nothing.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::{
    Action, Alert, AlertId, Answer, Change, Counters, Decision, Delivery, DeliveryId, EntityId,
    Entry, Facts, Fate, GroupKey, Host, Identity, Impact, Incident, IncidentId, Labels, Outcome,
    PlaceMark, Policy, Reason, Ruling, RulingId, Silence, SilenceId, State, Tally, Ticket,
    Timestamp,
};

use super::ledger::Ledger;

mod places;
mod rulings;

/// A decision in the making.
pub(super) struct Draft<'a> {
    pub(super) state: &'a State,
    pub(super) now: Timestamp,
    pub(super) policy: &'a Policy,
    counters: Counters,
    alerts: BTreeMap<AlertId, Option<Alert>>,
    /// Changed alerts that fire, by the keys under which they explain others.
    explaining: BTreeSet<(Arc<str>, AlertId)>,
    /// Changed alerts by the name of the place they are or were at.
    placed: BTreeSet<(Arc<str>, AlertId)>,
    /// Changed alerts by every incident they were or are members of.
    touched: BTreeMap<IncidentId, BTreeSet<AlertId>>,
    incidents: BTreeMap<IncidentId, Option<Incident>>,
    /// New incidents by group, the newest.
    made: BTreeMap<GroupKey, IncidentId>,
    archived: Vec<Incident>,
    tickets: BTreeMap<(IncidentId, String), Option<Ticket>>,
    hosts: BTreeMap<EntityId, Host>,
    silences: BTreeMap<SilenceId, Option<Silence>>,
    rulings: BTreeMap<RulingId, Option<Ruling>>,
    deliveries: Vec<Arc<Delivery>>,
    taken_back: Vec<DeliveryId>,
    settled: Vec<(DeliveryId, Fate)>,
    entries: Vec<Entry>,
    tallies: BTreeMap<(Outcome, bool), u32>,
    answer: Answer,
    is_uncounted: bool,
    pub(super) ledger: Ledger,
}

impl<'a> Draft<'a> {
    pub(super) fn new(state: &'a State, now: Timestamp, policy: &'a Policy) -> Draft<'a> {
        Draft {
            state,
            now,
            policy,
            counters: state.counters(),
            alerts: BTreeMap::new(),
            explaining: BTreeSet::new(),
            placed: BTreeSet::new(),
            touched: BTreeMap::new(),
            incidents: BTreeMap::new(),
            made: BTreeMap::new(),
            archived: Vec::new(),
            tickets: BTreeMap::new(),
            hosts: BTreeMap::new(),
            silences: BTreeMap::new(),
            rulings: BTreeMap::new(),
            deliveries: Vec::new(),
            taken_back: Vec::new(),
            settled: Vec::new(),
            entries: Vec::new(),
            tallies: BTreeMap::new(),
            answer: Answer::Done,
            is_uncounted: false,
            ledger: Ledger::default(),
        }
    }

    /// Each record that is not what it was, once; then what is to be told and what is over.
    pub(super) fn finish(self) -> Decision {
        let mut changes = Vec::new();
        let mut drops = Vec::new();
        let (state, now) = (self.state, self.now);
        changes.extend(self.hosts.into_iter().filter_map(|(id, host)| {
            let same = state.host(&id).is_some_and(|before| **before == host);
            (!same).then(|| Change::PutHost(Arc::new(host)))
        }));
        for (id, silence) in self.silences {
            match silence {
                Some(silence) => changes.push(Change::PutSilence(Arc::new(silence))),
                None => drops.push(Change::DropSilence(id)),
            }
        }
        for (id, ruling) in self.rulings {
            match ruling {
                Some(ruling) => changes.push(Change::PutRuling(Arc::new(ruling))),
                None => drops.push(Change::DropRuling(id)),
            }
        }
        for (id, alert) in self.alerts {
            match alert {
                Some(mut alert) => {
                    if state.alert(id).is_none_or(|before| **before != alert) {
                        alert.updated_at = now;
                        changes.push(Change::PutAlert(Arc::new(alert)));
                    }
                }
                None => drops.push(Change::DropAlert(id)),
            }
        }
        for ((incident, receiver), ticket) in self.tickets {
            match ticket {
                Some(ticket) => {
                    let before = state.ticket(incident, &receiver);
                    if before.is_none_or(|before| **before != ticket) {
                        changes.push(Change::PutTicket(Arc::new(ticket)));
                    }
                }
                None => drops.push(Change::DropTicket(incident, receiver)),
            }
        }
        for mut incident in self.archived {
            if state
                .incident(incident.id)
                .is_none_or(|before| **before != incident)
            {
                incident.updated_at = now;
                changes.push(Change::PutIncident(Arc::new(incident)));
            }
        }
        for (id, incident) in self.incidents {
            match incident {
                Some(mut incident) => {
                    if state.incident(id).is_none_or(|before| **before != incident) {
                        incident.updated_at = now;
                        changes.push(Change::PutIncident(Arc::new(incident)));
                    }
                }
                None => drops.push(Change::ArchiveIncident(id)),
            }
        }
        self.ledger.finish(state, &mut changes, &mut drops);
        changes.extend(self.deliveries.into_iter().map(Change::AddDelivery));
        changes.extend(self.taken_back.into_iter().map(Change::TakeBackDelivery));
        changes.extend(
            self.settled
                .into_iter()
                .map(|(id, fate)| Change::SettleDelivery(id, fate)),
        );
        changes.append(&mut drops);
        let tally = |((outcome, drill), count)| Tally {
            outcome,
            drill,
            count,
        };
        Decision {
            at: now,
            changes,
            entries: self.entries,
            tallies: self.tallies.into_iter().map(tally).collect(),
            answer: self.answer,
        }
    }

    pub(super) fn answer(&mut self, answer: Answer) {
        self.answer = answer;
    }

    pub(super) fn tally(&mut self, outcome: Outcome, drill: bool, count: u32) {
        if count > 0 {
            *self.tallies.entry((outcome, drill)).or_default() += count;
        }
    }

    /// Counts how a signal ended, unless it is none of its own.
    pub(super) fn tally_signal(&mut self, outcome: Outcome, drill: bool, count: u32) {
        self.tally(outcome, drill, count * self.counts());
    }

    /// How many signals the one that is decided now counts for: none where something else led to it.
    pub(super) fn counts(&self) -> u32 {
        u32::from(!self.is_uncounted)
    }

    /// Decides a signal that nobody sent; it is not counted.
    pub(super) fn uncounted(&mut self, is_uncounted: bool, decide: impl FnOnce(&mut Self)) {
        let before = self.is_uncounted;
        self.is_uncounted = is_uncounted || before;
        decide(self);
        self.is_uncounted = before;
    }

    /// A line about an incident as a whole.
    pub(super) fn note(&mut self, incident: IncidentId, reason: Reason) {
        self.entries.push(Entry {
            incident: Some(incident),
            alert: None,
            host: None,
            reason,
        });
    }

    /// A line about an alert, in the timeline of its incident if it has one.
    pub(super) fn note_alert(&mut self, alert: &Alert, reason: Reason) {
        self.entries.push(Entry {
            incident: alert.incident,
            alert: Some(alert.id),
            host: alert.identity.entity(),
            reason,
        });
    }

    /// A line about a host, or about nothing in particular.
    pub(super) fn note_host(&mut self, host: Option<&EntityId>, reason: Reason) {
        self.entries.push(Entry {
            incident: None,
            alert: None,
            host: host.cloned(),
            reason,
        });
    }

    pub(super) fn new_alert_id(&mut self) -> AlertId {
        let id = AlertId(self.counters.alert);
        self.counters.alert += 1;
        id
    }

    pub(super) fn new_incident_id(&mut self) -> IncidentId {
        let id = IncidentId(self.counters.incident);
        self.counters.incident += 1;
        id
    }

    /// The id the next new incident gets.
    pub(super) fn next_incident_id(&self) -> IncidentId {
        IncidentId(self.counters.incident)
    }

    pub(super) fn alert(&self, id: AlertId) -> Option<&Alert> {
        match self.alerts.get(&id) {
            Some(changed) => changed.as_ref(),
            None => self.state.alert(id).map(|alert| &**alert),
        }
    }

    /// The alert of an identity as it was; no decision asks for one it has just renamed.
    pub(super) fn alert_of(&self, identity: &Identity) -> Option<&Alert> {
        self.state
            .alert_of(identity)
            .and_then(|alert| self.alert(alert.id))
    }

    /// The alert of an identity as it is by now, one that has just begun among them.
    pub(super) fn alert_now(&self, identity: &Identity) -> Option<&Alert> {
        let changed = self.alerts.values().flatten();
        let mut changed = changed.filter(|alert| alert.identity == *identity);
        self.alert_of(identity).or_else(|| changed.next_back())
    }

    pub(super) fn put_alert(&mut self, alert: Alert) {
        let before = self.alert(alert.id).and_then(|before| before.incident);
        for incident in before.into_iter().chain(alert.incident) {
            self.touched.entry(incident).or_default().insert(alert.id);
        }
        self.forget_explaining(alert.id);
        if alert.is_firing() {
            let keys = alert.explains.iter();
            let keys = keys.map(|key| (Arc::clone(key), alert.id));
            self.explaining.extend(keys);
        }
        if let Some(place) = alert.place() {
            self.placed.insert((Arc::from(place), alert.id));
        }
        self.alerts.insert(alert.id, Some(alert));
    }

    fn forget_explaining(&mut self, id: AlertId) {
        if let Some(Some(before)) = self.alerts.get(&id) {
            for key in &before.explains {
                self.explaining.remove(&(Arc::clone(key), id));
            }
        }
    }

    /// The first alert that fires and explains others under this key.
    pub(super) fn explaining(&self, key: &Arc<str>) -> Option<AlertId> {
        let known = self.state.explaining(key);
        let mut known = known.filter(|id| !self.alerts.contains_key(id));
        let from = (Arc::clone(key), AlertId(0));
        let changed = self.explaining.range(from..).next();
        let changed = changed.filter(|(of, _)| of == key).map(|(_, id)| *id);
        known.next().into_iter().chain(changed).min()
    }

    pub(super) fn drop_alert(&mut self, id: AlertId) {
        if let Some(incident) = self.alert(id).and_then(|alert| alert.incident) {
            self.touched.entry(incident).or_default().insert(id);
        }
        self.forget_explaining(id);
        self.alerts.insert(id, None);
    }

    pub(super) fn incident(&self, id: IncidentId) -> Option<&Incident> {
        match self.incidents.get(&id) {
            Some(changed) => changed.as_ref(),
            None => self.state.incident(id).map(|incident| &**incident),
        }
    }

    pub(super) fn put_incident(&mut self, incident: Incident) {
        if self.state.incident(incident.id).is_none() {
            let newest = self
                .made
                .entry(incident.group.clone())
                .or_insert(incident.id);
            *newest = incident.id.max(*newest);
        }
        self.incidents.insert(incident.id, Some(incident));
    }

    /// The newest incident of a group that is still remembered.
    pub(super) fn newest_of(&self, group: &GroupKey) -> Option<&Incident> {
        let made = self.made.get(group).copied();
        let known = || self.state.incidents_of(group).next().map(|known| known.id);
        made.or_else(known).and_then(|id| self.incident(id))
    }

    /// Forgets an incident; the store keeps it as it is given here.
    pub(super) fn archive_incident(&mut self, last: Incident) {
        self.incidents.insert(last.id, None);
        self.archived.push(last);
    }

    pub(super) fn ticket(&self, incident: IncidentId, receiver: &str) -> Option<&Ticket> {
        match self.tickets.get(&(incident, receiver.to_owned())) {
            Some(changed) => changed.as_ref(),
            None => self
                .state
                .ticket(incident, receiver)
                .map(|ticket| &**ticket),
        }
    }

    /// The tickets of an incident by receiver; as many as it has receivers, so few.
    pub(super) fn tickets(&self, incident: IncidentId) -> Vec<Ticket> {
        let mut tickets: BTreeMap<&str, &Ticket> = self
            .state
            .tickets(incident)
            .map(|ticket| (ticket.receiver.as_str(), &**ticket))
            .collect();
        let from = (incident, String::new());
        let changed = self.tickets.range(from..);
        for ((_, receiver), ticket) in changed.take_while(|((of, _), _)| *of == incident) {
            match ticket {
                Some(ticket) => tickets.insert(receiver, ticket),
                None => tickets.remove(receiver.as_str()),
            };
        }
        tickets.into_values().cloned().collect()
    }

    pub(super) fn put_ticket(&mut self, ticket: Ticket) {
        let key = (ticket.incident, ticket.receiver.clone());
        self.tickets.insert(key, Some(ticket));
    }

    pub(super) fn drop_ticket(&mut self, incident: IncidentId, receiver: String) {
        self.tickets.insert((incident, receiver), None);
    }

    pub(super) fn put_host(&mut self, host: Host) {
        self.hosts.insert(host.id.clone(), host);
    }

    pub(super) fn silence(&self, id: &SilenceId) -> Option<&Silence> {
        match self.silences.get(id) {
            Some(changed) => changed.as_ref(),
            None => self.state.silence(id).map(|silence| &**silence),
        }
    }

    pub(super) fn put_silence(&mut self, silence: Silence) {
        self.silences.insert(silence.id.clone(), Some(silence));
    }

    pub(super) fn drop_silence(&mut self, id: SilenceId) {
        self.silences.insert(id, None);
    }

    /// The silences that hold now for this alert.
    pub(super) fn silences_of<'s>(&'s self, alert: &'s Alert) -> impl Iterator<Item = &'s Silence> {
        self.silences_on(&alert.about.labels, alert.identity.entity_id())
    }

    /// The silences that hold now for what has these labels and is about this entity.
    pub(super) fn silences_on<'s>(
        &'s self,
        labels: &'s Labels,
        entity: Option<&'s str>,
    ) -> impl Iterator<Item = &'s Silence> {
        let known = self
            .state
            .silences_matching(labels, entity)
            .filter(|silence| !self.silences.contains_key(&silence.id))
            .map(|silence| &**silence);
        let changed = self.silences.values().flatten();
        known
            .chain(changed)
            .filter(move |silence| silence.holds(self.now, labels, entity))
    }

    /// The firing members of an incident, the worst first.
    pub(super) fn firing(&self, incident: IncidentId) -> impl Iterator<Item = &Alert> {
        let order = |alert: &Alert| (Reverse(alert.severity), alert.id);
        let mut changed: Vec<&Alert> = self
            .changed_members(incident)
            .filter(|alert| alert.is_firing())
            .collect();
        changed.sort_by_key(|alert| order(alert));
        let mut changed = changed.into_iter().peekable();
        let mut known = self
            .state
            .firing(incident)
            .map(|alert| &**alert)
            .filter(|alert| !self.alerts.contains_key(&alert.id))
            .peekable();
        std::iter::from_fn(move || match (known.peek(), changed.peek()) {
            (Some(one), Some(other)) if order(other) < order(one) => changed.next(),
            (Some(_), _) => known.next(),
            (None, _) => changed.next(),
        })
    }

    /// The members of an incident that do not fire.
    pub(super) fn clear_members(&self, incident: IncidentId) -> impl Iterator<Item = &Alert> {
        self.state
            .members(incident)
            .map(|alert| &**alert)
            .filter(|alert| !self.alerts.contains_key(&alert.id))
            .chain(self.changed_members(incident))
            .filter(|alert| !alert.is_firing())
    }

    fn changed_members(&self, incident: IncidentId) -> impl Iterator<Item = &Alert> {
        self.touched
            .get(&incident)
            .into_iter()
            .flatten()
            .filter_map(|id| self.alerts.get(id)?.as_ref())
            .filter(move |alert| alert.incident == Some(incident))
    }

    /// Until when a member of an incident comes and goes, if any does.
    pub(super) fn flapping_until(&self, incident: IncidentId) -> Option<Timestamp> {
        let until = |alert: &Alert| alert.turns.flap.map(|flap| flap.until);
        let mut known = self.state.flapping_in(incident).rev();
        let known = known.find(|alert| !self.alerts.contains_key(&alert.id));
        let changed = self.changed_members(incident).filter_map(until).max();
        known.and_then(|alert| until(alert)).max(changed)
    }

    /// The places of firing members on which so much hangs, in no order, each once.
    pub(super) fn places(
        &self,
        incident: IncidentId,
        impact: Impact,
    ) -> impl Iterator<Item = PlaceMark> {
        let mut changed: BTreeMap<PlaceMark, i64> = BTreeMap::new();
        let mut count = |alert: &Alert, by: i64| {
            if alert.incident == Some(incident) && alert.is_firing() && alert.impact() == impact {
                *changed.entry(alert.identity.place_mark()).or_default() += by;
            }
        };
        for id in self.touched.get(&incident).into_iter().flatten() {
            if let Some(before) = self.state.alert(*id) {
                count(before, -1);
            }
            if let Some(alert) = self.alert(*id) {
                count(alert, 1);
            }
        }
        let fresh: Vec<PlaceMark> = changed
            .iter()
            .filter(|(place, by)| **by > 0 && self.state.stake(incident, impact, **place) == 0)
            .map(|(place, _)| *place)
            .collect();
        let known = self.state.stakes(incident, impact);
        let left = known.filter(move |(place, count)| {
            i64::from(*count) + changed.get(place).copied().unwrap_or(0) > 0
        });
        left.map(|(place, _)| place).chain(fresh)
    }

    /// Gives a ticket its next delivery. What it tells is what is so now.
    pub(super) fn deliver(&mut self, ticket: &mut Ticket, action: Action, facts: Facts) {
        let id = DeliveryId(self.counters.delivery);
        self.counters.delivery += 1;
        ticket.last_seq += 1;
        ticket.outstanding.push((id, ticket.last_seq, action));
        self.note(
            ticket.incident,
            Reason::Told {
                delivery: id,
                receiver: ticket.receiver.clone(),
                action,
            },
        );
        self.deliveries.push(Arc::new(Delivery {
            id,
            incident: ticket.incident,
            receiver: ticket.receiver.clone(),
            seq: ticket.last_seq,
            action,
            ticket_key: ticket.key.clone(),
            created_at: self.now,
            facts: Arc::new(facts),
        }));
    }

    /// Takes back what waits behind something else; nobody has tried to tell it.
    pub(super) fn take_back(&mut self, ticket: &mut Ticket, at: usize) {
        let (delivery, _, action) = ticket.outstanding.remove(at);
        self.taken_back.push(delivery);
        self.note(
            ticket.incident,
            Reason::TakenBack {
                delivery,
                receiver: ticket.receiver.clone(),
                action,
            },
        );
    }

    pub(super) fn settle(&mut self, delivery: DeliveryId, fate: Fate) {
        self.settled.push((delivery, fate));
    }
}
