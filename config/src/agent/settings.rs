//! Reads the keys of `agent.toml`. To add a setting: a field with its default beside
//! this, a line here, a line in the shipped file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use vedette_wire::Class;
use vedette_wire::limits::{INTERVAL_S_MAX, INTERVAL_S_MIN, LABELS_MAX};

use super::changes::changes;
use super::{AgentConfig, CollectorSettings, HostSettings, ReportSettings, SpoolSettings, check};
use crate::code::Code;
use crate::document::Document;
use crate::finding::{Finding, Findings};
use crate::label::{RESERVED_LABELS, label_name, label_value};
use crate::reader::Reader;
use crate::render::quoted;
use crate::size::Size;
use crate::source::{Source, Spanned};
use crate::url::{HttpUrl, http_url};

/// Collectors of one agent.
const URLS_MAX: usize = 16;
/// Bytes of a host name: what DNS allows.
const HOST_NAME_BYTES_MAX: usize = 253;
/// A smaller spool would not hold an hour.
const SPOOL_BYTES_MIN: Size = Size::from_mib(1);
/// A larger spool would be a database.
const SPOOL_BYTES_MAX: Size = Size::from_mib(16 * 1_024);
/// A shorter age would lose events while a collector restarts.
const SPOOL_AGE_MIN: Duration = Duration::from_secs(5 * 60);
/// An older event helps nobody.
const SPOOL_AGE_MAX: Duration = Duration::from_secs(30 * 86_400);

/// The settings these sources make, in their order, on top of what was found so far.
pub(super) fn read(
    sources: &[Arc<Source>],
    mut findings: Findings,
) -> (Option<AgentConfig>, Findings) {
    let documents = sources
        .iter()
        .filter_map(|source| Document::parse(source, &mut findings))
        .collect();
    let document = Document::merge(documents, &mut findings);
    let config = document.read(&mut findings, agent);
    ((!findings.has_errors()).then_some(config), findings)
}

fn agent(top: &mut Reader<'_>) -> AgentConfig {
    let default = AgentConfig::default();
    let without = default.clone();
    AgentConfig {
        collector: top
            .table("collector", |table| collector(table, default.collector))
            .unwrap_or(without.collector),
        report: top
            .table("report", |table| report(table, default.report))
            .unwrap_or(without.report),
        host: top
            .table("host", |table| host(table, default.host))
            .unwrap_or(without.host),
        spool: top
            .table("spool", |table| spool(table, default.spool))
            .unwrap_or(without.spool),
        changes: top
            .table("changes", |table| changes(table, default.changes))
            .unwrap_or(without.changes),
        checks: check::checks(top),
        jobs: super::job::jobs(top),
    }
}

fn collector(table: &mut Reader<'_>, default: CollectorSettings) -> CollectorSettings {
    let urls = table
        .optional::<Vec<Spanned<String>>>("urls")
        .map(|written| urls(table, &written));
    let token_file = absolute_path(table, "token_file").or(default.token_file);
    if token_file.is_some() {
        warn_of_clear_text(table, urls.as_deref().unwrap_or_default());
    }
    CollectorSettings {
        urls: urls.map_or(default.urls, |urls| {
            urls.into_iter().map(|url| url.value.url).collect()
        }),
        token_file,
        ca_file: absolute_path(table, "ca_file").or(default.ca_file),
    }
}

fn report(table: &mut Reader<'_>, default: ReportSettings) -> ReportSettings {
    let shortest = Duration::from_secs_f64(INTERVAL_S_MIN);
    let longest = Duration::from_secs_f64(INTERVAL_S_MAX);
    ReportSettings {
        interval: table
            .within("interval", shortest..=longest)
            .or(default.interval),
    }
}

fn host(table: &mut Reader<'_>, default: HostSettings) -> HostSettings {
    let classes = [Class::Server, Class::Workstation].map(|class| (class.as_str(), class));
    HostSettings {
        name: table
            .parsed("name", Code::BadName, host_name)
            .map_or(default.name, |name| Some(name.value)),
        class: table
            .word("class", &classes)
            .map_or(default.class, |class| Some(class.value)),
        labels: table.table("labels", labels).unwrap_or(default.labels),
    }
}

fn spool(table: &mut Reader<'_>, default: SpoolSettings) -> SpoolSettings {
    SpoolSettings {
        dir: absolute_path(table, "dir").or(default.dir),
        bytes_max: table
            .within("bytes_max", SPOOL_BYTES_MIN..=SPOOL_BYTES_MAX)
            .unwrap_or(default.bytes_max),
        age_max: table
            .within("age_max", SPOOL_AGE_MIN..=SPOOL_AGE_MAX)
            .unwrap_or(default.age_max),
    }
}

