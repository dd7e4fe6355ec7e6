//! Keeps a few threads for what may block, and as few as will do.
//!
//! In: work. Out: what it came to. The thread that was busy last works next, and is ready
//! before its result is told: who asks for one thing after the other needs one thread, and
//! those left over end after a while. (A runtime's own pool wakes the thread that rested
//! longest, and starts another while the last one is on its way back.) What may wait its turn
//! waits a moment while all threads are busy, and gets one of its own only then: what is short
//! comes one after the other, and what hangs is not waited for. How much runs at once is
//! decided by whoever brings the work.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Sleep, sleep};

/// Bytes of stack of a thread.
const STACK_BYTES: usize = 512 * 1024;
/// A thread without work is kept this long.
const IDLE_FOR: Duration = Duration::from_secs(2);
/// Work waits this long for a busy thread. Most looks and small programs take less.
const PATIENCE: Duration = Duration::from_millis(100);

/// What is done, and then what is told of it.
type Work = Box<dyn FnOnce() -> Tell + Send>;
type Tell = Box<dyn FnOnce() + Send>;

/// Threads for what may block.
#[derive(Debug, Clone, Default)]
pub struct Workers(Arc<Mutex<Rested>>);

/// Those without work, the one that was busy last at the end.
#[derive(Default)]
struct Rested {
    threads: Vec<(u64, Sender<Work>)>,
    started: u64,
    /// Threads that are not rested, those that hang included.
    busy: usize,
    /// What waits for one of them, the oldest first; bounded by those who bring it.
    waiting: VecDeque<(u64, Work)>,
    brought: u64,
}

impl fmt::Debug for Rested {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct("Rested");
        fields.field("busy", &self.busy);
        fields.field("started", &self.started);
        fields.finish_non_exhaustive()
    }
}

/// Work that somebody waits for; given up when dropped, though not ended.
#[derive(Debug)]
pub struct Working<T> {
    result: oneshot::Receiver<T>,
    /// While it may have to wait for a thread: until when, and as which.
    patience: Option<(Pin<Box<Sleep>>, u64)>,
    workers: Workers,
}

/// The work broke off, or no thread could be started for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it broke off; this is a mistake in the agent, or the system gives no more threads")]
pub struct BrokeOff;

impl Workers {
    /// Begins to do this on another thread at once.
    pub fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Working<T> {
        let (work, result) = told(work);
        if let Some(work) = self.bring(work) {
            self.start(work);
        }
        Working {
            result,
            patience: None,
            workers: self.clone(),
        }
    }

    /// Begins to do this on another thread, after a moment at most: while all are busy it waits
    /// for one of them.
    pub fn run_in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Working<T> {
        let (work, result) = told(work);
        let waits = self.bring(work).and_then(|work| self.wait(work));
        Working {
            result,
            patience: waits.map(|number| (Box::pin(sleep(PATIENCE)), number)),
            workers: self.clone(),
        }
    }

    /// Gives work to a thread that rests; gives it back if none does.
    fn bring(&self, mut work: Work) -> Option<Work> {
        let mut rested = self.rested();
        while let Some((_, thread)) = rested.threads.pop() {
            match thread.send(work) {
                Ok(()) => {
                    rested.busy += 1;
                    return None;
                }
                // It has broken off.
                Err(unsent) => work = unsent.0,
            }
        }
        Some(work)
    }

    /// Lets work wait for a busy thread, under this number; starts one if none is busy.
    fn wait(&self, work: Work) -> Option<u64> {
        let mut rested = self.rested();
        if rested.busy == 0 {
            drop(rested);
            self.start(work);
            return None;
        }
        rested.brought += 1;
        let number = rested.brought;
        rested.waiting.push_back((number, work));
        Some(number)
    }

    /// The work of this number has waited long enough: if it still waits, it gets a thread.
    fn lose_patience(&self, number: u64) {
        let work = {
            let waiting = &mut self.rested().waiting;
            let place = waiting.iter().position(|(waits, _)| *waits == number);
            place.and_then(|place| waiting.remove(place))
        };
        if let Some((_, work)) = work {
            self.start(work);
        }
    }

    /// Without a thread the work is dropped, and who waits for it is told.
    fn start(&self, first: Work) {
        let number = {
            let mut rested = self.rested();
            rested.started += 1;
            rested.busy += 1;
            rested.started
        };
        let (own, inbox) = channel();
        let all = self.clone();
        let started = std::thread::Builder::new()
            .name("worker".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || {
                let _busy = Busy(all.clone());
                all.work((number, own), first, &inbox);
            });
        if let Err(error) = started {
            self.rested().busy -= 1;
            tracing::warn!(%error, "no thread can be started");
        }
    }

