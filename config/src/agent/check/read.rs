//! Reads the keys of `[[check]]`, except those of checks that use the network.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use vedette_wire::limits::NAME_BYTES_MAX;

use super::super::settings::{absolute, absolute_path};
use super::{
    CHECK_KINDS, CHECKS_MAX, CheckKind, CheckSettings, EVERY_DEFAULT, FileSettings, PluginSettings,
    ProcessSettings, TIMEOUT_DEFAULT, UnitSettings, UnitState, network, snmp, written,
};
use crate::code::Code;
use crate::finding::Finding;
use crate::reader::Reader;
use crate::size::Size;
use crate::source::{Place, Spanned};

/// The shortest pause between two runs.
const EVERY_MIN: Duration = Duration::from_secs(5);
/// The longest pause between two runs.
const EVERY_MAX: Duration = Duration::from_secs(24 * 3_600);
/// The shortest time a run can be given.
const TIMEOUT_MIN: Duration = Duration::from_millis(100);
/// Words of one command.
const COMMAND_WORDS_MAX: usize = 128;
/// Bytes of one word of a command, or of another text that is sent or looked for.
pub(super) const TEXT_BYTES_MAX: usize = 4_096;
/// Variables added to one plugin's environment.
const ENVIRONMENT_MAX: usize = 64;
/// Processes that can be asked for.
const PROCESSES_MAX: i64 = 100_000;

/// What each check is about and called, and where.
type Names = BTreeMap<(Option<String>, String), Place>;

/// Every check that can be run, in the order of the files.
pub(in super::super) fn checks(top: &mut Reader<'_>) -> Vec<CheckSettings> {
    let mut names = Names::new();
    let mut count = 0;
    let read = top.tables("check", |table| {
        count += 1;
        if count == CHECKS_MAX + 1 {
            let place = table.place().clone();
            let message = format!("more than {CHECKS_MAX} checks");
            table.push(Finding::error(Code::TooLarge, message).at(&place, "one too many"));
        }
        check(table, &mut names)
    });
    read.into_iter().flatten().take(CHECKS_MAX).collect()
}

fn check(table: &mut Reader<'_>, names: &mut Names) -> Option<CheckSettings> {
    let name = match table.has("name") {
        true => table.parsed("name", Code::BadName, check_name),
        false => table.required::<Spanned<String>>("name"),
    };
    let about = table.parsed("about", Code::BadName, check_name);
    if let Some(name) = &name {
        let key = (about.clone().map(|about| about.value), name.value.clone());
        let first = names.entry(key).or_insert_with(|| name.place.clone());
        if *first != name.place {
            let message = format!("there are two checks {}", name.value);
            table.push(
                Finding::error(Code::DuplicateName, message)
                    .at(&name.place, "named again here")
                    .at(first, "named first here")
                    .help("give it another name; the same name can be used about another device"),
            );
        }
    }
    let (every, timeout) = schedule(table);
    let kind = kind(table, every);
    Some(CheckSettings {
        name: name?.value,
        about: about.map(|about| about.value),
        every,
        timeout,
        kind: kind?,
    })
}

fn schedule(table: &mut Reader<'_>) -> (Duration, Duration) {
    let every = table.within("every", EVERY_MIN..=EVERY_MAX);
    let every = every.unwrap_or(EVERY_DEFAULT);
    let written = table.optional::<Spanned<Duration>>("timeout");
    let Some(timeout) = written else {
        return (every, TIMEOUT_DEFAULT.min(every.mul_f64(0.8)));
    };
    if timeout.value < TIMEOUT_MIN || timeout.value >= every {
        let longest = crate::duration::show(every);
        table.push(
            Finding::error(Code::OutOfRange, "this timeout cannot be kept")
                .at(&timeout.place, "")
                .help(format!(
                    "it is at least 100ms, and shorter than every = \"{longest}\""
                )),
        );
    }
    (every, timeout.value)
}

