//! What is kept of a bad report, and what is said of the rest.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use vedette_wire::limits::{FINDINGS_PER_ANSWER_MAX, SAMPLES_PER_ROUND_MAX};
use vedette_wire::{EventKind, Looked};

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

fn read(bytes: &[u8]) -> Result<Sound, Unreadable> {
    super::read(bytes, &Tables::default())
}

fn read_value(value: &Value) -> Result<Sound, Unreadable> {
    read(value.to_string().as_bytes())
}

#[test]
fn a_good_report_is_kept_whole() {
    let sound = read_value(&report()).unwrap();
    assert_eq!((sound.kept().samples, sound.kept().events), (2, 1));
    assert_eq!(sound.refused.total(), 0);
    assert_eq!(sound.refused.reason(), None);
}

/// One place is refused for one reason, and so many samples and events are kept.
#[track_caller]
fn check_partly(text: &str, (reason, at): (&str, &str), kept: (u64, u64)) -> Sound {
    let sound = read(text.as_bytes()).unwrap_or_else(|error| panic!("{error:?} for {text}"));
    assert_eq!(sound.refused.reason(), Some(reason), "{text}");
    assert_eq!(sound.refused.listed()[0].at, at);
    let left = sound.kept();
    assert_eq!((left.samples, left.events), kept, "{text}");
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
    assert_eq!(sound.kept().samples, SAMPLES_PER_ROUND_MAX as u64);
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
        ("/wire", json!(99), "unknown_wire", "wire", 415),
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

fn check_run() -> Value {
    json!({ "check": "ssh", "kind": "tcp", "state": "critical", "text": "refused\n\tat once", "every_s": 30.0 })
}

/// The report with one check, or event, in which `value` stands at a JSON pointer.
fn with_one(list: &str, mut item: Value, (pointer, value): (&str, Value)) -> String {
    *item.pointer_mut(pointer).unwrap() = value;
    with(&format!("/rounds/0/{list}"), json!([item])).to_string()
}

#[test]
fn a_check_is_kept_whole_with_its_lines() {
    let text = with("/rounds/0/checks", json!([check_run()])).to_string();
    let sound = read(text.as_bytes()).unwrap();
    assert_eq!((sound.kept().checks, sound.refused.total()), (1, 0));
    assert_eq!(sound.report.rounds[0].checks[0].text, "refused\n\tat once");
}

#[test]
fn a_check_nobody_could_name_is_refused_and_one_with_a_bad_text_keeps_its_state() {
    let item = || {
        let mut run = check_run();
        run["about"] = json!("sw-3");
        run
    };
    for (pointer, value, reason, at, kept) in [
        ("/check", json!(""), "bad_name", ".check", 0),
        ("/check", json!("a\nb"), "bad_name", ".check", 0),
        ("/kind", json!("x".repeat(129)), "bad_name", ".kind", 0),
        ("/about", json!(""), "bad_name", ".about", 0),
        ("/text", json!("a\u{1b}[31m"), "bad_text", ".text", 1),
        ("/text", json!("x".repeat(4097)), "bad_text", ".text", 1),
        ("/every_s", json!(-1.0), "bad_value", ".every_s", 1),
        ("/every_s", json!(1e9), "bad_value", ".every_s", 1),
    ] {
        let text = with_one("checks", item(), (pointer, value));
        let at = format!("rounds[0].checks[0]{at}");
        let sound = check_partly(&text, (reason, &at), (2, 1));
        assert_eq!(sound.kept().checks, kept, "{text}");
        for run in &sound.report.rounds[0].checks {
            assert!(run.text.is_empty() || run.every_s.is_none(), "{run:?}");
        }
    }
    let unknown = with_one("checks", item(), ("/state", json!("bad")));
    check_unreadable(&unknown, "wrong_type", Some("rounds[0].checks[0]"), 400);
}

#[test]
fn of_two_results_of_one_check_in_a_round_the_first_counts() {
    let mut other = check_run();
    other["state"] = json!("ok");
    let mut about = check_run();
    about["about"] = json!("sw-3");
    let text = with("/rounds/0/checks", json!([check_run(), other, about])).to_string();
    let sound = check_partly(&text, ("check_twice", "rounds[0].checks[1]"), (2, 1));
    assert_eq!(sound.kept().checks, 2);
}

/// Every kind of event there is, as agents write it.
fn events() -> Vec<Value> {
    let event = |rest: Value| {
        let mut event = json!({ "id": "ev-7", "wall_ms": 900 });
        for (name, value) in rest.as_object().unwrap() {
            event[name] = value.clone();
        }
        event
    };
    [
        json!({ "kind": "goodbye", "reason": "suspend" }),
        json!({ "kind": "spool_loss", "records": 3, "why": "torn" }),
        json!({ "kind": "oom_kill", "victim": "mysqld", "kills": 2 }),
        json!({ "kind": "unit_failed", "unit": "a.service", "result": "timeout", "lines": ["a", "b\tc"] }),
        json!({ "kind": "job_started", "job": "dump", "run": "r-1", "max_runtime_s": 60.0, "quiet": ["cpu"] }),
        json!({ "kind": "job_ended", "job": "dump", "run": "r-1", "ok": false, "exit_code": 2, "took_ms": 7, "lines": ["x"] }),
        json!({ "kind": "job_missed", "job": "dump", "due_wall_ms": 800 }),
        json!({ "kind": "log_match", "check": "errors", "about": "sw-3", "matches": 4, "lines": ["x"] }),
        json!({ "kind": "change", "what": "package", "name": "vim", "before": "1", "after": "2" }),
        json!({ "kind": "hold", "until_wall_ms": 900_000, "why": "CHG1", "by": "root (ops1)" }),
        json!({ "kind": "evidence", "ask": "7.1.top_processes", "lines": ["x"] }),
        json!({ "kind": "inventory", "machine": "x", "disks": ["sda"], "interfaces": ["eth0"], "packages": { "vim": "2" } }),
        json!({ "kind": "of_next_year", "what": ["ever"] }),
    ]
    .into_iter()
    .map(event)
    .collect()
}

#[test]
fn every_kind_of_event_is_kept_and_an_unknown_one_as_other() {
    let text = with("/rounds/0/events", events().into()).to_string();
    let sound = read(text.as_bytes()).unwrap();
    assert_eq!(sound.refused.listed(), []);
    assert_eq!(sound.kept().events, 13);
    let last = sound.report.rounds[0].events.last().unwrap();
    assert_eq!(last.kind, EventKind::Other);
}

#[test]
fn an_event_of_which_nobody_could_say_what_happened_to_what_is_refused_at_its_place() {
    let long = || json!("x".repeat(1025));
    for (kind, of, value, reason) in [
        ("spool_loss", "why", json!("a\u{0}"), "bad_text"),
        ("oom_kill", "victim", long(), "bad_text"),
        ("unit_failed", "unit", json!(""), "bad_text"),
        ("unit_failed", "result", json!("a\nb"), "bad_text"),
        ("job_started", "job", json!(""), "bad_text"),
        ("job_started", "run", json!("r 1"), "bad_id"),
        ("job_started", "max_runtime_s", json!(-1.0), "bad_value"),
        ("job_ended", "job", long(), "bad_text"),
        ("job_ended", "run", json!(""), "bad_id"),
        ("job_missed", "job", json!(""), "bad_text"),
        ("log_match", "check", json!(""), "bad_name"),
        ("log_match", "about", json!(""), "bad_name"),
        ("change", "what", json!(""), "bad_name"),
        ("change", "name", json!(""), "bad_text"),
        ("change", "before", long(), "bad_text"),
        ("change", "after", json!("\u{7}"), "bad_text"),
        ("hold", "why", json!(""), "bad_text"),
        ("hold", "by", json!("\n"), "bad_text"),
        ("evidence", "ask", json!("a b"), "bad_id"),
    ] {
        let item = events()
            .into_iter()
            .find(|event| event["kind"] == kind)
            .unwrap();
        let text = with_one("events", item, (&format!("/{of}"), value));
        check_partly(
            &text,
            (reason, &format!("rounds[0].events[0].{of}")),
            (2, 0),
        );
    }
}

#[test]
fn surplus_and_bad_lines_of_an_event_are_taken_out_and_the_event_is_kept() {
    let lines = |count: usize| json!(vec!["x"; count]);
    for (kind, of, value, reason, at) in [
        (
            "unit_failed",
            "lines",
            lines(21),
            "too_many_lines",
            "lines[20]",
        ),
        (
            "job_ended",
            "lines",
            json!(["a", "b\nc"]),
            "bad_text",
            "lines[1]",
        ),
        (
            "log_match",
            "lines",
            json!(["x".repeat(1025)]),
            "bad_text",
            "lines[0]",
        ),
        (
            "evidence",
            "lines",
            json!(["\u{1b}[0m"]),
            "bad_text",
            "lines[0]",
        ),
        (
            "job_started",
            "quiet",
            lines(17),
            "too_many_components",
            "quiet[16]",
        ),
        ("job_started", "quiet", json!([""]), "bad_text", "quiet[0]"),
        (
            "inventory",
            "machine",
            json!("\u{0}"),
            "bad_text",
            "machine",
        ),
        (
            "inventory",
            "disks",
            lines(257),
            "too_many_items",
            "disks[256]",
        ),
        (
            "inventory",
            "packages",
            json!({ "": "1" }),
            "bad_text",
            "packages[\"\"]",
        ),
    ] {
        let item = events()
            .into_iter()
            .find(|event| event["kind"] == kind)
            .unwrap();
        let text = with_one("events", item, (&format!("/{of}"), value));
        check_partly(
            &text,
            (reason, &format!("rounds[0].events[0].{at}")),
            (2, 1),
        );
    }
}
