//! Keeps what was refused of a report, place by place, and why a whole one was.

use std::collections::BTreeMap;

use vedette_wire::Refused;
use vedette_wire::limits::{FINDINGS_PER_ANSWER_MAX, REPORT_BYTES_MAX};

/// The places of a report that were refused. The first ones are listed, all are counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    listed: Vec<Refused>,
    counts: BTreeMap<&'static str, u64>,
    first: Option<&'static str>,
}

impl Places {
    /// Refuses one place for a reason with a stable word.
    pub(super) fn refuse(&mut self, reason: &'static str, at: String, why: impl Into<String>) {
        self.first.get_or_insert(reason);
        *self.counts.entry(reason).or_default() += 1;
        if self.listed.len() < FINDINGS_PER_ANSWER_MAX {
            let why = why.into();
            self.listed.push(Refused { at, why });
        }
    }

    pub(super) fn refuse_why(&mut self, why: Why) {
        self.refuse(why.reason, why.of, why.why);
    }

    /// The first places, at most [`FINDINGS_PER_ANSWER_MAX`].
    pub fn listed(&self) -> &[Refused] {
        &self.listed
    }

    /// How many places were refused, by reason.
    pub fn counts(&self) -> &BTreeMap<&'static str, u64> {
        &self.counts
    }

    /// How many places were refused.
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    /// The reason of the first one; none when nothing was refused.
    pub fn reason(&self) -> Option<&'static str> {
        self.first
    }
}

/// One reason to refuse one place.
pub(super) struct Why {
    pub(super) reason: &'static str,
    /// What within the place, as `.name`; may be empty.
    pub(super) of: String,
    pub(super) why: String,
}

impl Why {
    pub(super) fn new(reason: &'static str, of: &str, why: impl Into<String>) -> Why {
        Why {
            reason,
            of: of.to_owned(),
            why: why.into(),
        }
    }

    pub(super) fn at(mut self, place: String) -> Why {
        self.of.insert_str(0, &place);
        self
    }
}

/// Why nothing of a report can be trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The stable word, also the label of the counter.
    pub reason: &'static str,
    /// One sentence for people.
    pub error: String,
    /// The place, where there is one.
    pub at: Option<String>,
}

impl Unreadable {
    pub(super) fn new(reason: &'static str, error: impl Into<String>) -> Unreadable {
        Unreadable {
            reason,
            error: error.into(),
            at: None,
        }
    }

    pub(super) fn at(reason: &'static str, at: &str, why: impl Into<String>) -> Unreadable {
        let why = why.into();
        Unreadable {
            reason,
            error: format!("{at}: {why}; nothing of this report was kept"),
            at: Some(at.to_owned()),
        }
    }

    pub(super) fn unknown_wire(found: &str) -> Unreadable {
        Unreadable {
            reason: UNKNOWN_WIRE,
            error: format!(
                "a report of form {found} is not read here; keep the data and send one of the forms in `wire`"
            ),
            at: Some("wire".into()),
        }
    }

    pub(super) fn unknown_basis() -> Unreadable {
        Unreadable {
            reason: UNKNOWN_BASIS,
            error: "the report builds on one that is not known here; send it once more, building on nothing".into(),
            at: Some("basis".into()),
        }
    }

    pub(super) fn too_large() -> Unreadable {
        let error = format!(
            "the report unfolds to more than {REPORT_BYTES_MAX} bytes; send less at a time"
        );
        Unreadable::new(TOO_LARGE, error)
    }

    /// The HTTP status that says so.
    pub fn status(&self) -> u16 {
        match self.reason {
            UNKNOWN_WIRE => 415,
            UNKNOWN_BASIS => 409,
            TOO_MANY_ROUNDS | TOO_LARGE => 413,
            _ => 400,
        }
    }
}

pub(super) const UNKNOWN_WIRE: &str = "unknown_wire";
const UNKNOWN_BASIS: &str = "unknown_basis";
const TOO_LARGE: &str = "too_large";
pub(super) const TOO_MANY_ROUNDS: &str = "too_many_rounds";
