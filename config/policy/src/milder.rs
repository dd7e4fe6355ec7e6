//! Says by which small steps a rule can be made to find less, or more: each of its parameters, a bit
//! away from what it is, as it is written in a file.
//!
//! In: a rule of the policy. Out: a bounded list of steps, the smaller ones of a parameter first.
//! Which way a rule finds less is not known here; whoever tries them sees. What could never fire or
//! clear is left out.

use std::time::Duration;

use vedette_config::{Size, duration};
use vedette_triage::detect::Variable;

use crate::load::Loaded;
use crate::rule::{Unit, Written};
use crate::what_if::names;

/// Shares by which a number between 0 and 1 comes nearer to one of these.
const NEARER: [f64; 4] = [0.1, 0.2, 0.3, 0.5];
/// What anything else is multiplied by, or divided.
const TIMES: [f64; 4] = [1.25, 1.5, 2.0, 3.0];
/// Parameters of a rule that are looked at.
const PARAMS_MAX: usize = 8;

/// A parameter of a rule that is otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The parameter.
    pub param: String,
    /// The same, as conditions know it.
    pub variable: Variable,
    /// Whether it becomes greater.
    pub up: bool,
    /// What it would be, in its base unit.
    pub value: f64,
    /// The same as [`Loaded::rule_with`] reads it: `0.93`, `20GiB`.
    pub text: String,
    /// The same as it is written in a file: `0.93`, `"20GiB"`.
    pub toml: String,
    /// What would be different, in words: `warn at 93 % instead of 90 % (warn_used)`.
    pub words: String,
}

impl Loaded {
    /// The steps of a rule; none where it has no parameters, or there is no such rule.
    pub fn steps(&self, rule: &str) -> Vec<Step> {
        let Some(written) = self.rules.iter().find(|known| known.name.value == rule) else {
            return Vec::new();
        };
        let mut all = Vec::new();
        for param in written.params.iter().take(PARAMS_MAX) {
            let Some(variable) = names(written).find(&param.name) else {
                continue;
            };
            let (was, unit) = (param.value.value, param.value.unit);
            let mut texts: Vec<String> = Vec::new();
            for value in away(was, unit) {
                let text = text(value, unit);
                if text == self::text(was, unit) || texts.contains(&text) {
                    continue;
                }
                texts.push(text.clone());
                let set = [(param.name.clone(), text.clone())];
                let Ok(sound) = self.rule_with(rule, &set) else {
                    continue;
                };
                let known = sound.params.iter().find(|(name, _)| *name == param.name);
                let Some((_, value)) = known else { continue };
                all.push(Step {
                    param: param.name.clone(),
                    variable,
                    up: *value > was,
                    value: *value,
                    toml: toml(&text, unit),
                    words: words(&param.name, (was, *value), unit),
                    text,
                });
            }
        }
        all
    }

    /// Whether the rule is inside the program, and in no file of the policy.
    pub fn is_shipped(&self, rule: &str) -> bool {
        let written = self.rules.iter().find(|known| known.name.value == rule);
        written.is_some_and(|written| written.is_shipped)
    }

    /// The line of the rule's parameters with one of them otherwise, as it is written in its file.
    pub fn params_line(&self, rule: &str, step: &Step) -> Option<String> {
        let written = self.rules.iter().find(|known| known.name.value == rule)?;
        Some(params_line(written, step))
    }
}

fn params_line(rule: &Written, step: &Step) -> String {
    let params = rule.params.iter().map(|param| {
        let (value, unit) = (param.value.value, param.value.unit);
        let value = match param.name == step.param {
            true => step.toml.clone(),
            false => toml(&text(value, unit), unit),
        };
        format!("{} = {value}", param.name)
    });
    format!("params = {{ {} }}", params.collect::<Vec<_>>().join(", "))
}

/// Values on both sides, the nearest first.
fn away(value: f64, unit: Unit) -> Vec<f64> {
    let is_share = unit == Unit::Bare && value > 0.0 && value < 1.0;
    let pairs: Vec<[f64; 2]> = match is_share {
        true => NEARER
            .iter()
            .map(|share| [value + share * (1.0 - value), value - share * value])
            .collect(),
        false => TIMES
            .iter()
            .map(|times| [value * times, value / times])
            .collect(),
    };
    let all = pairs.into_iter().flatten();
    all.map(|value| rounded(value, unit)).collect()
}

/// As people would write it.
fn rounded(value: f64, unit: Unit) -> f64 {
    let to = match unit {
        Unit::Bare if value == 0.0 => return 0.0,
        // Three digits that count.
        Unit::Bare => 10_f64.powf(value.abs().log10().floor() - 2.0),
        Unit::Bytes => [1024.0 * 1024.0 * 1024.0, 1024.0 * 1024.0, 1024.0]
            .into_iter()
            .find(|to| value >= 4.0 * to)
            .unwrap_or(1.0),
        Unit::Seconds => [3600.0, 60.0, 10.0]
            .into_iter()
            .find(|to| value >= 4.0 * to)
            .unwrap_or(1.0),
    };
    (value / to).round() * to
}

