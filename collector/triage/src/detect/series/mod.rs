//! Keeps the series of one host that rules look at, and which rule looks at which of them.
//!
//! In: rounds in order of time. Out: look-ups by metric and identifying
//! attributes, by rule, and what is beside another. Knows nothing of conditions.

mod one;
mod pairs;
mod shelf;

use std::collections::BTreeMap;
use std::sync::Arc;

use vedette_wire::{Round, Sample, metric};

pub(super) use self::one::Series;
use self::one::is_same;
pub(super) use self::pairs::Pair;
use self::pairs::Pairs;
use self::shelf::Shelf;
use super::baseline::{Baseline, KeptBaseline};
use super::host::checks::{Measured, is_in_every_look, looked_at};
use super::rule_set::{Kept, MetricNumber, Metrics};
use super::{Recalled, RuleSet, limits};
use crate::{Labels, Timestamp};

/// All series of one host that rules look at.
#[derive(Debug, Clone, Default)]
pub(super) struct AllSeries {
    /// In the order in which they came first: so they come again.
    all: Vec<Series>,
    /// Their places there, by metric and identity.
    order: Vec<u16>,
    labels: Shelf,
    /// What their metrics' numbers mean.
    metrics: Metrics,
    /// None once anything is not as it was when they were made.
    pairs: Option<Pairs>,
    /// What was usual of series that are not there now.
    remembered: BTreeMap<(Arc<str>, Labels), Vec<Baseline>>,
}

