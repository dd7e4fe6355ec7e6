//! Windows over the own API, and what Alertmanager's clients see of them.

use serde_json::json;

use crate::world::World;

async fn plan(world: &World, name: &str, hours: u32) -> crate::world::Said {
    let wanted = json!({
        "name": name,
        "matchers": ["host=\"db-7\""],
        "ends_at": format!("2025-10-09T{:02}:53:20Z", 8 + hours),
        "why": "CHG0012345",
        "report": true,
    });
    world.post("/api/v1/windows", &wanted).await
}

#[tokio::test]
async fn a_window_that_is_made_mutes_is_listed_and_is_no_silence() {
    let world = World::start().await;
    plan(&world, "disks", 2).await.expect(200);
    let alert = json!([{ "labels": { "alertname": "A", "host": "db-7", "severity": "critical" } }]);
    world.post("/api/v2/alerts", &alert).await.expect(200);
    let shown = world.get("/api/v2/alerts").await.json();
    let status =
        json!({ "state": "suppressed", "silencedBy": [], "inhibitedBy": [], "mutedBy": ["disks"] });
    assert_eq!(shown[0]["status"], status);
    assert_eq!(
        world.get("/api/v2/alerts?muted=false").await.json(),
        json!([])
    );
    assert_eq!(world.get("/api/v2/silences").await.json(), json!([]));
    let listed = world.get("/api/v1/windows").await.expect(200).json();
    let window = &listed["windows"][0];
    assert_eq!(window["name"], "disks");
    assert_eq!(
        (&window["state"], &window["by_hand"]),
        (&json!("running"), &json!(true))
    );
    let incident = &world.get("/api/v1/incidents").await.json()["incidents"][0];
    assert_eq!(incident["phase"], "pending");
    world.delete("/api/v1/windows/disks").await.expect(200);
    let incident = &world.get("/api/v1/incidents").await.json()["incidents"][0];
    assert_eq!(incident["phase"], "open");
    world.delete("/api/v1/windows/disks").await.expect(404);
}

#[tokio::test]
async fn a_window_that_cannot_be_is_refused_with_a_reason() {
    let world = World::start().await;
    plan(&world, "disks", 2).await.expect(200);
    plan(&world, "disks", 2).await.expect(409);
    let wrong = [
        json!({ "matchers": ["host=\"x\""], "ends_at": "2025-10-09T10:00:00Z", "why": "short" }),
        json!({ "matchers": ["nonsense"], "ends_at": "2025-10-09T10:00:00Z", "why": "long enough" }),
        json!({ "matchers": ["host=\"x\""], "ends_at": "2020-10-09T10:00:00Z", "why": "long enough" }),
        json!({ "matchers": ["host=\"x\""], "ends_at": "2027-10-09T10:00:00Z", "why": "long enough" }),
        json!({ "matchers": [], "ends_at": "2025-10-09T10:00:00Z", "why": "long enough" }),
    ];
    for wanted in wrong {
        let said = world.post("/api/v1/windows", &wanted).await.expect(400);
        assert!(said.json()["error"].is_string(), "{wanted}");
    }
}
