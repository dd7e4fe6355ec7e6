//! Keeps everything triage knows, and makes changes true.
//!
//! In: [`Change`]s. Out: look-ups. Every index is derived from the records, so
//! that load + apply is a restart, and a reader's copy is kept current by the
//! same changes. Decides nothing.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    Alert, AlertId, Begun, Cause, Change, DeliveryId, EntityId, GroupKey, Host, Identity, Impact,
    Incident, IncidentId, Labels, PlaceMark, Policy, Severity, Silence, SilenceId, Ticket,
    Timestamp,
};

mod begun;
mod labelled;
mod packed;
mod places;
mod put;
mod records;
mod rulings;
mod silences;
mod timers;

use begun::BegunIndex;
use labelled::LabelIndex;
use packed::Packed;
use places::PlaceIndex;
pub use places::Standing;
use records::Records;
pub(crate) use rulings::is_live;
use silences::SilenceIndex;
pub use timers::Timer;

/// Everything triage knows. Cheap to copy record by record: records are shared.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    now: Timestamp,
    counters: Counters,
    alerts: Packed<AlertId, Arc<Alert>>,
    by_identity: Packed<Identity, AlertId>,
    incidents: Packed<IncidentId, Arc<Incident>>,
    members: Packed<(IncidentId, AlertId)>,
    firing: Packed<(IncidentId, Reverse<Severity>, AlertId)>,
    /// How many firing members of an incident hang so much on this place.
    stakes: Packed<(IncidentId, Impact, PlaceMark), u32>,
    groups: Packed<(GroupKey, IncidentId)>,
    suppressed: Packed<IncidentId>,
    /// What is suppressed by whose end is worth another look.
    held: Packed<(Cause, IncidentId)>,
    begun: BegunIndex,
    /// Alerts that come and go, by incident and by when that is over.
    flapping: Packed<(Option<IncidentId>, Timestamp, AlertId)>,
    /// By receiver; as many as an incident has receivers, so few.
    tickets: Packed<IncidentId, Vec<Arc<Ticket>>>,
    hosts: BTreeMap<EntityId, Arc<Host>>,
    names: BTreeMap<String, BTreeSet<EntityId>>,
    /// Devices, and the hosts whose agents look at them.
    lookers: BTreeSet<(Arc<str>, EntityId)>,
    /// Alerts by the names of places.
    places: PlaceIndex,
    silences: BTreeMap<SilenceId, Arc<Silence>>,
    silence_index: SilenceIndex,
    labelled: LabelIndex,
    records: Records,
    /// What fires, by the keys under which it explains others.
    explaining: Packed<(Arc<str>, AlertId)>,
    timers: Packed<(Timestamp, Timer)>,
}

/// The next numbers to give out. Stored with each commit: numbers are never used twice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Of alerts.
    pub alert: u64,
    /// Of incidents.
    pub incident: u64,
    /// Of deliveries.
    pub delivery: u64,
}

impl Counters {
    /// Where a new installation begins: people count from one.
    pub const FIRST: Counters = Counters {
        alert: 1,
        incident: 1,
        delivery: 1,
    };
}

impl State {
    /// An empty state that continues a store: its last committed time and numbers.
    /// Follow it by [`State::apply`] for each stored record.
    pub fn resume(now: Timestamp, counters: Counters) -> State {
        State {
            now,
            counters,
            ..State::default()
        }
    }

    /// The time of the last change; the next one is not earlier (invariant 1).
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The next numbers to give out.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Moves the time of the last change; never back.
    pub fn advance(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
    }

