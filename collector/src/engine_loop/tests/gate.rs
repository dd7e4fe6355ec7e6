//! A store whose commits wait until the test lets them pass.

use std::sync::mpsc;

use tokio::sync::mpsc as async_mpsc;
use vedette_triage::{AlertId, Timestamp};

use crate::engine_loop::Pending;
use crate::store::memory::Memory;
use crate::store::{
    Answers, Batch, Due, Keepsake, Limits, Loaded, Question, Retry, Store, StoreError,
};

/// Stands before a store in memory.
pub(super) struct Gate {
    memory: Memory,
    arrived: async_mpsc::UnboundedSender<()>,
    way: mpsc::Receiver<Way>,
}

enum Way {
    Pass,
    Panic,
}

/// Opens the gate.
pub(super) struct Watchman {
    arrived: async_mpsc::UnboundedReceiver<()>,
    way: mpsc::Sender<Way>,
}

impl Gate {
    pub(super) fn before(memory: Memory) -> (Gate, Watchman) {
        let (arrives, arrived) = async_mpsc::unbounded_channel();
        let (opens, way) = mpsc::channel();
        let gate = Gate {
            memory,
            arrived: arrives,
            way,
        };
        let watchman = Watchman {
            arrived,
            way: opens,
        };
        (gate, watchman)
    }
}

impl Watchman {
    /// Waits until a commit stands at the gate.
    pub(super) async fn somebody_commits(&mut self) {
        self.arrived.recv().await.expect("the gate stands");
    }

    /// Waits for a commit at the gate, or for a verdict; says whether it was a commit.
    pub(super) async fn somebody_commits_or(&mut self, pending: &Pending) -> bool {
        tokio::select! {
            arrived = self.arrived.recv() => arrived.is_some(),
            _ = pending.clone().verdict() => false,
        }
    }

    pub(super) fn let_pass(&self) {
        self.way.send(Way::Pass).expect("the gate stands");
    }

    pub(super) fn let_panic(&self) {
        self.way.send(Way::Panic).expect("the gate stands");
    }
}

impl Store for Gate {
    fn load(&mut self) -> Result<Loaded, StoreError> {
        self.memory.load()
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), StoreError> {
        self.arrived.send(()).expect("the test listens");
        match self.way.recv().expect("the test opens") {
            Way::Pass => self.memory.commit(batch),
            Way::Panic => panic!("a test asked for it"),
        }
    }

    fn due(
        &mut self,
        receiver: &str,
        now: Timestamp,
        at_most: u32,
    ) -> Result<Vec<Due>, StoreError> {
        self.memory.due(receiver, now, at_most)
    }

    fn retry(&mut self, retries: &[Retry]) -> Result<(), StoreError> {
        self.memory.retry(retries)
    }

    fn extend(&mut self, now: Timestamp, ends: &[(AlertId, Timestamp)]) -> Result<(), StoreError> {
        self.memory.extend(now, ends)
    }

    fn ask(&mut self, question: &Question) -> Result<Answers, StoreError> {
        self.memory.ask(question)
    }

    fn keep(&mut self, keepsake: &Keepsake) -> Result<(), StoreError> {
        self.memory.keep(keepsake)
    }

    fn forget(&mut self, limits: &Limits) -> Result<u64, StoreError> {
        self.memory.forget(limits)
    }
}
