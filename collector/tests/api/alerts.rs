//! Alerts as Prometheus posts them and as Alertmanager's clients read them.

use serde_json::{Value, json};
use vedette_collector::store::StoreError;

use crate::world::{World, report};

fn names(alerts: &Value) -> Vec<&str> {
    let alerts = alerts.as_array().unwrap().iter();
    let mut names: Vec<&str> = alerts
        .map(|alert| alert["labels"]["alertname"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn an_alert_is_shown_as_alertmanager_shows_it() {
    let world = World::start().await;
    assert_eq!(world.get("/api/v2/alerts").await.expect(200).body, "[]");
    let alert = json!([{
        "labels": { "alertname": "DemoAlert", "server": "ni3", "severity": "critical" },
        "annotations": { "summary": "a demo" }, "generatorURL": "http://prom/graph",
        "startsAt": "2020-07-01T06:56:31.2Z",
    }]);
    world.post("/api/v2/alerts", &alert).await.expect(200);
    let shown = world.get("/api/v2/alerts").await.expect(200).json();
    let shown = &shown[0];
    assert_eq!(shown["labels"], alert[0]["labels"]);
    assert_eq!(shown["annotations"], alert[0]["annotations"]);
    assert_eq!(shown["generatorURL"], "http://prom/graph");
    assert_eq!(shown["startsAt"], "2020-07-01T06:56:31.200Z");
    assert_eq!(
        shown["endsAt"], "2025-10-09T08:58:20.000Z",
        "now and five minutes"
    );
    assert_eq!(shown["fingerprint"], "8a07086b74f3ba78");
    assert_eq!(shown["receivers"], json!([{ "name": "desk" }]));
    let status = json!({ "state": "active", "silencedBy": [], "inhibitedBy": [], "mutedBy": [] });
    assert_eq!(shown["status"], status);
}

#[tokio::test]
async fn the_sound_alerts_of_a_bad_request_are_stored() {
    let world = World::start().await;
    let alerts = json!([
        { "labels": { "alertname": "Good" } },
        { "labels": {} },
        { "labels": { "alertname": "Bad", "bad name": "x" } },
        { "labels": { "alertname": "Late" }, "startsAt": "2026-01-02T00:00:00Z", "endsAt": "2026-01-01T00:00:00Z" },
        { "labels": { "alertname": "GoodToo" } },
    ]);
    let said = world
        .post("/api/v2/alerts", &alerts)
        .await
        .expect(400)
        .json();
    let text = said.as_str().unwrap();
    for expected in [
        "3 of 5 alerts refused",
        "[1]:",
        "[2]:",
        "[3]: endsAt is before startsAt",
    ] {
        assert!(text.contains(expected), "{text}");
    }
    let shown = world.get("/api/v2/alerts").await.json();
    assert_eq!(names(&shown), ["Good", "GoodToo"]);
    assert_eq!(
        world.metric("alertmanager_alerts_invalid_total", "").await,
        3.0
    );
    assert_eq!(
        world
            .metric("alertmanager_alerts_received_total", "firing")
            .await,
        2.0
    );
}

#[tokio::test]
async fn what_is_no_list_of_alerts_is_refused() {
    let world = World::start().await;
    for text in ["", "{}", "nonsense"] {
        let said = world.post_text("/api/v2/alerts", text).await.expect(400);
        assert!(said.json().is_string(), "{}", said.body);
    }
}

#[tokio::test]
async fn an_alert_that_could_not_be_stored_is_not_answered_with_200() {
    let world = World::start().await;
    world.store.fail_next(StoreError::Away("unplugged".into()));
    let alert = json!([{ "labels": { "alertname": "A" } }]);
    let said = world.post("/api/v2/alerts", &alert).await.expect(503);
    assert!(said.headers.contains_key("retry-after"));
    assert_eq!(world.get("/api/v2/alerts").await.body, "[]");
}

#[tokio::test]
async fn an_alert_that_changes_faster_than_it_can_be_stored_is_waited_for_and_nothing_is_dropped() {
    let world = World::start().await;
    let alert = |at: u32| json!({ "labels": { "alertname": "A", "severity": "warning" }, "annotations": { "summary": at.to_string() } });
    let alerts: Value = (0..20).map(alert).collect::<Vec<_>>().into();
    world.post("/api/v2/alerts", &alerts).await.expect(200);
    let shown = world.get("/api/v2/alerts").await.json();
    assert_eq!(
        shown[0]["annotations"]["summary"], "19",
        "the last word counts"
    );
}

#[tokio::test]
async fn an_end_in_the_past_ends_the_alert() {
    let world = World::start().await;
    world.fire("Down").await;
    let over = json!([{
        "labels": { "alertname": "Down", "instance": "db-7:9100", "severity": "critical" },
        "endsAt": "2020-01-01T00:00:00Z",
    }]);
    world.post("/api/v2/alerts", &over).await.expect(200);
    assert_eq!(
        world.get("/api/v2/alerts").await.body,
        "[]",
        "resolved alerts are not shown"
    );
    assert_eq!(
        world
            .metric("alertmanager_alerts_received_total", "resolved")
            .await,
        1.0
    );
}

#[tokio::test]
async fn alerts_are_filtered_as_asked_and_never_null() {
    let world = World::start().await;
    let alerts = json!([
        { "labels": { "alertname": "A", "host": "db-7", "severity": "critical" } },
        { "labels": { "alertname": "B", "host": "web-1" } },
    ]);
    world.post("/api/v2/alerts", &alerts).await.expect(200);
    let silence = json!({
        "matchers": [{ "name": "alertname", "value": "A", "isRegex": false }],
        "startsAt": "2025-10-09T08:00:00Z", "endsAt": "2025-10-10T08:00:00Z",
        "createdBy": "ops1", "comment": "planned work",
    });
    let id = world
        .post("/api/v2/silences", &silence)
        .await
        .expect(200)
        .json();
    for (query, expected) in [
        ("", &["A", "B"][..]),
        ("?filter=alertname%3D%22A%22", &["A"]),
        (
            "?filter=alertname%3D~%22A%7CB%22&filter=host%3D~%22web-.*%22",
            &["B"],
        ),
        ("?filter=nothing%3D%22x%22", &[]),
        ("?silenced=false", &["B"]),
        ("?active=false", &["A"]),
        ("?active=false&silenced=false", &[]),
        ("?inhibited=false&unprocessed=false", &["A", "B"]),
        ("?receiver=desk", &["A"]),
        ("?receiver=de", &[]),
    ] {
        let shown = world
            .get(&format!("/api/v2/alerts{query}"))
            .await
            .expect(200)
            .json();
        assert_eq!(names(&shown), expected, "{query}");
    }
    let shown = world.get("/api/v2/alerts?active=false").await.json();
    assert_eq!(shown[0]["status"]["state"], "suppressed");
    assert_eq!(shown[0]["status"]["silencedBy"], json!([id["silenceID"]]));
    for query in ["?filter=nonsense", "?active=maybe", "?receiver=("] {
        let said = world
            .get(&format!("/api/v2/alerts{query}"))
            .await
            .expect(400);
        assert!(said.json().is_string(), "{query}: {}", said.body);
    }
}

#[tokio::test]
async fn an_inhibited_alert_names_the_fingerprint_of_its_source() {
    let world = World::start().await;
    let alert = |name: &str| json!({ "labels": { "alertname": name, "job": "db", "severity": "critical" } });
    let both = json!([alert("JobDown"), alert("InstanceDown")]);
    world.post("/api/v2/alerts", &both).await.expect(200);
    let inhibited = "/api/v2/alerts?active=false";
    let shown = world.get(inhibited).await.expect(200).json();
    assert_eq!(names(&shown), ["InstanceDown"]);
    assert_eq!(shown[0]["status"]["state"], "suppressed");
    let all = world.get("/api/v2/alerts?inhibited=false").await.json();
    assert_eq!(names(&all), ["JobDown"]);
    let by = &shown[0]["status"]["inhibitedBy"];
    assert_eq!(*by, json!([all[0]["fingerprint"]]));
}

#[tokio::test]
async fn alerts_come_in_order_of_fingerprint() {
    let world = World::start().await;
    let alert = |at: u32| json!({ "labels": { "alertname": format!("A{at}") } });
    let alerts: Value = (0..20).map(alert).collect::<Vec<_>>().into();
    world.post("/api/v2/alerts", &alerts).await.expect(200);
    let shown = world.get("/api/v2/alerts").await.json();
    let prints: Vec<&str> = shown
        .as_array()
        .unwrap()
        .iter()
        .map(|alert| alert["fingerprint"].as_str().unwrap())
        .collect();
    assert_eq!(prints.len(), 20);
    assert!(prints.is_sorted(), "{prints:?}");
}

#[tokio::test]
async fn the_status_is_what_alertmanager_s_clients_look_for() {
    let world = World::start().await;
    world.post("/api/v1/reports", &report(1)).await.expect(200);
    let status = world.get("/api/v2/status").await.expect(200).json();
    assert_eq!(
        status["cluster"],
        json!({ "status": "disabled", "peers": [] })
    );
    assert_eq!(status["versionInfo"]["version"], "0.27.0");
    for key in ["revision", "branch", "buildUser", "buildDate", "goVersion"] {
        assert!(status["versionInfo"][key].is_string(), "{key}");
    }
    let original = status["config"]["original"].as_str().unwrap();
    assert_eq!(
        original,
        "route:\n  receiver: \"desk\"\nreceivers:\n- name: \"desk\"\n"
    );
    assert_eq!(status["uptime"], "2025-10-09T08:53:20.000Z");
}

#[tokio::test]
async fn an_alert_that_is_repeated_lasts_longer_and_changes_nothing_else() {
    let world = World::start().await;
    for ends in ["2025-10-09T09:00:00Z", "2025-10-09T09:10:00Z"] {
        let alert =
            json!([{ "labels": { "alertname": "A", "severity": "warning" }, "endsAt": ends }]);
        world.post("/api/v2/alerts", &alert).await.expect(200);
    }
    let shown = world.get("/api/v2/alerts").await.json();
    assert_eq!(shown[0]["endsAt"], "2025-10-09T09:10:00.000Z");
    assert_eq!(shown[0]["startsAt"], "2025-10-09T08:53:20.000Z");
    let repeated = world.metric("vedette_signals_total", "repeated").await;
    assert_eq!(repeated, 1.0);
}
