//! Decides what an answer means, and takes out of it what later steps need.
//!
//! Pure: a step, what arrived and what was known in, an [`Opinion`] out. A 2xx alone
//! proves little: systems answer 200 to what they do not do, and give everybody's
//! rows to a filter they do not know.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use vedette_policy::profile::{
    Capture, Expect, Judgement, Listing, Look, Named, Rows, Scene, Several, Step, Take, Test,
};

use super::sender::{Arrival, Response};

/// Characters of an answer that are kept for people.
const ANSWER_CHARS_MAX: usize = 600;
/// The same, where a profile already says what the answer means.
const KNOWN_ANSWER_CHARS_MAX: usize = 160;

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opinion {
    /// Whether it was done.
    pub judgement: Judgement,
    /// The same for people, with the beginning of the answer; secrets not yet removed.
    pub why: String,
    /// What was taken out of it.
    pub captured: BTreeMap<String, String>,
    /// The changes it lists, where the step lists changes.
    pub listed: Option<Listed>,
}

/// One page of changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// Rows on the page, those that were not kept among them.
    pub rows: usize,
    /// What the kept ones say.
    pub changes: Vec<BTreeMap<Named, String>>,
    /// How the answer says to go on.
    pub next: Option<String>,
}

/// Judges what arrived for one step.
pub fn judge(step: &Step, arrival: &Arrival, scene: &Scene<'_>) -> Opinion {
    let response = match arrival {
        Arrival::Answered(response) => response,
        Arrival::Unsendable { why } => return opinion(Judgement::Auth, why.clone()),
        Arrival::NotSent { why } => return opinion(Judgement::Transient, why.clone()),
        Arrival::Lost { why } => return opinion(Judgement::Unknown, why.clone()),
    };
    let answer = Answer::of(response);
    let rule = step.expect.iter().find(|rule| holds(rule, &answer, scene));
    let judgement = match rule {
        Some(rule) => rule.is,
        None => Judgement::of_status(response.status),
    };
    let said = match rule {
        Some(rule) if !rule.why.is_empty() => rule.why.as_str(),
        Some(_) | None => "",
    };
    match judgement {
        Judgement::Done | Judgement::AlreadyDone => taken(step, judgement, &answer, scene),
        Judgement::Gone
        | Judgement::Conflict
        | Judgement::Auth
        | Judgement::Refused
        | Judgement::Throttled
        | Judgement::Transient
        | Judgement::Unknown => opinion(judgement, answer.told(said)),
    }
}

fn opinion(judgement: Judgement, why: String) -> Opinion {
    Opinion {
        judgement,
        why,
        captured: BTreeMap::new(),
        listed: None,
    }
}

/// It was done, they say: finds our row, if there are rows, and takes out what is asked for.
fn taken(step: &Step, judgement: Judgement, answer: &Answer<'_>, scene: &Scene<'_>) -> Opinion {
    let row = match step.rows.as_ref().map(|rows| our_row(rows, answer, scene)) {
        None => None,
        Some(Ok(row)) => Some(row),
        Some(Err(opinion)) => return opinion,
    };
    let mut captured = scene.captured.clone();
    let mut new = BTreeMap::new();
    for capture in &step.capture {
        let known = Scene {
            captured: &captured,
            ..*scene
        };
        match take(capture, row.unwrap_or(&answer.json), answer, &known) {
            Some(value) => {
                captured.insert(capture.name.clone(), value.clone());
                new.insert(capture.name.clone(), value);
            }
            None if capture.optional => {}
            None => {
                // Perhaps it was done; without this nothing further can be asked for.
                let said = format!("the answer has no `{}`", capture.name);
                return opinion(Judgement::Unknown, answer.told(&said));
            }
        }
    }
    let listed = match step
        .list
        .as_ref()
        .map(|listing| listed(listing, answer, scene))
    {
        None => None,
        Some(Ok(listed)) => Some(listed),
        Some(Err(opinion)) => return opinion,
    };
    Opinion {
        judgement,
        why: answer.told(""),
        captured: new,
        listed,
    }
}

/// The changes on a page. A row that cannot be read is left out: it must not stop all others.
fn listed(listing: &Listing, answer: &Answer<'_>, scene: &Scene<'_>) -> Result<Listed, Opinion> {
    let Some(Json::Array(rows)) = answer.json.pointer(&listing.at) else {
        let said = format!("the answer has no list at `{}`", listing.at);
        return Err(opinion(Judgement::Transient, answer.told(&said)));
    };
    let changes = rows
        .iter()
        .filter_map(|row| {
            let context = scene.context_with("row", row);
            let keep = listing.keep.as_ref();
            if !keep.is_none_or(|keep| keep.holds(&context).unwrap_or(false)) {
                return None;
            }
            let said = listing.each.iter().filter_map(|(name, expression)| {
                let value = expression.json(&context).ok()?;
                Some((*name, text_of(&value)?))
            });
            Some(said.collect())
        })
        .collect();
    let next = listing
        .next
        .as_ref()
        .and_then(|take| found(take, &answer.json, answer, scene));
    Ok(Listed {
        rows: rows.len(),
        changes,
        next,
    })
}

