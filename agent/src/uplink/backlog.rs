//! Sends what could not be sent when it was so, oldest first and at a limited rate.
//!
//! In: batches of the spool. Out: reports of the backlog; what is acknowledged is
//! forgotten, what is refused for good is set aside without costing its neighbours.

use std::time::Duration;

use tokio::time::Instant;
use vedette_wire::{Acknowledged, Stream};

use super::transport::Transport;
use super::verdict::Verdict;
use super::{Uplink, body::Letter};
use crate::spool::{Batch, Place};

/// Rounds, or parts of them, in one report of the backlog.
pub(super) const BATCH_ITEMS_MAX: usize = 60;
/// Bytes of JSON in one report of the backlog, unless one round is longer.
const BATCH_BYTES_MAX: usize = 256 * 1024;
/// Pause between reports of the backlog, on average; chance makes it half to one and a half.
pub(super) const BACKLOG_PAUSE: Duration = Duration::from_secs(1);

impl<T: Transport> Uplink<T> {
    /// Until an answer is there this changes nothing, so that it can be broken off.
    pub(super) async fn send_backlog(&mut self) {
        let now = self.clock.now();
        let batch = self
            .spool
            .next_batch(self.batch_items, BATCH_BYTES_MAX, now);
        let Some(batch) = batch else {
            // What was there could not be read; the next look is at what comes after it.
            return self.pause_backlog();
        };
        let letter = Letter::backlog(&self.identity, &batch, now);
        let heard = self.collectors.post(&letter, self.clock.as_ref()).await;
        let json = heard.is_refused_for_good().then(|| letter.plain());
        match self.hear(heard) {
            Verdict::Acknowledged { acknowledged, .. } => {
                self.acknowledge_backlog(&acknowledged, &batch);
            }
            Verdict::SetAside { why } => {
                self.refuse_backlog(&why, &json.unwrap_or_default(), &batch);
            }
            Verdict::Keep {
                obstacle,
                why,
                retry_after,
            } => {
                self.keep(obstacle, &why, retry_after);
            }
        }
    }

    fn acknowledge_backlog(&mut self, acknowledged: &Acknowledged, batch: &Batch) {
        let is_ours = acknowledged.stream == Stream::Backlog
            && acknowledged.epoch == batch.last.epoch.to_string();
        if is_ours && acknowledged.seq > batch.last.seq {
            self.begin_anew("the collector knows more of the backlog than was ever sent");
            return self.pause_backlog();
        }
        let before = self.spool.depth().records();
        if is_ours {
            self.spool.acknowledge(Place {
                seq: acknowledged.seq,
                ..batch.last
            });
        }
        if self.spool.depth().records() == before {
            return self.not_acknowledged(acknowledged);
        }
        self.audience.are_safe(&batch.items, acknowledged.seq);
        self.batch_items = (self.batch_items * 2).min(BATCH_ITEMS_MAX);
        self.pause_backlog();
        self.reached();
    }

    /// One bad round must not cost its neighbours: the batch is halved until the culprit
    /// is alone.
    fn refuse_backlog(&mut self, why: &str, json: &[u8], batch: &Batch) {
        match batch.items.len() {
            0 | 1 => {
                self.set_aside(why, json);
                self.spool.acknowledge(batch.last);
                self.audience.are_safe(&batch.items, batch.last.seq);
            }
            items => self.batch_items = items / 2,
        }
        self.pause_backlog();
        self.reached();
    }

    fn pause_backlog(&mut self) {
        self.backlog_not_before = Instant::now() + BACKLOG_PAUSE.mul_f64(0.5 + (self.chance)());
    }
}
