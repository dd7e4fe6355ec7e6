//! Reads the leaves of a profile: templates, expressions, patterns, and JSON of them.

use regex::Regex;
use serde_json::Value as Json;
use vedette_config::{Code, Finding, Findings, Reader, Spanned, Value};

use super::super::template::{Expression, Shape, Template, TemplateError};

/// Bytes of one template or pattern.
const SOURCE_BYTES_MAX: usize = 16 * 1024;

/// The template under a key, if it is there and is one.
pub(super) fn template(reader: &mut Reader<'_>, key: &str) -> Option<Template> {
    let written = reader.optional::<Spanned<String>>(key)?;
    template_of(&written.value, &written, reader.findings())
}

/// The expression under a key, if it is there and is one.
pub(super) fn expression(reader: &mut Reader<'_>, key: &str) -> Option<Expression> {
    let written = reader.optional::<Spanned<String>>(key)?;
    expression_of(&written.value, &written, reader.findings())
}

/// The pattern under a key, if it is there and is one.
pub(super) fn pattern(reader: &mut Reader<'_>, key: &str) -> Option<Regex> {
    reader
        .parsed(key, Code::BadValue, |text| {
            if text.len() > SOURCE_BYTES_MAX {
                return Err("it is too long".to_owned());
            }
            Regex::new(text).map_err(|error| error.to_string())
        })
        .map(|spanned| spanned.value)
}

/// A JSON pointer: empty, or beginning with a slash.
pub(super) fn pointer(reader: &mut Reader<'_>, key: &str) -> Option<String> {
    reader
        .parsed(key, Code::BadValue, |text| match text {
            "" => Ok(String::new()),
            text if text.starts_with('/') => Ok(text.to_owned()),
            _ => Err("a place in JSON begins with a slash: /id, /result/sys_id, /items/0/key"),
        })
        .map(|spanned| spanned.value)
}

/// The templates of a list of texts.
pub(super) fn list(reader: &mut Reader<'_>, key: &str) -> Vec<Template> {
    let written = reader
        .optional::<Vec<Spanned<String>>>(key)
        .unwrap_or_default();
    written
        .iter()
        .filter_map(|text| template_of(&text.value, text, reader.findings()))
        .collect()
}

/// Names and templates under a key; names are templates, too.
pub(super) fn pairs(reader: &mut Reader<'_>, key: &str) -> Vec<(Template, Template)> {
    reader
        .table(key, |reader| {
            reader
                .keys()
                .into_iter()
                .filter_map(|name| {
                    let value = template(reader, &name.value);
                    let name = template_of(&name.value, &name, reader.findings());
                    Some((name?, value?))
                })
                .collect()
        })
        .unwrap_or_default()
}

/// Names and templates under a key, in the order of the file.
pub(super) fn templates(reader: &mut Reader<'_>, key: &str) -> Vec<(String, Template)> {
    reader
        .table(key, |reader| {
            reader
                .keys()
                .into_iter()
                .filter_map(|name| {
                    let template = template(reader, &name.value)?;
                    Some((name.value, template))
                })
                .collect()
        })
        .unwrap_or_default()
}

/// A TOML value as JSON with templates in it.
pub(super) fn shape(value: &Spanned<Value>, findings: &mut Findings) -> Option<Shape> {
    match &value.value {
        Value::String(text) => match text.strip_prefix("= ") {
            Some(source) => expression_of(source, value, findings).map(Shape::Expression),
            None => template_of(text, value, findings).map(Shape::Template),
        },
        Value::Integer(number) => Some(Shape::Fixed(Json::from(*number))),
        Value::Float(number) if number.is_finite() => Some(Shape::Fixed(Json::from(*number))),
        Value::Boolean(value) => Some(Shape::Fixed(Json::from(*value))),
        Value::Float(_) | Value::Datetime(_) => {
            let kind = value.value.kind();
            let finding = Finding::error(Code::WrongType, format!("JSON cannot hold {kind}"));
            findings.push(finding.at(&value.place, "").help("write it as text"));
            None
        }
        Value::List(values) => Some(Shape::List(
            values
                .iter()
                .filter_map(|value| shape(value, findings))
                .collect(),
        )),
        Value::Table(table) => Some(Shape::Object(
            table
                .entries()
                .iter()
                .filter_map(|entry| {
                    let key = template_of(&entry.key.value, &entry.key, findings);
                    Some((key?, shape(&entry.value, findings)?))
                })
                .collect(),
        )),
    }
}

fn template_of<T>(source: &str, at: &Spanned<T>, findings: &mut Findings) -> Option<Template> {
    parsed(Template::new(source), source, at, findings)
}

fn expression_of<T>(source: &str, at: &Spanned<T>, findings: &mut Findings) -> Option<Expression> {
    parsed(Expression::new(source), source, at, findings)
}

fn parsed<V, T>(
    result: Result<V, TemplateError>,
    source: &str,
    at: &Spanned<T>,
    findings: &mut Findings,
) -> Option<V> {
    if source.len() > SOURCE_BYTES_MAX {
        let message = format!("a template of more than {SOURCE_BYTES_MAX} bytes");
        findings.push(Finding::error(Code::TooLarge, message).at(&at.place, ""));
        return None;
    }
    match result {
        Ok(value) => Some(value),
        Err(error) => {
            let finding = Finding::error(Code::TemplateSyntax, "this is not a template");
            findings.push(finding.at(&at.place, error.to_string()));
            None
        }
    }
}
