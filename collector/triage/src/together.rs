//! Keeps that many alerts are one thing: one rule on many hosts, many that fell
//! silent, a storm.
//!
//! Decides nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// What an alert counts for when many begin together. One that is a drill, a shadow's, worth no
/// ticket, or of a source that is grouped by its sender has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// When it began, or was free to be told, by our clock.
    pub at: Timestamp,
    /// Who owns it: teams are never counted together.
    pub team: Arc<str>,
    /// What others must be to be the same: the rule and the check, job or unit it is about, or
    /// [`Begun::SILENCE`].
    pub what: Arc<str>,
}

impl Begun {
    /// Of entities that fell silent, whichever rule says so. No rule is called so.
    pub const SILENCE: &str = "@silence";
    /// Of workstations that fell silent, before the name of their site.
    pub const WORKSTATIONS: &str = "@workstations of ";
    /// Of a storm, whatever it is made of.
    pub const STORM: &str = "@storm";

    /// Whether it is about an entity that fell silent.
    pub fn is_silence(&self) -> bool {
        &*self.what == Begun::SILENCE || self.is_of_workstation()
    }

    /// Whether it is a workstation's silence, which is only watched where it is alone.
    pub fn is_of_workstation(&self) -> bool {
        self.what.starts_with(Begun::WORKSTATIONS)
    }
}

/// Why an incident is about many alerts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Together {
    /// What makes them one.
    pub of: TogetherOf,
    /// Members that fired when they joined, each once: of how many those that fire now are the rest.
    pub joined: u32,
    /// When it is looked at whether the rest is so small that each gets an incident of its own, or
    /// whether the storm is over.
    pub look_at: Option<Timestamp>,
    /// Whether it is about one thing that hosts of many teams see fail: only its owner is told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_owners: bool,
    /// Set for a storm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storm: Option<Storm>,
}

/// What makes many alerts one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TogetherOf {
    /// The same rule, on many hosts.
    SameRule {
        /// Its name; of alerts from outside, theirs.
        rule: Arc<str>,
        /// The check, job or unit, if the rule is about such.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        thing: Option<Arc<str>>,
    },
    /// Entities that fell silent at once.
    Silence,
    /// More began within a minute than anybody can look at one by one.
    Storm,
}

/// How a storm stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storm {
    /// Since when less than half as much begins.
    pub calm_since: Option<Timestamp>,
    /// It takes nothing more, and what it has is placed anew.
    pub is_over: bool,
    /// Services its members are of; at most [`crate::limits::STORM_SERVICES_MAX`].
    pub services: BTreeSet<Arc<str>>,
    /// Alerts that still fired when it was over and have incidents of their own.
    pub let_go: u32,
}

impl TogetherOf {
    /// What fires, where it is the same on many hosts: `check-failing of ssh`.
    pub(crate) fn same(rule: &str, thing: Option<&str>) -> String {
        match thing {
            Some(thing) => format!("{rule} of {thing}"),
            None => rule.to_owned(),
        }
    }

    /// The word used in metrics.
    pub fn as_str(&self) -> &'static str {
        match self {
            TogetherOf::SameRule { .. } => "same_rule",
            TogetherOf::Silence => "silence",
            TogetherOf::Storm => "storm",
        }
    }
}
