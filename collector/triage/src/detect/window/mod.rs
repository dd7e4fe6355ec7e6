//! Keeps the newest observation of one series, and of those before it what functions ask for.
//!
//! In: observations in order of time. Out: numbers over the last while, or nothing when that is
//! not yet filled, or not asked for. Knows nothing of rules.

mod events;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
mod track;

use std::time::Duration;

pub(crate) use self::events::Events;
pub use self::track::Keeps;
use self::track::Track;
use super::fit::Line;
use super::{Aggregate, Summary, Truth};
use crate::Timestamp;

/// The newest observation of a series, and what is kept of those before it.
#[derive(Debug, Clone)]
pub(crate) struct Recent {
    at: Timestamp,
    value: f64,
    tracks: Box<[Track]>,
}

/// Where a series is heading.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Heading {
    /// Seconds until it is at its limit; infinite if it goes away from it.
    pub(super) left_s: f64,
    /// By how much it comes nearer in an hour; negative if it goes away.
    pub(super) nearer_per_hour: f64,
}

/// How many observations there were, and whether all of them are known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Count {
    /// So many were seen.
    pub(super) seen: f64,
    /// False: there may have been more before the watching began.
    pub(super) complete: bool,
}

impl Recent {
    /// Nothing was observed, and nothing is asked for.
    pub(crate) fn nothing() -> Recent {
        Recent {
            at: Timestamp::MIN,
            value: f64::NAN,
            tracks: Box::default(),
        }
    }

    /// When it was observed last.
    pub(crate) fn at(&self) -> Timestamp {
        self.at
    }

    /// What it was then.
    pub(crate) fn value(&self) -> f64 {
        self.value
    }

    /// From now on keeps this as well. What is kept already goes on where it `still` is asked for.
    pub(crate) fn keep(
        &mut self,
        asked: &[(Duration, Keeps)],
        still: impl Fn(Duration, Keeps) -> bool,
    ) {
        let here = |tracks: &[Track], (over, keeps): (Duration, Keeps)| {
            tracks.iter().any(|track| track.is_of(over, keeps))
        };
        let is_new =
            |asked: &&(Duration, Keeps)| asked.1 != Keeps::Newest && !here(&self.tracks, **asked);
        let goes_on = |track: &Track| still(track.over(), track.keeps());
        if self.tracks.iter().all(goes_on) && !asked.iter().any(|asked| is_new(&asked)) {
            return;
        }
        let mut tracks = std::mem::take(&mut self.tracks).into_vec();
        tracks.retain(goes_on);
        for asked in asked {
            if !here(&tracks, *asked) {
                tracks.extend(Track::new(asked.0, asked.1));
            }
        }
        self.tracks = tracks.into_boxed_slice();
    }

    /// Takes values that were measured together, of which only the last, the least and the greatest
    /// are known: the others count as the last. What is not newer than the last is not taken; after
    /// a pause longer than `pause_max` and a fifth of a window that starts over.
    pub(crate) fn push(&mut self, of: &Summary, pause_max: Duration) {
        if of.at <= self.at {
            return;
        }
        let before = (self.at, self.value);
        for track in &mut self.tracks {
            track.push(of, before, pause_max);
        }
        self.at = of.at;
        self.value = of.last;
    }

    /// One number over the while; NaN when it is not filled or empty.
    pub(super) fn aggregate(&self, function: Aggregate, over: Duration, now: Timestamp) -> f64 {
        let filled = |keeps| {
            let track = self.track(over, keeps)?;
            track.is_filled(now).then_some(track)
        };
        let number = match function {
            Aggregate::Count => {
                let count = self.count(over, now);
                count.complete.then_some(count.seen)
            }
            // The newest observation is itself, however long it was watched.
            Aggregate::Last => (self.at >= now.before(over)).then_some(self.value),
            Aggregate::Average => filled(Keeps::Means).and_then(|track| track.mean((self.at, now))),
            Aggregate::Minimum => {
                filled(Keeps::Least).and_then(|track| track.extreme((self.at, now)))
            }
            Aggregate::Maximum => {
                filled(Keeps::Greatest).and_then(|track| track.extreme((self.at, now)))
            }
            Aggregate::Increase => {
                let rise = filled(Keeps::Rises).and_then(|track| track.rise((self.at, now)));
                rise.map(|rise| rise.by)
            }
            Aggregate::Rate => {
                let rise = filled(Keeps::Rises).and_then(|track| track.rise((self.at, now)));
                // One observation has no rate: 0/0 is unknown.
                rise.map(|rise| rise.by / rise.within.as_secs_f64())
            }
        };
        number.unwrap_or(f64::NAN)
    }

    /// How many observations there were.
    pub(super) fn count(&self, over: Duration, now: Timestamp) -> Count {
        let track = self.track(over, Keeps::Means);
        Count {
            seen: track.map_or(0.0, |track| track.count((self.at, now))),
            complete: track.is_some_and(|track| track.is_filled(now)),
        }
    }

    /// Whether the value was not the same all the time. A change that was seen is one, however
    /// long it was watched.
    pub(super) fn changed(&self, over: Duration, now: Timestamp) -> Truth {
        match self.track(over, Keeps::Change) {
            Some(track) if track.has_changed((self.at, now)) => Truth::True,
            Some(track) if track.is_filled(now) => Truth::False,
            Some(_) | None => Truth::Unknown,
        }
    }

    /// The value so far ahead; NaN when there is no trend yet.
    pub(super) fn forecast(&self, over: Duration, now: Timestamp, ahead: Duration) -> f64 {
        let line = self.line(over, now);
        line.map_or(f64::NAN, |line| line.ahead(ahead.as_secs_f64()))
    }

    /// Seconds until the trend meets `target`; NaN when there is no trend yet.
    pub(super) fn time_to(&self, over: Duration, now: Timestamp, target: f64) -> f64 {
        let last = self.aggregate(Aggregate::Last, over, now);
        let line = self.line(over, now);
        line.map_or(f64::NAN, |line| line.time_from(last, target))
    }

    /// Where it is heading by the trend, seen from the newest observation; none while there is no
    /// trend yet.
    pub(super) fn heading(&self, over: Duration, now: Timestamp, limit: f64) -> Option<Heading> {
        let last = self.aggregate(Aggregate::Last, over, now);
        let line = self.line(over, now)?;
        let per_hour = line.ahead(3_600.0) - line.ahead(0.0);
        Some(Heading {
            left_s: line.time_from(last, limit),
            nearer_per_hour: if limit >= last { per_hour } else { -per_hour },
        })
    }

    fn line(&self, over: Duration, now: Timestamp) -> Option<Line> {
        let track = self.track(over, Keeps::Line)?;
        let is_filled = track.is_filled(now);
        is_filled.then(|| Line::through(&track.line((self.at, now))))?
    }

    fn track(&self, over: Duration, keeps: Keeps) -> Option<&Track> {
        self.tracks.iter().find(|track| track.is_of(over, keeps))
    }
}
