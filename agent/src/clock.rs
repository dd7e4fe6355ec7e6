//! Says what time it is: once for people, once for measuring.
//!
//! In: nothing. Out: a [`Stamp`]. Knows nothing of rounds or timers; waiting is
//! the runtime's business.

use std::time::{SystemTime, UNIX_EPOCH};

/// One moment on both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stamp {
    /// Milliseconds since 1970-01-01 UTC; may be wrong and may jump.
    pub wall_ms: i64,
    /// Milliseconds since the host booted, counting sleep; never goes back within a boot.
    pub mono_ms: u64,
}

/// Where the time comes from: the host, or a test.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Stamp;

    /// How long the host has slept since it booted, in milliseconds.
    fn slept_ms(&self) -> u64 {
        0
    }
}

/// The host's own clocks.
#[derive(Debug, Clone, Copy, Default)]
pub struct HostClock;

impl Clock for HostClock {
    fn now(&self) -> Stamp {
        Stamp {
            wall_ms: wall_ms(),
            mono_ms: mono_ms(),
        }
    }

    // CLOCK_BOOTTIME counts sleep and CLOCK_MONOTONIC does not.
    #[cfg(target_os = "linux")]
    fn slept_ms(&self) -> u64 {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        mono_ms().saturating_sub(milliseconds(now))
    }
}

fn wall_ms() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
    }
}

// CLOCK_BOOTTIME, not CLOCK_MONOTONIC: a round written before a night's sleep is a
// night old.
#[cfg(target_os = "linux")]
fn mono_ms() -> u64 {
    milliseconds(rustix::time::clock_gettime(rustix::time::ClockId::Boottime))
}

#[cfg(target_os = "linux")]
fn milliseconds(now: rustix::time::Timespec) -> u64 {
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    let nanos = u64::try_from(now.tv_nsec).unwrap_or(0);
    seconds
        .saturating_mul(1000)
        .saturating_add(nanos / 1_000_000)
}

#[cfg(not(target_os = "linux"))]
fn mono_ms() -> u64 {
    use std::sync::OnceLock;
    use std::time::Instant;

    static START: OnceLock<(Instant, u64)> = OnceLock::new();
    let (start, uptime_ms) = START.get_or_init(|| {
        let uptime = sysinfo::System::uptime().unwrap_or(0);
        (Instant::now(), uptime.saturating_mul(1000))
    });
    let since = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    uptime_ms.saturating_add(since)
}
