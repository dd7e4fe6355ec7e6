//! Keeps what a TOML file says: a tree in which every key and value has a place.
//!
//! In: the parser's tree. Out: ours, in the order of the file, with numbers read.
//! Knows nothing of which keys exist.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};
use toml::value::Datetime;

use crate::code::Code;
use crate::finding::{Finding, Findings};
use crate::source::{Place, Source, Spanned};

/// Keys of one table; more are refused.
pub const KEYS_MAX: usize = 1_000;

/// A TOML value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text, without its quotes.
    String(String),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction; may be infinite or not a number.
    Float(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// A date, a time of day, or both.
    Datetime(Datetime),
    /// Values in brackets, or the tables under the same `[[header]]`.
    List(Vec<Spanned<Value>>),
    /// Keys and values.
    Table(Table),
}

/// Keys and values in the order of the file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    pub(crate) entries: Vec<Entry>,
}

/// One key with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key, without its quotes.
    pub key: Spanned<String>,
    /// Its value.
    pub value: Spanned<Value>,
}

/// What a value is, without what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// A number with a fraction.
    Float,
    /// `true` or `false`.
    Boolean,
    /// A date, a time of day, or both.
    Datetime,
    /// Values in brackets.
    List,
    /// Keys and values.
    Table,
    /// Tables under the same `[[header]]`, or a list of nothing but tables.
    Tables,
}

impl Value {
    /// What it is.
    pub fn kind(&self) -> Kind {
        match self {
            Value::String(_) => Kind::String,
            Value::Integer(_) => Kind::Integer,
            Value::Float(_) => Kind::Float,
            Value::Boolean(_) => Kind::Boolean,
            Value::Datetime(_) => Kind::Datetime,
            Value::List(values) => {
                let is_table = |value: &Spanned<Value>| matches!(value.value, Value::Table(_));
                if !values.is_empty() && values.iter().all(is_table) {
                    Kind::Tables
                } else {
                    Kind::List
                }
            }
            Value::Table(_) => Kind::Table,
        }
    }
}

impl Table {
    /// The entry under a key.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key.value == key)
    }

    /// Every entry, in the order of the file.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Kind::String => "a text",
            Kind::Integer => "a whole number",
            Kind::Float => "a number with a fraction",
            Kind::Boolean => "true or false",
            Kind::Datetime => "a date or time",
            Kind::List => "a list",
            Kind::Table => "a table",
            Kind::Tables => "a list of tables",
        })
    }
}

/// Turns the parser's tree into ours. What cannot be turned is a finding.
pub(crate) fn convert(
    source: &Arc<Source>,
    parsed: &DeTable<'_>,
    findings: &mut Findings,
) -> Table {
    Conversion { source, findings }.table(parsed)
}

struct Conversion<'a> {
    source: &'a Arc<Source>,
    findings: &'a mut Findings,
}

impl Conversion<'_> {
    fn table(&mut self, parsed: &DeTable<'_>) -> Table {
        // The parser sorts by name; people expect their own order.
        let mut sorted: Vec<_> = parsed.iter().collect();
        sorted.sort_by_key(|(key, _)| key.span().start);
        if let Some((key, _)) = sorted.get(KEYS_MAX) {
            self.findings.push(
                Finding::error(
                    Code::TooLarge,
                    format!("more than {KEYS_MAX} keys in one table"),
                )
                .at(&self.place(key.span()), "this one is too many")
                .help("split the table"),
            );
            sorted.truncate(KEYS_MAX);
        }
        let entries = sorted
            .into_iter()
            .map(|(key, value)| Entry {
                key: Spanned::new(key.get_ref().to_string(), self.place(key.span())),
                value: self.value(value),
            })
            .collect();
        Table { entries }
    }

    fn value(&mut self, parsed: &toml::Spanned<DeValue<'_>>) -> Spanned<Value> {
        let place = self.place(parsed.span());
        let value = match parsed.get_ref() {
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Integer(number) => {
                match i64::from_str_radix(number.as_str(), number.radix()) {
                    Ok(number) => Value::Integer(number),
                    Err(_) => {
                        let message = "this whole number does not fit into 64 bits";
                        self.findings
                            .push(Finding::error(Code::OutOfRange, message).at(&place, ""));
                        Value::Integer(i64::MAX)
                    }
                }
            }
            // The parser has checked its form; what is too large becomes infinite.
            DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Boolean(value) => Value::Boolean(*value),
            DeValue::Datetime(value) => Value::Datetime(*value),
            DeValue::Array(values) => {
                Value::List(values.iter().map(|value| self.value(value)).collect())
            }
            DeValue::Table(table) => Value::Table(self.table(table)),
        };
        Spanned::new(value, place)
    }

    fn place(&self, span: Range<usize>) -> Place {
        Place::new(self.source, span)
    }
}
