//! Measures memory and swap.
//!
//! In: `/proc/meminfo`. Out: bytes and shares. "Available" is the kernel's own estimate;
//! where an old kernel (before 3.14) gives none it is free + buffers + cached, said aloud.

use vedette_wire::{Looked, metric};

use super::source::Source;
use super::{Gaps, Notes, Probe, Surroundings, text};

#[derive(Debug, Default, PartialEq)]
struct Memory {
    total: Option<f64>,
    available: Option<f64>,
    free: Option<f64>,
    buffers: Option<f64>,
    cached: Option<f64>,
    swap_total: Option<f64>,
    swap_free: Option<f64>,
}

struct MemoryProbe {
    source: Source,
}

pub(super) fn build(surroundings: &Surroundings) -> Box<dyn Probe> {
    Box::new(MemoryProbe {
        source: Source::keeping(&surroundings.proc),
    })
}

impl Probe for MemoryProbe {
    fn look(&mut self, notes: &mut Notes) -> Looked {
        match self.source.read("meminfo") {
            Ok(bytes) => measure(&parse(bytes), notes),
            Err(why) => Looked::No { why },
        }
    }
}

fn measure(memory: &Memory, notes: &mut Notes) -> Looked {
    let Some(total) = memory.total.filter(|total| *total > 0.0) else {
        return Looked::No {
            why: "/proc/meminfo does not say how much memory there is".to_owned(),
        };
    };
    let mut gaps = Gaps::default();
    notes.push(metric::MEMORY_LIMIT, total);
    match available(memory, &mut gaps) {
        Some(available) => {
            let share = (available / total).clamp(0.0, 1.0);
            notes.push(metric::MEMORY_AVAILABLE, available);
            notes.push(metric::MEMORY_AVAILABLE_RATIO, share);
            notes.push(metric::MEMORY_UTILIZATION, 1.0 - share);
        }
        None => gaps.push("/proc/meminfo does not say how much is available".to_owned()),
    }
    match (memory.swap_total, memory.swap_free) {
        (Some(limit), Some(free)) => {
            notes.push(metric::PAGING_LIMIT, limit);
            // Without swap there is no share of it; 0 or 1 would both be a lie.
            if limit > 0.0 {
                let share = (1.0 - free / limit).clamp(0.0, 1.0);
                notes.push(metric::PAGING_UTILIZATION, share);
            }
        }
        (_, _) => gaps.push("/proc/meminfo does not speak of swap".to_owned()),
    }
    gaps.looked()
}

fn available(memory: &Memory, gaps: &mut Gaps) -> Option<f64> {
    if memory.available.is_some() {
        return memory.available;
    }
    let estimate = memory.free? + memory.buffers? + memory.cached?;
    gaps.push("this kernel does not estimate available memory; free + buffers + cached".to_owned());
    Some(estimate)
}

fn parse(bytes: &[u8]) -> Memory {
    let mut memory = Memory::default();
    for line in text::lines(bytes) {
        let fields: [(&[u8], &mut Option<f64>); 7] = [
            (b"MemTotal", &mut memory.total),
            (b"MemAvailable", &mut memory.available),
            (b"MemFree", &mut memory.free),
            (b"Buffers", &mut memory.buffers),
            (b"Cached", &mut memory.cached),
            (b"SwapTotal", &mut memory.swap_total),
            (b"SwapFree", &mut memory.swap_free),
        ];
        for (name, field) in fields {
            if let Some(value) = text::kilobytes(line, name) {
                *field = Some(value);
            }
        }
    }
    memory
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const KIB: f64 = 1024.0;

    #[test]
    fn available_memory_is_the_kernels_estimate() {
        let meminfo = "MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 250 kB\n\
            Buffers: 1 kB\nCached: 2 kB\nSwapCached: 9 kB\nSwapTotal: 100 kB\nSwapFree: 75 kB\n";
        let seen = check(meminfo, |looked| *looked == Looked::Yes);
        assert_eq!(
            seen,
            [
                (metric::MEMORY_LIMIT, 1000.0 * KIB),
                (metric::MEMORY_AVAILABLE, 250.0 * KIB),
                (metric::MEMORY_AVAILABLE_RATIO, 0.25),
                (metric::MEMORY_UTILIZATION, 0.75),
                (metric::PAGING_LIMIT, 100.0 * KIB),
                (metric::PAGING_UTILIZATION, 0.25),
            ]
            .map(|(name, value)| (name.to_owned(), value))
        );
    }

    #[test]
    fn without_swap_there_is_no_share_of_it() {
        let meminfo = "MemTotal: 10 kB\nMemAvailable: 5 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n";
        let seen = check(meminfo, |looked| *looked == Looked::Yes);
        assert!(
            !seen
                .iter()
                .any(|(name, _)| name == metric::PAGING_UTILIZATION)
        );
    }

    #[test]
    fn an_old_kernel_is_looked_at_partly_and_says_so() {
        let meminfo = "MemTotal: 100 kB\nMemFree: 10 kB\nBuffers: 5 kB\nCached: 10 kB\n\
            SwapTotal: 0 kB\nSwapFree: 0 kB\n";
        let seen = check(
            meminfo,
            |looked| matches!(looked, Looked::Partly { why } if why.contains("does not estimate")),
        );
        assert!(seen.contains(&(metric::MEMORY_AVAILABLE_RATIO.to_owned(), 0.25)));
    }

    #[test]
    fn memory_of_unknown_size_is_not_looked_at() {
        for meminfo in [
            "",
            "MemTotal: x kB\n",
            "MemTotal: 0 kB\n",
            "MemAvailable: 3 kB\n",
        ] {
            let seen = check(meminfo, |looked| matches!(looked, Looked::No { .. }));
            assert_eq!(seen, []);
        }
    }

    #[test]
    fn more_available_than_there_is_stays_a_share() {
        let seen = check("MemTotal: 10 kB\nMemAvailable: 20 kB\n", |_| true);
        assert!(seen.contains(&(metric::MEMORY_UTILIZATION.to_owned(), 0.0)));
    }

    #[track_caller]
    fn check(meminfo: &str, expected: impl Fn(&Looked) -> bool) -> Vec<(String, f64)> {
        let mut notes = Notes::default();
        let looked = measure(&parse(meminfo.as_bytes()), &mut notes);
        assert!(expected(&looked), "{looked:?}");
        let taken = notes.into_samples().into_iter();
        taken.map(|sample| (sample.name, sample.value)).collect()
    }
}
