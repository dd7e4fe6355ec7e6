//! Decides which labels alerts can have, as far as it can be known.
//!
//! In: names in matchers, templates and lists. Out: a finding for one that looks like a slip
//! of a label the collector sets. Any other may come from an agent's file or from outside.

use std::collections::BTreeSet;

use vedette_config::{Code, Finding, Findings, Place, nearest, quoted};

use crate::matchers::Placed;

/// Labels that the collector, its tables and the commonest metrics set.
const KNOWN: [&str; 16] = [
    "alertname",
    "check",
    "class",
    "component",
    "device",
    "host",
    "instance",
    "job",
    "kind",
    "mountpoint",
    "service",
    "severity",
    "site",
    "team",
    "tier",
    "unit",
];

/// The labels there are, besides those nobody can know.
#[derive(Debug, Default)]
pub(crate) struct KnownLabels {
    /// What enrichment sets: no slip, however near to another.
    pub(crate) enriched: BTreeSet<String>,
}

impl KnownLabels {
    /// Warns of each matcher on a label that looks like a slip.
    pub(crate) fn check_matchers(&self, matchers: &Placed, findings: &mut Findings) {
        for matcher in matchers {
            self.check(matcher.value.name(), &matcher.place, findings);
        }
    }

    /// Warns of a label that looks like a slip.
    pub(crate) fn check(&self, name: &str, place: &Place, findings: &mut Findings) {
        if KNOWN.contains(&name) || self.enriched.contains(name) {
            return;
        }
        if let Some(near) = nearest(name, KNOWN) {
            let message = format!("no alert has a label {} that we know of", quoted(name));
            findings.push(
                Finding::warning(Code::UnknownLabel, message)
                    .at(place, "")
                    .help(format!("did you mean {near}?")),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use vedette_config::Source;

    use super::*;

    #[test]
    fn a_slip_of_a_label_we_set_is_told() {
        for (name, near) in [
            ("sit", "site"),
            ("Severity", "severity"),
            ("hosts", "host"),
            ("alert_name", "alertname"),
            ("mount_point", "mountpoint"),
        ] {
            assert_eq!(told(name), format!("did you mean {near}?"), "{name}");
        }
    }

    #[test]
    fn labels_of_other_people_are_none_of_our_business() {
        let others = [
            "env",
            "stage",
            "rack",
            "role",
            "node",
            "pod",
            "namespace",
            "cluster",
            "dc",
            "os",
            "patchgroup",
            "owner",
            "zone",
            "region",
            "name",
            "type",
            "state",
            "mode",
        ];
        for name in others {
            assert_eq!(told(name), "", "{name}");
        }
    }

    fn told(name: &str) -> String {
        let mut findings = Findings::new();
        let place = Place::whole(&Source::new("x", ""));
        KnownLabels::default().check(name, &place, &mut findings);
        let first = findings
            .sorted()
            .first()
            .and_then(|finding| finding.help.clone());
        first.unwrap_or_default()
    }
}
