//! Decides how long something that does not return in time is left alone.
//!
//! In: whether it returned in time, and the time. Out: whether it may be tried now.
//! Knows nothing of what it is: a probe, a check.

use std::time::Duration;

use tokio::time::Instant;

/// Failures in a row after which it is left alone.
const FAILURES_MAX: u32 = 3;
/// The first pause; each failure after it doubles the pause.
const PAUSE_MIN: Duration = Duration::from_secs(60);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(30 * 60);

/// Counts failures in a row.
#[derive(Debug, Default)]
pub struct Breaker {
    failures: u32,
    until: Option<Instant>,
}

impl Breaker {
    /// It returned in time.
    pub fn worked(&mut self) {
        *self = Breaker::default();
    }

    /// It did not return in time.
    pub fn failed(&mut self, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        if self.failures < FAILURES_MAX {
            return;
        }
        let doublings = (self.failures - FAILURES_MAX).min(16);
        let pause = PAUSE_MIN.saturating_mul(1 << doublings).min(PAUSE_MAX);
        self.until = Some(now + pause);
    }

    /// How long it is still left alone, if it is.
    pub fn pause(&self, now: Instant) -> Option<Duration> {
        let left = self.until?.saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }

    /// Whether it failed so often that it is left alone, or was until just now.
    pub fn is_open(&self) -> bool {
        self.until.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_failures_in_a_row_open_it_and_each_further_one_doubles_the_pause() {
        let mut breaker = Breaker::default();
        let now = Instant::now();
        let mut pauses = Vec::new();
        for _ in 0..9 {
            breaker.failed(now);
            pauses.push(breaker.pause(now).map_or(0, |pause| pause.as_secs() / 60));
        }
        assert_eq!(pauses, [0, 0, 1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(breaker.pause(now + PAUSE_MAX), None);
        assert!(breaker.is_open());
    }

    #[test]
    fn one_success_forgets_all_failures() {
        let mut breaker = Breaker::default();
        let now = Instant::now();
        for _ in 0..5 {
            breaker.failed(now);
        }
        breaker.worked();
        breaker.failed(now);
        assert_eq!(breaker.pause(now), None);
        assert!(!breaker.is_open());
    }
}