/// Where a sample belongs.
enum Belongs {
    /// To the series at this place.
    To {
        place: usize,
        /// Whether its attributes are those it had.
        is_same: bool,
    },
    /// To nothing a rule looks at.
    Nowhere,
    /// To a series for which there is no room.
    OverBound,
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
        self.adopt(rules);
        let (mut over_bound, mut next) = (0, 0);
        for measured in measured {
            let sample = measured.sample;
            if !sample.value.is_finite() {
                continue;
            }
            match self.belongs(sample, next, rules) {
                Belongs::To { place, is_same } => {
                    next = place + 1;
                    if at > self.all[place].at() {
                        self.describe((place, is_same), sample, rules);
                        self.all[place].push(at, measured);
                    }
                }
                Belongs::Nowhere => {}
                Belongs::OverBound => over_bound += 1,
            }
        }
        self.miss(at, round);
        over_bound
    }

    /// Takes what was measured before, as far as it is newer than what is known; says how many
    /// series were over the bound.
    pub(super) fn recall<'a>(
        &mut self,
        all: impl Iterator<Item = Recalled<'a>>,
        rules: &RuleSet,
    ) -> u32 {
        self.adopt(rules);
        let (mut over_bound, mut next) = (0, 0);
        for recalled in all {
            match self.belongs(recalled.series, next, rules) {
                Belongs::To { place, is_same } => {
                    next = place + 1;
                    self.describe((place, is_same), recalled.series, rules);
                    self.all[place].recall(recalled);
                }
                Belongs::Nowhere => {}
                Belongs::OverBound => over_bound += 1,
            }
        }
        over_bound
    }

    /// Knows from now on which of these rules looks at which series.
    pub(super) fn pair(&mut self, rules: &RuleSet) {
        self.adopt(rules);
        if self.pairs.is_none() {
            self.tidy();
            self.pairs = Some(Pairs::of(self, rules));
            // Series rarely come: room for as many again would be a third of all a host takes.
            self.all.shrink_to_fit();
            self.order.shrink_to_fit();
        }
    }

    /// For each rule in the order of metrics and rules, the series it looks at. As of the last
    /// [`AllSeries::pair`].
    pub(super) fn by_rule(&self) -> impl Iterator<Item = &[Pair]> {
        self.pairs.iter().flat_map(Pairs::by_rule)
    }

    /// The series of a pair.
    pub(super) fn of_pair(&self, pair: Pair) -> &Series {
        &self.all[pair.place()]
    }

    /// The attributes that tell a series from others of its metric.
    pub(super) fn identity_of(&self, series: &Series) -> &Labels {
        self.labels.at(series.identity)
    }

    /// All attributes of a series, the describing ones included.
    pub(super) fn attributes_of(&self, series: &Series) -> &Labels {
        self.labels.at(series.attributes)
    }

    /// The others its rule looks at, as many as these.
    pub(super) fn beside_pair(
        &self,
        pair: Pair,
        others: usize,
    ) -> impl Iterator<Item = Option<&Series>> {
        let places = self
            .pairs
            .iter()
            .flat_map(move |pairs| pairs.others(pair, others));
        places.map(|place| self.all.get(place))
    }

    /// All series of a metric by identifying attributes.
    pub(super) fn of(&self, metric: &str) -> impl Iterator<Item = (&Labels, &Series)> {
        let number = self.metrics.find(metric);
        let places = number.map_or(&[][..], |number| self.places(number));
        places.iter().map(|place| {
            let series = &self.all[usize::from(*place)];
            (self.identity_of(series), series)
        })
    }

    /// The metrics there are series of.
    pub(super) fn metrics(&self) -> impl Iterator<Item = &str> {
        let metric = |place: &u16| self.all[usize::from(*place)].metric;
        let of_one = self
            .order
            .chunk_by(move |one, other| metric(one) == metric(other));
        let firsts = of_one.filter_map(<[u16]>::first);
        firsts.map(move |place| &**self.metrics.name(metric(place)))
    }

    /// The series of another metric of the same thing: the same attributes, else the one that
    /// has none because it is the whole host's.
    pub(super) fn beside(&self, metric: &str, identity: &Labels) -> Option<&Series> {
        let place = self.place_beside(self.metrics.find(metric)?, identity)?;
        Some(&self.all[usize::from(place)])
    }

    /// What is to be kept of what is usual here.
    pub(super) fn baselines(&self) -> impl Iterator<Item = KeptBaseline> {
        let here = self.order.iter().map(|place| {
            let series = &self.all[usize::from(*place)];
            let metric = self.metrics.name(series.metric);
            (metric, self.identity_of(series), series.baselines())
        });
        let gone = self.remembered.iter();
        let gone = gone.map(|((metric, identity), baselines)| (metric, identity, &baselines[..]));
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
        self.adopt(rules);
        self.remembered.retain(|_, baselines| {
            baselines.retain(|baseline| !baseline.is_over(now));
            !baselines.is_empty()
        });
        let gone = self.all.extract_if(.., |series| series.at() < before);
        let gone: Vec<Series> = gone.collect();
        if gone.is_empty() {
            return;
        }
        for mut series in gone {
            let room = self.remembered.len() < limits::SERIES_PER_HOST_MAX;
            let baselines = series.take_baselines();
            if room && !baselines.is_empty() {
                let metric = Arc::clone(self.metrics.name(series.metric));
                let identity = self.identity_of(&series).clone();
                self.remembered.insert((metric, identity), baselines);
            }
        }
        self.sort();
    }

    /// Goes on with these rules.
    fn adopt(&mut self, rules: &RuleSet) {
        if self.metrics.are(rules.numbered()) {
            return;
        }
        let before = std::mem::replace(&mut self.metrics, rules.numbered().clone());
        let (metrics, labels) = (&self.metrics, &self.labels);
        self.all.retain_mut(|series| {
            let number = metrics.find(before.name(series.metric));
            series.metric = number.unwrap_or(series.metric);
            number.is_some()
        });
        for series in &mut self.all {
            let attributes = labels.at(series.attributes);
            wanted_of(series, (metrics.name(series.metric), attributes), rules);
        }
        self.sort();
    }

    fn sort(&mut self) {
        let places = u16::try_from(self.all.len()).unwrap_or(u16::MAX);
        self.order = (0..places).collect();
        let (all, labels) = (&self.all, &self.labels);
        let key = |place: &u16| {
            let series = &all[usize::from(*place)];
            (series.metric, labels.at(series.identity))
        };
        self.order.sort_by(|one, other| key(one).cmp(&key(other)));
        self.pairs = None;
    }

    /// Where a sample belongs. `next`: the place it would have if they came as before.
    fn belongs(&mut self, sample: &Sample, next: usize, rules: &RuleSet) -> Belongs {
        let is_next = |series: &Series| {
            **self.metrics.name(series.metric) == *sample.name
                && is_same(self.attributes_of(series), &sample.attributes)
        };
        if self.all.get(next).is_some_and(is_next) {
            return Belongs::To {
                place: next,
                is_same: true,
            };
        }
        let Some(metric) = self.metrics.find(&sample.name) else {
            return Belongs::Nowhere;
        };
        let identity = identity(sample);
        let place = match self.search(metric, &identity) {
            Ok(at) => usize::from(self.order[at]),
            Err(_) if self.all.len() >= limits::SERIES_PER_HOST_MAX => return Belongs::OverBound,
            Err(at) => self.begin((metric, identity, at), sample, rules),
        };
        let is_same = is_same(self.attributes_of(&self.all[place]), &sample.attributes);
        Belongs::To { place, is_same }
    }

    fn begin(
        &mut self,
        (metric, identity, at): (MetricNumber, Labels, usize),
        sample: &Sample,
        rules: &RuleSet,
    ) -> usize {
        self.make_room();
        let place = self.all.len();
        let identity = self.labels.put(identity);
        let attributes = self.labels.put(sample.attributes.iter().collect());
        let mut series = Series::new(metric, identity, attributes);
        let name = self.metrics.name(metric);
        if !self.remembered.is_empty() {
            let key = (Arc::clone(name), self.labels.at(identity).clone());
            series.remember(self.remembered.remove(&key).unwrap_or_default());
        }
        wanted_of(&mut series, (name, self.labels.at(attributes)), rules);
        self.all.push(series);
        self.order
            .insert(at, u16::try_from(place).unwrap_or(u16::MAX));
        self.pairs = None;
        place
    }

    /// Takes the attributes it has now.
    fn describe(&mut self, (place, is_same): (usize, bool), sample: &Sample, rules: &RuleSet) {
        if is_same {
            return;
        }
        self.make_room();
        let attributes = self.labels.put(sample.attributes.iter().collect());
        let series = &mut self.all[place];
        series.attributes = attributes;
        let name = self.metrics.name(series.metric);
        wanted_of(series, (name, self.labels.at(attributes)), rules);
        self.pairs = None;
    }

    fn make_room(&mut self) {
        if self.labels.is_full() {
            self.tidy();
        }
    }

    /// Throws away labels that no series has any more.
    fn tidy(&mut self) {
        let series = self.all.iter_mut();
        let used = series.flat_map(|series| [&mut series.identity, &mut series.attributes]);
        self.labels.tidy(used);
    }

    /// Takes note of what was not there where a round looked.
    fn miss(&mut self, at: Timestamp, round: &Round) {
        let mut looked: Option<(MetricNumber, bool)> = None;
        for series in self.all.iter_mut().filter(|series| series.at() < at) {
            let name = self.metrics.name(series.metric);
            let is_looked_at = match looked {
                Some((metric, is_looked_at)) if metric == series.metric => is_looked_at,
                Some(_) | None => looked_at(round, name),
            };
            looked = Some((series.metric, is_looked_at));
            let is_due = || is_in_every_look(name) || at.since(series.at()) > series.known_for();
            if is_looked_at && is_due() {
                series.miss(at);
            }
        }
    }

    fn search(&self, metric: MetricNumber, identity: &Labels) -> Result<usize, usize> {
        let key = (metric, identity);
        self.order.binary_search_by(|place| {
            let series = &self.all[usize::from(*place)];
            (series.metric, self.identity_of(series)).cmp(&key)
        })
    }

    fn places(&self, metric: MetricNumber) -> &[u16] {
        let of = |place: &u16| self.all[usize::from(*place)].metric;
        let begin = self.order.partition_point(|place| of(place) < metric);
        let end = self.order.partition_point(|place| of(place) <= metric);
        &self.order[begin..end]
    }

    fn place_beside(&self, metric: MetricNumber, identity: &Labels) -> Option<u16> {
        let at = self.search(metric, identity);
        let at = at.or_else(|_| self.search(metric, &Labels::none()));
        at.ok().map(|at| self.order[at])
    }
}

/// From now on keeps what rules want of a series with its attributes.
fn wanted_of(series: &mut Series, (metric, attributes): (&str, &Labels), rules: &RuleSet) {
    let wanted = rules.wanted(series.metric);
    let mut kept: Kept = wanted.beside.clone();
    for rule in rules.looking_at(series.metric, attributes) {
        kept.add(&rules.numbered_rule(rule).1.own);
    }
    series.keep(&kept, &wanted.at_most, metric::is_counter(metric));
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
