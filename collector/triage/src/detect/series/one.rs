//! Keeps one series: its newest value, what of it rules ask for, and whether it is there.
//!
//! In: observations in order of time. Knows nothing of the others.

use std::collections::BTreeMap;
use std::time::Duration;

use super::shelf::Place;
use crate::detect::baseline::Baseline;
use crate::detect::host::checks::Measured;
use crate::detect::rule_set::{Kept, MetricNumber};
use crate::detect::scope::Source;
use crate::detect::window::Recent;
use crate::detect::{Recalled, Summary};
use crate::{Labels, Timestamp};

/// One series.
#[derive(Debug, Clone)]
pub(in crate::detect) struct Series {
    pub(super) metric: MetricNumber,
    /// How long its value stays known.
    known_for_ms: u32,
    /// The attributes that tell it from others of its metric.
    pub(super) identity: Place,
    /// All attributes, the describing ones included.
    pub(super) attributes: Place,
    recent: Recent,
    /// When its probe last looked and did not find it, if that is later than when it was there.
    missed: Timestamp,
    rare: Option<Box<Rare>>,
}

/// What few series have.
#[derive(Debug, Clone, Default)]
struct Rare {
    /// What the check that came to it says.
    text: String,
    baselines: Vec<Baseline>,
}

impl Series {
    /// One that was not observed yet.
    pub(super) fn new(metric: MetricNumber, identity: Place, attributes: Place) -> Series {
        Series {
            metric,
            known_for_ms: 0,
            identity,
            attributes,
            recent: Recent::nothing(),
            missed: Timestamp::MIN,
            rare: None,
        }
    }

    /// When it was last there.
    pub(in crate::detect) fn at(&self) -> Timestamp {
        self.recent.at()
    }

    /// How long its value stays known.
    pub(in crate::detect) fn known_for(&self) -> Duration {
        Duration::from_millis(u64::from(self.known_for_ms))
    }

    /// What the check that came to it says.
    pub(in crate::detect) fn text(&self) -> &str {
        self.rare.as_ref().map_or("", |rare| &rare.text)
    }

    /// When its probe last looked and did not find it, if that is later than when it was there.
    pub(in crate::detect) fn missed(&self) -> Option<Timestamp> {
        (self.missed > self.at()).then_some(self.missed)
    }

    /// Its value while that is known, else NaN: what its probe looked for and did not find is not
    /// what it was.
    pub(in crate::detect) fn known_value(&self, now: Timestamp) -> f64 {
        match self.missed() {
            None if now.since(self.at()) <= self.known_for() => self.recent.value(),
            Some(_) | None => f64::NAN,
        }
    }

    pub(in crate::detect) fn source(&self) -> Source<'_> {
        Source {
            recent: Some(&self.recent),
            events: None,
            baselines: self.baselines(),
            missed: self.missed(),
        }
    }

    pub(super) fn baselines(&self) -> &[Baseline] {
        self.rare.as_ref().map_or(&[], |rare| &rare.baselines)
    }

    pub(super) fn take_baselines(&mut self) -> Vec<Baseline> {
        let rare = self.rare.as_mut();
        rare.map_or_else(Vec::new, |rare| std::mem::take(&mut rare.baselines))
    }

    /// Goes on with what was usual before.
    pub(super) fn remember(&mut self, baselines: Vec<Baseline>) {
        if !baselines.is_empty() {
            self.rare.get_or_insert_default().baselines = baselines;
        }
    }

    /// From now on keeps this; what it keeps already goes on where it is among what `still` may
    /// be asked for.
    pub(super) fn keep(&mut self, kept: &Kept, still: &Kept, is_counter: bool) {
        self.recent.keep(&kept.windows, |over, keeps| {
            still.windows.contains(&(over, keeps))
        });
        let mut baselines = self.take_baselines();
        baselines.retain(|baseline| still.days.contains(&baseline.days()));
        for days in &kept.days {
            if baselines.iter().all(|known| known.days() != *days) {
                baselines.push(Baseline::new(*days, is_counter));
            }
        }
        self.remember(baselines);
    }

    /// Takes a new observation.
    pub(super) fn push(&mut self, at: Timestamp, measured: Measured<'_>) {
        let value = measured.sample.value;
        if self.text() != measured.text {
            let rare = self.rare.get_or_insert_default();
            measured.text.clone_into(&mut rare.text);
        }
        self.add(&Summary::of(at, value), measured.known_for);
        // Not by what is recalled: that has no means, and is of days that are known already.
        for baseline in self.rare.iter_mut().flat_map(|rare| &mut rare.baselines) {
            baseline.push(at, value);
        }
    }

    /// Takes what was observed before the program started.
    pub(super) fn recall(&mut self, recalled: Recalled<'_>) {
        for value in recalled.values {
            if value.at > self.at() && value.last.is_finite() {
                self.add(value, recalled.known_for);
            }
        }
    }

    /// Its probe looked, and did not find it.
    pub(super) fn miss(&mut self, at: Timestamp) {
        self.missed = at;
    }

    fn add(&mut self, value: &Summary, known_for: Duration) {
        self.known_for_ms = u32::try_from(known_for.as_millis()).unwrap_or(u32::MAX);
        self.recent.push(value, known_for);
    }
}

/// Whether these are the same, but for empty ones.
pub(super) fn is_same(labels: &Labels, attributes: &BTreeMap<String, String>) -> bool {
    let given = attributes.iter().filter(|(_, value)| !value.is_empty());
    labels
        .iter()
        .eq(given.map(|(name, value)| (&**name, &**value)))
}

// A fleet has millions of these: who makes them larger should know.
const _: () = assert!(size_of::<Series>() <= 64);
