//! Keeps everything in memory, for tests: forgets on drop, fails on request.
//!
//! Makes the promises of every store, and is short enough to be believed: other
//! stores are compared with it. Clones share what is kept, as a writer and a
//! reader of one file do.

mod recorded;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use vedette_triage::{
    AlertId, Change, Delivery, DeliveryId, Fate, Incident, IncidentId, State, Ticket, Timestamp,
};

use self::recorded::Recorded;
use super::{
    ANSWERS_MAX, Answers, Backlog, Batch, DeliveryRow, Due, FORGOTTEN_MAX, Keepsake, Limits, Line,
    Loaded, Question, Retry, Standing, Store, StoreError, record,
};

/// A store that lives as long as its last clone.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    kept: Arc<Mutex<Kept>>,
    faults: Arc<Mutex<Faults>>,
    /// The run of the collector that loaded through this value; zero before.
    epoch: u64,
}

#[derive(Debug, Default)]
struct Kept {
    loaded: Loaded,
    state: State,
    archived: BTreeMap<IncidentId, (Timestamp, Arc<Incident>)>,
    archived_tickets: BTreeMap<(IncidentId, String), Arc<Ticket>>,
    deliveries: BTreeMap<DeliveryId, Row>,
    timeline: Vec<Line>,
    recorded: Recorded,
    /// Ends that were written behind since their alert was put.
    ends: BTreeMap<AlertId, Timestamp>,
}

#[derive(Debug)]
struct Row {
    delivery: Arc<Delivery>,
    standing: Standing,
    at: Timestamp,
    attempts: u32,
    epoch: u64,
    unknown_since: Option<Timestamp>,
    answer: String,
}

#[derive(Debug, Default)]
struct Faults {
    next: Option<StoreError>,
    next_load: Option<StoreError>,
    after_writing: bool,
    away: bool,
    full: bool,
}

impl Memory {
    /// The next commit writes nothing and fails so.
    pub fn fail_next(&self, error: StoreError) {
        lock(&self.faults).next = Some(error);
    }

    /// The next load fails so.
    pub fn fail_next_load(&self, error: StoreError) {
        lock(&self.faults).next_load = Some(error);
    }

    /// The next commit writes everything and fails with [`StoreError::Unknown`].
    pub fn fail_after_writing(&self) {
        lock(&self.faults).after_writing = true;
    }

    /// While set, every call fails with [`StoreError::Away`].
    pub fn away(&self, away: bool) {
        lock(&self.faults).away = away;
    }

    /// While set, every call that writes, loads among them, fails with [`StoreError::Full`].
    pub fn full(&self, full: bool) {
        lock(&self.faults).full = full;
    }

