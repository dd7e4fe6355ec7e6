//! `/metrics`: sound by Prometheus' own judgement, and signals add up.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::world::{World, report};

#[tokio::test]
async fn promtool_finds_nothing_to_complain_about() {
    let world = World::start().await;
    world.post("/api/v1/reports", &report(1)).await.expect(200);
    world.post("/api/v1/reports", &json!({})).await.expect(400);
    world.fire("Down").await;
    world.post("/api/v1/drills", &json!({})).await.expect(201);
    let text = world.get("/metrics").await.expect(200).body;
    let promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut promtool) = promtool else {
        eprintln!("SKIPPED: promtool is not installed");
        return;
    };
    promtool
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let output = promtool.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
}

#[tokio::test]
async fn signals_add_up_with_those_that_wait() {
    let world = World::start().await;
    // One opens at once, one waits for its open delay, one is only watched, one is said twice.
    for (name, severity) in [
        ("A", "critical"),
        ("B", "warning"),
        ("C", "info"),
        ("A", "critical"),
    ] {
        let alert =
            json!([{ "labels": { "alertname": name, "severity": severity, "instance": name } }]);
        world.post("/api/v2/alerts", &alert).await.expect(200);
    }
    world.post("/api/v1/drills", &json!({})).await.expect(201);
    for drill in ["drill=\"no\"", "drill=\"yes\""] {
        let received = world.metric("vedette_signals_received_total", drill).await;
        let ended = world.metric("vedette_signals_total", drill).await;
        let waiting = world.metric("vedette_signals_waiting", drill).await;
        assert!(received > 0.0, "{drill}");
        assert_eq!(received, ended + waiting, "{drill}");
    }
    assert_eq!(world.metric("vedette_signals_waiting", "").await, 1.0);
}

#[tokio::test]
async fn clients_of_alertmanager_find_the_version_they_look_for() {
    let world = World::start().await;
    let info = world
        .metric("alertmanager_build_info", "version=\"0.27.0\"")
        .await;
    assert_eq!(info, 1.0);
    assert_eq!(world.metric("vedette_build_info", "version=\"").await, 1.0);
    assert_eq!(world.metric("vedette_policy_revision", "").await, 7.0);
}
