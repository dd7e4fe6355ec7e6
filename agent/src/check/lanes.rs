//! Decides how many checks run at once, and that one that hangs holds up no other.
//!
//! In: who wants to run. Out: a [`Seat`], which is free again when it is dropped. Each lane
//! has a few seats for what runs as usual. Who sits on one for long is moved to one of the
//! lane's slow seats when another wants it; only when these are taken, too, others wait.
//! Knows nothing of what is run.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

/// What runs longer than this is slow.
const SLOW_AFTER: Duration = Duration::from_secs(2);
/// Who waits looks again this often whether somebody has become slow.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(250);

/// What a check needs while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// The network only: no thread, an open file or two.
    Network,
    /// A thread, for what may block.
    Blocking,
    /// A program, and a thread that listens to it.
    Program,
}

impl Lane {
    /// Seats for what runs as usual.
    const fn seats(self) -> usize {
        match self {
            Lane::Network => 8,
            Lane::Blocking => 1,
            Lane::Program => 2,
        }
    }

    /// Seats for what is slow.
    const fn slow_seats(self) -> usize {
        match self {
            Lane::Network => 8,
            Lane::Blocking => 3,
            Lane::Program => 3,
        }
    }
}

/// Threads that checks can use at once.
pub const THREADS_MAX: usize = Lane::Blocking.seats()
    + Lane::Blocking.slow_seats()
    + Lane::Program.seats()
    + Lane::Program.slow_seats();

/// All lanes of one agent.
#[derive(Debug)]
pub(super) struct Lanes {
    network: Room,
    blocking: Room,
    program: Room,
}

#[derive(Debug)]
struct Room {
    usual: Arc<Semaphore>,
    slow: Arc<Semaphore>,
    taken: Mutex<Vec<Weak<Seat>>>,
}

/// The right to run, until it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    since: Instant,
    permit: Mutex<Permit>,
}

#[derive(Debug)]
enum Permit {
    Usual(#[allow(dead_code, reason = "held until it is dropped")] OwnedSemaphorePermit),
    Slow(#[allow(dead_code, reason = "held until it is dropped")] OwnedSemaphorePermit),
}

impl Default for Lanes {
    fn default() -> Lanes {
        let room = |lane: Lane| Room {
            usual: Arc::new(Semaphore::new(lane.seats())),
            slow: Arc::new(Semaphore::new(lane.slow_seats())),
            taken: Mutex::default(),
        };
        Lanes {
            network: room(Lane::Network),
            blocking: room(Lane::Blocking),
            program: room(Lane::Program),
        }
    }
}

impl Lanes {
    /// Waits for a seat.
    pub(super) async fn enter(&self, lane: Lane) -> Arc<Seat> {
        let room = match lane {
            Lane::Network => &self.network,
            Lane::Blocking => &self.blocking,
            Lane::Program => &self.program,
        };
        room.enter().await
    }
}

impl Room {
    async fn enter(&self) -> Arc<Seat> {
        loop {
            self.move_slow_ones();
            let free = Arc::clone(&self.usual).acquire_owned();
            // Nobody closes the semaphore, so an error is as good as "not yet".
            if let Ok(Ok(permit)) = timeout(LOOK_AGAIN_AFTER, free).await {
                let seat = Arc::new(Seat {
                    since: Instant::now(),
                    permit: Mutex::new(Permit::Usual(permit)),
                });
                self.taken().push(Arc::downgrade(&seat));
                return seat;
            }
        }
    }

    /// Frees the seats of those that are slow, if all are taken.
    fn move_slow_ones(&self) {
        let mut taken = self.taken();
        taken.retain(|seat| seat.strong_count() > 0);
        if self.usual.available_permits() > 0 {
            return;
        }
        for seat in taken.iter().filter_map(Weak::upgrade) {
            let mut permit = seat.permit.lock().unwrap_or_else(PoisonError::into_inner);
            let is_slow = seat.since.elapsed() >= SLOW_AFTER;
            if is_slow
                && matches!(*permit, Permit::Usual(_))
                && let Ok(slow) = Arc::clone(&self.slow).try_acquire_owned()
            {
                *permit = Permit::Slow(slow);
            }
        }
    }

    fn taken(&self) -> MutexGuard<'_, Vec<Weak<Seat>>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn as_many_run_at_once_as_there_are_seats() {
        let lanes = Lanes::default();
        let one = lanes.enter(Lane::Program).await;
        let _other = lanes.enter(Lane::Program).await;
        let third = timeout(Duration::from_secs(1), lanes.enter(Lane::Program));
        assert!(third.await.is_err());
        drop(one);
        let third = timeout(Duration::from_secs(1), lanes.enter(Lane::Program));
        assert!(third.await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn who_hangs_makes_room_for_others_until_the_slow_seats_are_taken() {
        let lanes = Lanes::default();
        let mut hanging = Vec::new();
        for _ in 0..Lane::Blocking.slow_seats() + 1 {
            let next = timeout(SLOW_AFTER * 2, lanes.enter(Lane::Blocking)).await;
            assert!(next.is_ok());
            hanging.extend(next);
        }
        let next = timeout(SLOW_AFTER * 2, lanes.enter(Lane::Blocking)).await;
        assert!(next.is_err());
        hanging.remove(0);
        let next = timeout(SLOW_AFTER * 2, lanes.enter(Lane::Blocking)).await;
        assert!(next.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn one_lane_does_not_wait_for_another() {
        let lanes = Lanes::default();
        let _hanging = lanes.enter(Lane::Blocking).await;
        let network = timeout(Duration::from_millis(1), lanes.enter(Lane::Network));
        assert!(network.await.is_ok());
    }
}
