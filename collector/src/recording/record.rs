//! Writes down what a commit was decided on, and reads it again.
//!
//! In: inputs with their decisions, one after another. Out: a body for the store, and a [`Row`] of
//! it later. An input that changed nothing is left out: without it everything is decided the same.

use serde::{Deserialize, Serialize};
use vedette_triage::{AlertId, Decision, Input, Revision, Timestamp};

use super::digest::Digest;
use super::seal::{SealError, open, seal_text};
use crate::store::{Body, CommitNumber, RecordRow};

/// How a body begins.
const BEGIN: &[u8] = b"{\"inputs\":[";

/// Writes down one commit.
#[derive(Debug, Default)]
pub struct Recorder {
    /// The body as far as it is written: [`BEGIN`], then inputs with commas between them.
    json: Vec<u8>,
    digests: Vec<Digest>,
}

impl Recorder {
    /// Writes down an input and what was decided on it.
    pub fn take(&mut self, input: &Input, decision: &Decision) {
        let changes_policy = matches!(input, Input::PolicyChanged { .. });
        if decision.changes.is_empty() && decision.entries.is_empty() && !changes_policy {
            return;
        }
        let before = self.json.len();
        self.json.extend_from_slice(match self.json.is_empty() {
            true => BEGIN,
            false => b",",
        });
        // An alert is worth more than its record: the replay says that one is missing here.
        if let Err(error) = serde_json::to_writer(&mut self.json, input) {
            tracing::error!(%error, "an input cannot be recorded");
            self.json.truncate(before);
        }
        self.digests.push(Digest::of(decision));
    }

    /// All of it, with the ends of alerts that were written behind and read again before it.
    pub fn seal(mut self, ends: &[(AlertId, Timestamp)]) -> Body {
        let json = &mut self.json;
        if json.is_empty() {
            json.extend_from_slice(BEGIN);
        }
        // Numbers and texts, into memory: it cannot fail.
        json.extend_from_slice(b"],\"digests\":");
        let _ = serde_json::to_writer(&mut *json, &self.digests);
        if !ends.is_empty() {
            json.extend_from_slice(b",\"ends\":");
            let _ = serde_json::to_writer(&mut *json, ends);
        }
        json.push(b'}');
        seal_text(json)
    }
}

/// What a commit was decided on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Which commit.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// The revision that was in force before the first input.
    pub policy: Revision,
    /// The state was read from the store before it: these alerts had ends that were written behind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ends: Vec<(AlertId, Timestamp)>,
    /// What was decided on, in order.
    pub inputs: Vec<Input>,
    /// The digest of each decision.
    pub digests: Vec<Digest>,
}

/// What is in the body of a record.
#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    ends: Vec<(AlertId, Timestamp)>,
    inputs: Vec<Input>,
    digests: Vec<Digest>,
}

impl Row {
    /// Opens what the store kept.
    ///
    /// # Errors
    /// The body is torn, or a newer version's.
    pub fn open(row: &RecordRow) -> Result<Row, SealError> {
        let written: Written = open(&row.record.body)?;
        let CommitNumber(number) = row.number;
        Ok(Row {
            number,
            at: row.at,
            policy: row.record.policy,
            ends: written.ends,
            inputs: written.inputs,
            digests: written.digests,
        })
    }
}
