//! Decides what follows a commit that failed, by what the store says can be done.
//!
//! Away: everybody is told to come back, and the store is probed until it writes
//! again. Full: the reserve is released, and nothing is opened until it is back.
//! Refused: the batch is repeated one by one, and only the culprit is rejected.
//! Unknown: the commit number tells. Whatever it was, the engine first goes back
//! to what is stored.

use std::time::{Duration, Instant};

use vedette_triage::{Input, Timestamp};

use super::handle::{Rejection, Submitted, Verdict};
use super::turn::{Decided, EngineLoop, Observer, Reserve};
use crate::clock::Clock;
use crate::store::StoreError;

/// Pause between two looks at a store that is away.
const PROBE_PAUSE: Duration = Duration::from_secs(1);
/// Pause between two attempts to set the reserve aside again.
const RELAX_PAUSE: Duration = Duration::from_secs(5);
/// Inputs of one batch that the store may refuse each by itself; after so many the rest is told
/// to come back, because each costs a load.
const CULPRITS_MAX: usize = 16;
/// Inputs that are refused at a time while the store is away.
const REFUSED_AT_ONCE: usize = 1024;

/// Inputs that were decided together: the loop's own, and those that were sent.
pub(super) type Inputs = (Vec<Input>, Vec<Submitted>);

/// What is left to do after a commit that failed. The state is what is stored, again.
enum Aftermath {
    /// Nothing: it was written all the same.
    Written,
    /// Nothing was written; without openings, and with the reserve, it may work.
    WithoutOpenings,
    /// Nothing was written; one by one it may work.
    OneByOne,
    /// Nothing was written, and it is of no use to try again now.
    GiveUp(Rejection),
}

/// What came of one input by itself.
enum Alone {
    Committed,
    /// Its sender was told.
    Refused,
    /// The sender of this one, and of all that follow, is still to be told.
    GivenUp(Rejection),
}

impl<C: Clock, O: Observer, R: Reserve> EngineLoop<C, O, R> {
    /// Does with a batch that did not commit what its error allows.
    pub(super) async fn recover(
        &mut self,
        (own, batch): Inputs,
        mut decided: Decided,
        mut error: StoreError,
    ) {
        loop {
            let now = decided.now();
            match self.aftermath(error).await {
                Aftermath::Written => return self.conclude(decided, &batch, Duration::ZERO),
                Aftermath::GiveUp(rejection) => return reject(&batch, &rejection),
                Aftermath::OneByOne => return self.one_by_one((own, batch), now).await,
                // Once: the reserve is released only once.
                Aftermath::WithoutOpenings => {
                    decided = self.decide_all(&own, &batch, now);
                    let begun = Instant::now();
                    match self.commit(&mut decided).await {
                        Ok(()) => return self.conclude(decided, &batch, begun.elapsed()),
                        Err(again) => error = again,
                    }
                }
            }
        }
    }

    async fn aftermath(&mut self, error: StoreError) -> Aftermath {
        self.observer.failed(&error);
        self.failures += 1;
        // Before the load, which writes its epoch: on a full disk it would fail as well.
        let relieved = match &error {
            StoreError::Full(_) => self.tighten(),
            StoreError::Away(_)
            | StoreError::Refused(_)
            | StoreError::Taken(_)
            | StoreError::Unknown(_)
            | StoreError::Broken(_) => false,
        };
        if let StoreError::Taken(_) = &error {
            return self.give_way(&error);
        }
        // With another epoch in between it may be somebody else's commit that has our number.
        let ours = (self.next_number(), self.epoch + 1);
        if !self.reload().await {
            return Aftermath::GiveUp(Rejection::Later(error.to_string()));
        }
        match error {
            StoreError::Unknown(_) if (self.number, self.epoch) == ours => Aftermath::Written,
            StoreError::Full(_) if relieved => Aftermath::WithoutOpenings,
            StoreError::Refused(_) => Aftermath::OneByOne,
            StoreError::Full(_)
            | StoreError::Away(_)
            | StoreError::Taken(_)
            | StoreError::Unknown(_)
            // A store that holds something impossible is nobody's fault who sends: they keep their data.
            | StoreError::Broken(_) => {
                self.away = true;
                Aftermath::GiveUp(Rejection::Later(error.to_string()))
            }
        }
    }

    /// Another run has the store: loading it again would take it back, and so on for ever.
    fn give_way(&mut self, error: &StoreError) -> Aftermath {
        self.ousted = Some(error.to_string());
        Aftermath::GiveUp(Rejection::Later(error.to_string()))
    }

    /// Repeats a batch one by one, so that only the culprit is rejected.
    async fn one_by_one(&mut self, (own, batch): Inputs, now: Timestamp) {
        for input in &own {
            match self.alone((std::slice::from_ref(input), &[]), now).await {
                Alone::Committed => {}
                // It stays due; without a pause it would be tried again at once.
                Alone::Refused => self.idle_tick = true,
                Alone::GivenUp(rejection) => return reject(&batch, &rejection),
            }
        }
        let mut culprits = 0;
        for (at, submitted) in batch.iter().enumerate() {
            match self
                .alone((&[], std::slice::from_ref(submitted)), now)
                .await
            {
                Alone::Committed => {}
                Alone::Refused => culprits += 1,
                Alone::GivenUp(rejection) => return reject(&batch[at..], &rejection),
            }
            if culprits == CULPRITS_MAX {
                let why = format!("{CULPRITS_MAX} changes that came with it were refused");
                return reject(&batch[at + 1..], &Rejection::Later(why));
            }
        }
    }