fn kind(table: &mut Reader<'_>, every: Duration) -> Option<CheckKind> {
    if !table.has("kind") {
        table.required::<String>("kind");
        forget_other_keys(table);
        return None;
    }
    let words: Vec<(&str, &str)> = CHECK_KINDS.iter().map(|word| (*word, *word)).collect();
    let Some(kind) = table.word("kind", &words) else {
        forget_other_keys(table);
        return None;
    };
    match kind.value {
        "plugin" => plugin(table).map(CheckKind::Plugin),
        "http" => network::http(table).map(CheckKind::Http),
        "tcp" => network::tcp(table).map(CheckKind::Tcp),
        "icmp" => network::icmp(table).map(CheckKind::Icmp),
        "dns" => network::dns(table).map(CheckKind::Dns),
        "tls" => network::tls(table).map(CheckKind::Tls),
        "snmp" => snmp::snmp(table).map(CheckKind::Snmp),
        "process" => process(table).map(CheckKind::Process),
        "unit" => unit(table).map(CheckKind::Unit),
        "file" => file(table).map(CheckKind::File),
        "log" => written::log(table).map(CheckKind::Log),
        _ => written::textfile(table, every).map(CheckKind::Textfile),
    }
}

/// Without its kind, nobody knows which keys a check can have.
fn forget_other_keys(table: &mut Reader<'_>) {
    for key in table.keys() {
        if !["name", "about", "every", "timeout"].contains(&key.value.as_str()) {
            table.kind(&key.value);
        }
    }
}

fn plugin(table: &mut Reader<'_>) -> Option<PluginSettings> {
    let command = match table.kind("command") {
        Some(crate::value::Kind::String) => {
            let place = table.key_place("command").unwrap_or(table.place()).clone();
            table.push(
                Finding::error(
                    Code::WrongType,
                    "a command is a list of texts; no shell reads it",
                )
                .at(&place, "this is a text")
                .help("write [\"/usr/lib/nagios/plugins/check_load\", \"-w\", \"5,4,3\"]"),
            );
            None
        }
        Some(_) | None => table.required::<Vec<Spanned<String>>>("command"),
    };
    let environment = table.table("environment", |table| {
        variables(table, |table, key| {
            let value = table.optional::<Spanned<String>>(key)?;
            fits(table, &value).then_some(value.value)
        })
    });
    let environment_files =
        table.table("environment_files", |table| variables(table, absolute_path));
    let command = command?;
    let Some(program) = command.first() else {
        let place = table.key_place("command").unwrap_or(table.place()).clone();
        table.push(Finding::error(Code::BadValue, "there is no program to run").at(&place, ""));
        return None;
    };
    if let Err(why) = absolute(&program.value) {
        table.push(
            Finding::error(Code::BadValue, "this program cannot be run").at(&program.place, why),
        );
    }
    if command.len() > COMMAND_WORDS_MAX {
        let message = format!("more than {COMMAND_WORDS_MAX} words in a command");
        table.push(Finding::error(Code::TooLarge, message).at(&program.place, ""));
    }
    for word in &command {
        fits(table, word);
    }
    Some(PluginSettings {
        command: command.into_iter().map(|word| word.value).collect(),
        environment: environment.unwrap_or_default(),
        environment_files: environment_files.unwrap_or_default(),
    })
}

