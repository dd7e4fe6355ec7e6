//! A store on its threads: nobody waits for ever, housekeeping has its time.

use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use vedette_collector::store::memory::Memory;
use vedette_collector::store::{
    Answers, Batch, Body, Due, Keepsake, Limits, Loaded, Question, Retry, Store, StoreError,
    StoreHandle, Texts, in_place, spawn,
};
use vedette_triage::{AlertId, Revision, State, Timestamp};

use crate::records::batch;

/// A store that panics when it is asked for the backlog, and says when it rests.
struct Nervous {
    memory: Memory,
    rests: UnboundedSender<()>,
}

#[tokio::test]
async fn a_call_that_panics_hangs_nobody_and_the_next_one_is_served() {
    let (_rests, store) = start();
    for _ in 0..2 {
        match store.ask(Question::Backlog).await {
            Err(StoreError::Unknown(_)) => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(store.load().await.is_ok());
    let incident = vedette_triage::IncidentId(1);
    assert!(store.ask(Question::Incident(incident)).await.is_ok());
}

#[tokio::test]
async fn every_call_reaches_its_store() {
    let (_rests, store) = start();
    every_call(store).await;
    let memory = Memory::default();
    every_call(in_place(Box::new(memory.clone()), Box::new(memory))).await;
}

async fn every_call(store: StoreHandle) {
    let loaded = store.load().await.expect("it loads");
    let batch = Arc::new(batch(&loaded, &mut State::default(), Vec::new()));
    store.commit(Arc::clone(&batch)).await.expect("it commits");
    assert!(store.commit(batch).await.is_err(), "once is enough");
    let now = Timestamp::from_millis(0);
    assert!(
        store
            .due("desk".into(), now, 1)
            .await
            .expect("it answers")
            .is_empty()
    );
    store.retry(Vec::new()).await.expect("it is noted");
    store
        .extend(now, vec![(AlertId(1), now)])
        .await
        .expect("it is noted");
    let texts = Texts {
        revision: Revision(9),
        body: Body::default(),
    };
    store
        .keep(Keepsake::Texts(texts))
        .await
        .expect("it is kept");
    let limits = Limits {
        timeline: now,
        inputs: now,
        inputs_bytes: 0,
    };
    assert_eq!(store.forget(limits).await.expect("it forgets"), 0);
}

#[tokio::test]
async fn a_store_nobody_calls_gets_its_rest() {
    let (mut rests, store) = start();
    store.load().await.expect("it loads");
    rests.recv().await.expect("the store lives");
    store.load().await.expect("it is awake again");
}

fn start() -> (UnboundedReceiver<()>, StoreHandle) {
    let memory = Memory::default();
    let (rests, rested) = unbounded_channel();
    let nervous = || {
        Box::new(Nervous {
            memory: memory.clone(),
            rests: rests.clone(),
        })
    };
    let store = spawn(nervous(), nervous()).expect("threads start");
    (rested, store)
}

impl Store for Nervous {
    fn load(&mut self) -> Result<Loaded, StoreError> {
        self.memory.load()
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), StoreError> {
        self.memory.commit(batch)
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
        assert!(*question != Question::Backlog, "a test asked for it");
        self.memory.ask(question)
    }

    fn keep(&mut self, keepsake: &Keepsake) -> Result<(), StoreError> {
        self.memory.keep(keepsake)
    }

    fn forget(&mut self, limits: &Limits) -> Result<u64, StoreError> {
        self.memory.forget(limits)
    }

    fn rest(&mut self) {
        self.rests.send(()).expect("the test listens");
    }
}
