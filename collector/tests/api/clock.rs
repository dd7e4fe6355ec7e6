//! A collector whose clock was once a year ahead: said aloud, and nothing stands still.

use std::time::Duration;

use serde_json::json;

use crate::world::{Made, World};

const YEAR: Duration = Duration::from_secs(365 * 24 * 3_600);

async fn ahead() -> World {
    let ahead = YEAR;
    World::made(Made {
        ahead,
        ..Made::default()
    })
    .await
}

#[tokio::test]
async fn being_ahead_of_the_clock_is_a_trouble_and_a_metric() {
    let world = ahead().await;
    let status = world.get("/api/v1/status").await.expect(200).json();
    let trouble = status["troubles"][0].as_str().unwrap();
    assert!(trouble.contains("365 d ahead"), "{trouble}");
    let seconds = world.metric("vedette_clock_ahead_seconds", "").await;
    assert_eq!(seconds, YEAR.as_secs_f64());
    let well = World::start().await;
    let status = well.get("/api/v1/status").await.expect(200).json();
    assert_eq!(status["troubles"], json!([]));
    assert_eq!(well.metric("vedette_clock_ahead_seconds", "").await, 0.0);
}

#[tokio::test]
async fn senders_and_people_speak_in_the_time_of_the_world() {
    let world = ahead().await;
    let alert = json!([{
        "labels": { "alertname": "A", "severity": "critical" },
        "startsAt": "2025-10-09T08:50:00Z", "endsAt": "2025-10-09T08:57:20Z",
    }]);
    world.post("/api/v2/alerts", &alert).await.expect(200);
    assert_eq!(firing(&world).await, 1, "it is not over since a year");
    let silence = json!({
        "matchers": [{ "name": "alertname", "value": "A", "isRegex": false, "isEqual": true }],
        "startsAt": "2025-10-09T08:53:20Z", "endsAt": "2025-10-09T09:53:20Z",
        "createdBy": "ops1", "comment": "planned work",
    });
    world.post("/api/v2/silences", &silence).await.expect(200);
    let shown = world.get("/api/v2/silences").await.expect(200).json();
    assert_eq!(shown[0]["status"]["state"], "active");
    assert_eq!(shown[0]["endsAt"], "2025-10-09T09:53:20.000Z");
    world.later(Duration::from_secs(3_600));
    let shown = world.get("/api/v2/silences").await.expect(200).json();
    assert_eq!(shown[0]["status"]["state"], "expired");
    let over = json!([{
        "labels": { "alertname": "A", "severity": "critical" },
        "startsAt": "2025-10-09T08:50:00Z", "endsAt": "2025-10-09T09:53:20Z",
    }]);
    world.post("/api/v2/alerts", &over).await.expect(200);
    assert_eq!(firing(&world).await, 0);
}

async fn firing(world: &World) -> u64 {
    let status = world.get("/api/v1/status").await.expect(200).json();
    status["alerts_firing"].as_u64().unwrap()
}