    fn reach(&self) -> Result<MutexGuard<'_, Kept>, StoreError> {
        if lock(&self.faults).away {
            return Err(StoreError::Away("it was sent away".into()));
        }
        Ok(lock(&self.kept))
    }

    fn reach_to_write(&self) -> Result<MutexGuard<'_, Kept>, StoreError> {
        let kept = self.reach()?;
        if lock(&self.faults).full {
            return Err(StoreError::Full("it was filled".into()));
        }
        Ok(kept)
    }

    fn reach_as_owner(&self) -> Result<MutexGuard<'_, Kept>, StoreError> {
        let kept = self.reach_to_write()?;
        if self.epoch == 0 || self.epoch != kept.loaded.epoch {
            let why = format!("it is run {} now", kept.loaded.epoch);
            return Err(StoreError::Taken(why));
        }
        Ok(kept)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Store for Memory {
    fn load(&mut self) -> Result<Loaded, StoreError> {
        if let Some(error) = lock(&self.faults).next_load.take() {
            return Err(error);
        }
        let mut kept = self.reach_to_write()?;
        kept.loaded.epoch += 1;
        let loaded = Loaded {
            records: kept.state.records().collect(),
            ends: kept.ends.iter().map(|(id, until)| (*id, *until)).collect(),
            ..kept.loaded
        };
        drop(kept);
        self.epoch = loaded.epoch;
        Ok(loaded)
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), StoreError> {
        if let Some(error) = lock(&self.faults).next.take() {
            return Err(error);
        }
        let mut kept = self.reach_to_write()?;
        record::admit(batch)?;
        kept.expect(batch)?;
        kept.write(batch);
        match std::mem::take(&mut lock(&self.faults).after_writing) {
            true => Err(StoreError::Unknown("it was told not to say".into())),
            false => Ok(()),
        }
    }

    fn due(
        &mut self,
        receiver: &str,
        now: Timestamp,
        at_most: u32,
    ) -> Result<Vec<Due>, StoreError> {
        let kept = self.reach()?;
        let mut due: Vec<&Row> = kept
            .heads()
            .filter(|row| row.delivery.receiver == receiver && row.at <= now)
            .collect();
        due.sort_by_key(|row| (row.at, row.delivery.id));
        due.truncate(at_most.min(ANSWERS_MAX) as usize);
        let due = due.into_iter().map(|row| Due {
            delivery: Arc::clone(&row.delivery),
            attempts: row.attempts,
            epoch: row.epoch,
            unknown_since: row.unknown_since,
        });
        Ok(due.collect())
    }

    fn retry(&mut self, retries: &[Retry]) -> Result<(), StoreError> {
        let epoch = self.epoch;
        let mut kept = self.reach_as_owner()?;
        for retry in retries {
            if let Some(row) = kept.deliveries.get_mut(&retry.delivery)
                && row.standing == Standing::Pending
            {
                row.at = retry.next_at;
                row.attempts = retry.attempts;
                row.unknown_since = retry.unknown_since;
                row.answer.clone_from(&retry.answer);
                row.epoch = epoch;
            }
        }
        Ok(())
    }

    fn extend(&mut self, now: Timestamp, ends: &[(AlertId, Timestamp)]) -> Result<(), StoreError> {
        let mut kept = self.reach_as_owner()?;
        kept.loaded.now = kept.loaded.now.max(Some(now));
        for (id, until) in ends {
            if let Some(alert) = kept.state.alert(*id)
                && alert.valid_until.is_some_and(|known| known < *until)
            {
                let mut alert = (**alert).clone();
                alert.valid_until = Some(*until);
                kept.state.apply(&Change::PutAlert(Arc::new(alert)));
                kept.ends.insert(*id, *until);
            }
        }
        Ok(())
    }

    fn ask(&mut self, question: &Question) -> Result<Answers, StoreError> {
        Ok(self.reach()?.answer(question))
    }

    fn keep(&mut self, keepsake: &Keepsake) -> Result<(), StoreError> {
        self.reach_as_owner()?.recorded.keep(keepsake);
        Ok(())
    }

    fn forget(&mut self, limits: &Limits) -> Result<u64, StoreError> {
        Ok(self.reach_to_write()?.forget(limits))
    }
}

impl Kept {
    fn expect(&self, batch: &Batch) -> Result<(), StoreError> {
        let known = &self.loaded;
        if batch.epoch != known.epoch {
            let why = format!("it is run {} now", known.epoch);
            return Err(StoreError::Taken(why));
        }
        if (batch.number.0, batch.epoch) != (known.number.0 + 1, known.epoch) {
            return Err(StoreError::Refused(format!(
                "commit {} of run {} does not follow commit {} of run {}; load again",
                batch.number.0, batch.epoch, known.number.0, known.epoch
            )));
        }
        let added = batch
            .decisions
            .iter()
            .flat_map(|decision| &decision.changes);
        for change in added {
            if let Change::AddDelivery(delivery) = change
                && self.deliveries.contains_key(&delivery.id)
            {
                let why = format!("delivery {} is there already", delivery.id.0);
                return Err(StoreError::Refused(why));
            }
        }
        Ok(())
    }

    fn write(&mut self, batch: &Batch) {
        for decision in batch.decisions.iter() {
            for change in &decision.changes {
                self.make(change, batch);
                self.state.apply(change);
            }
            self.timeline
                .extend(decision.entries.iter().map(|entry| Line {
                    at: decision.at,
                    revision: batch.revision,
                    entry: entry.clone(),
                }));
        }
        self.recorded.put(batch);
        let loaded = &mut self.loaded;
        loaded.number = batch.number;
        loaded.now = loaded.now.max(Some(batch.now));
        loaded.revision = batch.revision;
        let (known, given) = (&mut loaded.counters, &batch.counters);
        known.alert = known.alert.max(given.alert);
        known.incident = known.incident.max(given.incident);
        known.delivery = known.delivery.max(given.delivery);
    }

