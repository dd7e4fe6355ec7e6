//! Keeps all rules, by what they look at; refuses those that could not be evaluated.
//!
//! In: rules in the order of the policy. Out: look-ups in that order. Knows
//! nothing of hosts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::scope::UsualNeed;
use super::{Condition, Names, On, Rule, Variable, limits};

/// The compiled detection rules.
#[derive(Debug, Clone)]
pub struct RuleSet {
    rules: Vec<Arc<Rule>>,
    facts: Vec<Facts>,
    by_name: BTreeMap<Arc<str>, usize>,
    by_metric: BTreeMap<Arc<str>, Vec<usize>>,
    by_event: BTreeMap<Arc<str>, Vec<usize>>,
    on_host: Vec<usize>,
    /// Every metric a rule looks at, with the windows it needs.
    windows: BTreeMap<Arc<str>, Vec<Duration>>,
    /// Over how many days the usual of a metric must be known.
    baselines: BTreeMap<Arc<str>, Vec<u32>>,
    close_delay: Duration,
    gone_after: Duration,
}

/// What is known of a rule before it is evaluated.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// Names of values, as they are told.
    pub(crate) names: Names,
    /// Its windows over events.
    pub(crate) windows: Vec<Duration>,
    /// What people are told the usual of.
    pub(crate) usual: Option<UsualNeed>,
    pub(crate) looks_for_absence: bool,
    pub(crate) counts_observations: bool,
}

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

impl Default for RuleSet {
    /// No rules; delays as in the contract.
    fn default() -> RuleSet {
        RuleSet {
            rules: Vec::new(),
            facts: Vec::new(),
            by_name: BTreeMap::new(),
            by_metric: BTreeMap::new(),
            by_event: BTreeMap::new(),
            on_host: Vec::new(),
            windows: BTreeMap::new(),
            baselines: BTreeMap::new(),
            close_delay: Duration::from_secs(5 * 60),
            gone_after: Duration::from_secs(24 * 3600),
        }
    }
}

impl RuleSet {
    /// Takes rules in order. `close_delay`: how long `critical` must not have held before it
    /// eases, where a rule does not say. `gone_after`: how long a thing must not be there.
    pub fn new(
        rules: Vec<Rule>,
        close_delay: Duration,
        gone_after: Duration,
    ) -> Result<RuleSet, RuleFault> {
        if rules.len() > limits::RULES_MAX {
            return Err(RuleFault::TooManyRules);
        }
        let mut set = RuleSet {
            close_delay,
            gone_after,
            ..RuleSet::default()
        };
        for rule in rules {
            set.add(rule)?;
        }
        Ok(set)
    }

    /// The rule of a name.
    pub fn get(&self, name: &str) -> Option<&Arc<Rule>> {
        self.by_name.get(name).map(|at| &self.rules[*at])
    }

