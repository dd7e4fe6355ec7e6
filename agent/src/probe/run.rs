//! Lets every probe look, each within its deadline and never twice at once.
//!
//! In: the table of probes. Out: a [`Sight`]: one line per probe and all samples.
//! Probes of every round are waited for; those with a pause look beside the rounds, and
//! the first round after carries what they saw. A probe that does not return in time is
//! reported as "could not look" and left alone until its thread comes back, after three
//! such looks with growing pauses; the others are looked at all the same. Knows nothing
//! of what is measured.

use std::time::Duration;

use tokio::task::{JoinError, JoinHandle};
use tokio::time::Instant;
use vedette_wire::{Event, Looked, ProbeRun, Sample, limits, metric};

use super::{Build, Notes, PROBES, Probe, Surroundings};
use crate::breaker::Breaker;

/// What all probes saw in one round.
#[derive(Debug, Default)]
pub struct Sight {
    /// For each probe that ended a look, whether it could look.
    pub runs: Vec<ProbeRun>,
    /// What they measured.
    pub samples: Vec<Sample>,
    /// What they saw happen.
    pub events: Vec<Event>,
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
    breaker: Breaker,
    /// The pause between looks; zero for a probe of every round.
    every: Duration,
    /// When a probe with a pause looks next.
    due: Instant,
}

enum State {
    Ready(Box<dyn Probe>),
    Looking(Look),
    /// It ended by a panic, which is our mistake; it is built anew.
    Lost,
}

/// A look that has not ended.
struct Look {
    handle: JoinHandle<Done>,
    begun: Instant,
    deadline: Duration,
    /// Whether it has been reported as late; what it saw is old then.
    is_late: bool,
}

struct Done {
    probe: Box<dyn Probe>,
    notes: Notes,
    looked: Looked,
    took: Duration,
}

/// What became of a probe in one round; nothing if it looks, or has no need to.
type Said = Option<(Looked, Notes, Duration)>;

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
        let slots = table.iter().map(|(name, build)| {
            let probe = build(&surroundings);
            Slot {
                name,
                build: *build,
                every: probe.every(),
                state: State::Ready(probe),
                breaker: Breaker::default(),
                due: Instant::now(),
            }
        });
        Probes {
            slots: slots.collect(),
            surroundings,
        }
    }

    /// One round: every probe without a pause looks once and is waited for; those with one
    /// are started when they are due, one at a time, and asked for what they saw. Must be
    /// called within a runtime that has a blocking pool.
    pub async fn look(&mut self) -> Sight {
        let mut sight = Sight::default();
        let mut paused = Vec::new();
        for slot in self.slots.iter_mut().filter(|slot| slot.every.is_zero()) {
            let said = slot.look(&self.surroundings).await;
            sight.take(slot, Some(said));
        }
        let now = Instant::now();
        let mut is_busy = false;
        for slot in self.slots.iter_mut().filter(|slot| !slot.every.is_zero()) {
            let said = slot.ask(&self.surroundings).await;
            sight.take(slot, said);
            is_busy |= matches!(&slot.state, State::Looking(look) if !look.is_late);
        }
        for slot in self.slots.iter_mut().filter(|slot| !slot.every.is_zero()) {
            if !is_busy && slot.starts(&self.surroundings, now) {
                is_busy = true;
            }
        }
        for slot in &self.slots {
            if slot.breaker.is_open() {
                paused.push(slot.name);
            }
        }
        sight.say_paused(&paused);
        sight
    }

    /// One look of every probe, with a pause or without, each waited for.
    pub async fn look_all(&mut self) -> Sight {
        let mut sight = Sight::default();
        for slot in &mut self.slots {
            let said = slot.look(&self.surroundings).await;
            sight.take(slot, Some(said));
        }
        sight
    }
}

impl Sight {
    fn take(&mut self, slot: &Slot, said: Said) {
        let Some((mut looked, notes, took)) = said else {
            return;
        };
        let room = limits::SAMPLES_PER_ROUND_MAX - self.samples.len();
        let left_out = notes.samples().len().saturating_sub(room);
        note_left_out(&mut looked, notes.unfit(), left_out as u64);
        bound_why(&mut looked);
        let (samples, events) = notes.into_parts();
        self.samples.extend(samples.into_iter().take(room));
        self.events.extend(events);
        self.runs.push(ProbeRun {
            probe: slot.name.to_owned(),
            looked,
            took_ms: u32::try_from(took.as_millis()).unwrap_or(u32::MAX),
            every_s: (!slot.every.is_zero()).then_some(slot.every.as_secs_f64()),
        });
    }

    fn say_paused(&mut self, paused: &[&str]) {
        for probe in paused {
            if self.samples.len() < limits::SAMPLES_PER_ROUND_MAX {
                self.samples.push(Sample {
                    name: metric::PROBE_PAUSED.to_owned(),
                    attributes: [("probe".to_owned(), (*probe).to_owned())].into(),
                    value: 1.0,
                });
            }
        }
    }
}

