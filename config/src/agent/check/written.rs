//! Reads the keys of checks that read what others write: logs and drop-in files.
//!
//! In: tables. Out: settings, whose every pattern can be used as it stands. Knows nothing
//! of whether the files are there.

use std::path::PathBuf;
use std::time::Duration;

use regex_lite::{Regex, RegexBuilder};

use super::super::settings::absolute_path;
use crate::code::Code;
use crate::finding::Finding;
use crate::reader::Reader;
use crate::source::Spanned;

/// Patterns of one kind in one check.
pub const LOG_PATTERNS_MAX: usize = 32;
/// Names of files, or of units, in one check.
pub const LOG_SOURCES_MAX: usize = 16;
/// Bytes of one pattern, as it is written.
const PATTERN_BYTES_MAX: usize = 1_024;
/// Bytes of one pattern, ready to be used.
const PATTERN_SIZE_MAX: usize = 256 * 1_024;
/// How long a match is remembered where nothing is set.
const CLEAR_AFTER_DEFAULT: Duration = Duration::from_secs(15 * 60);
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);
/// Pauses between runs that a file can miss where nothing is set.
const STALE_PAUSES: u32 = 3;
const SECOND: Duration = Duration::from_secs(1);

/// `kind = "log"`.
#[derive(Debug, Clone, PartialEq)]
pub struct LogSettings {
    /// Absolute paths of files, in whose parts `*` and `?` may stand.
    pub files: Vec<String>,
    /// Whether the journal is read; with units, theirs only.
    pub journal: Option<JournalSettings>,
    /// A line that one of these matches is a warning.
    pub warning: Vec<String>,
    /// A line that one of these matches is critical.
    pub critical: Vec<String>,
    /// A line that one of these matches is neither.
    pub ignore: Vec<String>,
    /// How long after the last match the check is well again.
    pub clear_after: Duration,
}

/// Which lines of the journal a check reads.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JournalSettings {
    /// Of these units; empty: of all.
    pub units: Vec<String>,
    /// As important as this or more, as in syslog(3): 0 is an emergency, 7 is for debugging.
    pub priority: Option<u8>,
}

/// `kind = "textfile"`.
#[derive(Debug, Clone, PartialEq)]
pub struct TextfileSettings {
    /// Where the files are.
    pub folder: PathBuf,
    /// An older file is a warning.
    pub stale_after: Duration,
}

/// A pattern that can be used.
///
/// # Errors
/// Why it cannot, to follow the pattern in a sentence.
pub fn log_pattern(text: &str) -> Result<Regex, String> {
    if text.is_empty() {
        return Err("it would match every line".to_owned());
    }
    if text.len() > PATTERN_BYTES_MAX {
        return Err(format!("it is longer than {PATTERN_BYTES_MAX} bytes"));
    }
    RegexBuilder::new(text)
        .size_limit(PATTERN_SIZE_MAX)
        .build()
        .map_err(|error| error.to_string())
}

/// `every` is the pause between runs; a file that misses three of them is stale.
pub(super) fn textfile(table: &mut Reader<'_>, every: Duration) -> Option<TextfileSettings> {
    let stale_after = table.within("stale_after", SECOND..=30 * DAY);
    let stale_after = stale_after.unwrap_or(STALE_PAUSES * every);
    if !table.has("target") {
        table.required::<String>("target");
    }
    Some(TextfileSettings {
        folder: absolute_path(table, "target")?,
        stale_after,
    })
}

pub(super) fn log(table: &mut Reader<'_>) -> Option<LogSettings> {
    let settings = LogSettings {
        files: texts(table, "files", LOG_SOURCES_MAX, file_pattern),
        journal: journal(table),
        warning: patterns(table, "warning"),
        critical: patterns(table, "critical"),
        ignore: patterns(table, "ignore"),
        clear_after: table
            .within("clear_after", MINUTE..=DAY)
            .unwrap_or(CLEAR_AFTER_DEFAULT),
    };
    let place = table.place().clone();
    if !table.has("files") && settings.journal.is_none() {
        table.push(
            Finding::error(Code::MissingKey, "nobody says which log to read")
                .at(&place, "")
                .help("add files = [\"/var/log/app/*.log\"], or journal = true"),
        );
    }
    if !table.has("warning") && !table.has("critical") {
        table.push(
            Finding::error(Code::MissingKey, "nobody says what to look for")
                .at(&place, "")
                .help("add critical = [\"panic\"], warning = [\"timed? out\"], or both"),
        );
    }
    Some(settings)
}

fn journal(table: &mut Reader<'_>) -> Option<JournalSettings> {
    const PRIORITIES: [(&str, u8); 8] = [
        ("emerg", 0),
        ("alert", 1),
        ("crit", 2),
        ("err", 3),
        ("warning", 4),
        ("notice", 5),
        ("info", 6),
        ("debug", 7),
    ];
    let is_read = table.optional::<bool>("journal");
    let units = texts(table, "units", LOG_SOURCES_MAX, super::read::unit_name);
    let priority = table.word("priority", &PRIORITIES);
    let of_journal = ["units", "priority"];
    if is_read == Some(true) {
        return Some(JournalSettings {
            units,
            priority: priority.map(|priority| priority.value),
        });
    }
    for key in of_journal {
        if let Some(place) = table.key_place(key).cloned() {
            let message = format!("`{key}` is about the journal, which is not read");
            table.push(
                Finding::error(Code::ConflictingKeys, message)
                    .at(&place, "")
                    .help("add journal = true"),
            );
        }
    }
    None
}

fn patterns(table: &mut Reader<'_>, key: &str) -> Vec<String> {
    texts(table, key, LOG_PATTERNS_MAX, |text| {
        log_pattern(text).map(|_| text.to_owned())
    })
}

/// The texts of a list as `check` has them; those it refuses are findings.
fn texts<E: std::fmt::Display>(
    table: &mut Reader<'_>,
    key: &str,
    at_most: usize,
    check: impl Fn(&str) -> Result<String, E>,
) -> Vec<String> {
    let written = table.optional::<Vec<Spanned<String>>>(key);
    let mut texts = Vec::new();
    for (number, text) in written.unwrap_or_default().iter().enumerate() {
        if number == at_most {
            let message = format!("`{key}` has more than {at_most} entries");
            table.push(Finding::error(Code::TooLarge, message).at(&text.place, "one too many"));
            break;
        }
        match check(&text.value) {
            Ok(text) => texts.push(text),
            Err(why) => table.push(
                Finding::error(Code::BadValue, format!("this cannot be one of `{key}`"))
                    .at(&text.place, why.to_string()),
            ),
        }
    }
    texts
}

fn file_pattern(text: &str) -> Result<String, &'static str> {
    const BYTES_MAX: usize = 1_024;
    if !text.starts_with('/') {
        Err("an absolute path is needed: the agent may be started anywhere")
    } else if text.len() > BYTES_MAX {
        Err("it is longer than 1024 bytes")
    } else if text.contains("**") {
        Err("`**` is not known here: `*` stands for a part of one name")
    } else if text.split('/').any(|part| part == "..") || text.contains('\0') {
        Err("`..` does not belong here")
    } else {
        Ok(text.to_owned())
    }
}
