//! Lets probes look one after the other on one thread: a round then changes threads twice,
//! not twice for each probe.
//!
//! In: probes, in their order. Out: for each what its look came to, or that it is late. One
//! that is late is left behind with its thread, and those after it go on with another.
//! Knows nothing of what is measured, nor of when a probe is tried again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use vedette_wire::Looked;

use super::{Notes, Probe};
use crate::workers::{BrokeOff, Workers};

/// A probe and the place its look is told of.
pub(super) struct Seat {
    pub(super) place: usize,
    pub(super) probe: Box<dyn Probe>,
}

/// A look that has ended.
pub(super) struct Done {
    pub(super) probe: Box<dyn Probe>,
    pub(super) notes: Notes,
    pub(super) looked: Looked,
    pub(super) took: Duration,
}

/// What became of a probe.
pub(super) enum Turn {
    Ended(Result<Done, BrokeOff>),
    /// It still looks.
    Late {
        handle: JoinHandle<Result<Done, BrokeOff>>,
        deadline: Duration,
    },
}

/// Those whose turn has not come, the next one first, and where each tells what it saw.
type Waiting = VecDeque<(Box<dyn Probe>, oneshot::Sender<Done>)>;

struct Awaited {
    place: usize,
    deadline: Duration,
    done: oneshot::Receiver<Done>,
}

impl Done {
    /// Looks with this probe, now and on this thread.
    pub(super) fn of(mut probe: Box<dyn Probe>) -> Done {
        let begun = Instant::now();
        let mut notes = Notes::default();
        let looked = probe.look(&mut notes);
        Done {
            probe,
            notes,
            looked,
            took: begun.elapsed(),
        }
    }
}

/// Lets each of these look once, in their order.
pub(super) async fn look(seats: Vec<Seat>, workers: &Workers) -> Vec<(usize, Turn)> {
    let mut awaited = Vec::with_capacity(seats.len());
    let mut waiting = VecDeque::with_capacity(seats.len());
    for Seat { place, probe } in seats {
        let (tell, done) = oneshot::channel();
        awaited.push(Awaited {
            place,
            deadline: probe.deadline(),
            done,
        });
        waiting.push_back((probe, tell));
    }
    while !waiting.is_empty() {
        let before = waiting.len();
        waiting = until_one_is_late(waiting, &awaited, workers).await;
        if waiting.len() == before {
            // The system gives no more threads. Who waits is told, for its end is dropped.
            break;
        }
    }
    drop(waiting);
    awaited.into_iter().map(Awaited::turn).collect()
}

/// One thread goes through those who wait as far as it gets; gives those who are left.
async fn until_one_is_late(waiting: Waiting, awaited: &[Awaited], workers: &Workers) -> Waiting {
    let all = waiting.len();
    let row = Arc::new(Mutex::new(waiting));
    let theirs = Arc::clone(&row);
    let mut thread = workers.run(move || {
        // Not `while let`, which would hold the lock during the look.
        loop {
            let next = locked(&theirs).pop_front();
            let Some((probe, tell)) = next else { return };
            // Nobody may be waiting any more.
            let _ = tell.send(Done::of(probe));
        }
    });
    loop {
        let left = locked(&row).len();
        let looks = awaited.len().saturating_sub(left + 1);
        let deadline = awaited
            .get(looks)
            .map_or(Duration::ZERO, |one| one.deadline);
        // Its turn may have come just now or a moment ago: it has once to twice its time. On a
        // busy machine the thread may not even have begun; if it never will, that is told.
        match timeout(deadline, &mut thread).await {
            Err(_) if locked(&row).len() < left || left == all => {}
            Err(_) | Ok(_) => return std::mem::take(&mut *locked(&row)),
        }
    }
}

fn locked(row: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    row.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Awaited {
    fn turn(mut self) -> (usize, Turn) {
        let turn = match self.done.try_recv() {
            Ok(done) => Turn::Ended(Ok(done)),
            Err(oneshot::error::TryRecvError::Closed) => Turn::Ended(Err(BrokeOff)),
            Err(oneshot::error::TryRecvError::Empty) => Turn::Late {
                handle: tokio::spawn(async { self.done.await.map_err(|_| BrokeOff) }),
                deadline: self.deadline,
            },
        };
        (self.place, turn)
    }
}