    /// Decides and commits one input, and answers its sender unless that is left to the caller.
    async fn alone(&mut self, (own, sent): (&[Input], &[Submitted]), now: Timestamp) -> Alone {
        let mut decided = self.decide_all(own, sent, now);
        let begun = Instant::now();
        let Err(error) = self.commit(&mut decided).await else {
            self.conclude(decided, sent, begun.elapsed());
            return Alone::Committed;
        };
        let rejection = rejection_of(&error);
        match self.aftermath(error).await {
            Aftermath::Written => {
                self.conclude(decided, sent, begun.elapsed());
                Alone::Committed
            }
            Aftermath::WithoutOpenings | Aftermath::OneByOne => {
                reject(sent, &rejection);
                Alone::Refused
            }
            Aftermath::GiveUp(rejection) => Alone::GivenUp(rejection),
        }
    }

    /// Goes back to what is stored. Says whether that worked; if not, the store is away.
    async fn reload(&mut self) -> bool {
        let mut loaded = self.store.load().await;
        if let Err(StoreError::Full(_)) = &loaded
            && self.tighten()
        {
            loaded = self.store.load().await;
        }
        match loaded {
            Ok(loaded) => {
                self.take_over(loaded);
                self.observer.reloaded();
                true
            }
            Err(error) => {
                self.observer.failed(&error);
                if let StoreError::Taken(_) = &error {
                    self.ousted = Some(error.to_string());
                }
                self.away = true;
                false
            }
        }
    }

    /// Refuses inputs, undecided, until a probe write succeeds. False when nobody can send any more.
    ///
    /// A first failure is probed at once: most are over by then. After that with a pause, so that
    /// a store which takes probes and nothing else is not hammered.
    pub(super) async fn wait_for_store(&mut self) -> bool {
        let mut pause = match self.failures {
            0 | 1 => Duration::ZERO,
            _ => PROBE_PAUSE,
        };
        loop {
            if !self.refuse_for(pause).await {
                return false;
            }
            if self.probe().await || self.ousted.is_some() {
                self.away = false;
                return true;
            }
            pause = PROBE_PAUSE;
        }
    }

    /// Refuses whatever comes meanwhile. False when nobody can send any more.
    async fn refuse_for(&mut self, pause: Duration) -> bool {
        let over = tokio::time::sleep(pause);
        tokio::pin!(over);
        let why = Rejection::Later("the store is away".into());
        loop {
            let mut waiting = Vec::new();
            tokio::select! {
                // Time first: a flood of inputs must not keep the store from being probed.
                biased;
                () = &mut over => return true,
                received = self.inputs.recv_many(&mut waiting, REFUSED_AT_ONCE) => {
                    if received == 0 {
                        return false;
                    }
                    reject(&waiting, &why);
                }
            }
        }
    }

    /// Loads and commits an empty batch: it is a real write of the commit number.
    async fn probe(&mut self) -> bool {
        if !self.reload().await {
            return false;
        }
        let batch = self.probe_batch();
        match self.write(batch).await {
            Ok(()) => true,
            Err(error) => {
                self.observer.failed(&error);
                match error {
                    StoreError::Full(_) => {
                        self.tighten();
                    }
                    StoreError::Taken(_) => self.ousted = Some(error.to_string()),
                    StoreError::Away(_)
                    | StoreError::Refused(_)
                    | StoreError::Unknown(_)
                    | StoreError::Broken(_) => {}
                }
                false
            }
        }
    }

    /// Releases the reserve and opens nothing from now on. False if that was so already.
    fn tighten(&mut self) -> bool {
        if self.tight {
            return false;
        }
        self.reserve.release();
        self.tight = true;
        self.observer.tight(true);
        true
    }

    /// Goes on where the run before ended on a full disk: unless the reserve could be set aside,
    /// nothing is opened until it is back. What it left is for what is open.
    pub fn stay_tight(&mut self) {
        if !self.reserve.restore() {
            self.tight = true;
            self.observer.tight(true);
        }
    }

    /// Opens again as soon as the reserve is back.
    pub(super) fn relax(&mut self) {
        let now = tokio::time::Instant::now();
        if !self.tight || self.away || now < self.relax_at {
            return;
        }
        self.relax_at = now + RELAX_PAUSE;
        if self.reserve.restore() {
            self.tight = false;
            self.observer.tight(false);
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

/// What the sender of an input is told that failed alone.
fn rejection_of(error: &StoreError) -> Rejection {
    match error {
        StoreError::Refused(why) => Rejection::Never(why.clone()),
        StoreError::Away(_)
        | StoreError::Full(_)
        | StoreError::Taken(_)
        | StoreError::Unknown(_)
        | StoreError::Broken(_) => Rejection::Later(error.to_string()),
    }
}
