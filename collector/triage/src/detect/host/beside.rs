//! Keeps a series together with the others its rule looks at.
//!
//! Out: their values and sources by measured variable. Meant to be filled again and again.

use crate::Timestamp;
use crate::detect::limits;
use crate::detect::scope::Source;
use crate::detect::series::Series;

/// A series and the others its rule looks at, by measured variable.
pub(super) struct Beside<'a> {
    pub(super) values: Vec<f64>,
    pub(super) sources: Vec<Source<'a>>,
}

impl<'a> Beside<'a> {
    /// Nothing yet.
    pub(super) fn new() -> Beside<'a> {
        Beside {
            values: Vec::with_capacity(1 + limits::WITH_MAX),
            sources: Vec::with_capacity(1 + limits::WITH_MAX),
        }
    }

    /// From now on about these.
    pub(super) fn fill(
        &mut self,
        own: &'a Series,
        others: impl Iterator<Item = Option<&'a Series>>,
        now: Timestamp,
    ) {
        self.values.clear();
        self.sources.clear();
        for series in std::iter::once(Some(own)).chain(others) {
            let value = series.map_or(f64::NAN, |series| series.known_value(now));
            self.values.push(value);
            let source = series.map_or(Source::default(), Series::source);
            self.sources.push(source);
        }
    }
}
