//! Delivers to one receiver: claims what is due, sends it, writes down what came of it.
//!
//! One task for each receiver, so that a dead one delays no other. Only the first
//! delivery of each ticket is claimed, and what is under way is not claimed again: so
//! order per ticket is kept. A slot is free again only when the outcome is on disk.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use vedette_policy::profile::{Judgement, Operation};
use vedette_triage::{DeliveryId, Timestamp};

use super::attempt::{Attempted, Known, Then, attempt};
use super::gate::{Gate, is_receivers, until};
use super::ledger::{Ledger, Settled};
use super::meters::DeliveryMeters;
use super::pauses::Pauses;
use super::schedule::{Jitter, asked_pause, pause};
use super::standing::{Standing, Standings};
use crate::clock::Clock;
use crate::receiver::operation::{Progress, Subject, carry_out};
use crate::receiver::{Receiver, Receivers};
use crate::store::{Due, Retry, StoreError};

/// The longest sleep: what nobody rang for is found then.
const POLL_PAUSE: Duration = Duration::from_secs(10);
/// The pause before the books are tried again.
const BOOKS_PAUSE: Duration = Duration::from_secs(1);
/// Deliveries whose progress is remembered between attempts; beyond it a comment may stand twice.
const PROGRESS_MAX: usize = 4096;
/// Times of coming attempts that are remembered; beyond it the poll finds them.
const WAKES_MAX: usize = 4096;

/// What every worker shares.
pub(super) struct Shared<L, C> {
    pub(super) ledger: L,
    pub(super) clock: Arc<C>,
    pub(super) meters: DeliveryMeters,
    pub(super) epoch: u64,
    pub(super) standings: Standings,
    pub(super) pauses: Pauses,
}

/// What a worker hears of.
pub(super) struct Ears {
    pub(super) receivers: watch::Receiver<Arc<Receivers>>,
    pub(super) stop: watch::Receiver<bool>,
    pub(super) bell: Arc<Notify>,
}

impl Ears {
    /// Also when the outbox itself is gone: nobody could ever say so any more.
    fn is_told_to_stop(&self) -> bool {
        *self.stop.borrow() || self.stop.has_changed().is_err()
    }
}

/// Delivers to one receiver.
pub(super) struct Worker<L, C> {
    name: String,
    shared: Arc<Shared<L, C>>,
    ears: Ears,
    jitter: Jitter,
    gate: Gate,
    receiver: Option<Arc<Receiver>>,
    in_flight: BTreeSet<DeliveryId>,
    progress: BTreeMap<DeliveryId, Progress>,
    wakes: BTreeSet<Timestamp>,
    tasks: JoinSet<Finished>,
}

/// A delivery whose attempt is over and written down.
struct Finished {
    id: DeliveryId,
    round: u64,
    attempted: Attempted,
    next_at: Option<Timestamp>,
}

impl<L: Ledger, C: Clock> Worker<L, C> {
    pub(super) fn new(
        name: String,
        shared: Arc<Shared<L, C>>,
        ears: Ears,
        seed: u64,
    ) -> Worker<L, C> {
        Worker {
            name,
            shared,
            ears,
            jitter: Jitter::new(seed),
            gate: Gate::new(),
            receiver: None,
            in_flight: BTreeSet::new(),
            progress: BTreeMap::new(),
            wakes: BTreeSet::new(),
            tasks: JoinSet::new(),
        }
    }

    /// Runs until it is told to stop; then waits for what is under way.
    pub(super) async fn run(mut self) {
        loop {
            self.take_over_policy();
            if self.ears.is_told_to_stop() {
                break;
            }
            let now = self.shared.clock.now();
            let failure = match self.paused_until(now) {
                Some(_) => None,
                None => {
                    if self.gate.wants_verifying(now) {
                        self.verify().await;
                    }
                    self.claim().await.err()
                }
            };
            if let Some(error) = &failure {
                tracing::warn!(receiver = %self.name, %error, "deliveries cannot be claimed");
            }
            self.show();
            self.wait(failure.is_some()).await;
        }
        while let Some(finished) = self.tasks.join_next().await {
            self.finish(finished);
        }
    }

