//! Decides which TOML values can be read as which types.
//!
//! In: a value and its place. Out: the typed value, or a finding that says what was
//! expected, what is there and how to write it. Knows nothing of keys.

use std::fmt;
use std::time::Duration;

use toml::value::{Date, Datetime};

use crate::code::Code;
use crate::duration;
use crate::finding::{Finding, Findings};
use crate::render::quoted;
use crate::size::Size;
use crate::source::Spanned;
use crate::value::{Kind, Table, Value};

/// A type that a configuration value can be read as.
pub trait FromValue: Sized {
    /// The typed value; `None` after pushing at least one error.
    fn from_value(value: &Spanned<Value>, findings: &mut Findings) -> Option<Self>;
}

/// A type whose values have a smallest and a largest one in some keys.
pub trait Bounded: FromValue + PartialOrd {
    /// The value as it would be written in a file.
    fn written(&self) -> String;
}

impl<T: FromValue> FromValue for Spanned<T> {
    fn from_value(value: &Spanned<Value>, findings: &mut Findings) -> Option<Spanned<T>> {
        T::from_value(value, findings).map(|typed| Spanned::new(typed, value.place.clone()))
    }
}

impl FromValue for Value {
    fn from_value(value: &Spanned<Value>, _findings: &mut Findings) -> Option<Value> {
        Some(value.value.clone())
    }
}

impl FromValue for Table {
    fn from_value(value: &Spanned<Value>, findings: &mut Findings) -> Option<Table> {
        match &value.value {
            Value::Table(table) => Some(table.clone()),
            other => refuse(
                value,
                "a table",
                example(other, "{ key = \"value\" }"),
                findings,
            ),
        }
    }
}

impl FromValue for String {
    fn from_value(value: &Spanned<Value>, findings: &mut Findings) -> Option<String> {
        match &value.value {
            Value::String(text) => Some(text.clone()),
            other => refuse(value, "a text", quote(value, other), findings),
        }
    }
}

impl FromValue for bool {
    fn from_value(value: &Spanned<Value>, findings: &mut Findings) -> Option<bool> {
        match &value.value {
            Value::Boolean(value) => Some(*value),
            other => refuse(
                value,
                "true or false",
                unquote(other, &["true", "false"]),
                findings,
            ),
        }
    }
}

impl FromValue for i64 {
    fn from_value(value: &Spanned<Value>, findings: &mut Findings) -> Option<i64> {
        match &value.value {
            Value::Integer(number) => Some(*number),
            other => refuse(value, "a whole number", unquote_number(other), findings),
        }
    }
}

impl FromValue for f64 {
    /// Whole numbers count as numbers; infinity and "not a number" do not.
    fn from_value(value: &Spanned<Value>, findings: &mut Findings) -> Option<f64> {
        match &value.value {
            // Exact up to 2^53; nobody configures more.
            #[allow(clippy::cast_precision_loss)]
            Value::Integer(number) => Some(*number as f64),
            Value::Float(number) if number.is_finite() => Some(*number),
            Value::Float(_) => {
                findings.push(
                    Finding::error(Code::BadValue, "this number is not finite")
                        .at(&value.place, ""),
                );
                None
            }
            other => refuse(value, "a number", unquote_number(other), findings),
        }
    }
}

impl FromValue for Duration {
    fn from_value(value: &Spanned<Value>, findings: &mut Findings) -> Option<Duration> {
        const HELP: &str =
            "write a number and a unit, such as \"15s\", \"5m\", \"1h30m\" or \"2d\"";
        match &value.value {
            Value::String(text) => match duration::parse(text) {
                Ok(duration) => Some(duration),
                Err(error) => {
                    let message = format!("{} is not a duration", quoted(text));
                    findings.push(
                        Finding::error(Code::BadDuration, message)
                            .at(&value.place, error.to_string())
                            .help(HELP),
                    );
                    None
                }
            },
            Value::Integer(number) => {
                findings.push(
                    Finding::error(Code::BadDuration, "a duration needs a unit")
                        .at(&value.place, "this is a bare number")
                        .help(format!("write \"{number}s\" if these are seconds")),
                );
                None
            }
            _ => refuse(value, "a duration", Some(HELP.to_owned()), findings),
        }
    }
}

