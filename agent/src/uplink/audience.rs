//! Tells the rest of the agent what an answer of the collector says to it.
//!
//! In: rounds that are in the spool or have reached their end, and what came with an acknowledgement. Out:
//! receipts for events, questions for whoever answers them, the skew of the clocks. Knows
//! nothing of how rounds are sent.

use std::sync::Arc;

use serde::Deserialize;
use tokio::sync::mpsc;
use vedette_wire::{Ask, Event, Round};

use crate::receipts::Receipts;
use crate::spool::Item;
use crate::tally::Tally;

/// Questions of the collector that wait to be answered; past it they are not heard, and it
/// may ask again.
pub const ASKS_WAITING_MAX: usize = 8;

/// Who listens.
#[derive(Debug)]
pub struct Audience {
    /// What waits for events to be safe.
    pub receipts: Arc<Receipts>,
    /// What answers the collector's questions.
    pub asks: mpsc::Sender<Ask>,
    /// The counters that the `self` probe reports.
    pub tally: Arc<Tally>,
}

/// As much of a round as a receipt needs.
#[derive(Default, Deserialize)]
struct Receipt {
    events: Vec<Id>,
}

#[derive(Deserialize)]
struct Id {
    id: String,
}

impl Audience {
    /// This round is in the spool, on disk.
    pub(super) fn is_kept(&self, round: &Round) {
        for Event { id, .. } in &round.events {
            if let Ok(id) = id.parse() {
                self.receipts.keep(id);
            }
        }
    }

    /// The collector has this round, or has refused it for good.
    pub(super) fn is_safe(&self, round: &Round) {
        for Event { id, .. } in &round.events {
            self.acknowledge(id);
        }
    }

    /// The collector has these rounds of the backlog up to the number `seq`. They are read
    /// only if somebody waits for any event.
    pub(super) fn are_safe(&self, items: &[Item], seq: u64) {
        if !self.receipts.is_awaited() {
            return;
        }
        for item in items
            .iter()
            .filter(|item| item.has_events && item.seq <= seq)
        {
            let receipt: Receipt = serde_json::from_slice(&item.json).unwrap_or_default();
            receipt
                .events
                .iter()
                .for_each(|Id { id }| self.acknowledge(id));
        }
    }

    fn acknowledge(&self, id: &str) {
        // What has no id of ours is not waited for.
        if let Ok(id) = id.parse() {
            self.receipts.acknowledge(id);
        }
    }

    /// The collector wants to know something.
    pub(super) fn asked(&self, asks: Vec<Ask>) {
        for ask in asks {
            if let Err(error) = self.asks.try_send(ask) {
                tracing::debug!(%error, "a question of the collector is not answered");
            }
        }
    }

    /// The collector's clock minus ours, in milliseconds.
    pub(super) fn skew(&self, skew_ms: i64) {
        self.tally.collector_skew.set(skew_ms.saturating_neg());
    }
}
