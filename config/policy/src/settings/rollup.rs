//! Reads from when on many alerts are one incident, and from when on one alert is many.
//!
//! In: `[rollup]`, `[flapping]`. Out: what the core knows of them. How long the first of a
//! mass waits for the others stands in `[timers]`.

use std::collections::BTreeSet;
use std::time::Duration;

use vedette_config::{Code, Finding, Reader, Spanned, nearest, quoted};
use vedette_triage::{Flapping, Kind, RollUp};

/// The most entities, hosts or alerts that can be asked for.
const COUNT_MAX: u32 = 100_000;
/// Two of something is the least that can be called many.
const MANY: u32 = 2;
/// The most changes that can be asked for: what changes more often flaps by any measure.
const CHANGES_MAX: i64 = 50;
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

const SOURCES: [(&str, Kind); 4] = [
    ("rules", Kind::Rules),
    ("checks", Kind::Checks),
    ("alertmanager", Kind::Alertmanager),
    ("otlp", Kind::Otlp),
];

pub(super) fn read(top: &mut Reader<'_>, default: RollUp) -> RollUp {
    let unchanged = default.clone();
    top.table("rollup", |table| RollUp {
        sources: sources(table).unwrap_or(default.sources),
        mass_entities: count(table, "mass_entities", default.mass_entities),
        same_rule_hosts: count(table, "same_rule_hosts", default.same_rule_hosts),
        storm_per_minute: count(table, "storm_per_minute", default.storm_per_minute),
        ..default
    })
    .unwrap_or(unchanged)
}

pub(super) fn flapping(top: &mut Reader<'_>, default: Flapping) -> Flapping {
    top.table("flapping", |table| {
        let changes = table
            .within::<i64>("changes", i64::from(MANY)..=CHANGES_MAX)
            .and_then(|changes| u32::try_from(changes).ok());
        let mut length = |key, default| table.within(key, MINUTE..=DAY).unwrap_or(default);
        Flapping {
            within: length("within", default.within),
            over_after: length("over_after", default.over_after),
            changes: changes.unwrap_or(default.changes),
        }
    })
    .unwrap_or(default)
}

/// 0 is off; 1 would make one incident of each.
fn count(table: &mut Reader<'_>, key: &str, default: u32) -> u32 {
    let Some(count) = table.optional::<Spanned<i64>>(key) else {
        return default;
    };
    let read = u32::try_from(count.value).ok();
    let allowed = |count: &u32| *count == 0 || (MANY..=COUNT_MAX).contains(count);
    match read.filter(allowed) {
        Some(count) => count,
        None => {
            let message = format!("`{key}` cannot be {}", count.value);
            table.push(
                Finding::error(Code::OutOfRange, message)
                    .at(&count.place, "")
                    .help(format!(
                        "it can be from {MANY} to {COUNT_MAX}, or 0 for never"
                    )),
            );
            default
        }
    }
}

fn sources(table: &mut Reader<'_>) -> Option<BTreeSet<Kind>> {
    let words: Vec<Spanned<String>> = table.optional("sources")?;
    let mut sources = BTreeSet::new();
    for word in words {
        match SOURCES.iter().find(|(known, _)| *known == word.value) {
            Some((_, source)) => drop(sources.insert(*source)),
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
