//! Reads what people know of their machines, devices and services, as they keep it in tables.
//!
//! In the order of the data: [`sheet`] takes a file apart, [`service`] and [`place`] say
//! what its rows mean, and here they are joined into the core's [`Topology`]: names that
//! lead nowhere, names given twice and circles are findings.
//!
//! Knows nothing of which hosts report, or of labels that agents set.

mod place;
mod service;
mod sheet;

use std::collections::{BTreeMap, BTreeSet};

use vedette_config::{Code, Finding, Findings, Place as Written, Spanned, quoted};
use vedette_triage::{Service, Topology, limits};

use crate::circle;
use crate::name::unknown;
use crate::settings::Settings;
use crate::sources::Sources;

/// Everything the three tables say.
pub(crate) fn read(sources: &Sources, settings: &Settings, findings: &mut Findings) -> Topology {
    let teams: Vec<&str> = settings
        .teams
        .iter()
        .map(|team| team.name.as_str())
        .collect();
    let services = match &sources.services {
        Some(source) => service::read(source, &teams, findings),
        None => Vec::new(),
    };
    let known = Known {
        teams: &teams,
        services: sources.services.is_some().then(|| {
            let services = services.iter().map(|row| &row.service);
            services
                .map(|service| (service.name.as_str(), service))
                .collect()
        }),
    };
    let mut rows = Vec::new();
    for (source, form) in [
        (&sources.hosts, place::HOSTS),
        (&sources.topology, place::DEVICES),
    ] {
        if let Some(source) = source {
            rows.extend(place::read(source, form, &known, findings));
        }
    }
    let rows = once(rows, "places", findings);
    parents(&rows, findings);
    circles(&rows, findings);
    let places = rows.into_iter().map(|row| row.place).collect();
    Topology::new(
        places,
        services.into_iter().map(|row| row.service).collect(),
    )
}

/// What rows of places can name.
struct Known<'a> {
    teams: &'a [&'a str],
    /// None where nobody keeps a table of them.
    services: Option<BTreeMap<&'a str, &'a Service>>,
}

/// Something with a name in a table.
trait Named {
    fn name(&self) -> &Spanned<String>;
}

/// Rows of names that are not there already; another is an error at both places. Names that differ
/// in capitals only are one: no two machines are told apart like that.
fn once<R: Named>(rows: Vec<R>, kind: &str, findings: &mut Findings) -> Vec<R> {
    let mut first: BTreeMap<String, Written> = BTreeMap::new();
    let mut kept = Vec::new();
    for row in rows {
        let name = row.name();
        match first.get(&name.value.to_lowercase()) {
            Some(known) => findings.push(
                Finding::error(
                    Code::DuplicateName,
                    format!("two {kind} are called {}", quoted(&name.value)),
                )
                .at(&name.place, "named again here")
                .at(known, "named first here")
                .help("rename or remove one of them"),
            ),
            None => {
                first.insert(name.value.to_lowercase(), name.place.clone());
                kept.push(row);
            }
        }
    }
    kept
}

fn parents(rows: &[place::Row], findings: &mut Findings) {
    let names: BTreeSet<&str> = rows.iter().map(|row| row.name.value.as_str()).collect();
    for row in rows {
        for parent in &row.parents {
            if !names.contains(parent.value.as_str()) {
                let finding = unknown("place", &parent.value, &parent.place, names.iter().copied());
                findings.push(finding);
            }
        }
    }
}

fn circles(rows: &[place::Row], findings: &mut Findings) {
    let needs: BTreeMap<&str, Vec<&str>> = rows
        .iter()
        .map(|row| {
            let parents = row.parents.iter().map(|parent| parent.value.as_str());
            (row.name.value.as_str(), parents.collect())
        })
        .collect();
    let row = |name: &str| rows.iter().find(|row| row.name.value == name);
    let walk = circle::walk(&needs);
    for circle in &walk.circles {
        let Some(first) = row(circle[0]) else {
            continue;
        };
        let message = match circle.as_slice() {
            [only] => format!("{only} needs itself"),
            circle => format!("{}: a circle", circle::in_words(circle)),
        };
        let next = circle.get(1).unwrap_or(&circle[0]);
        let place = first.parents.iter().find(|parent| parent.value == *next);
        findings.push(
            Finding::error(Code::Circular, message)
                .at(place.map_or(&first.name.place, |parent| &parent.place), "")
                .help("a parent is what must work so that this one can be seen; write it on one side only"),
        );
    }
    if let Some((name, steps)) = walk.deepest
        && steps > limits::ANCESTORS_MAX
        && let Some(row) = row(name)
    {
        let message = format!("{steps} places stand one behind the other");
        findings.push(
            Finding::error(Code::TooLarge, message)
                .at(&row.name.place, "the last of them")
                .help(format!("at most {} are looked at", limits::ANCESTORS_MAX)),
        );
    }
}

/// The team a cell names, if it is one.
fn team(cell: Option<&Spanned<String>>, teams: &[&str], findings: &mut Findings) -> Option<String> {
    let cell = cell?;
    if !teams.contains(&cell.value.as_str()) {
        findings.push(unknown(
            "team",
            &cell.value,
            &cell.place,
            teams.iter().copied(),
        ));
        return None;
    }
    Some(cell.value.clone())
}

/// How important a cell says something is: 1 to 5, 1 the most.
fn tier(cell: Option<&Spanned<String>>, findings: &mut Findings) -> Option<u8> {
    let cell = cell?;
    let tier = cell.value.parse().ok().filter(|tier| TIERS.contains(tier));
    if tier.is_none() {
        let message = format!("{} is not a tier", quoted(&cell.value));
        let finding = Finding::error(Code::BadValue, message).at(&cell.place, "");
        findings.push(finding.help("write 1 (the most important) to 5"));
    }
    tier
}

const TIERS: std::ops::RangeInclusive<u8> = 1..=5;

/// A finding for a cell that cannot be what its column holds.
fn bad_name(cell: &Spanned<String>, why: &str) -> Finding {
    let message = format!("{} cannot be a name", quoted(&cell.value));
    Finding::error(Code::BadName, message).at(&cell.place, why)
}
