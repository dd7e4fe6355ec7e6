//! Decides which rules explain which: `depends_on` leads to rules that exist, in no circle.
//!
//! In: the rules as they are written, and their former names. Out: for each rule the names,
//! as they are now, of those whose firing on the same entity explains it.

use std::collections::BTreeMap;
use std::sync::Arc;

use vedette_config::{Code, Finding, Findings, Spanned};

use crate::circle;
use crate::name::unknown;
use crate::rule::Written;

/// By rule what it depends on; rules that depend on nothing are not there.
pub(crate) type DependsOn = BTreeMap<String, Vec<Arc<str>>>;

/// What each rule depends on.
pub(crate) fn read(
    rules: &[Written],
    renamed: &BTreeMap<Arc<str>, Arc<str>>,
    findings: &mut Findings,
) -> DependsOn {
    let names = rules.iter().map(|rule| rule.name.value.as_str());
    let now = |written: &Spanned<String>| -> Option<&str> {
        let former = renamed.get(written.value.as_str()).map(|name| &**name);
        let known = names.clone().find(|name| *name == written.value);
        known.or(former)
    };
    let mut needs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for rule in rules {
        for other in &rule.depends_on {
            let Some(name) = now(other) else {
                findings.push(unknown("rule", &other.value, &other.place, names.clone()));
                continue;
            };
            let known = needs.entry(&rule.name.value).or_default();
            if !known.contains(&name) {
                known.push(name);
            }
        }
    }
    for circle in circle::walk(&needs).circles {
        let next = circle.get(1).unwrap_or(&circle[0]);
        let first = rules.iter().find(|rule| rule.name.value == circle[0]);
        let written = first.and_then(|rule| {
            let mut all = rule.depends_on.iter();
            all.find(|other| now(other) == Some(next))
        });
        let message = match circle.as_slice() {
            [_] => "a rule cannot explain itself".to_owned(),
            circle => format!("{}: a circle", circle::in_words(circle)),
        };
        let finding = Finding::error(Code::Circular, message);
        findings.push(match written {
            Some(written) => finding.at(&written.place, "").help(
                "`depends_on` names what explains this rule; what is explained does not explain",
            ),
            None => finding,
        });
    }
    let named = |(rule, all): (&str, Vec<&str>)| {
        let all = all.into_iter().map(Arc::from).collect();
        (rule.to_owned(), all)
    };
    needs.into_iter().map(named).collect()
}
