//! Decides which values an expression can have at all, from those its parts can have.
//!
//! Too wide is allowed, too narrow never: what is said to be impossible is impossible.

use vedette_triage::detect::{Arithmetic, Comparison};

/// All numbers from `low` to `high`, both included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Interval {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Interval {
    /// Every number.
    pub(crate) const ALL: Interval = Interval {
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
    };
    /// Every number that is not negative.
    pub(crate) const POSITIVE: Interval = Interval {
        low: 0.0,
        high: f64::INFINITY,
    };

    /// One number.
    pub(crate) fn point(value: f64) -> Interval {
        Interval {
            low: value,
            high: value,
        }
    }

    /// Between two numbers in any order; what is not a number can be anything.
    pub(crate) fn spanning(values: &[f64]) -> Interval {
        if values.iter().any(|value| value.is_nan()) {
            return Interval::ALL;
        }
        Interval {
            low: values.iter().copied().fold(f64::INFINITY, f64::min),
            high: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        }
    }

    /// Of the negative of every number in this.
    pub(crate) fn negative(self) -> Interval {
        Interval {
            low: -self.high,
            high: -self.low,
        }
    }

    /// Of either of two expressions.
    pub(crate) fn or(self, other: Interval) -> Interval {
        Interval::spanning(&[self.low, self.high, other.low, other.high])
    }

    /// Of what arithmetic makes of two expressions.
    pub(crate) fn calculated(self, what: Arithmetic, other: Interval) -> Interval {
        match what {
            Arithmetic::Add => Interval::spanning(&[self.low + other.low, self.high + other.high]),
            Arithmetic::Subtract => self.calculated(Arithmetic::Add, other.negative()),
            Arithmetic::Multiply => self.corners(other, |left, right| {
                // 0 x infinity: the bound is never reached, and 0 times anything else is 0.
                if left == 0.0 || right == 0.0 {
                    0.0
                } else {
                    left * right
                }
            }),
            Arithmetic::Divide if other.low <= 0.0 && other.high >= 0.0 => Interval::ALL,
            Arithmetic::Divide => self.corners(other, |left, right| left / right),
            Arithmetic::Remainder => Interval::ALL,
        }
    }

    /// Whether a comparison holds always (`true`), never (`false`), or depends.
    pub(crate) fn compared(self, comparison: Comparison, other: Interval) -> Option<bool> {
        let (all, none) = match comparison {
            Comparison::Less => (self.high < other.low, self.low >= other.high),
            Comparison::LessOrEqual => (self.high <= other.low, self.low > other.high),
            Comparison::Greater => (self.low > other.high, self.high <= other.low),
            Comparison::GreaterOrEqual => (self.low >= other.high, self.high < other.low),
            Comparison::Equal => (self.is(other), self.is_apart(other)),
            Comparison::NotEqual => (self.is_apart(other), self.is(other)),
        };
        if all {
            Some(true)
        } else if none {
            Some(false)
        } else {
            None
        }
    }

    #[allow(clippy::float_cmp)] // a point is exactly that number
    fn is(self, other: Interval) -> bool {
        self.low == self.high && self == other
    }

    fn is_apart(self, other: Interval) -> bool {
        self.high < other.low || self.low > other.high
    }

    fn corners(self, other: Interval, calculate: impl Fn(f64, f64) -> f64) -> Interval {
        Interval::spanning(&[
            calculate(self.low, other.low),
            calculate(self.low, other.high),
            calculate(self.high, other.low),
            calculate(self.high, other.high),
        ])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_share_never_reaches_ninety() {
        let share = Interval {
            low: 0.0,
            high: 1.0,
        };
        let ninety = Interval::point(90.0);
        assert_eq!(share.compared(Comparison::Greater, ninety), Some(false));
        assert_eq!(share.compared(Comparison::Less, ninety), Some(true));
        assert_eq!(
            share.compared(Comparison::Greater, Interval::point(0.9)),
            None
        );
        assert_eq!(
            share.compared(Comparison::GreaterOrEqual, Interval::point(1.0)),
            None
        );
        assert_eq!(
            share.compared(Comparison::Greater, Interval::point(1.0)),
            Some(false)
        );
    }

    #[test]
    fn division_by_what_may_be_zero_can_be_anything() {
        let one = Interval::point(1.0);
        assert_eq!(
            one.calculated(Arithmetic::Divide, Interval::POSITIVE),
            Interval::ALL
        );
    }

    proptest! {
        #[test]
        fn no_result_falls_outside(
            (a, b, c, d) in (-9.0..9.0_f64, -9.0..9.0_f64, -9.0..9.0_f64, -9.0..9.0_f64),
            (s, t) in (0.0..=1.0_f64, 0.0..=1.0_f64),
        ) {
            let left = Interval::spanning(&[a, b]);
            let right = Interval::spanning(&[c, d]);
            let x = left.low + s * (left.high - left.low);
            let y = right.low + t * (right.high - right.low);
            for (what, result) in [
                (Arithmetic::Add, x + y),
                (Arithmetic::Subtract, x - y),
                (Arithmetic::Multiply, x * y),
                (Arithmetic::Divide, x / y),
            ] {
                let within = left.calculated(what, right);
                let rounding = 1e-9 * (1.0 + result.abs());
                prop_assert!(within.low <= result + rounding && result <= within.high + rounding, "{x} {what:?} {y} = {result} in {within:?}");
            }
        }
    }
}
