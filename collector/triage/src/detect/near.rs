//! Decides how near a condition is to holding, and which of its comparisons keep it from that.
//!
//! In: a condition and what it can see. Out: [`Near`], for whoever asks why nothing fires. Asked
//! now and then and by people only: what it needs is made anew each time. Knows nothing of how
//! values are written.

use std::sync::Arc;

use super::condition::{number, truth};
use super::scope::UsualNeed;
use super::{
    Aggregate, Arithmetic, Comparison, Expression, Names, On, Rule, Scope, Truth, Usual, Variable,
};

/// How near a condition is to holding.
#[derive(Debug, Clone, PartialEq)]
pub struct Near {
    /// Whether it holds.
    pub holds: Truth,
    /// 1 where it holds, 0 where it is far from that or cannot be known.
    pub near: f64,
    /// What it compares, as far as it decides: of several that would do, the nearest.
    pub clauses: Vec<Clause>,
}

/// One comparison of a condition, and what it saw.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    /// What is compared: `utilization`, `free`, `avg("5m") of free`, or the text of something else.
    pub subject: String,
    /// What it is compared for and with; none for what is no comparison of numbers.
    pub bound: Option<(Comparison, f64)>,
    /// What it is; NaN where that is not known.
    pub value: f64,
    /// The metric in whose unit both are, if they are in that of one.
    pub metric: Option<Arc<str>>,
    /// What it is compared with where that is what is usual.
    pub against: Option<Against>,
    /// Whether it holds.
    pub holds: Truth,
}

/// What something was compared with that is usual.
#[derive(Debug, Clone, PartialEq)]
pub struct Against {
    /// The metric in whose unit they are: of a counter, per second.
    pub metric: Option<Arc<str>>,
    /// What it is lately; NaN where that is not known.
    pub lately: f64,
    /// What is usual at this hour.
    pub usual: Usual,
}

/// Looks at a condition of a rule. `holds`: what it came to as a whole.
pub(super) fn look(
    (rule, names): (&Rule, &Names),
    expression: &Expression,
    scope: &Scope<'_>,
    holds: Truth,
) -> Near {
    let looker = Looker { rule, names, scope };
    let near = looker.look(expression);
    match holds {
        Truth::True => Near {
            holds,
            near: 1.0,
            ..near
        },
        Truth::False | Truth::Unknown => Near { holds, ..near },
    }
}

struct Looker<'a> {
    rule: &'a Rule,
    names: &'a Names,
    scope: &'a Scope<'a>,
}

