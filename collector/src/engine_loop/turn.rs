//! One turn of the loop: what waits is decided, committed together, then told.
//!
//! A store that is away answers everybody 503 and is probed until it is back; a
//! store without space gets its reserve released and opens nothing more; a batch
//! that is refused is repeated one by one, and only the culprit is rejected.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use vedette_triage::{Decision, Engine, Input, Policy, Says, Signal, State, Timestamp};

use super::handle::{EngineHandle, Rejection, Submitted, Verdict};
use super::view::View;
use crate::clock::Clock;
use crate::store::{Batch, CommitNumber, Loaded, StoreError, StoreHandle};

/// Inputs that share one commit at most.
const BATCH_MAX: usize = 1024;
/// Pause between two looks at a store that is away.
const PROBE_PAUSE: Duration = Duration::from_secs(1);
/// Longest sleep of the loop, so that a clock that was set is noticed.
const SLEEP_MAX: Duration = Duration::from_secs(10);
/// A step of the wall clock against the monotonic one that moves timers.
const CLOCK_STEP_MIN_MS: i64 = 30_000;

/// What was just committed.
#[derive(Debug)]
pub struct Published<'a> {
    /// In which commit.
    pub number: CommitNumber,
    /// What was decided, in order.
    pub decisions: &'a [Decision],
    /// How long the store took.
    pub took: Duration,
}

/// Whoever counts, logs and delivers what was committed. Never decides.
pub trait Observer: Send + 'static {
    /// Told after each commit, and only then.
    fn committed(&mut self, published: &Published<'_>);
    /// Told when the store did not take a batch.
    fn failed(&mut self, error: &StoreError);
    /// Told whether openings are refused for want of space.
    fn tight(&mut self, tight: bool);
}

/// Space kept aside so that resolves still commit on a full disk.
pub trait Reserve: Send + 'static {
    /// Gives the space back to the store. Says whether there was any.
    fn release(&mut self) -> bool;
    /// Tries to set it aside again; says whether it is there.
    fn restore(&mut self) -> bool;
}

/// The loop that owns the engine.
pub struct EngineLoop<C, O, R> {
    engine: Engine,
    policy: Arc<Policy>,
    store: StoreHandle,
    inputs: mpsc::Receiver<Submitted>,
    view: View,
    clock: Arc<C>,
    observer: O,
    reserve: R,
    number: CommitNumber,
    epoch: u64,
    standing: Standing,
    /// Wall minus monotonic clock when last looked, to notice that the wall clock was set.
    clock_offset_ms: i64,
}

/// How the loop stands with its store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It commits.
    Well,
    /// It has no space: nothing is opened.
    Tight,
    /// It is away: nothing is decided.
    Away,
}

/// What came of one attempt to commit.
enum Attempt {
    Committed(Duration),
    Failed(StoreError),
}

impl<C: Clock, O: Observer, R: Reserve> EngineLoop<C, O, R> {
    /// Takes over a loaded store. Follow it by [`EngineLoop::run`].
    pub fn resume(
        loaded: Loaded,
        policy: Arc<Policy>,
        store: StoreHandle,
        clock: Arc<C>,
        (observer, reserve): (O, R),
    ) -> (EngineLoop<C, O, R>, EngineHandle, View) {
        let (handle, inputs) = EngineHandle::channel();
        let view = View::default();
        let clock_offset_ms = clock.now().as_millis() - clock.monotonic_ms();
        let mut this = EngineLoop {
            engine: Engine::default(),
            policy,
            store,
            inputs,
            view: view.clone(),
            clock,
            observer,
            reserve,
            number: CommitNumber::default(),
            epoch: 0,
            standing: Standing::Well,
            clock_offset_ms,
        };
        this.take_over(loaded);
        (this, handle, view)
    }

    /// Runs until every [`EngineHandle`] is gone; then commits what still waits.
    pub async fn run(mut self) {
        loop {
            match self.standing {
                Standing::Well | Standing::Tight => {}
                Standing::Away => self.wait_for_store().await,
            }
            let Some(batch) = self.next_batch().await else {
                return;
            };
            self.turn(batch).await;
            self.try_to_relax();
        }
    }

    /// What waits, or a tick when one is due. None when nobody can send any more.
    async fn next_batch(&mut self) -> Option<Vec<Submitted>> {
        let mut batch = Vec::new();
        let now = self.clock.now();
        let sleep = match self.engine.next_wake() {
            Some(at) => at.since(now).min(SLEEP_MAX),
            None => SLEEP_MAX,
        };
        if sleep > Duration::ZERO {
            tokio::select! {
                biased;
                received = self.inputs.recv_many(&mut batch, BATCH_MAX) => {
                    if received == 0 {
                        return None;
                    }
                }
                () = tokio::time::sleep(sleep) => {}
            }
        } else {
            while batch.len() < BATCH_MAX {
                match self.inputs.try_recv() {
                    Ok(submitted) => batch.push(submitted),
                    Err(_) => break,
                }
            }
        }
        Some(batch)
    }

