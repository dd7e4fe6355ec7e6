//! Keeps everything a condition can see at one time: values, windows, the host.
//!
//! In: what is kept of a series or of events, or made-up values for a trial at load. Knows
//! nothing of the conditions that look.

use std::time::Duration;

use super::baseline::Baseline;
use super::condition::Memory;
use super::window::{Count, Events, Recent};
use super::{Aggregate, Keeps, Truth, Variable};
use crate::{Labels, Timestamp};

/// A window a condition looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// Of which measured variable.
    pub of: Variable,
    /// How far back.
    pub over: Duration,
    /// What must be kept of it.
    pub keeps: Keeps,
}

/// What is usual of something a condition looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UsualNeed {
    /// Of which measured variable.
    pub(crate) of: Variable,
    /// By how many days.
    pub(crate) days: u32,
}

/// Everything a condition can see at one time.
pub struct Scope<'a> {
    pub(super) now: Timestamp,
    /// By variable: what is measured; for a trial at load, parameters, too.
    values: &'a [f64],
    /// What comes after those.
    params: &'a [f64],
    pub(super) sources: Sources<'a>,
    pub(super) memories: &'a [Memory],
    pub(super) host: &'a Labels,
}

#[derive(Clone, Copy)]
pub(super) enum Sources<'a> {
    /// By measured variable.
    Measured(&'a [Source<'a>]),
    /// Every function is worth this: a trial at load.
    MadeUp(f64),
}

/// What is kept of one measured variable.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Source<'a> {
    /// Of a series: when it was last there, and what it was before.
    pub(crate) recent: Option<&'a Recent>,
    pub(crate) events: Option<&'a Events>,
    pub(crate) baselines: &'a [Baseline],
    /// When its probe last looked and did not find it, if that is later.
    pub(crate) missed: Option<Timestamp>,
}

impl<'a> Scope<'a> {
    /// `values`: what is measured, and the parameters.
    pub(crate) fn measured(
        now: Timestamp,
        (values, params): (&'a [f64], &'a [f64]),
        sources: &'a [Source<'a>],
        host: &'a Labels,
    ) -> Scope<'a> {
        Scope {
            now,
            values,
            params,
            sources: Sources::Measured(sources),
            memories: &[],
            host,
        }
    }

    pub(crate) fn with_memories(&self, memories: &'a [Memory]) -> Scope<'a> {
        Scope { memories, ..*self }
    }

    /// For a trial at load: values by variable (NaN = unknown), the host's labels with `class`,
    /// and what rates, counts and times are worth. Means and extremes are the variable's own value.
    pub fn made_up(values: &'a [f64], host: &'a Labels, functions: f64) -> Scope<'a> {
        Scope {
            now: Timestamp::from_millis(0),
            values,
            params: &[],
            sources: Sources::MadeUp(functions),
            memories: &[],
            host,
        }
    }

    pub(super) fn value(&self, variable: Variable) -> f64 {
        let at = variable.at();
        let value = match at.checked_sub(self.values.len()) {
            None => self.values.get(at),
            Some(at) => self.params.get(at),
        };
        value.copied().unwrap_or(f64::NAN)
    }

    fn source(&self, variable: Variable) -> Result<Option<&'a Source<'a>>, MadeUp> {
        match self.sources {
            Sources::MadeUp(functions) => Err(MadeUp(functions)),
            Sources::Measured(sources) => Ok(sources.get(variable.at())),
        }
    }

    /// What is kept of a series.
    pub(super) fn recent(&self, of: Variable) -> Result<&'a Recent, MadeUp> {
        let source = self.source(of)?;
        let recent = source.and_then(|source| source.recent);
        recent.ok_or(MadeUp(f64::NAN))
    }

    /// How many there were.
    pub(super) fn count(&self, need: Need) -> Result<Count, MadeUp> {
        let events = self.source(need.of)?.and_then(|source| source.events);
        match events {
            Some(events) => Ok(events.count(need.over, self.now)),
            None => Ok(self.recent(need.of)?.count(need.over, self.now)),
        }
    }

    /// One number over a while.
    pub(super) fn aggregate(&self, function: Aggregate, need: Need) -> Result<f64, MadeUp> {
        match function {
            Aggregate::Count => {
                let count = self.count(need)?;
                Ok(if count.complete { count.seen } else { f64::NAN })
            }
            Aggregate::Average
            | Aggregate::Minimum
            | Aggregate::Maximum
            | Aggregate::Rate
            | Aggregate::Increase
            | Aggregate::Last => {
                let recent = self.recent(need.of)?;
                Ok(recent.aggregate(function, need.over, self.now))
            }
        }
    }

    pub(super) fn baseline(&self, need: UsualNeed) -> Result<&'a Baseline, MadeUp> {
        let source = self.source(need.of)?;
        let baseline = source.and_then(|source| source.baseline(need.days));
        baseline.ok_or(MadeUp(f64::NAN))
    }

    pub(super) fn absent(&self, of: Variable, over: Duration) -> Truth {
        let Ok(source) = self.source(of) else {
            return Truth::False;
        };
        let source = source.copied().unwrap_or_default();
        let Some(present) = source.recent.map(Recent::at) else {
            return Truth::Unknown;
        };
        match source.missed {
            Some(missed) if missed.since(present) >= over => Truth::True,
            Some(_) | None if self.now.since(present) < over => Truth::False,
            Some(_) | None => Truth::Unknown,
        }
    }
}

impl<'a> Source<'a> {
    pub(super) fn baseline(&self, days: u32) -> Option<&'a Baseline> {
        let mut baselines = self.baselines.iter();
        baselines.find(|baseline| baseline.days() == days)
    }
}

/// Nothing is kept of it: a trial, or a thing without a series (NaN).
pub(super) struct MadeUp(pub(super) f64);