    /// What a change does beside the state.
    fn make(&mut self, change: &Change, batch: &Batch) {
        match change {
            Change::ArchiveIncident(id) => {
                if let Some(incident) = self.state.incident(*id) {
                    let closed_at = incident.closed_at.unwrap_or(batch.now);
                    self.archived.insert(*id, (closed_at, Arc::clone(incident)));
                }
            }
            Change::DropTicket(incident, receiver) => {
                if let Some(ticket) = self.state.ticket(*incident, receiver) {
                    let key = (*incident, receiver.clone());
                    self.archived_tickets.insert(key, Arc::clone(ticket));
                }
            }
            Change::AddDelivery(delivery) => {
                let row = Row {
                    delivery: Arc::clone(delivery),
                    standing: Standing::Pending,
                    at: delivery.created_at,
                    attempts: 0,
                    epoch: batch.epoch,
                    unknown_since: None,
                    answer: String::new(),
                };
                self.deliveries.insert(delivery.id, row);
            }
            Change::TakeBackDelivery(id) => self.take_back(*id),
            Change::SettleDelivery(id, fate) => self.settle(*id, fate, batch),
            Change::PutAlert(alert) => drop(self.ends.remove(&alert.id)),
            Change::DropAlert(id) => drop(self.ends.remove(id)),
            Change::PutIncident(_)
            | Change::PutTicket(_)
            | Change::PutHost(_)
            | Change::DropHost(_)
            | Change::PutSilence(_)
            | Change::DropSilence(_)
            | Change::PutAccount(_)
            | Change::DropAccount(_)
            | Change::PutRecurrence(_)
            | Change::DropRecurrence(_)
            | Change::PutDigest(_)
            | Change::DropDigest(_)
            | Change::PutRuling(_)
            | Change::DropRuling(_) => {}
        }
    }

    /// The first of its ticket may have been sent.
    fn take_back(&mut self, id: DeliveryId) {
        let is_first = self.heads().any(|row| row.delivery.id == id);
        let waits = |row: &Row| row.standing == Standing::Pending;
        if !is_first && self.deliveries.get(&id).is_some_and(waits) {
            self.deliveries.remove(&id);
        }
    }

    /// The next of its ticket was never attempted while it was not the first: its epoch is this one.
    fn settle(&mut self, id: DeliveryId, fate: &Fate, batch: &Batch) {
        let Some(row) = self.deliveries.get_mut(&id) else {
            return;
        };
        if row.standing != Standing::Pending {
            return;
        }
        (row.standing, row.answer) = match fate {
            Fate::Done { .. } => (Standing::Done, String::new()),
            Fate::Dead { why } => (Standing::Dead, why.clone()),
        };
        row.at = batch.now;
        let (incident, receiver) = (row.delivery.incident, row.delivery.receiver.clone());
        let next = self.deliveries.values_mut().find(|row| {
            row.standing == Standing::Pending
                && (row.delivery.incident, &row.delivery.receiver) == (incident, &receiver)
        });
        if let Some(next) = next
            && next.delivery.id > id
        {
            next.epoch = batch.epoch;
        }
    }

    /// The first pending delivery of each ticket.
    fn heads(&self) -> impl Iterator<Item = &Row> {
        let mut heads: BTreeMap<(IncidentId, &str), &Row> = BTreeMap::new();
        for row in self.deliveries.values() {
            if row.standing == Standing::Pending {
                let ticket = (row.delivery.incident, row.delivery.receiver.as_str());
                heads.entry(ticket).or_insert(row);
            }
        }
        heads.into_values()
    }

    fn answer(&self, question: &Question) -> Answers {
        let bound = |at_most: u32| at_most.min(ANSWERS_MAX) as usize;
        match question {
            Question::Timeline { incident, at_most } => {
                let lines = self.timeline.iter();
                let of_incident = lines.filter(|line| line.entry.incident == Some(*incident));
                Answers::Timeline(of_incident.take(bound(*at_most)).cloned().collect())
            }
            Question::HostTimeline { host, at_most } => {
                let lines = self.timeline.iter().rev();
                let of_host = lines.filter(|line| line.entry.host.as_ref() == Some(host));
                Answers::Timeline(of_host.take(bound(*at_most)).cloned().collect())
            }
            Question::Incident(id) => Answers::Incident(self.incident(*id)),
            Question::Archived { before, at_most } => {
                let earlier = self.archived.range(..before).rev();
                let incidents = earlier.map(|(_, (_, incident))| (**incident).clone());
                Answers::Archived(incidents.take(bound(*at_most)).collect())
            }
            Question::Deliveries { incident, at_most } => {
                let rows = self.deliveries.values();
                let of_incident = rows.filter(|row| row.delivery.incident == *incident);
                let answers = of_incident.take(bound(*at_most)).map(answered);
                Answers::Deliveries(answers.collect())
            }
            Question::Unfinished {
                receiver,
                only_dead,
                before,
                at_most,
            } => {
                let rows = self.deliveries.values().rev();
                let wanted = rows.filter(|row| {
                    let delivery = &row.delivery;
                    let is_wanted = match row.standing {
                        Standing::Pending => !only_dead,
                        Standing::Dead => true,
                        Standing::Done => false,
                    };
                    is_wanted
                        && receiver
                            .as_ref()
                            .is_none_or(|name| *name == delivery.receiver)
                        && before.is_none_or(|before| delivery.id < before)
                });
                let answers = wanted.take(bound(*at_most)).map(answered);
                Answers::Deliveries(answers.collect())
            }
            Question::Delivery(id) => {
                Answers::Deliveries(self.deliveries.get(id).map(answered).into_iter().collect())
            }
            Question::Backlog => Answers::Backlog(self.backlog()),
            Question::Recording => Answers::Recording(self.recorded.recording()),
            Question::Records { after, at_most } => {
                Answers::Records(self.recorded.records(*after, *at_most))
            }
            Question::Part { number, part } => Answers::Part(self.recorded.part(*number, *part)),
            Question::Texts(revision) => Answers::Texts(self.recorded.texts(*revision)),
        }
    }

