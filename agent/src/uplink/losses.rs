//! Decides when a loss of the spool is reported.
//!
//! In: losses as they come. Out: now and then an event that tells of all since the last
//! one. While the collector is heard that is at once; else rarely, so that an outage of a
//! week does not fill the spool with reports of itself.

use uuid::Uuid;
use vedette_wire::{Event, EventKind};

use crate::clock::Stamp;
use crate::spool::Loss;

/// While nobody hears it, a loss is told this often.
const REPORT_PAUSE_MS: u64 = 3_600_000;

/// Losses that were not yet reported.
#[derive(Debug)]
pub(super) struct Losses {
    pending: Loss,
    reported_mono_ms: u64,
}

impl Losses {
    pub(super) fn new(now: Stamp) -> Losses {
        Losses {
            pending: Loss::default(),
            reported_mono_ms: now.mono_ms,
        }
    }

    /// Counts more.
    pub(super) fn add(&mut self, more: Loss) {
        self.pending.add(more);
    }

    /// The event for the round that is made now, if it is time for one.
    pub(super) fn event(&mut self, is_heard: bool, now: Stamp) -> Option<Event> {
        let since = now.mono_ms.saturating_sub(self.reported_mono_ms);
        if self.pending.records() == 0 || !(is_heard || since >= REPORT_PAUSE_MS) {
            return None;
        }
        let loss = std::mem::take(&mut self.pending);
        self.reported_mono_ms = now.mono_ms;
        let Loss {
            damaged, given_up, ..
        } = loss;
        Some(Event {
            id: Uuid::new_v4().to_string(),
            wall_ms: now.wall_ms,
            kind: EventKind::SpoolLoss {
                records: loss.records(),
                why: format!(
                    "{damaged} unreadable, {given_up} above the spool's bound of bytes or age"
                ),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const LOSS: Loss = Loss {
        damaged: 1,
        given_up: 2,
        thinned: 50,
    };

    #[test]
    fn a_loss_is_told_at_once_when_it_is_heard_and_only_once() {
        let mut losses = Losses::new(Stamp::default());
        losses.add(LOSS);
        losses.add(LOSS);
        check(&mut losses, true, 0, Some(6));
        check(&mut losses, true, 1, None);
    }

    #[test]
    fn while_nobody_hears_it_a_loss_is_told_once_an_hour() {
        let mut losses = Losses::new(Stamp::default());
        losses.add(LOSS);
        check(&mut losses, false, REPORT_PAUSE_MS - 1, None);
        check(&mut losses, false, REPORT_PAUSE_MS, Some(3));
        losses.add(LOSS);
        check(&mut losses, false, REPORT_PAUSE_MS + 1, None);
        check(&mut losses, true, REPORT_PAUSE_MS + 1, Some(3));
    }

    #[track_caller]
    fn check(losses: &mut Losses, is_heard: bool, mono_ms: u64, expected: Option<u64>) {
        let now = Stamp {
            wall_ms: 0,
            mono_ms,
        };
        let told = losses.event(is_heard, now).map(|event| match event.kind {
            EventKind::SpoolLoss { records, .. } => records,
            _ => panic!("only losses are told here"),
        });
        assert_eq!(told, expected);
    }
}
