//! Reads what was added to systemd's journal, a bounded piece at a time.
//!
//! In: `journalctl -o json`, run for each piece; none is left running. Out: lines, as
//! `program: message`, and the place behind the last of them. Entries with a message that
//! journalctl itself does not print (longer than 4096 bytes) have no text. Knows nothing of
//! patterns.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use vedette_config::check::JournalSettings;

use super::tracked::Sighted;
use crate::program::{Bounds, Exit, Programs};

/// Bytes of one piece: a thousand entries, more or less.
const PIECE_BYTES_MAX: usize = 512 * 1024;
/// The fields that are asked for; the cursor and the time come by themselves.
const FIELDS: &str = "--output-fields=MESSAGE,SYSLOG_IDENTIFIER";

/// How far the journal has been read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    /// journalctl's own word for the last entry; none: there was none since `time_us`.
    after: Option<String>,
    /// The time of the last entry in microseconds of the wall clock; should the cursor be
    /// worth nothing any more, only later entries are read.
    time_us: u64,
    /// Why the last piece may be less than what is there.
    #[serde(skip)]
    blind: Option<String>,
}

/// An entry as journalctl writes it.
#[derive(Deserialize)]
pub(crate) struct Entry {
    #[serde(rename = "__CURSOR")]
    cursor: String,
    #[serde(rename = "__REALTIME_TIMESTAMP")]
    time_us: String,
    #[serde(rename = "MESSAGE", default)]
    message: Value,
    #[serde(rename = "SYSLOG_IDENTIFIER", default)]
    identifier: Value,
}

impl Cursor {
    /// Only what comes from now on is read.
    pub(super) fn from_now(wall_ms: i64) -> Cursor {
        Cursor {
            after: None,
            time_us: u64::try_from(wall_ms).unwrap_or(0).saturating_mul(1_000),
            blind: None,
        }
    }

    /// Gives every line that was added to `take`, piece by piece until `until`. The error
    /// is a sentence.
    pub(super) fn read(
        &mut self,
        settings: &JournalSettings,
        programs: &Programs,
        until: Instant,
        (take, sighted): (&mut dyn FnMut(&str), &mut Sighted),
    ) -> Result<(), String> {
        loop {
            let within = until.saturating_duration_since(Instant::now());
            if within.is_zero() {
                return Ok(());
            }
            let (entries, is_full) = self.piece(settings, programs, within)?;
            let count = entries.len();
            for entry in entries {
                let time_us = entry.time_us.parse().unwrap_or(0);
                // Found by its time, an entry may have been read already.
                if self.after.is_some() || time_us > self.time_us {
                    take(&entry.line());
                }
                self.after = Some(entry.cursor);
                self.time_us = time_us.max(self.time_us);
                sighted.has_moved = true;
            }
            if !is_full {
                return self.blind.take().map_or(Ok(()), Err);
            }
            if count == 0 {
                return Err("an entry of the journal is longer than can be read".to_owned());
            }
        }
    }

    /// The next entries, and whether there are more.
    fn piece(
        &mut self,
        settings: &JournalSettings,
        programs: &Programs,
        within: Duration,
    ) -> Result<(Vec<Entry>, bool), String> {
        let bounds = Bounds {
            within,
            bytes_max: PIECE_BYTES_MAX,
        };
        let ran = programs.run_until_full("journalctl", &self.arguments(settings), bounds);
        let ran = ran.map_err(|error| error.to_string())?;
        self.blind = blind(&ran.err);
        if ran.is_cut || ran.exit == Exit::Code(0) {
            return Ok((entries(&ran.out), ran.is_cut));
        }
        let is_lost = String::from_utf8_lossy(&ran.err).contains("cursor");
        match self.after.is_some() && is_lost {
            // It is of a journal that is gone.
            true => {
                self.after = None;
                self.piece(settings, programs, within)
            }
            false => Err(ran.expect_success("journalctl").err().unwrap_or_default()),
        }
    }

    fn arguments(&self, settings: &JournalSettings) -> Vec<String> {
        let mut arguments: Vec<String> = ["--output=json", FIELDS, "--no-pager"]
            .map(str::to_owned)
            .into();
        arguments.push(match &self.after {
            Some(cursor) => format!("--after-cursor={cursor}"),
            None => format!("--since=@{}", self.time_us / 1_000_000),
        });
        let units = settings.units.iter();
        arguments.extend(units.map(|unit| format!("--unit={unit}")));
        if let Some(priority) = settings.priority {
            arguments.push(format!("--priority={priority}"));
        }
        arguments
    }
}

/// The whole entries of what journalctl wrote. What is none is not worth more than being
/// skipped.
pub(crate) fn entries(out: &[u8]) -> Vec<Entry> {
    let whole = out.iter().rposition(|byte| *byte == b'\n');
    let lines = out[..whole.unwrap_or(0)].split(|byte| *byte == b'\n');
    lines
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect()
}

/// What journalctl says where it sees nothing, or not everything, and ends with 0.
fn blind(complaint: &[u8]) -> Option<String> {
    let complaint = String::from_utf8_lossy(complaint);
    if complaint.contains("not seeing messages") {
        let why = "only this agent's own part of the journal can be read; \
                   add its user to the group systemd-journal";
        return Some(why.to_owned());
    }
    let line = complaint
        .lines()
        .find(|line| line.contains("No journal files"));
    line.map(|line| line.trim().to_owned())
}

impl Entry {
    pub(crate) fn line(&self) -> String {
        let message = text(&self.message);
        match text(&self.identifier) {
            identifier if identifier.is_empty() => message,
            identifier => format!("{identifier}: {message}"),
        }
    }
}

/// A field is a text; bytes, if they are no text; or a list of these.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => {
            let byte = |value: &Value| value.as_u64().and_then(|byte| u8::try_from(byte).ok());
            match values.iter().map(byte).collect::<Option<Vec<u8>>>() {
                Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                None => values.first().map(text).unwrap_or_default(),
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => String::new(),
    }
}

#[cfg(all(test, unix))]
mod tests;
