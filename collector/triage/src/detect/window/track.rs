//! Keeps of the last while of one series what one kind of function asks for, coarser the longer
//! the while is.
//!
//! Observations closer than a step share a point, and a while has at most
//! [`limits::POINTS_PER_WINDOW_MAX`] steps, whatever is observed. A point counts as long as the
//! last of its observations does. A fleet has millions of points, so each has of its time only the
//! lower half: all of them are within a while of the newest observation.
//!
//! In: observations in order of time. Out: what is left of them. Knows nothing of rules.

use std::time::Duration;

use crate::Timestamp;
use crate::detect::{Summary, limits};

/// The share of a while that must have been watched before it counts as filled.
const FILLED_PERCENT: i64 = 80;

/// What a function over a while needs of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Keeps {
    /// The newest observation.
    Newest,
    /// How many observations there were, and their mean.
    Means,
    /// How much a counter rose.
    Rises,
    /// The smallest.
    Least,
    /// The largest.
    Greatest,
    /// When the value changed last.
    Change,
    /// Where it is heading.
    Line,
}

/// What is kept of a while, for one kind of function.
#[derive(Debug, Clone)]
pub(super) struct Track {
    over_ms: u32,
    /// Since when it was watched without a gap; never, if that is the latest time there is.
    since: Timestamp,
    kept: Kept,
}

#[derive(Debug, Clone)]
enum Kept {
    Means(Vec<Sum>),
    /// By how much it rose up to each, since the one before.
    Rises(Vec<Point>),
    /// Of the points those that are less than all later ones.
    Least(Vec<Point>),
    /// Of the points those that are greater than all later ones.
    Greatest(Vec<Point>),
    /// When it changed last.
    Change(Option<Short>),
    Line(Vec<Point>, Together),
}

/// What observations within a step come to.
#[derive(Debug, Clone, Copy)]
#[repr(C, packed(4))] // without the padding: a quarter of all that is kept
struct Point {
    at: Short,
    value: f64,
}

/// Observations within a step.
#[derive(Debug, Clone, Copy)]
struct Sum {
    at: Short,
    count: u32,
    sum: f64,
}

/// Observations of the newest step.
#[derive(Debug, Clone, Copy)]
struct Together {
    first: Short,
    count: u32,
    sum: f64,
}

/// The lower half of a time in milliseconds: it tells times apart that are within 49 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Short(u32);

/// How much a counter rose, and within which time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rise {
    pub(super) by: f64,
    pub(super) within: Duration,
}

/// When the newest observation was, and what time it is.
type Times = (Timestamp, Timestamp);

impl Short {
    fn of(at: Timestamp) -> Short {
        let lower = at.as_millis().rem_euclid(1 << u32::BITS);
        Short(u32::try_from(lower).unwrap_or(0))
    }

    /// How many milliseconds before `later` it was.
    fn before(self, later: Timestamp) -> i64 {
        i64::from(Short::of(later).0.wrapping_sub(self.0))
    }

    fn full(self, later: Timestamp) -> i64 {
        later.as_millis() - self.before(later)
    }
}

impl Track {
    /// Nothing yet; none where nothing has to be kept.
    pub(super) fn new(over: Duration, keeps: Keeps) -> Option<Track> {
        let nothing = Together {
            first: Short(0),
            count: 0,
            sum: 0.0,
        };
        let kept = match keeps {
            Keeps::Newest => return None,
            Keeps::Means => Kept::Means(Vec::new()),
            Keeps::Rises => Kept::Rises(Vec::new()),
            Keeps::Least => Kept::Least(Vec::new()),
            Keeps::Greatest => Kept::Greatest(Vec::new()),
            Keeps::Change => Kept::Change(None),
            Keeps::Line => Kept::Line(Vec::new(), nothing),
        };
        Some(Track {
            over_ms: u32::try_from(over.as_millis()).unwrap_or(u32::MAX),
            since: Timestamp::MAX,
            kept,
        })
    }

    /// How far back it reaches.
    pub(super) fn over(&self) -> Duration {
        Duration::from_millis(u64::from(self.over_ms))
    }

    /// What it keeps.
    pub(super) fn keeps(&self) -> Keeps {
        match self.kept {
            Kept::Means(_) => Keeps::Means,
            Kept::Rises(_) => Keeps::Rises,
            Kept::Least(_) => Keeps::Least,
            Kept::Greatest(_) => Keeps::Greatest,
            Kept::Change(_) => Keeps::Change,
            Kept::Line(..) => Keeps::Line,
        }
    }

