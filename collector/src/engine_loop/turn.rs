//! One turn of the loop: what waits is decided, committed together, then told.
//!
//! What a commit that fails leaves to do is in [`super::recover`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use vedette_triage::{
    AlertId, Answer, Counters, Decision, Engine, EntityId, Input, Policy, Revision, Says, Signal,
    State, Timestamp,
};

use super::handle::{EngineHandle, Rejection, Submitted, Verdict};
use super::view::View;
use crate::clock::Clock;
use crate::recording::Recorder;
use crate::store::{Batch, CommitNumber, Loaded, Record, StoreError, StoreHandle};

/// Inputs that share one commit at most.
const BATCH_MAX: usize = 1024;
/// Longest sleep of the loop, so that a clock that was set is noticed.
const SLEEP_MAX: Duration = Duration::from_secs(10);
/// Sleep after a tick that was due and changed nothing; it would be due again at once.
const IDLE_TICK_PAUSE: Duration = Duration::from_secs(1);

/// What was just decided for good: committed, or in need of no commit.
#[derive(Debug)]
pub struct Published<'a> {
    /// In which commit; the last one, if nothing had to be stored.
    pub number: CommitNumber,
    /// What was decided, in order.
    pub decisions: &'a [Decision],
    /// How long the store took; zero if nothing had to be stored.
    pub took: Duration,
    /// How many signals about conditions were decided: each ends as exactly one outcome, now or
    /// later (invariant 8).
    pub signals: Signals,
}

/// So many signals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Signals {
    /// Of real conditions.
    pub real: u64,
    /// Of drills.
    pub drills: u64,
}

impl Signals {
    fn count(&mut self, input: &Input) {
        match input {
            Input::Signal(Signal::Alert(signal)) => match signal.drill {
                None => self.real += 1,
                Some(_) => self.drills += 1,
            },
            Input::Signal(Signal::Host(_))
            | Input::Command(_)
            | Input::Outcome { .. }
            | Input::PolicyChanged { .. }
            | Input::Started { .. }
            | Input::ClockStepped { .. }
            | Input::NoiseFound { .. }
            | Input::Tick => {}
        }
    }
}

/// Whoever counts, logs and delivers what was committed. Never decides.
pub trait Observer: Send + 'static {
    /// Told after each commit, and only then.
    fn committed(&mut self, published: &Published<'_>);
    /// Told when the store did not take a batch.
    fn failed(&mut self, error: &StoreError);
    /// Told whether openings are refused for want of space.
    fn tight(&mut self, tight: bool);
    /// Told after the engine went back to what is stored: whoever keeps a copy does so, too.
    fn reloaded(&mut self) {}
}

/// Space kept aside so that resolves still commit on a full disk.
pub trait Reserve: Send + 'static {
    /// Gives the space back to the store. Says whether there was any.
    fn release(&mut self) -> bool;
    /// Tries to set it aside again; says whether it is there.
    fn restore(&mut self) -> bool;
}

/// How the loop ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Nobody can send any more; what was sent is committed.
    Done,
    /// Another run has taken the store; what was not committed was refused.
    Ousted(String),
}

/// The loop that owns the engine.
pub struct EngineLoop<C, O, R> {
    engine: Engine,
    pub(super) policy: Arc<Policy>,
    pub(super) store: StoreHandle,
    pub(super) inputs: mpsc::Receiver<Submitted>,
    view: View,
    clock: Arc<C>,
    pub(super) observer: O,
    pub(super) reserve: R,
    pub(super) number: CommitNumber,
    pub(super) epoch: u64,
    /// The store is away: nothing is decided until a probe write succeeds.
    pub(super) away: bool,
    /// The store has little space: nothing is opened until the reserve is back.
    pub(super) tight: bool,
    /// Another run has taken the store, in its words: this one is over.
    pub(super) ousted: Option<String>,
    /// Commits that failed since one succeeded.
    pub(super) failures: u32,
    /// When the reserve may next be looked after.
    pub(super) relax_at: tokio::time::Instant,
    /// A tick was due and changed nothing.
    pub(super) idle_tick: bool,
    /// How much of what time jumped forward the engine knows.
    stepped_ms: i64,
    /// Ends that were written behind and are in the state since the last load: the next record says so.
    ends: Vec<(AlertId, Timestamp)>,
}