impl FromValue for Size {
    fn from_value(value: &Spanned<Value>, findings: &mut Findings) -> Option<Size> {
        const HELP: &str = "write a number and a unit, such as \"512MiB\", \"20GiB\" or \"1kB\"";
        match &value.value {
            Value::String(text) => match text.parse() {
                Ok(size) => Some(size),
                Err(error) => {
                    let error: crate::size::SizeError = error;
                    let message = format!("{} is not a size", quoted(text));
                    findings.push(
                        Finding::error(Code::BadSize, message)
                            .at(&value.place, error.to_string())
                            .help(HELP),
                    );
                    None
                }
            },
            Value::Integer(number) => {
                findings.push(
                    Finding::error(Code::BadSize, "a size needs a unit")
                        .at(&value.place, "this is a bare number")
                        .help(format!("write \"{number}B\" if these are bytes")),
                );
                None
            }
            _ => refuse(value, "a size", Some(HELP.to_owned()), findings),
        }
    }
}

impl FromValue for Datetime {
    fn from_value(value: &Spanned<Value>, findings: &mut Findings) -> Option<Datetime> {
        match &value.value {
            Value::Datetime(datetime) => Some(*datetime),
            other => {
                let help = example(other, "2027-06-30T18:00:00Z");
                refuse(value, "a date or time", help, findings)
            }
        }
    }
}

impl FromValue for Date {
    /// A date without a time of day.
    fn from_value(value: &Spanned<Value>, findings: &mut Findings) -> Option<Date> {
        match &value.value {
            Value::Datetime(Datetime {
                date: Some(date),
                time: None,
                offset: None,
            }) => Some(*date),
            other => refuse(value, "a date", example(other, "2027-06-30"), findings),
        }
    }
}

impl<T: FromValue> FromValue for Vec<T> {
    /// Every element that cannot be read is a finding of its own.
    fn from_value(value: &Spanned<Value>, findings: &mut Findings) -> Option<Vec<T>> {
        match &value.value {
            Value::List(values) => {
                let read: Vec<T> = values
                    .iter()
                    .filter_map(|value| T::from_value(value, findings))
                    .collect();
                (read.len() == values.len()).then_some(read)
            }
            _ => {
                let help = format!("write [{}]", value.place.text());
                refuse(value, "a list", single_line(help), findings)
            }
        }
    }
}

impl Bounded for i64 {
    fn written(&self) -> String {
        self.to_string()
    }
}

impl Bounded for f64 {
    fn written(&self) -> String {
        self.to_string()
    }
}

impl Bounded for Duration {
    fn written(&self) -> String {
        duration::show(*self)
    }
}

impl Bounded for Size {
    fn written(&self) -> String {
        self.to_string()
    }
}

/// Pushes the finding for a value of another type; always `None`.
fn refuse<T>(
    value: &Spanned<Value>,
    expected: impl fmt::Display,
    help: Option<String>,
    findings: &mut Findings,
) -> Option<T> {
    let finding = wrong_type(value, expected);
    findings.push(match help {
        Some(help) => finding.help(help),
        None => finding,
    });
    None
}

/// The finding for a value of another type than `expected`.
pub(crate) fn wrong_type(value: &Spanned<Value>, expected: impl fmt::Display) -> Finding {
    let kind = value.value.kind();
    Finding::error(
        Code::WrongType,
        format!("expected {expected}, found {kind}"),
    )
    .at(&value.place, format!("this is {kind}"))
}

fn example(found: &Value, written: &str) -> Option<String> {
    let quotes = match found.kind() {
        Kind::String => ", without quotes",
        Kind::Integer | Kind::Float | Kind::Boolean | Kind::Datetime => "",
        Kind::List | Kind::Table | Kind::Tables => "",
    };
    Some(format!("write it like {written}{quotes}"))
}

fn quote(value: &Spanned<Value>, found: &Value) -> Option<String> {
    match found.kind() {
        Kind::Integer | Kind::Float | Kind::Boolean | Kind::Datetime => {
            Some(format!("write \"{}\"", value.place.text()))
        }
        Kind::String | Kind::List | Kind::Table | Kind::Tables => None,
    }
}

fn unquote(found: &Value, words: &[&str]) -> Option<String> {
    match found {
        Value::String(text) if words.contains(&text.as_str()) => {
            Some(format!("write {text} without quotes"))
        }
        _ => None,
    }
}

fn unquote_number(found: &Value) -> Option<String> {
    match found {
        Value::String(text) if text.parse::<f64>().is_ok_and(f64::is_finite) => {
            Some(format!("write {text} without quotes"))
        }
        _ => None,
    }
}

fn single_line(help: String) -> Option<String> {
    const SHOWN_CHARS_MAX: usize = 80;
    (!help.contains('\n') && help.chars().count() <= SHOWN_CHARS_MAX).then_some(help)
}
