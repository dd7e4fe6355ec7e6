//! Decides what a trial of a condition makes up, and what it computes from that.
//!
//! In: an expression. Out: whether it is a constant, one thing with values of its own, or
//! made of parts. Knows nothing of combinations.

use vedette_triage::detect::{Aggregate, Expression};

use super::{Interval, Sight};

/// The end of a scale that has none; past every number anybody compares with.
pub(super) const FAR: f64 = 1e300;
/// From here on a number is only called large.
pub(super) const LARGE: f64 = 1e18;

/// One thing a condition looks at.
pub(super) struct Atom {
    pub(super) tree: Expression,
    pub(super) within: Interval,
    /// Whether it may be worth anything at the next moment: windows, the host.
    pub(super) is_passing: bool,
    pub(super) values: Vec<f64>,
}

/// What an expression is to a trial.
pub(super) enum Kind {
    /// The same always.
    Constant,
    /// It can be worth anything within this; whether it passes.
    Atom(Interval, bool),
    /// What its parts make it.
    Parts,
}

/// What this expression is to a trial.
pub(super) fn kind(tree: &Expression, sight: &Sight) -> Kind {
    let either = Interval {
        low: 0.0,
        high: 1.0,
    };
    match tree {
        Expression::Number(_) | Expression::Truth(_) => Kind::Constant,
        Expression::Variable(variable) if sight.names.is_parameter(*variable) => Kind::Constant,
        Expression::Variable(variable) => Kind::Atom(sight.within(*variable), false),
        Expression::Aggregate { function, of, .. } => match function {
            Aggregate::Average | Aggregate::Minimum | Aggregate::Maximum | Aggregate::Last => {
                Kind::Atom(sight.within(*of), true)
            }
            Aggregate::Rate | Aggregate::Increase | Aggregate::Count => {
                Kind::Atom(Interval::POSITIVE, true)
            }
        },
        Expression::Forecast { .. } | Expression::Anomaly { .. } => Kind::Atom(Interval::ALL, true),
        Expression::TimeTo { .. } => Kind::Atom(Interval::POSITIVE, true),
        Expression::Changed { .. } | Expression::Absent { .. } | Expression::HostIs { .. } => {
            Kind::Atom(either, true)
        }
        Expression::Negative(_)
        | Expression::Arithmetic(..)
        | Expression::Compare(..)
        | Expression::And(..)
        | Expression::Or(..)
        | Expression::Not(_)
        | Expression::If(..)
        | Expression::Known(..)
        | Expression::NOf { .. } => Kind::Parts,
    }
}

/// What an expression is made of.
pub(super) fn parts(tree: &Expression) -> Vec<&Expression> {
    match tree {
        Expression::Negative(inner)
        | Expression::Not(inner)
        | Expression::NOf {
            condition: inner, ..
        } => vec![inner],
        Expression::Known(left, right)
        | Expression::Arithmetic(_, left, right)
        | Expression::Compare(_, left, right)
        | Expression::And(left, right)
        | Expression::Or(left, right) => vec![left, right],
        Expression::If(condition, then, otherwise) => vec![condition, then, otherwise],
        Expression::Number(_)
        | Expression::Truth(_)
        | Expression::Variable(_)
        | Expression::Aggregate { .. }
        | Expression::Forecast { .. }
        | Expression::TimeTo { .. }
        | Expression::Anomaly { .. }
        | Expression::Changed { .. }
        | Expression::Absent { .. }
        | Expression::HostIs { .. } => Vec::new(),
    }
}

/// Both ends of the scale, every place where something changes, and one value between each two.
pub(super) fn values(atom: &Atom, mut breaks: Vec<f64>) -> Vec<f64> {
    let is_truth = matches!(
        atom.tree,
        Expression::Changed { .. } | Expression::Absent { .. } | Expression::HostIs { .. }
    );
    if is_truth {
        return vec![0.0, 1.0];
    }
    let (low, high) = (atom.within.low.max(-FAR), atom.within.high.min(FAR));
    breaks.retain(|value| low < *value && *value < high);
    breaks.sort_by(f64::total_cmp);
    breaks.dedup();
    let mut values = vec![low];
    for value in breaks.into_iter().chain([high]) {
        let before = values.last().copied().unwrap_or(low);
        values.push(f64::midpoint(before, value));
        values.push(value);
    }
    values
}
