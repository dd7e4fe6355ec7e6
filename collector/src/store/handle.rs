//! Runs a store on a thread of its own and makes its calls awaitable.
//!
//! Two threads: one writes (commits, retries, ends share its order), one reads,
//! so that people's questions never wait for a commit or delay one.

use std::sync::Arc;
use std::sync::mpsc;
use std::thread;

use tokio::sync::oneshot;
use vedette_triage::{AlertId, Timestamp};

use super::{Answers, Batch, Due, Loaded, Question, Retry, Store, StoreError};

/// Calls that may wait for a thread at a time; senders wait beyond it.
const CALLS_WAITING_MAX: usize = 4096;

type Call = Box<dyn FnOnce(&mut dyn Store) + Send>;

/// A store that can be awaited. Clones share it.
#[derive(Clone)]
pub struct StoreHandle {
    writer: mpsc::SyncSender<Call>,
    reader: mpsc::SyncSender<Call>,
}

/// Starts the two threads. `reader` sees what `writer` committed; it may be the same kind of store
/// opened a second time.
pub fn spawn(writer: Box<dyn Store>, reader: Box<dyn Store>) -> std::io::Result<StoreHandle> {
    Ok(StoreHandle {
        writer: serve("store-writer", writer)?,
        reader: serve("store-reader", reader)?,
    })
}

fn serve(name: &str, mut store: Box<dyn Store>) -> std::io::Result<mpsc::SyncSender<Call>> {
    let (sender, calls) = mpsc::sync_channel::<Call>(CALLS_WAITING_MAX);
    thread::Builder::new().name(name.into()).spawn(move || {
        while let Ok(call) = calls.recv() {
            call(store.as_mut());
        }
    })?;
    Ok(sender)
}

impl StoreHandle {
    /// See [`Store::load`].
    pub async fn load(&self) -> Result<Loaded, StoreError> {
        call(&self.writer, |store| store.load()).await
    }

    /// See [`Store::commit`].
    pub async fn commit(&self, batch: Arc<Batch>) -> Result<(), StoreError> {
        call(&self.writer, move |store| store.commit(&batch)).await
    }

    /// See [`Store::due`].
    pub async fn due(
        &self,
        receiver: String,
        now: Timestamp,
        at_most: u32,
    ) -> Result<Vec<Due>, StoreError> {
        call(&self.reader, move |store| {
            store.due(&receiver, now, at_most)
        })
        .await
    }

    /// See [`Store::retry`].
    pub async fn retry(&self, retries: Vec<Retry>) -> Result<(), StoreError> {
        call(&self.writer, move |store| store.retry(&retries)).await
    }

    /// See [`Store::extend`].
    pub async fn extend(&self, ends: Vec<(AlertId, Timestamp)>) -> Result<(), StoreError> {
        call(&self.writer, move |store| store.extend(&ends)).await
    }

    /// See [`Store::ask`].
    pub async fn ask(&self, question: Question) -> Result<Answers, StoreError> {
        call(&self.reader, move |store| store.ask(&question)).await
    }

    /// See [`Store::forget`].
    pub async fn forget(&self, limit: Timestamp) -> Result<u64, StoreError> {
        call(&self.writer, move |store| store.forget(limit)).await
    }
}

/// Runs one call on a store's thread. A full queue is the store being away: callers answer 503.
async fn call<T: Send + 'static>(
    thread: &mpsc::SyncSender<Call>,
    work: impl FnOnce(&mut dyn Store) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let (answer, answered) = oneshot::channel();
    thread
        .try_send(Box::new(move |store| {
            // The caller may have gone; the work was done all the same.
            let _ = answer.send(work(store));
        }))
        .map_err(|_| StoreError::Away("too many calls wait for it".into()))?;
    answered
        .await
        .unwrap_or_else(|_| Err(StoreError::Unknown("its thread ended".into())))
}
