//! Decides where a series of points is heading: a line that outliers do not bend.
//!
//! Theil-Sen: the median of all slopes between two points, then the median of
//! what is left. In: one more point than [`limits::POINTS_PER_WINDOW_MAX`] at most.
//!
//! [`limits::POINTS_PER_WINDOW_MAX`]: super::limits::POINTS_PER_WINDOW_MAX

/// Fewer points than this make no trend.
const POINTS_MIN: usize = 3;

/// A line: a value now, and its change per second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Line {
    now: f64,
    per_s: f64,
}

impl Line {
    /// Through points of (seconds relative to now, value); none if there are too few.
    pub(super) fn through(points: &[(f64, f64)]) -> Option<Line> {
        if points.len() < POINTS_MIN {
            return None;
        }
        let mut slopes = Vec::with_capacity(points.len() * (points.len() - 1) / 2);
        for (at, (x, y)) in points.iter().enumerate() {
            slopes.extend(
                points[at + 1..]
                    .iter()
                    .map(|(later, value)| (value - y) / (later - x))
                    .filter(|slope| slope.is_finite()),
            );
        }
        let per_s = median(&mut slopes)?;
        let mut rests: Vec<f64> = points.iter().map(|(x, y)| y - per_s * x).collect();
        let now = median(&mut rests)?;
        Some(Line { now, per_s })
    }

    /// The value so many seconds from now.
    pub(super) fn ahead(self, seconds: f64) -> f64 {
        self.now + self.per_s * seconds
    }

    /// Seconds until `value` reaches `target` at this slope; infinite if it never does.
    pub(super) fn time_from(self, value: f64, target: f64) -> f64 {
        let left = target - value;
        if left == 0.0 {
            return 0.0;
        }
        let seconds = left / self.per_s;
        if seconds >= 0.0 {
            seconds
        } else {
            f64::INFINITY
        }
    }
}

/// The middle one, or the mean of the two in the middle; none of none.
pub(super) fn median(values: &mut [f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let middle = values.len() / 2;
    let odd = values.len() % 2 == 1;
    let (below, upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    let upper = *upper;
    if odd {
        return Some(upper);
    }
    let lower = below.iter().copied().max_by(f64::total_cmp)?;
    Some(f64::midpoint(lower, upper))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_outlier_does_not_bend_the_line() {
        let mut points: Vec<(f64, f64)> = (0..10)
            .map(|at| (f64::from(at) - 9.0, f64::from(at)))
            .collect();
        points[4].1 = 1_000.0;
        let line = Line::through(&points).unwrap();
        assert!((line.ahead(11.0) - 20.0).abs() < 0.5, "{line:?}");
        assert!((line.time_from(9.0, 12.0) - 3.0).abs() < 0.5, "{line:?}");
    }

    #[test]
    fn what_goes_the_other_way_never_arrives() {
        let line = Line::through(&[(-2.0, 3.0), (-1.0, 2.0), (0.0, 1.0)]).unwrap();
        assert_eq!(line.time_from(1.0, 5.0), f64::INFINITY);
        assert_eq!(line.time_from(1.0, 1.0), 0.0);
    }

    #[test]
    fn two_points_are_no_trend() {
        assert_eq!(Line::through(&[(-1.0, 1.0), (0.0, 2.0)]), None);
    }
}
