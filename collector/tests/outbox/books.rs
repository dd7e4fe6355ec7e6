//! The books of deliveries and tickets, in memory, that fail on request.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use vedette_collector::outbox::{Ledger, Settled};
use vedette_collector::store::{Due, Retry, StoreError};
use vedette_triage::{Action, Delivery, DeliveryId, Fate, IncidentId, TicketReference, Timestamp};

/// Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Books {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    rows: BTreeMap<DeliveryId, Row>,
    references: BTreeMap<IncidentId, TicketReference>,
    outcomes_refused: u32,
    retries_refused: u32,
}

struct Row {
    due: Due,
    next_at: Timestamp,
    fate: Option<Fate>,
}

impl Books {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    pub(crate) fn add(&self, delivery: Delivery, epoch: u64) {
        let row = Row {
            next_at: delivery.created_at,
            due: Due {
                delivery: Arc::new(delivery),
                attempts: 0,
                epoch,
                unknown_since: None,
            },
            fate: None,
        };
        self.lock().rows.insert(row.due.delivery.id, row);
    }

    pub(crate) fn next_id(&self) -> DeliveryId {
        DeliveryId(self.lock().rows.len() as u64 + 1)
    }

    /// The next so many outcomes cannot be written down yet.
    pub(crate) fn refuse_outcomes(&self, count: u32) {
        self.lock().outcomes_refused = count;
    }

    /// The next so many attempts cannot be written down yet.
    pub(crate) fn refuse_retries(&self, count: u32) {
        self.lock().retries_refused = count;
    }

    pub(crate) fn settled(&self) -> usize {
        self.lock()
            .rows
            .values()
            .filter(|row| row.fate.is_some())
            .count()
    }

    pub(crate) fn reference(&self, incident: u64) -> Option<TicketReference> {
        self.lock().references.get(&IncidentId(incident)).cloned()
    }

    #[track_caller]
    pub(crate) fn fate(&self, incident: u64, action: Action) -> Fate {
        let inner = self.lock();
        let row = inner
            .rows
            .values()
            .find(|row| {
                row.due.delivery.incident == IncidentId(incident)
                    && row.due.delivery.action == action
            })
            .unwrap();
        row.fate.clone().unwrap()
    }
}

impl Ledger for Books {
    async fn due(
        &self,
        receiver: &str,
        now: Timestamp,
        at_most: u32,
    ) -> Result<Vec<Due>, StoreError> {
        let inner = self.lock();
        let mut heads: BTreeMap<&str, &Row> = BTreeMap::new();
        for row in inner.rows.values().filter(|row| row.fate.is_none()) {
            let delivery = &row.due.delivery;
            if delivery.receiver != receiver {
                continue;
            }
            let head = heads.entry(&delivery.ticket_key).or_insert(row);
            if delivery.seq < head.due.delivery.seq {
                *head = row;
            }
        }
        let mut due: Vec<&Row> = heads
            .into_values()
            .filter(|row| row.next_at <= now)
            .collect();
        due.sort_by_key(|row| (row.next_at, row.due.delivery.id));
        let due = due.into_iter().take(at_most as usize);
        Ok(due.map(|row| row.due.clone()).collect())
    }

    fn ticket(&self, delivery: &Delivery) -> Option<TicketReference> {
        self.lock().references.get(&delivery.incident).cloned()
    }

    async fn retry(&self, retry: Retry) -> Result<(), StoreError> {
        let mut inner = self.lock();
        if inner.retries_refused > 0 {
            inner.retries_refused -= 1;
            return Err(StoreError::Away("a test says so".into()));
        }
        let row = inner.rows.get_mut(&retry.delivery).unwrap();
        row.next_at = retry.next_at;
        row.due.attempts = retry.attempts;
        row.due.unknown_since = retry.unknown_since;
        row.due.epoch = EPOCH;
        Ok(())
    }

    async fn settle(&self, delivery: &Delivery, fate: Fate) -> Settled {
        let mut inner = self.lock();
        if inner.outcomes_refused > 0 {
            inner.outcomes_refused -= 1;
            return Settled::Later("the store is away".into());
        }
        if let Fate::Done {
            ticket: Some(ticket),
        } = &fate
        {
            inner.references.insert(delivery.incident, ticket.clone());
        }
        let row = inner.rows.get_mut(&delivery.id).unwrap();
        assert_eq!(row.fate, None, "{:?} is settled twice", delivery.id);
        row.fate = Some(fate);
        Settled::Written
    }
}

/// The run of the collector that the tests are.
pub(crate) const EPOCH: u64 = 7;
