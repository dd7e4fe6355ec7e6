//! Decides what a row of `hosts.csv` or `topology.csv` says of a place.
//!
//! In: rows, and the teams and services there are. Out: places, with the names they need
//! and where these stand. Whether a parent exists is looked at once both files are read.

use std::collections::BTreeMap;
use std::sync::Arc;

use vedette_config::{Code, Finding, Findings, Source, Spanned, label_value, quoted};
use vedette_triage::{Parents, Place};

use super::{Known, Named, bad_name, sheet, team, tier};
use crate::name::unknown;

/// Bytes of the name of a place: what an agent can call a host or device.
const NAME_BYTES_MAX: usize = 128;
/// Parents of one place.
const PARENTS_MAX: usize = 16;

/// What a file of places can say.
#[derive(Clone, Copy)]
pub(super) struct Form {
    columns: &'static [&'static str],
    /// What a place is that does not say so.
    kind: &'static str,
}

/// `hosts.csv`.
pub(super) const HOSTS: Form = Form {
    columns: &["name", "site", "team", "service", "tier", "parent", "notes"],
    kind: "host",
};
/// `topology.csv`.
pub(super) const DEVICES: Form = Form {
    columns: &["name", "kind", "site", "parent", "team", "service", "tier"],
    kind: "device",
};

/// A place, and where its names stand.
pub(super) struct Row {
    pub(super) name: Spanned<String>,
    pub(super) parents: Vec<Spanned<String>>,
    pub(super) place: Place,
}

impl Named for Row {
    fn name(&self) -> &Spanned<String> {
        &self.name
    }
}

/// The places of a file. A cell that is wrong is a finding, and as if it were empty.
pub(super) fn read(
    source: &Arc<Source>,
    form: Form,
    known: &Known<'_>,
    findings: &mut Findings,
) -> Vec<Row> {
    sheet::read(source, form.columns, findings)
        .iter()
        .filter_map(|row| place(row, form, known, findings))
        .collect()
}

fn place(row: &sheet::Row, form: Form, known: &Known<'_>, findings: &mut Findings) -> Option<Row> {
    let name = row.get("name")?;
    if let Err(why) = place_name(&name.value) {
        findings.push(bad_name(name, why));
    }
    let groups = parents(row.get("parent"), findings);
    let place = Place {
        name: name.value.clone(),
        kind: kind(row.get("kind"), form.kind, findings),
        labels: labels(row, known, findings)
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect(),
        parents: groups
            .iter()
            .map(|group| Parents(group.iter().map(|parent| parent.value.clone()).collect()))
            .collect(),
        notes: row.text("notes"),
    };
    Some(Row {
        name: name.clone(),
        parents: groups.into_iter().flatten().collect(),
        place,
    })
}

/// What is said of a place as labels; team and tier are its service's where it has none itself.
fn labels(
    row: &sheet::Row,
    known: &Known<'_>,
    findings: &mut Findings,
) -> BTreeMap<&'static str, String> {
    let mut labels = BTreeMap::new();
    for column in ["site", "service"] {
        let Some(cell) = row.get(column) else {
            continue;
        };
        match label_value(&cell.value) {
            Ok(()) => drop(labels.insert(column, cell.value.clone())),
            Err(why) => findings.push(bad_name(cell, why)),
        }
    }
    let service = row.get("service").and_then(|cell| {
        let services = known.services.as_ref()?;
        let service = services.get(cell.value.as_str()).copied();
        if service.is_none() {
            let names = services.keys().copied();
            findings.push(unknown("service", &cell.value, &cell.place, names));
        }
        service
    });
    let of_service = service.map(|service| service.team.clone());
    let team =
        team(row.get("team"), known.teams, findings).or(of_service.filter(|team| !team.is_empty()));
    let tier = tier(row.get("tier"), findings).or(service.and_then(|service| service.tier));
    labels.extend(team.map(|team| ("team", team)));
    labels.extend(tier.map(|tier| ("tier", tier.to_string())));
    labels
}

/// `sw-1|sw-2;ups-3`: one of the first two, and the third.
fn parents(cell: Option<&Spanned<String>>, findings: &mut Findings) -> Vec<Vec<Spanned<String>>> {
    let Some(cell) = cell else { return Vec::new() };
    let mut groups = Vec::new();
    let mut count = 0;
    let mut begin = 0;
    for group in cell.value.split(';') {
        let mut names = Vec::new();
        let mut at = begin;
        for written in group.split('|') {
            let name = written.trim();
            let start = at + (written.len() - written.trim_start().len());
            let place = cell.part(start..start + name.len());
            at += written.len() + 1;
            count += 1;
            match place_name(name) {
                Ok(()) => names.push(Spanned::new(name.to_owned(), place)),
                Err(why) => {
                    let finding = bad_name(&Spanned::new(name.to_owned(), place), why);
                    findings.push(
                        finding.help(
                            "write a;b where both are needed, a|b where one of them is enough",
                        ),
                    );
                }
            }
        }
        begin += group.len() + 1;
        groups.push(names);
    }
    if count > PARENTS_MAX {
        let message = format!("a place has at most {PARENTS_MAX} parents");
        findings.push(Finding::error(Code::TooLarge, message).at(&cell.place, ""));
    }
    groups.retain(|names| !names.is_empty());
    groups
}

fn kind(cell: Option<&Spanned<String>>, usual: &str, findings: &mut Findings) -> String {
    let Some(cell) = cell else {
        return usual.to_owned();
    };
    if let Err(why) = crate::name::plain(&cell.value) {
        let message = format!("{} cannot be a kind of place", quoted(&cell.value));
        findings.push(
            Finding::error(Code::BadName, message)
                .at(&cell.place, why)
                .help("write a word such as switch, hypervisor, ups, printer or website"),
        );
    }
    cell.value.clone()
}

/// Whether an agent could call a host or device so.
fn place_name(name: &str) -> Result<(), &'static str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:/@".contains(&byte);
    if name.is_empty() {
        Err("a name is missing here")
    } else if name.len() > NAME_BYTES_MAX {
        Err("it is longer than 128 bytes")
    } else if !name.bytes().all(allowed) {
        Err("it has letters a to z, digits and - . _ : / @ only")
    } else {
        Ok(())
    }
}

// The sentence above names the bound.
const _: () = assert!(NAME_BYTES_MAX == 128);