fn urls(table: &mut Reader<'_>, written: &[Spanned<String>]) -> Vec<Spanned<HttpUrl>> {
    let place = table.key_place("urls").unwrap_or(table.place()).clone();
    if written.is_empty() {
        table.push(
            Finding::error(Code::BadValue, "there is no collector to report to")
                .at(&place, "this is empty")
                .help("name one, or remove `urls` to report to this machine"),
        );
    }
    if written.len() > URLS_MAX {
        table.push(
            Finding::error(Code::TooLarge, format!("more than {URLS_MAX} collectors"))
                .at(&place, format!("there are {}", written.len())),
        );
    }
    let mut urls: Vec<Spanned<HttpUrl>> = Vec::new();
    for Spanned { value, place } in written.iter().take(URLS_MAX) {
        let url = match http_url(value) {
            Ok(url) if url.has_query() => Err("a ? does not belong here".to_owned()),
            Ok(url) => Ok(url),
            Err(error) => Err(error.to_string()),
        };
        match url {
            Ok(url) => match urls.iter().find(|known| known.value == url) {
                Some(known) => table.push(
                    Finding::error(Code::DuplicateName, "this collector is named twice")
                        .at(place, "named again here")
                        .at(&known.place, "named first here")
                        .help("keep one of them"),
                ),
                None => urls.push(Spanned::new(url, place.clone())),
            },
            Err(why) => table.push(
                // Not repeated in the message: it may hold a password.
                Finding::error(Code::BadUrl, "this address cannot be used")
                    .at(place, why)
                    .help("write it like \"https://vedette.example.org:9720\""),
            ),
        }
    }
    urls
}

fn warn_of_clear_text(table: &mut Reader<'_>, urls: &[Spanned<HttpUrl>]) {
    for url in urls {
        if !url.value.encrypted && !url.value.is_loopback() {
            let message = "the token would travel unencrypted";
            table.push(
                Finding::warning(Code::ClearText, message)
                    .at(&url.place, "")
                    .help("use https://"),
            );
        }
    }
}

fn labels(table: &mut Reader<'_>) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    let keys = table.keys();
    if keys.len() > LABELS_MAX {
        let place = table.place().clone();
        table.push(
            Finding::error(Code::TooLarge, format!("more than {LABELS_MAX} labels"))
                .at(&place, format!("there are {}", keys.len())),
        );
    }
    for name in keys {
        let value = table.optional::<Spanned<String>>(&name.value);
        if RESERVED_LABELS.contains(&name.value.as_str()) {
            table.push(reserved(&name));
        } else if let Err(why) = label_name(&name.value) {
            let message = format!("{} cannot be the name of a label", quoted(&name.value));
            table.push(Finding::error(Code::BadName, message).at(&name.place, why));
        }
        let Some(value) = value else { continue };
        if let Err(why) = label_value(&value.value) {
            let message = format!("label `{}` cannot have this value", name.value);
            table.push(Finding::error(Code::BadValue, message).at(&value.place, why));
        }
        labels.insert(name.value, value.value);
    }
    labels
}

fn reserved(name: &Spanned<String>) -> Finding {
    let instead = match name.value.as_str() {
        "host" | "instance" => "set `name` under [host] to give this host another name",
        "class" => "set `class` under [host]",
        "team" => {
            "the owner comes from hosts.csv and the collector's routes; \
                   a label of your own, such as `service`, can be matched there"
        }
        _ => "give it another name",
    };
    let message = format!("label `{}` is set by the collector", name.value);
    Finding::error(Code::ReservedName, message)
        .at(&name.place, "an agent cannot set it")
        .help(instead)
}

pub(super) fn absolute_path(table: &mut Reader<'_>, key: &str) -> Option<PathBuf> {
    let path = table.parsed(key, Code::BadValue, absolute)?;
    Some(path.value)
}

pub(super) fn absolute(text: &str) -> Result<PathBuf, &'static str> {
    let path = Path::new(text);
    match path.is_absolute() {
        true => Ok(path.to_owned()),
        false => Err("an absolute path is needed: the agent may be started anywhere"),
    }
}

fn host_name(text: &str) -> Result<String, &'static str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if text.is_empty() {
        Err("a host needs a name; without this key it is the system's")
    } else if text.len() > HOST_NAME_BYTES_MAX {
        Err("it is longer than 253 bytes")
    } else if !text.bytes().all(allowed) {
        Err("a host's name has letters a to z, digits, -, . and _ only")
    } else {
        Ok(text.to_owned())
    }
}
