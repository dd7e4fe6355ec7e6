//! Keeps what the engine knows of a host.
//!
//! Whether it is silent right now is measured in the shards; here is what must
//! survive a restart.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vedette_wire::{Goodbye, HostFacts};

use crate::{AlertId, EntityId, Labels, Timestamp};

/// A machine with an agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Host {
    /// Its random id.
    pub id: EntityId,
    /// What it says of itself.
    pub facts: HostFacts,
    /// The kernel's boot id at the last change.
    pub boot: String,
    /// The agent's version.
    pub version: String,
    /// The pause between its reports, in seconds.
    pub interval_s: f64,
    /// When it was first heard of.
    pub first_seen: Timestamp,
    /// Until when what begins to hold on it was found at its enrolment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enrols_until: Option<Timestamp>,
    /// Set while it is gone on purpose.
    pub away: Option<Away>,
    /// Set while people say that it is not there any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired: Option<Box<Retired>>,
    /// Set while it is silent: when it was last heard of.
    pub silent_since: Option<Timestamp>,
    /// Another host that claims the same name.
    pub name_also_claimed_by: Option<EntityId>,
    /// What was changed on it on purpose, the newest last; at most
    /// [`crate::limits::CHANGES_PER_HOST_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<HostChange>,
    /// When it last came back after it was silent or away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back_at: Option<Timestamp>,
    /// When its newest boot was first heard of, if it has booted since it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booted_at: Option<Timestamp>,
    /// What its agent looks at besides itself, in order; at most
    /// [`crate::limits::LOOKS_PER_HOST_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub looks: Vec<Look>,
    /// The alerts that say what is wrong with it since a window.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reported: Vec<AlertId>,
}

impl Host {
    /// One that is first heard of now.
    pub fn appears(
        id: EntityId,
        facts: HostFacts,
        (boot, version): (&str, &str),
        interval_s: f64,
        now: Timestamp,
    ) -> Host {
        Host {
            id,
            facts,
            boot: boot.to_owned(),
            version: version.to_owned(),
            interval_s,
            first_seen: now,
            enrols_until: None,
            away: None,
            retired: None,
            silent_since: None,
            name_also_claimed_by: None,
            changes: Vec::new(),
            back_at: None,
            booted_at: None,
            looks: Vec::new(),
            reported: Vec::new(),
        }
    }
}

/// A person said that a host is not there any more: nothing of it opens, until it is revived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retired {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub why: String,
    /// Since when it reports all the same.
    pub reports_since: Option<Timestamp>,
}

/// A check of a device that an agent makes again and again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// The device.
    pub device: Arc<str>,
    /// The check, by name.
    pub check: Arc<str>,
    /// What kind of check it is: `icmp`, `http`, ...
    pub kind: Arc<str>,
    /// The pause between its runs, in seconds.
    pub every_s: f64,
}

/// Kinds of checks that ask a device for nothing but an answer.
const ASKS_FOR_AN_ANSWER: [&str; 4] = ["icmp", "tcp", "http", "dns"];
/// Names that people give to checks of that sort made by a plugin or over SNMP.
const NAMED_FOR_AN_ANSWER: [&str; 3] = ["ping", "alive", "reachable"];

impl Look {
    /// Whether a device that fails it cannot be reached, as opposed to being reached and not well.
    pub fn asks_for_an_answer(&self) -> bool {
        ASKS_FOR_AN_ANSWER.contains(&&*self.kind) || NAMED_FOR_AN_ANSWER.contains(&&*self.check)
    }
}

/// Something that was changed on purpose: a package, a kernel, a file, a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostChange {
    /// The event's id; the same again is the same change.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// What kind of thing.
    pub what: String,
    /// Which one.
    pub name: String,
    /// What it was; empty when it is new.
    pub before: String,
    /// What it is; empty when it is gone.
    pub after: String,
}

impl HostChange {
    /// It in a few words: `postgresql-15 15.4 instead of 15.3`.
    pub fn words(&self) -> String {
        let HostChange {
            what,
            name,
            before,
            after,
            ..
        } = self;
        let named = match what.as_str() {
            "package" => name.clone(),
            what => format!("{what} {name}"),
        };
        match (before.as_str(), after.as_str()) {
            ("", "") => format!("{named} changed"),
            ("", after) => format!("{named} {after} is new"),
            (_, "") => format!("{named} removed"),
            (before, after) => format!("{named} {after} instead of {before}"),
        }
    }
}

impl Host {
    /// Whether it is neither silent nor gone on purpose, as far as was told.
    pub fn is_here(&self) -> bool {
        self.silent_since.is_none() && self.away.is_none() && self.retired.is_none()
    }

    /// How its agent looks at a device.
    pub fn looks_at(&self, device: &str) -> impl Iterator<Item = &Look> {
        self.looks
            .iter()
            .filter(move |look| *look.device == *device)
    }

    /// What was changed on it since then, the newest first.
    pub fn changes_since(&self, since: Timestamp) -> impl Iterator<Item = &HostChange> {
        self.changes
            .iter()
            .rev()
            .filter(move |change| change.at >= since)
    }

    /// The labels every alert about this host carries: its own, then `host`, `class`.
    pub fn labels(&self) -> Labels {
        self.facts
            .labels
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .chain([
                ("host", self.facts.name.as_str()),
                ("class", self.facts.class.as_str()),
            ])
            .collect()
    }
}

/// Gone on purpose: a goodbye buys time, never silence (invariant 6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Away {
    /// When it said goodbye.
    pub since: Timestamp,
    /// Why.
    pub reason: Goodbye,
    /// When it should be back; none for a workstation that sleeps or is switched off.
    pub until: Option<Timestamp>,
}
