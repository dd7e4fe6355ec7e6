//! Keeps what a rule's author wrote as a tree of numbers and truths.
//!
//! In: built by the policy from CEL. Out: a tree [`Condition::compile`] turns
//! into closures. Knows nothing of syntax, sizes, units or names beyond
//! [`Names`], which numbers them.
//!
//! [`Condition::compile`]: super::Condition::compile

use std::fmt;
use std::time::Duration;

use super::{On, limits};

/// A number or a truth. Which of them is checked by [`Condition::compile`].
///
/// [`Condition::compile`]: super::Condition::compile
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// A constant; sizes and durations already as bytes and seconds.
    Number(f64),
    /// `true` or `false`.
    Truth(bool),
    /// A measured value or a parameter.
    Variable(Variable),
    /// `-a`
    Negative(Box<Expression>),
    /// `a + b`
    Arithmetic(Arithmetic, Box<Expression>, Box<Expression>),
    /// `a < b`, of two numbers.
    Compare(Comparison, Box<Expression>, Box<Expression>),
    /// `a && b`
    And(Box<Expression>, Box<Expression>),
    /// `a || b`
    Or(Box<Expression>, Box<Expression>),
    /// `!a`
    Not(Box<Expression>),
    /// `condition ? a : b`, of two numbers or of two truths.
    If(Box<Expression>, Box<Expression>, Box<Expression>),
    /// `avg("5m")` and its like: one number over the last while.
    Aggregate {
        /// Which number.
        function: Aggregate,
        /// Of which measured variable.
        of: Variable,
        /// How far back.
        over: Duration,
    },
    /// `forecast("6h", "24h")`: the value `ahead` from now, by a line through the last `over`.
    Forecast {
        /// Of which measured variable.
        of: Variable,
        /// How far back.
        over: Duration,
        /// How far ahead.
        ahead: Duration,
    },
    /// `time_to(1.0, "6h")`: seconds until the line through the last `over` meets `target`;
    /// 0 when it is there, infinite when it goes away from it.
    TimeTo {
        /// Of which measured variable.
        of: Variable,
        /// Which value; a number.
        target: Box<Expression>,
        /// How far back.
        over: Duration,
    },
    /// `anomaly("7d")`: how far it is from what is usual at this hour of the day, by the last
    /// days, in robust standard deviations; above 0 where it is more. Of a counter, its rate.
    Anomaly {
        /// Of which measured variable.
        of: Variable,
        /// How many days back.
        days: u32,
    },
    /// `changed("10m")`: the value was not the same all the time.
    Changed {
        /// Of which measured variable.
        of: Variable,
        /// How far back.
        over: Duration,
    },
    /// `absent("10m")`: its probe looked, and it was not there for so long.
    Absent {
        /// Which measured variable.
        of: Variable,
        /// How long.
        over: Duration,
    },
    /// `known(a, b)`: `a` where that is known, else `b`.
    Known(Box<Expression>, Box<Expression>),
    /// `n_of(3, 5, condition)`: it held in at least `at_least` of the last `of` observations.
    NOf {
        /// In how many.
        at_least: u32,
        /// Of how many.
        of: u32,
        /// A truth without another `n_of` in it.
        condition: Box<Expression>,
    },
    /// `host.class == "server"`, `host.labels["site"] == "hq"`; an absent label reads as empty.
    HostIs {
        /// `class`, or the name of a label.
        label: String,
        /// What it must be.
        value: String,
    },
}

/// How two numbers are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
}

impl Comparison {
    /// The same comparison with its sides exchanged.
    #[must_use]
    pub fn flipped(self) -> Comparison {
        match self {
            Comparison::Less => Comparison::Greater,
            Comparison::LessOrEqual => Comparison::GreaterOrEqual,
            Comparison::Greater => Comparison::Less,
            Comparison::GreaterOrEqual => Comparison::LessOrEqual,
            Comparison::Equal => Comparison::Equal,
            Comparison::NotEqual => Comparison::NotEqual,
        }
    }
}

/// What is done with two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    /// By zero: infinite, or unknown for 0/0, as doubles do.
    Divide,
    Remainder,
}

/// One number over a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    /// The mean of the observations.
    Average,
    /// The smallest.
    Minimum,
    /// The largest.
    Maximum,
    /// How much a counter rose per second; a fall is a restart of the counter.
    Rate,
    /// How much a counter rose; a fall is a restart of the counter.
    Increase,
    /// How many observations, or events, there were.
    Count,
    /// The newest observation, if there is one.
    Last,
}

/// The number of a variable of one rule; made by [`Names`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Variable(u16);

impl Variable {
    /// What functions without a variable are over: the metric or event the rule is on.
    pub const OWN: Variable = Variable(0);

    /// Its place among the values of a scope.
    pub(super) fn at(self) -> usize {
        usize::from(self.0)
    }
}

