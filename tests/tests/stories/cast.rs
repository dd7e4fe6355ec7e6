//! Who takes part in a story: conditions of rules on hosts and devices, and alerts from outside.

use std::collections::BTreeSet;
use std::sync::Arc;

use vedette_triage::{About, EntityId, HostSays, Identity, Labels, Late, Look, Policy, Severity};
use vedette_wire::{Class, HostFacts};

use crate::words::Words;

/// A host that reports.
#[derive(Clone)]
pub(crate) struct Machine {
    /// What the story calls it, whatever it calls itself.
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) class: Class,
    pub(crate) labels: Labels,
    pub(crate) boot: String,
    pub(crate) kernel: String,
    /// Whether it reports.
    pub(crate) is_here: bool,
    /// The checks it makes of devices.
    pub(crate) looks: Vec<Look>,
    /// The devices that it sees failing.
    pub(crate) fails: BTreeSet<String>,
}

impl Machine {
    /// `[server|workstation] [named NAME] [label=value ...]`, of a host the story calls so.
    pub(crate) fn read(key: &str, words: &mut Words<'_>) -> Result<Machine, String> {
        let name = words.after("named").unwrap_or(key);
        let class = match words.takes("workstation") {
            true => Class::Workstation,
            false => {
                words.takes("server");
                Class::Server
            }
        };
        Ok(Machine {
            boot: format!("boot of {key}"),
            kernel: words.value("kernel").unwrap_or_else(|| "6.1.0".into()),
            labels: words.pairs()?,
            key: key.to_owned(),
            name: name.to_owned(),
            class,
            is_here: true,
            looks: Vec::new(),
            fails: BTreeSet::new(),
        })
    }

    pub(crate) fn id(&self) -> EntityId {
        EntityId::new(&format!("id-of-{}", self.key))
    }

    pub(crate) fn seen(&self) -> HostSays {
        HostSays::Seen {
            facts: HostFacts {
                name: self.name.clone(),
                class: self.class,
                kernel: self.kernel.clone(),
                labels: self
                    .labels
                    .iter()
                    .map(|(name, value)| (name.into(), value.into()))
                    .collect(),
                ..HostFacts::default()
            },
            boot: self.boot.clone(),
            version: "0.1.0".into(),
            interval_s: 15.0,
        }
    }
}

/// A condition of one of our rules, as the shards would say it.
pub(crate) struct Condition {
    pub(crate) identity: Identity,
    pub(crate) about: Arc<About>,
    pub(crate) severity: Severity,
}

impl Condition {
    /// `[warning|critical] [late [over]] [attribute=value ...] ["title"]`, of a host or device.
    pub(crate) fn of_rule(
        rule: &str,
        entity: &EntityId,
        (class, host): (Class, &Labels),
        words: &mut Words<'_>,
        policy: &Policy,
    ) -> Result<Condition, String> {
        let known = policy
            .rules
            .get(rule)
            .ok_or_else(|| format!("no rule is called {rule:?}"))?;
        let severity = words.severity().unwrap_or(Severity::Critical);
        let late = match words.takes_anywhere("late") {
            true if words.takes_anywhere("over") => Some(Late::Over),
            true => Some(Late::Holds),
            false => None,
        };
        let values = words.values()?;
        let title = words.quoted().unwrap_or_else(|| format!("{rule} holds"));
        let attributes = words.pairs()?;
        let handling = policy.detection.get(rule).map(|rule| rule.handling(class));
        let own = [
            ("alertname", rule),
            ("component", known.component.as_str()),
            ("severity", severity.as_str()),
        ];
        Ok(Condition {
            identity: Identity::of_rule(entity, rule, &attributes),
            about: Arc::new(About {
                labels: attributes.iter().chain(host.iter()).chain(own).collect(),
                title,
                component: known.component.clone(),
                handling,
                values,
                late,
                ..About::default()
            }),
            severity,
        })
    }

    /// `label=value ...` of an alert from outside.
    pub(crate) fn from_outside(words: &mut Words<'_>) -> Result<Condition, String> {
        let title = words.quoted();
        let labels = words.pairs()?;
        let severity = match labels.get("severity") {
            Some("critical") => Severity::Critical,
            Some("warning") => Severity::Warning,
            Some(_) | None => Severity::Info,
        };
        let name = labels.get("alertname").unwrap_or("an alert").to_owned();
        Ok(Condition {
            identity: Identity::of_alertmanager(&labels),
            about: Arc::new(About {
                title: title.unwrap_or(name),
                labels,
                ..About::default()
            }),
            severity,
        })
    }
}
