//! Builds the core's rule from what is written, after checking that it can do what its
//! author wants.
//!
//! In: a [`Written`] rule. Out: a detection [`Rule`], what the engine must know of it,
//! its texts. Everything wrong is a finding. Knows nothing of other rules.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use vedette_config::{Code, Finding, Findings, Spanned, quoted};
use vedette_triage::detect::{Names, On, Rule, RuleSet, TEXT, Variable};
use vedette_triage::{About, Handling, Matcher, RuleMeta};
use vedette_wire::Class;

use super::read::unknown_attribute;
use super::{Written, on};
use crate::condition::{self, Checked, Clears, Interval, Role, Sight};
use crate::matchers::{contradiction, plain};
use crate::text::{TitlesBuilder, WrittenTexts};

/// A rule that can be evaluated.
pub(crate) struct Compiled {
    pub(crate) rule: Rule,
    pub(crate) meta: RuleMeta,
}

/// The conditions of one rule.
struct Conditions {
    warning: Option<Checked>,
    critical: Option<Checked>,
    warning_clear: Option<Checked>,
    critical_clear: Option<Checked>,
}

impl Conditions {
    fn ask_for_the_usual(&self) -> bool {
        let conditions = self.warning.iter().chain(&self.critical);
        let conditions = conditions.chain(&self.warning_clear);
        let mut conditions = conditions.chain(&self.critical_clear);
        conditions.any(condition::asks_for_the_usual)
    }
}

/// Checks and builds a rule. `None` after pushing at least one error.
pub(crate) fn compile(
    written: &Written,
    titles: &mut TitlesBuilder,
    findings: &mut Findings,
) -> Option<Compiled> {
    let sight = sight(written);
    check_where(written, findings);
    let conditions = conditions(written, &sight, findings);
    let asks = conditions.as_ref().map(Conditions::ask_for_the_usual);
    texts(written, asks.unwrap_or(true), titles, findings);
    let conditions = conditions?;
    alone(written, &conditions, findings);
    tried(&conditions, &sight, findings);
    let compiled = |condition: &Option<Checked>| {
        condition
            .as_ref()
            .map(|checked| Arc::clone(&checked.compiled))
    };
    let name: Arc<str> = Arc::from(written.name.value.as_str());
    let rule = Rule {
        name: Arc::clone(&name),
        component: written.component.clone(),
        handling: written.handling.clone(),
        on: written.on.value.clone(),
        matchers: plain(&written.matchers),
        with: written
            .with
            .iter()
            .map(|(short, metric)| (short.value.clone(), Arc::from(metric.value.as_str())))
            .collect(),
        params: written
            .params
            .iter()
            .map(|param| (param.name.clone(), param.value.value))
            .collect(),
        exceptions: Vec::new(),
        warning: compiled(&conditions.warning),
        critical: compiled(&conditions.critical),
        warning_for: written.warning_for,
        critical_for: written.critical_for,
        warning_clear: compiled(&conditions.warning_clear),
        critical_clear: compiled(&conditions.critical_clear),
        trend: written.trend,
        evidence: written.evidence.clone(),
        // Set once all rules are known.
        depends_on: Vec::new(),
        shadow: written.shadow,
    };
    // What the core refuses about one rule alone is said where that rule is written.
    if let Err(fault) = RuleSet::new(vec![rule.clone()], Duration::ZERO, Duration::ZERO) {
        findings
            .push(Finding::error(Code::TooLarge, fault.to_string()).at(&written.name.place, ""));
        return None;
    }
    let meta = RuleMeta {
        name,
        component: written.component.clone(),
        runbook_url: written.runbook_url.clone(),
        shadow: written.shadow,
        ticket_per: written.ticket_per.clone(),
        concerns: written
            .concerns
            .as_ref()
            .map(|name| Arc::from(name.value.as_str())),
        // Set once all rules are known.
        depends_on: Vec::new(),
    };
    Some(Compiled { rule, meta })
}

/// What the conditions of a rule can see.
fn sight(written: &Written) -> Sight {
    let on = &written.on.value;
    let names = Names::of(
        on,
        written.with.iter().map(|(short, _)| short.value.as_str()),
        written.params.iter().map(|param| param.name.as_str()),
    );
    let mut within = BTreeMap::new();
    let mut params = BTreeMap::new();
    let mut put = |name: &str, interval| {
        let variable = names.find(name);
        variable.inspect(|variable| {
            within.insert(*variable, interval);
        })
    };
    match on {
        On::Metric(metric) => {
            put(Names::VALUE, on::within(metric));
        }
        On::Event(_) => {
            put(
                Names::OVER,
                Interval {
                    low: 0.0,
                    high: 1.0,
                },
            );
        }
        On::Host => {
            for name in Names::OF_HOST {
                put(name, Interval::POSITIVE);
            }
        }
    }
    for (short, metric) in &written.with {
        put(&short.value, on::within(&metric.value));
    }
    for param in &written.params {
        if let Some(variable) = put(&param.name, Interval::point(param.value.value)) {
            params.insert(variable, param.place.clone());
        }
    }
    Sight {
        on: on.clone(),
        names,
        within,
        params,
        attributes: on::attributes(on).unwrap_or_default(),
    }
}

/// What the conditions of a rule see where these parameters have other values.
pub(crate) fn exception_sight(written: &Written, set: &[(Variable, f64)]) -> Sight {
    let mut sight = sight(written);
    for (variable, value) in set {
        sight.within.insert(*variable, Interval::point(*value));
    }
    sight
}

/// Reads the conditions of a rule once more, with another sight; only findings come of it.
pub(crate) fn reread(written: &Written, sight: &Sight, findings: &mut Findings) {
    if let Some(conditions) = conditions(written, sight, findings) {
        tried(&conditions, sight, findings);
    }
}

