//! Reads a profile from its file. Every mistake is a finding with its place.
//!
//! Knows nothing of receivers that will use it.

mod auth;
mod changes;
mod leaf;
mod step;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use vedette_config::{
    Code, Document, Finding, Findings, Kind, Place, Reader, Size, Source, Spanned, Value,
};

use super::destination::of_kind;
use super::model::{Auth, Idempotency, Profile, Setting, Signature, Step};
use super::operation::Operation;
use super::template::Template;
use super::trial;

/// Steps of one operation.
const STEPS_MAX: usize = 16;
/// Keys a profile may ask for.
const SETTINGS_MAX: usize = 64;
/// The longest time between two deliveries that anybody can want.
pub(super) const GAP_MAX: Duration = Duration::from_secs(60);
/// For how long a receiver may be trusted to recognise a repeated key.
const KEY_FOR_MAX: Duration = Duration::from_secs(86_400);
/// Bytes of an answer nobody should need more of.
const ANSWER_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Keys that every receiver has; a profile cannot ask for them under another meaning.
const RECEIVER_KEYS: [&str; 12] = [
    "name",
    "profile",
    "url",
    "token_file",
    "secret_file",
    "settle_time",
    "timeout",
    "concurrency",
    "min_gap",
    "on_clear",
    "on_human_close",
    "when_down",
];

impl Profile {
    /// Reads a profile and tries it. Its name is that of the file without the ending.
    /// `None` when the text is not TOML or something without which there is no profile is wrong.
    pub fn read(source: &Arc<Source>, findings: &mut Findings) -> Option<Profile> {
        let name = Path::new(source.name()).file_stem()?.to_str()?.to_owned();
        let document = Document::parse(source, findings)?;
        let (profile, places) = document.read(findings, |reader| read(name, reader));
        trial::check(&profile, &places, findings);
        Some(profile)
    }
}

fn read(name: String, reader: &mut Reader<'_>) -> (Profile, BTreeMap<Operation, Place>) {
    let seconds = Duration::from_secs;
    let mut profile = Profile {
        name,
        about: reader.or("about", String::new()),
        setup: leaf::list(reader, "setup"),
        idempotency: idempotency(reader),
        settle_time: reader
            .within("settle_time", Duration::ZERO..=seconds(3600))
            .unwrap_or(seconds(60)),
        concurrency: reader
            .within("concurrency", 1..=256)
            .and_then(|number| usize::try_from(number).ok())
            .unwrap_or(1),
        min_gap: reader
            .within("min_gap", Duration::ZERO..=GAP_MAX)
            .unwrap_or(Duration::ZERO),
        connect_timeout: reader
            .within("connect_timeout", Duration::from_millis(100)..=seconds(60))
            .unwrap_or(seconds(5)),
        timeout: reader
            .within("timeout", Duration::from_millis(100)..=seconds(300))
            .unwrap_or(seconds(30)),
        answer_bytes_max: answer_bytes_max(reader),
        auth: reader.table("auth", auth::read).unwrap_or(Auth::None),
        signature: reader
            .word(
                "signature",
                &[
                    ("none", Signature::None),
                    ("standard-webhooks", Signature::StandardWebhooks),
                ],
            )
            .map_or(Signature::None, |spanned| spanned.value),
        cursor: reader.table("cursor", changes::cursor).flatten(),
        settings: reader.table("settings", settings).unwrap_or_default(),
        operations: BTreeMap::new(),
    };
    let headers = leaf::templates(reader, "headers");
    let places = operations(reader, &mut profile);
    add_headers(&mut profile, &headers);
    check_whole(reader, &profile, &places);
    (profile, places)
}

fn idempotency(reader: &mut Reader<'_>) -> Idempotency {
    let words = [
        ("key", Idempotency::Key),
        ("lookup", Idempotency::Lookup),
        ("none", Idempotency::None),
    ];
    let written = reader.word("idempotency", &words);
    let key_for = reader.within("key_for", Duration::from_secs(60)..=KEY_FOR_MAX);
    match (written.map(|word| word.value), key_for) {
        (Some(Idempotency::Key), Some(key_for)) => Idempotency::KeyFor(key_for),
        (written, Some(_)) => {
            let place = reader.key_place("key_for").unwrap_or(reader.place());
            let message = "`key_for` is for idempotency = \"key\"";
            reader.push(Finding::error(Code::ConflictingKeys, message).at(place, ""));
            written.unwrap_or(Idempotency::None)
        }
        (written, None) => written.unwrap_or(Idempotency::None),
    }
}

