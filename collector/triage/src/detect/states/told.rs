//! Decides which values people are told with what is found: those the condition saw, where they are
//! heading, and what is usual.
//!
//! In: a rule, and what it was judged by. Out: names and finite values, bounded.

use super::Case;
use crate::About;
use crate::detect::rule_set::Facts;
use crate::detect::window::Heading;
use crate::detect::{Names, Rule, Usual};

/// Where the rule's own series is heading, as far as that is asked for and known.
fn heading(rule: &Rule, case: &Case<'_>) -> Option<Heading> {
    let trend = rule.trend?;
    let recent = case.sources.first()?.recent?;
    recent.heading(trend.over, case.now, trend.limit)
}

/// What it is lately, and what is usual, where its rule asks for that.
fn of_baseline(facts: &Facts, case: &Case<'_>) -> Option<[(&'static str, f64); 2]> {
    let need = facts.usual?;
    let baseline = case.sources.get(need.of.at())?.baseline(need.days)?;
    let usual = match baseline.usual() {
        Usual::Known { middle, .. } => middle,
        Usual::WarmingUp { .. } => f64::NAN,
    };
    let [lately, usually] = Names::OF_BASELINE;
    Some([(lately, baseline.lately(case.now)), (usually, usual)])
}

/// What people are told of them: those with a name and a finite value.
pub(super) fn told(
    rule: &Rule,
    facts: &Facts,
    params: &[f64],
    case: &Case<'_>,
) -> Vec<(String, f64)> {
    let of_trend = heading(rule, case).into_iter().flat_map(|heading| {
        [
            (About::TIME_TO_BREACH, heading.left_s),
            (About::TREND, heading.nearer_per_hour),
        ]
    });
    let named = || facts.names.iter();
    let measured = facts.names.measured();
    // Parameters last: of many values only the first are shown.
    named()
        .zip(case.values.iter().copied())
        .chain(of_trend)
        .chain(of_baseline(facts, case).into_iter().flatten())
        .chain(named().skip(measured).zip(params.iter().copied()))
        .filter(|(name, value)| !name.is_empty() && value.is_finite())
        .map(|(name, value)| (name.to_owned(), value))
        .take(crate::limits::VALUES_MAX)
        .collect()
}
