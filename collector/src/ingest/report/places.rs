//! Reads a report that did not parse as a whole, place by place.
//!
//! A sample without a number is refused alone. Anything else of a wrong type
//! makes the report untrustworthy: its place is named, and nothing is kept.

use serde::Deserialize;
use serde_json::{Map, Value};
use vedette_wire::{CheckRun, Event, HostFacts, ProbeRun, Report, Round, Sample, WIRE_VERSION};

use super::bounds::soften;
use super::refused::{Places, Unreadable};
use super::tame::tame;

/// A round without its lists, which are read one by one.
#[derive(Deserialize)]
struct Head {
    seq: u64,
    wall_ms: i64,
    mono_ms: u64,
    interval_s: f64,
}

pub(super) fn read(bytes: &[u8], refused: &mut Places) -> Result<Report, Unreadable> {
    let text = std::str::from_utf8(bytes).map_err(|error| not_json(&error.to_string()))?;
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(_) => {
            serde_json::from_str(&tame(text)).map_err(|error| not_json(&error.to_string()))?
        }
    };
    let Value::Object(mut report) = value else {
        return Err(wrong_type("the report", "not an object"));
    };
    let wire: Value = typed(&mut report, "wire", "")?;
    let known = wire
        .as_u64()
        .and_then(|wire| u32::try_from(wire).ok())
        .filter(|wire| *wire == WIRE_VERSION);
    let Some(wire) = known else {
        return Err(Unreadable::unknown_wire(&wire.to_string()));
    };
    let rounds: Vec<Value> = typed(&mut report, "rounds", "")?;
    let rounds: Result<Vec<Round>, Unreadable> = rounds
        .into_iter()
        .enumerate()
        .map(|(at, value)| round(value, &format!("rounds[{at}]"), refused))
        .collect();
    Ok(Report {
        wire,
        agent: typed(&mut report, "agent", "")?,
        boot: typed(&mut report, "boot", "")?,
        epoch: typed(&mut report, "epoch", "")?,
        stream: typed(&mut report, "stream", "")?,
        host: typed::<HostFacts>(&mut report, "host", "")?,
        version: typed(&mut report, "version", "")?,
        sent_wall_ms: typed(&mut report, "sent_wall_ms", "")?,
        sent_mono_ms: typed(&mut report, "sent_mono_ms", "")?,
        rounds: rounds?,
    })
}

fn round(value: Value, at: &str, refused: &mut Places) -> Result<Round, Unreadable> {
    let Value::Object(mut round) = value else {
        return Err(wrong_type(at, "not an object"));
    };
    let probes = list(&mut round, "probes", at)?;
    let samples = list(&mut round, "samples", at)?;
    let checks = list(&mut round, "checks", at)?;
    let events = list(&mut round, "events", at)?;
    let head: Head = serde_json::from_value(Value::Object(round))
        .map_err(|error| wrong_type(at, &error.to_string()))?;
    let before = refused.total();
    let mut kept = Vec::with_capacity(samples.len());
    for (index, value) in samples.into_iter().enumerate() {
        kept.extend(sample(value, &format!("{at}.samples[{index}]"), refused)?);
    }
    let mut probes = each::<ProbeRun>(probes, &format!("{at}.probes"))?;
    soften(&mut probes, refused.total() - before);
    Ok(Round {
        seq: head.seq,
        wall_ms: head.wall_ms,
        mono_ms: head.mono_ms,
        interval_s: head.interval_s,
        probes,
        samples: kept,
        checks: each::<CheckRun>(checks, &format!("{at}.checks"))?,
        events: each::<Event>(events, &format!("{at}.events"))?,
    })
}

/// A sample, or none where its value is no number.
fn sample(value: Value, at: &str, refused: &mut Places) -> Result<Option<Sample>, Unreadable> {
    let Value::Object(mut sample) = value else {
        return Err(wrong_type(at, "not an object"));
    };
    if sample.get("value").is_some_and(Value::is_null) {
        let why =
            "it is null, NaN, infinite or too large for a double; leave out what was not measured";
        refused.refuse("bad_value", format!("{at}.value"), why);
        return Ok(None);
    }
    let attributes = match sample.get("attributes") {
        None => std::collections::BTreeMap::new(),
        Some(_) => typed(&mut sample, "attributes", at)?,
    };
    Ok(Some(Sample {
        name: typed(&mut sample, "name", at)?,
        attributes,
        value: typed(&mut sample, "value", at)?,
    }))
}

fn each<T: for<'de> Deserialize<'de>>(values: Vec<Value>, at: &str) -> Result<Vec<T>, Unreadable> {
    let read = |(index, value)| {
        serde_json::from_value(value).map_err(|error: serde_json::Error| {
            wrong_type(&format!("{at}[{index}]"), &error.to_string())
        })
    };
    values.into_iter().enumerate().map(read).collect()
}

/// A list that may be absent.
fn list(of: &mut Map<String, Value>, name: &str, at: &str) -> Result<Vec<Value>, Unreadable> {
    match of.get(name) {
        None => Ok(Vec::new()),
        Some(_) => typed(of, name, at),
    }
}

fn typed<T: for<'de> Deserialize<'de>>(
    of: &mut Map<String, Value>,
    name: &str,
    at: &str,
) -> Result<T, Unreadable> {
    let place = if at.is_empty() {
        name.to_owned()
    } else {
        format!("{at}.{name}")
    };
    let value = of
        .remove(name)
        .ok_or_else(|| wrong_type(&place, "it is missing"))?;
    serde_json::from_value(value).map_err(|error| wrong_type(&place, &error.to_string()))
}

fn not_json(why: &str) -> Unreadable {
    let error = format!("the report is not JSON: {why}; nothing of it was kept");
    Unreadable::new("not_json", error)
}

fn wrong_type(at: &str, why: &str) -> Unreadable {
    Unreadable::at("wrong_type", at, why)
}