/// The row that speaks of our ticket.
fn our_row<'a>(
    rows: &Rows,
    answer: &'a Answer<'_>,
    scene: &Scene<'_>,
) -> Result<&'a Json, Opinion> {
    let Some(Json::Array(listed)) = answer.json.pointer(&rows.at) else {
        let said = format!("the answer has no list at `{}`", rows.at);
        return Err(opinion(Judgement::Transient, answer.told(&said)));
    };
    let mut ours = listed.iter().filter(|row| {
        // A row in which the key cannot even be looked for is not ours.
        let context = scene.context_with("row", row);
        rows.keep.holds(&context).unwrap_or(false)
    });
    match (ours.next(), ours.next(), rows.several) {
        (None, _, _) => Err(opinion(rows.none, answer.told(&rows.why))),
        (Some(row), None, _) | (Some(row), Some(_), Several::First) => Ok(row),
        (Some(_), Some(_), Several::Conflict) => {
            let said =
                "there is more than one ticket with our key; close all but one as duplicates";
            Err(opinion(Judgement::Conflict, answer.told(said)))
        }
    }
}

fn take(capture: &Capture, json: &Json, answer: &Answer<'_>, scene: &Scene<'_>) -> Option<String> {
    found(&capture.take, json, answer, scene)
}

fn found(take: &Take, json: &Json, answer: &Answer<'_>, scene: &Scene<'_>) -> Option<String> {
    match take {
        Take::Pointer(pointer) => json.pointer(pointer).and_then(text_of),
        Take::Header(name) => answer.header(name).map(str::to_owned),
        Take::Matches(pattern) => {
            let groups = pattern.captures(&answer.text)?;
            Some(groups.get(1).or(groups.get(0))?.as_str().to_owned())
        }
        Take::Text(template) => template.render(&scene.context()).ok(),
    }
}

fn holds(rule: &Expect, answer: &Answer<'_>, scene: &Scene<'_>) -> bool {
    let status = answer.response.status;
    let in_range = rule
        .status
        .is_none_or(|statuses| (statuses.from..=statuses.to).contains(&status));
    in_range
        && rule
            .look
            .as_ref()
            .is_none_or(|(look, test)| passes(look, test, answer, scene))
}

fn passes(look: &Look, test: &Test, answer: &Answer<'_>, scene: &Scene<'_>) -> bool {
    let found = match look {
        Look::Body => Some(answer.text.clone()),
        Look::Header(name) => answer.header(name).map(str::to_owned),
        Look::Pointer(pointer) => answer.json.pointer(pointer).and_then(text_of),
    };
    let Some(found) = found else { return false };
    match test {
        Test::Contains(text) => found.contains(text.as_str()),
        Test::Matches(pattern) => pattern.is_match(&found),
        Test::Equals(shape) => {
            let expected = shape.render(&scene.context(), &mut |_, _| None);
            expected.as_ref().and_then(text_of) == Some(found)
        }
    }
}

/// As text, so that the id `"1"` of one answer is the id `1` of the next.
fn text_of(json: &Json) -> Option<String> {
    match json {
        Json::Null => None,
        Json::String(text) => Some(text.clone()),
        Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_) => {
            Some(json.to_string())
        }
    }
}

/// An answer, read once.
struct Answer<'a> {
    response: &'a Response,
    text: String,
    json: Json,
}

impl<'a> Answer<'a> {
    fn of(response: &'a Response) -> Answer<'a> {
        Answer {
            response,
            text: String::from_utf8_lossy(&response.body).into_owned(),
            json: serde_json::from_slice(&response.body).unwrap_or(Json::Null),
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.response.header(name)
    }

    /// For people: what we think, then the status and the beginning of the body.
    fn told(&self, said: &str) -> String {
        let status = self.response.status;
        let chars_max = match said {
            "" => ANSWER_CHARS_MAX,
            _ => KNOWN_ANSWER_CHARS_MAX,
        };
        let body: String = self
            .text
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .chars()
            .filter(|character| !character.is_control())
            .take(chars_max)
            .collect();
        let body = match (status, self.header("location")) {
            (300..=399, Some(location)) => {
                format!(
                    "redirects are not followed; it leads to {}",
                    origin_of(location)
                )
            }
            _ => body,
        };
        match (said.is_empty(), body.is_empty()) {
            (true, true) => format!("HTTP {status}"),
            (true, false) => format!("HTTP {status}: {body}"),
            (false, true) => format!("{said} (HTTP {status})"),
            (false, false) => format!("{said} (HTTP {status}: {body})"),
        }
    }
}

/// Where a redirect leads, without the path and query, which may hold secrets.
fn origin_of(location: &str) -> String {
    match reqwest::Url::parse(location) {
        Ok(url) => url.origin().ascii_serialization(),
        Err(_) => "another path of the same server".to_owned(),
    }
}
