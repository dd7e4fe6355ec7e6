//! Keeps the filters of the profile language: what can be done to a value on its way
//! into a request, or out of an answer.
//!
//! In: minijinja values. Out: values, or an error whose words a person can use.
//! Knows nothing of requests.

use jiff::tz::TimeZone;
use minijinja::value::{Serde, ValueKind};
use minijinja::{Environment, Error, ErrorKind, Value};

use super::layout::Layout;
use super::when;

/// Gives an environment all of them.
pub(super) fn add_to(environment: &mut Environment<'static>) {
    environment.add_filter("component", component);
    environment.add_filter("escaped", escaped);
    environment.add_filter("regex_quote", regex_quote);
    environment.add_filter("json", json);
    environment.add_filter("number", number);
    environment.add_filter("cut", cut);
    environment.add_filter("cut_bytes", cut_bytes);
    environment.add_filter("time", time);
    environment.add_filter("epoch", epoch);
    environment.add_filter("moment", moment);
    environment.add_filter("mapped", mapped);
    environment.add_filter("unmapped", unmapped);
    environment.add_filter("adf", adf);
    environment.add_filter("html", |text: &str| Layout::of(text).html());
    environment.add_filter("markdown", |text: &str| Layout::of(text).markdown());
    environment.add_filter("mrkdwn", |text: &str| Layout::of(text).mrkdwn());
}

