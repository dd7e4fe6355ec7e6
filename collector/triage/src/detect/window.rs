//! Keeps the last while of one series, coarser the longer the while is.
//!
//! In: observations in order of time. Out: numbers over the while, or nothing
//! when it is not yet filled. Knows nothing of rules.

use std::collections::VecDeque;
use std::time::Duration;

use super::fit::Line;
use super::{Aggregate, Summary, Truth, limits};
use crate::Timestamp;

/// The share of a window that must have been watched before it counts as filled.
const FILLED_PERCENT: i64 = 80;

/// The last `over` of one series.
#[derive(Debug, Clone)]
pub(crate) struct Window {
    over_ms: i64,
    /// So much must have been watched.
    needed_ms: i64,
    /// Observations closer than this share a point.
    step_ms: i64,
    /// Since when it was watched without a gap.
    since: Option<Timestamp>,
    points: VecDeque<Point>,
}

/// Observations within one step.
#[derive(Debug, Clone, Copy)]
struct Point {
    first_at: Timestamp,
    last_at: Timestamp,
    count: u32,
    sum: f64,
    min: f64,
    max: f64,
    last: f64,
    /// How much a counter rose since the point before, and within this point.
    rise_before: f64,
    rise_within: f64,
    /// Whether the value differed from the one before at any of its observations.
    changed: bool,
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

impl Window {
    /// An empty window over samples.
    pub(crate) fn of_samples(over: Duration) -> Window {
        let over_ms = millis(over);
        let points_max = i64::try_from(limits::POINTS_PER_WINDOW_MAX).unwrap_or(i64::MAX);
        Window {
            over_ms,
            needed_ms: over_ms / 100 * FILLED_PERCENT + over_ms % 100 * FILLED_PERCENT / 100,
            step_ms: over_ms / points_max + 1,
            since: None,
            points: VecDeque::new(),
        }
    }

    /// A window over events, watched since then, if at all; it must have been watched whole.
    pub(super) fn of_events(over: Duration, since: Option<Timestamp>) -> Window {
        let samples = Window::of_samples(over);
        Window {
            needed_ms: samples.over_ms,
            step_ms: 1,
            since,
            ..samples
        }
    }

