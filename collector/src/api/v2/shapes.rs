//! What is said and heard under `/api/v2`, field by field.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vedette_triage::Matcher;
use vedette_triage::matcher::Operator;

use crate::api::Time;

/// An alert as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GettableAlert {
    /// All its labels.
    pub labels: BTreeMap<String, String>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
    /// Since when.
    pub starts_at: Time,
    /// Until when it holds unless it is repeated.
    pub ends_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
    /// Alertmanager's fingerprint of its identity, 16 hexadecimal digits.
    pub fingerprint: String,
    /// Who is told.
    pub receivers: Vec<Receiver>,
    /// Whether it is muted.
    pub status: AlertStatus,
    /// Where its sender shows it.
    #[serde(
        rename = "generatorURL",
        default,
        skip_serializing_if = "String::is_empty"
    )]
    pub generator_url: String,
}

/// A receiver by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receiver {
    /// Its name.
    pub name: String,
}

/// Whether an alert is muted, and by what. The lists are never null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AlertStatus {
    /// `active` or `suppressed`.
    pub state: String,
    /// Ids of silences.
    pub silenced_by: Vec<String>,
    /// Fingerprints of alerts that explain it: by an inhibition rule, or because its rule depends
    /// on theirs.
    pub inhibited_by: Vec<String>,
    /// Names of the maintenance windows that last for it.
    pub muted_by: Vec<String>,
}

/// One matcher of a silence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SilenceMatcher {
    /// The label.
    pub name: String,
    /// What it is compared with.
    pub value: String,
    /// Whether the value is a regular expression.
    #[serde(default)]
    pub is_regex: bool,
    /// Whether it must match, or must not.
    #[serde(default = "yes")]
    pub is_equal: bool,
}

impl From<&Matcher> for SilenceMatcher {
    fn from(matcher: &Matcher) -> SilenceMatcher {
        let (is_regex, is_equal) = match matcher.operator() {
            Operator::Equal => (false, true),
            Operator::NotEqual => (false, false),
            Operator::Regex => (true, true),
            Operator::NotRegex => (true, false),
        };
        SilenceMatcher {
            name: matcher.name().to_owned(),
            value: matcher.value().to_owned(),
            is_regex,
            is_equal,
        }
    }
}

fn yes() -> bool {
    true
}

/// A silence somebody wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PostableSilence {
    /// The one to change; none = a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// All must match; at least one.
    pub matchers: Vec<SilenceMatcher>,
    /// From when.
    pub starts_at: Time,
    /// Until when; may be absent for one that waits until all is clear: then as long as its author may
    /// silence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Time>,
    /// In whose name.
    pub created_by: String,
    /// Why.
    pub comment: String,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotations: Option<BTreeMap<String, String>>,
    /// Whether it ends before its time once nothing that fires matches it. Alertmanager has no such.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub until_clear: bool,
}

/// A silence as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GettableSilence {
    /// Its UUID.
    pub id: String,
    /// Where it stands.
    pub status: SilenceStatus,
    /// When it was last changed.
    pub updated_at: Time,
    /// All must match.
    pub matchers: Vec<SilenceMatcher>,
    /// From when.
    pub starts_at: Time,
    /// Until when.
    pub ends_at: Time,
    /// In whose name.
    pub created_by: String,
    /// Why.
    pub comment: String,
    /// Free text.
    pub annotations: BTreeMap<String, String>,
    /// Whether it ends before its time once nothing that fires matches it. Alertmanager has no such.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub until_clear: bool,
    /// How many alerts it still muted half an hour before its end; absent before. Alertmanager has no
    /// such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub still_muted: Option<u32>,
}

/// Where a silence stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SilenceStatus {
    /// `active`, `pending` or `expired`.
    pub state: String,
}

/// The id of a silence that was made or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SilenceMade {
    /// Its UUID; another one than asked for when the old one had to be ended.
    #[serde(rename = "silenceID")]
    pub silence_id: String,
}

/// The state of the program, as Alertmanager's clients read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// There is no cluster of this kind.
    pub cluster: Cluster,
    /// Which API is served.
    pub version_info: VersionInfo,
    /// A configuration that Alertmanager's tools can read.
    pub config: Config,
    /// When this run began.
    pub uptime: Time,
}

/// There is no cluster of this kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cluster {
    /// `disabled`.
    pub status: String,
    /// None.
    pub peers: Vec<String>,
}

/// Which API is served, and by what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VersionInfo {
    /// Of Alertmanager's API.
    pub version: String,
    /// `vedette` and its version.
    pub revision: String,
    /// Empty.
    pub branch: String,
    /// Empty.
    pub build_user: String,
    /// Empty.
    pub build_date: String,
    /// Empty: this is no Go program.
    pub go_version: String,
}

/// A configuration that Alertmanager's tools can read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// YAML.
    pub original: String,
}
