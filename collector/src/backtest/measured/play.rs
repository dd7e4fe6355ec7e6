//! Tells an engine of its own what a rule found, and writes down its tickets.
//!
//! In: changes in order of time. Out: a [`Book`]. Every delivery is answered at once, timers run
//! when they are due. Knows nothing of where changes come from.

use std::sync::Arc;

use vedette_triage::{Change, Decision, Delivery, Engine, Fate, Host, Input, Policy, Timestamp};

use super::relive::Told;
use crate::backtest::book::Book;
use crate::shard::{InForce, signal_of};

/// Answers that may follow from answers at one time.
const ANSWERS_AT_ONCE: usize = 10_000;

/// An engine on its way through a span.
pub(super) struct Player<'a> {
    in_force: &'a InForce,
    engine: Engine,
    book: Book,
    unanswered: Vec<Arc<Delivery>>,
}

impl<'a> Player<'a> {
    /// Knows these hosts, and that nothing is wrong with them.
    pub(super) fn begin(in_force: &'a InForce, hosts: &[Arc<Host>], at: Timestamp) -> Player<'a> {
        let mut engine = Engine::default();
        let well = |host: &Arc<Host>| {
            Change::PutHost(Arc::new(Host {
                away: None,
                silent_since: None,
                enrols_until: None,
                ..Host::clone(host)
            }))
        };
        engine.apply(&Decision {
            at,
            changes: hosts.iter().map(well).collect(),
            ..Decision::default()
        });
        Player {
            in_force,
            engine,
            book: Book::default(),
            unanswered: Vec::new(),
        }
    }

    /// Tells it all, until then.
    pub(super) fn play(mut self, mut told: Vec<Told>, to: Timestamp) -> Book {
        told.sort_by(|one, other| {
            let key = |told: &Told| (told.at, told.found.identity.clone());
            key(one).cmp(&key(other))
        });
        for Told { at, found, host } in told {
            self.wake_until(at);
            let input = signal_of(found, &host, self.in_force);
            self.decide(at, &input);
        }
        self.wake_until(to);
        self.book
    }

    fn wake_until(&mut self, until: Timestamp) {
        while let Some(due) = self.engine.next_wake().filter(|due| *due <= until) {
            let now = due.max(self.engine.state().now());
            // A timer of which nothing comes would be due for ever.
            if !self.decide(now, &Input::Tick) {
                return;
            }
        }
    }

    /// Says whether it changed anything.
    fn decide(&mut self, now: Timestamp, input: &Input) -> bool {
        let changed = self.decide_once(now, input);
        for _ in 0..ANSWERS_AT_ONCE {
            let Some(delivery) = self.unanswered.pop() else {
                break;
            };
            let done = Input::Outcome {
                delivery: delivery.id,
                incident: delivery.incident,
                receiver: delivery.receiver.clone(),
                fate: Fate::Done { ticket: None },
            };
            self.decide_once(now, &done);
        }
        changed
    }

    fn decide_once(&mut self, now: Timestamp, input: &Input) -> bool {
        let policy: &Policy = &self.in_force.policy;
        let decision = self.engine.decide(now, input, policy);
        self.engine.apply(&decision);
        self.book.hear(&decision);
        for change in &decision.changes {
            match change {
                Change::AddDelivery(delivery) => self.unanswered.push(Arc::clone(delivery)),
                Change::TakeBackDelivery(id) => self.unanswered.retain(|known| known.id != *id),
                _ => {}
            }
        }
        !decision.changes.is_empty()
    }
}