    /// How far back it looks.
    pub(crate) fn over(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.over_ms).unwrap_or(0))
    }

    /// Takes an observation. One that is not newer than the last is not taken; after a pause
    /// longer than `pause_max` and a fifth of the window it starts over.
    pub(crate) fn push(&mut self, at: Timestamp, value: f64, pause_max: Duration) {
        let before = self.points.back().map(|point| (point.last_at, point.last));
        if let Some((last_at, _)) = before {
            if at <= last_at {
                return;
            }
            let pause_ms = millis(at.since(last_at));
            if pause_ms > millis(pause_max).max(self.over_ms / 5) {
                self.points.clear();
                self.since = None;
                return self.push(at, value, pause_max);
            }
        }
        self.since.get_or_insert(at);
        self.add(at, value, before.map(|(_, last)| last));
        self.forget(at);
    }

    /// Takes values that were measured together, of which only the last, the least and the greatest
    /// are known: the others count as the last.
    pub(crate) fn push_summary(&mut self, of: &Summary, pause_max: Duration) {
        let newest = self.points.back().map(|point| point.last_at);
        if newest.is_some_and(|newest| of.at <= newest) {
            return;
        }
        self.push(of.at, of.last, pause_max);
        if let Some(point) = self.points.back_mut() {
            let more = of.count.saturating_sub(1);
            point.count = point.count.saturating_add(more);
            point.sum += of.last * f64::from(more);
            point.min = point.min.min(of.min);
            point.max = point.max.max(of.max);
            point.changed |= of.min < of.max;
        }
    }

    /// Takes events that happened at one time.
    pub(super) fn push_events(&mut self, at: Timestamp, times: u32) {
        self.add(at, 1.0, None);
        if let Some(point) = self.points.back_mut() {
            point.count = point.count.saturating_add(times.saturating_sub(1));
        }
    }

    fn add(&mut self, at: Timestamp, value: f64, before: Option<f64>) {
        let rise = before.map_or(0.0, |before| {
            if value >= before {
                value - before
            } else {
                value
            }
        });
        let changed = before.is_some_and(|before| before != value);
        let step = at.as_millis().div_euclid(self.step_ms);
        match self.points.back_mut() {
            Some(point) if point.first_at.as_millis().div_euclid(self.step_ms) == step => {
                point.last_at = at;
                point.count = point.count.saturating_add(1);
                point.sum += value;
                point.min = point.min.min(value);
                point.max = point.max.max(value);
                point.last = value;
                point.rise_within += rise;
                point.changed |= changed;
            }
            Some(_) | None => self.points.push_back(Point {
                first_at: at,
                last_at: at,
                count: 1,
                sum: value,
                min: value,
                max: value,
                last: value,
                rise_before: rise,
                rise_within: 0.0,
                changed,
            }),
        }
    }

    fn forget(&mut self, now: Timestamp) {
        let from = now.before(self.over());
        while self
            .points
            .front()
            .is_some_and(|point| point.last_at < from)
            || self.points.len() > limits::POINTS_PER_WINDOW_MAX + 1
        {
            self.points.pop_front();
        }
    }

    fn within(&self, now: Timestamp) -> impl Iterator<Item = &Point> + Clone {
        let from = now.before(self.over());
        self.points
            .iter()
            .skip_while(move |point| point.last_at < from)
            .take_while(move |point| point.first_at <= now)
    }

    fn is_filled(&self, now: Timestamp) -> bool {
        self.since
            .is_some_and(|since| millis(now.since(since)) >= self.needed_ms)
    }

    /// One number over the window; NaN when it is not filled or empty.
    pub(super) fn aggregate(&self, function: Aggregate, now: Timestamp) -> f64 {
        let mut points = self.within(now).peekable();
        match function {
            Aggregate::Count => {
                let count = self.count(now);
                return if count.complete { count.seen } else { f64::NAN };
            }
            // The newest observation is itself, however long the window was watched.
            Aggregate::Last => return points.last().map_or(f64::NAN, |point| point.last),
            Aggregate::Average
            | Aggregate::Minimum
            | Aggregate::Maximum
            | Aggregate::Rate
            | Aggregate::Increase => {}
        }
        if !self.is_filled(now) || points.peek().is_none() {
            return f64::NAN;
        }
        match function {
            Aggregate::Average => {
                let (sum, count) = points.fold((0.0, 0_u64), |(sum, count), point| {
                    (sum + point.sum, count + u64::from(point.count))
                });
                sum / as_f64(count)
            }
            Aggregate::Minimum => points.fold(f64::INFINITY, |min, point| min.min(point.min)),
            Aggregate::Maximum => points.fold(f64::NEG_INFINITY, |max, point| max.max(point.max)),
            Aggregate::Increase => self.increase(now),
            Aggregate::Rate => {
                let first = points.peek().map_or(now, |point| point.first_at);
                let last = points.last().map_or(now, |point| point.last_at);
                // One observation has no rate: 0/0 is unknown.
                self.increase(now) / last.since(first).as_secs_f64()
            }
            Aggregate::Count | Aggregate::Last => f64::NAN,
        }
    }

    /// What happened before the first point belongs to an earlier while.
    fn increase(&self, now: Timestamp) -> f64 {
        self.within(now)
            .enumerate()
            .map(|(at, point)| {
                let before = if at == 0 { 0.0 } else { point.rise_before };
                before + point.rise_within
            })
            .sum()
    }

    /// How many observations there were.
    pub(super) fn count(&self, now: Timestamp) -> Count {
        let seen = self.within(now).map(|point| u64::from(point.count)).sum();
        Count {
            seen: as_f64(seen),
            complete: self.is_filled(now),
        }
    }

    /// Whether the value was not the same all the time. A change that was seen is one, however
    /// long the window was watched.
    pub(super) fn changed(&self, now: Timestamp) -> Truth {
        if self.within(now).any(|point| point.changed) {
            Truth::True
        } else if self.is_filled(now) {
            Truth::False
        } else {
            Truth::Unknown
        }
    }

    /// The value so far ahead; NaN when there is no trend yet.
    pub(super) fn forecast(&self, now: Timestamp, ahead: Duration) -> f64 {
        self.line(now)
            .map_or(f64::NAN, |line| line.ahead(ahead.as_secs_f64()))
    }

    /// Seconds until the trend meets `target`; NaN when there is no trend yet.
    pub(super) fn time_to(&self, now: Timestamp, target: f64) -> f64 {
        let last = self.aggregate(Aggregate::Last, now);
        self.line(now)
            .map_or(f64::NAN, |line| line.time_from(last, target))
    }

    /// Where it is heading by the trend, seen from the newest observation; none while there is no
    /// trend yet.
    pub(super) fn heading(&self, now: Timestamp, limit: f64) -> Option<Heading> {
        let last = self.aggregate(Aggregate::Last, now);
        let line = self.line(now)?;
        let per_hour = line.ahead(3_600.0) - line.ahead(0.0);
        Some(Heading {
            left_s: line.time_from(last, limit),
            nearer_per_hour: if limit >= last { per_hour } else { -per_hour },
        })
    }

    fn line(&self, now: Timestamp) -> Option<Line> {
        if !self.is_filled(now) {
            return None;
        }
        let points: Vec<&Point> = self.within(now).collect();
        let together = points.len().div_ceil(limits::FIT_BUCKETS_MAX).max(1);
        let buckets: Vec<(f64, f64)> = points
            .chunks(together)
            .map(|chunk| {
                let count: u64 = chunk.iter().map(|point| u64::from(point.count)).sum();
                let sum: f64 = chunk.iter().map(|point| point.sum).sum();
                let middle: f64 = chunk
                    .iter()
                    .map(|point| {
                        -f64::midpoint(
                            now.since(point.first_at).as_secs_f64(),
                            now.since(point.last_at).as_secs_f64(),
                        )
                    })
                    .sum();
                (middle / as_f64(chunk.len() as u64), sum / as_f64(count))
            })
            .collect();
        Line::through(&buckets)
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Exact up to 2^53, far above every bound of this file.
#[allow(clippy::cast_precision_loss)]
fn as_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn numbers_are_over_the_window_and_nothing_older() {
        let window = filled(&[9.0, 1.0, 2.0, 3.0, 4.0, 5.0], 5 * MINUTE);
        check(&window, Aggregate::Average, 2.5 + 1.5);
        check(&window, Aggregate::Minimum, 1.0);
        check(&window, Aggregate::Maximum, 9.0);
        check(&window, Aggregate::Last, 5.0);
        check(&window, Aggregate::Count, 6.0);
        let window = filled(&[9.0, 9.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 5 * MINUTE);
        check(&window, Aggregate::Maximum, 6.0);
    }

    #[test]
    fn a_counter_that_starts_over_did_not_fall() {
        let window = filled(&[100.0, 160.0, 30.0, 90.0], 3 * MINUTE);
        check(&window, Aggregate::Increase, 60.0 + 30.0 + 60.0);
        check(&window, Aggregate::Rate, 150.0 / 180.0);
    }

    #[test]
    fn what_is_not_filled_is_unknown_but_a_change_that_was_seen_is_one() {
        let window = filled(&[1.0, 1.0], 10 * MINUTE);
        assert!(window.aggregate(Aggregate::Average, at(1)).is_nan());
        assert_eq!(window.changed(at(1)), Truth::Unknown);
        let window = filled(&[1.0, 2.0], 10 * MINUTE);
        assert_eq!(window.changed(at(1)), Truth::True);
    }

    #[test]
    fn a_pause_starts_the_window_over() {
        let mut window = filled(&[1.0; 11], 10 * MINUTE);
        assert_eq!(window.changed(at(10)), Truth::False);
        window.push(at(60), 1.0, 3 * MINUTE);
        assert_eq!(window.changed(at(60)), Truth::Unknown);
    }

    #[test]
    fn a_long_window_stays_bounded() {
        let mut window = Window::of_samples(360 * MINUTE);
        for second in 0..3 * 21_600_i64 {
            let at = Timestamp::from_millis(second * 1_000);
            window.push(at, 1.0, MINUTE);
            assert!(window.points.len() <= limits::POINTS_PER_WINDOW_MAX + 1);
        }
        let now = Timestamp::from_millis(3 * 21_600 * 1_000);
        assert!((window.aggregate(Aggregate::Average, now) - 1.0).abs() < 1e-9);
        assert!(window.aggregate(Aggregate::Count, now) > 21_000.0);
    }

    #[test]
    fn a_disk_that_fills_steadily_is_full_when_the_line_says() {
        let values: Vec<f64> = (0..=60).map(|at| f64::from(at) / 100.0).collect();
        let window = filled(&values, 60 * MINUTE);
        let soon = window.time_to(at(60), 0.9);
        assert!((soon - 1_800.0).abs() < 1.0, "{soon}");
        let later = window.forecast(at(60), 20 * MINUTE);
        assert!((later - 0.8).abs() < 1e-3, "{later}");
        assert!(window.time_to(at(60), 0.1).is_infinite());
        let heading = window.heading(at(60), 0.9).unwrap();
        assert!((heading.left_s - 1_800.0).abs() < 1.0, "{heading:?}");
        assert!((heading.nearer_per_hour - 0.6).abs() < 1e-3, "{heading:?}");
        let away = window.heading(at(60), 0.1).unwrap();
        assert!(away.nearer_per_hour < 0.0 && away.left_s.is_infinite());
    }

    #[test]
    fn what_is_recalled_by_minutes_has_its_least_and_greatest() {
        let mut window = Window::of_samples(60 * MINUTE);
        for minute in 0..=60 {
            let last = minute as f64;
            let of = Summary {
                at: at(minute),
                last,
                min: last - 0.5,
                max: last + 40.0,
                count: 4,
            };
            window.push_summary(&of, 3 * MINUTE);
            // Once more is not twice as much.
            window.push_summary(&of, 3 * MINUTE);
        }
        check(&window, Aggregate::Minimum, -0.5);
        check(&window, Aggregate::Maximum, 100.0);
        check(&window, Aggregate::Average, 30.0);
        check(&window, Aggregate::Count, 61.0 * 4.0);
        check(&window, Aggregate::Increase, 60.0);
        check(&window, Aggregate::Rate, 1.0 / 60.0);
        assert_eq!(window.changed(at(60)), Truth::True);
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000_000 + minute * 60_000)
    }

    fn filled(values: &[f64], over: Duration) -> Window {
        let mut window = Window::of_samples(over);
        for (minute, value) in (0..).zip(values) {
            window.push(at(minute), *value, 3 * MINUTE);
        }
        window
    }

    #[track_caller]
    fn check(window: &Window, function: Aggregate, expected: f64) {
        let now = window.points.back().map_or(at(0), |point| point.last_at);
        let found = window.aggregate(function, now);
        assert!((found - expected).abs() < 1e-9, "{function:?}: {found}");
    }
}
