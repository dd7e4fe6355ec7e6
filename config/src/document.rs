//! Decides what one file, or several that belong together, say as a whole.
//!
//! In: sources. Out: one tree, read by a [`Reader`]. Mistakes in the form of TOML
//! are findings, all of them at once. Knows nothing of which keys exist.

use std::collections::BTreeSet;
use std::sync::Arc;

use toml::de::DeTable;

use crate::code::Code;
use crate::finding::{Finding, Findings};
use crate::reader::Reader;
use crate::source::{Place, Source, Spanned};
use crate::value::{Kind, Table, Value, convert};

/// A file that is TOML, or several merged into one.
#[derive(Debug, Clone)]
pub struct Document {
    root: Spanned<Table>,
}

impl Document {
    /// Reads the form of a text. `None` when it is not TOML: every mistake of form
    /// is then a finding, and the values are not looked at, because half of
    /// a file makes more findings than there are mistakes.
    pub fn parse(source: &Arc<Source>, findings: &mut Findings) -> Option<Document> {
        let (parsed, errors) = DeTable::parse_recoverable(source.text());
        let mut lines = BTreeSet::new();
        for error in &errors {
            let finding = syntax(source, error);
            let line = finding.place().and_then(Place::start).map(|at| at.line);
            // After its first mistake the parser mostly stumbles over the rest of the line.
            if lines.insert(line) {
                findings.push(finding);
            }
        }
        errors.is_empty().then(|| Document {
            root: Spanned::new(
                convert(source, parsed.get_ref(), findings),
                Place::whole(source),
            ),
        })
    }

    /// Makes one document of several, in their order: tables are joined, lists of
    /// tables follow each other, and any other key set twice is a finding at both
    /// places. No documents make an empty one, under the name `no file`.
    pub fn merge(documents: Vec<Document>, findings: &mut Findings) -> Document {
        documents
            .into_iter()
            .reduce(|mut merged, document| {
                join(&mut merged.root.value, document.root.value, "", findings);
                merged
            })
            .unwrap_or_else(|| Document {
                root: Spanned::new(Table::default(), Place::whole(&Source::new("no file", ""))),
            })
    }

    /// Hands the top of the document to `read`, then names every key it did not take.
    pub fn read<T>(&self, findings: &mut Findings, read: impl FnOnce(&mut Reader<'_>) -> T) -> T {
        Reader::over(&self.root, findings, read)
    }
}

fn join(into: &mut Table, from: Table, path: &str, findings: &mut Findings) {
    for entry in from.entries {
        let name = format!("{path}{}", entry.key.value);
        let known = into
            .entries
            .iter_mut()
            .find(|known| known.key.value == entry.key.value);
        let Some(known) = known else {
            into.entries.push(entry);
            continue;
        };
        let both_lists =
            known.value.value.kind() == Kind::Tables && entry.value.value.kind() == Kind::Tables;
        match (&mut known.value.value, entry.value.value) {
            (Value::Table(into), Value::Table(from)) => {
                join(into, from, &format!("{name}."), findings);
            }
            (Value::List(into), Value::List(from)) if both_lists => into.extend(from),
            (_, _) => findings.push(set_twice(&name, &known.key, &entry.key)),
        }
    }
}

fn set_twice(name: &str, first: &Spanned<String>, again: &Spanned<String>) -> Finding {
    Finding::error(Code::DuplicateKey, format!("`{name}` is set twice"))
        .at(&again.place, "set again here")
        .at(&first.place, "set first here")
        .help("keep one of them")
}

fn syntax(source: &Arc<Source>, error: &toml::de::Error) -> Finding {
    let place = match error.span() {
        Some(span) => Place::new(source, span),
        None => Place::whole(source),
    };
    let message = error.message();
    match message {
        "duplicate key" => {
            let key = place.text();
            Finding::error(Code::DuplicateKey, format!("`{key}` is set twice"))
                .at(&place, "set again here")
                .help("keep one of them")
        }
        // The parser refuses what is nested deeper than 80, so that trees can be
        // walked by recursion; it does not say where.
        "recursion limit" => {
            Finding::error(Code::TooLarge, "keys or brackets are nested too deeply").at(&place, "")
        }
        _ => Finding::error(Code::Syntax, message).at(&place, ""),
    }
}
