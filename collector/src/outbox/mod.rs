//! Delivers what was decided: claims it, sends it, writes down what became of it.
//!
//! In the order of the data: a commit rings the [`Bell`]; a worker for each receiver
//! claims what is due, as far as its gate lets it; an attempt makes sure that a ticket
//! is made once; the schedule says when to try again; the [`Ledger`] gets the fate.
//!
//! A delivery whose receiver the policy no longer has is kept until it is there again.
//! Knows nothing of what a delivery says, or of HTTP.

mod attempt;
mod bell;
mod gate;
mod ledger;
mod meters;
mod pauses;
pub mod schedule;
mod standing;
mod worker;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use bell::Bell;
pub use ledger::{EngineLedger, Ledger, Settled};
pub use meters::DeliveryMeters;
pub use pauses::{Pause, Pauses};
pub use standing::{Failure, ReceiverStanding, Standing, Standings};

use crate::clock::Clock;
use crate::receiver::Receivers;
use worker::{Ears, Shared, Worker};

/// How long what is under way may take once the collector stops. Longer, and its outcome is
/// unknown to the next start.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// What an outbox needs.
pub struct Parts<L, C> {
    /// The books of deliveries and tickets.
    pub ledger: L,
    /// What time it is.
    pub clock: Arc<C>,
    /// Rung by commits.
    pub bell: Bell,
    /// Where attempts are counted.
    pub meters: DeliveryMeters,
    /// Which receivers are left alone.
    pub pauses: Pauses,
    /// The run of the collector: that of the store's load.
    pub epoch: u64,
    /// For jitter.
    pub seed: u64,
}

/// Starts the worker of one receiver.
type StartWorker = Box<dyn Fn(&str) -> JoinHandle<()> + Send + Sync>;

/// The workers, and the way to give them another policy.
pub struct Outbox {
    receivers: watch::Sender<Arc<Receivers>>,
    stop: watch::Sender<bool>,
    standings: Standings,
    handle: Handle,
    start_worker: StartWorker,
    workers: Mutex<BTreeMap<String, JoinHandle<()>>>,
}

/// What others see of an outbox, and how they wake it. Clones share it.
#[derive(Debug, Clone)]
pub struct Handle {
    current: watch::Receiver<Arc<Receivers>>,
    /// Which receivers are left alone.
    pub pauses: Pauses,
    /// Wakes the workers.
    pub bell: Bell,
}

impl Handle {
    /// One without an outbox: these receivers, nothing is sent.
    pub fn of(receivers: Receivers) -> Handle {
        let (_, current) = watch::channel(Arc::new(receivers));
        Handle {
            current,
            pauses: Pauses::default(),
            bell: Bell::default(),
        }
    }

    /// The receivers of the policy in force.
    pub fn receivers(&self) -> Arc<Receivers> {
        Arc::clone(&self.current.borrow())
    }
}

/// Starts delivering to these receivers. Needs a runtime around it.
pub fn start<L: Ledger, C: Clock>(parts: Parts<L, C>, receivers: Receivers) -> Outbox {
    let (receivers_sender, receivers_heard) = watch::channel(Arc::new(Receivers::default()));
    let (stop, stop_heard) = watch::channel(false);
    let standings = Standings::default();
    let (bell, seed) = (parts.bell, parts.seed);
    let handle = Handle {
        current: receivers_heard.clone(),
        pauses: parts.pauses.clone(),
        bell: bell.clone(),
    };
    let shared = Arc::new(Shared {
        ledger: parts.ledger,
        clock: parts.clock,
        meters: parts.meters,
        epoch: parts.epoch,
        standings: standings.clone(),
        pauses: parts.pauses,
    });
    let start_worker = Box::new(move |name: &str| {
        let ears = Ears {
            receivers: receivers_heard.clone(),
            stop: stop_heard.clone(),
            bell: bell.of(name),
        };
        // Not the same jitter for all.
        let seed = name.bytes().fold(seed, |seed, byte| {
            seed.wrapping_mul(31).wrapping_add(u64::from(byte))
        });
        let worker = Worker::new(name.to_owned(), Arc::clone(&shared), ears, seed);
        tokio::spawn(worker.run())
    });
    let outbox = Outbox {
        receivers: receivers_sender,
        stop,
        standings,
        handle,
        start_worker,
        workers: Mutex::new(BTreeMap::new()),
    };
    outbox.replace(receivers);
    outbox
}

impl Outbox {
    /// Delivers by another policy from now on. What is under way finishes with the old one; what
    /// waits for a receiver that is gone is kept.
    pub fn replace(&self, receivers: Receivers) {
        let receivers = Arc::new(receivers);
        self.receivers.send_replace(Arc::clone(&receivers));
        let mut workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        for receiver in receivers.iter() {
            let name = receiver.name();
            if !workers.contains_key(name) {
                workers.insert(name.to_owned(), (self.start_worker)(name));
            }
        }
    }

    /// How every receiver is doing.
    pub fn standings(&self) -> &Standings {
        &self.standings
    }

    /// What others see of it.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Claims nothing more, and waits for what is under way.
    pub async fn shut_down(&self) {
        self.stop.send_replace(true);
        let workers =
            std::mem::take(&mut *self.workers.lock().unwrap_or_else(PoisonError::into_inner));
        let deadline = tokio::time::Instant::now() + STOP_PATIENCE;
        for (name, mut worker) in workers {
            if tokio::time::timeout_at(deadline, &mut worker)
                .await
                .is_err()
            {
                tracing::warn!(receiver = %name, "a delivery under way is cut off; its outcome is unknown");
                worker.abort();
            }
        }
    }
}
