//! Tells the time, so that tests can tell another.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use vedette_triage::Timestamp;

/// What time it is. The shell's only source of time that decides anything.
pub trait Clock: Send + Sync + 'static {
    /// Wall clock.
    fn now(&self) -> Timestamp;
    /// Time since some fixed point, never set; shows by difference that the wall clock was.
    fn monotonic_ms(&self) -> i64;
}

/// The machine's clocks.
#[derive(Debug)]
pub struct SystemClock {
    origin: Instant,
}

impl Default for SystemClock {
    fn default() -> SystemClock {
        SystemClock {
            origin: Instant::now(),
        }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn monotonic_ms(&self) -> i64 {
        i64::try_from(self.origin.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}

/// A clock that stands until it is moved; for tests and replays.
#[derive(Debug, Clone)]
pub struct SetClock {
    millis: Arc<AtomicI64>,
}

impl SetClock {
    /// A clock that stands at `now`.
    pub fn at(now: Timestamp) -> SetClock {
        SetClock {
            millis: Arc::new(AtomicI64::new(now.as_millis())),
        }
    }

    /// Moves it to `now`.
    pub fn set(&self, now: Timestamp) {
        self.millis.store(now.as_millis(), Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.millis.load(Ordering::SeqCst))
    }

    fn monotonic_ms(&self) -> i64 {
        self.millis.load(Ordering::SeqCst)
    }
}
