//! Lets every probe look once, each within its deadline and never twice at once.
//!
//! In: the table of probes. Out: a [`Sight`]: one line per probe and all samples.
//! A probe that does not return in time is reported as "could not look" and left alone
//! until its thread comes back; the others are looked at all the same. Knows nothing of
//! what is measured.

use std::time::Instant;

use tokio::task::{JoinError, JoinHandle};
use vedette_wire::{Looked, ProbeRun, Sample, limits};

use super::{Build, PROBES, Probe, Samples, Surroundings};

/// What all probes saw in one round.
#[derive(Debug, Default)]
pub struct Sight {
    /// For each probe, whether it could look.
    pub runs: Vec<ProbeRun>,
    /// What they measured.
    pub samples: Vec<Sample>,
}

/// All probes, ready to look.
pub struct Probes {
    slots: Vec<Slot>,
    surroundings: Surroundings,
}

struct Slot {
    name: &'static str,
    build: Build,
    state: State,
}

enum State {
    Ready(Box<dyn Probe>),
    /// Its thread has not returned from an earlier look.
    Looking(JoinHandle<Done>),
    /// It ended by a panic, which is our mistake; it is built anew.
    Lost,
}

struct Done {
    probe: Box<dyn Probe>,
    samples: Samples,
    looked: Looked,
}

impl Probes {
    /// The probes of [`PROBES`].
    pub fn all(surroundings: Surroundings) -> Probes {
        Probes::of(surroundings, PROBES)
    }

    /// Only the probe called `name`; `None` when there is none.
    pub fn one(surroundings: Surroundings, name: &str) -> Option<Probes> {
        let row = PROBES.iter().find(|(known, _)| *known == name)?;
        Some(Probes::of(surroundings, std::slice::from_ref(row)))
    }

