//! Keeps all rules, by what they look at; refuses those that could not be evaluated.
//!
//! In: rules in the order of the policy. Out: look-ups in that order; of each metric that rules
//! look at, its number and what they want of it. Knows nothing of hosts.

mod fault;
mod wanted;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

pub use self::fault::RuleFault;
pub(crate) use self::wanted::{Kept, MetricNumber, Metrics, Wanted};
use super::scope::UsualNeed;
use super::{Condition, Keeps, Names, Need, On, Rule, Variable, limits};
use crate::Labels;

/// The compiled detection rules.
#[derive(Debug, Clone)]
pub struct RuleSet {
    rules: Vec<Arc<Rule>>,
    facts: Vec<Facts>,
    by_name: BTreeMap<Arc<str>, usize>,
    by_event: BTreeMap<Arc<str>, Vec<usize>>,
    on_host: Vec<usize>,
    metrics: Metrics,
    wanted: Vec<Wanted>,
    close_delay: Duration,
    gone_after: Duration,
}

/// What is known of a rule before it is evaluated.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// What is to be kept of the series it is on.
    pub(crate) own: Kept,
    /// The numbers of the others it looks at.
    pub(crate) with: Vec<MetricNumber>,
    /// What its parameters are worth where no exception says otherwise.
    pub(crate) params: Vec<f64>,
    /// Names of values, as they are told.
    pub(crate) names: Names,
    /// How far back it looks.
    pub(crate) windows: Vec<Duration>,
    /// What people are told the usual of.
    pub(crate) usual: Option<UsualNeed>,
    pub(crate) looks_for_absence: bool,
    pub(crate) counts_observations: bool,
}