/// The names a rule's conditions can use: what is measured first, then parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    measured: Vec<String>,
    params: Vec<String>,
}

impl Names {
    /// What the variable of a metric rule's own series is called.
    pub const VALUE: &'static str = "value";
    /// The variables of rules on the host itself, in seconds: since its last report; its pause
    /// between reports; past the time it should have been back; since its last report whether it said
    /// goodbye or not.
    pub const OF_HOST: [&'static str; 4] = ["silent", "interval", "overdue", "unseen"];
    /// The variable of rules on an event: 1 once something that happened since shows that its
    /// effect is over (the job ran well), 0 before; unknown while nothing happened.
    pub const OVER: &'static str = "over";

    /// What titles of a rule with `anomaly(..)` are given besides: what it is lately, and what it
    /// is at this hour on most days.
    pub const OF_BASELINE: [&'static str; 2] = ["lately", "usually"];

    /// The names of a rule on this, with these short names and parameters, in their order.
    pub fn of<'a>(
        on: &On,
        with: impl IntoIterator<Item = &'a str>,
        params: impl IntoIterator<Item = &'a str>,
    ) -> Names {
        let own: &[&str] = match on {
            On::Metric(_) => &[Names::VALUE],
            // An event has no value; its place exists only for `count`.
            On::Event(_) => &["", Names::OVER],
            On::Host => &Names::OF_HOST,
        };
        Names {
            measured: own.iter().copied().chain(with).map(str::to_owned).collect(),
            params: params.into_iter().map(str::to_owned).collect(),
        }
    }

    /// The variable of a name, if there is one.
    pub fn find(&self, name: &str) -> Option<Variable> {
        let at = self.iter().position(|known| known == name)?;
        (!name.is_empty()).then_some(Variable(u16::try_from(at).ok()?))
    }

    /// The name of a variable.
    pub fn name(&self, variable: Variable) -> Option<&str> {
        self.iter().nth(variable.at())
    }

    /// Whether a variable is a parameter, over which there is no window.
    pub fn is_parameter(&self, variable: Variable) -> bool {
        variable.at() >= self.measured.len()
    }

    /// All names in order; the empty one cannot be written.
    pub fn iter(&self) -> impl Iterator<Item = &str> + Clone {
        self.measured.iter().chain(&self.params).map(String::as_str)
    }

    /// How many of them are measured.
    pub(super) fn measured(&self) -> usize {
        self.measured.len()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.measured.len() + self.params.len()
    }
}

/// Why a tree is no condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It is nested deeper than [`limits::DEPTH_MAX`].
    TooDeep,
    /// It has more than [`limits::NODES_MAX`] parts.
    TooLarge,
    /// A truth stands where a number must be.
    NumberNeeded {
        /// What stands there.
        found: &'static str,
    },
    /// A number stands where a truth must be.
    TruthNeeded {
        /// What stands there.
        found: &'static str,
    },
    /// A window is empty, or longer than [`limits::WINDOW_MAX`].
    Window(Duration),
    /// A baseline over fewer days than [`limits::BASELINE_DAYS_MIN`], or more than
    /// [`limits::BASELINE_DAYS_MAX`].
    Days(u32),
    /// `n_of(k, n, ..)` without 1 <= k <= n <= [`limits::N_OF_MAX`].
    NOfCount {
        /// k
        at_least: u32,
        /// n
        of: u32,
    },
    /// `n_of` inside `n_of`.
    NOfInNOf,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::TooDeep => write!(
                f,
                "the condition is nested deeper than {} levels; split it",
                limits::DEPTH_MAX
            ),
            Fault::TooLarge => write!(
                f,
                "the condition has more than {} parts; split it",
                limits::NODES_MAX
            ),
            Fault::NumberNeeded { found } => write!(f, "a number must stand here, not {found}"),
            Fault::TruthNeeded { found } => {
                write!(f, "a true or false must stand here, not {found}")
            }
            Fault::Window(over) => write!(
                f,
                "a window of {} s is not possible; it must be between 1 ms and {} days",
                over.as_secs_f64(),
                limits::WINDOW_MAX.as_secs() / 86_400
            ),
            Fault::Days(days) => write!(
                f,
                "what is usual cannot be told from {days} days; it must be {} to {}",
                limits::BASELINE_DAYS_MIN,
                limits::BASELINE_DAYS_MAX
            ),
            Fault::NOfCount { at_least, of } => write!(
                f,
                "n_of({at_least}, {of}, ...) is not possible; write n_of(k, n, ...) with 1 <= k <= n <= {}",
                limits::N_OF_MAX
            ),
            Fault::NOfInNOf => f.write_str("n_of cannot stand inside n_of"),
        }
    }
}

impl std::error::Error for Fault {}
