//! Measures what whole disks did, and how busy they were since the look before.
//!
//! In: `/proc/diskstats`, and rarely [`facts`] from `/sys/block`. Out: counters since boot;
//! utilisation, time per operation and queue between two looks. Partitions, and disks made of
//! memory or files, are left out: what they do is counted where it arrives.

mod counters;
mod facts;

use std::time::{Duration, Instant};

use vedette_wire::{Looked, metric};

use self::counters::{Between, Counters};
use self::facts::Facts;
use super::source::Source;
use super::{Gaps, Notes, Probe, Surroundings, text};

/// Disks looked at in one round; a host with more is a storage system and says so.
const DISKS_MAX: usize = 128;
/// What a disk is made of is asked again after this long.
const FACTS_EVERY: Duration = Duration::from_secs(600);

struct Disks {
    proc: Source,
    sys: Source,
    known: Vec<Known>,
    /// When the facts were forgotten last.
    asked: Instant,
    /// The time of the look before.
    before: Option<Instant>,
}

/// One line of `/proc/diskstats`, remembered for the next look.
struct Known {
    name: String,
    facts: Option<Facts>,
    counters: Option<Counters>,
    is_there: bool,
}

pub(super) fn build(surroundings: &Surroundings) -> Box<dyn Probe> {
    Box::new(Disks {
        proc: Source::keeping(&surroundings.proc),
        sys: Source::new(&surroundings.sys),
        known: Vec::new(),
        asked: Instant::now(),
        before: None,
    })
}

impl Probe for Disks {
    fn look(&mut self, notes: &mut Notes) -> Looked {
        self.look_at(Instant::now(), notes)
    }
}

impl Disks {
    fn look_at(&mut self, now: Instant, notes: &mut Notes) -> Looked {
        if now.duration_since(self.asked) > FACTS_EVERY {
            self.asked = now;
            self.known.iter_mut().for_each(|known| known.facts = None);
        }
        let bytes = match self.proc.read("diskstats") {
            Ok(bytes) => bytes,
            Err(why) => return Looked::No { why },
        };
        let elapsed = self.before.replace(now);
        let elapsed = elapsed.map(|before| now.duration_since(before));
        let mut gaps = Gaps::default();
        let (mut place, mut looked_at, mut above) = (0, 0_usize, 0_usize);
        for line in text::lines(bytes).filter(|line| !line.is_empty()) {
            let Some((name, counters)) = counters::parse(line) else {
                gaps.push("/proc/diskstats has a line that is not a disk's".to_owned());
                continue;
            };
            place = find_or_add(&mut self.known, name, place);
            let known = &mut self.known[place];
            let facts = known
                .facts
                .get_or_insert_with(|| Facts::of(name, &mut self.sys));
            match (facts.is_whole, looked_at < DISKS_MAX) {
                (true, true) => {
                    looked_at += 1;
                    known.note(counters, elapsed, notes);
                }
                (true, false) => above += 1,
                (false, _) => {}
            }
            known.is_there = true;
            place += 1;
        }
        self.known
            .retain_mut(|known| std::mem::take(&mut known.is_there));
        if above > 0 {
            gaps.push(format!("{above} disks above {DISKS_MAX} not looked at"));
        }
        if elapsed.is_none() && looked_at > 0 {
            gaps.push("the first look has nothing to compare disks with".to_owned());
        }
        gaps.looked()
    }
}

/// The place of `name`; most likely `guess`, for the order of lines rarely changes.
fn find_or_add(known: &mut Vec<Known>, name: &str, guess: usize) -> usize {
    if known.get(guess).is_some_and(|known| known.name == name) {
        return guess;
    }
    if let Some(place) = known.iter().position(|known| known.name == name) {
        return place;
    }
    known.push(Known {
        name: name.to_owned(),
        facts: None,
        counters: None,
        is_there: false,
    });
    known.len() - 1
}

impl Known {
    fn note(&mut self, now: Counters, elapsed: Option<Duration>, notes: &mut Notes) {
        let device = ("device", self.name.as_str());
        for (direction, done) in [("read", now.read), ("write", now.written)] {
            let attributes = [device, ("direction", direction)];
            notes.push_with(metric::DISK_IO, &attributes, done.bytes());
            notes.push_with(metric::DISK_OPERATIONS, &attributes, done.operations as f64);
            notes.push_with(metric::DISK_OPERATION_TIME, &attributes, done.seconds());
        }
        notes.push_with(metric::DISK_IO_TIME, &[device], now.busy_seconds());
        notes.push_with(
            metric::DISK_WEIGHTED_IO_TIME,
            &[device],
            now.weighted_seconds(),
        );
        let before = self.counters.replace(now);
        let between = before.zip(elapsed);
        let Some(between) = between.and_then(|(before, time)| Between::of(before, now, time))
        else {
            return;
        };
        let facts = self.facts.as_ref();
        let named = facts.and_then(|facts| facts.name.as_deref());
        let rotational = facts.and_then(|facts| facts.rotational);
        let mut attributes = vec![device];
        attributes.extend(named.map(|name| ("name", name)));
        notes.push_with(metric::DISK_UTILIZATION, &attributes, between.utilization);
        notes.push_with(metric::DISK_QUEUE, &attributes, between.queue);
        attributes.extend(rotational.map(|is_so| ("rotational", if is_so { "1" } else { "0" })));
        if let Some(seconds) = between.seconds_per_operation {
            notes.push_with(metric::DISK_AWAIT, &attributes, seconds);
        }
    }
}

#[cfg(test)]
mod tests;
