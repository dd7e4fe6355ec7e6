//! Makes sound alerts of what Prometheus and others post to the Alertmanager API.
//!
//! In: the bytes of `POST /api/v2/alerts` and the time. Out: [`PostedAlert`]s, and
//! for each one that is refused its place and why; those that are sound are kept.
//! The rules are those of Alertmanager: empty labels are no labels, an end before
//! the start is refused, an end in the past means resolved.
//!
//! Knows nothing of HTTP and of what is already known.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use vedette_triage::{About, Handling, Labels, Severity, Timestamp, limits};

use crate::rfc3339;
use crate::shard::PostedAlert;

/// Alerts of one request; Prometheus sends at most 256.
pub const ALERTS_PER_REQUEST_MAX: usize = 50_000;
/// Bytes of one request after decompression.
pub const REQUEST_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Refused alerts that are named in one answer; the rest is counted.
const REFUSED_LISTED_MAX: usize = 20;

/// One alert as it is posted.
#[derive(Debug, Deserialize)]
struct Postable {
    #[serde(default)]
    labels: Option<BTreeMap<String, String>>,
    #[serde(default)]
    annotations: Option<BTreeMap<String, String>>,
    #[serde(rename = "startsAt", default)]
    starts_at: Option<String>,
    #[serde(rename = "endsAt", default)]
    ends_at: Option<String>,
    #[serde(rename = "generatorURL", default)]
    generator_url: Option<String>,
}

/// What was made of one request.
#[derive(Debug, Default)]
pub struct Posted {
    /// Those that are sound, in order.
    pub alerts: Vec<PostedAlert>,
    /// How many were refused, by the stable word of the reason.
    pub refused: BTreeMap<&'static str, u64>,
    listed: Vec<String>,
}

