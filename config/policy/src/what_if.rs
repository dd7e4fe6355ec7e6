//! Makes a rule that is otherwise, so that it can be tried before it is in force.
//!
//! In: a policy, and what is changed: parameters, or a file of rules in place of the one that has
//! the rule. Out: the rule, or sources to load; or one sentence. Puts nothing in force.

use std::collections::BTreeSet;
use std::sync::Arc;

use vedette_config::{Document, Findings, Source, nearest};
use vedette_triage::detect::{Names, Rule, Variable};

use crate::load::Loaded;
use crate::rule::{Unit, Written, exception_sight, quantity_of, reread};
use crate::sources::Sources;

impl Loaded {
    /// A rule with other parameters, each written as in its file: `0.93`, `20GiB`, `10m`.
    ///
    /// # Errors
    /// One sentence: there is no such rule or parameter, it is no such value, or with it the rule
    /// could never fire or clear.
    pub fn rule_with(&self, name: &str, set: &[(String, String)]) -> Result<Rule, String> {
        let written = self.rules.iter().find(|rule| rule.name.value == name);
        let compiled = self.policy.detection.get(name);
        let (Some(written), Some(compiled)) = (written, compiled) else {
            return Err(format!("there is no rule {name:?} in the policy"));
        };
        let mut rule = Rule::clone(compiled);
        let mut changed: Vec<(Variable, f64)> = Vec::new();
        for (param, text) in set {
            let value = value(written, param, text)?;
            if let Some(known) = rule.params.iter_mut().find(|(known, _)| known == param) {
                known.1 = value;
            }
            changed.extend(names(written).find(param).map(|variable| (variable, value)));
        }
        let mut found = Findings::new();
        reread(written, &exception_sight(written, &changed), &mut found);
        let first = found
            .sorted()
            .into_iter()
            .find(|finding| finding.severity.as_str() == "error");
        match first {
            Some(finding) => Err(format!("rule {name} would be wrong: {}", finding.message)),
            None => Ok(rule),
        }
    }
}

impl Sources {
    /// The same with a file of rules in place of those that have one of its rules.
    ///
    /// # Errors
    /// One sentence: it has no rule, or one in whose place it stands has others as well.
    pub fn with_rules_of(&self, file: Arc<Source>) -> Result<Sources, String> {
        let new = rule_names(&file);
        if new.is_empty() {
            return Err("there is no [[rule]] with a name in the file".into());
        }
        let mut sources = self.clone();
        let mut others = BTreeSet::new();
        sources.rules.retain(|known| {
            let names = rule_names(known);
            let is_replaced = names.iter().any(|name| new.contains(name));
            if is_replaced {
                others.extend(names.into_iter().filter(|name| !new.contains(name)));
            }
            !is_replaced
        });
        if let Some(other) = others.first() {
            return Err(format!(
                "the file in whose place it stands has rule {other}, too; put that into the file as well"
            ));
        }
        sources.rules.push(file);
        Ok(sources)
    }
}

/// The names of the rules in a file; what is wrong with it is said when it is loaded.
pub fn rule_names(source: &Arc<Source>) -> BTreeSet<String> {
    let mut said_later = Findings::new();
    let document = Document::parse(source, &mut said_later);
    let read = |document: Document| {
        document.read(&mut said_later, |top| {
            top.tables("rule", |rule| rule.optional::<String>("name"))
        })
    };
    document.map(read).into_iter().flatten().flatten().collect()
}

/// What its conditions can name.
pub(crate) fn names(rule: &Written) -> Names {
    Names::of(
        &rule.on.value,
        rule.with.iter().map(|(short, _)| short.value.as_str()),
        rule.params.iter().map(|param| param.name.as_str()),
    )
}

fn value(rule: &Written, name: &str, text: &str) -> Result<f64, String> {
    let rule_name = &rule.name.value;
    let Some(param) = rule.params.iter().find(|param| param.name == name) else {
        let known: Vec<&str> = rule
            .params
            .iter()
            .map(|param| param.name.as_str())
            .collect();
        let hint = match (nearest(name, known.iter().copied()), known.as_slice()) {
            (_, []) => "it has none; try a changed file".to_owned(),
            (Some(near), _) => format!("did you mean {near}?"),
            (None, known) => format!("there are {}", known.join(", ")),
        };
        return Err(format!("rule {rule_name} has no parameter {name}; {hint}"));
    };
    let wanted = param.value.unit.written();
    let quantity = quantity_of(text)
        .ok_or_else(|| format!("{name} is {wanted} in rule {rule_name}, and {text:?} is none"))?;
    let is_same_kind =
        quantity.unit == param.value.unit || (quantity.unit == Unit::Bare && quantity.value == 0.0);
    match is_same_kind && quantity.value.is_finite() {
        true => Ok(quantity.value),
        false => Err(format!(
            "{name} is {wanted} in rule {rule_name}, and not {text}"
        )),
    }
}