    fn of(surroundings: Surroundings, table: &[(&'static str, Build)]) -> Probes {
        let slots = table
            .iter()
            .map(|(name, build)| Slot {
                name,
                build: *build,
                state: State::Ready(build(&surroundings)),
            })
            .collect();
        Probes {
            slots,
            surroundings,
        }
    }

    /// Lets every probe look once. Must be called within a runtime that has a blocking pool.
    pub async fn look(&mut self) -> Sight {
        let mut sight = Sight::default();
        for slot in &mut self.slots {
            let begun = Instant::now();
            let (mut looked, samples) = slot.look(&self.surroundings).await;
            let room = limits::SAMPLES_PER_ROUND_MAX - sight.samples.len();
            let left_out = samples.taken().len().saturating_sub(room);
            note_left_out(&mut looked, samples.unfit(), left_out as u64);
            bound_why(&mut looked);
            sight
                .samples
                .extend(samples.into_taken().into_iter().take(room));
            sight.runs.push(ProbeRun {
                probe: slot.name.to_owned(),
                looked,
                took_ms: u32::try_from(begun.elapsed().as_millis()).unwrap_or(u32::MAX),
            });
        }
        sight
    }
}

impl Slot {
    async fn look(&mut self, surroundings: &Surroundings) -> (Looked, Samples) {
        let mut probe = match std::mem::replace(&mut self.state, State::Lost) {
            State::Ready(probe) => probe,
            State::Looking(handle) if !handle.is_finished() => {
                self.state = State::Looking(handle);
                return could_not("it has not returned from an earlier look");
            }
            // What a late look saw is old by now; only the probe is of use.
            State::Looking(handle) => match handle.await {
                Ok(done) => done.probe,
                Err(_) => (self.build)(surroundings),
            },
            State::Lost => (self.build)(surroundings),
        };
        let deadline = probe.deadline();
        let mut handle = tokio::task::spawn_blocking(move || {
            let mut samples = Samples::default();
            let looked = probe.look(&mut samples);
            Done {
                probe,
                samples,
                looked,
            }
        });
        match tokio::time::timeout(deadline, &mut handle).await {
            Ok(result) => self.settle(result),
            Err(_) => {
                self.state = State::Looking(handle);
                could_not(&format!("it did not return within {deadline:?}"))
            }
        }
    }

    fn settle(&mut self, result: Result<Done, JoinError>) -> (Looked, Samples) {
        match result {
            Ok(done) => {
                self.state = State::Ready(done.probe);
                (done.looked, done.samples)
            }
            Err(error) => {
                tracing::error!(probe = self.name, %error, "a probe broke off; it is built anew");
                could_not("the probe broke off; this is a mistake in the agent")
            }
        }
    }
}

fn could_not(why: &str) -> (Looked, Samples) {
    let looked = Looked::No {
        why: why.to_owned(),
    };
    (looked, Samples::default())
}

/// What was left out may still be there, so the probe has looked at a part only.
fn note_left_out(looked: &mut Looked, unfit: u64, over: u64) {
    if unfit + over == 0 {
        return;
    }
    let mut note = format!("{} samples left out:", unfit + over);
    if unfit > 0 {
        note.push_str(&format!(" {unfit} with a value the collector would refuse"));
    }
    if over > 0 {
        let most = limits::SAMPLES_PER_ROUND_MAX;
        note.push_str(&format!(" {over} above {most} in a round"));
    }
    let why = match looked {
        Looked::Yes => note,
        Looked::Partly { why } => format!("{why}; {note}"),
        Looked::No { .. } => return,
    };
    *looked = Looked::Partly { why };
}

/// What people read must not make the collector refuse the round.
fn bound_why(looked: &mut Looked) {
    match looked {
        Looked::Yes => {}
        Looked::Partly { why } | Looked::No { why } => {
            let end = (0..=limits::VALUE_BYTES_MAX.min(why.len()))
                .rev()
                .find(|end| why.is_char_boundary(*end));
            why.truncate(end.unwrap_or(0));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Mutex;
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::time::Duration;

    use super::*;

    struct Quick;

    impl Probe for Quick {
        fn look(&mut self, samples: &mut Samples) -> Looked {
            samples.push("quick", 1.0);
            Looked::Yes
        }
    }

    struct Broken;

    impl Probe for Broken {
        fn look(&mut self, _: &mut Samples) -> Looked {
            panic!("on purpose, by a test")
        }
    }

    struct Stuck(Receiver<()>);

    impl Probe for Stuck {
        fn look(&mut self, samples: &mut Samples) -> Looked {
            self.0.recv().unwrap();
            samples.push("stuck", 1.0);
            Looked::Yes
        }

        fn deadline(&self) -> Duration {
            Duration::from_millis(20)
        }
    }

    fn quick(_: &Surroundings) -> Box<dyn Probe> {
        Box::new(Quick)
    }

    fn broken(_: &Surroundings) -> Box<dyn Probe> {
        Box::new(Broken)
    }

    // A table of plain functions cannot carry the test's end of the channel.
    static RELEASE: Mutex<Option<Sender<()>>> = Mutex::new(None);

    fn stuck(_: &Surroundings) -> Box<dyn Probe> {
        let (release, wait) = channel();
        *RELEASE.lock().unwrap() = Some(release);
        Box::new(Stuck(wait))
    }

    #[tokio::test]
    async fn a_probe_that_breaks_off_does_not_spoil_the_round() {
        let mut probes = of(&[("broken", broken), ("quick", quick)]);
        for _ in 0..2 {
            let sight = probes.look().await;
            assert!(matches!(&sight.runs[0].looked, Looked::No { why } if why.contains("broke")));
            assert_eq!(sight.runs[1].looked, Looked::Yes);
            assert_eq!(sight.samples.len(), 1);
        }
    }

    #[tokio::test]
    async fn a_stuck_probe_is_left_alone_until_its_thread_returns() {
        let mut probes = of(&[("stuck", stuck), ("quick", quick)]);
        let first = probes.look().await;
        assert!(matches!(&first.runs[0].looked, Looked::No { why } if why.contains("within")));
        assert_eq!(first.runs[1].looked, Looked::Yes);

        let second = probes.look().await;
        assert!(matches!(&second.runs[0].looked, Looked::No { why } if why.contains("earlier")));

        let release = RELEASE.lock().unwrap().clone().unwrap();
        release.send(()).unwrap();
        release.send(()).unwrap();
        let third = loop {
            tokio::task::yield_now().await;
            let sight = probes.look().await;
            if sight.runs[0].looked == Looked::Yes {
                break sight;
            }
        };
        assert_eq!(third.samples.len(), 2);
    }

    #[test]
    fn what_the_wire_would_refuse_makes_a_look_partial() {
        let mut looked = Looked::Yes;
        note_left_out(&mut looked, 2, 0);
        let expected = "2 samples left out: 2 with a value the collector would refuse";
        assert_eq!(
            looked,
            Looked::Partly {
                why: expected.to_owned()
            }
        );
    }

    #[test]
    fn a_long_reason_is_cut_between_two_letters() {
        let mut looked = Looked::No {
            why: format!("a{}", "\u{e4}".repeat(limits::VALUE_BYTES_MAX)),
        };
        bound_why(&mut looked);
        assert!(matches!(looked, Looked::No { why } if why.len() == limits::VALUE_BYTES_MAX - 1));
    }

    fn of(table: &[(&'static str, Build)]) -> Probes {
        let surroundings = Surroundings {
            proc: "/proc".into(),
            tally: Default::default(),
        };
        Probes::of(surroundings, table)
    }
}
