//! Decides whether a rule does what its own tests say.
//!
//! In: one rule, values over time, what is expected when. Out: what was seen
//! at each of these times. It runs what runs in earnest, in steps of 15 s.
//! Knows nothing of files or titles.

use std::collections::BTreeMap;
use std::time::Duration;

use vedette_wire::{
    CheckRun, CheckState, Class, HostFacts, Looked, ProbeRun, Report, Round, Sample, Stream,
    WIRE_VERSION, metric,
};

use super::series::identity;
use super::{
    HostWatch, KeptBaseline, Names, Observed, On, Rule, RuleFault, RuleSet, SAYS_NOTHING, Settled,
    TEXT, Variable, limits,
};
use crate::{EntityId, Labels, Matchers, Says, Severity, Timestamp};

/// The pause between two simulated looks.
pub const STEP: Duration = Duration::from_secs(15);
/// When a trial begins; any time does.
const BEGIN: Timestamp = Timestamp::from_millis(1_000_000_000_000);

/// One test of one rule.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trial {
    /// The class of the host it is about.
    pub class: Class,
    /// The labels of the host.
    pub labels: BTreeMap<String, String>,
    /// The attributes of the series. A matcher of the rule on an attribute that is not here
    /// counts as met.
    pub attributes: BTreeMap<String, String>,
    /// What its value was at every hour of the days before, for `anomaly(..)`; none: nobody knows.
    pub usual: Option<f64>,
    /// What is measured when.
    pub given: Vec<Given>,
    /// What is expected when: none = ok.
    pub expect: Vec<(Duration, Option<Severity>)>,
}

/// What is measured from one time up to another, which is not included.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Given {
    /// From when; for a rule on an event: when it happens.
    pub from: Duration,
    /// Until when.
    pub to: Duration,
    /// By the names of the rule. What is not named is not there.
    pub values: Vec<(String, f64)>,
    /// Attributes of an event, or of the series as far as they differ.
    pub attributes: BTreeMap<String, String>,
    /// What the check or event says.
    pub text: String,
}

/// What was seen at a time at which something was expected.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// When.
    pub at: Duration,
    /// What was expected; none = ok.
    pub expected: Option<Severity>,
    /// What was found.
    pub found: Option<Severity>,
    /// The values of the last change, for the title.
    pub values: Vec<(String, f64)>,
    /// The attributes of the last change, for the title, with what the check or event says.
    pub attributes: Labels,
}

impl Seen {
    /// Whether it is as expected.
    pub fn is_met(&self) -> bool {
        self.expected == self.found
    }
}

/// Runs a test of a rule, its exceptions aside. Refuses a rule that no rule set takes.
///
/// Times past [`limits::TRIAL_MAX`] count as that.
pub fn run(
    rule: &Rule,
    trial: &Trial,
    close_delay: Duration,
    gone_after: Duration,
) -> Result<Vec<Seen>, RuleFault> {
    let rules = RuleSet::new(vec![tried(rule, trial)], close_delay, gone_after)?;
    let mut watch = HostWatch::new(&EntityId::new("trial"), BEGIN);
    watch.remember(&usual(rule, trial));
    let mut seen = Seen {
        at: Duration::ZERO,
        expected: None,
        found: None,
        values: Vec::new(),
        attributes: Labels::none(),
    };
    let mut expected: Vec<(Duration, Option<Severity>)> = trial.expect.clone();
    expected.sort_by_key(|(at, _)| *at);
    let mut all = Vec::with_capacity(expected.len());
    let mut step = Duration::ZERO;
    for (at, severity) in expected {
        while step <= at.min(limits::TRIAL_MAX) {
            let observed = look(&mut watch, rule, trial, step, &rules);
            settle(&mut watch, &observed, &mut seen);
            step += STEP;
        }
        all.push(Seen {
            at,
            expected: severity,
            ..seen.clone()
        });
    }
    Ok(all)
}

fn tried(rule: &Rule, trial: &Trial) -> Rule {
    let is_given = |name: &str| {
        trial.attributes.contains_key(name)
            || trial
                .given
                .iter()
                .any(|given| given.attributes.contains_key(name))
    };
    let matchers = rule.matchers.0.iter();
    Rule {
        matchers: Matchers(
            matchers
                .filter(|matcher| is_given(matcher.name()))
                .cloned()
                .collect(),
        ),
        exceptions: Vec::new(),
        ..rule.clone()
    }
}

/// What the days before the trial were like, as far as the rule asks.
fn usual(rule: &Rule, trial: &Trial) -> Vec<KeptBaseline> {
    let (On::Metric(metric), Some(usual)) = (&rule.on, trial.usual) else {
        return Vec::new();
    };
    let sample = Sample {
        name: metric.to_string(),
        attributes: trial.attributes.clone(),
        value: usual,
    };
    let conditions = rule.conditions();
    let needs = conditions.iter().flatten().flat_map(|one| one.baselines());
    let own = needs.filter(|need| need.of == Variable::OWN);
    own.map(|need| {
        let series = (&**metric, identity(&sample));
        KeptBaseline::flat(series, need.days, usual, BEGIN)
    })
    .collect()
}

