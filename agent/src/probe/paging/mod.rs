//! Measures swapping, page faults and what the kernel killed for want of memory.
//!
//! In: `/proc/vmstat`, which counts since boot. Out: the counters; and by [`oom`] an event
//! when something was killed, with its name as far as [`victims`] finds one.

mod oom;
mod victims;

use vedette_wire::{Looked, metric};

use self::oom::Oom;
use super::source::Source;
use super::{Gaps, Notes, Probe, Surroundings, text};

/// What `/proc/vmstat` counts, as far as anybody asks.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Counts {
    swapped_in: Option<u64>,
    swapped_out: Option<u64>,
    /// Faults of both kinds.
    faults: Option<u64>,
    major: Option<u64>,
    oom_kills: Option<u64>,
}

struct Paging {
    source: Source,
    oom: Oom,
}

pub(super) fn build(surroundings: &Surroundings) -> Box<dyn Probe> {
    Box::new(Paging {
        source: Source::keeping(&surroundings.proc),
        oom: Oom::new(surroundings),
    })
}

impl Probe for Paging {
    fn look(&mut self, notes: &mut Notes) -> Looked {
        let counts = match self.source.read("vmstat") {
            Ok(bytes) => parse(bytes),
            Err(why) => return Looked::No { why },
        };
        let mut gaps = Gaps::default();
        measure(counts, notes, &mut gaps);
        if let Some(kills) = counts.oom_kills
            && let Err(why) = self.oom.look(kills, notes)
        {
            gaps.push(why);
        }
        gaps.looked()
    }
}

fn measure(counts: Counts, notes: &mut Notes, gaps: &mut Gaps) {
    for (direction, pages) in [("in", counts.swapped_in), ("out", counts.swapped_out)] {
        match pages {
            Some(pages) => {
                let attributes = [("direction", direction)];
                notes.push_with(metric::PAGING_OPERATIONS, &attributes, pages as f64);
            }
            None => gaps.push(format!(
                "/proc/vmstat does not count pages swapped {direction}"
            )),
        }
    }
    match (counts.faults, counts.major) {
        (Some(all), Some(major)) => {
            // Read one after the other, so that the second may be ahead of the first.
            let minor = all.saturating_sub(major);
            notes.push_with(metric::PAGING_FAULTS, &[("type", "major")], major as f64);
            notes.push_with(metric::PAGING_FAULTS, &[("type", "minor")], minor as f64);
        }
        (_, _) => gaps.push("/proc/vmstat does not count page faults".to_owned()),
    }
    match counts.oom_kills {
        Some(kills) => notes.push(metric::OOM_KILLS, kills as f64),
        None => gaps.push("this kernel (before 4.13) does not count what it kills".to_owned()),
    }
}

fn parse(bytes: &[u8]) -> Counts {
    let mut counts = Counts::default();
    for line in text::lines(bytes) {
        let mut words = text::words(line);
        let field = match words.next() {
            Some(b"pswpin") => &mut counts.swapped_in,
            Some(b"pswpout") => &mut counts.swapped_out,
            Some(b"pgfault") => &mut counts.faults,
            Some(b"pgmajfault") => &mut counts.major,
            Some(b"oom_kill") => &mut counts.oom_kills,
            Some(_) | None => continue,
        };
        *field = words.next().and_then(text::whole);
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minor_faults_are_those_that_were_not_major() {
        let vmstat = b"nr_free_pages 5\npswpin 1\npswpout 2\npgfault 100\npgmajfault 7\n\
            oom_kill 3\nthp_swpout 9\n";
        let seen = check(vmstat, Looked::Yes);
        assert_eq!(
            seen,
            [
                ("in".to_owned(), 1.0),
                ("out".to_owned(), 2.0),
                ("major".to_owned(), 7.0),
                ("minor".to_owned(), 93.0),
                (String::new(), 3.0),
            ]
        );
    }

    #[test]
    fn a_kernel_that_does_not_count_kills_is_looked_at_partly() {
        let why = "this kernel (before 4.13) does not count what it kills".to_owned();
        let vmstat = b"pswpin 0\npswpout 0\npgfault 1\npgmajfault 2\n";
        let seen = check(vmstat, Looked::Partly { why });
        assert_eq!(seen.len(), 4);
        assert_eq!(seen[3].1, 0.0, "minor faults never go below none");
    }

    #[test]
    fn what_is_not_a_count_is_not_counted() {
        let vmstat =
            b"pswpin -1\npswpout\npgfault x\npgmajfault 99999999999999999999\noom_kill 1.5";
        assert_eq!(parse(vmstat), Counts::default());
    }

    #[track_caller]
    fn check(vmstat: &[u8], expected: Looked) -> Vec<(String, f64)> {
        let (mut notes, mut gaps) = (Notes::default(), Gaps::default());
        measure(parse(vmstat), &mut notes, &mut gaps);
        assert_eq!(gaps.looked(), expected);
        let first = |sample: &vedette_wire::Sample| sample.attributes.values().next().cloned();
        let samples = notes.into_samples().into_iter();
        samples
            .map(|sample| (first(&sample).unwrap_or_default(), sample.value))
            .collect()
    }
}