    /// Until when a person wants it to be left alone; what is under way is finished.
    fn paused_until(&self, now: Timestamp) -> Option<Timestamp> {
        let pause = self.shared.pauses.of_receiver(&self.name, now)?;
        Some(pause.until)
    }

    /// The receiver as the policy in force has it; what is under way finishes with the old one.
    fn take_over_policy(&mut self) {
        let current = self
            .ears
            .receivers
            .borrow_and_update()
            .get(&self.name)
            .cloned();
        let is_same = match (&self.receiver, &current) {
            (Some(before), Some(after)) => Arc::ptr_eq(before, after),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if !is_same {
            self.gate = Gate::new();
            self.receiver = current;
        }
    }

    /// Tries whether everything is there that will be needed.
    async fn verify(&mut self) {
        let Some(receiver) = self.receiver.clone() else {
            return;
        };
        let subject = Subject {
            told: None,
            ticket: None,
            asked: None,
            now: self.shared.clock.wall(),
        };
        let verifying = carry_out(&receiver, Operation::Verify, subject, Progress::default());
        let report = tokio::select! {
            report = verifying => report,
            _ = self.ears.stop.wait_for(|stop| *stop) => return,
        };
        match report.judgement {
            Judgement::Done | Judgement::AlreadyDone => self.gate.went_well(),
            // Whatever else it says, it cannot be used as it is.
            Judgement::Gone | Judgement::Conflict | Judgement::Refused | Judgement::Auth => {
                self.hold(
                    Judgement::Auth,
                    &report.pace,
                    &report.why,
                    self.gate.round(),
                );
            }
            Judgement::Throttled | Judgement::Transient | Judgement::Unknown => {
                self.hold(
                    report.judgement,
                    &report.pace,
                    &report.why,
                    self.gate.round(),
                );
            }
        }
    }

    /// Claims as much as there is room for, and sends it on its way.
    async fn claim(&mut self) -> Result<(), StoreError> {
        let Some(receiver) = self.receiver.clone() else {
            return Ok(());
        };
        let now = self.shared.clock.now();
        let concurrency = receiver.destination().concurrency;
        let room = self.gate.room(now, self.in_flight.len(), concurrency);
        if room == 0 {
            return Ok(());
        }
        // What is under way is still due in the books, and must not hide what is not.
        let at_most = u32::try_from(room + self.in_flight.len()).unwrap_or(u32::MAX);
        let due = self.shared.ledger.due(&self.name, now, at_most).await?;
        let free = due
            .into_iter()
            .filter(|due| !self.in_flight.contains(&due.delivery.id))
            .take(room)
            .collect::<Vec<Due>>();
        for due in free {
            self.send(&receiver, due);
        }
        Ok(())
    }

    fn send(&mut self, receiver: &Arc<Receiver>, due: Due) {
        let id = due.delivery.id;
        // From an earlier run of the collector: sent, perhaps, without a record of it.
        let may_have_been_sent = due.epoch < self.shared.epoch;
        let since = may_have_been_sent.then(|| self.shared.clock.now());
        let known = Known {
            unknown_since: due.unknown_since.or(since),
            progress: self.progress.get(&id).cloned().unwrap_or_default(),
            ticket: self.shared.ledger.ticket(&due.delivery),
        };
        self.in_flight.insert(id);
        let shared = Arc::clone(&self.shared);
        let receiver = Arc::clone(receiver);
        let round = self.gate.round();
        let random = self.jitter.number();
        self.tasks.spawn(async move {
            let (attempted, next_at) = deliver(&shared, &receiver, &due, (known, random)).await;
            Finished {
                id,
                round,
                attempted,
                next_at,
            }
        });
    }

    /// A slot is free again.
    fn finish(&mut self, finished: Result<Finished, tokio::task::JoinError>) {
        let Ok(finished) = finished else {
            // It panicked. Its delivery stays claimed, so that it is not sent over and over; the
            // next start finds it, and takes its outcome for unknown.
            tracing::error!(receiver = %self.name, "an attempt to deliver panicked; it is made again after a restart");
            return;
        };
        let Finished {
            id,
            round,
            attempted,
            next_at,
        } = finished;
        self.in_flight.remove(&id);
        self.progress.remove(&id);
        if let Some(at) = next_at
            && self.wakes.len() < WAKES_MAX
        {
            self.wakes.insert(at);
        }
        match attempted.then {
            Then::Settled(_) | Then::Wait { .. } => self.gate.went_well(),
            Then::Again { .. } => {
                if attempted.progress.done > 0 && self.progress.len() < PROGRESS_MAX {
                    self.progress.insert(id, attempted.progress);
                }
                if is_receivers(attempted.judgement) {
                    self.hold(attempted.judgement, &attempted.pace, &attempted.why, round);
                } else {
                    self.gate.went_well();
                }
            }
        }
    }

    /// Leaves the receiver alone for a while.
    fn hold(&mut self, judgement: Judgement, pace: &[(String, String)], why: &str, round: u64) {
        let now = self.shared.clock.now();
        let renewed = judgement == Judgement::Auth
            && self
                .receiver
                .as_ref()
                .is_some_and(|receiver| receiver.read_secrets_again());
        let pause = match renewed {
            // Another token is on disk: worth trying at once.
            true => Duration::ZERO,
            false => pause(
                judgement,
                self.gate.next_failure(),
                asked_pause(pace, self.shared.clock.wall()),
                self.jitter.number(),
            ),
        };
        self.gate.failed(judgement, round, until(now, pause));
        tracing::warn!(
            receiver = %self.name,
            outcome = judgement.as_str(),
            pause_s = pause.as_secs_f64(),
            "receiver failed: {why}"
        );
        self.shared
            .standings
            .failed(&self.name, judgement, why, now);
    }

    fn show(&self) {
        let now = self.shared.clock.now();
        let held_until = self.gate.held_until(now);
        let by_receiver = [self.name.as_str()];
        let meters = &self.shared.meters;
        let in_flight = i64::try_from(self.in_flight.len()).unwrap_or(i64::MAX);
        meters
            .in_flight
            .with_label_values(&by_receiver)
            .set(in_flight);
        let held = i64::from(held_until.is_some());
        meters.held.with_label_values(&by_receiver).set(held);
        let paused_until = self.paused_until(now);
        let standing = match (&self.receiver, held_until, self.gate.next_failure()) {
            (None, _, _) => Standing::Absent,
            (Some(_), _, _) if paused_until.is_some() => Standing::Paused {
                until: paused_until.unwrap_or(now),
            },
            (Some(_), Some(until), _) => Standing::Held { until },
            (Some(_), None, 1) => Standing::Well,
            (Some(_), None, _) => Standing::Trying,
        };
        self.shared.standings.stand(&self.name, standing);
    }

    /// Sleeps until something may be different.
    async fn wait(&mut self, after_failure: bool) {
        let now = self.shared.clock.now();
        self.wakes = self.wakes.split_off(&now.after(Duration::from_millis(1)));
        let held = self.paused_until(now).or(self.gate.held_until(now));
        let wake = self.wakes.first().copied().into_iter().chain(held).min();
        let sleep = match wake {
            _ if after_failure => BOOKS_PAUSE,
            Some(at) => at.since(now).min(POLL_PAUSE),
            None => POLL_PAUSE,
        };
        let has_tasks = !self.tasks.is_empty();
        let finished = tokio::select! {
            finished = self.tasks.join_next(), if has_tasks => finished,
            () = self.ears.bell.notified() => None,
            _ = self.ears.receivers.changed() => None,
            _ = self.ears.stop.changed() => None,
            () = tokio::time::sleep(sleep) => None,
        };
        if let Some(finished) = finished {
            self.finish(finished);
        }
        // Whoever else has finished meanwhile makes room for the same claim.
        while let Some(finished) = self.tasks.try_join_next() {
            self.finish(finished);
        }
    }
}

/// Attempts a delivery and writes down what came of it; gives when it is tried again, if it is.
async fn deliver<L: Ledger, C: Clock>(
    shared: &Shared<L, C>,
    receiver: &Receiver,
    due: &Due,
    (known, random): (Known, f64),
) -> (Attempted, Option<Timestamp>) {
    let started_ms = shared.clock.monotonic_ms();
    let attempted = attempt(receiver, &due.delivery, known, &*shared.clock).await;
    count(shared, receiver, &attempted, started_ms);
    let now = shared.clock.now();
    let (next_at, unknown_since) = match &attempted.then {
        Then::Settled(fate) => {
            settle(shared, due, fate).await;
            return (attempted, None);
        }
        Then::Again { unknown_since } => {
            let asked = asked_pause(&attempted.pace, shared.clock.wall());
            let pause = pause(
                attempted.judgement,
                due.attempts.saturating_add(1),
                asked,
                random,
            );
            (until(now, pause), *unknown_since)
        }
        Then::Wait {
            unknown_since,
            until,
        } => (*until, Some(*unknown_since)),
    };
    let retry = Retry {
        delivery: due.delivery.id,
        next_at,
        attempts: due.attempts.saturating_add(1),
        unknown_since,
        answer: attempted.why.clone(),
    };
    write_down(shared, retry).await;
    (attempted, Some(next_at))
}

fn count<L, C: Clock>(
    shared: &Shared<L, C>,
    receiver: &Receiver,
    attempted: &Attempted,
    started_ms: i64,
) {
    let outcome = match attempted.then {
        Then::Wait { .. } => "waiting",
        Then::Settled(_) | Then::Again { .. } => attempted.judgement.as_str(),
    };
    let name = receiver.name();
    let meters = &shared.meters;
    meters.attempts.with_label_values(&[name, outcome]).inc();
    if let Then::Again { .. } = attempted.then {
        meters
            .attempts_failed
            .with_label_values(&[name, outcome])
            .inc();
    }
    let took_ms = shared.clock.monotonic_ms().saturating_sub(started_ms);
    #[allow(clippy::cast_precision_loss)] // milliseconds of one request
    meters
        .seconds
        .with_label_values(&[name])
        .observe(took_ms as f64 / 1000.0);
    for replaced in &attempted.replaced {
        meters.replaced.with_label_values(&[name]).inc();
        tracing::warn!(receiver = %name, "a built-in text was sent instead: {replaced}");
    }
}

/// Until it is written down the delivery stays claimed: it would be sent twice.
async fn settle<L: Ledger, C: Clock>(
    shared: &Shared<L, C>,
    due: &Due,
    fate: &vedette_triage::Fate,
) {
    loop {
        match shared.ledger.settle(&due.delivery, fate.clone()).await {
            Settled::Written => return,
            Settled::Later(why) => {
                tracing::warn!(
                    delivery = due.delivery.id.0,
                    "an outcome cannot be written down yet: {why}"
                );
            }
            Settled::Never(why) => {
                tracing::error!(
                    delivery = due.delivery.id.0,
                    "an outcome is refused by the store: {why}"
                );
            }
        }
        tokio::time::sleep(BOOKS_PAUSE).await;
    }
}

/// As [`settle`], for an attempt that was not the last.
async fn write_down<L: Ledger, C>(shared: &Shared<L, C>, retry: Retry) {
    loop {
        match shared.ledger.retry(retry.clone()).await {
            Ok(()) => return,
            Err(error) => {
                tracing::warn!(delivery = retry.delivery.0, %error, "an attempt cannot be written down yet");
            }
        }
        tokio::time::sleep(BOOKS_PAUSE).await;
    }
}