    /// One turn: senders are answered, readers see, and the outbox wakes only after the commit (invariant 2).
    async fn turn(&mut self, batch: Vec<Submitted>) {
        let now = self.clock.now().max(self.engine.state().now());
        let own = self.own_inputs(now);
        match self.attempt(&own, &batch, now).await {
            Attempt::Committed(_) => {}
            Attempt::Failed(error) => self.recover(&own, batch, now, error).await,
        }
    }

    /// Inputs of the loop itself: a clock that was set, a timer that is due.
    fn own_inputs(&mut self, now: Timestamp) -> Vec<Input> {
        let mut own = Vec::new();
        let offset_ms = self.clock.now().as_millis() - self.clock.monotonic_ms();
        let by_ms = offset_ms - self.clock_offset_ms;
        if by_ms.abs() > CLOCK_STEP_MIN_MS {
            self.clock_offset_ms = offset_ms;
            own.push(Input::ClockStepped { by_ms });
        }
        if self.engine.next_wake().is_some_and(|at| at <= now) {
            own.push(Input::Tick);
        }
        own
    }

    /// Decides and applies one after another, commits once, then tells.
    async fn attempt(&mut self, own: &[Input], batch: &[Submitted], now: Timestamp) -> Attempt {
        let mut decisions = Vec::with_capacity(own.len() + batch.len());
        let mut answers = Vec::with_capacity(batch.len());
        let mut policy = Arc::clone(&self.policy);
        for input in own {
            decisions.push(self.decide(now, input, &policy));
        }
        for submitted in batch {
            if let Some(after) = &submitted.policy {
                policy = Arc::clone(after);
            }
            if self.standing == Standing::Tight && self.opens(&submitted.input) {
                let why = "the disk is full; what is open still closes".into();
                answers.push(Verdict::Rejected(Rejection::Later(why)));
                continue;
            }
            let decision = self.decide(now, &submitted.input, &policy);
            answers.push(Verdict::Committed {
                number: CommitNumber(self.number.0 + 1),
                answer: decision.answer.clone(),
            });
            decisions.push(decision);
        }
        let decisions = Arc::new(decisions);
        let outcome = self.commit(now, &policy, Arc::clone(&decisions)).await;
        if let Attempt::Committed(took) = &outcome {
            self.policy = policy;
            self.tell(&decisions, *took);
            for (submitted, verdict) in batch.iter().zip(answers) {
                submitted.verdict.send_replace(Some(verdict));
            }
        }
        outcome
    }

    fn decide(&mut self, now: Timestamp, input: &Input, policy: &Policy) -> Decision {
        let decision = self.engine.decide(now, input, policy);
        self.engine.apply(&decision);
        decision
    }

    /// A batch that changes nothing costs no commit.
    async fn commit(
        &mut self,
        now: Timestamp,
        policy: &Policy,
        decisions: Arc<Vec<Decision>>,
    ) -> Attempt {
        let changes_nothing =
            |decision: &Decision| decision.changes.is_empty() && decision.entries.is_empty();
        if decisions.iter().all(changes_nothing) {
            return Attempt::Committed(Duration::ZERO);
        }
        let batch = Arc::new(Batch {
            number: CommitNumber(self.number.0 + 1),
            epoch: self.epoch,
            now,
            counters: self.engine.state().counters(),
            revision: policy.revision,
            decisions,
        });
        let before = self.clock.monotonic_ms();
        match self.store.commit(batch).await {
            Ok(()) => {
                self.number = CommitNumber(self.number.0 + 1);
                let took = self.clock.monotonic_ms().saturating_sub(before);
                Attempt::Committed(Duration::from_millis(u64::try_from(took).unwrap_or(0)))
            }
            Err(error) => Attempt::Failed(error),
        }
    }

    fn tell(&mut self, decisions: &[Decision], took: Duration) {
        self.view.publish(decisions);
        self.observer.committed(&Published {
            number: self.number,
            decisions,
            took,
        });
    }

