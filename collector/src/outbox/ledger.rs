//! What the outbox asks of the books: what is due, how a ticket is known, what came of it.

use std::future::Future;

use vedette_triage::{Delivery, Fate, Input, TicketReference, Timestamp};

use crate::engine_loop::{EngineHandle, Rejection, Verdict, View};
use crate::store::{Due, Retry, StoreError, StoreHandle};

/// The books of deliveries and tickets. Implementors: [`EngineLedger`], and one in memory in tests.
pub trait Ledger: Send + Sync + 'static {
    /// Deliveries of a receiver that are due and first of their ticket, the longest waiting first.
    fn due(
        &self,
        receiver: &str,
        now: Timestamp,
        at_most: u32,
    ) -> impl Future<Output = Result<Vec<Due>, StoreError>> + Send;
    /// How a delivery's ticket is known at its receiver, if that is known.
    fn ticket(&self, delivery: &Delivery) -> Option<TicketReference>;
    /// Writes down an attempt that was not the last. Doing it twice changes nothing.
    fn retry(&self, retry: Retry) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Writes down what became of a delivery, and awaits that it is on disk.
    fn settle(&self, delivery: &Delivery, fate: Fate) -> impl Future<Output = Settled> + Send;
}

/// Whether a fate was written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// It is on disk.
    Written,
    /// Not now; the same again later.
    Later(String),
    /// Never; a person has to look.
    Never(String),
}

/// The books of the engine and its store.
#[derive(Clone)]
pub struct EngineLedger {
    /// Where deliveries wait.
    pub store: StoreHandle,
    /// The way in.
    pub engine: EngineHandle,
    /// What is committed.
    pub view: View,
}

impl Ledger for EngineLedger {
    async fn due(
        &self,
        receiver: &str,
        now: Timestamp,
        at_most: u32,
    ) -> Result<Vec<Due>, StoreError> {
        self.store.due(receiver.to_owned(), now, at_most).await
    }

    fn ticket(&self, delivery: &Delivery) -> Option<TicketReference> {
        let state = self.view.read();
        let ticket = state.ticket(delivery.incident, &delivery.receiver)?;
        // Another generation's ticket is another ticket.
        let is_same = ticket.key == delivery.ticket_key;
        ticket.reference.clone().filter(|_| is_same)
    }

    async fn retry(&self, retry: Retry) -> Result<(), StoreError> {
        self.store.retry(vec![retry]).await
    }

    async fn settle(&self, delivery: &Delivery, fate: Fate) -> Settled {
        let input = Input::Outcome {
            delivery: delivery.id,
            incident: delivery.incident,
            receiver: delivery.receiver.clone(),
            fate,
        };
        match self.engine.submit(input) {
            Err(busy) => Settled::Later(busy.to_string()),
            Ok(pending) => match pending.verdict().await {
                Verdict::Committed { .. } => Settled::Written,
                Verdict::Rejected(Rejection::Later(why)) => Settled::Later(why),
                Verdict::Rejected(Rejection::Never(why)) => Settled::Never(why),
            },
        }
    }
}
