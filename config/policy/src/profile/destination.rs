//! Keeps one receiver as it is reached: its address, its files, its profile's keys.
//!
//! In: the address in a `[[receiver]]`, the profile it names, the other keys as they
//! were written. Out: a [`Destination`], and findings. Knows nothing of what is in
//! the secret files.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value as Json};
use vedette_config::{
    Code, Entry, Finding, Findings, FromValue, Place, Spanned, Table, Value, duration, nearest,
};

use super::model::{Profile, Setting, SettingKind};
use super::read::GAP_MAX;

/// The longest settle time; a ticket that may or may not exist waits so long at most.
const SETTLE_TIME_MAX: Duration = Duration::from_secs(3600);
/// The shortest time one request may take.
const TIMEOUT_MIN: Duration = Duration::from_millis(100);
/// The longest time one request may take.
const TIMEOUT_MAX: Duration = Duration::from_secs(300);
/// Deliveries one receiver may have under way.
const CONCURRENCY_MAX: i64 = 256;
/// Keys every receiver can have, whatever its profile.
const OWN_KEYS: [&str; 4] = ["settle_time", "timeout", "concurrency", "min_gap"];

/// A receiver as it is reached.
#[derive(Debug, Clone)]
pub struct Destination {
    /// Its name.
    pub name: String,
    /// How it is spoken to.
    pub profile: Arc<Profile>,
    /// Its address, without slashes at its end. May hold a secret: never shown whole.
    pub url: String,
    /// The file with the secret that is sent.
    pub token_file: Option<PathBuf>,
    /// The file with the secret that signs.
    pub secret_file: Option<PathBuf>,
    /// The keys its profile asks for, defaults put in.
    pub settings: BTreeMap<String, Json>,
    /// See [`Profile::settle_time`]; the receiver's own where it sets one.
    pub settle_time: Duration,
    /// See [`Profile::concurrency`]; the receiver's own where it sets one.
    pub concurrency: usize,
    /// See [`Profile::min_gap`]; the receiver's own where it sets one.
    pub min_gap: Duration,
    /// See [`Profile::timeout`]; the receiver's own where it sets one.
    pub timeout: Duration,
}

/// How a receiver is reached, as its `[[receiver]]` says.
#[derive(Debug, Clone)]
pub struct Address {
    /// Its name, and where it is written.
    pub name: Spanned<String>,
    /// Its URL.
    pub url: String,
    /// The file with the secret that is sent.
    pub token_file: Option<PathBuf>,
    /// The file with the secret that signs.
    pub secret_file: Option<PathBuf>,
}

impl Destination {
    /// Joins an address and its profile. `extra` are the keys of the receiver that are neither part
    /// of the address nor triage's: `settle_time`, `timeout`, `concurrency`, `min_gap`, and what the profile
    /// asks for. `None` after pushing at least one error.
    pub fn new(
        profile: &Arc<Profile>,
        address: Address,
        extra: &[Entry],
        findings: &mut Findings,
    ) -> Option<Destination> {
        let mut is_sound = true;
        let mut extra = Extra {
            extra,
            findings,
            is_sound: &mut is_sound,
        };
        let settle_time = extra.duration("settle_time", Duration::ZERO..=SETTLE_TIME_MAX);
        let timeout = extra.duration("timeout", TIMEOUT_MIN..=TIMEOUT_MAX);
        let concurrency = extra.count("concurrency", 1..=CONCURRENCY_MAX);
        let min_gap = extra.duration("min_gap", Duration::ZERO..=GAP_MAX);
        let settings = extra.settings(profile, &address.name.place);
        extra.unknown(profile);
        is_sound.then(|| Destination {
            profile: Arc::clone(profile),
            name: address.name.value,
            url: address.url.trim_end_matches('/').to_owned(),
            token_file: address.token_file,
            secret_file: address.secret_file,
            settings,
            settle_time: settle_time.unwrap_or(profile.settle_time),
            concurrency: concurrency.unwrap_or(profile.concurrency),
            min_gap: min_gap.unwrap_or(profile.min_gap),
            timeout: timeout.unwrap_or(profile.timeout),
        })
    }
}

/// The keys of a receiver that are the profile's.
struct Extra<'a> {
    extra: &'a [Entry],
    findings: &'a mut Findings,
    is_sound: &'a mut bool,
}