fn look(
    watch: &mut HostWatch,
    rule: &Rule,
    trial: &Trial,
    step: Duration,
    rules: &RuleSet,
) -> Observed {
    let now = BEGIN.after(step);
    let given = trial
        .given
        .iter()
        .find(|given| given.from <= step && step < given.to);
    match &rule.on {
        On::Metric(metric) => {
            let report = report(trial, step, round(rule, metric, trial, given, step));
            let mut observed = Observed::default();
            for round in &report.rounds {
                observed = watch.observe(now, &report, round, rules);
            }
            observed
        }
        On::Event(kind) => {
            let happen = |given: &&Given| given.from <= step && step < given.from + STEP;
            for given in trial.given.iter().filter(happen) {
                let attributes = trial.attributes.iter().chain(&given.attributes).collect();
                watch.try_event(BEGIN.after(given.from), kind, (attributes, &given.text));
            }
            let report = report(trial, step, empty(step));
            let mut observed = Observed::default();
            for round in &report.rounds {
                observed = watch.observe(now, &report, round, rules);
            }
            observed
        }
        On::Host => {
            let value = |name: &str| {
                let values = given.map_or(&[][..], |given| &given.values);
                values
                    .iter()
                    .find(|(known, _)| known == name)
                    .map_or(f64::NAN, |(_, value)| *value)
            };
            watch.settle_host(Settled::Committed, None);
            let report = report(trial, step, empty(step));
            for round in &report.rounds {
                watch.observe(now, &report, round, &RuleSet::default());
            }
            watch.try_host(now, Names::OF_HOST.map(value), rules)
        }
    }
}

fn settle(watch: &mut HostWatch, observed: &Observed, seen: &mut Seen) {
    watch.settle_host(Settled::Committed, None);
    for found in &observed.found {
        watch.settle(&found.identity, Settled::Committed);
        seen.found = match &found.says {
            Says::Firing { severity, .. } => Some(*severity),
            Says::Ok { .. } => None,
        };
        seen.values.clone_from(&found.values);
        seen.attributes = found
            .attributes
            .with(TEXT, found.first_line().unwrap_or(SAYS_NOTHING));
    }
}

fn round(rule: &Rule, own: &str, trial: &Trial, given: Option<&Given>, step: Duration) -> Round {
    let named = std::iter::once((Names::VALUE, own)).chain(
        rule.with
            .iter()
            .map(|(short, metric)| (short.as_str(), &**metric)),
    );
    let sample = |(name, of): (&str, &str)| {
        let given = given.filter(|_| of != metric::CHECK_STATE)?;
        let (_, value) = given.values.iter().find(|(known, _)| known == name)?;
        // Another metric of the same thing may describe it by less.
        let knows = |name: &str| {
            let metric = metric::find(of);
            metric.is_none_or(|metric| {
                let mut all = metric.attributes.iter().chain(metric.describing);
                all.any(|known| *known == name)
            })
        };
        let attributes = trial.attributes.iter().chain(&given.attributes);
        let attributes = attributes.filter(|(name, _)| knows(name));
        Some(Sample {
            name: of.to_owned(),
            attributes: attributes
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            value: *value,
        })
    };
    let checks = given.filter(|_| own == metric::CHECK_STATE);
    let probe = |(_, name): (&str, &str)| {
        Some(ProbeRun {
            probe: metric::find(name)?.probe.to_owned(),
            looked: Looked::Yes,
            took_ms: 0,
            every_s: None,
        })
    };
    Round {
        probes: named.clone().filter_map(probe).collect(),
        checks: checks
            .and_then(|given| check_run(trial, given))
            .into_iter()
            .collect(),
        samples: named.filter_map(sample).collect(),
        ..empty(step)
    }
}

/// The check whose state is given, if one is.
fn check_run(trial: &Trial, given: &Given) -> Option<CheckRun> {
    let value = given
        .values
        .iter()
        .find(|(name, _)| name == Names::VALUE)?
        .1;
    let states = [
        CheckState::Ok,
        CheckState::Warning,
        CheckState::Critical,
        CheckState::Unknown,
    ];
    let attribute = |name: &str| {
        let given = given.attributes.get(name).or(trial.attributes.get(name));
        given.cloned()
    };
    Some(CheckRun {
        check: attribute("check").unwrap_or_else(|| "check".to_owned()),
        kind: attribute("kind").unwrap_or_else(|| "plugin".to_owned()),
        about: attribute("about"),
        state: states
            .into_iter()
            .find(|state| (state.value() - value).abs() < 0.5)?,
        text: given.text.clone(),
        took_ms: 1,
        every_s: None,
    })
}

fn empty(step: Duration) -> Round {
    let millis = u64::try_from(step.as_millis()).unwrap_or(u64::MAX);
    Round {
        seq: millis,
        wall_ms: BEGIN.after(step).as_millis(),
        mono_ms: millis,
        interval_s: STEP.as_secs_f64(),
        probes: Vec::new(),
        samples: Vec::new(),
        checks: Vec::new(),
        events: Vec::new(),
    }
}

fn report(trial: &Trial, step: Duration, round: Round) -> Report {
    Report {
        wire: WIRE_VERSION,
        agent: "trial".to_owned(),
        boot: "trial".to_owned(),
        epoch: "trial".to_owned(),
        stream: Stream::Live,
        host: HostFacts {
            name: "trial".to_owned(),
            class: trial.class,
            labels: trial.labels.clone(),
            ..HostFacts::default()
        },
        version: String::new(),
        sent_wall_ms: BEGIN.after(step).as_millis(),
        sent_mono_ms: round.mono_ms,
        rounds: vec![round],
    }
}