/// What was decided of a batch and is not committed yet.
pub(super) struct Decided {
    decisions: Arc<Vec<Decision>>,
    recorder: Recorder,
    /// In the order of the batch.
    answers: Vec<Result<Answer, Rejection>>,
    now: Timestamp,
    /// In force once this is committed.
    policy: Arc<Policy>,
    /// By how much time jumped forward, as far as these decisions know it.
    stepped_ms: i64,
    signals: Signals,
}

impl Decided {
    /// When.
    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    /// A batch that changes nothing costs no commit.
    fn changes_nothing(&self) -> bool {
        let nothing =
            |decision: &Decision| decision.changes.is_empty() && decision.entries.is_empty();
        self.decisions.iter().all(nothing)
    }
}

impl<C: Clock, O: Observer, R: Reserve> EngineLoop<C, O, R> {
    /// Takes over a loaded store, and sets the reserve aside. Follow it by [`EngineLoop::run`].
    pub fn resume(
        loaded: Loaded,
        policy: Arc<Policy>,
        store: StoreHandle,
        clock: Arc<C>,
        (observer, mut reserve): (O, R),
    ) -> (EngineLoop<C, O, R>, EngineHandle, View) {
        // Without it the loop runs as well; it is only the sooner helpless on a full disk.
        reserve.restore();
        let (handle, inputs) = EngineHandle::channel();
        let view = View::default();
        let stepped_ms = clock.stepped_ms();
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
            away: false,
            tight: false,
            ousted: None,
            failures: 0,
            relax_at: tokio::time::Instant::now(),
            idle_tick: false,
            stepped_ms,
            ends: Vec::new(),
        };
        this.take_over(loaded);
        (this, handle, view)
    }

    /// Runs until every [`EngineHandle`] is gone, then commits what still waits; or until another
    /// run has taken the store.
    pub async fn run(mut self) -> Ended {
        loop {
            if self.away && !self.wait_for_store().await {
                return Ended::Done;
            }
            if let Some(why) = self.ousted.take() {
                return Ended::Ousted(why);
            }
            let Some(batch) = self.next_batch().await else {
                return Ended::Done;
            };
            self.turn(batch).await;
            self.relax();
        }
    }

    /// What waits, or nothing when it is time to look at the timers. None when nobody can send any more.
    async fn next_batch(&mut self) -> Option<Vec<Submitted>> {
        let mut batch = Vec::new();
        let sleep = sleep(self.engine.next_wake(), self.now(), self.idle_tick);
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
        let now = self.now();
        let own = self.own_inputs(now);
        let mut decided = self.decide_all(&own, &batch, now);
        let begun = Instant::now();
        match self.commit(&mut decided).await {
            Ok(()) => self.conclude(decided, &batch, begun.elapsed()),
            Err(error) => self.recover((own, batch), decided, error).await,
        }
    }

    /// The clock's time never goes back; neither does this if the store knows of a later one
    /// than at the start (invariant 1).
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now().max(self.engine.state().now())
    }

    /// Inputs of the loop itself: a clock that was set, a timer that is due. `now` was read
    /// before: a step that it does not know of moves timers too late rather than too soon.
    fn own_inputs(&self, now: Timestamp) -> Vec<Input> {
        let mut own = Vec::new();
        let by_ms = self.clock.stepped_ms() - self.stepped_ms;
        if by_ms != 0 {
            own.push(Input::ClockStepped { by_ms });
        }
        if self.engine.next_wake().is_some_and(|at| at <= now) {
            own.push(Input::Tick);
        }
        own
    }

    /// Decides and applies one after another. The engine is ahead of the store from here to
    /// [`EngineLoop::conclude`]; nobody sees it.
    pub(super) fn decide_all(
        &mut self,
        own: &[Input],
        batch: &[Submitted],
        now: Timestamp,
    ) -> Decided {
        let mut decisions = Vec::with_capacity(own.len() + batch.len());
        let mut answers = Vec::with_capacity(batch.len());
        let mut policy = Arc::clone(&self.policy);
        let mut stepped_ms = 0;
        let mut signals = Signals::default();
        let mut recorder = Recorder::default();
        for input in own {
            let decision = self.decide(now, input, &policy);
            recorder.take(input, &decision);
            match input {
                Input::ClockStepped { by_ms } => stepped_ms += by_ms,
                Input::Tick => self.look_at_tick(&decision, now),
                Input::Signal(_)
                | Input::Command(_)
                | Input::Outcome { .. }
                | Input::PolicyChanged { .. }
                | Input::Started { .. }
                | Input::NoiseFound { .. } => {}
            }
            decisions.push(decision);
        }
        for submitted in batch {
            if self.tight && self.opens(&submitted.input) {
                let why = "the disk is full; what is open still closes".into();
                answers.push(Err(Rejection::Later(why)));
                continue;
            }
            if let Some(after) = &submitted.policy {
                policy = Arc::clone(after);
            }
            signals.count(&submitted.input);
            let decision = self.decide(now, &submitted.input, &policy);
            recorder.take(&submitted.input, &decision);
            answers.push(Ok(decision.answer.clone()));
            decisions.push(decision);
        }
        Decided {
            decisions: Arc::new(decisions),
            recorder,
            answers,
            now,
            policy,
            stepped_ms,
            signals,
        }
    }

    fn decide(&mut self, now: Timestamp, input: &Input, policy: &Policy) -> Decision {
        let decision = self.engine.decide(now, input, policy);
        self.engine.apply(&decision);
        decision
    }

    /// A timer that stays due though nothing comes of it must not keep the loop spinning.
    fn look_at_tick(&mut self, decision: &Decision, now: Timestamp) {
        let due = self.engine.next_wake().filter(|at| *at <= now);
        let was_idle = self.idle_tick;
        self.idle_tick = due.is_some() && decision.changes.is_empty();
        if self.idle_tick && !was_idle {
            tracing::error!(
                ?due,
                "a timer of the engine is due and nothing comes of it; it is looked at once a second"
            );
        }
    }

    /// Commits what was decided, if it changes anything.
    pub(super) async fn commit(&mut self, decided: &mut Decided) -> Result<(), StoreError> {
        if decided.changes_nothing() {
            return Ok(());
        }
        let recorder = std::mem::take(&mut decided.recorder);
        let batch = self.batch(decided.now, decided.policy.revision, recorder);
        let decisions = Arc::clone(&decided.decisions);
        self.write(Batch { decisions, ..batch }).await?;
        self.failures = 0;
        Ok(())
    }

    /// Writes a batch that follows the last commit.
    pub(super) async fn write(&mut self, batch: Batch) -> Result<(), StoreError> {
        self.store.commit(Arc::new(batch)).await?;
        self.number = self.next_number();
        self.ends.clear();
        Ok(())
    }

    pub(super) fn next_number(&self) -> CommitNumber {
        CommitNumber(self.number.0 + 1)
    }

    /// The batch that follows the last commit, without decisions yet.
    fn batch(&self, now: Timestamp, revision: Revision, recorder: Recorder) -> Batch {
        Batch {
            number: self.next_number(),
            epoch: self.epoch,
            now,
            counters: self.engine.state().counters(),
            revision,
            decisions: Arc::default(),
            record: Record {
                policy: self.policy.revision,
                body: recorder.seal(&self.ends),
            },
        }
    }

    /// A batch that writes the commit number and nothing else.
    pub(super) fn probe_batch(&self) -> Batch {
        self.batch(self.now(), self.policy.revision, Recorder::default())
    }

    /// What was decided is on disk: readers see it, whoever counts and delivers is told, senders
    /// are answered.
    pub(super) fn conclude(&mut self, decided: Decided, batch: &[Submitted], took: Duration) {
        self.stepped_ms += decided.stepped_ms;
        self.view.publish(self.number, &decided.decisions);
        if !decided.decisions.is_empty() {
            let stored = !decided.changes_nothing();
            self.observer.committed(&Published {
                number: self.number,
                decisions: &decided.decisions,
                took: if stored { took } else { Duration::ZERO },
                signals: decided.signals,
            });
        }
        self.policy = decided.policy;
        for (submitted, answer) in batch.iter().zip(decided.answers) {
            let verdict = match answer {
                Ok(answer) => Verdict::Committed {
                    number: self.number,
                    answer,
                },
                Err(rejection) => Verdict::Rejected(rejection),
            };
            submitted.verdict.send_replace(Some(verdict));
        }
    }

    /// Makes what is stored the state, for the engine and for readers.
    pub(super) fn take_over(&mut self, loaded: Loaded) {
        // Until when it ran may be written before anything is committed.
        let counters = match loaded.number {
            CommitNumber(0) => Counters::FIRST,
            CommitNumber(_) => loaded.counters,
        };
        let mut state = State::resume(loaded.now.unwrap_or(Timestamp::MIN), counters);
        // What was decided and not stored did not happen; the time has passed all the same (invariant 1).
        state.advance(self.engine.state().now());
        for record in loaded.records {
            state.load(record);
        }
        self.number = loaded.number;
        self.epoch = loaded.epoch;
        self.ends = loaded.ends;
        self.view.replace(self.number, state.clone());
        self.engine = Engine::resume(state);
    }

    /// Whether an input would add something new: what is refused first when space is short.
    fn opens(&self, input: &Input) -> bool {
        let state = self.engine.state();
        match input {
            Input::Signal(Signal::Alert(signal)) => match signal.says {
                Says::Firing { .. } => {
                    let known = state.alert_of(&signal.identity);
                    // That the disk is full must be told on a full disk.
                    let own = signal.identity.entity() == Some(EntityId::of_collector());
                    !own && !known.is_some_and(|alert| alert.is_firing())
                }
                Says::Ok { .. } => false,
            },
            Input::Signal(Signal::Host(signal)) => state.host(&signal.id).is_none(),
            Input::Command(_)
            | Input::Outcome { .. }
            | Input::PolicyChanged { .. }
            | Input::Started { .. }
            | Input::ClockStepped { .. }
            | Input::NoiseFound { .. }
            | Input::Tick => false,
        }
    }
}

/// How long nothing has to be done unless somebody sends something.
fn sleep(next_wake: Option<Timestamp>, now: Timestamp, idle_tick: bool) -> Duration {
    let until_due = match next_wake {
        Some(at) => at.since(now).min(SLEEP_MAX),
        None => SLEEP_MAX,
    };
    match idle_tick {
        true => until_due.max(IDLE_TICK_PAUSE),
        false => until_due,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loop_sleeps_until_a_timer_is_due_and_never_spins_on_one() {
        check(None, false, 10_000);
        check(Some(4_000), false, 4_000);
        check(Some(60_000), false, 10_000); // a clock that is set must be noticed
        check(Some(0), false, 0);
        check(Some(-5_000), false, 0);
        check(Some(-5_000), true, 1_000);
        check(Some(4_000), true, 4_000);
    }

    #[track_caller]
    fn check(due_in_ms: Option<i64>, idle_tick: bool, expected_ms: u64) {
        let now = Timestamp::from_millis(1_750_000_000_000);
        let due = due_in_ms.map(|ms| Timestamp::from_millis(now.as_millis() + ms));
        let slept = sleep(due, now, idle_tick);
        assert_eq!(slept, Duration::from_millis(expected_ms));
    }
}
