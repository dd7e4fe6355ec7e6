//! Decides what one thing is judged by: what was measured, the parameters, and what an exception sets
//! instead.
//!
//! In: a rule, what was measured. Out: its parameters, and whether it is bad before anything is
//! kept of it.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use crate::detect::rule_set::Facts;
use crate::detect::scope::{Scope, Source};
use crate::detect::{Condition, Effect, Rule, Truth};
use crate::{Labels, Late, Timestamp};

/// One thing to judge.
pub(in super::super) struct Case<'a> {
    pub(in super::super) now: Timestamp,
    /// The labels of the host.
    pub(in super::super) host: &'a Labels,
    /// The attributes that identify.
    pub(in super::super) identity: &'a Labels,
    /// All attributes; none where nothing new is known of them.
    pub(in super::super) attributes: Option<&'a Labels>,
    /// By measured variable, as many as there are.
    pub(in super::super) values: &'a [f64],
    pub(in super::super) sources: &'a [Source<'a>],
    /// Whether this is a new observation, not the last one once more.
    pub(in super::super) fresh: bool,
    /// How long what is measured stays known.
    pub(in super::super) known_for: Duration,
    /// What the check or event says, for people.
    pub(in super::super) text: &'a str,
    /// The event that is judged, if it is one.
    pub(in super::super) event: Option<OfEvent<'a>>,
}

/// The newest event that is judged.
#[derive(Clone, Copy)]
pub(in super::super) struct OfEvent<'a> {
    pub(in super::super) id: &'a str,
    pub(in super::super) happened: Timestamp,
    /// Whether it came late, and whether its effect still holds (invariant 17).
    pub(in super::super) late: Option<Late>,
}

impl<'a> Case<'a> {
    /// Of something without series, windows or texts.
    pub(in super::super) fn plain(
        now: Timestamp,
        host: &'a Labels,
        identity: &'a Labels,
    ) -> Case<'a> {
        Case {
            now,
            host,
            identity,
            attributes: None,
            values: &[],
            sources: &[],
            fresh: false,
            known_for: Duration::ZERO,
            text: "",
            event: None,
        }
    }

    /// What its conditions see.
    pub(super) fn scope(&self, params: &'a [f64]) -> Scope<'a> {
        Scope::measured(self.now, (self.values, params), self.sources, self.host)
    }
}

/// Whether a condition without a memory would hold, by other windows than those it is judged by.
pub(in super::super) fn would_hold((rule, facts): (&Rule, &Facts), case: &Case<'_>) -> Truth {
    let params = params(rule, facts, effect(rule, case));
    bad(rule, &case.scope(&params))
}

/// Whether it is bad, before anything is kept of it.
pub(super) fn bad(rule: &Rule, scope: &Scope<'_>) -> Truth {
    let holds = |condition: Option<&Arc<Condition>>| {
        condition.map_or(Truth::False, |condition| condition.holds(scope))
    };
    match holds(rule.critical.as_ref()) {
        Truth::True => Truth::True,
        critical @ (Truth::False | Truth::Unknown) => holds(rule.warning.as_ref()).or(critical),
    }
}

/// Whether an exception switches a rule off here.
pub(in super::super) fn is_off(rule: &Rule, case: &Case<'_>) -> bool {
    effect(rule, case) == Some(&Effect::Off)
}

pub(super) fn effect<'a>(rule: &'a Rule, case: &Case<'_>) -> Option<&'a Effect> {
    if rule.exceptions.is_empty() {
        return None;
    }
    // The host's labels win: an agent must not widen an exception by an attribute.
    let attributes = case.attributes.unwrap_or(case.identity);
    let labels: Labels = attributes.iter().chain(case.host.iter()).collect();
    rule.exception(case.now, &labels)
}

/// What the parameters are worth here.
pub(super) fn params<'a>(rule: &Rule, facts: &'a Facts, effect: Option<&Effect>) -> Cow<'a, [f64]> {
    let mut params = Cow::Borrowed(&facts.params[..]);
    if let Some(Effect::Set(set)) = effect {
        let first = facts.names.measured();
        for (variable, value) in set {
            let at = variable.at().checked_sub(first);
            if let Some(at) = at.filter(|at| *at < rule.params.len()) {
                params.to_mut()[at] = *value;
            }
        }
    }
    params
}
