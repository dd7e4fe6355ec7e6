//! Keeps three-valued truth: what is not known neither fires nor clears.
//!
//! CEL's rules for errors: `false && unknown` is false, `true || unknown` is true.

/// Whether something holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// Missing, stale or not yet filled: nobody knows.
    Unknown,
}

impl Truth {
    /// Both hold.
    #[must_use]
    pub fn and(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::False, _) | (_, Truth::False) => Truth::False,
            (Truth::True, Truth::True) => Truth::True,
            (Truth::Unknown, Truth::True | Truth::Unknown) | (Truth::True, Truth::Unknown) => {
                Truth::Unknown
            }
        }
    }

    /// At least one holds.
    #[must_use]
    pub fn or(self, other: Truth) -> Truth {
        self.negated().and(other.negated()).negated()
    }

    /// The opposite; of the unknown nothing is known.
    #[must_use]
    pub fn negated(self) -> Truth {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            Truth::Unknown => Truth::Unknown,
        }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Truth {
        if holds { Truth::True } else { Truth::False }
    }
}

#[cfg(test)]
mod tests {
    use super::Truth::{self, False, True, Unknown};

    #[test]
    fn the_unknown_follows_the_rules_for_errors() {
        check(True, True, True, True);
        check(True, False, False, True);
        check(False, False, False, False);
        check(False, Unknown, False, Unknown);
        check(True, Unknown, Unknown, True);
        check(Unknown, Unknown, Unknown, Unknown);
        assert_eq!(Unknown.negated(), Unknown);
    }

    #[track_caller]
    fn check(left: Truth, right: Truth, and: Truth, or: Truth) {
        for (left, right) in [(left, right), (right, left)] {
            assert_eq!(left.and(right), and, "{left:?} && {right:?}");
            assert_eq!(left.or(right), or, "{left:?} || {right:?}");
        }
    }
}
