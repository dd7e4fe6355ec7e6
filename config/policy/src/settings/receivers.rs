//! Reads where deliveries go.
//!
//! In: `[[receiver]]`, and the profiles there are. Out: what triage must know of each
//! receiver, and how it is reached, which [`Destination`] reads. Knows nothing of HTTP.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use vedette_config::{
    Code, Entry, Finding, HttpUrl, Reader, Spanned, Value, duration, http_url, smtp_url,
};
pub use vedette_triage::HumanClose;
use vedette_triage::{OnClear, Receiver};

use super::network::absolute_path;
use super::timers::no_effect;
use crate::name::{known_name, unique, unknown};
use crate::profile::{Address, Destination, Profile};

/// Receivers of one policy.
const RECEIVERS_MAX: usize = 64;
/// What others than owner and group may do with a file.
const OTHERS: u32 = 0o007;
/// What a receiver without its secrets means.
const UNDELIVERED: &str = "nothing can be delivered without it";
/// The longest pause before a ticket that a person closed is opened again.
const REOPEN_AFTER_MAX: Duration = Duration::from_secs(7 * 86_400);

/// `[[receiver]]`: where deliveries go.
#[derive(Debug, Clone)]
pub struct ReceiverSettings {
    /// Its name, and where it is written.
    pub name: Spanned<String>,
    /// How it is reached; none when that could not be read, which is an error already.
    pub destination: Option<Destination>,
    /// What it is asked to do when an incident is over.
    pub on_clear: OnClear,
    /// What happens when a person closes a ticket while it burns.
    pub on_human_close: HumanClose,
    /// What it gets of what happened while it was away.
    pub when_down: WhenDown,
}

/// What a receiver gets of what fired and cleared while it was away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenDown {
    /// Every incident.
    Each,
    /// One ticket for all of P3 to P5.
    Summary,
}

const ON_CLEAR: [(&str, OnClear); 3] = [
    ("resolve", OnClear::Resolve),
    ("resolve-unless-owned", OnClear::ResolveUnlessOwned),
    ("comment", OnClear::Comment),
];

impl ReceiverSettings {
    /// As the core knows it.
    pub(crate) fn to_receiver(&self) -> Receiver {
        Receiver {
            name: self.name.value.clone(),
            on_clear: self.on_clear,
            on_human_close: self.on_human_close,
        }
    }
}

pub(super) fn read(
    top: &mut Reader<'_>,
    profiles: &BTreeMap<String, Arc<Profile>>,
) -> Vec<ReceiverSettings> {
    let mut names = Vec::new();
    let receivers: Vec<ReceiverSettings> = top
        .tables("receiver", |table| receiver(table, profiles, &mut names))
        .into_iter()
        .flatten()
        .collect();
    if let Some(surplus) = receivers.get(RECEIVERS_MAX) {
        top.push(
            Finding::error(
                Code::TooLarge,
                format!("more than {RECEIVERS_MAX} receivers"),
            )
            .at(&surplus.name.place, "this one is too many"),
        );
    }
    receivers
}

fn receiver(
    table: &mut Reader<'_>,
    profiles: &BTreeMap<String, Arc<Profile>>,
    names: &mut Vec<Spanned<String>>,
) -> Option<ReceiverSettings> {
    let name = known_name(table, "name");
    if let Some(name) = &name {
        unique(names, name, "receiver", table.findings());
        if name.value == "team" {
            let message = "a receiver cannot be called \"team\"";
            let why = "in a route it stands for the owner team's receiver";
            table.push(Finding::error(Code::ReservedName, message).at(&name.place, why));
        }
    }
    let on_clear = table.word("on_clear", &ON_CLEAR);
    let on_human_close = human_close(table);
    let when_down = when_down(table);
    let destination = destination(table, name.clone(), profiles);
    Some(ReceiverSettings {
        name: name?,
        destination,
        on_clear: on_clear.map_or(OnClear::Resolve, |word| word.value),
        on_human_close,
        when_down,
    })
}

fn destination(
    table: &mut Reader<'_>,
    name: Option<Spanned<String>>,
    profiles: &BTreeMap<String, Arc<Profile>>,
) -> Option<Destination> {
    let profile = profile(table, profiles);
    let url = url(table, profile.is_some_and(|profile| profile.is_mail()));
    let token_file = secret_path(table, "token_file", UNDELIVERED);
    let secret_file = secret_path(table, "secret_file", UNDELIVERED);
    if let (Some(url), true) = (&url, token_file.is_some())
        && !url.value.encrypted
        && !url.value.is_loopback()
    {
        table.push(
            Finding::warning(Code::ClearText, "the token would travel unencrypted")
                .at(&url.place, "")
                .help("use https://"),
        );
    }
    // Everything else is for the profile to know.
    let extra = extra(table);
    let address = Address {
        name: name?,
        url: url?.value.url,
        token_file,
        secret_file,
    };
    Destination::new(profile?, address, &extra, table.findings())
}