fn text(value: f64, unit: Unit) -> String {
    // Whole and not negative by `rounded`, or as the file says it.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let whole = value.max(0.0) as u64;
    match unit {
        Unit::Bare => {
            let digits = format!("{value:.6}");
            let digits = digits.trim_end_matches('0');
            match digits.ends_with('.') {
                true => format!("{digits}0"),
                false => digits.to_owned(),
            }
        }
        Unit::Bytes => Size { bytes: whole }.to_string(),
        Unit::Seconds => duration::show(Duration::from_secs(whole)),
    }
}

fn toml(text: &str, unit: Unit) -> String {
    match unit {
        Unit::Bare => text.to_owned(),
        Unit::Bytes | Unit::Seconds => format!("\"{text}\""),
    }
}

/// `warn at 93 % instead of 90 % (warn_used)`, `idle 0.2 instead of 0.1`
fn words(name: &str, (was, value): (f64, f64), unit: Unit) -> String {
    let is_share = |value: f64| unit == Unit::Bare && value > 0.0 && value < 1.0;
    let shown = |value: f64| match is_share(was) && is_share(value) {
        true => format!(
            "{} %",
            text(value * 100.0, Unit::Bare).trim_end_matches(".0")
        ),
        false => text(value, unit),
    };
    let (was, value) = (shown(was), shown(value));
    match name {
        warn if warn.starts_with("warn") => format!("warn at {value} instead of {was} ({name})"),
        crit if crit.starts_with("crit") => {
            format!("critical at {value} instead of {was} ({name})")
        }
        _ => format!("{name} {value} instead of {was}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use vedette_config::{Findings, Source};

    use super::*;
    use crate::{Sources, load};

    const RULE: &str = r#"
[[rule]]
name = "space"
component = "storage"
on = "system.filesystem.utilization"
with = { free = "system.filesystem.available" }
params = { warn_used = 0.90, warn_free = "20GiB", often = 4, over = "10m" }
warning = 'value > warn_used && free < warn_free && often > 1.0 && over > 1.0'
title = "it is full"

[[rule]]
name = "full"
component = "storage"
on = "system.filesystem.utilization"
warning = 'value > 0.9'
title = "it is full"
"#;

    fn loaded() -> Loaded {
        let sources = Sources {
            rules: vec![Source::new("rules/own.toml", RULE)],
            ..Sources::default()
        };
        let (loaded, findings) = load(&sources, jiff::civil::date(2026, 7, 1), Findings::new());
        loaded.unwrap_or_else(|| panic!("{findings}"))
    }

    #[test]
    fn steps_go_both_ways_and_are_written_as_people_write() {
        let loaded = loaded();
        let steps = loaded.steps("space");
        let of = |param: &str| -> Vec<String> {
            let of = steps.iter().filter(|step| step.param == param);
            of.map(|step| step.toml.clone()).collect()
        };
        let used = [
            "0.91", "0.81", "0.92", "0.72", "0.93", "0.63", "0.95", "0.45",
        ];
        assert_eq!(of("warn_used"), used);
        let free = [
            "\"25GiB\"",
            "\"16GiB\"",
            "\"30GiB\"",
            "\"13GiB\"",
            "\"40GiB\"",
            "\"10GiB\"",
            "\"60GiB\"",
            "\"7GiB\"",
        ];
        assert_eq!(of("warn_free"), free);
        assert_eq!(of("often")[..2], ["5.0", "3.2"]);
        assert_eq!(of("over")[..2], ["\"13m\"", "\"8m\""]);
        let step = steps.iter().find(|step| step.toml == "0.93").unwrap();
        assert_eq!(step.words, "warn at 93 % instead of 90 % (warn_used)");
        assert_eq!(
            loaded.params_line("space", step).unwrap(),
            r#"params = { warn_used = 0.93, warn_free = "20GiB", often = 4.0, over = "10m" }"#
        );
        assert!(!loaded.is_shipped("space") && loaded.is_shipped("host-silent"));
    }

    #[test]
    fn every_step_of_a_shipped_rule_is_what_the_rule_reads() {
        let loaded = loaded();
        let mut steps = 0;
        for rule in loaded.policy.detection.iter() {
            for step in loaded.steps(&rule.name) {
                let set = [(step.param.clone(), step.text.clone())];
                let read = loaded.rule_with(&rule.name, &set).unwrap();
                let known = read.params.iter().find(|(name, _)| *name == step.param);
                assert_eq!(known.unwrap().1, step.value, "{}: {step:?}", rule.name);
                steps += 1;
            }
        }
        assert!(steps > 100, "{steps}");
    }

    #[test]
    fn a_rule_without_parameters_has_no_steps() {
        assert_eq!(loaded().steps("full"), []);
        assert_eq!(loaded().steps("nothing"), []);
    }
}