    fn work(&self, (number, own): (u64, Sender<Work>), first: Work, inbox: &Receiver<Work>) {
        let mut work = first;
        loop {
            let tell = work();
            let next = {
                let mut rested = self.rested();
                let next = rested.waiting.pop_front();
                if next.is_none() {
                    rested.busy -= 1;
                    rested.threads.push((number, own.clone()));
                }
                next
            };
            tell();
            work = match next {
                Some((_, next)) => next,
                None => match self.rest(number, inbox) {
                    Some(next) => next,
                    None => return,
                },
            };
        }
    }

    /// Until there is work; none when there was none for long.
    fn rest(&self, number: u64, inbox: &Receiver<Work>) -> Option<Work> {
        match inbox.recv_timeout(IDLE_FOR) {
            Ok(work) => Some(work),
            Err(_) if self.leaves(number) => None,
            // Work is on its way.
            Err(_) => inbox.recv().ok(),
        }
    }

    /// Whether this thread has been without work until now, and gets none from now on.
    fn leaves(&self, number: u64) -> bool {
        let threads = &mut self.rested().threads;
        let place = threads.iter().position(|(rested, _)| *rested == number);
        place.map(|place| threads.remove(place)).is_some()
    }

    fn rested(&self) -> MutexGuard<'_, Rested> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Work that tells what it came to, and where that is heard.
fn told<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> (Work, oneshot::Receiver<T>) {
    let (tell, result) = oneshot::channel();
    let work: Work = Box::new(move || {
        let done = work();
        // Nobody may be waiting any more.
        Box::new(move || drop(tell.send(done)))
    });
    (work, result)
}

/// A thread that has work, or had when it broke off.
struct Busy(Workers);

impl Drop for Busy {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut rested = self.0.rested();
            rested.busy = rested.busy.saturating_sub(1);
        }
    }
}

impl<T> Future for Working<T> {
    type Output = Result<T, BrokeOff>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some((patience, number)) = &mut self.patience {
            let number = *number;
            if patience.as_mut().poll(context).is_ready() {
                self.patience = None;
                self.workers.lose_patience(number);
            }
        }
        let result = ready!(Pin::new(&mut self.result).poll(context));
        Poll::Ready(result.map_err(|_| BrokeOff))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[tokio::test]
    async fn one_thing_after_the_other_needs_one_thread() {
        let workers = Workers::default();
        for number in 0..1_000 {
            assert_eq!(workers.run(move || number).await, Ok(number));
        }
        assert_eq!(workers.rested().started, 1);
    }

    #[tokio::test]
    async fn a_thread_that_hangs_holds_up_no_other_work() {
        let workers = Workers::default();
        let (release, wait) = channel::<()>();
        let hangs = workers.run(move || wait.recv().is_ok());
        assert_eq!(workers.run_in_turn(|| 7).await, Ok(7));
        assert_eq!(workers.rested().started, 2);
        release.send(()).unwrap();
        assert_eq!(hangs.await, Ok(true));
    }

    #[tokio::test]
    async fn what_comes_while_a_thread_is_busy_has_its_turn_on_it() {
        let workers = Workers::default();
        let (release, wait) = channel::<()>();
        let first = workers.run(move || wait.recv().is_ok());
        let others: Vec<_> = (0..3).map(|at| workers.run_in_turn(move || at)).collect();
        release.send(()).unwrap();
        assert_eq!(first.await, Ok(true));
        for (at, other) in others.into_iter().enumerate() {
            // Past its patience, which a slow machine may wear out.
            assert_eq!(other.result.await, Ok(at));
        }
        assert_eq!(workers.rested().started, 1);
    }

    #[tokio::test]
    async fn work_that_breaks_off_is_told_and_costs_its_thread_only() {
        let workers = Workers::default();
        let broken = workers.run(|| panic!("a mistake")).await;
        assert_eq!(broken, Err::<(), _>(BrokeOff));
        assert_eq!(workers.run(|| 7).await, Ok(7));
    }

    #[test]
    fn a_thread_leaves_once_and_only_without_work() {
        let workers = Workers::default();
        let (own, _inbox) = channel();
        workers.rested().threads.push((3, own));
        assert!(workers.leaves(3));
        assert!(!workers.leaves(3));
    }
}
