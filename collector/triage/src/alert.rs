//! Keeps one deduplicated condition.
//!
//! Knows nothing of incidents beyond the number of the one it belongs to.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Awaits, Begun, EntityId, Identity, Impact, IncidentId, Labels, Source, Timestamp};

/// The number of an alert, given by the engine in order of appearance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AlertId(pub u64);

/// How bad a condition is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; never a ticket by itself.
    Info,
    /// Should be dealt with.
    Warning,
    /// Must be dealt with now.
    Critical,
}

impl Severity {
    /// The word used in labels, configuration and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Critical => "critical",
        }
    }
}

/// What an alert is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Handling {
    /// Console, metrics and API only.
    Watch,
    /// Collected into one ticket per team.
    Digest,
    /// A ticket.
    Ticket,
    /// A ticket, and somebody is woken.
    Page,
}

impl Handling {
    /// The word used in configuration and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Handling::Watch => "watch",
            Handling::Digest => "digest",
            Handling::Ticket => "ticket",
            Handling::Page => "page",
        }
    }
}

/// A marked, harmless fault that goes through the whole path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Drill {
    /// Opens its ticket and pages nobody.
    Quiet,
    /// Pages as the real fault would.
    Paging,
}

/// What an agent can be asked for when an alert begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// The processes that use most processor time and memory.
    TopProcesses,
    /// The largest folders of the file system.
    LargestFolders,
    /// The last lines of the unit in the journal.
    LastLines,
}

impl EvidenceKind {
    /// All of them.
    pub const ALL: [EvidenceKind; 3] = [
        EvidenceKind::TopProcesses,
        EvidenceKind::LargestFolders,
        EvidenceKind::LastLines,
    ];

    /// The word used in rules and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            EvidenceKind::TopProcesses => "top_processes",
            EvidenceKind::LargestFolders => "largest_folders",
            EvidenceKind::LastLines => "last_lines",
        }
    }

    /// What stands above it.
    pub fn words(self) -> &'static str {
        match self {
            EvidenceKind::TopProcesses => "Top processes",
            EvidenceKind::LargestFolders => "Largest folders",
            EvidenceKind::LastLines => "Last lines",
        }
    }
}

/// What an agent found when it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What it was asked for.
    pub what: EvidenceKind,
    /// When it came.
    pub at: Timestamp,
    /// What was found, a line each; at most [`crate::limits::EVIDENCE_LINES_MAX`].
    pub lines: Vec<String>,
}

/// What a condition is worth whose event came late, out of a backlog (invariant 17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Late {
    /// Its effect still holds.
    Holds,
    /// Had it come in time it would be over by now: one priority lower.
    Over,
}

/// What describes an alert. All of it may change without making another alert.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// All labels people and matchers see: `alertname`, `host`, `severity`, host labels, attributes.
    pub labels: Labels,
    /// Free text that came with it.
    pub annotations: Labels,
    /// One line for people, without the host; never empty.
    pub title: String,
    /// What it means if nothing is done, in the rule's words for what it saw; may be empty.
    #[serde(default)]
    pub means: String,
    /// The first commands to try, ready to be pasted.
    #[serde(default)]
    pub first: Vec<String>,
    /// `storage`, `memory`, `cpu`, ...; empty for alerts from outside that have none.
    pub component: String,
    /// What it is worth, already chosen for the host's class.
    pub handling: Option<Handling>,
    /// The values the condition saw, by the names it used; at most [`crate::limits::VALUES_MAX`].
    pub values: Vec<(String, f64)>,
    /// Where the sender shows it; may be empty.
    pub generator_url: String,
    /// What the check or event that found it says; may be empty and may have several lines.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The id of the event that caused it, so that the same one after a restart is the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Set where that event came late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<Late>,
}

impl About {
    /// Name of the value that says how many seconds are left until the limit is reached.
    pub const TIME_TO_BREACH: &str = "time_to_breach";
    /// Name of the value that says by how much it comes nearer to its limit in an hour; negative
    /// where it goes away from it.
    pub const TREND: &str = "trend";

    /// What the condition saw under a name.
    pub fn value(&self, name: &str) -> Option<f64> {
        let named = self.values.iter().find(|(known, _)| known == name);
        named.map(|(_, value)| *value)
    }
}

/// Firing or resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    /// It holds.
    Firing,
    /// It holds no longer.
    Resolved {
        /// Since when.
        at: Timestamp,
        /// Which statement ended it.
        end: End,
    },
}

/// The statements that may end an alert (design section 3). Absence is not among them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum End {
    /// The clear condition was measured.
    Recovered,
    /// Its sender said so.
    SaidBySender,
    /// Its sender stopped repeating it; worded "no longer reported by".
    Expired {
        /// Who reported it.
        sender: String,
    },
    /// The probe looked, succeeded, and the thing was not there for so long.
    Gone {
        /// For how many seconds.
        after_s: u64,
    },
    /// The rule no longer exists.
    RuleRemoved,
    /// The entity was removed by a person.
    EntityRetired {
        /// Who removed it.
        by: String,
    },
    /// A person closed its incident.
    ClosedByPerson {
        /// Who closed it.
        by: String,
    },
    /// The drill is over.
    DrillOver,
}

