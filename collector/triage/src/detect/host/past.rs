//! Says what of a round is worth keeping, and takes it back: to go on after a start, or to judge
//! it once more.
//!
//! Knows nothing of where it was kept in between.

use std::time::Duration;

use vedette_wire::{Round, Sample};

use super::checks::{measured, samples};
use super::{HostWatch, liveness};
use crate::Timestamp;
use crate::detect::{Observed, Recalled, RuleSet};

/// Hands over everything a round measured, each with how long it stays known. What checks came to
/// is a series, too.
pub fn each_measured(round: &Round, mut take: impl FnMut(&Sample, Duration)) {
    let of_checks = samples(&round.checks);
    let interval = liveness::interval(round.interval_s);
    for measured in measured(round, &of_checks, interval) {
        take(measured.sample, measured.known_for);
    }
}

impl HostWatch {
    /// Fills its windows with what was measured before the start, as far as rules look at it.
    /// Judges nothing. Says how many series were over the bound.
    pub fn recall<'a>(&mut self, all: impl Iterator<Item = Recalled<'a>>, rules: &RuleSet) -> u32 {
        self.series.recall(all, rules)
    }

    /// Judges what was measured at one time of the past once more, as if it came now; all values
    /// have that time, which is later than that of the call before. Rules on events and on the
    /// host itself are not looked at.
    pub fn relive<'a>(
        &mut self,
        at: Timestamp,
        all: impl Iterator<Item = Recalled<'a>>,
        rules: &RuleSet,
    ) -> Observed {
        let mut observed = Observed::default();
        self.states.on_time(at, rules, &mut observed);
        self.round_at = Some(at);
        observed.over_bound += self.series.recall(all, rules);
        self.judge_metrics(true, rules, &mut observed);
        observed
    }
}
