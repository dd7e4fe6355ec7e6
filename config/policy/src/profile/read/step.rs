//! Reads one step of an operation: its request, and what its answers mean.

use vedette_config::{Code, Finding, Kind, Reader, Spanned, Value};

use super::super::expect::{Expect, Judgement, Look, Statuses, Test};
use super::super::model::{Body, Capture, Mail, Method, Rows, Several, Step, Take};
use super::super::template::Template;
use super::changes;
use super::leaf::{expression, pairs, pattern, pointer, shape, template, templates};

/// Rules of one step.
const RULES_MAX: usize = 64;

/// One step; `name` is what it is called when it has no name of its own.
pub(super) fn read(reader: &mut Reader<'_>, name: &str) -> Option<Step> {
    let name = reader.or("name", name.to_owned());
    let has_when = reader.has("when");
    let when = expression(reader, "when");
    let body = body(reader);
    let method = reader.word(
        "method",
        &[
            ("GET", Method::Get),
            ("POST", Method::Post),
            ("PUT", Method::Put),
            ("PATCH", Method::Patch),
            ("DELETE", Method::Delete),
        ],
    );
    let method = match (method, &body) {
        (Some(method), _) => method.value,
        (None, Body::Empty) => Method::Get,
        (None, Body::Json(_) | Body::Form(_) | Body::Text { .. } | Body::Mail(_)) => Method::Post,
    };
    let (url, is_reference) = address(reader)?;
    let mut expect = reader.tables("expect", rule);
    if expect.len() > RULES_MAX {
        let message = format!("step \"{name}\" has more than {RULES_MAX} rules");
        reader.push(Finding::error(Code::TooLarge, message).at(reader.place(), ""));
        expect.truncate(RULES_MAX);
    }
    let step = Step {
        name,
        method,
        url,
        is_reference,
        headers: templates(reader, "headers"),
        query: pairs(reader, "query"),
        body,
        expect: expect.into_iter().flatten().collect(),
        rows: reader.table("rows", rows).flatten(),
        capture: reader.table("capture", captures).unwrap_or_default(),
        list: reader.table("list", changes::list).flatten(),
        when,
    };
    // A condition that cannot be read must not become "always".
    (has_when == step.when.is_some()).then_some(step)
}

/// `url`, or `follow` for one that comes out of an answer. `None` when it cannot be read.
fn address(reader: &mut Reader<'_>) -> Option<(Template, bool)> {
    match (reader.has("url"), reader.has("follow")) {
        (true, true) => {
            let message = "a step goes to one place, not `url` and `follow`";
            reader.push(Finding::error(Code::ConflictingKeys, message).at(reader.place(), ""));
            None
        }
        (true, false) => Some((template(reader, "url")?, false)),
        (false, true) => Some((template(reader, "follow")?, true)),
        (false, false) => Some((Template::new("").ok()?, false)),
    }
}

fn body(reader: &mut Reader<'_>) -> Body {
    let kinds = ["json", "form", "text", "mail"];
    let written: Vec<&str> = kinds.into_iter().filter(|key| reader.has(key)).collect();
    if let [first, second, ..] = written.as_slice() {
        let message = format!("a step has one body, not `{first}` and `{second}`");
        reader.push(Finding::error(Code::ConflictingKeys, message).at(reader.place(), ""));
    }
    if reader.has("json") {
        let value = reader.optional::<Spanned<Value>>("json");
        let shape = value.and_then(|value| shape(&value, reader.findings()));
        return shape.map_or(Body::Empty, Body::Json);
    }
    if reader.has("mail") {
        let mail = reader.table("mail", mail).flatten();
        return mail.map_or(Body::Empty, |mail| Body::Mail(Box::new(mail)));
    }
    if reader.has("form") {
        return Body::Form(templates(reader, "form"));
    }
    match template(reader, "text") {
        Some(text) => Body::Text {
            text,
            content_type: reader.or("content_type", "text/plain; charset=utf-8".to_owned()),
        },
        None => Body::Empty,
    }
}

fn mail(reader: &mut Reader<'_>) -> Option<Mail> {
    let mut needed = |key: &str| {
        if !reader.has(key) {
            reader.required::<String>(key);
        }
        template(reader, key)
    };
    let [from, to, subject, text, id] = ["from", "to", "subject", "text", "id"].map(&mut needed);
    let html = template(reader, "html");
    let answers = match reader.has("answers") {
        true => template(reader, "answers"),
        false => Template::new("").ok(),
    };
    Some(Mail {
        from: from?,
        to: to?,
        subject: subject?,
        text: text?,
        html,
        id: id?,
        answers: answers?,
    })
}

