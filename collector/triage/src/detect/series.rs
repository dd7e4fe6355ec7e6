//! Keeps the series of one host that rules look at: newest value and windows.
//!
//! In: rounds in order of time. Out: look-ups by metric and identifying
//! attributes. Knows nothing of conditions.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use vedette_wire::{Round, Sample, metric};

use super::baseline::{Baseline, KeptBaseline};
use super::host::checks::{Measured, is_in_every_look, looked_at};
use super::scope::Source;
use super::window::Window;
use super::{Recalled, RuleSet, Summary, limits};
use crate::{Labels, Timestamp};

/// All series of one host that rules look at.
#[derive(Debug, Clone, Default)]
pub(super) struct AllSeries {
    by_metric: BTreeMap<Arc<str>, BTreeMap<Labels, Series>>,
    count: usize,
    /// What was usual of series that are not there now.
    remembered: BTreeMap<(Arc<str>, Labels), Vec<Baseline>>,
}

/// One series.
#[derive(Debug, Clone)]
pub(super) struct Series {
    /// All attributes, the describing ones included.
    pub(super) attributes: Labels,
    /// When it was last there.
    pub(super) at: Timestamp,
    /// Its value then.
    pub(super) value: f64,
    /// When its probe last looked and did not find it, if that is later.
    missed: Option<Timestamp>,
    /// How long its value stays known.
    pub(super) known_for: Duration,
    /// What the check that came to it says.
    pub(super) text: String,
    windows: Vec<Window>,
    baselines: Vec<Baseline>,
}

impl AllSeries {
    /// Takes what a round measured; says how many series were over the bound.
    pub(super) fn take<'a>(
        &mut self,
        at: Timestamp,
        round: &Round,
        measured: impl Iterator<Item = Measured<'a>>,
        rules: &RuleSet,
    ) -> u32 {
        let mut over_bound = 0;
        for measured in measured {
            let sample = measured.sample;
            let Some(windows) = rules.windows_of(&sample.name) else {
                continue;
            };
            if !sample.value.is_finite() {
                continue;
            }
            let series = match self.series(sample) {
                Some(series) => series,
                None => {
                    over_bound += 1;
                    continue;
                }
            };
            let days = rules.baselines_of(&sample.name);
            series.push(at, measured, windows, days);
        }
        for (name, all) in &mut self.by_metric {
            if looked_at(round, name) {
                let at_once = is_in_every_look(name);
                let is_due = |series: &Series| at_once || at.since(series.at) > series.known_for;
                let missing = |series: &&mut Series| series.at < at && is_due(series);
                for series in all.values_mut().filter(missing) {
                    series.missed = Some(at);
                }
            }
        }
        over_bound
    }

    /// Takes what was measured before, as far as it is newer than what is known; says how many
    /// series were over the bound.
    pub(super) fn recall<'a>(
        &mut self,
        all: impl Iterator<Item = Recalled<'a>>,
        rules: &RuleSet,
    ) -> u32 {
        let mut over_bound = 0;
        for recalled in all {
            let Some(windows) = rules.windows_of(&recalled.series.name) else {
                continue;
            };
            match self.series(recalled.series) {
                Some(series) => series.recall(recalled, windows),
                None => over_bound += 1,
            }
        }
        over_bound
    }

    fn series(&mut self, sample: &Sample) -> Option<&mut Series> {
        let identity = identity(sample);
        let known = self
            .by_metric
            .get(&*sample.name)
            .is_some_and(|all| all.contains_key(&identity));
        if !known {
            if self.count >= limits::SERIES_PER_HOST_MAX {
                return None;
            }
            self.count += 1;
        }
        // The name is copied once per metric, not once per sample.
        if !self.by_metric.contains_key(&*sample.name) {
            self.by_metric
                .insert(Arc::from(&*sample.name), BTreeMap::new());
        }
        let (name, _) = self.by_metric.get_key_value(&*sample.name)?;
        let baselines = match known || self.remembered.is_empty() {
            true => None,
            false => self
                .remembered
                .remove(&(Arc::clone(name), identity.clone())),
        };
        let all = self.by_metric.get_mut(&*sample.name)?;
        let series = all.entry(identity).or_insert_with(Series::new);
        if let Some(baselines) = baselines {
            series.baselines = baselines;
        }
        Some(series)
    }

    /// All series of a metric by identifying attributes.
    pub(super) fn of(&self, metric: &str) -> impl Iterator<Item = (&Labels, &Series)> {
        self.by_metric.get(metric).into_iter().flatten()
    }

    /// The metrics there are series of.
    pub(super) fn metrics(&self) -> impl Iterator<Item = &str> {
        self.by_metric.keys().map(|name| &**name)
    }

    /// The series of another metric of the same thing: the same attributes, else the one that
    /// has none because it is the whole host's.
    pub(super) fn beside(&self, metric: &str, identity: &Labels) -> Option<&Series> {
        let all = self.by_metric.get(metric)?;
        all.get(identity).or_else(|| all.get(&Labels::none()))
    }

    /// What is to be kept of what is usual here.
    pub(super) fn baselines(&self) -> impl Iterator<Item = KeptBaseline> {
        let here = self.by_metric.iter().flat_map(|(metric, all)| {
            all.iter()
                .map(move |(identity, series)| (metric, identity, &series.baselines))
        });
        let gone = self.remembered.iter();
        let gone = gone.map(|((metric, identity), baselines)| (metric, identity, baselines));
        here.chain(gone).flat_map(|(metric, identity, baselines)| {
            let kept = baselines.iter();
            kept.filter_map(move |baseline| baseline.keep(metric, identity))
        })
    }

    /// Takes over what was usual before the program started.
    pub(super) fn remember(&mut self, kept: &[KeptBaseline]) {
        for kept in kept {
            if self.remembered.len() >= limits::SERIES_PER_HOST_MAX {
                return;
            }
            let is_counter = metric::is_counter(&kept.metric);
            let Some(baseline) = Baseline::of_kept(kept, is_counter) else {
                continue;
            };
            let key = (Arc::from(&*kept.metric), kept.attributes.clone());
            let baselines = self.remembered.entry(key).or_default();
            if baselines
                .iter()
                .all(|known| known.days() != baseline.days())
            {
                baselines.push(baseline);
            }
        }
    }

    /// Forgets series last seen before then, and those no rule looks at. What was usual of a
    /// series outlasts it: a notebook that is away over a weekend is no stranger on Monday.
    pub(super) fn forget(&mut self, (before, now): (Timestamp, Timestamp), rules: &RuleSet) {
        self.remembered.retain(|_, baselines| {
            baselines.retain(|baseline| !baseline.is_over(now));
            !baselines.is_empty()
        });
        for (name, all) in &mut self.by_metric {
            let gone = all.extract_if(.., |_, series| series.at < before);
            for (identity, series) in gone {
                let room = self.remembered.len() < limits::SERIES_PER_HOST_MAX;
                if room && !series.baselines.is_empty() {
                    let key = (Arc::clone(name), identity);
                    self.remembered.insert(key, series.baselines);
                }
            }
        }
        self.by_metric
            .retain(|name, all| !all.is_empty() && rules.windows_of(name).is_some());
        self.count = self.by_metric.values().map(BTreeMap::len).sum();
    }
}