    /// All rules in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<Rule>> + Clone {
        self.rules.iter()
    }

    /// How long `critical` must not have held before it eases, where a rule does not say.
    pub fn close_delay(&self) -> Duration {
        self.close_delay
    }

    /// How long a thing must not be there before its alert ends.
    pub fn gone_after(&self) -> Duration {
        self.gone_after
    }

    /// What is known of a rule beforehand.
    pub(crate) fn facts(&self, name: &str) -> Option<&Facts> {
        let at = self.by_name.get(name)?;
        self.facts.get(*at)
    }

    /// The windows to keep of a metric; none if no rule looks at it.
    pub(crate) fn windows_of(&self, metric: &str) -> Option<&[Duration]> {
        self.windows.get(metric).map(Vec::as_slice)
    }

    /// Every metric that a rule looks at.
    pub fn metrics(&self) -> impl Iterator<Item = &str> {
        self.windows.keys().map(|metric| &**metric)
    }

    /// Whether any rule asks what is usual.
    pub fn looks_at_baselines(&self) -> bool {
        !self.baselines.is_empty()
    }

    /// Whether any rule asks for what is not there.
    pub fn looks_for_absence(&self) -> bool {
        self.facts.iter().any(|facts| facts.looks_for_absence)
    }

    /// Every metric of which a rule looks at a window, with the longest of these.
    pub fn longest_windows(&self) -> impl Iterator<Item = (&Arc<str>, Duration)> {
        let windows = self.windows.iter();
        windows.filter_map(|(metric, windows)| Some((metric, *windows.iter().max()?)))
    }

    /// Over how many days the usual of a metric is to be kept; none where no rule asks.
    pub(crate) fn baselines_of(&self, metric: &str) -> &[u32] {
        self.baselines.get(metric).map_or(&[], Vec::as_slice)
    }

    /// The rules on each series of a metric.
    pub(crate) fn on_metric(&self, metric: &str) -> impl Iterator<Item = (&Rule, &Facts)> {
        self.at(self.by_metric.get(metric).map_or(&[], Vec::as_slice))
    }

    /// The rules on a kind of event, of all kinds.
    pub(crate) fn on_events(&self) -> impl Iterator<Item = (&Rule, &Facts)> {
        self.by_event.values().flat_map(|rules| self.at(rules))
    }

    /// The rules on the host itself.
    pub(crate) fn on_host(&self) -> impl Iterator<Item = (&Rule, &Facts)> {
        self.at(&self.on_host)
    }

    fn at<'a>(&'a self, places: &'a [usize]) -> impl Iterator<Item = (&'a Rule, &'a Facts)> {
        places
            .iter()
            .map(|at| (&*self.rules[*at], &self.facts[*at]))
    }

    fn add(&mut self, rule: Rule) -> Result<(), RuleFault> {
        let facts = checked(&rule)?;
        let at = self.rules.len();
        if self.by_name.insert(Arc::clone(&rule.name), at).is_some() {
            return Err(RuleFault::NameTwice(rule.name));
        }
        match &rule.on {
            On::Metric(metric) => {
                self.by_metric
                    .entry(Arc::clone(metric))
                    .or_default()
                    .push(at);
                self.keep_windows(&rule, metric)?;
            }
            On::Event(kind) => self.by_event.entry(Arc::clone(kind)).or_default().push(at),
            On::Host => self.on_host.push(at),
        }
        self.facts.push(facts);
        self.rules.push(Arc::new(rule));
        Ok(())
    }

    fn keep_windows(&mut self, rule: &Rule, own: &Arc<str>) -> Result<(), RuleFault> {
        let metrics = std::iter::once(own).chain(rule.with.iter().map(|(_, metric)| metric));
        for (at, metric) in metrics.enumerate() {
            let windows = self.windows.entry(Arc::clone(metric)).or_default();
            for need in needs(rule).filter(|need| need.of.at() == at) {
                if !windows.contains(&need.over) {
                    windows.push(need.over);
                }
            }
            for need in usuals(rule).filter(|need| need.of.at() == at) {
                let days = self.baselines.entry(Arc::clone(metric)).or_default();
                if !days.contains(&need.days) {
                    days.push(need.days);
                }
            }
            if windows.len() > limits::WINDOWS_PER_METRIC_MAX {
                return Err(RuleFault::TooManyWindowsOf(Arc::clone(metric)));
            }
        }
        Ok(())
    }
}

fn conditions(rule: &Rule) -> impl Iterator<Item = &Arc<Condition>> {
    rule.conditions().into_iter().flatten()
}

fn needs(rule: &Rule) -> impl Iterator<Item = super::Need> {
    let of_trend = rule.trend.map(|trend| super::Need {
        of: Variable::OWN,
        over: trend.over,
    });
    conditions(rule)
        .flat_map(|condition| condition.windows().iter().copied())
        .chain(of_trend)
}

fn usuals(rule: &Rule) -> impl Iterator<Item = UsualNeed> {
    conditions(rule).flat_map(|condition| condition.baselines().iter().copied())
}

fn checked(rule: &Rule) -> Result<Facts, RuleFault> {
    let name = || Arc::clone(&rule.name);
    if rule.warning.is_none() && rule.critical.is_none() {
        return Err(RuleFault::NoCondition(name()));
    }
    if rule.with.len() > limits::WITH_MAX {
        return Err(RuleFault::TooManyWith(name()));
    }
    if rule.params.len() > limits::PARAMS_MAX {
        return Err(RuleFault::TooManyParams(name()));
    }
    let names = rule.names();
    let windowed = match rule.on {
        On::Metric(_) => names.measured(),
        On::Event(_) => 1,
        On::Host => 0,
    };
    let with_baseline = match rule.on {
        On::Metric(_) => names.measured(),
        On::Event(_) | On::Host => 0,
    };
    let mut variables = conditions(rule).flat_map(|condition| condition.variables());
    if variables.any(|variable| variable.at() >= names.len())
        || needs(rule).any(|need| need.of.at() >= windowed)
        || usuals(rule).any(|need| need.of.at() >= with_baseline)
    {
        return Err(RuleFault::Variable(name()));
    }
    let distinct: BTreeSet<_> = needs(rule).collect();
    if distinct.len() > limits::WINDOWS_PER_RULE_MAX {
        return Err(RuleFault::TooManyWindows(name()));
    }
    let windows: BTreeSet<Duration> = distinct.iter().map(|need| need.over).collect();
    Ok(Facts {
        names,
        windows: windows.into_iter().collect(),
        usual: usuals(rule).min(),
        looks_for_absence: conditions(rule).any(|condition| condition.looks_for_absence()),
        counts_observations: conditions(rule).any(|condition| condition.counts_observations()),
    })
}
