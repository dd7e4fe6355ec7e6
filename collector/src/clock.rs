//! Tells the time: one for the whole collector, which never goes back and never stands.
//!
//! In: the machine's clocks, and the last time the store knows of. Out: what everything here
//! is decided, stamped and awaited by. A machine's clock may be wrong and may be set:
//!
//! * ahead of what is remembered, it is the time;
//! * set back, or behind what is remembered, it is not followed: time goes on from where it
//!   was, at real speed, and is ahead of the machine until that has caught up;
//! * set forward by more than [`STEP_MIN_MS`], it is followed by [`Clock::follow`] and not
//!   before, so that whoever keeps times can move them along.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use vedette_triage::Timestamp;

/// A step of the wall clock against the monotonic one that is more than a correction.
pub const STEP_MIN_MS: i64 = 30_000;

/// What time it is. The shell's only source of time that decides anything.
pub trait Clock: Send + Sync + 'static {
    /// The time that counts.
    fn now(&self) -> Timestamp;
    /// Time since some fixed point, never set; shows by difference that the wall clock was.
    fn monotonic_ms(&self) -> i64;
    /// What the machine's clock shows, right or wrong: for what is compared with other machines.
    fn wall(&self) -> Timestamp {
        self.now()
    }
    /// By how many milliseconds time has jumped forward since the start.
    fn stepped_ms(&self) -> i64 {
        0
    }
    /// Whether the machine's clock was set forward and is not followed yet.
    fn is_to_follow(&self) -> bool {
        false
    }
    /// Follows a machine's clock that was set forward; says by how much.
    fn follow(&self) -> Option<Duration> {
        None
    }

    /// By how much time is ahead of the machine's clock; zero for what is a mere correction.
    fn ahead(&self) -> Duration {
        let ahead = self.now().since(self.wall());
        match ahead > Duration::from_millis(STEP_MIN_MS.unsigned_abs()) {
            true => ahead,
            false => Duration::ZERO,
        }
    }
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }

    fn monotonic_ms(&self) -> i64 {
        (**self).monotonic_ms()
    }

    fn wall(&self) -> Timestamp {
        (**self).wall()
    }

    fn stepped_ms(&self) -> i64 {
        (**self).stepped_ms()
    }

    fn is_to_follow(&self) -> bool {
        (**self).is_to_follow()
    }

    fn follow(&self) -> Option<Duration> {
        (**self).follow()
    }
}

/// The machine's clocks as they are.
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

/// The time of the collector, made of a machine's clocks.
#[derive(Debug)]
pub struct CollectorClock<M> {
    machine: M,
    course: Mutex<Course>,
}

/// Where time stands against the monotonic clock.
#[derive(Debug)]
struct Course {
    /// The time when the monotonic clock was at 0.
    origin_ms: i64,
    stepped_ms: i64,
}

/// One look at the machine's clocks.
struct Look<'a> {
    course: MutexGuard<'a, Course>,
    /// The time by the monotonic clock alone.
    steady_ms: i64,
    /// By how much the wall clock is ahead of that.
    jump_ms: i64,
}

impl<M: Clock> CollectorClock<M> {
    /// Time that goes on from `remembered`, the last time the store knows of.
    pub fn resume(machine: M, remembered: Option<Timestamp>) -> CollectorClock<M> {
        let begin = machine.now().max(remembered.unwrap_or(Timestamp::MIN));
        let origin_ms = begin.as_millis().saturating_sub(machine.monotonic_ms());
        CollectorClock {
            machine,
            course: Mutex::new(Course {
                origin_ms,
                stepped_ms: 0,
            }),
        }
    }

    fn look(&self) -> Look<'_> {
        let course = self.course.lock().unwrap_or_else(PoisonError::into_inner);
        // Read under the lock, or two who ask at once could see time go back.
        let steady_ms = course.origin_ms.saturating_add(self.machine.monotonic_ms());
        let jump_ms = self.machine.now().as_millis().saturating_sub(steady_ms);
        Look {
            course,
            steady_ms,
            jump_ms,
        }
    }
}

impl<M: Clock> Clock for CollectorClock<M> {
    fn now(&self) -> Timestamp {
        let mut look = self.look();
        let correction_ms = match look.jump_ms {
            1..=STEP_MIN_MS => look.jump_ms,
            _ => 0,
        };
        look.course.origin_ms += correction_ms;
        Timestamp::from_millis(look.steady_ms + correction_ms)
    }

    fn monotonic_ms(&self) -> i64 {
        self.machine.monotonic_ms()
    }

    fn wall(&self) -> Timestamp {
        self.machine.now()
    }

    fn stepped_ms(&self) -> i64 {
        self.look().course.stepped_ms
    }

    fn is_to_follow(&self) -> bool {
        self.look().jump_ms > STEP_MIN_MS
    }

