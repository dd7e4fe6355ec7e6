//! Reads from when on many alerts are one incident.
//!
//! In: `[rollup]`. This version does not roll up; the form is checked so that a file
//! written for a later one is understood, and whoever asks for more than the default
//! is told.

use vedette_config::{Code, Finding, Reader, Spanned, nearest, quoted};

use super::timers::no_effect;

/// The most entities, hosts or alerts that can be asked for.
const COUNT_MAX: i64 = 100_000;

/// From when on many alerts are one incident; 0 = off.
#[derive(Debug, Clone, PartialEq)]
pub struct RollUp {
    /// Whose alerts.
    pub sources: Vec<RollUpSource>,
    /// Entities that fall silent together.
    pub mass_entities: u32,
    /// Hosts on which the same rule fires.
    pub same_rule_hosts: u32,
    /// Different alerts in one scope within a minute.
    pub storm_per_minute: u32,
}

/// Whose alerts are rolled up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RollUpSource {
    /// Our own rules.
    Rules,
    /// Checks of agents.
    Checks,
    /// The Alertmanager API.
    Alertmanager,
    /// OpenTelemetry.
    Otlp,
}

const SOURCES: [(&str, RollUpSource); 4] = [
    ("rules", RollUpSource::Rules),
    ("checks", RollUpSource::Checks),
    ("alertmanager", RollUpSource::Alertmanager),
    ("otlp", RollUpSource::Otlp),
];

impl Default for RollUp {
    /// The defaults of the contract.
    fn default() -> RollUp {
        RollUp {
            sources: vec![RollUpSource::Rules, RollUpSource::Checks],
            mass_entities: 5,
            same_rule_hosts: 5,
            storm_per_minute: 60,
        }
    }
}

pub(super) fn read(top: &mut Reader<'_>, default: RollUp) -> RollUp {
    let unchanged = default.clone();
    top.table("rollup", |table| {
        let counts = [
            ("mass_entities", default.mass_entities),
            ("same_rule_hosts", default.same_rule_hosts),
            ("storm_per_minute", default.storm_per_minute),
        ];
        let [mass_entities, same_rule_hosts, storm_per_minute] =
            counts.map(|(key, default)| count(table, key, default));
        let sources = sources(table).unwrap_or(default.sources.clone());
        if sources != default.sources {
            no_effect(table, "sources", "nothing is rolled up");
        }
        RollUp {
            sources,
            mass_entities,
            same_rule_hosts,
            storm_per_minute,
        }
    })
    .unwrap_or(unchanged)
}

fn count(table: &mut Reader<'_>, key: &str, default: u32) -> u32 {
    let count = table
        .within::<i64>(key, 0..=COUNT_MAX)
        .and_then(|count| u32::try_from(count).ok())
        .unwrap_or(default);
    // Off is what this version does.
    if count != default && count != 0 {
        no_effect(table, key, "nothing is rolled up");
    }
    count
}

fn sources(table: &mut Reader<'_>) -> Option<Vec<RollUpSource>> {
    let words: Vec<Spanned<String>> = table.optional("sources")?;
    let mut sources = Vec::new();
    for word in words {
        match SOURCES.iter().find(|(known, _)| *known == word.value) {
            Some((_, source)) => sources.push(*source),
            None => {
                let names = SOURCES.map(|(name, _)| name);
                let help = match nearest(&word.value, names) {
                    Some(near) => format!("did you mean \"{near}\"?"),
                    None => format!("there are {}", names.join(", ")),
                };
                let message = format!("{} is not a source of alerts", quoted(&word.value));
                table.push(
                    Finding::error(Code::UnknownWord, message)
                        .at(&word.place, "")
                        .help(help),
                );
            }
        }
    }
    Some(sources)
}
