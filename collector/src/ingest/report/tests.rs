//! What is kept of a bad report, and what is said of the rest.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use vedette_wire::Looked;
use vedette_wire::limits::{FINDINGS_PER_ANSWER_MAX, SAMPLES_PER_ROUND_MAX};

use super::*;

fn report() -> Value {
    json!({
        "wire": 1, "agent": "0b8f9d2e-3f55-4d0a-9a1c-7b2f64f1c001", "boot": "b-1", "epoch": "e-1",
        "stream": "live", "host": { "name": "db-7", "labels": { "site": "hq" } },
        "version": "0.1.0", "sent_wall_ms": 1_000, "sent_mono_ms": 500,
        "rounds": [{
            "seq": 1, "wall_ms": 1_000, "mono_ms": 500, "interval_s": 15.0,
            "probes": [{ "probe": "filesystem", "looked": "yes" }],
            "samples": [
                { "name": "system.uptime", "value": 7.0 },
                { "name": "system.filesystem.utilization", "attributes": { "mountpoint": "/var" }, "value": 0.5 },
            ],
            "events": [{ "id": "ev-1", "wall_ms": 900, "kind": "goodbye", "reason": "reboot" }],
        }],
    })
}

/// The report with `value` at a JSON pointer.
fn with(pointer: &str, value: Value) -> Value {
    let mut report = report();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match report.pointer_mut(parent).unwrap() {
        Value::Array(list) => list[name.parse::<usize>().unwrap()] = value,
        other => other[name] = value,
    }
    report
}

fn read_value(value: &Value) -> Result<Sound, Unreadable> {
    read(value.to_string().as_bytes())
}

#[test]
fn a_good_report_is_kept_whole() {
    let sound = read_value(&report()).unwrap();
    assert_eq!(sound.kept(), (2, 1));
    assert_eq!(sound.refused.total(), 0);
    assert_eq!(sound.refused.reason(), None);
}

/// One place is refused for one reason, and so many samples and events are kept.
#[track_caller]
fn check_partly(text: &str, (reason, at): (&str, &str), kept: (u64, u64)) -> Sound {
    let sound = read(text.as_bytes()).unwrap_or_else(|error| panic!("{error:?} for {text}"));
    assert_eq!(sound.refused.reason(), Some(reason), "{text}");
    assert_eq!(sound.refused.listed()[0].at, at);
    assert_eq!(sound.kept(), kept, "{text}");
    sound
}

#[test]
fn one_bad_value_is_refused_where_it_stands_and_the_rest_is_kept() {
    for bad in ["NaN", "Infinity", "-Infinity", "null", "1e999"] {
        let text = report().to_string().replace("0.5", bad);
        let place = ("bad_value", "rounds[0].samples[1].value");
        let sound = check_partly(&text, place, (1, 1));
        let looked = &sound.report.rounds[0].probes[0].looked;
        assert!(matches!(looked, Looked::Partly { .. }), "{looked:?}");
    }
}

#[test]
fn a_bad_name_text_or_id_is_refused_where_it_stands_and_the_rest_is_kept() {
    let long = "x".repeat(129);
    let sample = "/rounds/0/samples/0";
    for (pointer, value, reason, at, kept) in [
        (
            format!("{sample}/name"),
            json!("a\0b"),
            "bad_name",
            "rounds[0].samples[0].name",
            (1, 1),
        ),
        (
            format!("{sample}/name"),
            json!(""),
            "bad_name",
            "rounds[0].samples[0].name",
            (1, 1),
        ),
        (
            format!("{sample}/name"),
            json!(long),
            "bad_name",
            "rounds[0].samples[0].name",
            (1, 1),
        ),
        (
            format!("{sample}/attributes"),
            json!({ "a\u{7}": "x" }),
            "bad_name",
            "rounds[0].samples[0].attributes[\"a\\u{7}\"]",
            (1, 1),
        ),
        (
            format!("{sample}/attributes"),
            json!({ "@rule": "x" }),
            "bad_name",
            "rounds[0].samples[0].attributes[\"@rule\"]",
            (1, 1),
        ),
        (
            format!("{sample}/attributes"),
            json!({ "device": "x".repeat(1025) }),
            "bad_label",
            "rounds[0].samples[0].attributes[\"device\"]",
            (1, 1),
        ),
        (
            "/rounds/0/events/0/id".into(),
            json!("e v"),
            "bad_id",
            "rounds[0].events[0].id",
            (2, 0),
        ),
        (
            "/rounds/0/probes/0/probe".into(),
            json!(""),
            "bad_name",
            "rounds[0].probes[0].probe",
            (2, 1),
        ),
        (
            "/rounds/0/interval_s".into(),
            json!(1e9),
            "bad_value",
            "rounds[0].interval_s",
            (2, 1),
        ),
        (
            "/host/name".into(),
            json!("a\nb"),
            "bad_name",
            "host.name",
            (2, 1),
        ),
        (
            "/host/os".into(),
            json!("a\u{1b}"),
            "bad_text",
            "host.os",
            (2, 1),
        ),
        (
            "/host/labels".into(),
            json!({ "a-b": "x" }),
            "bad_name",
            "host.labels[\"a-b\"]",
            (2, 1),
        ),
    ] {
        check_partly(&with(&pointer, value).to_string(), (reason, at), kept);
    }
}