impl Default for RuleSet {
    /// No rules; delays as in the contract.
    fn default() -> RuleSet {
        RuleSet {
            rules: Vec::new(),
            facts: Vec::new(),
            by_name: BTreeMap::new(),
            by_event: BTreeMap::new(),
            on_host: Vec::new(),
            metrics: Metrics::default(),
            wanted: Vec::new(),
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
        set.metrics = Metrics::of(&rules);
        set.wanted.resize_with(set.metrics.len(), Wanted::default);
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

    /// The metrics rules look at.
    pub(crate) fn numbered(&self) -> &Metrics {
        &self.metrics
    }

    /// What rules want of a metric.
    pub(crate) fn wanted(&self, metric: MetricNumber) -> &Wanted {
        &self.wanted[metric.at()]
    }

    /// The numbers of the rules that look at a series of a metric with these attributes, in order.
    pub(crate) fn looking_at(
        &self,
        metric: MetricNumber,
        attributes: &Labels,
    ) -> impl Iterator<Item = u16> {
        let rules = self.wanted(metric).rules.iter().copied();
        rules.filter(|number| self.numbered_rule(*number).0.matchers.match_all(attributes))
    }

    /// The rule of a number.
    pub(crate) fn numbered_rule(&self, number: u16) -> (&Rule, &Facts) {
        let at = usize::from(number);
        (&self.rules[at], &self.facts[at])
    }

    /// Every metric that a rule looks at.
    pub fn metrics(&self) -> impl Iterator<Item = &str> {
        self.metrics.iter().map(|metric| &**metric)
    }

    /// Whether any rule asks what is usual.
    pub fn looks_at_baselines(&self) -> bool {
        let mut wanted = self.wanted.iter();
        wanted.any(|wanted| !wanted.at_most.days.is_empty())
    }

    /// Whether any rule asks for what is not there.
    pub fn looks_for_absence(&self) -> bool {
        self.facts.iter().any(|facts| facts.looks_for_absence)
    }

    /// Every metric of which a rule looks at a window, with the longest of these.
    pub fn longest_windows(&self) -> impl Iterator<Item = (&Arc<str>, Duration)> {
        let all = self.metrics.iter().zip(&self.wanted);
        all.filter_map(|(metric, wanted)| {
            let windows = wanted.at_most.windows.iter();
            Some((metric, windows.map(|(over, _)| *over).max()?))
        })
    }

    /// The rules on each series of a metric.
    pub(crate) fn on_metric(&self, metric: &str) -> impl Iterator<Item = (&Rule, &Facts)> {
        let wanted = self.metrics.find(metric).map(|number| self.wanted(number));
        let rules = wanted.map_or(&[][..], |wanted| &wanted.rules);
        rules.iter().map(|number| self.numbered_rule(*number))
    }

    /// The kinds of events there are rules on, with these.
    pub(crate) fn on_events(
        &self,
    ) -> impl Iterator<Item = (&Arc<str>, impl Iterator<Item = (&Rule, &Facts)>)> {
        let kinds = self.by_event.iter();
        kinds.map(|(kind, rules)| (kind, self.at(rules)))
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
        let mut facts = checked(&rule)?;
        let at = self.rules.len();
        if self.by_name.insert(Arc::clone(&rule.name), at).is_some() {
            return Err(RuleFault::NameTwice(rule.name));
        }
        match &rule.on {
            On::Metric(metric) => {
                let number = u16::try_from(at).map_err(|_| RuleFault::TooManyRules)?;
                if let Some(own) = self.metrics.find(metric) {
                    self.wanted[own.at()].rules.push(number);
                }
                let with = rule.with.iter();
                let with = with.filter_map(|(_, metric)| self.metrics.find(metric));
                facts.with = with.collect();
                self.want(&rule, metric)?;
            }
            On::Event(kind) => self.by_event.entry(Arc::clone(kind)).or_default().push(at),
            On::Host => self.on_host.push(at),
        }
        self.facts.push(facts);
        self.rules.push(Arc::new(rule));
        Ok(())
    }

    fn want(&mut self, rule: &Rule, own: &Arc<str>) -> Result<(), RuleFault> {
        let metrics = std::iter::once(own).chain(rule.with.iter().map(|(_, metric)| metric));
        for (at, metric) in metrics.enumerate() {
            let Some(number) = self.metrics.find(metric) else {
                continue;
            };
            let wanted = &mut self.wanted[number.at()];
            let kept = kept(rule, at);
            wanted.at_most.add(&kept);
            if at > 0 {
                wanted.beside.add(&kept);
            }
            if wanted.at_most.lengths() > limits::WINDOWS_PER_METRIC_MAX {
                return Err(RuleFault::TooManyWindowsOf(Arc::clone(metric)));
            }
        }
        Ok(())
    }
}

/// What a rule wants of a measured variable.
fn kept(rule: &Rule, variable: usize) -> Kept {
    let windows = needs(rule).filter(|need| need.of.at() == variable);
    let windows: BTreeSet<_> = windows.map(|need| (need.over, need.keeps)).collect();
    let days = usuals(rule).filter(|need| need.of.at() == variable);
    let days: BTreeSet<u32> = days.map(|need| need.days).collect();
    Kept {
        windows: windows.into_iter().collect(),
        days: days.into_iter().collect(),
    }
}

fn conditions(rule: &Rule) -> impl Iterator<Item = &Arc<Condition>> {
    rule.conditions().into_iter().flatten()
}

fn needs(rule: &Rule) -> impl Iterator<Item = Need> {
    let of_trend = rule.trend.map(|trend| Need {
        of: Variable::OWN,
        over: trend.over,
        keeps: Keeps::Line,
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
    let distinct: BTreeSet<_> = needs(rule).map(|need| (need.of, need.over)).collect();
    if distinct.len() > limits::WINDOWS_PER_RULE_MAX {
        return Err(RuleFault::TooManyWindows(name()));
    }
    let windows: BTreeSet<Duration> = distinct.iter().map(|(_, over)| *over).collect();
    Ok(Facts {
        own: kept(rule, Variable::OWN.at()),
        with: Vec::new(),
        params: rule.params.iter().map(|(_, value)| *value).collect(),
        names,
        windows: windows.into_iter().collect(),
        usual: usuals(rule).min(),
        looks_for_absence: conditions(rule).any(|condition| condition.looks_for_absence()),
        counts_observations: conditions(rule).any(|condition| condition.counts_observations()),
    })
}
