//! Conditions as detection would say them, and what surrounds them.

use std::sync::Arc;

use vedette_triage::{About, Drill, EntityId, Handling, HostSays, Identity, Labels, Severity};
use vedette_wire::{Class, Goodbye, HostFacts};

/// One of our own conditions, as detection would say it.
#[derive(Clone)]
pub struct Condition {
    pub rule: String,
    pub host: String,
    /// The entity, which is not the name.
    pub entity: String,
    pub severity: Severity,
    pub handling: Option<Handling>,
    pub drill: Option<Drill>,
    pub labels: Vec<(String, String)>,
    pub component: String,
    /// What it saw, besides `value`.
    pub values: Vec<(String, f64)>,
}

impl Condition {
    pub fn with(mut self, name: &str, value: &str) -> Condition {
        self.labels.push((name.into(), value.into()));
        self
    }

    /// The same, which saw this as well.
    pub fn measured(&self, name: &str, value: f64) -> Condition {
        let mut condition = self.clone();
        condition.values.push((name.into(), value));
        condition
    }

    pub fn worth(mut self, handling: Handling) -> Condition {
        self.handling = Some(handling);
        self
    }

    pub fn drill(mut self, drill: Drill) -> Condition {
        self.drill = Some(drill);
        self
    }

    pub fn severity(mut self, severity: Severity) -> Condition {
        self.severity = severity;
        self
    }

    pub fn identity(&self) -> Identity {
        let attributes: Labels = self
            .labels
            .iter()
            .filter(|(name, _)| ["mountpoint", "check", "job", "unit"].contains(&name.as_str()))
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let identity = Identity::of_rule(&EntityId::new(&self.entity), &self.rule, &attributes);
        match self.drill {
            Some(_) => identity.as_drill(),
            None => identity,
        }
    }

    pub fn about(&self) -> Arc<About> {
        let own = [
            ("alertname", self.rule.as_str()),
            ("host", self.host.as_str()),
            ("severity", self.severity.as_str()),
        ];
        let others = self
            .labels
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        Arc::new(About {
            labels: own.into_iter().chain(others).collect(),
            annotations: Labels::none(),
            title: format!("{} is bad", self.rule),
            means: format!("{} hurts", self.rule),
            first: vec!["df -h".into()],
            component: self.component.clone(),
            handling: self.handling,
            values: std::iter::once(("value".into(), 0.5))
                .chain(self.values.clone())
                .collect(),
            generator_url: String::new(),
            ..About::default()
        })
    }
}

/// A critical condition of a rule on a server.
pub fn condition(rule: &str, host: &str) -> Condition {
    Condition {
        rule: rule.into(),
        host: host.into(),
        entity: format!("id-of-{host}"),
        severity: Severity::Critical,
        handling: Some(Handling::Ticket),
        drill: None,
        labels: vec![("class".into(), "server".into())],
        component: "storage".into(),
        values: Vec::new(),
    }
}

pub(super) fn outside(labels: &Labels) -> Arc<About> {
    Arc::new(About {
        labels: labels.clone(),
        title: labels.get("alertname").unwrap_or("an alert").into(),
        ..About::default()
    })
}

pub fn seen(name: &str, class: Class, boot: &str) -> HostSays {
    HostSays::Seen {
        facts: HostFacts {
            name: name.into(),
            class,
            ..HostFacts::default()
        },
        boot: boot.into(),
        version: "0.1.0".into(),
        interval_s: 15.0,
    }
}

pub fn left(reason: Goodbye) -> HostSays {
    HostSays::Left { reason }
}
