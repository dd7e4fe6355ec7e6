//! Decides whether any value meets a comparison, and says so where none does.
//!
//! In: both sides with the values they can have. Out: a finding at the comparison, and at
//! the parameter that is out of reach.

use cel::common::ast::IdedExpr;
use vedette_config::{Code, Finding};
use vedette_triage::detect::{Comparison, Expression};

use super::convert::{Conversion, Number};
use super::{Interval, Role};

impl Conversion<'_> {
    /// Says whether no value, or every value, meets a comparison.
    pub(super) fn check_reach(
        &mut self,
        comparison: Comparison,
        (left, left_at): (&Number, &IdedExpr),
        (right, right_at): (&Number, &IdedExpr),
        at: &IdedExpr,
    ) {
        if !left.is_measured && !right.is_measured {
            return;
        }
        let Some(always) = left.within.compared(comparison, right.within) else {
            return;
        };
        // Said from the side of what is measured.
        let ((measured, measured_at), (limit, limit_at)) = if left.is_measured {
            ((left, left_at), (right, right_at))
        } else {
            ((right, right_at), (left, left_at))
        };
        let place = self.place(at);
        let range = format!("`{}` is {}", self.text(measured_at), shown(measured.within));
        let (code, message) = match (always, self.role) {
            (true, _) => (
                Code::ConditionAlwaysTrue,
                format!("this is always true: {range}"),
            ),
            (false, Role::Fires) => (
                Code::ConditionNeverTrue,
                format!("this is never true: {range}"),
            ),
            (false, Role::Clears) => (
                Code::ClearNeverReached,
                format!("this is never true: {range}"),
            ),
        };
        let mut finding = if always {
            Finding::warning(code, message)
        } else {
            self.is_doubtful = true;
            Finding::error(code, message)
        };
        let reached = match always {
            true => String::new(),
            false => never(comparison, left.is_measured, &shown(limit.within)),
        };
        finding = finding.at(&place, reached);
        if let Expression::Variable(variable) = limit.tree
            && let Some(param) = self.sight.params.get(&variable)
        {
            let name = self.text(limit_at).to_owned();
            finding = finding.at(param, format!("`{name}` is {}", shown(limit.within)));
        }
        self.push(match as_share(measured.within, limit.within) {
            Some(share) => finding.help(format!("did you mean {share}?")),
            None => finding,
        });
    }
}

/// Why a comparison with a limit is never met. `is_before`: what is measured stands before it.
fn never(comparison: Comparison, is_before: bool, limit: &str) -> String {
    let seen = match is_before {
        true => comparison,
        false => comparison.flipped(),
    };
    match seen {
        Comparison::Greater => format!("it is never above {limit}"),
        Comparison::Less => format!("it is never below {limit}"),
        Comparison::GreaterOrEqual | Comparison::LessOrEqual | Comparison::Equal => {
            format!("{limit} is never reached")
        }
        Comparison::NotEqual => format!("it is always {limit}"),
    }
}

/// `0 to 1`, `at least 0`, `90`.
#[allow(clippy::float_cmp)] // a point is exactly that number
fn shown(within: Interval) -> String {
    // Six digits are enough for people; 0.9 - 0.05 is not exactly 0.85.
    let rounded = |value: f64| format!("{value:.5e}").parse().unwrap_or(value);
    let [low, high] = [within.low, within.high].map(rounded);
    match (low.is_finite(), high.is_finite()) {
        _ if low == high => format!("{low}"),
        (true, true) => format!("{low} to {high}"),
        (true, false) => format!("at least {low}"),
        (false, true) => format!("at most {high}"),
        (false, false) => "any number".to_owned(),
    }
}

/// Somebody wrote per cent where a share is meant.
#[allow(clippy::float_cmp)] // the bounds of a share are written exactly so
fn as_share(measured: Interval, limit: Interval) -> Option<String> {
    let is_share = measured.low == 0.0 && measured.high == 1.0;
    let is_percent = limit.low == limit.high && limit.low > 1.0 && limit.low <= 100.0;
    (is_share && is_percent).then(|| format!("{:.2}", limit.low / 100.0))
}
