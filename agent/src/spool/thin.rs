//! Decides what of a record is worth keeping when it has become old or space is short.
//!
//! In: records of one segment, oldest first. Out: each unchanged, reduced, or gone.
//!
//! In minutes, each series, probe and state of a check is kept once a minute, not simply
//! one round: slow probes say something in few rounds only, and those are rarely the first
//! of their minute. What happened is always kept.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;

use uuid::Uuid;
use vedette_wire::Round;

use super::record::{Grain, Record};

const MINUTE_MS: u64 = 60_000;
/// Different things remembered within a minute; what is past it is kept twice.
const SEEN_MAX: usize = 32 * 1024;

/// What becomes of a record.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// There is nothing to leave out.
    Same,
    /// This is left of it.
    Less(Record),
    /// Nothing is left of it.
    Gone,
}

/// Thins one segment.
pub(super) struct Thinning {
    grain: Grain,
    minute: Option<(Uuid, u64)>,
    /// What the earlier rounds of this minute have, as hashes.
    seen: HashSet<u64>,
}

impl Thinning {
    pub(super) fn to(grain: Grain) -> Thinning {
        Thinning {
            grain,
            minute: None,
            seen: HashSet::new(),
        }
    }

    /// What becomes of the next record. An error means that it is damaged.
    pub(super) fn judge(&mut self, record: &Record) -> io::Result<Fate> {
        if record.grain >= self.grain {
            return Ok(Fate::Same);
        }
        let reduced = match self.grain {
            Grain::Whole => return Ok(Fate::Same),
            Grain::Minute => self.minutely(record)?,
            Grain::Events if !record.has_events => return Ok(Fate::Gone),
            Grain::Events => Reduced::events(record.round()?),
        };
        Ok(match reduced {
            Reduced { is_less: false, .. } => Fate::Same,
            Reduced { round, .. } if is_empty(&round) => Fate::Gone,
            Reduced { round, .. } => Fate::Less(record.reduced(round, self.grain)),
        })
    }

    fn minutely(&mut self, record: &Record) -> io::Result<Reduced> {
        let minute = Some((record.boot, record.stamp.mono_ms / MINUTE_MS));
        if self.minute != minute {
            self.minute = minute;
            self.seen.clear();
        }
        let mut round = record.round()?;
        let before = parts(&round);
        let was_empty = before == 0;
        round.probes.retain(|run| self.is_new((0, &run.probe)));
        round
            .samples
            .retain(|sample| self.is_new((1, &sample.name, &sample.attributes)));
        round
            .checks
            .retain(|run| self.is_new((2, &run.check, &run.about, run.state)));
        Ok(Reduced {
            // Of rounds that said nothing at all, too, one a minute is enough.
            is_less: parts(&round) < before || (was_empty && !self.is_new(3)),
            round,
        })
    }

    fn is_new(&mut self, thing: impl Hash) -> bool {
        let mut hasher = DefaultHasher::new();
        thing.hash(&mut hasher);
        self.seen.len() >= SEEN_MAX || self.seen.insert(hasher.finish())
    }
}

struct Reduced {
    round: Round,
    is_less: bool,
}

impl Reduced {
    fn events(mut round: Round) -> Reduced {
        let before = parts(&round);
        round.probes.clear();
        round.samples.clear();
        round.checks.clear();
        Reduced {
            is_less: parts(&round) < before,
            round,
        }
    }
}

fn parts(round: &Round) -> usize {
    round.probes.len() + round.samples.len() + round.checks.len() + round.events.len()
}

fn is_empty(round: &Round) -> bool {
    parts(round) == 0
}

#[cfg(test)]
#[path = "thin_tests.rs"]
mod tests;
