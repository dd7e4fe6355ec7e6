//! Runs a store on a thread of its own and makes its calls awaitable.
//!
//! Two threads: one writes (commits, retries, ends share its order), one reads,
//! so that people's questions never wait for a commit or delay one. A thread
//! outlives whatever happens in a call: its caller is told, the next one served.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, RecvTimeoutError, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use vedette_triage::{AlertId, Timestamp};

use super::{Answers, Batch, Due, Keepsake, Limits, Loaded, Question, Retry, Store, StoreError};

/// Calls that may wait for a thread at a time; beyond it the store counts as away.
const CALLS_WAITING_MAX: usize = 4096;
/// Without a call for so long, the store may do its housekeeping.
const REST_AFTER: Duration = Duration::from_secs(2);

type Call = Box<dyn FnOnce(&mut dyn Store) + Send>;

/// A store that can be awaited. Clones share it.
#[derive(Clone)]
pub struct StoreHandle {
    writer: Lane,
    reader: Lane,
}

/// Where calls are carried out, one after another.
#[derive(Clone)]
enum Lane {
    /// On a thread of its own.
    Thread(mpsc::SyncSender<Call>),
    /// Where they are made.
    Caller(Arc<Mutex<Box<dyn Store>>>),
}

/// Starts the two threads. `reader` sees what `writer` committed; it may be the same kind of store
/// opened a second time.
pub fn spawn(writer: Box<dyn Store>, reader: Box<dyn Store>) -> std::io::Result<StoreHandle> {
    Ok(StoreHandle {
        writer: Lane::Thread(serve("store-writer", writer)?),
        reader: Lane::Thread(serve("store-reader", reader)?),
    })
}

/// Without threads: each call is carried out where it is made, and blocks there. For stories and
/// simulations whose time is their own: on other threads a store would take none of it.
pub fn in_place(writer: Box<dyn Store>, reader: Box<dyn Store>) -> StoreHandle {
    StoreHandle {
        writer: Lane::Caller(Arc::new(Mutex::new(writer))),
        reader: Lane::Caller(Arc::new(Mutex::new(reader))),
    }
}

fn serve(name: &'static str, mut store: Box<dyn Store>) -> std::io::Result<mpsc::SyncSender<Call>> {
    let (sender, calls) = mpsc::sync_channel::<Call>(CALLS_WAITING_MAX);
    thread::Builder::new().name(name.into()).spawn(move || {
        // Once per pause: a store at rest stays at rest.
        let mut rested = true;
        loop {
            let call = match rested {
                true => calls.recv().map_err(|_| RecvTimeoutError::Disconnected),
                false => calls.recv_timeout(REST_AFTER),
            };
            rested = match call {
                Ok(call) => {
                    carry_out(name, || call(store.as_mut()));
                    false
                }
                Err(RecvTimeoutError::Timeout) => {
                    carry_out(name, || store.rest());
                    true
                }
                Err(RecvTimeoutError::Disconnected) => return,
            };
        }
    })?;
    Ok(sender)
}

/// A call that panics drops its answer, which its caller sees as an unknown outcome;
/// an open transaction is rolled back as it is dropped.
fn carry_out(name: &str, work: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(work)).is_err() {
        tracing::error!(
            thread = name,
            "a call of the store panicked; its outcome is unknown, the next one is served"
        );
    }
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
    pub async fn extend(
        &self,
        now: Timestamp,
        ends: Vec<(AlertId, Timestamp)>,
    ) -> Result<(), StoreError> {
        call(&self.writer, move |store| store.extend(now, &ends)).await
    }

    /// See [`Store::ask`].
    pub async fn ask(&self, question: Question) -> Result<Answers, StoreError> {
        call(&self.reader, move |store| store.ask(&question)).await
    }

    /// See [`Store::keep`].
    pub async fn keep(&self, keepsake: Keepsake) -> Result<(), StoreError> {
        call(&self.writer, move |store| store.keep(&keepsake)).await
    }

    /// See [`Store::forget`].
    pub async fn forget(&self, limits: Limits) -> Result<u64, StoreError> {
        call(&self.writer, move |store| store.forget(&limits)).await
    }
}

/// Runs one call. A full queue is the store being away: callers answer 503.
async fn call<T: Send + 'static>(
    lane: &Lane,
    work: impl FnOnce(&mut dyn Store) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let (answer, answered) = oneshot::channel();
    let call: Call = Box::new(move |store| {
        // The caller may have gone; the work was done all the same.
        let _ = answer.send(work(store));
    });
    match lane {
        Lane::Thread(thread) => thread.try_send(call).map_err(|refused| match refused {
            TrySendError::Full(_) => {
                StoreError::Away(format!("{CALLS_WAITING_MAX} calls wait for it already"))
            }
            TrySendError::Disconnected(_) => StoreError::Away("its thread has ended".into()),
        })?,
        Lane::Caller(store) => {
            let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
            carry_out("caller", || call(store.as_mut()));
        }
    }
    answered
        .await
        .unwrap_or_else(|_| Err(StoreError::Unknown("the call panicked".into())))
}