    /// The batch did not commit as a whole: reload, then do what its error allows.
    async fn recover(
        &mut self,
        own: &[Input],
        batch: Vec<Submitted>,
        now: Timestamp,
        error: StoreError,
    ) {
        self.observer.failed(&error);
        let intended = CommitNumber(self.number.0 + 1);
        if !self.reload().await {
            return reject(&batch, &Rejection::Later(error.to_string()));
        }
        match error {
            StoreError::Unknown(_) if self.number >= intended => {
                // It was written. Answers were lost with the decisions: senders ask again and find it done.
                let why = "it was stored, but the answer was lost".into();
                reject(&batch, &Rejection::Later(why));
            }
            StoreError::Away(why) | StoreError::Unknown(why) => {
                self.standing = Standing::Away;
                reject(&batch, &Rejection::Later(why));
            }
            StoreError::Full(why) => {
                if self.standing == Standing::Well && self.reserve.release() {
                    self.stand(Standing::Tight);
                    self.one_by_one(own, batch, now).await;
                } else {
                    reject(&batch, &Rejection::Later(why));
                }
            }
            StoreError::Refused(_) => self.one_by_one(own, batch, now).await,
            StoreError::Broken(why) => {
                self.standing = Standing::Away;
                reject(&batch, &Rejection::Never(why));
            }
        }
    }

    /// Repeats a batch one by one, so that only the culprit is rejected.
    async fn one_by_one(&mut self, own: &[Input], batch: Vec<Submitted>, now: Timestamp) {
        for input in own {
            if let Attempt::Failed(error) =
                Box::pin(self.attempt(std::slice::from_ref(input), &[], now)).await
            {
                self.observer.failed(&error);
                if !self.reload().await {
                    break;
                }
            }
        }
        for submitted in batch {
            let alone = [submitted];
            if let Attempt::Failed(error) = Box::pin(self.attempt(&[], &alone, now)).await {
                self.observer.failed(&error);
                reject(&alone, &rejection_of(&error));
                self.reload().await;
            }
        }
    }

    /// Goes back to what is stored. Says whether that worked.
    async fn reload(&mut self) -> bool {
        match self.store.load().await {
            Ok(loaded) => {
                self.take_over(loaded);
                true
            }
            Err(error) => {
                self.observer.failed(&error);
                self.standing = Standing::Away;
                false
            }
        }
    }

    fn take_over(&mut self, loaded: Loaded) {
        let now = loaded.now.unwrap_or(Timestamp::MIN);
        let mut state = State::resume(now, loaded.counters);
        for change in &loaded.records {
            state.apply(change);
        }
        self.number = loaded.number;
        self.epoch = loaded.epoch;
        self.view.replace(state.clone());
        self.engine = Engine::resume(state);
    }

    /// Refuses inputs, undecided, until a probe write succeeds.
    async fn wait_for_store(&mut self) {
        loop {
            let mut waiting = Vec::new();
            while let Ok(submitted) = self.inputs.try_recv() {
                waiting.push(submitted);
            }
            let why = Rejection::Later("the store is away".into());
            reject(&waiting, &why);
            if self.probe().await {
                self.stand(Standing::Well);
                return;
            }
            tokio::time::sleep(PROBE_PAUSE).await;
        }
    }

    /// Loads and commits an empty batch: it is a real write of the commit number.
    async fn probe(&mut self) -> bool {
        if !self.reload().await {
            return false;
        }
        let batch = Arc::new(Batch {
            number: CommitNumber(self.number.0 + 1),
            epoch: self.epoch,
            now: self.clock.now().max(self.engine.state().now()),
            counters: self.engine.state().counters(),
            revision: self.policy.revision,
            decisions: Arc::new(Vec::new()),
        });
        match self.store.commit(batch).await {
            Ok(()) => {
                self.number = CommitNumber(self.number.0 + 1);
                true
            }
            Err(error) => {
                self.observer.failed(&error);
                false
            }
        }
    }

    fn try_to_relax(&mut self) {
        if self.standing == Standing::Tight && self.reserve.restore() {
            self.stand(Standing::Well);
        }
    }

    fn stand(&mut self, standing: Standing) {
        self.standing = standing;
        self.observer.tight(standing == Standing::Tight);
    }

    /// Whether an input would add something new: what is refused first when space is short.
    fn opens(&self, input: &Input) -> bool {
        match input {
            Input::Signal(Signal::Alert(signal)) => match signal.says {
                Says::Firing { .. } => !self
                    .engine
                    .state()
                    .alert_of(&signal.identity)
                    .is_some_and(|alert| alert.is_firing()),
                Says::Ok { .. } => false,
            },
            Input::Signal(Signal::Host(_)) => true,
            Input::Command(_)
            | Input::Outcome { .. }
            | Input::PolicyChanged { .. }
            | Input::Started { .. }
            | Input::ClockStepped { .. }
            | Input::Tick => false,
        }
    }
}

fn reject(batch: &[Submitted], rejection: &Rejection) {
    for submitted in batch {
        submitted
            .verdict
            .send_replace(Some(Verdict::Rejected(rejection.clone())));
    }
}

fn rejection_of(error: &StoreError) -> Rejection {
    match error {
        StoreError::Refused(why) | StoreError::Broken(why) => Rejection::Never(why.clone()),
        StoreError::Away(why) | StoreError::Full(why) | StoreError::Unknown(why) => {
            Rejection::Later(why.clone())
        }
    }
}
