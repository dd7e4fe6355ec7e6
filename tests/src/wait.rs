//! Waits until something in the real world has become so, and no longer than that.
//!
//! In: what is waited for in words, how long at most, and a look at the world.
//! The only place of the tests that may wait: nothing else sleeps.

use std::time::{Duration, Instant};

/// How long any of our programs may take for anything a test waits for, on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The pause between two looks: short against everything a test waits for.
const PAUSE: Duration = Duration::from_millis(20);

/// Looks until `look` finds something, and gives it; nothing if it has not within `limit`.
pub fn found_within<T>(limit: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let started = Instant::now();
    loop {
        let found = look();
        if found.is_some() || started.elapsed() >= limit {
            return found;
        }
        std::thread::sleep(PAUSE);
    }
}

/// Looks until `look` finds something, and gives it.
///
/// Panics with `what` when it has found nothing within `limit`.
#[track_caller]
pub fn wait_for<T>(what: &str, limit: Duration, look: impl FnMut() -> Option<T>) -> T {
    found_within(limit, look).unwrap_or_else(|| panic!("waited {limit:?} in vain for {what}"))
}

/// Looks until `look` says yes. Panics with `what` when it has not within `limit`.
#[track_caller]
pub fn wait_until(what: &str, limit: Duration, mut look: impl FnMut() -> bool) {
    wait_for(what, limit, || look().then_some(()));
}

/// Watches that `look` says yes all through `span`; panics with `what` as soon as it does not.
///
/// For the things that must *not* happen, where there is no event to wait for.
#[track_caller]
pub fn stays(what: &str, span: Duration, mut look: impl FnMut() -> bool) {
    let started = Instant::now();
    while started.elapsed() < span {
        assert!(look(), "{what}: no longer so after {:?}", started.elapsed());
        std::thread::sleep(PAUSE);
    }
}
