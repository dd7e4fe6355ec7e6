//! Keeps which metrics rules look at, and what they want to be kept of each.
//!
//! Knows nothing of series.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::detect::{Keeps, On, Rule};

/// The metrics rules look at, in order; what is known by their numbers is so only together with
/// them. No two rule sets share them, unless one is a copy of the other.
#[derive(Debug, Clone, Default)]
pub(crate) struct Metrics(Arc<Vec<Arc<str>>>);

/// The number of a metric that rules look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MetricNumber(u16);

/// What rules want of the series of a metric.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// The rules on it, by number.
    pub(super) rules: Vec<u16>,
    /// Whatever its attributes are, for rules that look at it beside another.
    pub(crate) beside: Kept,
    /// By all rules together.
    pub(crate) at_most: Kept,
}

/// What is to be kept of a series.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Over which while what.
    pub(crate) windows: Vec<(Duration, Keeps)>,
    /// Over how many days what is usual.
    pub(crate) days: Vec<u32>,
}

impl Metrics {
    pub(super) fn of(rules: &[Rule]) -> Metrics {
        let mut all: Vec<Arc<str>> = Vec::new();
        for rule in rules {
            if let On::Metric(metric) = &rule.on {
                let with = rule.with.iter().map(|(_, metric)| metric);
                all.extend(std::iter::once(metric).chain(with).cloned());
            }
        }
        all.sort_unstable();
        all.dedup();
        Metrics(Arc::new(all))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<str>> {
        self.0.iter()
    }

    /// Whether these are those of one rule set.
    pub(crate) fn are(&self, others: &Metrics) -> bool {
        Arc::ptr_eq(&self.0, &others.0)
    }

    /// The number of a metric; none if no rule looks at it.
    pub(crate) fn find(&self, metric: &str) -> Option<MetricNumber> {
        let at = self.0.binary_search_by(|known| (**known).cmp(metric));
        at.ok()
            .and_then(|at| u16::try_from(at).ok())
            .map(MetricNumber)
    }

    /// The name of a metric.
    pub(crate) fn name(&self, metric: MetricNumber) -> &Arc<str> {
        &self.0[metric.at()]
    }
}

impl MetricNumber {
    pub(super) fn at(self) -> usize {
        usize::from(self.0)
    }
}

impl Kept {
    /// Takes in what others want.
    pub(crate) fn add(&mut self, more: &Kept) {
        for window in &more.windows {
            if !self.windows.contains(window) {
                self.windows.push(*window);
            }
        }
        for days in &more.days {
            if !self.days.contains(days) {
                self.days.push(*days);
            }
        }
    }

    /// How many different whiles there are.
    pub(super) fn lengths(&self) -> usize {
        let lengths: BTreeSet<Duration> = self.windows.iter().map(|(over, _)| *over).collect();
        lengths.len()
    }
}