impl Series {
    fn new() -> Series {
        Series {
            attributes: Labels::none(),
            at: Timestamp::MIN,
            value: f64::NAN,
            missed: None,
            known_for: Duration::ZERO,
            text: String::new(),
            windows: Vec::new(),
            baselines: Vec::new(),
        }
    }

    fn push(&mut self, at: Timestamp, measured: Measured<'_>, needed: &[Duration], days: &[u32]) {
        let Measured {
            sample,
            known_for,
            text,
        } = measured;
        if at <= self.at {
            return;
        }
        text.clone_into(&mut self.text);
        self.begin(sample, needed);
        self.add(&Summary::of(at, sample.value), known_for);
        self.baselines
            .retain(|baseline| days.contains(&baseline.days()));
        for days in days {
            if self.baselines.iter().all(|known| known.days() != *days) {
                let is_counter = metric::is_counter(&sample.name);
                self.baselines.push(Baseline::new(*days, is_counter));
            }
        }
        // Not by what is recalled: that has no means, and is of days that are known already.
        for baseline in &mut self.baselines {
            baseline.push(at, sample.value);
        }
    }

    fn recall(&mut self, recalled: Recalled<'_>, needed: &[Duration]) {
        self.begin(recalled.series, needed);
        for value in recalled.values {
            if value.at > self.at && value.last.is_finite() {
                self.add(value, recalled.known_for);
            }
        }
    }

    /// Its attributes as they are now, and the windows that rules look at now.
    fn begin(&mut self, sample: &Sample, needed: &[Duration]) {
        if !is_same(&self.attributes, &sample.attributes) {
            self.attributes = sample.attributes.iter().collect();
        }
        self.windows
            .retain(|window| needed.contains(&window.over()));
        for over in needed {
            if !self.windows.iter().any(|window| window.over() == *over) {
                self.windows.push(Window::of_samples(*over));
            }
        }
    }

    fn add(&mut self, value: &Summary, known_for: Duration) {
        self.at = value.at;
        self.value = value.last;
        self.missed = None;
        self.known_for = known_for;
        for window in &mut self.windows {
            window.push_summary(value, known_for);
        }
    }

    /// Its value while that is known, else NaN.
    pub(super) fn fresh_value(&self, now: Timestamp) -> f64 {
        if now.since(self.at) <= self.known_for {
            self.value
        } else {
            f64::NAN
        }
    }

    pub(super) fn source(&self) -> Source<'_> {
        Source {
            windows: &self.windows,
            baselines: &self.baselines,
            present: Some(self.at),
            missed: self.missed,
        }
    }
}

/// What tells one series of a metric from another: all attributes but those that only describe.
pub(super) fn identity(sample: &Sample) -> Labels {
    let describing = metric::find(&sample.name).map_or(&[][..], |metric| metric.describing);
    sample
        .attributes
        .iter()
        .filter(|(name, _)| !describing.contains(&name.as_str()))
        .collect()
}

fn is_same(labels: &Labels, attributes: &BTreeMap<String, String>) -> bool {
    let given = attributes.iter().filter(|(_, value)| !value.is_empty());
    labels
        .iter()
        .eq(given.map(|(name, value)| (&**name, &**value)))
}