fn profile<'p>(
    table: &mut Reader<'_>,
    profiles: &'p BTreeMap<String, Arc<Profile>>,
) -> Option<&'p Arc<Profile>> {
    let written = table.required::<Spanned<String>>("profile")?;
    let profile = profiles.get(&written.value);
    if profile.is_none() {
        let names = profiles.keys().map(String::as_str);
        let finding = unknown("profile", &written.value, &written.place, names);
        table.push(finding);
    }
    profile
}

fn url(table: &mut Reader<'_>, is_mail: bool) -> Option<Spanned<HttpUrl>> {
    let written = table.required::<Spanned<String>>("url")?;
    let (read, like) = match is_mail {
        true => (smtp_url(&written.value), "smtp://mail.example.org:587"),
        false => (http_url(&written.value), "https://tickets.example.org/"),
    };
    match read {
        Ok(url) => Some(Spanned::new(url, written.place)),
        Err(why) => {
            table.push(
                // Not repeated in the message: it may hold a password.
                Finding::error(Code::BadUrl, "this address cannot be used")
                    .at(&written.place, why.to_string())
                    .help(format!("write it like \"{like}\"")),
            );
            None
        }
    }
}

/// The path of a file with a secret. That it is not there, or open to others, is told now and
/// not when it is needed.
pub(super) fn secret_path(table: &mut Reader<'_>, key: &str, without_it: &str) -> Option<PathBuf> {
    let path = absolute_path(table, key)?;
    let place = table.key_place(key).unwrap_or(table.place()).clone();
    let shown = path.display();
    match fs::metadata(&path) {
        Ok(found) if found.permissions().mode() & OTHERS != 0 => table.push(
            Finding::warning(Code::OpenSecret, format!("{shown} can be read by others"))
                .at(&place, "")
                .help(format!("chmod o= {shown}")),
        ),
        Ok(_) => {}
        Err(error) => table.push(
            Finding::warning(
                Code::UnreadableFile,
                format!("{shown} cannot be read: {error}"),
            )
            .at(&place, without_it),
        ),
    }
    Some(path)
}

/// Everything that is none of the keys that were asked for.
fn extra(table: &mut Reader<'_>) -> Vec<Entry> {
    let keys = table.keys();
    keys.into_iter()
        .filter_map(|key| {
            let value = table.optional::<Spanned<Value>>(&key.value)?;
            Some(Entry { key, value })
        })
        .collect()
}

fn human_close(table: &mut Reader<'_>) -> HumanClose {
    let written = table.parsed("on_human_close", Code::UnknownWord, |text| match text {
        "until-clear" => Ok(HumanClose::UntilClear),
        "accept" => Ok(HumanClose::Accept),
        text => text
            .strip_prefix("reopen after ")
            .and_then(|length| duration::parse(length).ok())
            .filter(|length| *length <= REOPEN_AFTER_MAX)
            .map(HumanClose::ReopenAfter)
            .ok_or("it can be \"reopen after 15m\" (at most 7d), \"until-clear\" or \"accept\""),
    });
    if written.is_some() {
        let consequence = "it is not noticed when a person closes a ticket";
        no_effect(table, "on_human_close", consequence);
    }
    written.map_or_else(HumanClose::default, |written| written.value)
}

fn when_down(table: &mut Reader<'_>) -> WhenDown {
    let words = [("each", WhenDown::Each), ("summary", WhenDown::Summary)];
    let written = table.word("when_down", &words);
    let when_down = written.map_or(WhenDown::Each, |written| written.value);
    if when_down == WhenDown::Summary {
        no_effect(table, "when_down", "each incident gets its ticket");
    }
    when_down
}

/// The word for what a receiver does when an incident is over.
pub(crate) fn on_clear_word(on_clear: OnClear) -> &'static str {
    match on_clear {
        OnClear::Resolve => ON_CLEAR[0].0,
        OnClear::ResolveUnlessOwned => ON_CLEAR[1].0,
        OnClear::Comment => ON_CLEAR[2].0,
    }
}
