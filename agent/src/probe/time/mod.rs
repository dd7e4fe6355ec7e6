//! Finds out whether somebody keeps this host's clock, and how far it is off.
//!
//! In: programs that know: chrony's, the kernel's account as two programs print it, systemd's.
//! The first that answers is asked from then on. Out: synchronised, offset, the most the clock
//! can be off, and how far it was from the collector's at the last acknowledgement. The
//! kernel's own call (`adjtimex`) is behind no safe interface, so programs make it for us.

mod answers;

use std::sync::Arc;
use std::time::{Duration, Instant};

use vedette_wire::{Looked, metric};

use super::{Notes, Probe, Surroundings};
use crate::program::{Bounds, Programs};
use crate::tally::Tally;

const EVERY: Duration = Duration::from_secs(60);
/// All programs are asked one after the other at most once.
const DEADLINE: Duration = Duration::from_secs(12);
const BOUNDS: Bounds = Bounds {
    within: Duration::from_secs(2),
    bytes_max: 8 * 1024,
};

/// What a program says of the clock.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Kept {
    is_synchronized: bool,
    /// Seconds the clock is behind; negative: ahead.
    offset: Option<f64>,
    /// Seconds it can be off at most.
    max_error: Option<f64>,
}

/// A program that knows.
struct Way {
    program: &'static str,
    arguments: &'static [&'static str],
    /// What it said holds for this long.
    holds: Duration,
    read: fn(&[u8]) -> Option<Kept>,
}

/// The best informed first.
const WAYS: &[Way] = &[
    Way {
        program: "chronyc",
        arguments: &["-n", "-c", "tracking"],
        holds: Duration::ZERO,
        read: answers::chrony,
    },
    Way {
        program: "adjtimex",
        arguments: &["--print"],
        holds: Duration::ZERO,
        read: answers::kernel,
    },
    Way {
        program: "busybox",
        arguments: &["adjtimex"],
        holds: Duration::ZERO,
        read: answers::kernel,
    },
    Way {
        program: "timedatectl",
        arguments: &["timesync-status"],
        holds: Duration::ZERO,
        read: answers::timesyncd,
    },
    // Each such question starts a service, which says so in the journal.
    Way {
        program: "timedatectl",
        arguments: &["show", "--property=NTPSynchronized", "--value"],
        holds: Duration::from_secs(900),
        read: answers::timedated,
    },
];

struct Time {
    programs: Programs,
    tally: Arc<Tally>,
    /// The way that answered last, when, and what it said.
    known: Option<(&'static Way, Instant, Kept)>,
}

pub(super) fn build(surroundings: &Surroundings) -> Box<dyn Probe> {
    Box::new(Time {
        programs: surroundings.programs.clone(),
        tally: Arc::clone(&surroundings.tally),
        known: None,
    })
}

impl Probe for Time {
    fn look(&mut self, notes: &mut Notes) -> Looked {
        let skew_ms = self.tally.collector_skew.get();
        if let Some(skew_ms) = skew_ms {
            notes.push(metric::TIME_COLLECTOR_SKEW, skew_ms as f64 / 1000.0);
        }
        let Some(kept) = self.ask() else {
            let why = "whether the clock is kept cannot be read: neither chronyc, adjtimex, \
                busybox nor timedatectl answers; install chrony, or run systemd-timesyncd";
            return Looked::Partly {
                why: why.to_owned(),
            };
        };
        let is_synchronized = f64::from(u8::from(kept.is_synchronized));
        notes.push(metric::TIME_SYNCHRONIZED, is_synchronized);
        if let Some(offset) = kept.offset {
            notes.push(metric::TIME_OFFSET, offset);
        }
        if let Some(max_error) = kept.max_error {
            notes.push(metric::TIME_MAX_ERROR, max_error);
        }
        Looked::Yes
    }

    fn deadline(&self) -> Duration {
        DEADLINE
    }

    fn every(&self) -> Duration {
        EVERY
    }
}

impl Time {
    fn ask(&mut self) -> Option<Kept> {
        let now = Instant::now();
        if let Some((way, asked, kept)) = self.known {
            if now.duration_since(asked) < way.holds {
                return Some(kept);
            }
            if let Some(kept) = way.ask(&self.programs) {
                self.known = Some((way, now, kept));
                return Some(kept);
            }
        }
        let mut answers = WAYS.iter().map(|way| (way, way.ask(&self.programs)));
        self.known = answers.find_map(|(way, kept)| Some((way, now, kept?)));
        self.known.map(|(_, _, kept)| kept)
    }
}

impl Way {
    /// `None`: it is not installed, its service does not run, or it speaks another language.
    fn ask(&self, programs: &Programs) -> Option<Kept> {
        let ran = programs.run(self.program, self.arguments, BOUNDS).ok()?;
        // The kernel's account ends with a code of its own when nobody keeps the clock.
        (self.read)(&ran.out)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::probe::fixture::Fixture;

    #[test]
    fn whoever_answers_first_is_believed() {
        let host = Fixture::new("");
        host.program("chronyc", "echo '506 Cannot talk to daemon'; exit 1");
        host.program("busybox", "echo '    status:       64 (UNSYNC)'; exit 5");
        let surroundings = host.surroundings();
        let mut probe = build(&surroundings);
        assert_eq!(look(probe.as_mut()), (Looked::Yes, vec![0.0]));

        surroundings.tally.collector_skew.set(-1_500);
        host.program("busybox", "echo '    status:       8193 (PLL | NANO)'");
        assert_eq!(look(probe.as_mut()), (Looked::Yes, vec![-1.5, 1.0]));
    }

    #[test]
    fn where_nobody_answers_the_collectors_clock_is_still_compared() {
        let host = Fixture::new("");
        let surroundings = host.surroundings();
        let mut probe = build(&surroundings);
        assert!(matches!(look(probe.as_mut()), (Looked::Partly { .. }, seen) if seen.is_empty()));
        surroundings.tally.collector_skew.set(2_000);
        assert!(matches!(look(probe.as_mut()), (Looked::Partly { .. }, seen) if seen == [2.0]));
    }

    #[test]
    fn a_question_that_starts_a_service_is_not_asked_every_minute() {
        let host = Fixture::new("");
        let script = "[ \"$1\" = show ] && echo yes && /bin/rm -f \"$0\"";
        host.program("timedatectl", script);
        let mut probe = host.probe(build);
        assert_eq!(look(probe.as_mut()), (Looked::Yes, vec![1.0]));
        assert_eq!(look(probe.as_mut()), (Looked::Yes, vec![1.0]), "remembered");
    }

    fn look(probe: &mut dyn Probe) -> (Looked, Vec<f64>) {
        let mut notes = Notes::default();
        let looked = probe.look(&mut notes);
        (
            looked,
            notes.samples().iter().map(|sample| sample.value).collect(),
        )
    }
}
