//! Probes that are quick, broken, stuck, slow or paused, each in its own way.

#![allow(clippy::unwrap_used)]

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use vedette_wire::Sample;

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
        assert_eq!(measured(&sight), ["quick"]);
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
    assert_eq!(measured(&third), ["stuck", "quick"]);
}

/// Counts its looks; the first one of each finds what it then tells of.
struct Paused(u32);

impl Probe for Paused {
    fn look(&mut self, notes: &mut Notes) -> Looked {
        self.0 += 1;
        notes.push("paused", f64::from(self.0));
        Looked::Yes
    }

    fn every(&self) -> Duration {
        // Nothing there at the second look: it looks less often from then on.
        Duration::from_secs(if self.0 < 2 { 15 } else { 600 })
    }
}

fn paused(_: &Surroundings) -> Box<dyn Probe> {
    Box::new(Paused(0))
}

struct Slow(Receiver<()>);

impl Probe for Slow {
    fn look(&mut self, notes: &mut Notes) -> Looked {
        let _ = self.0.recv();
        notes.happened(vedette_wire::EventKind::Other);
        Looked::Yes
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(5)
    }

    fn every(&self) -> Duration {
        Duration::from_secs(15)
    }
}

static RELEASE_SLOW: Mutex<Option<Sender<()>>> = Mutex::new(None);

fn slow(_: &Surroundings) -> Box<dyn Probe> {
    let (release, wait) = channel();
    *RELEASE_SLOW.lock().unwrap() = Some(release);
    Box::new(Slow(wait))
}

/// Lets every look that can end do so.
async fn let_them_end(probes: &Probes) {
    let is_under_way =
        |slot: &Slot| matches!(&slot.state, State::Looking(look) if !look.handle.is_finished());
    while probes.slots.iter().any(is_under_way) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn every_probe_with_a_pause_gets_its_turn_in_each_round() {
    let names = ["a", "b", "c", "d", "e", "f"];
    let mut probes = of(&names.map(|name| (name, paused as Build)));
    let mut said = Vec::new();
    for _ in 0..10 {
        said.push(probes.look().await.runs.len());
        let_them_end(&probes).await;
        tokio::time::advance(Duration::from_secs(15)).await;
    }
    // Two looks each, then none for ten minutes.
    assert_eq!(said, [0, 6, 6, 0, 0, 0, 0, 0, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_late_look_holds_up_nobody_and_what_it_saw_happen_is_told() {
    let mut probes = of(&[("slow", slow), ("paused", paused)]);
    assert!(probes.look().await.runs.is_empty());
    // `slow` has the lane until its deadline, and then the other looks.
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    tokio::time::advance(Duration::from_secs(6)).await;
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    // The thread of `slow` is not waited for any longer than this.
    tokio::time::advance(Duration::from_millis(200)).await;
    while !matches!(&probes.slots[1].state, State::Looking(look) if look.handle.is_finished()) {
        tokio::task::yield_now().await;
    }
    let second = probes.look().await;
    assert!(matches!(&second.runs[0].looked, Looked::No { why } if why.contains("within")));
    assert_eq!(second.runs[1].looked, Looked::Yes);
    assert!(second.events.is_empty());

    drop(RELEASE_SLOW.lock().unwrap().take());
    while !matches!(&probes.slots[0].state, State::Looking(look) if look.handle.is_finished()) {
        tokio::task::yield_now().await;
    }
    let told = [probes.look().await, probes.look().await];
    assert_eq!(
        told.map(|sight| sight.events.len()).iter().sum::<usize>(),
        1
    );
}

fn of(table: &[(&'static str, Build)]) -> Probes {
    Probes::of(Surroundings::here(Default::default()), table)
}

#[tokio::test]
async fn a_round_says_how_long_each_probe_took() {
    let sight = of(&[("quick", quick), ("broken", broken)]).look().await;
    let took = |sample: &&Sample| sample.name == metric::PROBE_DURATION;
    let took: Vec<&str> = sight
        .samples
        .iter()
        .filter(took)
        .map(|sample| sample.attributes["probe"].as_str())
        .collect();
    assert_eq!(took, ["quick", "broken"]);
}

/// What was measured by probes, and not of them.
fn measured(sight: &Sight) -> Vec<&str> {
    let names = sight.samples.iter().map(|sample| sample.name.as_str());
    names
        .filter(|name| *name != metric::PROBE_DURATION)
        .collect()
}
