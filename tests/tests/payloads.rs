//! What the generic profile sends is what its JSON Schema says: every action, every kind of
//! fault, drills and notes among them.

use std::path::Path;

use serde_json::{Value, json};
use vedette_tests::collector::{Collector, Options, alert, resolved};
use vedette_tests::host::{Host, filesystem};
use vedette_tests::ticket_system::{Ticket, TicketSystem};
use vedette_tests::wait::PATIENCE;

const SCHEMA: &str = "../config/receivers/generic.schema.json";
const GIB: f64 = (1_u64 << 30) as f64;

/// A rule that acts on the first sample and knows everything a rule can say.
const RULE: &str = r#"
[[rule]]
name      = "brim"
component = "storage"
on        = "system.filesystem.utilization"
with      = { free = "system.filesystem.available" }
critical  = 'value > 0.9'
critical_clear = 'value < 0.8'
for       = "0s"
title     = "{{ mountpoint }} is {{ value | percent }} full, {{ free | bytes }} left"
means     = "At 100 % every program that writes there fails."
first     = ["df -h {{ mountpoint }}"]
runbook_url = "https://wiki.example.org/brim"
"#;

fn schema() -> jsonschema::Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(SCHEMA);
    let text = std::fs::read_to_string(&path);
    let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let schema: Value = serde_json::from_str(&text).expect("the schema is JSON");
    jsonschema::validator_for(&schema).expect("the schema is a JSON Schema")
}

/// Everything that is wrong with a payload, by place.
fn complaints(schema: &jsonschema::Validator, payload: &Value) -> Vec<String> {
    let complaint =
        |error: jsonschema::ValidationError<'_>| format!("{}: {error}", error.instance_path());
    schema.iter_errors(payload).map(complaint).collect()
}

/// Waits until some ticket was told this last, as often as `count` says.
fn wait_for_last(system: &TicketSystem, action: &str, count: usize) {
    let what = format!("{count} tickets whose last action is {action}");
    let is_last = |ticket: &&Ticket| ticket.texts("action").last() == Some(&action);
    system.wait_for_tickets(&what, PATIENCE, |tickets| {
        tickets.iter().filter(is_last).count() >= count
    });
}

#[test]
fn every_payload_of_the_generic_profile_is_valid() {
    let system = TicketSystem::start();
    let settings = "[timers]\nclose_delay = \"0s\"\nupdate_interval = \"1s\"\n";
    let options = Options::default()
        .tickets_to(&system.url(), "generic", "")
        .settings(settings)
        .file("rules/brim.toml", RULE);
    let collector = Collector::start(&options);
    let told = |path: &str, body: &Value| {
        let answer = collector.http().post(path, body);
        assert!(
            (200..300).contains(&answer.status),
            "{path}: {}",
            answer.body
        );
    };

    // From outside: opened, grown, noted, taken, over, back.
    let worse = [
        ("alertname", "Ups"),
        ("instance", "ups-1"),
        ("severity", "critical"),
    ];
    let bad = [
        ("alertname", "Ups"),
        ("instance", "ups-1"),
        ("severity", "error"),
    ];
    let _ = collector.post_alerts(&[alert(&bad)]).expect(200);
    wait_for_last(&system, "open", 1);
    let _ = collector.post_alerts(&[alert(&worse)]).expect(200);
    wait_for_last(&system, "update", 1);
    told(
        "/api/v1/incidents/1/notes",
        &json!({ "text": "Zwölf Minuten Batterie.\n\"Oh.\"" }),
    );
    wait_for_last(&system, "note", 1);
    told("/api/v1/incidents/1/ack", &json!({ "by": "ops1" }));
    wait_for_last(&system, "acknowledge", 1);
    let _ = collector
        .post_alerts(&[resolved(&bad), resolved(&worse)])
        .expect(200);
    wait_for_last(&system, "resolve", 1);
    let _ = collector.post_alerts(&[alert(&bad)]).expect(200);
    wait_for_last(&system, "reopen", 1);
    told(
        "/api/v1/incidents/1/resolve",
        &json!({ "by": "ops1", "why": "replaced it" }),
    );
    wait_for_last(&system, "resolve", 1);

    // By a rule, with everything a rule can say; then a drill.
    let mut host = Host::server("db-7");
    host.facts.labels.insert("site".into(), "hq".into());
    let _ = collector
        .post_report(&host.report(filesystem("/srv", 0.97, GIB)))
        .expect(200);
    wait_for_last(&system, "open", 1);
    let _ = collector
        .post_report(&host.report(filesystem("/srv", 0.2, GIB)))
        .expect(200);
    wait_for_last(&system, "resolve", 2);
    told("/api/v1/drills", &json!({ "for": "1s" }));
    wait_for_last(&system, "resolve", 3);

    let schema = schema();
    let mut wrong = Vec::new();
    for request in system.requests() {
        if request.method != "POST" {
            continue;
        }
        let payload = request.json();
        let found = complaints(&schema, &payload);
        if !found.is_empty() {
            wrong.push(format!("{}:\n  {}", payload["action"], found.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_schema_refuses_what_is_no_payload() {
    let schema = schema();
    for nonsense in [
        json!({}),
        json!({ "version": 1 }),
        json!([]),
        json!({ "version": 2, "action": "open" }),
    ] {
        assert_ne!(complaints(&schema, &nonsense), [""; 0], "{nonsense}");
    }
}