impl Looker<'_> {
    fn look(&self, expression: &Expression) -> Near {
        match expression {
            Expression::And(one, other) => {
                let (mut one, other) = (self.look(one), self.look(other));
                one.clauses.extend(other.clauses);
                Near {
                    holds: one.holds.and(other.holds),
                    near: one.near.min(other.near),
                    clauses: one.clauses,
                }
            }
            Expression::Or(one, other) => {
                let (one, other) = (self.look(one), self.look(other));
                let holds = one.holds.or(other.holds);
                let nearer = if other.near > one.near { other } else { one };
                Near { holds, ..nearer }
            }
            Expression::Compare(comparison, left, right) => self.compare(*comparison, left, right),
            other => {
                let holds = truth(other, self.scope);
                Near {
                    holds,
                    near: share(holds, 0.0),
                    clauses: vec![Clause {
                        subject: self.words(other),
                        bound: None,
                        value: f64::NAN,
                        metric: None,
                        against: None,
                        holds,
                    }],
                }
            }
        }
    }

    /// What is measured stands left of what it is compared with.
    fn compare(&self, comparison: Comparison, left: &Expression, right: &Expression) -> Near {
        let is_fixed = |side: &Expression| self.is_fixed(side);
        let (comparison, left, right) = match is_fixed(left) && !is_fixed(right) {
            true => (comparison.flipped(), right, left),
            false => (comparison, left, right),
        };
        let value = number(left, self.scope);
        let bound = number(right, self.scope);
        let whole =
            Expression::Compare(comparison, Box::new(left.clone()), Box::new(right.clone()));
        let holds = truth(&whole, self.scope);
        let clause = Clause {
            subject: self.words(left),
            bound: Some((comparison, bound)),
            value,
            metric: self.metric(left),
            against: self.against(left),
            holds,
        };
        Near {
            holds,
            near: share(holds, nearness(comparison, value, bound)),
            clauses: vec![clause],
        }
    }

    fn is_fixed(&self, expression: &Expression) -> bool {
        match expression {
            Expression::Number(_) => true,
            Expression::Variable(variable) => self.names.is_parameter(*variable),
            Expression::Negative(inner) => self.is_fixed(inner),
            Expression::Arithmetic(_, one, other) => self.is_fixed(one) && self.is_fixed(other),
            _ => false,
        }
    }

    /// In whose unit it is.
    fn metric(&self, expression: &Expression) -> Option<Arc<str>> {
        match expression {
            Expression::Variable(variable) => self.measured(*variable),
            Expression::Aggregate { function, of, .. } => match function {
                Aggregate::Average | Aggregate::Minimum | Aggregate::Maximum | Aggregate::Last => {
                    self.measured(*of)
                }
                Aggregate::Rate | Aggregate::Increase | Aggregate::Count => None,
            },
            Expression::Forecast { of, .. } => self.measured(*of),
            Expression::Known(value, _) => self.metric(value),
            _ => None,
        }
    }

    /// What is usual of what an anomaly is asked of.
    fn against(&self, expression: &Expression) -> Option<Against> {
        let Expression::Anomaly { of, days } = expression else {
            return None;
        };
        let (of, days) = (*of, *days);
        let baseline = self.scope.baseline(UsualNeed { of, days }).ok()?;
        Some(Against {
            metric: self.measured(of),
            lately: baseline.lately(self.scope.now),
            usual: baseline.usual(),
        })
    }

    fn measured(&self, variable: Variable) -> Option<Arc<str>> {
        let own = match &self.rule.on {
            On::Metric(metric) => metric,
            On::Event(_) | On::Host => return None,
        };
        match variable.at() {
            0 => Some(Arc::clone(own)),
            at => self
                .rule
                .with
                .get(at - 1)
                .map(|(_, metric)| Arc::clone(metric)),
        }
    }

    /// What people read for a variable: for the rule's own value the last word of its metric.
    fn name(&self, variable: Variable) -> String {
        match (&self.rule.on, variable.at()) {
            (On::Metric(metric), 0) => {
                let last = metric.rsplit('.').next();
                last.unwrap_or(metric).replace('_', " ")
            }
            (_, _) => self.names.name(variable).unwrap_or("it").to_owned(),
        }
    }

    fn words(&self, expression: &Expression) -> String {
        let of = |of: &Variable| match of.at() {
            0 => String::new(),
            _ => format!(" of {}", self.name(*of)),
        };
        let seconds = |over: &std::time::Duration| format!("{} s", over.as_secs());
        match expression {
            Expression::Number(number) => number.to_string(),
            Expression::Truth(truth) => truth.to_string(),
            Expression::Variable(variable) => self.name(*variable),
            Expression::Negative(inner) => format!("-{}", self.words(inner)),
            Expression::Arithmetic(what, one, other) => {
                let sign = match what {
                    Arithmetic::Add => '+',
                    Arithmetic::Subtract => '-',
                    Arithmetic::Multiply => '*',
                    Arithmetic::Divide => '/',
                    Arithmetic::Remainder => '%',
                };
                format!("{} {sign} {}", self.words(one), self.words(other))
            }
            Expression::Compare(..) | Expression::And(..) | Expression::Or(..) => {
                "several comparisons".to_owned()
            }
            Expression::Not(inner) => format!("not ({})", self.words(inner)),
            Expression::If(..) => "a choice".to_owned(),
            Expression::Known(value, _) => self.words(value),
            Expression::Aggregate {
                function,
                of: variable,
                over,
            } => {
                let function = match function {
                    Aggregate::Average => "average",
                    Aggregate::Minimum => "minimum",
                    Aggregate::Maximum => "maximum",
                    Aggregate::Rate => "rate",
                    Aggregate::Increase => "increase",
                    Aggregate::Count => "count",
                    Aggregate::Last => "last value",
                };
                format!("{function} over {}{}", seconds(over), of(variable))
            }
            Expression::Forecast {
                of: variable,
                ahead,
                ..
            } => {
                format!("forecast in {}{}", seconds(ahead), of(variable))
            }
            Expression::TimeTo { of: variable, .. } => {
                format!("time until the limit{}", of(variable))
            }
            Expression::Anomaly { of: variable, days } => {
                format!("deviation from the last {days} days{}", of(variable))
            }
            Expression::Changed { of: variable, over } => {
                format!("a change within {}{}", seconds(over), of(variable))
            }
            Expression::Absent { over, .. } => format!("absence for {}", seconds(over)),
            Expression::NOf { at_least, of, .. } => {
                format!("{at_least} of the last {of} observations")
            }
            Expression::HostIs { label, value } => format!("{label} {value:?}"),
        }
    }
}

/// What holds is as near as can be, what is not known is far.
fn share(holds: Truth, near: f64) -> f64 {
    match holds {
        Truth::True => 1.0,
        Truth::False => near.clamp(0.0, 0.99),
        Truth::Unknown => 0.0,
    }
}

/// By how much of the bound it misses; of what has no order nothing can be said.
fn nearness(comparison: Comparison, value: f64, bound: f64) -> f64 {
    let (small, large) = match comparison {
        Comparison::Greater | Comparison::GreaterOrEqual => (value, bound),
        Comparison::Less | Comparison::LessOrEqual => (bound, value),
        Comparison::Equal | Comparison::NotEqual => return 0.0,
    };
    match small >= 0.0 && large > 0.0 {
        true if large.is_finite() => small / large,
        _ => 0.0,
    }
}