impl Posted {
    fn refuse(&mut self, at: usize, (reason, why): (&'static str, String)) {
        *self.refused.entry(reason).or_default() += 1;
        if self.listed.len() < REFUSED_LISTED_MAX {
            self.listed.push(format!("[{at}]: {why}"));
        }
    }

    /// One sentence that names what was refused; none when nothing was.
    pub fn complaint(&self) -> Option<String> {
        let total: u64 = self.refused.values().sum();
        let listed = u64::try_from(self.listed.len()).unwrap_or(u64::MAX);
        let more = match total - listed {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        (total > 0).then(|| {
            format!(
                "{total} of {} alerts refused, the others are stored: {}{more}",
                total + u64::try_from(self.alerts.len()).unwrap_or(u64::MAX),
                self.listed.join("; "),
            )
        })
    }
}

/// When a request came, and from whom.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Our time.
    pub at: Timestamp,
    /// Who sent it, for "no longer reported by".
    pub sender: String,
    /// How long an alert without an end holds.
    pub resolve_timeout: Duration,
}

/// Reads a request. Alerts of a wrong shape are refused alone.
///
/// # Errors
/// It is no list of at most [`ALERTS_PER_REQUEST_MAX`] alerts; nothing was kept. Says why.
pub fn read(bytes: &[u8], arrival: &Arrival) -> Result<Posted, (&'static str, String)> {
    let mut posted = Posted::default();
    let alerts: Vec<Result<Postable, String>> = match serde_json::from_slice(bytes) {
        Ok(alerts) => {
            let alerts: Vec<Postable> = alerts;
            alerts.into_iter().map(Ok).collect()
        }
        Err(_) => one_by_one(bytes)?,
    };
    if alerts.len() > ALERTS_PER_REQUEST_MAX {
        let why = format!(
            "{} alerts at once are too many; send at most {ALERTS_PER_REQUEST_MAX}",
            alerts.len()
        );
        return Err(("too_many_alerts", why));
    }
    for (at, alert) in alerts.into_iter().enumerate() {
        let sound = alert
            .map_err(|why| ("wrong_type", why))
            .and_then(|alert| sound(alert, arrival));
        match sound {
            Ok(alert) => posted.alerts.push(alert),
            Err(why) => posted.refuse(at, why),
        }
    }
    Ok(posted)
}

fn one_by_one(bytes: &[u8]) -> Result<Vec<Result<Postable, String>>, (&'static str, String)> {
    let values: Vec<serde_json::Value> = serde_json::from_slice(bytes).map_err(|error| {
        let why = format!("the body is not a JSON list of alerts: {error}");
        ("not_json", why)
    })?;
    let read = |value| serde_json::from_value(value).map_err(|error| error.to_string());
    Ok(values.into_iter().map(read).collect())
}

fn sound(alert: Postable, arrival: &Arrival) -> Result<PostedAlert, (&'static str, String)> {
    let labels = labels(&alert.labels.unwrap_or_default())?;
    let annotations = annotations(&alert.annotations.unwrap_or_default())?;
    let starts_at = time("startsAt", alert.starts_at.as_deref())?;
    let ends_at = time("endsAt", alert.ends_at.as_deref())?;
    check_order(starts_at, ends_at, arrival)?;
    let severity = severity(labels.get("severity"));
    let about = About {
        title: title(&labels, &annotations),
        means: means(&annotations),
        first: Vec::new(),
        component: labels.get("component").unwrap_or("").to_owned(),
        handling: Some(handling(severity)),
        values: Vec::new(),
        generator_url: bounded(&alert.generator_url.unwrap_or_default(), 2048),
        labels: labels.clone(),
        annotations,
        ..About::default()
    };
    Ok(PostedAlert {
        labels,
        about: Arc::new(about),
        severity,
        starts_at,
        ends_at,
        sender: arrival.sender.clone(),
    })
}

fn check_order(
    starts_at: Option<Timestamp>,
    ends_at: Option<Timestamp>,
    arrival: &Arrival,
) -> Result<(), (&'static str, String)> {
    let ends = ends_at.unwrap_or(arrival.at.after(arrival.resolve_timeout));
    match starts_at {
        Some(starts) if starts > ends => Err((
            "bad_time",
            match ends_at {
                Some(_) => "endsAt is before startsAt".into(),
                None => "startsAt is later than the alert would hold; set endsAt".into(),
            },
        )),
        Some(_) | None => Ok(()),
    }
}

fn labels(sent: &BTreeMap<String, String>) -> Result<Labels, (&'static str, String)> {
    let sent = || sent.iter().filter(|(_, value)| !value.is_empty());
    if sent().next().is_none() {
        return Err(("no_labels", "an alert needs at least one label".into()));
    }
    if sent().count() > limits::LABELS_MAX {
        let why = format!("an alert has at most {} labels", limits::LABELS_MAX);
        return Err(("too_many_labels", why));
    }
    for (name, value) in sent() {
        check_name(name)?;
        check_value(name, value)?;
    }
    Ok(sent().collect())
}

fn annotations(sent: &BTreeMap<String, String>) -> Result<Labels, (&'static str, String)> {
    if sent.len() > limits::LABELS_MAX {
        let why = format!("an alert has at most {} annotations", limits::LABELS_MAX);
        return Err(("too_many_labels", why));
    }
    for (name, value) in sent {
        check_name(name)?;
        check_value(name, value)?;
    }
    Ok(sent.iter().collect())
}

/// UTF-8 names are taken, as Prometheus 3 sends them; what could not be written in a matcher
/// without quotes is not.
fn check_name(name: &str) -> Result<(), (&'static str, String)> {
    let unwritable = |letter: char| {
        letter.is_whitespace() || letter.is_control() || "{}!=~,\\\"'`@".contains(letter)
    };
    if name.is_empty() || name.contains(unwritable) {
        let why = format!(
            "label name {name:?} is not valid; use letters, digits, _ and ., at least one of them"
        );
        return Err(("bad_name", why));
    }
    if name.len() > limits::LABEL_NAME_BYTES_MAX {
        let why = format!(
            "a label name of {} bytes is longer than {}",
            name.len(),
            limits::LABEL_NAME_BYTES_MAX
        );
        return Err(("bad_name", why));
    }
    Ok(())
}

fn check_value(name: &str, value: &str) -> Result<(), (&'static str, String)> {
    if value.len() > limits::LABEL_VALUE_BYTES_MAX {
        let why = format!(
            "the value of {name} is longer than {} bytes",
            limits::LABEL_VALUE_BYTES_MAX
        );
        return Err(("bad_value", why));
    }
    if value.contains('\0') {
        return Err(("bad_value", format!("the value of {name} holds a NUL")));
    }
    Ok(())
}

/// An RFC 3339 time; Go's zero time means that none was set.
fn time(name: &str, text: Option<&str>) -> Result<Option<Timestamp>, (&'static str, String)> {
    let Some(text) = text.filter(|text| !text.is_empty() && !text.starts_with("0001-01-01T"))
    else {
        return Ok(None);
    };
    let time = rfc3339::read(text).map_err(|why| ("bad_time", format!("{name} {why}")))?;
    Ok(Some(time))
}

/// How bad the `severity` label says it is. A word nobody knows is taken seriously, but not as
/// the worst; an alert without the label asks for nobody's attention.
pub fn severity(label: Option<&str>) -> Severity {
    let word = label.unwrap_or("none").to_ascii_lowercase();
    match word.as_str() {
        "critical" | "crit" | "page" | "error" | "err" | "fatal" | "emergency" | "emerg"
        | "alert" | "disaster" | "major" | "high" | "p1" | "p2" | "sev1" | "sev2" => {
            Severity::Critical
        }
        "info" | "information" | "informational" | "none" | "debug" | "notice" | "ok" => {
            Severity::Info
        }
        _ => Severity::Warning,
    }
}

/// Alerts from outside are worth a ticket, except those that only inform (contract section 4).
fn handling(severity: Severity) -> Handling {
    match severity {
        Severity::Info => Handling::Watch,
        Severity::Warning | Severity::Critical => Handling::Ticket,
    }
}

/// One line for people: what the sender wrote, else the alert's name and instance, else its labels.
fn title(labels: &Labels, annotations: &Labels) -> String {
    let written = ["summary", "title", "description", "message"]
        .into_iter()
        .filter_map(|name| annotations.get(name))
        .map(one_line)
        .find(|text| !text.is_empty());
    let named = || {
        let name = labels.get("alertname")?;
        Some(match labels.get("instance") {
            Some(instance) => format!("{name} on {instance}"),
            None => name.to_owned(),
        })
    };
    let text = written.or_else(named).unwrap_or_else(|| labels.to_string());
    bounded(&one_line(&text), limits::TITLE_BYTES_MAX)
}

/// What the sender wrote besides its summary, which is the title already.
fn means(annotations: &Labels) -> String {
    let summary = annotations.get("summary").or(annotations.get("title"));
    let description = annotations.get("description").filter(|_| summary.is_some());
    bounded(
        &one_line(description.unwrap_or("")),
        limits::TITLE_BYTES_MAX,
    )
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|letter: char| letter.is_whitespace() || letter.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}

/// At most so many bytes, cut between two letters and marked.
fn bounded(text: &str, bytes_max: usize) -> String {
    const MARK: &str = "…";
    if text.len() <= bytes_max {
        return text.to_owned();
    }
    let room = bytes_max - MARK.len();
    let cut = (0..=room).rev().find(|at| text.is_char_boundary(*at));
    format!("{}{MARK}", &text[..cut.unwrap_or(0)])
}

#[cfg(test)]
mod tests;