#[test]
fn labels_the_collector_sets_cannot_be_set_by_an_agent() {
    for name in vedette_config::RESERVED_LABELS {
        let mut labels = json!({ "site": "hq" });
        labels[*name] = json!("mine");
        let text = with("/host/labels", labels).to_string();
        let at = format!("host.labels[{name:?}]");
        let sound = check_partly(&text, ("reserved_label", &at), (2, 1));
        assert_eq!(sound.report.host.labels.len(), 1, "site stays");
    }
}

#[test]
fn a_probe_whose_samples_were_refused_did_not_see_everything() {
    let sound = read_value(&with("/rounds/0/samples/0/name", json!(""))).unwrap();
    let looked = &sound.report.rounds[0].probes[0].looked;
    assert!(matches!(looked, Looked::Partly { .. }), "{looked:?}");
}

#[test]
fn what_is_over_a_bound_is_refused_and_what_is_within_it_is_kept() {
    let many = vec![json!({ "name": "system.uptime", "value": 1.0 }); SAMPLES_PER_ROUND_MAX + 30];
    let sound = read_value(&with("/rounds/0/samples", Value::from(many))).unwrap();
    assert_eq!(sound.kept().0, SAMPLES_PER_ROUND_MAX as u64);
    assert_eq!(sound.refused.total(), 30);
    assert_eq!(sound.refused.listed().len(), FINDINGS_PER_ANSWER_MAX);
    assert_eq!(sound.refused.reason(), Some("too_many_samples"));
}

/// Nothing of it is kept.
#[track_caller]
fn check_unreadable(text: &str, reason: &str, at: Option<&str>, status: u16) {
    let error = read(text.as_bytes()).expect_err(text);
    assert_eq!(error.reason, reason, "{text}");
    assert_eq!(error.at.as_deref(), at, "{text}");
    assert_eq!(error.status(), status, "{text}");
}

#[test]
fn of_what_cannot_be_trusted_nothing_is_kept() {
    check_unreadable("", "not_json", None, 400);
    check_unreadable("{", "not_json", None, 400);
    check_unreadable("[1]", "wrong_type", Some("the report"), 400);
    check_unreadable("{}", "wrong_type", Some("wire"), 400);
    for (pointer, value, reason, at, status) in [
        ("/wire", json!(2), "unknown_wire", "wire", 415),
        ("/wire", json!("1"), "unknown_wire", "wire", 415),
        ("/agent", json!(""), "bad_id", "agent", 400),
        ("/agent", json!("a b"), "bad_id", "agent", 400),
        ("/agent", json!("collector"), "bad_id", "agent", 400),
        ("/agent", json!("drill"), "bad_id", "agent", 400),
        ("/agent", json!(7), "wrong_type", "agent", 400),
        ("/epoch", json!("x".repeat(65)), "bad_id", "epoch", 400),
        ("/stream", json!("dead"), "wrong_type", "stream", 400),
        ("/host", json!("db-7"), "wrong_type", "host", 400),
        ("/rounds", json!({}), "wrong_type", "rounds", 400),
        ("/rounds", json!([]), "no_rounds", "rounds", 400),
        ("/rounds/0", json!(1), "wrong_type", "rounds[0]", 400),
        ("/rounds/0/seq", json!(0), "bad_order", "rounds[0].seq", 400),
        (
            "/rounds/0/samples/1",
            json!([]),
            "wrong_type",
            "rounds[0].samples[1]",
            400,
        ),
        (
            "/rounds/0/samples/1/value",
            json!("0.5"),
            "wrong_type",
            "rounds[0].samples[1].value",
            400,
        ),
        (
            "/rounds/0/samples/1/name",
            json!(5),
            "wrong_type",
            "rounds[0].samples[1].name",
            400,
        ),
        (
            "/rounds/0/events/0",
            json!({}),
            "wrong_type",
            "rounds[0].events[0]",
            400,
        ),
    ] {
        check_unreadable(&with(pointer, value).to_string(), reason, Some(at), status);
    }
}

#[test]
fn rounds_that_do_not_ascend_or_are_too_many_are_not_kept() {
    let round = report()["rounds"][0].clone();
    let rounds = |count: usize, step: usize| {
        let numbered = |at: usize| {
            let mut round = round.clone();
            round["seq"] = json!(1 + at * step);
            round
        };
        with(
            "/rounds",
            (0..count).map(numbered).collect::<Vec<_>>().into(),
        )
        .to_string()
    };
    check_unreadable(&rounds(2, 0), "bad_order", Some("rounds[1].seq"), 400);
    check_unreadable(&rounds(241, 1), "too_many_rounds", None, 413);
    assert_eq!(
        read(rounds(240, 2).as_bytes()).unwrap().report.rounds.len(),
        240
    );
}

#[test]
fn a_report_of_an_unknown_form_is_told_so_even_where_its_shape_is_unknown() {
    let text = r#"{"wire": 7, "who": "an agent of next year"}"#;
    check_unreadable(text, "unknown_wire", Some("wire"), 415);
}