    fn follow(&self) -> Option<Duration> {
        let mut look = self.look();
        if look.jump_ms <= STEP_MIN_MS {
            return None;
        }
        look.course.origin_ms += look.jump_ms;
        look.course.stepped_ms += look.jump_ms;
        Some(Duration::from_millis(look.jump_ms.unsigned_abs()))
    }
}

/// A clock that stands until it is moved; for tests and replays.
#[derive(Debug, Clone)]
pub struct SetClock {
    wall_ms: Arc<AtomicI64>,
    monotonic_ms: Arc<AtomicI64>,
}

impl SetClock {
    /// A clock that stands at `now`.
    pub fn at(now: Timestamp) -> SetClock {
        SetClock {
            wall_ms: Arc::new(AtomicI64::new(now.as_millis())),
            monotonic_ms: Arc::new(AtomicI64::new(now.as_millis())),
        }
    }

    /// Time passes until `now`.
    pub fn set(&self, now: Timestamp) {
        let before = self.wall_ms.swap(now.as_millis(), Ordering::SeqCst);
        self.monotonic_ms
            .fetch_add(now.as_millis() - before, Ordering::SeqCst);
    }

    /// Time passes.
    pub fn pass(&self, long: Duration) {
        self.set(self.now().after(long));
    }

    /// Somebody sets the wall clock, forward positive; no time passes.
    pub fn set_wall_by(&self, by_ms: i64) {
        self.wall_ms.fetch_add(by_ms, Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.wall_ms.load(Ordering::SeqCst))
    }

    fn monotonic_ms(&self) -> i64 {
        self.monotonic_ms.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN_MS: i64 = 1_750_000_000_000;
    const YEAR_MS: i64 = 365 * 24 * 3_600_000;

    /// What happens to a machine.
    enum Event {
        Passes(i64),
        IsSetBy(i64),
        IsFollowed,
    }
    use Event::{IsFollowed, IsSetBy, Passes};

    #[test]
    fn time_runs_at_real_speed_whatever_is_done_to_the_machines_clock() {
        check(None, &[Passes(5_000)], 5_000);
        check(None, &[IsSetBy(-YEAR_MS), Passes(5_000)], 5_000);
        check(None, &[IsSetBy(20_000), Passes(5_000)], 25_000);
        check(None, &[IsSetBy(600_000), Passes(5_000)], 5_000);
        let followed = [IsSetBy(600_000), IsFollowed, Passes(5_000)];
        check(None, &followed, 605_000);
        check(Some(YEAR_MS), &[Passes(5_000)], YEAR_MS + 5_000);
        check(Some(-YEAR_MS), &[Passes(5_000)], 5_000);
        let caught_up = [IsSetBy(-YEAR_MS), Passes(5_000), IsSetBy(YEAR_MS)];
        check(None, &caught_up, 5_000);
    }

    #[test]
    fn being_ahead_is_said_only_of_more_than_a_correction() {
        let ahead = |remembered_ms| {
            let machine = SetClock::at(Timestamp::from_millis(BEGIN_MS));
            let remembered = Timestamp::from_millis(BEGIN_MS + remembered_ms);
            CollectorClock::resume(machine, Some(remembered)).ahead()
        };
        assert_eq!(ahead(0), Duration::ZERO);
        assert_eq!(ahead(30_000), Duration::ZERO);
        assert_eq!(ahead(30_001), Duration::from_millis(30_001));
    }

    #[test]
    fn a_step_is_followed_once_and_told() {
        let machine = SetClock::at(Timestamp::from_millis(BEGIN_MS));
        let clock = CollectorClock::resume(machine.clone(), None);
        machine.set_wall_by(600_000);
        assert!(clock.is_to_follow());
        assert_eq!(clock.follow(), Some(Duration::from_secs(600)));
        assert_eq!((clock.follow(), clock.stepped_ms()), (None, 600_000));
    }

    /// Time since the machine's clock stood at its begin, after all of it.
    #[track_caller]
    fn check(remembered_ms: Option<i64>, events: &[Event], expected_ms: i64) {
        let machine = SetClock::at(Timestamp::from_millis(BEGIN_MS));
        let remembered = remembered_ms.map(|ms| Timestamp::from_millis(BEGIN_MS + ms));
        let clock = CollectorClock::resume(machine.clone(), remembered);
        let mut before = clock.now();
        for event in events {
            match event {
                Passes(ms) => machine.pass(Duration::from_millis(ms.unsigned_abs())),
                IsSetBy(ms) => machine.set_wall_by(*ms),
                IsFollowed => assert!(clock.follow().is_some()),
            }
            assert!(clock.now() >= before, "time went back");
            before = clock.now();
        }
        assert_eq!(clock.now().as_millis() - BEGIN_MS, expected_ms);
    }
}