    /// Makes one change true. Doing it twice changes nothing the second time (invariant 5).
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::PutAlert(alert) => self.put_alert(alert),
            Change::DropAlert(id) => self.drop_alert(*id),
            Change::PutIncident(incident) => self.put_incident(incident),
            Change::ArchiveIncident(id) => self.drop_incident(*id),
            Change::PutTicket(ticket) => self.put_ticket(ticket),
            Change::DropTicket(incident, receiver) => self.drop_ticket(*incident, receiver),
            Change::PutHost(host) => self.put_host(host),
            Change::DropHost(id) => self.drop_host(id),
            Change::PutSilence(silence) => self.put_silence(silence),
            Change::DropSilence(id) => self.drop_silence(id),
            Change::PutAccount(account) => {
                let rule = Arc::clone(&account.rule);
                self.records.accounts.insert(rule, Arc::clone(account));
            }
            Change::DropAccount(rule) => drop(self.records.accounts.remove(rule)),
            Change::PutRecurrence(recurrence) => self.put_recurrence(recurrence),
            Change::DropRecurrence(group) => self.drop_recurrence(group),
            Change::PutDigest(digest) => self.put_digest(digest),
            Change::DropDigest(team) => self.drop_digest(team),
            Change::PutRuling(ruling) => self.put_ruling(ruling),
            Change::DropRuling(id) => self.drop_ruling(id),
            Change::AddDelivery(delivery) => {
                let DeliveryId(id) = delivery.id;
                self.counters.delivery = self.counters.delivery.max(id + 1);
            }
            // What became of a delivery is in its ticket; the row itself is the store's.
            Change::TakeBackDelivery(_) | Change::SettleDelivery(_, _) => {}
        }
    }

    /// Makes a stored record true: like [`State::apply`], and names it has in common with others
    /// stand once.
    pub fn load(&mut self, mut record: Change) {
        if let Change::PutAlert(alert) = &mut record
            && let Some(begun) = Arc::get_mut(alert).and_then(|alert| alert.begun.as_mut())
        {
            self.begun.share(begun);
        }
        self.apply(&record);
    }

    /// What an alert counts for, with the names of those that are the same.
    pub(crate) fn shared(&self, mut begun: Begun) -> Begun {
        self.begun.share(&mut begun);
        begun
    }

    /// Every record, as the change that puts it: applied to [`State::resume`] they make this state again.
    pub fn records(&self) -> impl Iterator<Item = Change> {
        let hosts = self.hosts.values().cloned().map(Change::PutHost);
        let silences = self.silences.values().cloned().map(Change::PutSilence);
        let incidents = self.incidents.values().cloned().map(Change::PutIncident);
        let tickets = self.tickets.values().flatten();
        let tickets = tickets.cloned().map(Change::PutTicket);
        let alerts = self.alerts.values().cloned().map(Change::PutAlert);
        let described = hosts.chain(silences).chain(incidents);
        let accounts = self.accounts().cloned().map(Change::PutAccount);
        let recurrences = self.recurrences().cloned().map(Change::PutRecurrence);
        let digests = self.digests().cloned().map(Change::PutDigest);
        let rulings = self.rulings().cloned().map(Change::PutRuling);
        let records = accounts.chain(recurrences).chain(digests).chain(rulings);
        described.chain(tickets).chain(alerts).chain(records)
    }

    /// An alert by number.
    pub fn alert(&self, id: AlertId) -> Option<&Arc<Alert>> {
        self.alerts.get(&id)
    }

    /// The alert of an identity.
    pub fn alert_of(&self, identity: &Identity) -> Option<&Arc<Alert>> {
        self.by_identity
            .get(identity)
            .and_then(|id| self.alerts.get(id))
    }

    /// All alerts in order of appearance.
    pub fn alerts(&self) -> impl ExactSizeIterator<Item = &Arc<Alert>> + Clone {
        self.alerts.values()
    }

    /// An incident by number.
    pub fn incident(&self, id: IncidentId) -> Option<&Arc<Incident>> {
        self.incidents.get(&id)
    }

    /// All incidents in order of appearance, the recently closed among them.
    pub fn incidents(&self) -> impl ExactSizeIterator<Item = &Arc<Incident>> + Clone {
        self.incidents.values()
    }

    /// The incidents of a group that are still remembered, the newest first.
    pub fn incidents_of(&self, group: &GroupKey) -> impl Iterator<Item = &Arc<Incident>> {
        let from = (group.clone(), IncidentId(0));
        let to = (group.clone(), IncidentId(u64::MAX));
        let newest_first = self.groups.range(from..=to).rev();
        newest_first.filter_map(|((_, id), ())| self.incidents.get(id))
    }

    /// The members of an incident in order of appearance.
    pub fn members(&self, incident: IncidentId) -> impl Iterator<Item = &Arc<Alert>> {
        self.members
            .range((incident, AlertId(0))..=(incident, AlertId(u64::MAX)))
            .filter_map(|((_, id), ())| self.alerts.get(id))
    }

    /// The firing members of an incident, the worst first.
    pub fn firing(&self, incident: IncidentId) -> impl Iterator<Item = &Arc<Alert>> {
        let from = (incident, Reverse(Severity::Critical), AlertId(0));
        self.firing
            .range(from..)
            .take_while(move |((id, _, _), ())| *id == incident)
            .filter_map(|((_, _, id), ())| self.alerts.get(id))
    }

    /// The places of firing members on which so much hangs, and on how many members each.
    /// A place is what [`Identity::place`] says.
    pub fn stakes(
        &self,
        incident: IncidentId,
        impact: Impact,
    ) -> impl Iterator<Item = (PlaceMark, u32)> {
        let from = (incident, impact, PlaceMark::FIRST);
        self.stakes
            .range(from..)
            .take_while(move |((id, much, _), _)| (*id, *much) == (incident, impact))
            .map(|((_, _, place), count)| (*place, *count))
    }

    /// On how many firing members at this place hangs so much.
    pub fn stake(&self, incident: IncidentId, impact: Impact, place: PlaceMark) -> u32 {
        let key = (incident, impact, place);
        self.stakes.get(&key).copied().unwrap_or(0)
    }

    /// The incidents that are kept from telling somebody, in order of appearance.
    pub fn suppressed(&self) -> impl Iterator<Item = &Arc<Incident>> {
        self.suppressed
            .keys()
            .filter_map(|id| self.incidents.get(id))
    }

    /// The incidents worth another look when this ends or changes, in order of appearance.
    pub fn held_by(&self, cause: &Cause) -> impl Iterator<Item = IncidentId> + use<> {
        let of = |cause: &Cause| {
            let from = (cause.clone(), IncidentId(0));
            let to = (cause.clone(), IncidentId(u64::MAX));
            self.held.range(from..=to).map(|((_, id), ())| *id)
        };
        let ids: BTreeSet<IncidentId> = of(cause).chain(of(&Cause::Many)).collect();
        ids.into_iter()
    }

    /// Firing alerts of a team that are this, the newest first, down to `since`.
    pub fn begun_alike(
        &self,
        team: &Arc<str>,
        what: &Arc<str>,
        since: Timestamp,
    ) -> impl Iterator<Item = &Arc<Alert>> {
        let alike = self.begun.alike((team, what), since);
        alike.filter_map(|id| self.alerts.get(&id))
    }

    /// The alerts of a team that began since then, and before this one that began at that time, the
    /// newest first; also what is over.
    pub fn begun_lately(
        &self,
        team: &Arc<str>,
        since: Timestamp,
        before: (Timestamp, AlertId),
    ) -> impl Iterator<Item = &Arc<Alert>> {
        let lately = self.begun.lately(team, (since, before));
        lately.filter_map(|id| self.alerts.get(&id))
    }

    /// The alerts that come and go too often to be believed.
    pub fn flapping(&self) -> impl Iterator<Item = &Arc<Alert>> {
        self.flapping
            .keys()
            .filter_map(|(_, _, id)| self.alerts.get(id))
    }

    /// The members of an incident that come and go, by when that is over.
    pub fn flapping_in(
        &self,
        incident: IncidentId,
    ) -> impl DoubleEndedIterator<Item = &Arc<Alert>> {
        let of = Some(incident);
        let from = (of, Timestamp::MIN, AlertId(0));
        let to = (of, Timestamp::MAX, AlertId(u64::MAX));
        let of_incident = self.flapping.range(from..=to);
        of_incident.filter_map(|((_, _, id), ())| self.alerts.get(id))
    }

    /// The ticket of an incident at a receiver.
    pub fn ticket(&self, incident: IncidentId, receiver: &str) -> Option<&Arc<Ticket>> {
        self.tickets(incident)
            .find(|ticket| ticket.receiver == receiver)
    }

    /// The tickets of an incident by receiver.
    pub fn tickets(&self, incident: IncidentId) -> impl Iterator<Item = &Arc<Ticket>> {
        self.tickets.get(&incident).into_iter().flatten()
    }

    /// A host by id.
    pub fn host(&self, id: &EntityId) -> Option<&Arc<Host>> {
        self.hosts.get(id)
    }

    /// All hosts in order of id.
    pub fn hosts(&self) -> impl ExactSizeIterator<Item = &Arc<Host>> + Clone {
        self.hosts.values()
    }

    /// The hosts that claim a name, in order of id.
    pub fn hosts_named(&self, name: &str) -> impl Iterator<Item = &Arc<Host>> {
        self.names
            .get(name)
            .into_iter()
            .flatten()
            .filter_map(|id| self.hosts.get(id))
    }

    /// The alerts that fire and explain others under this key, in order of appearance.
    pub fn explaining(&self, key: &str) -> impl Iterator<Item = AlertId> + use<'_> {
        let key: Arc<str> = Arc::from(key);
        let from = (Arc::clone(&key), AlertId(0));
        let known = self.explaining.range(from..);
        let known = known.take_while(move |((known, _), ())| *known == key);
        known.map(|((_, id), ())| *id)
    }

    /// The alerts that explain this one by a policy, each once. They are the reason why it does not
    /// open where it is not open already.
    pub fn explained_by(&self, policy: &Policy, alert: &Alert) -> BTreeSet<AlertId> {
        crate::explaining::explained_by(policy, alert, |key| self.explaining(key).next())
    }

    /// The silences that may match this alert, and some that do not: ask each.
    pub fn silences_for<'a>(&'a self, alert: &'a Alert) -> impl Iterator<Item = &'a Arc<Silence>> {
        self.silences_matching(&alert.about.labels, alert.identity.entity_id())
    }

    /// The silences that may match what has these labels and is about this entity, and some that do
    /// not: ask each.
    pub fn silences_matching<'a>(
        &'a self,
        labels: &'a Labels,
        entity: Option<&'a str>,
    ) -> impl Iterator<Item = &'a Arc<Silence>> {
        self.silence_index
            .candidates(labels, entity)
            .filter_map(|id| self.silences.get(id))
    }

    /// The silences that are about one entity alone.
    pub fn silences_about(&self, entity: &EntityId) -> impl Iterator<Item = &Arc<Silence>> {
        self.silence_index
            .about(entity.as_str())
            .filter_map(|id| self.silences.get(id))
    }

    /// A silence by id.
    pub fn silence(&self, id: &SilenceId) -> Option<&Arc<Silence>> {
        self.silences.get(id)
    }

    /// All silences that are remembered.
    pub fn silences(&self) -> impl ExactSizeIterator<Item = &Arc<Silence>> + Clone {
        self.silences.values()
    }

    /// The earliest time at which a tick would decide anything.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// Timers due at `now`, the earliest first.
    pub fn due(&self, now: Timestamp) -> impl Iterator<Item = (Timestamp, &Timer)> {
        self.timers
            .keys()
            .take_while(move |(at, _)| *at <= now)
            .map(|(at, timer)| (*at, timer))
    }

    fn put_host(&mut self, host: &Arc<Host>) {
        self.drop_host(&host.id);
        self.names
            .entry(host.facts.name.clone())
            .or_default()
            .insert(host.id.clone());
        for look in &host.looks {
            let device = Arc::clone(&look.device);
            self.lookers.insert((device, host.id.clone()));
        }
        self.hosts.insert(host.id.clone(), Arc::clone(host));
    }

    fn drop_host(&mut self, id: &EntityId) {
        let Some(host) = self.hosts.remove(id) else {
            return;
        };
        for look in &host.looks {
            let device = Arc::clone(&look.device);
            self.lookers.remove(&(device, id.clone()));
        }
        if let Some(of_name) = self.names.get_mut(&host.facts.name) {
            of_name.remove(id);
            if of_name.is_empty() {
                self.names.remove(&host.facts.name);
            }
        }
    }

    fn put_silence(&mut self, silence: &Arc<Silence>) {
        // Before the former one goes: what is asked for by both stays.
        self.ask_for(silence);
        self.drop_silence(&silence.id);
        self.silence_index.insert(silence);
        self.timers.extend(timers::of_silence(silence));
        self.silences
            .insert(silence.id.clone(), Arc::clone(silence));
    }

    fn drop_silence(&mut self, id: &SilenceId) {
        if let Some(silence) = self.silences.remove(id) {
            self.silence_index.remove(&silence);
            self.ask_no_more(&silence);
            for timer in timers::of_silence(&silence) {
                self.timers.remove(&timer);
            }
        }
    }
}
