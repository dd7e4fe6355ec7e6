//! Keeps detection rules: what to look at, when it is bad, when it is well again.
//!
//! In: built by the policy. Knows nothing of files, titles or tickets.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use vedette_wire::Class;

use super::{Condition, Names, Variable};
use crate::{EvidenceKind, Handling, Labels, Matchers, Timestamp};

/// One detection rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its name.
    pub name: Arc<str>,
    /// `storage`, `memory`, ...
    pub component: String,
    /// What its alert is worth, by the class of the host.
    pub handling: BTreeMap<Class, Handling>,
    /// What it looks at.
    pub on: On,
    /// All must hold for the attributes, the describing ones included.
    pub matchers: Matchers,
    /// Other metrics of the same thing: short name, metric.
    pub with: Vec<(String, Arc<str>)>,
    /// Parameters: name, value in the base unit.
    pub params: Vec<(String, f64)>,
    /// Where it is different. The first that matches counts.
    pub exceptions: Vec<Exception>,
    /// When it is worth a warning.
    pub warning: Option<Arc<Condition>>,
    /// When it is critical; then it is worth a warning, too.
    pub critical: Option<Arc<Condition>>,
    /// How long `warning` must hold.
    pub warning_for: Duration,
    /// How long `critical` must hold.
    pub critical_for: Duration,
    /// When it is well again; absent: when neither condition holds.
    pub warning_clear: Option<Arc<Condition>>,
    /// When it is critical no more; absent: when `critical` has not held for `close_delay`.
    pub critical_clear: Option<Arc<Condition>>,
    /// Where what it measures is heading, told with its alert.
    pub trend: Option<Trend>,
    /// What its host is asked for when it begins to fire.
    pub evidence: Vec<EvidenceKind>,
    /// Rules whose firing on the same entity explains this one.
    pub depends_on: Vec<Arc<str>>,
    /// Decides and is shown, but opens nothing.
    pub shadow: bool,
}

/// What a rule looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum On {
    /// Each series of a metric.
    Metric(Arc<str>),
    /// A kind of event.
    Event(Arc<str>),
    /// The host itself: its silence and its absence.
    Host,
}

/// What to tell of where the rule's own series is heading, while it fires: how much time is left
/// ([`About::TIME_TO_BREACH`]) and by how much it comes nearer in an hour ([`About::TREND`]).
///
/// [`About::TIME_TO_BREACH`]: crate::About::TIME_TO_BREACH
/// [`About::TREND`]: crate::About::TREND
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// The value at which something breaks.
    pub limit: f64,
    /// How far back it is looked at.
    pub over: Duration,
}

/// Where a rule is different, until when.
#[derive(Debug, Clone, PartialEq)]
pub struct Exception {
    /// All must hold for host labels and attributes.
    pub matchers: Matchers,
    /// What is different.
    pub effect: Effect,
    /// Until when; every override has an end (invariant 10).
    pub until: Timestamp,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub why: String,
    /// Whether a person made it with the command; else a file says so.
    pub is_made: bool,
}

impl Exception {
    /// What is different, in words: `off`, `warn_used 0.98`.
    pub fn words(&self, rule: &Rule) -> String {
        let Effect::Set(set) = &self.effect else {
            return "off".into();
        };
        let names = rule.names();
        let set = set.iter().map(|(variable, value)| {
            let name = names.name(*variable).unwrap_or("?");
            format!("{name} {value}")
        });
        set.collect::<Vec<_>>().join(", ")
    }

    /// What it is about, in words: `filesystem-space where host="nas-1"`.
    pub fn about(&self, rule: &Rule) -> String {
        let matchers = self.matchers.0.iter().map(ToString::to_string);
        let matchers: Vec<String> = matchers.collect();
        format!("{} where {}", rule.name, matchers.join(" "))
    }
}

/// What an exception does.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// These parameters have these values.
    Set(Vec<(Variable, f64)>),
    /// The rule does not exist there.
    Off,
}

impl Rule {
    /// The names its conditions can use.
    pub fn names(&self) -> Names {
        Names::of(
            &self.on,
            self.with.iter().map(|(short, _)| short.as_str()),
            self.params.iter().map(|(name, _)| name.as_str()),
        )
    }

    /// What its alert is worth on a host of this class.
    pub fn handling(&self, class: Class) -> Handling {
        self.handling
            .get(&class)
            .copied()
            .unwrap_or(Handling::Ticket)
    }

    /// Its conditions in a fixed order: warning, critical, and their clears.
    pub(crate) fn conditions(&self) -> [Option<&Arc<Condition>>; 4] {
        [
            self.warning.as_ref(),
            self.critical.as_ref(),
            self.warning_clear.as_ref(),
            self.critical_clear.as_ref(),
        ]
    }

    /// The exception that holds now for these labels (the host's and the attributes).
    pub(crate) fn exception(&self, now: Timestamp, labels: &Labels) -> Option<&Effect> {
        self.exceptions
            .iter()
            .find(|exception| now < exception.until && exception.matchers.match_all(labels))
            .map(|exception| &exception.effect)
    }
}
