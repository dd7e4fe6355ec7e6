//! What is kept of what Prometheus posts, and what is said of the rest.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::*;

const NOW_MS: i64 = 1_760_000_000_000;

fn arrival() -> Arrival {
    Arrival {
        at: Timestamp::from_millis(NOW_MS),
        sender: "a test".into(),
        resolve_timeout: Duration::from_secs(300),
    }
}

fn posted(alerts: Value) -> Posted {
    read(alerts.to_string().as_bytes(), &arrival()).unwrap()
}

/// One alert is refused for this reason, and its sound neighbours are stored.
#[track_caller]
fn check_refused(alert: Value, reason: &str) {
    let sound = json!({ "labels": { "alertname": "A" } });
    let posted = posted(json!([sound, alert, sound]));
    assert_eq!(posted.alerts.len(), 2, "{alert}");
    assert_eq!(
        posted.refused.keys().collect::<Vec<_>>(),
        [&reason],
        "{alert}"
    );
    let complaint = posted.complaint().unwrap();
    assert!(complaint.starts_with("1 of 3 alerts refused, the others are stored: [1]: "));
}

#[test]
fn a_bad_alert_is_refused_and_the_others_of_its_request_are_stored() {
    let labels = json!({ "alertname": "A" });
    for (alert, reason) in [
        (json!({}), "no_labels"),
        (json!({ "labels": null }), "no_labels"),
        (json!({ "labels": {} }), "no_labels"),
        (json!({ "labels": { "alertname": "" } }), "no_labels"),
        (json!({ "labels": { "a b": "x" } }), "bad_name"),
        (json!({ "labels": { "": "x" } }), "bad_name"),
        (json!({ "labels": { "not!!valid": "x" } }), "bad_name"),
        (json!({ "labels": { "@rule": "x" } }), "bad_name"),
        (json!({ "labels": { "n".repeat(257): "x" } }), "bad_name"),
        (json!({ "labels": { "a": "x\0" } }), "bad_value"),
        (json!({ "labels": { "a": 5 } }), "wrong_type"),
        (json!({ "labels": "a=b" }), "wrong_type"),
        (json!(5), "wrong_type"),
        (
            json!({ "labels": labels, "annotations": { "a b": "x" } }),
            "bad_name",
        ),
        (
            json!({ "labels": labels, "startsAt": "yesterday" }),
            "bad_time",
        ),
        (
            json!({ "labels": labels, "startsAt": "2026-01-02T00:00:00Z", "endsAt": "2026-01-01T00:00:00Z" }),
            "bad_time",
        ),
        (
            json!({ "labels": labels, "startsAt": "2199-01-02T00:00:00Z" }),
            "bad_time",
        ),
    ] {
        check_refused(alert, reason);
    }
}

#[test]
fn what_is_no_list_of_alerts_is_refused_whole() {
    for text in ["", "{}", "[", "null", "\"x\""] {
        let (reason, _) = read(text.as_bytes(), &arrival()).unwrap_err();
        assert_eq!(reason, "not_json", "{text:?}");
    }
    assert!(posted(json!([])).complaint().is_none());
}

#[test]
fn empty_labels_are_dropped_and_names_of_prometheus_3_are_taken() {
    let alert = json!({ "labels": { "alertname": "A", "empty": "", "service.name": "erp", "Σ": "x", "00": "y" } });
    let posted = posted(json!([alert]));
    let labels = &posted.alerts[0].labels;
    assert_eq!(labels.get("empty"), None);
    assert_eq!(labels.get("service.name"), Some("erp"));
    assert_eq!(labels.len(), 4);
}

#[test]
fn times_are_what_was_said_and_go_s_zero_time_says_nothing() {
    let alert = json!({
        "labels": { "alertname": "A" },
        "startsAt": "2020-07-01T08:56:31.281+02:00", "endsAt": "0001-01-01T00:00:00Z",
    });
    let posted = posted(json!([alert]));
    let expected = Timestamp::from_millis(1_593_586_591_281);
    assert_eq!(posted.alerts[0].starts_at, Some(expected));
    assert_eq!(posted.alerts[0].ends_at, None);
}

#[test]
fn the_severity_label_decides_how_bad_it_is_and_what_it_is_worth() {
    for (label, severity, handling) in [
        (Some("critical"), Severity::Critical, Handling::Ticket),
        (Some("PAGE"), Severity::Critical, Handling::Ticket),
        (Some("error"), Severity::Critical, Handling::Ticket),
        (Some("warning"), Severity::Warning, Handling::Ticket),
        (Some("odd"), Severity::Warning, Handling::Ticket),
        (Some("info"), Severity::Info, Handling::Watch),
        (Some("none"), Severity::Info, Handling::Watch),
        (None, Severity::Info, Handling::Watch),
    ] {
        let mut alert = json!({ "labels": { "alertname": "A" } });
        if let Some(label) = label {
            alert["labels"]["severity"] = json!(label);
        }
        let posted = posted(json!([alert]));
        let alert = &posted.alerts[0];
        assert_eq!(alert.severity, severity, "{label:?}");
        assert_eq!(alert.about.handling, Some(handling), "{label:?}");
    }
}

#[test]
fn a_title_is_one_line_that_says_most() {
    let long = "ü".repeat(400);
    for (annotations, labels, expected) in [
        (
            json!({ "summary": "Disk\nis full" }),
            json!({ "alertname": "A" }),
            "Disk is full",
        ),
        (
            json!({ "summary": " ", "description": "d" }),
            json!({ "alertname": "A" }),
            "d",
        ),
        (
            json!({}),
            json!({ "alertname": "A", "instance": "db-7:9100" }),
            "A on db-7:9100",
        ),
        (json!({}), json!({ "alertname": "A" }), "A"),
        (json!({}), json!({ "job": "x" }), "{job=\"x\"}"),
    ] {
        let posted = posted(json!([{ "labels": labels, "annotations": annotations }]));
        assert_eq!(posted.alerts[0].about.title, expected);
    }
    let posted = posted(json!([{ "labels": { "a": "b" }, "annotations": { "summary": long } }]));
    let title = &posted.alerts[0].about.title;
    assert!(
        title.len() <= limits::TITLE_BYTES_MAX && title.ends_with('…'),
        "{}",
        title.len()
    );
}