    fn incident(&self, id: IncidentId) -> Option<Box<(Incident, Vec<Ticket>)>> {
        let live = self.state.incident(id);
        let incident = live.or_else(|| self.archived.get(&id).map(|(_, incident)| incident))?;
        let archived = self.archived_tickets.iter();
        let mut tickets: BTreeMap<&str, &Ticket> = archived
            .filter(|((incident, _), _)| *incident == id)
            .map(|((_, receiver), ticket)| (receiver.as_str(), &**ticket))
            .collect();
        for ticket in self.state.tickets(id) {
            tickets.insert(&ticket.receiver, ticket);
        }
        let tickets = tickets.into_values().cloned().collect();
        Some(Box::new(((**incident).clone(), tickets)))
    }

    fn backlog(&self) -> Vec<Backlog> {
        let mut by_receiver: BTreeMap<&str, Backlog> = BTreeMap::new();
        for row in self.deliveries.values() {
            let name = row.delivery.receiver.as_str();
            let backlog = || Backlog {
                receiver: name.to_owned(),
                pending: 0,
                dead: 0,
                oldest: None,
            };
            match row.standing {
                Standing::Pending => {
                    let backlog = by_receiver.entry(name).or_insert_with(backlog);
                    backlog.pending += 1;
                    backlog.oldest.get_or_insert(row.delivery.created_at);
                }
                Standing::Dead => by_receiver.entry(name).or_insert_with(backlog).dead += 1,
                Standing::Done => {}
            }
        }
        by_receiver.into_values().collect()
    }

    fn forget(&mut self, limits: &Limits) -> u64 {
        let limit = limits.timeline;
        let mut left = FORGOTTEN_MAX;
        let mut over: Vec<_> = self
            .archived
            .iter()
            .map(|(id, (at, _))| (*at, *id))
            .collect();
        over.retain(|(closed_at, _)| *closed_at < limit);
        over.sort();
        for (_, id) in over
            .into_iter()
            .take(usize::try_from(left).unwrap_or(usize::MAX))
        {
            self.archived.remove(&id);
            self.archived_tickets
                .retain(|(incident, _), _| *incident != id);
            left -= 1;
        }
        let (state, archived) = (&self.state, &self.archived);
        let is_kept = |id: IncidentId| state.incident(id).is_some() || archived.contains_key(&id);
        let mut take = |over: bool| {
            let taken = over && left > 0;
            left -= u64::from(taken);
            taken
        };
        self.timeline
            .retain(|line| !take(line.at < limit && !line.entry.incident.is_some_and(is_kept)));
        self.deliveries.retain(|_, row| {
            let over = row.standing != Standing::Pending && row.at < limit;
            !take(over && !is_kept(row.delivery.incident))
        });
        let first = self.timeline.first().map(|line| line.revision);
        let named = first.map_or(self.loaded.revision, |first| {
            first.min(self.loaded.revision)
        });
        self.recorded.forget(limits, &mut left, named);
        FORGOTTEN_MAX - left
    }
}

fn answered(row: &Row) -> DeliveryRow {
    DeliveryRow {
        delivery: Arc::clone(&row.delivery),
        standing: row.standing,
        attempts: row.attempts,
        at: row.at,
        answer: row.answer.clone(),
    }
}