impl<'a> Extra<'a> {
    fn get(&self, key: &str) -> Option<&'a Spanned<Value>> {
        let entry = self.extra.iter().find(|entry| entry.key.value == key)?;
        Some(&entry.value)
    }

    fn error(&mut self, finding: Finding) {
        *self.is_sound = false;
        self.findings.push(finding);
    }

    fn duration(&mut self, key: &str, range: RangeInclusive<Duration>) -> Option<Duration> {
        let value = self.get(key)?;
        let Some(duration) = Duration::from_value(value, self.findings) else {
            *self.is_sound = false;
            return None;
        };
        if !range.contains(&duration) {
            let [low, high] = [range.start(), range.end()].map(|end| duration::show(*end));
            let finding = Finding::error(Code::OutOfRange, format!("`{key}` cannot be that"));
            self.error(
                finding
                    .at(&value.place, "")
                    .help(format!("it can be from {low} to {high}")),
            );
        }
        Some(duration)
    }

    fn count(&mut self, key: &str, range: RangeInclusive<i64>) -> Option<usize> {
        let value = self.get(key)?;
        let Some(number) = i64::from_value(value, self.findings) else {
            *self.is_sound = false;
            return None;
        };
        if !range.contains(&number) {
            let (low, high) = (range.start(), range.end());
            let finding = Finding::error(Code::OutOfRange, format!("`{key}` cannot be {number}"));
            self.error(
                finding
                    .at(&value.place, "")
                    .help(format!("it can be from {low} to {high}")),
            );
        }
        usize::try_from(number).ok()
    }

    /// Every setting the profile asks for.
    fn settings(&mut self, profile: &Profile, receiver: &Place) -> BTreeMap<String, Json> {
        let mut settings = BTreeMap::new();
        for (key, setting) in &profile.settings {
            let value = match (self.get(key), &setting.default) {
                (Some(value), default) => of_kind(key, setting.kind, value, self.findings)
                    .map(|value| over(default.as_ref(), value)),
                (None, Some(default)) => Some(default.clone()),
                (None, None) => {
                    self.findings.push(missing(profile, key, setting, receiver));
                    None
                }
            };
            match value {
                Some(value) => {
                    settings.insert(key.clone(), value);
                }
                None => *self.is_sound = false,
            }
        }
        settings
    }

    /// Every key nobody asked for.
    fn unknown(&mut self, profile: &Profile) {
        let known: Vec<&str> = OWN_KEYS
            .into_iter()
            .chain(profile.settings.keys().map(String::as_str))
            .collect();
        for entry in self.extra {
            let key = &entry.key;
            if known.contains(&key.value.as_str()) {
                continue;
            }
            let message = format!("profile `{}` asks for no `{}`", profile.name, key.value);
            let finding = Finding::error(Code::UnknownKey, message).at(&key.place, "");
            self.error(match nearest(&key.value, known.iter().copied()) {
                Some(nearest) => finding.help(format!("did you mean `{nearest}`?")),
                None => finding.help(format!("it can have {}", known.join(", "))),
            });
        }
    }
}

fn missing(profile: &Profile, key: &str, setting: &Setting, receiver: &Place) -> Finding {
    let message = format!("profile `{}` needs `{key}`", profile.name);
    let finding = Finding::error(Code::MissingKey, message)
        .at(receiver, format!("this receiver has no `{key}`"));
    match setting.about.as_str() {
        "" => finding.help(format!("add {key} = ...")),
        about => finding.help(format!("add {key} = ...: {about}")),
    }
}

/// Maps are put over their default key by key; anything else replaces it.
fn over(default: Option<&Json>, value: Json) -> Json {
    match (default, value) {
        (Some(Json::Object(default)), Json::Object(value)) => {
            let mut merged = default.clone();
            merged.extend(value);
            Json::Object(merged)
        }
        (_, value) => value,
    }
}

/// The value of a setting as JSON. `None` after pushing a finding.
pub(super) fn of_kind(
    key: &str,
    kind: SettingKind,
    value: &Spanned<Value>,
    findings: &mut Findings,
) -> Option<Json> {
    let (json, expected) = match kind {
        SettingKind::Text => (text(&value.value), "a text"),
        SettingKind::Number => (number(&value.value), "a number"),
        SettingKind::Boolean => (boolean(&value.value), "true or false"),
        SettingKind::Map => (map(&value.value), "a table of texts or numbers"),
    };
    if json.is_none() {
        let found = value.value.kind();
        findings.push(
            Finding::error(Code::WrongType, format!("`{key}` must be {expected}"))
                .at(&value.place, format!("this is {found}")),
        );
    }
    json
}

fn text(value: &Value) -> Option<Json> {
    match value {
        Value::String(text) => Some(Json::from(text.as_str())),
        _ => None,
    }
}

fn number(value: &Value) -> Option<Json> {
    match value {
        Value::Integer(number) => Some(Json::from(*number)),
        Value::Float(number) if number.is_finite() => Some(Json::from(*number)),
        _ => None,
    }
}

fn boolean(value: &Value) -> Option<Json> {
    match value {
        Value::Boolean(value) => Some(Json::from(*value)),
        _ => None,
    }
}

fn map(value: &Value) -> Option<Json> {
    let Value::Table(table) = value else {
        return None;
    };
    entries(table).map(Json::Object)
}

fn entries(table: &Table) -> Option<Map<String, Json>> {
    table
        .entries()
        .iter()
        .map(|entry| {
            let value = &entry.value.value;
            let json = text(value)
                .or_else(|| number(value))
                .or_else(|| boolean(value))?;
            Some((entry.key.value.clone(), json))
        })
        .collect()
}

impl Setting {
    /// A made-up value, for trying a profile without a receiver.
    pub fn sample(&self) -> Json {
        match (&self.default, self.kind) {
            (Some(default), _) => default.clone(),
            (None, SettingKind::Text) => Json::from("example"),
            (None, SettingKind::Number) => Json::from(1),
            (None, SettingKind::Boolean) => Json::from(true),
            (None, SettingKind::Map) => Json::Object(Map::new()),
        }
    }

    /// The word of a kind in a profile.
    pub(super) const KINDS: [(&'static str, SettingKind); 4] = [
        ("text", SettingKind::Text),
        ("number", SettingKind::Number),
        ("boolean", SettingKind::Boolean),
        ("map", SettingKind::Map),
    ];
}
