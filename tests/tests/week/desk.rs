//! The ticket system: does what it is told, in order; away it does nothing until it is back.
//!
//! Knows nothing of what the tickets say.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use vedette_triage::{Delivery, DeliveryId, Timestamp};

/// How long it takes to do something.
const TAKES: Duration = Duration::from_secs(1);
/// Who wakes people; it is never away.
pub(crate) const ONCALL: &str = "oncall";

/// What waits to be done.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    waiting: VecDeque<(Timestamp, Arc<Delivery>)>,
    pub(crate) is_away: bool,
}

impl Desk {
    pub(crate) fn takes(&mut self, now: Timestamp, delivery: &Arc<Delivery>) {
        self.waiting
            .push_back((now.after(TAKES), Arc::clone(delivery)));
    }

    pub(crate) fn gives_back(&mut self, id: DeliveryId) {
        self.waiting.retain(|(_, waiting)| waiting.id != id);
    }

    /// When it will have done the next thing.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.able().map(|at| self.waiting[at].0)
    }

    /// The next thing it has done by now.
    pub(crate) fn done(&mut self, now: Timestamp) -> Option<Arc<Delivery>> {
        let at = self.able().filter(|at| self.waiting[*at].0 <= now)?;
        self.waiting.remove(at).map(|(_, delivery)| delivery)
    }

    fn able(&self) -> Option<usize> {
        let is_able =
            |(_, waiting): &(Timestamp, Arc<Delivery>)| !self.is_away || waiting.receiver == ONCALL;
        self.waiting.iter().position(is_able)
    }
}
