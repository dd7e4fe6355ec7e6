//! Reads which alerts explain others.
//!
//! In: `inhibitions.toml`. Out: the core's inhibitions, and why each is there. One that can
//! never hold, or whose alerts would explain themselves, is a finding.

use std::sync::Arc;

use vedette_config::{
    Code, Document, Finding, Findings, Place, Reader, Source, Spanned, label_name, quoted,
};
use vedette_triage::Inhibition;

use crate::label::KnownLabels;
use crate::matchers::{self, Placed, contradiction, covers, plain};
use crate::name::{spoken_name, unique};
use crate::reason;

/// Inhibitions of one policy.
const INHIBITIONS_MAX: usize = 500;
/// Labels on which source and target agree.
const EQUAL_MAX: usize = 8;

/// An inhibition, and why it is there.
#[derive(Debug, Clone)]
pub(crate) struct Explains {
    pub(crate) inhibition: Inhibition,
    pub(crate) why: String,
}

/// The inhibitions of a file.
pub(crate) fn read(
    source: &Arc<Source>,
    labels: &KnownLabels,
    findings: &mut Findings,
) -> Vec<Explains> {
    let Some(document) = Document::parse(source, findings) else {
        return Vec::new();
    };
    let mut names = Vec::new();
    let inhibitions = document.read(findings, |top| {
        top.tables("inhibition", |table| {
            let name = spoken_name(table, "name");
            if let Some(name) = &name {
                unique(&mut names, name, "inhibition", table.findings());
            }
            inhibition(table, name, labels)
        })
    });
    if inhibitions.len() > INHIBITIONS_MAX {
        let message = format!("more than {INHIBITIONS_MAX} inhibitions");
        let finding = Finding::error(Code::TooLarge, message).at(&Place::whole(source), "");
        findings.push(finding.help("what a host needs to be seen belongs into hosts.csv"));
    }
    inhibitions.into_iter().flatten().collect()
}

/// Everything is read before anything is given up, so that all findings come at once.
fn inhibition(
    table: &mut Reader<'_>,
    name: Option<Spanned<String>>,
    labels: &KnownLabels,
) -> Option<Explains> {
    let [source, target] = [
        ("source", "this does not say which alerts explain others"),
        ("target", "this does not say which alerts are explained"),
    ]
    .map(|(key, message)| {
        let help =
            "write source = ['alertname=\"array-failed\"'] and target = ['component=\"storage\"']";
        matchers::something(table, key, message, help)
    });
    let equal = equal(table);
    let why = reason::why(table);
    let findings = table.findings();
    for matchers in [&source, &target] {
        labels.check_matchers(matchers, findings);
        if let Some((first, second)) = contradiction(matchers) {
            let finding = Finding::error(Code::ConditionNeverTrue, "no alert is like this");
            findings.push(
                finding
                    .at(&first.place, "this")
                    .at(&second.place, "and this cannot both hold"),
            );
        }
    }
    for label in &equal {
        labels.check(&label.value, &label.place, findings);
    }
    if !source.is_empty() && !target.is_empty() {
        themselves(&source, &target, findings);
        agree(&source, &target, &equal, findings);
    }
    Some(Explains {
        inhibition: Inhibition {
            name: name?.value,
            source: plain(&source),
            target: plain(&target),
            equal: equal.into_iter().map(|label| label.value).collect(),
        },
        why: why?,
    })
}

/// `[]` has to be written: without it one alert anywhere is enough for all of them everywhere.
fn equal(table: &mut Reader<'_>) -> Vec<Spanned<String>> {
    let Some(equal) = table.required::<Vec<Spanned<String>>>("equal") else {
        return Vec::new();
    };
    for label in &equal {
        if let Err(why) = label_name(&label.value) {
            let message = format!("{} cannot be the name of a label", quoted(&label.value));
            table.push(Finding::error(Code::BadName, message).at(&label.place, why));
        }
    }
    if let Some(surplus) = equal.get(EQUAL_MAX) {
        let message = format!("more than {EQUAL_MAX} labels");
        let finding = Finding::error(Code::TooLarge, message);
        table.push(finding.at(&surplus.place, "this one is too many"));
    }
    equal
}

/// Alerts that explain each other would all be explained, and none be told of.
fn themselves(source: &Placed, target: &Placed, findings: &mut Findings) {
    if covers(source, target) && covers(target, source) {
        let message = "these alerts would explain themselves";
        findings.push(
            Finding::error(Code::Circular, message)
                .at(&target[0].place, "what is explained")
                .at(&source[0].place, "is the same as what explains")
                .help("one ticket for many alerts is `ticket_per` or [rollup]"),
        );
    }
}

/// That source and target can agree on the labels on which they have to.
fn agree(source: &Placed, target: &Placed, equal: &[Spanned<String>], findings: &mut Findings) {
    for label in equal {
        let on_label = |matchers: &Placed| -> Placed {
            let of_label = matchers
                .iter()
                .filter(|matcher| matcher.value.name() == label.value);
            of_label.cloned().collect()
        };
        let both: Placed = [on_label(source), on_label(target)].concat();
        // What contradicts itself was told already.
        let is_new = contradiction(source).is_none() && contradiction(target).is_none();
        if let (true, Some((first, second))) = (is_new, contradiction(&both)) {
            let message = format!("source and target never agree on {}", quoted(&label.value));
            findings.push(
                Finding::error(Code::ConditionNeverTrue, message)
                    .at(&label.place, "they have to")
                    .at(&first.place, "this")
                    .at(&second.place, "and this cannot both hold"),
            );
        }
    }
}
