//! Measures what the processors did since the look before.
//!
//! In: `/proc/stat`, which counts ticks per mode since boot. Out: each mode's time since boot
//! and its share of the time between two looks (0 to 1, together 1), and the number of
//! processors.
//! The first look has nothing to compare with and says so.

use vedette_wire::{Looked, metric};

use super::source::Source;
use super::{Notes, Probe, Surroundings, text};

/// The modes in the order of [`Ticks`].
const MODES: [&str; 7] = ["user", "nice", "system", "idle", "iowait", "irq", "steal"];

/// Ticks in a second, as the kernel shows them to programs on every architecture Linux still
/// supports.
const TICKS_PER_SECOND: f64 = 100.0;

/// Ticks in each of [`MODES`] since boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Ticks([u64; 7]);

struct Cpu {
    source: Source,
    before: Option<Ticks>,
}

pub(super) fn build(surroundings: &Surroundings) -> Box<dyn Probe> {
    Box::new(Cpu {
        source: Source::keeping(&surroundings.proc),
        before: None,
    })
}

impl Probe for Cpu {
    fn look(&mut self, notes: &mut Notes) -> Looked {
        let (ticks, cpus) = match self.source.read("stat").and_then(parse) {
            Ok(seen) => seen,
            Err(why) => return Looked::No { why },
        };
        if cpus > 0 {
            notes.push(metric::CPU_COUNT, f64::from(cpus));
        }
        for (mode, ticks) in MODES.into_iter().zip(ticks.0) {
            let seconds = ticks as f64 / TICKS_PER_SECOND;
            notes.push_with(metric::CPU_TIME, &[("cpu.mode", mode)], seconds);
        }
        let Some(before) = self.before.replace(ticks) else {
            return partly("the first look has nothing to compare processor time with");
        };
        let Some(shares) = shares(before, ticks) else {
            return partly("no processor time passed since the look before");
        };
        for (mode, share) in MODES.into_iter().zip(shares) {
            notes.push_with(metric::CPU_UTILIZATION, &[("cpu.mode", mode)], share);
        }
        Looked::Yes
    }
}

/// The number of processors that `/proc/stat` lists; 0 when it lists none.
pub(super) fn count(stat: &[u8]) -> u32 {
    let listed = text::lines(stat)
        .filter_map(|line| line.strip_prefix(b"cpu"))
        .filter(|rest| rest.first().is_some_and(u8::is_ascii_digit))
        .count();
    u32::try_from(listed).unwrap_or(u32::MAX)
}

/// Each mode's share of the time that passed, or `None` when none passed.
///
/// The kernel lets `idle` and `iowait` of a processor go back a little; a mode that went
/// back had no time.
fn shares(before: Ticks, now: Ticks) -> Option<[f64; 7]> {
    let mut spent = [0.0; 7];
    for (mode, spent) in spent.iter_mut().enumerate() {
        *spent = now.0[mode].saturating_sub(before.0[mode]) as f64;
    }
    let all: f64 = spent.iter().sum();
    (all > 0.0).then(|| spent.map(|ticks| (ticks / all).min(1.0)))
}

fn parse(stat: &[u8]) -> Result<(Ticks, u32), String> {
    let total = text::lines(stat)
        .find_map(|line| line.strip_prefix(b"cpu "))
        .ok_or("/proc/stat has no line for all processors")?;
    // Two more fields follow, of guests; the kernel counts their time in user and nice.
    let mut fields = [0u64; 8];
    let mut present = 0;
    for (field, word) in fields.iter_mut().zip(text::words(total)) {
        *field = text::whole(word)
            .ok_or("/proc/stat has a processor time that is not a whole number")?;
        present += 1;
    }
    // Kernels before 2.6.11 had no steal; fewer than four fields is not /proc/stat.
    if present < 4 {
        return Err("/proc/stat has too few processor times".to_owned());
    }
    let [user, nice, system, idle, iowait, irq, softirq, steal] = fields;
    let ticks = Ticks([
        user,
        nice,
        system,
        idle,
        iowait,
        irq.saturating_add(softirq),
        steal,
    ]);
    Ok((ticks, count(stat)))
}

fn partly(why: &str) -> Looked {
    Looked::Partly {
        why: why.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const STAT: &[u8] = b"cpu  100 10 50 800 20 5 5 10 7 1\n\
        cpu0 50 5 25 400 10 3 2 5 3 0\ncpu1 50 5 25 400 10 2 3 5 4 1\n\
        intr 123 0 0\nctxt 9\nbtime 1700000000\n";

    #[test]
    fn interrupts_are_one_mode_and_guests_are_not_counted_twice() {
        let (ticks, cpus) = parse(STAT).unwrap();
        assert_eq!(ticks, Ticks([100, 10, 50, 800, 20, 10, 10]));
        assert_eq!(cpus, 2);
    }

    #[test]
    fn shares_of_all_modes_add_up_to_one() {
        let before = Ticks([100, 10, 50, 800, 20, 10, 10]);
        let now = Ticks([150, 10, 60, 820, 30, 10, 20]);
        let shares = shares(before, now).unwrap();
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert_eq!(shares, [0.5, 0.0, 0.1, 0.2, 0.1, 0.0, 0.1]);
    }

    #[test]
    fn a_mode_that_went_back_had_no_time() {
        let before = Ticks([100, 0, 0, 800, 20, 0, 0]);
        let now = Ticks([110, 0, 0, 810, 15, 0, 0]);
        assert_eq!(shares(before, now).unwrap()[4], 0.0);
        assert_eq!(shares(now, now), None);
    }

    #[test]
    fn an_old_kernel_without_steal_is_still_looked_at() {
        let (ticks, cpus) = parse(b"cpu  1 2 3 4\ncpu0 1 2 3 4\n").unwrap();
        assert_eq!(ticks, Ticks([1, 2, 3, 4, 0, 0, 0]));
        assert_eq!(cpus, 1);
    }

    #[test]
    fn what_is_not_processor_time_is_not_looked_at() {
        let cases: [&[u8]; 5] = [
            b"",
            b"cpu0 1 2 3 4\n",
            b"cpu  1 2 3\n",
            b"cpu  1 -2 3 4\n",
            b"cpu  1 2 3 99999999999999999999999\n",
        ];
        for stat in cases {
            assert!(parse(stat).is_err(), "{}", String::from_utf8_lossy(stat));
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, tail: Vec<u8>) {
            let _ = parse(&bytes);
            let mut line = b"cpu  1 2 3 4 5 ".to_vec();
            line.extend(tail);
            let _ = parse(&line);
        }
    }
}