fn rule(reader: &mut Reader<'_>) -> Option<Expect> {
    let status = match reader.has("status") {
        true => Some(statuses(reader)?),
        false => None,
    };
    let words = Judgement::ALL.map(|judgement| (judgement.as_str(), judgement));
    if !reader.has("is") {
        reader.required::<String>("is");
    }
    let is = reader.word("is", &words);
    let why = reader.or("why", String::new());
    let header = reader.optional::<String>("header");
    let pointer = pointer(reader, "at");
    let look = match (header, pointer) {
        (Some(header), None) => Look::Header(header),
        (None, Some(pointer)) => Look::Pointer(pointer),
        (None, None) => Look::Body,
        (Some(_), Some(_)) => {
            let message = "a rule looks at one place, not `header` and `at`";
            reader.push(Finding::error(Code::ConflictingKeys, message).at(reader.place(), ""));
            return None;
        }
    };
    let look = match (test(reader)?, look) {
        (Some(test), look) => Some((look, test)),
        (None, Look::Body) => None,
        (None, Look::Header(_) | Look::Pointer(_)) => {
            let finding = Finding::error(Code::MissingKey, "a rule that looks asks for nothing");
            let help = "add equals = ..., contains = ... or matches = ...";
            reader.push(finding.at(reader.place(), "").help(help));
            return None;
        }
    };
    Some(Expect {
        status,
        look,
        is: is?.value,
        why,
    })
}

/// What is asked of the place, if anything; `None` when it cannot be read.
fn test(reader: &mut Reader<'_>) -> Option<Option<Test>> {
    if reader.has("equals") {
        let value = reader.optional::<Spanned<Value>>("equals")?;
        return Some(Some(Test::Equals(shape(&value, reader.findings())?)));
    }
    if reader.has("contains") {
        return Some(Some(Test::Contains(reader.optional("contains")?)));
    }
    if reader.has("matches") {
        return Some(Some(Test::Matches(pattern(reader, "matches")?)));
    }
    Some(None)
}

/// `200`, `"2xx"` or `"500-599"`.
fn statuses(reader: &mut Reader<'_>) -> Option<Statuses> {
    if reader.kind("status") == Some(Kind::Integer) {
        let status = reader.within("status", 100..=599)?;
        let status = u16::try_from(status).ok()?;
        return Some(Statuses {
            from: status,
            to: status,
        });
    }
    let parse = |text: &str| {
        let bad = "write 200, \"2xx\" or \"500-599\"";
        if let Some(hundreds) = text.strip_suffix("xx") {
            let hundreds: u16 = hundreds.parse().map_err(|_| bad)?;
            if !(1..=5).contains(&hundreds) {
                return Err(bad);
            }
            return Ok(Statuses {
                from: hundreds * 100,
                to: hundreds * 100 + 99,
            });
        }
        let (from, to) = text.split_once('-').ok_or(bad)?;
        let from = from.parse().map_err(|_| bad)?;
        let to = to.parse().map_err(|_| bad)?;
        Ok(Statuses { from, to })
    };
    reader
        .parsed("status", Code::BadValue, parse)
        .map(|spanned| spanned.value)
}

fn rows(reader: &mut Reader<'_>) -> Option<Rows> {
    let at = pointer(reader, "at");
    if !reader.has("keep") {
        reader.required::<String>("keep");
    }
    let keep = expression(reader, "keep");
    let several = reader.word(
        "several",
        &[("conflict", Several::Conflict), ("first", Several::First)],
    );
    let words = Judgement::ALL.map(|judgement| (judgement.as_str(), judgement));
    let none = reader.word("none", &words);
    let why = reader.or("why", String::new());
    Some(Rows {
        none: none.map_or(Judgement::Gone, |word| word.value),
        why,
        at: at.unwrap_or_default(),
        keep: keep?,
        several: several.map_or(Several::Conflict, |word| word.value),
    })
}

fn captures(reader: &mut Reader<'_>) -> Vec<Capture> {
    reader
        .keys()
        .into_iter()
        .filter_map(|name| capture(reader, name.value))
        .collect()
}

fn capture(reader: &mut Reader<'_>, name: String) -> Option<Capture> {
    let (take, optional) = take(reader, &name)?;
    Some(Capture {
        name,
        take,
        optional,
    })
}

/// `KEY = "/pointer"`, or a table with one of `at`, `header`, `matches`, `text`, and `optional`.
pub(super) fn take(reader: &mut Reader<'_>, key: &str) -> Option<(Take, bool)> {
    if reader.kind(key) == Some(Kind::String) {
        return Some((Take::Pointer(pointer(reader, key)?), false));
    }
    let (take, optional) = reader.table(key, |reader| {
        let take = if reader.has("at") {
            pointer(reader, "at").map(Take::Pointer)
        } else if reader.has("header") {
            reader.optional("header").map(Take::Header)
        } else if reader.has("matches") {
            pattern(reader, "matches").map(Take::Matches)
        } else if reader.has("text") {
            template(reader, "text").map(Take::Text)
        } else {
            reader.required::<String>("at");
            None
        };
        (take, reader.or("optional", false))
    })?;
    Some((take?, optional))
}