    /// Whether it keeps this.
    pub(super) fn is_of(&self, over: Duration, keeps: Keeps) -> bool {
        u128::from(self.over_ms) == over.as_millis() && self.keeps() == keeps
    }

    /// Takes values that were measured together after those before them.
    pub(super) fn push(
        &mut self,
        of: &Summary,
        (last_at, last): (Timestamp, f64),
        pause_max: Duration,
    ) {
        let pause = of.at.since(last_at);
        let goes_on = self.since < of.at && (pause <= pause_max || pause <= self.over() / 5);
        if !goes_on {
            self.since = of.at;
            self.kept.clear();
        }
        self.kept.forget(of.at, i64::from(self.over_ms));
        let step = Step::of(self.over_ms, of.at);
        self.kept.add(of, goes_on.then_some(last), step);
    }

    pub(super) fn is_filled(&self, now: Timestamp) -> bool {
        let over = i64::from(self.over_ms);
        let needed = over / 100 * FILLED_PERCENT + over % 100 * FILLED_PERCENT / 100;
        i64::try_from(now.since(self.since).as_millis()).is_ok_and(|watched| watched >= needed)
            && self.since <= now
    }

    /// How many observations there were.
    pub(super) fn count(&self, times: Times) -> f64 {
        let Kept::Means(points) = &self.kept else {
            return 0.0;
        };
        let within = within(points, self.reach(times), times);
        within.iter().map(|point| f64::from(point.count)).sum()
    }

    /// What they were on average.
    pub(super) fn mean(&self, times: Times) -> Option<f64> {
        let Kept::Means(points) = &self.kept else {
            return None;
        };
        let within = within(points, self.reach(times), times);
        let sum: f64 = within.iter().map(|point| point.sum).sum();
        (!within.is_empty()).then(|| sum / self.count(times))
    }

    /// How much a counter rose since the first observation.
    pub(super) fn rise(&self, times: Times) -> Option<Rise> {
        let Kept::Rises(points) = &self.kept else {
            return None;
        };
        // What happened before the first point belongs to an earlier while.
        let (first, later) = within(points, self.reach(times), times).split_first()?;
        let long = u64::try_from(first.at.before(times.0)).unwrap_or(0);
        Some(Rise {
            by: later.iter().map(|point| point.value).sum(),
            within: Duration::from_millis(long),
        })
    }

    /// The least or the greatest.
    pub(super) fn extreme(&self, times: Times) -> Option<f64> {
        let (Kept::Least(points) | Kept::Greatest(points)) = &self.kept else {
            return None;
        };
        let within = within(points, self.reach(times), times);
        within.first().map(|point| point.value)
    }

    /// Whether the value changed.
    pub(super) fn has_changed(&self, times: Times) -> bool {
        let Kept::Change(Some(at)) = self.kept else {
            return false;
        };
        at.before(times.0) <= self.reach(times)
    }

    /// Points of (seconds relative to now, mean).
    pub(super) fn line(&self, times: Times) -> Vec<(f64, f64)> {
        let Kept::Line(points, _) = &self.kept else {
            return Vec::new();
        };
        let since_newest = times.1.since(times.0).as_secs_f64();
        let seconds = |at: Short| {
            let millis = u64::try_from(at.before(times.0)).unwrap_or(0);
            -Duration::from_millis(millis).as_secs_f64() - since_newest
        };
        let within = within(points, self.reach(times), times).iter();
        within
            .map(|point| (seconds(point.at), point.value))
            .collect()
    }

    #[cfg(test)]
    pub(super) const POINT_BYTES: usize = size_of::<Point>();

    /// How many points there are.
    #[cfg(test)]
    pub(super) fn points(&self) -> usize {
        match &self.kept {
            Kept::Means(points) => points.len(),
            Kept::Rises(points)
            | Kept::Least(points)
            | Kept::Greatest(points)
            | Kept::Line(points, _) => points.len(),
            Kept::Change(at) => usize::from(at.is_some()),
        }
    }

    /// How long before the newest observation the while begins, in milliseconds.
    fn reach(&self, (newest, now): Times) -> i64 {
        i64::from(self.over_ms) - (now.as_millis() - newest.as_millis())
    }
}

/// The step of an observation.
#[derive(Clone, Copy)]
struct Step {
    at: Timestamp,
    long_ms: i64,
}

impl Step {
    fn of(over_ms: u32, at: Timestamp) -> Step {
        let steps = i64::try_from(limits::POINTS_PER_WINDOW_MAX).unwrap_or(i64::MAX);
        let long_ms = i64::from(over_ms) / steps + 1;
        Step { at, long_ms }
    }

