//! Keeps a few threads for what may block, and as few as will do.
//!
//! In: work. Out: what it came to. The thread that was busy last works next, and is ready
//! before its result is told: who asks for one thing after the other needs one thread, and
//! those left over end after a while. (A runtime's own pool wakes the thread that rested
//! longest, and starts another while the last one is on its way back.) How much runs at once
//! is decided by whoever brings the work. A thread that hangs is not waited for.

use std::future::Future;
use std::pin::Pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::sync::oneshot;

/// Bytes of stack of a thread.
const STACK_BYTES: usize = 512 * 1024;
/// A thread without work is kept this long.
const IDLE_FOR: Duration = Duration::from_secs(2);

/// What is done, and then what is told of it.
type Work = Box<dyn FnOnce() -> Tell + Send>;
type Tell = Box<dyn FnOnce() + Send>;

/// Threads for what may block.
#[derive(Debug, Clone, Default)]
pub struct Workers(Arc<Mutex<Rested>>);

/// Those without work, the one that was busy last at the end.
#[derive(Debug, Default)]
struct Rested {
    threads: Vec<(u64, Sender<Work>)>,
    started: u64,
}

/// Work that somebody waits for; given up when dropped, though not ended.
#[derive(Debug)]
pub struct Working<T>(oneshot::Receiver<T>);

/// The work broke off, or no thread could be started for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it broke off; this is a mistake in the agent, or the system gives no more threads")]
pub struct BrokeOff;

impl Workers {
    /// Begins to do this on another thread.
    pub fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Working<T> {
        let (result, waits) = oneshot::channel();
        let work: Work = Box::new(move || {
            let done = work();
            // Nobody may be waiting any more.
            Box::new(move || drop(result.send(done)))
        });
        let rested = self.rested().threads.pop();
        let unsent = match rested {
            None => Some(work),
            Some((_, thread)) => thread.send(work).err().map(|unsent| unsent.0),
        };
        if let Some(work) = unsent {
            self.start(work);
        }
        Working(waits)
    }

    /// Without a thread the work is dropped, and who waits for it is told.
    fn start(&self, first: Work) {
        let number = {
            let mut rested = self.rested();
            rested.started += 1;
            rested.started
        };
        let (own, inbox) = channel();
        let all = self.clone();
        let started = std::thread::Builder::new()
            .name("worker".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || all.work((number, own), first, &inbox));
        if let Err(error) = started {
            tracing::warn!(%error, "no thread can be started");
        }
    }

    fn work(&self, (number, own): (u64, Sender<Work>), first: Work, inbox: &Receiver<Work>) {
        let mut work = first;
        loop {
            let tell = work();
            self.rested().threads.push((number, own.clone()));
            tell();
            work = match inbox.recv_timeout(IDLE_FOR) {
                Ok(work) => work,
                Err(_) if self.leaves(number) => return,
                // Work is on its way.
                Err(_) => match inbox.recv() {
                    Ok(work) => work,
                    Err(_) => return,
                },
            };
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

impl<T> Future for Working<T> {
    type Output = Result<T, BrokeOff>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let result = ready!(Pin::new(&mut self.0).poll(context));
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
        assert_eq!(workers.run(|| 7).await, Ok(7));
        assert_eq!(workers.rested().started, 2);
        release.send(()).unwrap();
        assert_eq!(hangs.await, Ok(true));
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
