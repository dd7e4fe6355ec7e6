//! Decides whether a condition holds because something is unusual, and for no other reason.
//!
//! In: trees. Out: a finding where such a condition would open tickets: what is only unusual is
//! no fault. With a symptom beside it, it may be. Knows nothing of what is usual.

use vedette_config::{Code, Finding, Findings};
use vedette_triage::detect::Expression;

use super::Checked;
use super::atom::parts;

/// Whether a condition asks how far something is from what is usual.
pub(crate) fn asks_for_the_usual(condition: &Checked) -> bool {
    asks(&condition.tree)
}

/// Says where a condition that opens tickets can hold by what is unusual alone.
pub(crate) fn check_alone(condition: &Checked, findings: &mut Findings) {
    if holds_alone(&condition.tree) {
        findings.push(
            Finding::warning(
                Code::AnomalyAlone,
                "this opens tickets for what is only unusual",
            )
            .at(&condition.written.place, "nothing else must be wrong")
            .help("set handling to \"watch\", or ask for a symptom as well: anomaly(\"7d\") > 6 && ..."),
        );
    }
}

fn asks(tree: &Expression) -> bool {
    matches!(tree, Expression::Anomaly { .. }) || parts(tree).into_iter().any(asks)
}

/// A comparison of an anomaly needs no other; of several that must hold one may be a symptom.
fn holds_alone(tree: &Expression) -> bool {
    match tree {
        Expression::And(left, right) => holds_alone(left) && holds_alone(right),
        Expression::Or(left, right) => holds_alone(left) || holds_alone(right),
        Expression::NOf { condition, .. } => holds_alone(condition),
        other => asks(other),
    }
}
