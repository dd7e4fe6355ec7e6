//! Measures how long the host has been up, and how long of it asleep.
//!
//! In: `/proc/uptime`, and two clocks of the kernel. Out: `system.uptime` and
//! `agent.host.sleep_time`. The boot id is a fact of the report, not a measurement.

use rustix::time::{ClockId, Timespec, clock_gettime};

use vedette_wire::{Looked, metric};

use super::source::Source;
use super::{Notes, Probe, Surroundings, text};

struct Uptime {
    source: Source,
}

pub(super) fn build(surroundings: &Surroundings) -> Box<dyn Probe> {
    Box::new(Uptime {
        source: Source::keeping(&surroundings.proc),
    })
}

impl Probe for Uptime {
    fn look(&mut self, notes: &mut Notes) -> Looked {
        match self.source.read("uptime").and_then(parse) {
            Ok(seconds) => {
                notes.push(metric::UPTIME, seconds);
                notes.push(metric::SLEEP_TIME, slept());
                Looked::Yes
            }
            Err(why) => Looked::No { why },
        }
    }
}

/// One clock counts on while the host sleeps, the other does not. Two clocks are never read at
/// the same moment; what lies between the readings is not sleep.
fn slept() -> f64 {
    const BETWEEN_READINGS: f64 = 0.001;
    let seconds = |time: Timespec| time.tv_sec as f64 + time.tv_nsec as f64 / 1e9;
    let with_sleep = seconds(clock_gettime(ClockId::Boottime));
    let slept = with_sleep - seconds(clock_gettime(ClockId::Monotonic));
    if slept < BETWEEN_READINGS { 0.0 } else { slept }
}

fn parse(bytes: &[u8]) -> Result<f64, String> {
    text::words(bytes)
        .next()
        .and_then(text::decimal)
        .ok_or_else(|| "/proc/uptime does not begin with a number of seconds".to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn uptime_is_the_first_number() {
        assert_eq!(parse(b"17523.55 68911.02\n"), Ok(17523.55));
    }

    #[test]
    fn an_uptime_that_is_not_a_number_is_not_looked_at() {
        for bytes in [&b""[..], b"\xff\xfe", b"up 3 days", b"-3 4"] {
            assert!(parse(bytes).is_err());
        }
    }
}
