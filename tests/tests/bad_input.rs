//! What is wrong with a report or an alert is said with its place, counted by its reason, and
//! costs nothing of what is right.

use serde_json::{Value, json};
use vedette_tests::collector::{Collector, Options, alert};
use vedette_tests::host::{Host, filesystem, sample};
use vedette_tests::http::Answer;
use vedette_wire::limits::{REPORT_BYTES_MAX, SAMPLES_PER_ROUND_MAX};
use vedette_wire::{Report, metric};

const GIB: f64 = (1_u64 << 30) as f64;

/// Posts any text as a report.
fn post(collector: &Collector, body: String) -> Answer {
    let json = [("content-type", "application/json")];
    let body = Some(body.into_bytes());
    let http = collector.http();
    http.request(reqwest::Method::POST, "/api/v1/reports", &json, body)
}

fn round_of_a_host() -> Report {
    Host::server("db-7").report(filesystem("/srv", 0.2, GIB))
}

fn text(report: &Report) -> String {
    serde_json::to_string(report).expect("a report can be written as JSON")
}

/// A report, and what is answered to it.
struct Case {
    body: String,
    status: u16,
    reason: &'static str,
    /// The first place that is named.
    at: &'static str,
    /// Samples that are kept all the same.
    kept: u64,
}

/// Nothing of it can be trusted.
fn refused(body: String, status: u16, reason: &'static str, at: &'static str) -> Case {
    Case {
        body,
        status,
        reason,
        at,
        kept: 0,
    }
}

/// One place of it is refused, the rest is kept.
fn partly(body: String, reason: &'static str, at: &'static str, kept: u64) -> Case {
    Case {
        body,
        status: 422,
        reason,
        at,
        kept,
    }
}

/// One sound sample, and one more whose JSON is this.
fn with_sample(sample: &str) -> String {
    let mut report = round_of_a_host();
    report.rounds[0].samples.truncate(1);
    text(&report).replacen("\"samples\":[", &format!("\"samples\":[{sample},"), 1)
}