impl Slot {
    /// Looks now and waits for it, at most as long as the probe may take.
    async fn look(&mut self, surroundings: &Surroundings) -> (Looked, Notes, Duration) {
        if let State::Looking(look) = &self.state
            && !look.handle.is_finished()
        {
            return could_not("it has not returned from an earlier look", look.begun);
        }
        // What a late look saw is old by now; only the probe is of use.
        self.comes_back(surroundings).await;
        let now = Instant::now();
        if let Some(pause) = self.breaker.pause(now) {
            let why = format!(
                "it did not return in time again and again; it is tried again in {} s",
                pause.as_secs()
            );
            return could_not(&why, now);
        }
        let mut look = self.start(surroundings);
        match tokio::time::timeout(look.deadline, &mut look.handle).await {
            Ok(result) => self.settle(result, look.begun),
            Err(_) => self.is_late(look),
        }
    }

    /// What a probe with a pause has seen since it was asked before.
    async fn ask(&mut self, surroundings: &Surroundings) -> Said {
        match std::mem::replace(&mut self.state, State::Lost) {
            State::Looking(look) if look.handle.is_finished() => {
                if look.is_late {
                    self.state = State::Looking(look);
                    self.comes_back(surroundings).await;
                    return None;
                }
                Some(self.settle(look.handle.await, look.begun))
            }
            State::Looking(look) if !look.is_late && look.begun.elapsed() > look.deadline => {
                Some(self.is_late(look))
            }
            other => {
                self.state = other;
                None
            }
        }
    }

    /// Starts a probe with a pause if it is due.
    fn starts(&mut self, surroundings: &Surroundings, now: Instant) -> bool {
        let is_free = matches!(self.state, State::Ready(_) | State::Lost);
        if !is_free || now < self.due || self.breaker.pause(now).is_some() {
            return false;
        }
        self.due = now + self.every;
        let look = self.start(surroundings);
        self.state = State::Looking(look);
        true
    }

    /// Takes back a probe whose look has ended, whatever it saw.
    async fn comes_back(&mut self, surroundings: &Surroundings) {
        let state = std::mem::replace(&mut self.state, State::Lost);
        let probe = match state {
            State::Ready(probe) => probe,
            State::Looking(look) => match look.handle.await {
                Ok(done) => done.probe,
                Err(_) => (self.build)(surroundings),
            },
            State::Lost => (self.build)(surroundings),
        };
        self.state = State::Ready(probe);
    }

    fn start(&mut self, surroundings: &Surroundings) -> Look {
        let mut probe = match std::mem::replace(&mut self.state, State::Lost) {
            State::Ready(probe) => probe,
            State::Looking(_) | State::Lost => (self.build)(surroundings),
        };
        let begun = Instant::now();
        Look {
            deadline: probe.deadline(),
            handle: tokio::task::spawn_blocking(move || {
                let begun = std::time::Instant::now();
                let mut notes = Notes::default();
                let looked = probe.look(&mut notes);
                Done {
                    probe,
                    notes,
                    looked,
                    took: begun.elapsed(),
                }
            }),
            begun,
            is_late: false,
        }
    }

    fn is_late(&mut self, look: Look) -> (Looked, Notes, Duration) {
        self.breaker.failed(Instant::now());
        let why = format!("it did not return within {:?}", look.deadline);
        let said = could_not(&why, look.begun);
        self.state = State::Looking(Look {
            is_late: true,
            ..look
        });
        said
    }

    fn settle(
        &mut self,
        result: Result<Done, JoinError>,
        begun: Instant,
    ) -> (Looked, Notes, Duration) {
        match result {
            Ok(done) => {
                self.breaker.worked();
                self.state = State::Ready(done.probe);
                (done.looked, done.notes, done.took)
            }
            Err(error) => {
                tracing::error!(probe = self.name, %error, "a probe broke off; it is built anew");
                could_not("the probe broke off; this is a mistake in the agent", begun)
            }
        }
    }
}

fn could_not(why: &str, begun: Instant) -> (Looked, Notes, Duration) {
    let looked = Looked::No {
        why: why.to_owned(),
    };
    (looked, Notes::default(), begun.elapsed())
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
        fn look(&mut self, notes: &mut Notes) -> Looked {
            notes.push("quick", 1.0);
            Looked::Yes
        }
    }

    struct Broken;

    impl Probe for Broken {
        fn look(&mut self, _: &mut Notes) -> Looked {
            panic!("on purpose, by a test")
        }
    }

    struct Stuck(Receiver<()>);

    impl Probe for Stuck {
        fn look(&mut self, notes: &mut Notes) -> Looked {
            self.0.recv().unwrap();
            notes.push("stuck", 1.0);
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
        Probes::of(Surroundings::here(Default::default()), table)
    }
}
