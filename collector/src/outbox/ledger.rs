//! What the outbox asks of the engine: how a ticket is known, and to write down a fate.

use std::future::Future;

use vedette_triage::{Delivery, Fate, Input, TicketReference};

use crate::engine_loop::{EngineHandle, Rejection, Verdict, View};

/// The books of committed tickets. Implementors: [`EngineLedger`], and one in memory in tests.
pub trait Ledger: Send + Sync + 'static {
    /// How a delivery's ticket is known at its receiver, if that is known.
    fn ticket(&self, delivery: &Delivery) -> Option<TicketReference>;
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

/// The engine's books.
#[derive(Debug, Clone)]
pub struct EngineLedger {
    /// The way in.
    pub engine: EngineHandle,
    /// What is committed.
    pub view: View,
}

impl Ledger for EngineLedger {
    fn ticket(&self, delivery: &Delivery) -> Option<TicketReference> {
        let state = self.view.read();
        let ticket = state.ticket(delivery.incident, &delivery.receiver)?;
        // Another generation's ticket is another ticket.
        let is_same = ticket.key == delivery.ticket_key;
        ticket.reference.clone().filter(|_| is_same)
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
