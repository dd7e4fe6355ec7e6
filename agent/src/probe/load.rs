//! Measures how many threads want to run.
//!
//! In: `/proc/loadavg`, and `/proc/stat` for the number of processors. Out: load
//! averages, and the one over fifteen minutes per processor. Processors are counted once a
//! minute: they come and go rarely, and the file is long.

use std::time::{Duration, Instant};

use vedette_wire::{Looked, metric};

use super::source::Source;
use super::{Gaps, Notes, Probe, Surroundings, cpu, text};

/// A single processor counts as two: a load of 3 on one is a busy host, not a sick one.
const CPUS_MIN: u32 = 2;

/// Processors are counted again after this long.
const COUNT_EVERY: Duration = Duration::from_secs(60);

struct Load {
    source: Source,
    /// Processors, and when they were counted.
    cpus: Option<(u32, Instant)>,
}

pub(super) fn build(surroundings: &Surroundings) -> Box<dyn Probe> {
    Box::new(Load {
        source: Source::keeping(&surroundings.proc),
        cpus: None,
    })
}

impl Probe for Load {
    fn look(&mut self, notes: &mut Notes) -> Looked {
        let [one, five, fifteen] = match self.source.read("loadavg").and_then(parse) {
            Ok(loads) => loads,
            Err(why) => return Looked::No { why },
        };
        notes.push(metric::LOAD_1M, one);
        notes.push(metric::LOAD_5M, five);
        notes.push(metric::LOAD_15M, fifteen);
        let mut gaps = Gaps::default();
        match self.cpus() {
            Ok(cpus) => {
                let cpus = f64::from(cpus.max(CPUS_MIN));
                notes.push(metric::LOAD_15M_PER_CPU, fifteen / cpus);
            }
            Err(why) => gaps.push(why),
        }
        gaps.looked()
    }
}

impl Load {
    fn cpus(&mut self) -> Result<u32, String> {
        if let Some((cpus, counted)) = self.cpus
            && counted.elapsed() < COUNT_EVERY
        {
            return Ok(cpus);
        }
        match self.source.read("stat").map(cpu::count)? {
            0 => Err("/proc/stat names no processor".to_owned()),
            cpus => {
                self.cpus = Some((cpus, Instant::now()));
                Ok(cpus)
            }
        }
    }
}

fn parse(bytes: &[u8]) -> Result<[f64; 3], String> {
    let mut loads = text::words(bytes).map(text::decimal);
    match (loads.next(), loads.next(), loads.next()) {
        (Some(Some(one)), Some(Some(five)), Some(Some(fifteen))) => Ok([one, five, fifteen]),
        _ => Err("/proc/loadavg does not begin with three numbers".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn load_is_the_first_three_numbers() {
        let bytes = b"0.42 1.50 12.00 3/512 99182\n";
        assert_eq!(parse(bytes), Ok([0.42, 1.5, 12.0]));
    }

    #[test]
    fn a_load_that_is_not_three_numbers_is_not_looked_at() {
        for bytes in [
            &b""[..],
            b"0.1 0.2",
            b"0.1 nan 0.3",
            b"\0\0\0 1 2",
            b"1 2 x",
        ] {
            assert!(parse(bytes).is_err());
        }
    }
}
