//! Says why a rule cannot be taken, and what to do about it.

use std::fmt;
use std::sync::Arc;

use crate::detect::limits;

/// Why a rule cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleFault {
    /// There are more than [`limits::RULES_MAX`].
    TooManyRules,
    /// Two rules have this name.
    NameTwice(Arc<str>),
    /// It has neither a warning nor a critical condition.
    NoCondition(Arc<str>),
    /// It names a variable it does not have, or a window over something that has none.
    Variable(Arc<str>),
    /// It looks at more than [`limits::WITH_MAX`] other metrics.
    TooManyWith(Arc<str>),
    /// It has more than [`limits::PARAMS_MAX`] parameters.
    TooManyParams(Arc<str>),
    /// It looks at more than [`limits::WINDOWS_PER_RULE_MAX`] windows.
    TooManyWindows(Arc<str>),
    /// All rules together look at more than [`limits::WINDOWS_PER_METRIC_MAX`] windows of this.
    TooManyWindowsOf(Arc<str>),
}

impl fmt::Display for RuleFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RuleFault::TooManyRules => write!(
                f,
                "there are more than {} rules; remove some",
                limits::RULES_MAX
            ),
            RuleFault::NameTwice(rule) => write!(f, "two rules are called {rule:?}; rename one"),
            RuleFault::NoCondition(rule) => write!(
                f,
                "rule {rule:?} can never fire; give it a warning or a critical condition"
            ),
            RuleFault::Variable(rule) => write!(
                f,
                "rule {rule:?} looks at a variable, or a window of one, that it does not have"
            ),
            RuleFault::TooManyWith(rule) => write!(
                f,
                "rule {rule:?} looks at more than {} other metrics; split it",
                limits::WITH_MAX
            ),
            RuleFault::TooManyParams(rule) => write!(
                f,
                "rule {rule:?} has more than {} parameters; split it",
                limits::PARAMS_MAX
            ),
            RuleFault::TooManyWindows(rule) => write!(
                f,
                "rule {rule:?} looks at more than {} different windows; use the same ones",
                limits::WINDOWS_PER_RULE_MAX
            ),
            RuleFault::TooManyWindowsOf(metric) => write!(
                f,
                "the rules look at more than {} different windows of {metric}; use the same ones",
                limits::WINDOWS_PER_METRIC_MAX
            ),
        }
    }
}

impl std::error::Error for RuleFault {}
