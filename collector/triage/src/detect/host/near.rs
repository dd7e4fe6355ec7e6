//! Decides which conditions of a host come nearest to firing, for whoever asks why none does.
//!
//! In: what is kept of the host, and the rules. Out: [`Nearby`], the nearest first, a bounded
//! number. Changes nothing, and is asked by people only.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::detect::near::{self, Near};
use crate::detect::rule_set::Facts;
use crate::detect::series::Series;
use crate::detect::states::Case;
use crate::detect::{Condition, Level, On, Rule, RuleSet, Truth};
use crate::{Labels, Severity, Timestamp};

use super::HostWatch;
use super::beside::Beside;

/// How one thing stands to one rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Nearby {
    /// The rule.
    pub rule: Arc<str>,
    /// What it is about: the attributes that identify the series.
    pub thing: Labels,
    /// What would come next: of what is well a warning, where the rule has one.
    pub next: Severity,
    /// How near that is.
    pub near: Near,
    /// How it stands now.
    pub level: Level,
    /// Since when the condition holds, where it must hold for a while.
    pub since: Option<Timestamp>,
    /// Set where an exception switches the rule off.
    pub is_off: bool,
}

/// What a rule has to look at on a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// No series of its metric was ever seen since the collector started.
    Nothing,
    /// There are such series, and its matchers want none of them.
    NoneMatches,
    /// There are such series.
    Something,
    /// It looks at events, or at the host itself.
    NoSeries,
}

impl HostWatch {
    /// The conditions on series that come nearest to firing or to being worse, the nearest first;
    /// of one rule, if one is named, all that are so, fire or not.
    pub fn nearest(&self, rules: &RuleSet, only: Option<&str>, at_most: usize) -> Vec<Nearby> {
        let Some(now) = self.round_at else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for metric in self.series.metrics() {
            for (rule, facts) in rules.on_metric(metric) {
                if only.is_some_and(|only| *rule.name != *only) {
                    continue;
                }
                found.extend(self.of_rule((rule, facts), metric, now));
            }
        }
        if only.is_none() {
            found.retain(|nearby| {
                nearby.level == Level::Ok && !nearby.is_off && nearby.near.near > 0.0
            });
        }
        found.sort_by(|one, other| {
            let by_near = other.near.near.partial_cmp(&one.near.near);
            let by_name = (&one.rule, &one.thing).cmp(&(&other.rule, &other.thing));
            by_near.unwrap_or(Ordering::Equal).then(by_name)
        });
        found.truncate(at_most);
        found
    }

    /// What a rule has to look at here.
    pub fn sight(&self, rule: &Rule) -> Sight {
        let On::Metric(metric) = &rule.on else {
            return Sight::NoSeries;
        };
        let wanted = |series: &Series| self.is_wanted(rule, series);
        let mut all = self.series.of(metric).map(|(_, series)| series);
        match all.next() {
            None => Sight::Nothing,
            Some(first) if wanted(first) || all.any(wanted) => Sight::Something,
            Some(_) => Sight::NoneMatches,
        }
    }

    fn is_wanted(&self, rule: &Rule, series: &Series) -> bool {
        let attributes = self.series.attributes_of(series);
        rule.matchers.match_all(attributes)
    }

    fn of_rule(&self, (rule, facts): (&Rule, &Facts), metric: &str, now: Timestamp) -> Vec<Nearby> {
        let series = self.series.of(metric);
        let wanted = series.filter(|(_, series)| self.is_wanted(rule, series));
        let near = |(identity, series): (&Labels, &Series)| {
            let mut beside = Beside::new();
            let others = rule.with.iter();
            let others = others.map(|(_, metric)| self.series.beside(metric, identity));
            beside.fill(series, others, now);
            let case = Case {
                attributes: Some(self.series.attributes_of(series)),
                values: &beside.values,
                sources: &beside.sources,
                ..Case::plain(now, &self.labels, identity)
            };
            let (level, since) = self.states.standing(rule, identity);
            let (next, condition) = next(rule, level)?;
            let is_off = crate::detect::states::is_off(rule, &case);
            let near = self
                .states
                .look((rule, facts), condition, &case, |scope, holds| {
                    near::look((rule, &facts.names), condition.expression(), scope, holds)
                });
            Some(Nearby {
                rule: Arc::clone(&rule.name),
                thing: identity.clone(),
                next,
                since: since.filter(|_| near.holds == Truth::True),
                near,
                level,
                is_off,
            })
        };
        wanted.filter_map(near).collect()
    }
}

/// What would come next, and by which condition; nothing is worse than critical.
fn next(rule: &Rule, level: Level) -> Option<(Severity, &Condition)> {
    let warning = rule.warning.as_deref().filter(|_| level == Level::Ok);
    let critical = rule.critical.as_deref();
    let warning = warning.map(|condition| (Severity::Warning, condition));
    warning.or(critical.map(|condition| (Severity::Critical, condition)))
}
