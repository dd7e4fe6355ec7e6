//! Measures what the agent itself costs and keeps.
//!
//! In: the agent's tally, its processor clock, `/proc/self/smaps_rollup`. Out: the
//! `agent.self.*` metrics. The proportional set size is the honest figure: most of the
//! resident set is mapped code that others share.

use std::sync::Arc;

use vedette_wire::{Looked, metric};

use super::source::Source;
use super::{Gaps, Notes, Probe, Surroundings, text};
use crate::tally::Tally;

struct Own {
    source: Source,
    tally: Arc<Tally>,
}

pub(super) fn build(surroundings: &Surroundings) -> Box<dyn Probe> {
    Box::new(Own {
        source: Source::new(&surroundings.proc),
        tally: Arc::clone(&surroundings.tally),
    })
}

impl Probe for Own {
    fn look(&mut self, notes: &mut Notes) -> Looked {
        notes.push(metric::SPOOL_BYTES, self.tally.spool_bytes.get() as f64);
        notes.push(metric::SPOOL_DROPPED, self.tally.dropped.get() as f64);
        notes.push(metric::SET_ASIDE, self.tally.set_aside.get() as f64);
        notes.push(metric::SPOOL_TROUBLE, self.tally.spool_trouble.get() as f64);
        let mut gaps = Gaps::default();
        match cpu_seconds() {
            Some(seconds) => notes.push(metric::AGENT_CPU_TIME, seconds),
            None => gaps.push("this system has no processor clock of a process".to_owned()),
        }
        match self.source.read("self/smaps_rollup").and_then(pss) {
            Ok(bytes) => notes.push(metric::AGENT_PSS, bytes),
            Err(why) => gaps.push(why),
        }
        gaps.looked()
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