/// One component of a URL: everything but letters, digits and `-._~` is percent-encoded.
pub(super) fn component(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Quotes and backslashes get a backslash before them, for query languages.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if ['\\', '\'', '"'].contains(&character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// As Go's `regexp.QuoteMeta`, which is how Alertmanager writes a receiver's name.
fn regex_quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for character in text.chars() {
        if r"\.+*?()|[]{}^$".contains(character) {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted
}

/// JSON as text, for systems that want it inside a text.
fn json(value: Value) -> Result<String, Error> {
    serde_json::to_string(&value)
        .map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))
}

/// The number a text says.
fn number(text: &str) -> Result<Value, Error> {
    let text = text.trim();
    let whole = text.parse::<i64>().map(Value::from);
    whole
        .or_else(|_| text.parse::<f64>().map(Value::from))
        .map_err(|_| {
            let why = format!("{text:?} is not a number");
            Error::new(ErrorKind::InvalidOperation, why)
        })
}

/// At most so many characters, the last of them an ellipsis if something was cut.
fn cut(text: &str, characters_max: usize) -> String {
    match text.char_indices().nth(characters_max) {
        None => text.to_owned(),
        Some(_) => {
            let kept: String = text
                .chars()
                .take(characters_max.saturating_sub(1))
                .collect();
            format!("{}…", kept.trim_end())
        }
    }
}

/// At most so many bytes of UTF-8, the ellipsis counted, and no character cut in two.
fn cut_bytes(text: &str, bytes_max: usize) -> String {
    const ELLIPSIS: char = '…';
    if text.len() <= bytes_max {
        return text.to_owned();
    }
    let Some(room) = bytes_max.checked_sub(ELLIPSIS.len_utf8()) else {
        return String::new();
    };
    let ends = text.char_indices().map(|(at, _)| at);
    let end = ends.take_while(|at| *at <= room).last().unwrap_or(0);
    format!("{}{ELLIPSIS}", text[..end].trim_end())
}

/// A time in a form of `strftime`; in UTC, or a zone by its name.
fn time(value: Value, form: &str, zone: Option<&str>) -> Result<String, Error> {
    let zone = zone_of(zone)?;
    let at = time_of(&value, &zone)?;
    when::write(at, form, zone).map_err(failed)
}

/// Whole seconds since 1970.
fn epoch(value: Value) -> Result<i64, Error> {
    Ok(time_of(&value, &TimeZone::UTC)?.as_second())
}

/// A time of theirs as RFC 3339; one without a zone is in UTC, or in the zone named.
fn moment(value: Value, zone: Option<&str>) -> Result<String, Error> {
    let zone = zone_of(zone)?;
    Ok(when::rfc_3339(time_of(&value, &zone)?))
}

fn time_of(value: &Value, zone: &TimeZone) -> Result<jiff::Timestamp, Error> {
    let text = value.to_string();
    when::read(&text, zone).ok_or_else(|| failed(format!("{text:?} is not a time")))
}

fn zone_of(name: Option<&str>) -> Result<TimeZone, Error> {
    match name {
        None => Ok(TimeZone::UTC),
        Some(name) => {
            TimeZone::get(name).map_err(|_| failed(format!("there is no time zone {name:?}")))
        }
    }
}

/// What a map says for a word, else what stands beside it, else nothing.
fn mapped(word: Value, map: Value, otherwise: Option<Value>) -> Result<Value, Error> {
    let entries = map_of(&map)?;
    let word = word.to_string();
    let found = entries.into_iter().find(|(key, _)| key.to_string() == word);
    Ok(found.map_or(otherwise.unwrap_or(Value::from(())), |(_, value)| value))
}

/// The first word for which a map says this, else what stands beside it, else nothing: a map of
/// ours to theirs, read the other way.
fn unmapped(value: Value, map: Value, otherwise: Option<Value>) -> Result<Value, Error> {
    let entries = map_of(&map)?;
    let value = value.to_string();
    let found = entries
        .into_iter()
        .find(|(_, said)| said.to_string() == value);
    Ok(found.map_or(otherwise.unwrap_or(Value::from(())), |(key, _)| key))
}

fn map_of(map: &Value) -> Result<Vec<(Value, Value)>, Error> {
    if map.kind() != ValueKind::Map {
        return Err(failed(format!(
            "a map is wanted here, and this is {}",
            map.kind()
        )));
    }
    map.try_iter()?
        .map(|key| {
            let value = map.get_item(&key)?;
            Ok((key, value))
        })
        .collect()
}

/// The document format of Jira's API.
fn adf(text: &str) -> Value {
    Value::from(Serde(&Layout::of(text).adf()))
}

fn failed(why: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, why)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use minijinja::context;

    use super::super::template::Template;

    #[test]
    fn texts_are_made_safe_where_they_go() {
        check(
            "{{ \"Queue='a&b'/ü\" | component }}",
            "Queue%3D%27a%26b%27%2F%C3%BC",
        );
        check(r#"{{ "it's" | escaped }}"#, r"it\'s");
        check("{{ 'web.hook' | regex_quote }}", r"web\.hook");
        check("{{ list | json }}", r#"["a","b"]"#);
    }

    #[test]
    fn a_text_is_cut_by_characters_or_by_bytes_and_never_within_a_character() {
        check("{{ 'abcdef' | cut(4) }}", "abc…");
        check("{{ 'äöüäöü' | cut(4) }}", "äöü…");
        check("{{ 'äöüäöü' | cut_bytes(12) }}", "äöüäöü");
        check("{{ 'äöüäöü' | cut_bytes(11) }}", "äöüä…");
        check("{{ 'äöüäöü' | cut_bytes(10) }}", "äöü…");
        check("{{ 'abc' | cut_bytes(2) }}", "");
    }

    #[test]
    fn times_are_written_as_each_system_wants_them_and_read_as_it_writes_them() {
        check(
            "{{ at | time('%Y-%m-%d %H:%M:%S') }}",
            "2026-11-22 01:23:32",
        );
        check("{{ at | time('%H:%M', 'Europe/Vienna') }}", "02:23");
        check("{{ at | epoch }}", "1795310612");
        check(
            "{{ '2026-11-22.01:23:32' | moment }}",
            "2026-11-22T01:23:32.000Z",
        );
        check(
            "{{ '2026-11-22 02:23:32' | moment('Europe/Vienna') }}",
            "2026-11-22T01:23:32.000Z",
        );
        check(
            "{{ 'soon' | moment }}",
            "failed: invalid operation: \"soon\" is not a time",
        );
        check(
            "{{ at | time('%H', 'Mars') }}",
            "failed: invalid operation: there is no time zone \"Mars\"",
        );
    }

    #[test]
    fn a_map_is_read_both_ways_and_a_word_it_does_not_have_is_none() {
        check("{{ 'waiting' | mapped(states) }}", "stalled");
        check("{{ 'stalled' | unmapped(states) }}", "waiting");
        check("{{ 7 | unmapped(states) }}", "resolved");
        check("{{ 'new' | unmapped(states, 'open') }}", "open");
        check("{{ 'new' | unmapped(states) or 'nothing' }}", "nothing");
        check(
            "{{ 'new' | mapped(list) }}",
            "failed: invalid operation: a map is wanted here, and this is sequence",
        );
    }

    #[track_caller]
    fn check(source: &str, expected: &str) {
        let context = context! {
            list => ["a", "b"],
            at => "2026-11-22T01:23:32.000Z",
            states => context! { waiting => "stalled", resolved => 7 },
        };
        let made = Template::new(source).unwrap().render(&context);
        let shown = made.unwrap_or_else(|error| format!("failed: {error}"));
        assert_eq!(shown, expected, "{source}");
    }
}
