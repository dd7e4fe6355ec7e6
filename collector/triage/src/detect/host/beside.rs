//! Keeps a series together with the others its rule looks at.
//!
//! Out: their values and windows by measured variable.

use crate::detect::Rule;
use crate::detect::rule_set::Facts;
use crate::detect::scope::Source;
use crate::detect::series::{AllSeries, Series};
use crate::{Labels, Timestamp};

/// A series and the others its rule looks at, by measured variable.
pub(super) struct Beside<'a>(Vec<Option<&'a Series>>);

impl<'a> Beside<'a> {
    pub(super) fn of(
        (rule, _): (&Rule, &Facts),
        all: &'a AllSeries,
        identity: &Labels,
        own: &'a Series,
    ) -> Beside<'a> {
        let others = rule
            .with
            .iter()
            .map(|(_, metric)| all.beside(metric, identity));
        Beside(std::iter::once(Some(own)).chain(others).collect())
    }

    pub(super) fn values(&self, now: Timestamp) -> Vec<f64> {
        self.0
            .iter()
            .map(|series| {
                series.map_or(f64::NAN, |series| {
                    // What its probe looked for and did not find is not what it was.
                    match series.source().missed {
                        Some(_) => f64::NAN,
                        None => series.fresh_value(now),
                    }
                })
            })
            .collect()
    }

    pub(super) fn sources(&self) -> Vec<Source<'a>> {
        self.0
            .iter()
            .map(|series| series.map_or(Source::default(), Series::source))
            .collect()
    }
}