fn conditions(written: &Written, sight: &Sight, findings: &mut Findings) -> Option<Conditions> {
    let mut is_sound = true;
    let mut read = |text: &Option<Spanned<String>>, role| {
        let text = text.as_ref()?;
        let checked = condition::read(text, role, sight, findings);
        is_sound &= checked.is_some();
        checked
    };
    let conditions = Conditions {
        warning: read(&written.warning, Role::Fires),
        critical: read(&written.critical, Role::Fires),
        warning_clear: read(&written.warning_clear, Role::Clears),
        critical_clear: read(&written.critical_clear, Role::Clears),
    };
    if written.warning.is_none() && written.critical.is_none() {
        let message = format!("rule {} can never fire", quoted(&written.name.value));
        findings.push(Finding::error(Code::MissingKey, message).at(
            &written.name.place,
            "it has neither `warning` nor `critical`",
        ));
        is_sound = false;
    }
    if let (None, Some(clear)) = (&written.critical, &written.critical_clear) {
        findings.push(
            Finding::error(Code::ConflictingKeys, "`critical_clear` ends nothing")
                .at(&clear.place, "there is no `critical`"),
        );
    }
    is_sound.then_some(conditions)
}

/// Tries whole conditions, alone and against their clears.
fn tried(conditions: &Conditions, sight: &Sight, findings: &mut Findings) {
    let Conditions {
        warning,
        critical,
        warning_clear,
        critical_clear,
    } = conditions;
    let fires: Vec<&Checked> = warning.iter().chain(critical).collect();
    let mut can_fire = true;
    for condition in &fires {
        can_fire &= condition::check_fires(condition, sight, findings);
    }
    if !can_fire {
        // What it would take to clear says nothing until that is mended.
        return;
    }
    // A warning's clear also ends what is critical without a clear of its own.
    if let (Some(begins), Some(clear)) = (warning.as_ref().or(critical.as_ref()), warning_clear) {
        let level = Clears {
            fires: fires.clone(),
            begins,
            clear,
            others: Vec::new(),
        };
        condition::check_clears(&level, sight, findings);
    }
    if let (Some(begins), Some(clear)) = (critical, critical_clear) {
        let level = Clears {
            fires: vec![begins],
            begins,
            clear,
            others: warning_clear.iter().collect(),
        };
        condition::check_clears(&level, sight, findings);
    }
}

/// Says where a rule opens tickets for what is only unusual.
fn alone(written: &Written, conditions: &Conditions, findings: &mut Findings) {
    let opens = |class| match written.handling.get(&class) {
        Some(Handling::Page | Handling::Ticket) | None => true,
        Some(Handling::Digest | Handling::Watch) => false,
    };
    if !written.shadow && [Class::Server, Class::Workstation].into_iter().any(opens) {
        for condition in conditions.warning.iter().chain(&conditions.critical) {
            condition::check_alone(condition, findings);
        }
    }
}

fn check_where(written: &Written, findings: &mut Findings) {
    let of = match &written.on.value {
        On::Metric(metric) => metric.to_string(),
        On::Event(kind) => format!("event {kind}"),
        On::Host => "a rule on the host".to_owned(),
    };
    if let Some(known) = on::attributes(&written.on.value) {
        let is_unknown =
            |matcher: &&Spanned<Matcher>| !known.iter().any(|name| name == matcher.value.name());
        for matcher in written.matchers.iter().filter(is_unknown) {
            let (code, message, help) = unknown_attribute(matcher.value.name(), &of, &known);
            let finding = Finding::error(code, message).at(&matcher.place, "");
            findings.push(match help {
                Some(help) => finding.help(help),
                None => finding
                    .help("ask for the host in the condition: host.labels[\"site\"] == \"hq\""),
            });
        }
    }
    if let Some((first, second)) = contradiction(&written.matchers) {
        findings.push(
            Finding::error(Code::ConditionNeverTrue, "this rule matches nothing")
                .at(&first.place, "this")
                .at(&second.place, "and this cannot both hold"),
        );
    }
}

fn texts(
    written: &Written,
    asks_for_the_usual: bool,
    titles: &mut TitlesBuilder,
    findings: &mut Findings,
) {
    let own: &[&str] = match &written.on.value {
        On::Metric(_) => &[Names::VALUE],
        On::Event(_) => &[Names::OVER],
        On::Host => &Names::OF_HOST,
    };
    let short = written.with.iter().map(|(short, _)| short.value.clone());
    let of_trend = [About::TIME_TO_BREACH, About::TREND];
    let of_trend = of_trend.into_iter().filter(|_| written.trend.is_some());
    let usual = Names::OF_BASELINE.into_iter().map(str::to_owned);
    let usual = usual.filter(|_| asks_for_the_usual);
    let measured: Vec<String> = own
        .iter()
        .copied()
        .chain(of_trend)
        .map(str::to_owned)
        .chain(short)
        .chain(usual)
        .collect();
    let params: Vec<(String, f64)> = written
        .params
        .iter()
        .map(|param| (param.name.clone(), param.value.value))
        .collect();
    let mut attributes = on::attributes(&written.on.value);
    if on::has_text(&written.on.value)
        && let Some(attributes) = &mut attributes
    {
        attributes.push(TEXT.to_owned());
    }
    let texts = WrittenTexts {
        rule: &written.name.value,
        title: &written.title,
        means: written.means.as_ref(),
        first: &written.first,
        measured: &measured,
        params: &params,
        attributes: attributes.as_deref(),
    };
    titles.take(&texts, findings);
}
