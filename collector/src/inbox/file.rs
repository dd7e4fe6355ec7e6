//! Keeps the messages of an inbox in a file: one JSON document a line, in their order.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use vedette_triage::Timestamp;

use super::desk::Message;

/// Lines that are read again at a start: the last ones.
const LINES_MAX: usize = 100_000;

/// The file, open for adding.
pub(super) struct File {
    file: fs::File,
    path: PathBuf,
}

impl File {
    /// Opens it, making it when absent; gives the messages it holds. A line that is none, as a kill
    /// leaves it at the end, is passed over.
    pub(super) fn open(path: &Path) -> Result<(File, Vec<(Message, Timestamp)>), String> {
        let told = |error: std::io::Error| format!("{}: {error}", path.display());
        let mut file = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .read(true)
            .open(path)
            .map_err(told)?;
        let mut kept = std::collections::VecDeque::new();
        let mut is_whole = true;
        for line in BufReader::new(&file).split(b'\n') {
            let line = line.map_err(told)?;
            let message = read(&line);
            is_whole = message.is_some();
            kept.extend(message);
            if kept.len() > LINES_MAX {
                kept.pop_front();
            }
        }
        if !is_whole {
            // What was cut off in the middle must not swallow the next line.
            file.write_all(b"\n").map_err(told)?;
        }
        let file = File {
            file,
            path: path.to_owned(),
        };
        Ok((file, kept.into()))
    }

    /// Adds a message, before anybody is told that it was taken.
    pub(super) fn add(&mut self, message: &Message, at: Timestamp) -> Result<(), String> {
        self.file
            .write_all(line(message, at).as_bytes())
            .and_then(|()| self.file.sync_data())
            .map_err(|error| format!("{}: {error}", self.path.display()))
    }
}

/// A message as it is kept, in one line.
pub(super) fn line(message: &Message, at: Timestamp) -> String {
    let line = json!({
        "received_at_ms": at.as_millis(),
        "idempotency_key": message.idempotency_key,
        "message": message.whole,
    });
    format!("{line}\n")
}

fn read(line: &[u8]) -> Option<(Message, Timestamp)> {
    let line: Value = serde_json::from_slice(line).ok()?;
    let at = Timestamp::from_millis(line.get("received_at_ms")?.as_i64()?);
    let key = line.get("idempotency_key")?.as_str()?;
    let body = line.get("message")?.to_string();
    let message = Message::parse(body.as_bytes(), Some(key)).ok()?;
    Some((message, at))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_was_kept_is_there_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tickets.jsonl");
        let (mut file, kept) = File::open(&path).unwrap();
        assert_eq!(kept, []);
        file.add(&message("K-1"), Timestamp::from_millis(7))
            .unwrap();
        let (_, kept) = File::open(&path).unwrap();
        assert_eq!(kept, [(message("K-1"), Timestamp::from_millis(7))]);
    }

    #[test]
    fn a_line_cut_off_by_a_kill_costs_only_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tickets.jsonl");
        let (mut file, _) = File::open(&path).unwrap();
        file.add(&message("K-1"), Timestamp::from_millis(1))
            .unwrap();
        file.file.write_all(b"{\"received_at").unwrap();
        let (mut file, kept) = File::open(&path).unwrap();
        assert_eq!(kept.len(), 1);
        file.add(&message("K-2"), Timestamp::from_millis(2))
            .unwrap();
        let (_, kept) = File::open(&path).unwrap();
        assert_eq!(kept.len(), 2);
    }

    fn message(key: &str) -> Message {
        let body = json!({ "action": "open", "ticket_key": key, "subject": "x" }).to_string();
        Message::parse(body.as_bytes(), Some("once")).unwrap()
    }
}
