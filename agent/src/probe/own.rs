//! Measures what the agent itself costs and keeps.
//!
//! In: the agent's tally, its clocks, and what `/proc/self` says of it. Out: the
//! `agent.self.*` metrics. The proportional set size is the honest figure: most of the
//! resident set is mapped code that others share. It is also the dearest to ask for, and
//! asked once a minute.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use vedette_wire::{Looked, metric};

use super::source::Source;
use super::{Gaps, Notes, Probe, Surroundings, text};
use crate::clock::{Clock, HostClock, Stamp};
use crate::tally::Tally;

/// The kernel walks all pages to add it up.
const PSS_EVERY: Duration = Duration::from_secs(60);
/// A wall clock that moves by more than this against the other one has jumped.
const JUMP_MS: i64 = 1_000;

struct Own {
    source: Source,
    files: PathBuf,
    tally: Arc<Tally>,
    /// Bytes, and when they were asked for.
    pss: Option<(f64, Instant)>,
    jumps: Jumps,
}

pub(super) fn build(surroundings: &Surroundings) -> Box<dyn Probe> {
    Box::new(Own {
        source: Source::new(&surroundings.proc),
        files: surroundings.proc.join("self/fd"),
        tally: Arc::clone(&surroundings.tally),
        pss: None,
        jumps: Jumps::default(),
    })
}

impl Probe for Own {
    fn look(&mut self, notes: &mut Notes) -> Looked {
        notes.push(metric::SPOOL_BYTES, self.tally.spool_bytes.get() as f64);
        notes.push(metric::SPOOL_DROPPED, self.tally.dropped.get() as f64);
        notes.push(metric::SET_ASIDE, self.tally.set_aside.get() as f64);
        notes.push(metric::SPOOL_TROUBLE, self.tally.spool_trouble.get() as f64);
        let jumps = self.jumps.see(HostClock.now());
        notes.push(metric::AGENT_CLOCK_JUMPS, jumps as f64);
        let refused = self.tally.settings_refused.get();
        notes.push(metric::SETTINGS_REFUSED, refused as f64);
        let mut gaps = Gaps::default();
        match cpu_seconds() {
            Some(seconds) => notes.push(metric::AGENT_CPU_TIME, seconds),
            None => gaps.push("this system has no processor clock of a process".to_owned()),
        }
        match self.source.read("self/status").and_then(rss_and_threads) {
            Ok((rss, threads)) => {
                notes.push(metric::AGENT_RSS, rss);
                notes.push(metric::AGENT_THREADS, threads);
            }
            Err(why) => gaps.push(why),
        }
        match fs::read_dir(&self.files) {
            // One of them is the listing itself.
            Ok(files) => {
                let files = files.count().saturating_sub(1);
                notes.push(metric::AGENT_OPEN_FILES, files as f64);
            }
            Err(error) => gaps.push(format!("the agent's open files cannot be read: {error}")),
        }
        match self.pss() {
            Ok(bytes) => notes.push(metric::AGENT_PSS, bytes),
            Err(why) => gaps.push(why),
        }
        gaps.looked()
    }
}

impl Own {
    fn pss(&mut self) -> Result<f64, String> {
        if let Some((bytes, asked)) = self.pss
            && asked.elapsed() < PSS_EVERY
        {
            return Ok(bytes);
        }
        let bytes = self.source.read("self/smaps_rollup").and_then(pss)?;
        self.pss = Some((bytes, Instant::now()));
        Ok(bytes)
    }
}

/// Counts jumps of the wall clock, against the one that only goes on.
#[derive(Debug, Default)]
struct Jumps {
    /// The one minus the other, at the look before.
    apart_ms: Option<i64>,
    count: u64,
}