fn cases() -> Vec<Case> {
    let sound = text(&round_of_a_host());
    let mut many = round_of_a_host();
    many.rounds[0].samples = (0..=SAMPLES_PER_ROUND_MAX)
        .map(|n| {
            sample(
                metric::CPU_UTILIZATION,
                &[("cpu.mode", &n.to_string())],
                0.5,
            )
        })
        .collect();
    let value = |value: &str| format!(r#"{{"name":"system.uptime","value":{value}}}"#);
    vec![
        refused("{\"wire\":1,".into(), 400, "not_json", ""),
        refused(String::new(), 400, "not_json", ""),
        refused("[]".into(), 400, "wrong_type", "the report"),
        refused(
            sound.replacen("\"rounds\":[", "\"rounds\":[5,", 1),
            400,
            "wrong_type",
            "rounds[0]",
        ),
        refused(" ".repeat(REPORT_BYTES_MAX + 1), 413, "too_large", ""),
        // More than the kernel holds: who is answered must have been heard to the end.
        refused(" ".repeat(8 * REPORT_BYTES_MAX), 413, "too_large", ""),
        partly(
            text(&many),
            "too_many_samples",
            "rounds[0].samples[4000]",
            SAMPLES_PER_ROUND_MAX as u64,
        ),
        partly(
            with_sample(&value("NaN")),
            "bad_value",
            "rounds[0].samples[0].value",
            1,
        ),
        partly(
            with_sample(&value("1e999")),
            "bad_value",
            "rounds[0].samples[0].value",
            1,
        ),
        partly(
            with_sample(&value("-Infinity")),
            "bad_value",
            "rounds[0].samples[0].value",
            1,
        ),
        partly(
            with_sample(r#"{"name":"system\u0000uptime","value":1}"#),
            "bad_name",
            "rounds[0].samples[0].name",
            1,
        ),
    ]
}

#[test]
fn a_report_is_refused_where_it_is_wrong_and_the_rest_of_it_is_kept() {
    let collector = Collector::start(&Options::default());
    for case in cases() {
        let what = case.body.chars().take(200).collect::<String>();
        let before = collector.metrics();
        let refusal = post(&collector, case.body).expect(case.status).json();
        assert_eq!(refusal["reason"], case.reason, "{refusal} to {what}");
        assert_ne!(refusal["error"].as_str().unwrap_or_default(), "", "{what}");
        let at = refusal["refused"][0]["at"].as_str().unwrap_or_default();
        assert_eq!(at, case.at, "{refusal}");
        assert_eq!(refusal["kept"], case.kept, "{what}");
        // Whoever must not send it again is told so, and nobody else.
        assert_eq!(refusal["acknowledged"].is_object(), case.kept > 0, "{what}");

        let after = collector.metrics();
        let grown = |name: &str, labels: &[(&str, &str)]| {
            after.sum(name, labels) - before.sum(name, labels)
        };
        assert_eq!(
            grown("vedette_reports_total", &[("reason", case.reason)]),
            1.0,
            "{what}"
        );
        assert_eq!(
            grown("vedette_samples_total", &[]),
            case.kept as f64,
            "{what}"
        );
        let places = f64::from(u8::from(case.kept > 0));
        let reason = [("reason", case.reason)];
        assert_eq!(
            grown("vedette_report_places_refused_total", &reason),
            places,
            "{what}"
        );
    }
    let _ = collector.post_report(&round_of_a_host()).expect(200);
}

#[test]
fn a_report_of_an_unknown_form_is_answered_with_the_forms_that_are_read() {
    let collector = Collector::start(&Options::default());
    let mut report = round_of_a_host();
    report.wire = 99;
    let refusal = collector.post_report(&report).expect(415).json();
    assert_eq!(refusal["reason"], "unknown_wire");
    assert_eq!(refusal["wire"], json!([1, 2]));
    // The agent keeps what is not acknowledged.
    assert!(
        refusal.get("acknowledged").is_none_or(Value::is_null),
        "{refusal}"
    );
}

#[test]
fn a_host_whose_clock_is_far_off_is_heard_and_its_skew_is_shown() {
    let collector = Collector::start(&Options::default());
    let mut report = round_of_a_host();
    let ahead_ms = 7_200_000;
    report.sent_wall_ms += ahead_ms;
    report.rounds[0].wall_ms += ahead_ms;
    let _ = collector.post_report(&report).expect(200);
    let metrics = collector.metrics();
    assert_eq!(metrics.sum("vedette_reports_clock_off_total", &[]), 1.0);
    assert_eq!(metrics.sum("vedette_hosts_clock_off", &[]), 1.0);
    let skew = metrics.sum("vedette_hosts_clock_skew_max_seconds", &[]);
    assert!((skew - 7200.0).abs() < 30.0, "{skew}");
    let hosts = collector.http().get("/api/v1/hosts").expect(200).json();
    let shown = hosts["hosts"][0]["clock_skew_ms"]
        .as_i64()
        .unwrap_or_default();
    assert!((shown - ahead_ms).abs() < 30_000, "{shown}");
    // What it measured counts as of now: it is well, and not heard of in two hours.
    assert_eq!(hosts["hosts"][0]["state"], "well");
}

#[test]
fn an_alert_is_refused_alone_and_its_neighbours_are_stored() {
    let collector = Collector::start(&Options::default());
    let backwards = json!({
        "labels": { "alertname": "A" },
        "startsAt": "2026-01-02T00:00:00Z", "endsAt": "2026-01-01T00:00:00Z",
    });
    for (number, (bad, reason, word)) in [
        (json!({ "labels": {} }), "no_labels", "label"),
        (
            json!({ "labels": { "not a name": "x" } }),
            "bad_name",
            "not a name",
        ),
        (backwards, "bad_time", "endsAt"),
        (json!("alert"), "wrong_type", "[1]"),
    ]
    .into_iter()
    .enumerate()
    {
        let neighbours = [format!("a{number}"), format!("b{number}")];
        let sound = |name: &str| alert(&[("alertname", name), ("severity", "info")]);
        let posted = [sound(&neighbours[0]), bad.clone(), sound(&neighbours[1])];
        let answer = collector.post_alerts(&posted).expect(400);
        assert!(
            answer.body.contains("[1]") && answer.body.contains(word),
            "{}",
            answer.body
        );
        let known = collector.firing("alertname");
        for name in &neighbours {
            assert!(known.contains(name), "{name} beside {bad}");
        }
        let counted = collector
            .metrics()
            .sum("alertmanager_alerts_invalid_total", &[("reason", reason)]);
        assert_eq!(counted, 1.0, "{reason}");
    }
    let _ = collector
        .http()
        .post("/api/v2/alerts", &json!({}))
        .expect(400);
}
