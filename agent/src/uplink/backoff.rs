//! Decides how long to wait before a failed request is repeated.
//!
//! In: one failure after the other, and chance. Out: durations. Full jitter: any time
//! between nothing and a limit that doubles, so that a fleet whose collector was away does
//! not come back as one herd.

use std::time::Duration;

/// The limit after the first failure.
const FIRST: Duration = Duration::from_secs(1);
/// The limit never grows past this.
const LAST: Duration = Duration::from_secs(60);
/// Even the luckiest waits this long.
const LEAST: Duration = Duration::from_millis(100);

/// Where chance comes from: a number from 0 to 1. A test brings its own.
pub(super) type Chance = fn() -> f64;

/// The system's generator.
pub(super) fn chance() -> f64 {
    // Without a generator the middle is as good as any.
    let bits = getrandom::u32().unwrap_or(u32::MAX / 2);
    f64::from(bits) / f64::from(u32::MAX)
}

/// Failures in a row.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// One more failure: how long to wait now.
    pub(super) fn next(&mut self, chance: f64) -> Duration {
        let limit = FIRST
            .saturating_mul(1u32.checked_shl(self.failures).unwrap_or(u32::MAX))
            .min(LAST);
        self.failures = self.failures.saturating_add(1);
        limit.mul_f64(chance).max(LEAST)
    }

    /// It worked.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_doubles_from_one_second_to_sixty_and_falls_back_on_success() {
        let mut backoff = Backoff::default();
        let limits: Vec<u64> = (0..8).map(|_| backoff.next(1.0).as_secs()).collect();
        assert_eq!(limits, [1, 2, 4, 8, 16, 32, 60, 60]);
        for _ in 0..100 {
            assert_eq!(backoff.next(1.0), LAST);
        }
        backoff.reset();
        assert_eq!(backoff.next(1.0), FIRST);
    }

    #[test]
    fn nobody_comes_back_at_once_however_lucky() {
        assert_eq!(Backoff::default().next(0.0), LEAST);
    }
}
