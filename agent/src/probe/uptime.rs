//! Measures how long the host has been up.
//!
//! In: `/proc/uptime`. Out: `system.uptime`. The boot id is a fact of the report, not
//! a measurement.

use vedette_wire::{Looked, metric};

use super::source::Source;
use super::{Notes, Probe, Surroundings, text};

struct Uptime {
    source: Source,
}

pub(super) fn build(surroundings: &Surroundings) -> Box<dyn Probe> {
    Box::new(Uptime {
        source: Source::new(&surroundings.proc),
    })
}

impl Probe for Uptime {
    fn look(&mut self, notes: &mut Notes) -> Looked {
        match self.source.read("uptime").and_then(parse) {
            Ok(seconds) => {
                notes.push(metric::UPTIME, seconds);
                Looked::Yes
            }
            Err(why) => Looked::No { why },
        }
    }
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
