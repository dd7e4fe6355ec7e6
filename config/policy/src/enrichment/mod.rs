//! Reads what is added to the labels of alerts: what people know and no source says.
//!
//! In: `enrichment.toml`. Out: the core's enrichments, in the order of the file; [`template`]
//! takes values apart. What an alert is called, how bad it is and what it is about cannot be
//! set, because these say which alert it is.

mod template;

use std::sync::Arc;

use regex::{Regex, RegexBuilder};
use vedette_config::{
    Code, Document, Finding, Findings, Place, Reader, Source, Spanned, label_name, quoted,
};
use vedette_triage::{Enrichment, Piece, Template, UNTOUCHABLE};

use crate::label::KnownLabels;
use crate::matchers::{self, Placed, contradiction, plain};
use crate::name::{spoken_name, unique, unknown};

/// Enrichments of one policy.
const ENRICHMENTS_MAX: usize = 500;
/// Labels that one sets.
const SET_MAX: usize = 16;
/// Bytes of a pattern, and of what it is compiled to.
const PATTERN_BYTES_MAX: usize = 1_000;
const COMPILED_BYTES_MAX: usize = 1 << 20;

/// The enrichments of a file, and the labels they set.
pub(crate) fn read(
    source: &Arc<Source>,
    teams: &[&str],
    findings: &mut Findings,
) -> (Vec<Enrichment>, KnownLabels) {
    let mut labels = KnownLabels::default();
    let Some(document) = Document::parse(source, findings) else {
        return (Vec::new(), labels);
    };
    let mut names = Vec::new();
    let written: Vec<Written> = document.read(findings, |top| {
        let each = top.tables("enrichment", |table| {
            let name = spoken_name(table, "name");
            if let Some(name) = &name {
                unique(&mut names, name, "enrichment", table.findings());
            }
            enrichment(table, name, teams)
        });
        each.into_iter().flatten().collect()
    });
    if written.len() > ENRICHMENTS_MAX {
        let message = format!("more than {ENRICHMENTS_MAX} enrichments");
        let finding = Finding::error(Code::TooLarge, message).at(&Place::whole(source), "");
        findings.push(finding.help("a place's own labels belong into hosts.csv"));
    }
    for one in &written {
        let set = one.enrichment.set.iter();
        labels.enriched.extend(set.map(|(name, _)| name.clone()));
    }
    for one in &written {
        labels.check_matchers(&one.matchers, findings);
        for used in &one.used {
            labels.check(&used.value, &used.place, findings);
        }
    }
    let enrichments = written.into_iter().map(|one| one.enrichment).collect();
    (enrichments, labels)
}

/// An enrichment, and where it names labels that must come from elsewhere.
struct Written {
    enrichment: Enrichment,
    matchers: Placed,
    used: Vec<Spanned<String>>,
}

/// Everything is read before anything is given up, so that all findings come at once.
fn enrichment(
    table: &mut Reader<'_>,
    name: Option<Spanned<String>>,
    teams: &[&str],
) -> Option<Written> {
    let matchers = matchers::read(table, "match");
    if let Some((first, second)) = contradiction(&matchers) {
        let finding = Finding::error(Code::ConditionNeverTrue, "no alert is like this");
        table.push(
            finding
                .at(&first.place, "this")
                .at(&second.place, "and this cannot both hold"),
        );
    }
    let from = table.optional::<Spanned<String>>("from");
    let pattern = pattern(table, from.as_ref());
    let groups = pattern
        .as_ref()
        .map_or(0, |pattern| pattern.captures_len() - 1);
    let mut used: Vec<Spanned<String>> = from.iter().cloned().collect();
    let set = set(table, groups, &mut used);
    for (name, template) in set.iter().flatten() {
        if let ("team", [Piece::Text(team)]) = (name.value.as_str(), template.value.0.as_slice())
            && !teams.contains(&team.as_str())
        {
            let finding = unknown("team", team, &template.place, teams.iter().copied());
            table.push(finding);
        }
    }
    Some(Written {
        enrichment: Enrichment {
            name: name?.value,
            matchers: plain(&matchers),
            pattern: from.map(|from| from.value).zip(pattern),
            set: set?
                .into_iter()
                .map(|(name, template)| (name.value, template.value))
                .collect(),
        },
        matchers,
        used,
    })
}

/// `from` and `pattern` go together.
fn pattern(table: &mut Reader<'_>, from: Option<&Spanned<String>>) -> Option<Regex> {
    let pattern = table.optional::<Spanned<String>>("pattern");
    let lonely = match (from, &pattern) {
        (Some(from), None) => Some((&from.place, "`from` needs a `pattern`")),
        (None, Some(pattern)) => Some((&pattern.place, "`pattern` needs a label: `from`")),
        (Some(_), Some(_)) | (None, None) => None,
    };
    if let Some((place, message)) = lonely {
        let finding = Finding::error(Code::MissingKey, message).at(place, "");
        table.push(finding.help("write from = \"host\" and pattern = '^(..)-'"));
    }
    let pattern = pattern?;
    let compiled = RegexBuilder::new(&pattern.value)
        .size_limit(COMPILED_BYTES_MAX)
        .build();
    match compiled {
        Ok(_) if pattern.value.len() > PATTERN_BYTES_MAX => {
            let message = format!("a pattern has at most {PATTERN_BYTES_MAX} bytes");
            table.push(Finding::error(Code::TooLarge, message).at(&pattern.place, ""));
            None
        }
        Ok(compiled) => Some(compiled),
        Err(error) => {
            // The last line says what is wrong, those before it point at it.
            let error = error.to_string();
            let why = error.lines().last().unwrap_or("").trim();
            let message = "this pattern cannot be read";
            table.push(Finding::error(Code::BadMatcher, message).at(&pattern.place, why));
            None
        }
    }
}

type Set = Vec<(Spanned<String>, Spanned<Template>)>;

/// What is set. `None` after a finding that it is nothing.
fn set(table: &mut Reader<'_>, groups: usize, used: &mut Vec<Spanned<String>>) -> Option<Set> {
    let read = |table: &mut Reader<'_>| {
        let mut set = Vec::new();
        for name in table.keys() {
            let value = table.optional::<Spanned<String>>(&name.value);
            settable(&name, table.findings());
            let Some(value) = value else { continue };
            let holes = template::read(&value, groups, table.findings());
            used.extend(holes.labels);
            set.push((name, Spanned::new(holes.template, value.place)));
        }
        set
    };
    let set = table.table("set", read).unwrap_or_default();
    let place = table.place().clone();
    let finding = match set.get(SET_MAX) {
        Some((surplus, _)) => {
            let message = format!("more than {SET_MAX} labels");
            Finding::error(Code::TooLarge, message).at(&surplus.place, "this one is too many")
        }
        None if set.is_empty() => Finding::error(Code::MissingKey, "this enrichment sets nothing")
            .at(&place, "")
            .help("write set = { cluster = \"$1\" }"),
        None => return Some(set),
    };
    table.push(finding);
    None
}

fn settable(name: &Spanned<String>, findings: &mut Findings) {
    if UNTOUCHABLE.contains(&name.value.as_str()) {
        let message = format!("{} cannot be set", quoted(&name.value));
        findings.push(
            Finding::error(Code::ReservedName, message)
                .at(&name.place, "it says which alert it is")
                .help("set a label of another name"),
        );
    } else if let Err(why) = label_name(&name.value) {
        let message = format!("{} cannot be the name of a label", quoted(&name.value));
        findings.push(Finding::error(Code::BadName, message).at(&name.place, why));
    }
}
