//! Takes typed values out of one table and remembers which keys were asked for.
//!
//! In: a table. Out: what the caller asks for, and a [`Finding`] for everything that
//! is wrong, the keys nobody asked for included. Nothing here returns early: a value
//! that cannot be read is `None` and a finding, and reading goes on.
//!
//! A reader is only ever lent to a closure, and reports unknown keys when the
//! closure ends: it cannot be forgotten.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::RangeInclusive;

use crate::code::Code;
use crate::finding::{Finding, Findings};
use crate::from_value::{Bounded, FromValue, wrong_type};
use crate::render::quoted;
use crate::source::{Place, Spanned};
use crate::suggest::nearest;
use crate::value::{Entry, Kind, Table, Value};

/// Known keys or words that a help lists when none is near.
const LISTED_MAX: usize = 16;

/// One table while it is being read.
pub struct Reader<'a> {
    table: &'a Table,
    place: &'a Place,
    /// The dotted name of the table; empty at the top of a file.
    path: String,
    /// Keys somebody asked for.
    known: BTreeSet<String>,
    findings: &'a mut Findings,
}

impl Reader<'_> {
    /// The value under `key`, if it is there and can be read.
    ///
    /// `T` may be a [`Spanned`] to keep the place.
    pub fn optional<T: FromValue>(&mut self, key: &str) -> Option<T> {
        let entry = self.take(key)?;
        T::from_value(&entry.value, self.findings)
    }

    /// As [`Reader::optional`]; that it is not there is an error.
    pub fn required<T: FromValue>(&mut self, key: &str) -> Option<T> {
        if !self.has(key) {
            self.missing(key);
        }
        self.optional(key)
    }

    /// As [`Reader::optional`], with a value for when it is not there (or cannot be
    /// read, which is an error already).
    pub fn or<T: FromValue>(&mut self, key: &str, default: T) -> T {
        self.optional(key).unwrap_or(default)
    }

    /// As [`Reader::optional`]; a value outside `range` is an error.
    pub fn within<T: Bounded>(&mut self, key: &str, range: RangeInclusive<T>) -> Option<T> {
        let Spanned { value, place } = self.optional::<Spanned<T>>(key)?;
        if range.contains(&value) {
            return Some(value);
        }
        let [low, high] = [range.start().written(), range.end().written()];
        let message = format!("`{key}` cannot be {}", value.written());
        self.push(
            Finding::error(Code::OutOfRange, message)
                .at(&place, "")
                .help(format!("it can be from {low} to {high}")),
        );
        None
    }

    /// One of a few words, as what it stands for. Another word is an error that
    /// names the nearest.
    pub fn word<T: Clone>(&mut self, key: &str, words: &[(&str, T)]) -> Option<Spanned<T>> {
        let written = self.optional::<Spanned<String>>(key)?;
        let known = words.iter().find(|(word, _)| *word == written.value);
        if let Some((_, meaning)) = known {
            return Some(Spanned::new(meaning.clone(), written.place));
        }
        let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let message = format!("{} is not a word `{key}` can have", quoted(&written.value));
        self.push(
            Finding::error(Code::UnknownWord, message)
                .at(&written.place, "")
                .help(instead(&written.value, &all, "it can be")),
        );
        None
    }

    /// A text with a form of its own: `parse` says what it means, or why it means
    /// nothing, which becomes an error with `code`.
    pub fn parsed<T, E: fmt::Display>(
        &mut self,
        key: &str,
        code: Code,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Spanned<T>> {
        let written = self.optional::<Spanned<String>>(key)?;
        match parse(&written.value) {
            Ok(value) => Some(Spanned::new(value, written.place)),
            Err(error) => {
                let message = format!("`{key}` cannot be {}", quoted(&written.value));
                self.push(Finding::error(code, message).at(&written.place, error.to_string()));
                None
            }
        }
    }

    /// The table under `key`, read by `read`; inline, or under a `[header]`.
    pub fn table<T>(&mut self, key: &str, read: impl FnOnce(&mut Reader<'_>) -> T) -> Option<T> {
        let path = self.below(key);
        let entry = self.take(key)?;
        self.enter(&entry.value, path, read)
    }

    /// The tables under `[[key]]`, or in a list, each read by `read`, in their order.
    pub fn tables<T>(&mut self, key: &str, mut read: impl FnMut(&mut Reader<'_>) -> T) -> Vec<T> {
        let path = self.below(key);
        let Some(entry) = self.take(key) else {
            return Vec::new();
        };
        let Value::List(values) = &entry.value.value else {
            let finding = wrong_type(&entry.value, "a list of tables");
            self.push(finding.help(format!("write [[{path}]] above each")));
            return Vec::new();
        };
        values
            .iter()
            .filter_map(|value| self.enter(value, path.clone(), &mut read))
            .collect()
    }

    /// What kind of value is under `key`, without reading it. For keys that can
    /// have several.
    pub fn kind(&mut self, key: &str) -> Option<Kind> {
        Some(self.take(key)?.value.value.kind())
    }

    /// Whether `key` is there.
    pub fn has(&self, key: &str) -> bool {
        self.table.get(key).is_some()
    }

    /// The keys nobody has asked for yet, in their order. For tables whose keys are
    /// names that the user chooses.
    pub fn keys(&self) -> Vec<Spanned<String>> {
        self.table
            .entries()
            .iter()
            .filter(|entry| !self.known.contains(&entry.key.value))
            .map(|entry| entry.key.clone())
            .collect()
    }

    /// Where `key` itself is written, for findings about the key.
    pub fn key_place(&self, key: &str) -> Option<&Place> {
        self.table.get(key).map(|entry| &entry.key.place)
    }

    /// Warns that this version does nothing with `key`, if it is there.
    pub fn not_supported(&mut self, key: &str, consequence: &str) {
        if let Some(entry) = self.take(key) {
            let message = format!("`{key}` is not supported by this version");
            self.push(
                Finding::warning(Code::NotSupported, message).at(&entry.key.place, consequence),
            );
        }
    }

    /// Where the table is: its header, its braces, or the file as a whole.
    pub fn place(&self) -> &Place {
        self.place
    }

    /// The dotted name of the table; empty at the top of a file.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Adds a finding about what was read.
    pub fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Everything found so far, for checks that push by themselves.
    pub fn findings(&mut self) -> &mut Findings {
        self.findings
    }
}

impl<'a> Reader<'a> {
    /// Lends a reader of the top of a document to `read`.
    pub(crate) fn over<T>(
        root: &'a Spanned<Table>,
        findings: &'a mut Findings,
        read: impl FnOnce(&mut Reader<'_>) -> T,
    ) -> T {
        let mut reader = Reader {
            table: &root.value,
            place: &root.place,
            path: String::new(),
            known: BTreeSet::new(),
            findings,
        };
        let value = read(&mut reader);
        reader.finish();
        value
    }

    /// The entry under `key`, which is a known key from now on.
    fn take(&mut self, key: &str) -> Option<&'a Entry> {
        if !self.known.contains(key) {
            self.known.insert(key.to_owned());
        }
        self.table.get(key)
    }

    fn enter<T>(
        &mut self,
        value: &Spanned<Value>,
        path: String,
        read: impl FnOnce(&mut Reader<'_>) -> T,
    ) -> Option<T> {
        let Value::Table(table) = &value.value else {
            let finding = wrong_type(value, "a table");
            self.push(finding);
            return None;
        };
        let mut reader = Reader {
            table,
            place: &value.place,
            path,
            known: BTreeSet::new(),
            findings: self.findings,
        };
        let value = read(&mut reader);
        reader.finish();
        Some(value)
    }

    fn below(&self, key: &str) -> String {
        match self.path.as_str() {
            "" => key.to_owned(),
            path => format!("{path}.{key}"),
        }
    }

    fn missing(&mut self, key: &str) {
        let place = match self.path.as_str() {
            "" => "the file".to_owned(),
            path => format!("`{path}`"),
        };
        let label = format!("`{key}` is required here");
        self.push(
            Finding::error(Code::MissingKey, format!("{place} has no `{key}`"))
                .at(self.place, label)
                .help(format!("add {key} = ...")),
        );
    }

    /// Reports every key nobody asked for.
    fn finish(self) {
        let known: Vec<&str> = self.known.iter().map(String::as_str).collect();
        let here = match self.path.as_str() {
            "" => "here".to_owned(),
            path => format!("of `{path}`"),
        };
        for entry in self.table.entries() {
            let key = &entry.key;
            if self.known.contains(&key.value) {
                continue;
            }
            let message = format!("`{}` is not a key {here}", key.value);
            let finding = Finding::error(Code::UnknownKey, message).at(&key.place, "");
            self.findings.push(if known.is_empty() {
                finding
            } else {
                finding.help(instead(&key.value, &known, "keys here are"))
            });
        }
    }
}

/// "did you mean", or else what there is.
fn instead(written: &str, known: &[&str], introduction: &str) -> String {
    if let Some(nearest) = nearest(written, known.iter().copied()) {
        return format!("did you mean `{nearest}`?");
    }
    let listed: Vec<&str> = known.iter().copied().take(LISTED_MAX).collect();
    let more = match known.len() - listed.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{introduction} {}{more}", listed.join(", "))
}