    fn has(self, earlier: Short) -> bool {
        let number = |millis: i64| millis.div_euclid(self.long_ms);
        number(earlier.full(self.at)) == number(self.at.as_millis())
    }
}

impl Kept {
    fn clear(&mut self) {
        match self {
            Kept::Means(points) => points.clear(),
            Kept::Rises(points)
            | Kept::Least(points)
            | Kept::Greatest(points)
            | Kept::Line(points, _) => points.clear(),
            Kept::Change(at) => *at = None,
        }
    }

    /// Forgets what is longer ago.
    fn forget(&mut self, now: Timestamp, ms: i64) {
        match self {
            Kept::Means(points) => forget(points, now, ms),
            Kept::Rises(points)
            | Kept::Least(points)
            | Kept::Greatest(points)
            | Kept::Line(points, _) => forget(points, now, ms),
            Kept::Change(at) => *at = at.filter(|at| at.before(now) <= ms),
        }
    }

    fn add(&mut self, of: &Summary, before: Option<f64>, step: Step) {
        let at = Short::of(of.at);
        match self {
            Kept::Means(points) => {
                let count = of.count.max(1);
                let sum = of.last * f64::from(count);
                match points.last_mut() {
                    Some(newest) if step.has(newest.at) => {
                        newest.at = at;
                        newest.count = newest.count.saturating_add(count);
                        newest.sum += sum;
                    }
                    Some(_) | None => points.push(Sum { at, count, sum }),
                }
            }
            Kept::Rises(points) => {
                let value = before.map_or(0.0, |before| risen(before, of.last));
                match points.last_mut() {
                    Some(newest) if step.has(newest.at) => {
                        newest.at = at;
                        newest.value += value;
                    }
                    Some(_) | None => points.push(Point { at, value }),
                }
            }
            Kept::Least(points) => outlast(points, (at, of.min), step, |new, old| new <= old),
            Kept::Greatest(points) => outlast(points, (at, of.max), step, |new, old| new >= old),
            Kept::Change(changed) => {
                if of.min < of.max || before.is_some_and(|before| before != of.last) {
                    *changed = Some(at);
                }
            }
            Kept::Line(points, together) => extend(points, together, of, step),
        }
    }
}

/// A fall is a restart of the counter.
fn risen(before: f64, value: f64) -> f64 {
    if value >= before {
        value - before
    } else {
        value
    }
}

/// Takes a value before which those that it makes needless are dropped: it is there for longer.
fn outlast(
    points: &mut Vec<Point>,
    (at, value): (Short, f64),
    step: Step,
    replaces: impl Fn(f64, f64) -> bool,
) {
    while points
        .pop_if(|point| replaces(value, point.value))
        .is_some()
    {}
    match points.last_mut() {
        // The step as a whole counts as long as the last of its observations.
        Some(newest) if step.has(newest.at) => newest.at = at,
        Some(_) | None => points.push(Point { at, value }),
    }
}

/// A point of a line lies in the middle of its observations.
fn extend(points: &mut Vec<Point>, together: &mut Together, of: &Summary, step: Step) {
    let at = Short::of(of.at);
    let count = of.count.max(1);
    let sum = of.last * f64::from(count);
    let is_same = points.last().is_some_and(|newest| step.has(newest.at));
    if !is_same {
        *together = Together {
            first: at,
            count: 0,
            sum: 0.0,
        };
    }
    together.count = together.count.saturating_add(count);
    together.sum += sum;
    let since_first = together.first.before(of.at) / 2;
    let middle = of.at.as_millis() - since_first;
    let point = Point {
        at: Short::of(Timestamp::from_millis(middle)),
        value: together.sum / f64::from(together.count),
    };
    match points.last_mut().filter(|_| is_same) {
        Some(newest) => *newest = point,
        None => points.push(point),
    }
}

/// Something at a time.
trait Timed {
    fn at(&self) -> Short;
}

impl Timed for Point {
    fn at(&self) -> Short {
        self.at
    }
}

impl Timed for Sum {
    fn at(&self) -> Short {
        self.at
    }
}

fn forget<T: Timed>(points: &mut Vec<T>, now: Timestamp, ms: i64) {
    let old = points.partition_point(|point| point.at().before(now) > ms);
    points.drain(..old);
}

/// The points that are not longer before the newest observation than this.
fn within<T: Timed>(points: &[T], reach_ms: i64, (newest, _): Times) -> &[T] {
    let old = points.partition_point(|point| point.at().before(newest) > reach_ms);
    &points[old..]
}