impl Jumps {
    fn see(&mut self, now: Stamp) -> u64 {
        let mono_ms = i64::try_from(now.mono_ms).unwrap_or(i64::MAX);
        let apart_ms = now.wall_ms.saturating_sub(mono_ms);
        let before = self.apart_ms.replace(apart_ms).unwrap_or(apart_ms);
        self.count += u64::from(apart_ms.abs_diff(before) > JUMP_MS.unsigned_abs());
        self.count
    }
}

#[cfg(unix)]
fn cpu_seconds() -> Option<f64> {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Some(spent.tv_sec as f64 + spent.tv_nsec as f64 / 1e9)
}

#[cfg(not(unix))]
fn cpu_seconds() -> Option<f64> {
    None
}

fn pss(bytes: &[u8]) -> Result<f64, String> {
    text::lines(bytes)
        .find_map(|line| text::kilobytes(line, b"Pss"))
        .ok_or_else(|| "/proc/self/smaps_rollup has no line Pss".to_owned())
}

/// Bytes, and a count.
fn rss_and_threads(status: &[u8]) -> Result<(f64, f64), String> {
    let rss = text::lines(status).find_map(|line| text::kilobytes(line, b"VmRSS"));
    let threads = text::lines(status).find_map(|line| {
        let count = line.strip_prefix(b"Threads:")?;
        text::whole(count.trim_ascii())
    });
    rss.zip(threads.map(|threads| threads as f64))
        .ok_or_else(|| "/proc/self/status has no lines VmRSS and Threads".to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_proportional_size_is_the_line_pss_and_no_other() {
        let bytes = b"55 7f ---p 0 0:0 0 [rollup]\nRss: 9 kB\nPss_Anon: 1 kB\nPss:   3 kB\n";
        assert_eq!(pss(bytes), Ok(3072.0));
        assert!(pss(b"Rss: 9 kB\nPss_Dirty: 1 kB\n").is_err());
    }

    #[test]
    fn resident_memory_and_threads_are_lines_of_the_status() {
        let status = b"Name:\tagent\nVmRSS:\t    4000 kB\nRssAnon:\t 9 kB\nThreads:\t3\n";
        assert_eq!(rss_and_threads(status), Ok((4_096_000.0, 3.0)));
        for status in [
            &b""[..],
            b"VmRSS: 1 kB\n",
            b"VmRSS: 1 kB\nThreads: x\n",
            b"Threads: 1\n",
        ] {
            assert!(rss_and_threads(status).is_err());
        }
    }

    #[test]
    fn a_clock_that_is_set_has_jumped_and_one_that_is_slewed_or_slept_has_not() {
        let steps = [
            (1_000_000, 1_000, 0, "the first look"),
            (1_015_400, 16_000, 0, "slewed, and a slow look"),
            (
                8_215_400,
                7_216_000,
                0,
                "two hours of sleep are on both clocks",
            ),
            (11_830_400, 7_231_000, 1, "set an hour ahead"),
            (11_845_400, 7_246_000, 1, "and left alone"),
            (8_245_400, 7_261_000, 2, "set back"),
            (i64::MIN, 7_276_000, 3, "before all time"),
            (i64::MAX, u64::MAX, 4, "after all time"),
        ];
        let mut jumps = Jumps::default();
        for (wall_ms, mono_ms, expected, what) in steps {
            assert_eq!(jumps.see(Stamp { wall_ms, mono_ms }), expected, "{what}");
        }
    }

    #[test]
    fn what_was_counted_is_reported_even_where_memory_cannot_be_read() {
        let tally = Arc::new(Tally::default());
        tally.dropped.add(3);
        let mut probe = build(&Surroundings {
            tally,
            ..Surroundings::fixture("/nowhere".as_ref())
        });
        let mut notes = Notes::default();
        let looked = probe.look(&mut notes);
        assert!(matches!(looked, Looked::Partly { .. }), "{looked:?}");
        let dropped = notes
            .samples()
            .iter()
            .find(|s| s.name == metric::SPOOL_DROPPED);
        assert_eq!(dropped.unwrap().value, 3.0);
    }
}