/// One deduplicated condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// Its number.
    pub id: AlertId,
    /// What makes it this one.
    pub identity: Identity,
    /// What describes it, with what people know of its place.
    pub about: Arc<About>,
    /// The labels that are set otherwise than its source said: name, and what it said; empty where
    /// it said nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub enriched: Vec<(Arc<str>, Arc<str>)>,
    /// How bad it is now, or was when it ended.
    pub severity: Severity,
    /// Firing or resolved.
    pub state: AlertState,
    /// Since when this occurrence holds, as the source knows it.
    pub starts_at: Timestamp,
    /// When the engine last changed it.
    pub updated_at: Timestamp,
    /// How long its sender vouches for it after each repeat, in milliseconds; none for our own rules.
    pub validity_ms: Option<u64>,
    /// Until when its sender vouched for it when this was written; written behind.
    pub valid_until: Option<Timestamp>,
    /// The incident it belongs to; none for what is only watched.
    pub incident: Option<IncidentId>,
    /// Set for a drill.
    pub drill: Option<Drill>,
    /// When its limit is reached, as was estimated when it was last heard of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breach_at: Option<Timestamp>,
    /// How often it began to fire since it was first seen.
    pub occurrences: u32,
    /// When it began to fire or became worse, or when what explained it ended, as the engine saw it.
    #[serde(default)]
    pub fresh_at: Timestamp,
    /// The keys under which it explains others while it fires, by the policy in force.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub explains: Vec<Arc<str>>,
    /// What its host found when it was asked, of each kind the newest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// What it counts for when many begin together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun: Option<Begun>,
    /// How it turned lately.
    #[serde(default, skip_serializing_if = "Turns::is_calm")]
    pub turns: Turns,
    /// What it waits for because of what its place needs to be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaits: Option<Box<Awaits>>,
}

/// When a condition turned for the worse or the better.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turns {
    /// Within the policy's time, the newest last; at most [`crate::limits::TURNS_KEPT_MAX`].
    pub at: Vec<Timestamp>,
    /// Whether the last was for the worse.
    pub is_worse: bool,
    /// Set while it turns too often.
    pub flap: Option<Flap>,
}

impl Turns {
    fn is_calm(&self) -> bool {
        self.at.is_empty() && self.flap.is_none()
    }
}

/// It comes and goes too often to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flap {
    /// When that began.
    pub since: Timestamp,
    /// When it is over, if nothing turns.
    pub until: Timestamp,
}

/// The component of what says that a place itself has failed.
pub(crate) const LIVENESS: &str = "liveness";

impl Alert {
    /// One that begins to fire now, of no incident yet.
    pub fn begins(
        id: AlertId,
        identity: Identity,
        about: Arc<About>,
        severity: Severity,
        now: Timestamp,
    ) -> Alert {
        Alert {
            id,
            identity,
            about,
            enriched: Vec::new(),
            severity,
            state: AlertState::Firing,
            starts_at: now,
            updated_at: now,
            validity_ms: None,
            valid_until: None,
            incident: None,
            drill: None,
            breach_at: None,
            occurrences: 1,
            fresh_at: now,
            explains: Vec::new(),
            evidence: Vec::new(),
            begun: None,
            turns: Turns::default(),
            awaits: None,
        }
    }

    /// What it is about by the name people know it by: a host's or device's, of an alert from
    /// outside its `host`, else its `instance` without the port. None for the collector itself.
    pub fn place(&self) -> Option<&str> {
        match self.identity.source {
            Source::Alertmanager => {
                let labels = &self.identity.labels;
                let is_placed = labels.get("host").or_else(|| labels.get("instance"));
                is_placed.map(|_| self.identity.place())
            }
            Source::Rules => match self.identity.entity_id() {
                Some(EntityId::COLLECTOR | EntityId::DRILL) | None => None,
                Some(_) => self.about.labels.get("host"),
            },
        }
    }

    /// Whether it says that what it is about has failed itself: it is silent, down, did not return.
    pub fn is_liveness(&self) -> bool {
        let component = match self.about.component.as_str() {
            "" => self.about.labels.get("component").unwrap_or(""),
            component => component,
        };
        component == LIVENESS
    }

    /// How much hangs on what it is about: label `tier="1"` high, `tier="2"` medium, a workstation
    /// low, everything else (alerts from outside among it) counts as a server, medium.
    pub fn impact(&self) -> Impact {
        let labels = &self.about.labels;
        let tier = labels.get("tier");
        if tier == Some("1") {
            return Impact::High;
        }
        match self.identity.source {
            Source::Rules | Source::Alertmanager if tier == Some("2") => Impact::Medium,
            Source::Rules if labels.get("class") == Some("workstation") => Impact::Low,
            Source::Rules | Source::Alertmanager => Impact::Medium,
        }
    }

    /// What describes it, as its source said it.
    pub fn said(&self) -> Arc<About> {
        if self.enriched.is_empty() {
            return Arc::clone(&self.about);
        }
        Arc::new(About {
            labels: self.labels_said(),
            ..About::clone(&self.about)
        })
    }

    /// Its labels, as its source said them.
    pub fn labels_said(&self) -> Labels {
        let set = self.enriched.iter();
        set.fold(self.about.labels.clone(), |labels, (name, said)| {
            labels.with(name, said)
        })
    }

    /// Whether it holds.
    pub fn is_firing(&self) -> bool {
        match self.state {
            AlertState::Firing => true,
            AlertState::Resolved { .. } => false,
        }
    }
}