fn variables<T>(
    table: &mut Reader<'_>,
    value: impl Fn(&mut Reader<'_>, &str) -> Option<T>,
) -> BTreeMap<String, T> {
    let keys = table.keys();
    if keys.len() > ENVIRONMENT_MAX {
        let place = table.place().clone();
        let message = format!("more than {ENVIRONMENT_MAX} variables");
        table.push(Finding::error(Code::TooLarge, message).at(&place, ""));
    }
    let mut variables = BTreeMap::new();
    for key in keys {
        if key.value.is_empty() || key.value.contains(['=', '\0']) {
            let message = "this cannot be the name of a variable";
            table.push(Finding::error(Code::BadName, message).at(&key.place, ""));
        }
        if let Some(value) = value(table, &key.value) {
            variables.insert(key.value, value);
        }
    }
    variables
}

fn process(table: &mut Reader<'_>) -> Option<ProcessSettings> {
    let name = table.optional::<Spanned<String>>("target");
    let command_line = table.optional::<Spanned<String>>("command_line");
    let at_least = table.within("at_least", 0..=PROCESSES_MAX).unwrap_or(1);
    let at_most = table.within("at_most", at_least.min(PROCESSES_MAX)..=PROCESSES_MAX);
    if !table.has("target") && !table.has("command_line") {
        let place = table.place().clone();
        table.push(
            Finding::error(Code::MissingKey, "nobody says which process to look for")
                .at(&place, "")
                .help("add target = \"nginx\", the program's name, or command_line = \"...\", a part of its command line"),
        );
    }
    for text in [&name, &command_line].into_iter().flatten() {
        fits(table, text);
    }
    Some(ProcessSettings {
        name: name.map(|name| name.value),
        command_line: command_line.map(|text| text.value),
        at_least: u32::try_from(at_least).unwrap_or(1),
        at_most: at_most.and_then(|most| u32::try_from(most).ok()),
    })
}

fn unit(table: &mut Reader<'_>) -> Option<UnitSettings> {
    let words = [
        ("active", UnitState::Active),
        ("inactive", UnitState::Inactive),
        ("not-failed", UnitState::NotFailed),
    ];
    let state = table.word("state", &words);
    let unit = match table.has("target") {
        true => table.parsed("target", Code::BadName, unit_name)?,
        false => table.required::<Spanned<String>>("target")?,
    };
    Some(UnitSettings {
        unit: unit.value,
        state: state.map_or(UnitState::Active, |state| state.value),
    })
}

fn file(table: &mut Reader<'_>) -> Option<FileSettings> {
    let longest = Duration::from_secs(10 * 366 * 86_400);
    let ages = Duration::from_secs(1)..=longest;
    let sizes = Size::from_bytes(0)..=Size::from_bytes(u64::MAX);
    let exists = table.or("exists", true);
    let settings = FileSettings {
        path: PathBuf::new(),
        exists,
        age_warning: table.within("age_warning", ages.clone()),
        age_critical: table.within("age_critical", ages),
        size_min: table.within("size_min", sizes.clone()),
        size_max: table.within("size_max", sizes),
    };
    if !exists {
        for key in ["age_warning", "age_critical", "size_min", "size_max"] {
            if let Some(place) = table.key_place(key).cloned() {
                table.push(
                    Finding::error(
                        Code::ConflictingKeys,
                        "what must not be there has no age or size",
                    )
                    .at(&place, "")
                    .help("remove this, or `exists = false`"),
                );
            }
        }
    }
    if !table.has("target") {
        table.required::<String>("target");
    }
    let path = absolute_path(table, "target")?;
    Some(FileSettings { path, ..settings })
}

/// Whether a text is not longer than it can be, and can be given to a program.
pub(super) fn fits(table: &mut Reader<'_>, text: &Spanned<String>) -> bool {
    let why = if text.value.len() > TEXT_BYTES_MAX {
        "it is longer than 4096 bytes"
    } else if text.value.contains('\0') {
        "it holds a zero byte"
    } else {
        return true;
    };
    table.push(Finding::error(Code::BadValue, "this text cannot be used").at(&text.place, why));
    false
}

fn check_name(text: &str) -> Result<String, &'static str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:/@".contains(&byte);
    if text.is_empty() {
        Err("it is empty")
    } else if text.len() > NAME_BYTES_MAX {
        Err("it is longer than 128 bytes")
    } else if !text.bytes().all(allowed) {
        Err("it has letters a to z, digits and - . _ : / @ only")
    } else {
        Ok(text.to_owned())
    }
}

pub(super) fn unit_name(text: &str) -> Result<String, &'static str> {
    const SUFFIXES: &[&str] = &[
        ".service",
        ".timer",
        ".socket",
        ".mount",
        ".target",
        ".path",
        ".automount",
        ".swap",
        ".slice",
        ".scope",
        ".device",
    ];
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:@\\".contains(&byte);
    if text.len() > 255 || text.starts_with('-') || !text.bytes().all(allowed) {
        Err("a unit's name has letters a to z, digits and - . _ : @ \\ only")
    } else if !SUFFIXES.iter().any(|suffix| text.ends_with(suffix)) {
        Err("a unit's name ends with its type, such as .service")
    } else {
        Ok(text.to_owned())
    }
}
