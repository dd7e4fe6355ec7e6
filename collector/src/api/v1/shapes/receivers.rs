//! What is said of receivers and deliveries.

use serde::{Deserialize, Serialize};

use super::{Delivery, ReceiverBacklog};
use crate::api::Time;

/// Receivers, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receivers {
    /// All of them, and those the policy no longer has for which something waits.
    pub receivers: Vec<Receiver>,
}

/// One receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receiver {
    /// How it is doing.
    #[serde(flatten)]
    pub standing: ReceiverBacklog,
    /// Its profile; none when the policy no longer has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Its pause, while a person wants one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<ReceiverPause>,
    /// What it is; only where one is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<ReceiverDescription>,
}

/// What a receiver is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiverDescription {
    /// What its profile speaks to.
    pub about: String,
    /// What keeps a ticket from being made twice.
    pub once: String,
    /// How we say who we are.
    pub login: String,
    /// The operations it has.
    pub can: Vec<String>,
    /// Those for which nothing is done there.
    pub cannot: Vec<String>,
    /// What has to be made at the other side.
    pub setup: Vec<String>,
}

/// Why a receiver is left alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiverPause {
    /// Who wants it.
    pub by: String,
    /// Why.
    pub why: String,
    /// Until when.
    pub until: Time,
}

/// Leave a receiver alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiverPauseRequest {
    /// Who; the token's name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// For how long, as in `2h`; at most 7 days.
    #[serde(rename = "for")]
    pub lasts: String,
    /// Why, in at least 8 characters.
    pub why: String,
}

/// Try a receiver out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiverTestRequest {
    /// With a ticket that is marked as a test.
    #[serde(default)]
    pub full: bool,
}

/// How a receiver was tried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiverTest {
    /// Whether nothing failed.
    pub works: bool,
    /// What was tried, in order.
    pub steps: Vec<TestedStep>,
}

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestedStep {
    /// What.
    pub what: String,
    /// `works`, `fails` or `skipped`.
    pub outcome: String,
    /// What was said.
    pub said: String,
}

/// What would be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiverRender {
    /// What was decided.
    pub action: String,
    /// The operation of the profile that carries it out.
    pub operation: String,
    /// The receiver it was decided for.
    pub of: String,
    /// Its requests.
    pub steps: Vec<RenderedStep>,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenderedStep {
    /// The step.
    pub name: String,
    /// Whether its condition does not hold.
    pub skipped: bool,
    /// Method and address.
    pub line: String,
    /// Headers.
    pub headers: Vec<String>,
    /// The body.
    pub body: String,
    /// What could not be rendered and was replaced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaced: Vec<String>,
}

/// Deliveries that are not done, the newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deliveries {
    /// This page.
    pub deliveries: Vec<DeliveryOfIncident>,
    /// Ask with `before` set to this for the next page; none on the last.
    pub next: Option<u64>,
}

/// A delivery, and of what it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeliveryOfIncident {
    /// The incident.
    pub incident: u64,
    /// Its priority then.
    pub priority: String,
    /// Its title then.
    pub title: String,
    /// The key of the ticket.
    pub ticket_key: String,
    /// Where it stands.
    #[serde(flatten)]
    pub delivery: Delivery,
}
