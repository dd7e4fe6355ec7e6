//! Keeps from when on many alerts are one thing, and what one alert keeps another from opening.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::Matchers;

/// An alert that explains others.
#[derive(Debug, Clone, PartialEq)]
pub struct Inhibition {
    /// Its name.
    pub name: String,
    /// A firing alert that these match ...
    pub source: Matchers,
    /// ... keeps alerts that these match from opening ...
    pub target: Matchers,
    /// ... where both agree on these labels; absent on both agrees.
    pub equal: Vec<String>,
}

/// From when on an alert that comes and goes is one long trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flapping {
    /// So many changes ...
    pub changes: u32,
    /// ... within this time.
    pub within: Duration,
    /// Over after this long without a change.
    pub over_after: Duration,
}

impl Default for Flapping {
    /// Contract section 4.
    fn default() -> Flapping {
        Flapping {
            changes: 5,
            within: Duration::from_secs(3600),
            over_after: Duration::from_secs(30 * 60),
        }
    }
}

/// From when on many alerts are one incident; a count of 0 is off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollUp {
    /// Whose alerts.
    pub sources: BTreeSet<Kind>,
    /// Entities that fall silent within [`RollUp::mass_within`].
    pub mass_entities: u32,
    /// See above.
    pub mass_within: Duration,
    /// How long the first that falls silent waits for the others before anybody is told.
    pub mass_window: Duration,
    /// Hosts on which the same rule fires within [`RollUp::same_rule_within`].
    pub same_rule_hosts: u32,
    /// See above.
    pub same_rule_within: Duration,
    /// Different alerts of one owner team that begin within a minute.
    pub storm_per_minute: u32,
}

/// Whose alert it is, as far as rolling up is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Of our own rules, over what agents measure.
    Rules,
    /// Of our own rules, over the checks of agents.
    Checks,
    /// Of the Alertmanager API.
    Alertmanager,
    /// Over OpenTelemetry.
    Otlp,
}

impl Default for RollUp {
    /// The defaults of the contract.
    fn default() -> RollUp {
        RollUp {
            sources: BTreeSet::from([Kind::Rules, Kind::Checks]),
            mass_entities: 5,
            mass_within: Duration::from_secs(120),
            mass_window: Duration::from_secs(30),
            same_rule_hosts: 5,
            same_rule_within: Duration::from_secs(30 * 60),
            storm_per_minute: 60,
        }
    }
}
