//! Keeps everything a condition can see at one time: values, windows, the host.
//!
//! In: what is kept of a series, or made-up values for a trial at load. Knows
//! nothing of the conditions that look.

use std::time::Duration;

use super::baseline::Baseline;
use super::condition::Memory;
use super::window::Window;
use super::{Truth, Variable};
use crate::{Labels, Timestamp};

/// A window a condition looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// Of which measured variable.
    pub of: Variable,
    /// How far back.
    pub over: Duration,
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
    values: &'a [f64],
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
    pub(crate) windows: &'a [Window],
    pub(crate) baselines: &'a [Baseline],
    /// When it was last there.
    pub(crate) present: Option<Timestamp>,
    /// When its probe last looked and did not find it, if that is later.
    pub(crate) missed: Option<Timestamp>,
}

impl<'a> Scope<'a> {
    pub(crate) fn measured(
        now: Timestamp,
        values: &'a [f64],
        sources: &'a [Source<'a>],
        host: &'a Labels,
    ) -> Scope<'a> {
        Scope {
            now,
            values,
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
            sources: Sources::MadeUp(functions),
            memories: &[],
            host,
        }
    }

    pub(super) fn value(&self, variable: Variable) -> f64 {
        self.values.get(variable.at()).copied().unwrap_or(f64::NAN)
    }

    pub(super) fn window(&self, need: Need) -> Result<&'a Window, MadeUp> {
        match self.sources {
            Sources::MadeUp(functions) => Err(MadeUp(functions)),
            Sources::Measured(sources) => sources
                .get(need.of.at())
                .and_then(|source| {
                    source
                        .windows
                        .iter()
                        .find(|window| window.over() == need.over)
                })
                .ok_or(MadeUp(f64::NAN)),
        }
    }

    pub(super) fn baseline(&self, need: UsualNeed) -> Result<&'a Baseline, MadeUp> {
        match self.sources {
            Sources::MadeUp(functions) => Err(MadeUp(functions)),
            Sources::Measured(sources) => sources
                .get(need.of.at())
                .and_then(|source| source.baseline(need.days))
                .ok_or(MadeUp(f64::NAN)),
        }
    }

    pub(super) fn absent(&self, need: Need) -> Truth {
        let source = match self.sources {
            Sources::MadeUp(_) => return Truth::False,
            Sources::Measured(sources) => sources.get(need.of.at()).copied().unwrap_or_default(),
        };
        let Some(present) = source.present else {
            return Truth::Unknown;
        };
        match source.missed {
            Some(missed) if missed.since(present) >= need.over => Truth::True,
            Some(_) | None if self.now.since(present) < need.over => Truth::False,
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

/// There is no such window: a trial, or a thing without a series (NaN).
pub(super) struct MadeUp(pub(super) f64);