fn answer_bytes_max(reader: &mut Reader<'_>) -> usize {
    let range = Size { bytes: 1024 }..=Size {
        bytes: ANSWER_BYTES_MAX,
    };
    let size = reader.within("answer_bytes_max", range);
    let bytes = size.map_or(1024 * 1024, |size| size.bytes);
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

fn settings(reader: &mut Reader<'_>) -> BTreeMap<String, Setting> {
    let keys = reader.keys();
    if let Some(key) = keys.get(SETTINGS_MAX) {
        let message = format!("a profile asks for more than {SETTINGS_MAX} keys");
        reader.push(Finding::error(Code::TooLarge, message).at(&key.place, "this is too many"));
    }
    let mut settings = BTreeMap::new();
    for key in keys.into_iter().take(SETTINGS_MAX) {
        if RECEIVER_KEYS.contains(&key.value.as_str()) {
            let message = format!("`{}` is a key every receiver has already", key.value);
            let finding = Finding::error(Code::ReservedName, message).at(&key.place, "");
            reader.push(finding.help("choose another name"));
        }
        let setting = reader.table(&key.value, |reader| setting(&key.value, reader));
        if let Some(Some(setting)) = setting {
            settings.insert(key.value, setting);
        }
    }
    settings
}

fn setting(key: &str, reader: &mut Reader<'_>) -> Option<Setting> {
    let kind = reader.word("type", &Setting::KINDS);
    if kind.is_none() && !reader.has("type") {
        reader.required::<String>("type");
    }
    let default = reader.optional::<Spanned<Value>>("default");
    let about = reader.or("about", String::new());
    let kind = kind?.value;
    let default = match default {
        Some(value) => Some(of_kind(key, kind, &value, reader.findings())?),
        None => None,
    };
    Some(Setting {
        kind,
        default,
        about,
    })
}

/// Headers of every request; a step's own win.
fn add_headers(profile: &mut Profile, headers: &[(String, Template)]) {
    for steps in profile.operations.values_mut() {
        for step in Arc::make_mut(steps) {
            let own: BTreeSet<String> = step
                .headers
                .iter()
                .map(|(name, _)| name.to_ascii_lowercase())
                .collect();
            let more = headers.iter();
            let more = more.filter(|(name, _)| !own.contains(&name.to_ascii_lowercase()));
            step.headers.extend(more.cloned());
        }
    }
}

/// Every operation: a list of steps, or the name of another whose steps it takes.
fn operations(reader: &mut Reader<'_>, profile: &mut Profile) -> BTreeMap<Operation, Place> {
    let mut places = BTreeMap::new();
    let mut aliases = Vec::new();
    for operation in Operation::ALL {
        let key = operation.as_str();
        let kind = reader.kind(key);
        if let Some(place) = reader.key_place(key) {
            places.insert(operation, place.clone());
        }
        match kind {
            None => {}
            Some(Kind::String) => {
                let words = Operation::ALL.map(|other| (other.as_str(), other));
                if let Some(other) = reader.word(key, &words) {
                    aliases.push((operation, other));
                }
            }
            Some(_) => {
                let steps = steps(reader, operation);
                profile.operations.insert(operation, Arc::new(steps));
            }
        }
    }
    for (operation, other) in aliases {
        match profile.operations.get(&other.value).cloned() {
            Some(steps) => {
                profile.operations.insert(operation, steps);
            }
            None => {
                let name = other.value.as_str();
                let message = format!(
                    "`{}` takes the steps of `{name}`, which has none",
                    operation.as_str()
                );
                reader.push(
                    Finding::error(Code::UnknownName, message)
                        .at(&other.place, "")
                        .help(format!("write [[{name}]]")),
                );
            }
        }
    }
    places
}

fn steps(reader: &mut Reader<'_>, operation: Operation) -> Vec<Step> {
    let key = operation.as_str();
    let mut number = 0;
    let mut steps = reader.tables(key, |reader| {
        number += 1;
        step::read(reader, &format!("{key} {number}"))
    });
    if steps.len() > STEPS_MAX {
        let message = format!("`{key}` has more than {STEPS_MAX} steps");
        reader.push(Finding::error(Code::TooLarge, message).at(reader.place(), ""));
        steps.truncate(STEPS_MAX);
    }
    steps.into_iter().flatten().collect()
}

/// What only shows when all of it is there.
fn check_whole(reader: &mut Reader<'_>, profile: &Profile, places: &BTreeMap<Operation, Place>) {
    let has = |operation| !profile.steps(operation).is_empty();
    if !has(Operation::Open) {
        let finding = Finding::error(Code::MissingKey, "the profile cannot open a ticket");
        reader.push(finding.at(reader.place(), "").help("write [[open]]"));
    }
    if has(Operation::Open) && !has(Operation::Resolve) {
        let finding = Finding::warning(Code::MissingKey, "the profile cannot resolve a ticket");
        let finding = finding.at(reader.place(), "what is opened stays open for ever");
        reader.push(finding.help("write [[resolve]]"));
    }
    match profile.idempotency {
        Idempotency::Key | Idempotency::None => {}
        Idempotency::Lookup | Idempotency::KeyFor(_) => check_lookup(reader, profile, places),
    }
    if has(Operation::ChangedSince) {
        let here = place_of(reader, places, Operation::ChangedSince);
        let listing = profile.steps(Operation::ChangedSince).last();
        let listing = listing.and_then(|step| step.list.as_ref());
        changes::check(reader, (profile.cursor.as_ref(), listing), &here);
    }
    if has(Operation::Read) {
        check_read(reader, profile, places);
    }
}

fn place_of(
    reader: &Reader<'_>,
    places: &BTreeMap<Operation, Place>,
    operation: Operation,
) -> Place {
    places.get(&operation).unwrap_or(reader.place()).clone()
}

/// Reading a ticket must say how it stands, or nothing can be concluded from it.
fn check_read(reader: &mut Reader<'_>, profile: &Profile, places: &BTreeMap<Operation, Place>) {
    let here = place_of(reader, places, Operation::Read);
    let names: Vec<&str> = profile
        .steps(Operation::Read)
        .iter()
        .flat_map(|step| step.capture.iter().map(|capture| capture.name.as_str()))
        .collect();
    if !names.contains(&"state") {
        let message = "`read` does not say how the ticket stands";
        let finding = Finding::error(Code::MissingKey, message).at(&here, "");
        reader.push(finding.help("capture `state`: open, acknowledged, waiting or resolved"));
    }
}

fn check_lookup(reader: &mut Reader<'_>, profile: &Profile, places: &BTreeMap<Operation, Place>) {
    let steps = profile.steps(Operation::Lookup);
    let Some(last) = steps.last() else {
        let message = "the profile looks a ticket up before it makes it again, but cannot";
        let finding = Finding::error(Code::MissingKey, message).at(reader.place(), "");
        reader.push(finding.help("write [[lookup]]"));
        return;
    };
    let here = place_of(reader, places, Operation::Lookup);
    if last.rows.is_none() {
        let message = "`lookup` believes whatever comes back";
        let finding = Finding::error(Code::MissingKey, message);
        let label = "a filter that is ignored gives everybody's tickets";
        let help = "write rows = { at = \"/items\", keep = \"row.key == key\" }";
        reader.push(finding.at(&here, label).help(help));
    }
    let captured: BTreeSet<&str> = steps
        .iter()
        .flat_map(|step| step.capture.iter().map(|capture| capture.name.as_str()))
        .collect();
    if !captured.contains("id") {
        let finding = Finding::error(Code::MissingKey, "`lookup` captures no `id`");
        reader.push(
            finding
                .at(&here, "")
                .help("write capture = { id = \"/id\" }"),
        );
    }
}
