//! Observe mode over the own API: what would have been told, going live, and back.

use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn a_rule_goes_back_is_shown_withheld_and_goes_live_again() {
    let world = World::start().await;
    let back =
        json!({ "team": "it-ops", "back": true, "why": "the rules are not tuned", "by": "ops1" });
    world.post("/api/v1/golive", &back).await.expect(200);
    let alert = json!([{ "labels": { "alertname": "A", "host": "db-7", "severity": "critical" } }]);
    world.post("/api/v2/alerts", &alert).await.expect(200);
    let incident = &world.get("/api/v1/incidents").await.json()["incidents"][0];
    assert_eq!(
        (&incident["phase"], &incident["suppressed"]),
        (&json!("pending"), &json!("observe"))
    );
    let report = world
        .get("/api/v1/golive?team=it-ops")
        .await
        .expect(200)
        .json();
    assert_eq!(
        (
            &report["live"],
            &report["apart"],
            &report["by_team"][0]["tickets"]
        ),
        (&json!(false), &json!(1), &json!(1))
    );
    let status = world.get("/api/v1/status").await.json();
    assert_eq!(status["mode"], "live");
    assert_eq!(
        (&status["live"][0]["of"], &status["live"][0]["by"]),
        (&json!("team it-ops"), &json!("ops1"))
    );
    let live = json!({ "team": "it-ops" });
    world.post("/api/v1/golive", &live).await.expect(200);
    let incident = &world.get("/api/v1/incidents").await.json()["incidents"][0];
    assert_eq!(incident["phase"], "open");
    world.post("/api/v1/golive", &live).await.expect(409);
}

#[tokio::test]
async fn what_is_unknown_is_refused_and_going_back_needs_a_reason() {
    let world = World::start().await;
    for (wanted, status, words) in [
        (json!({ "team": "nobody" }), 404, "there are it-ops"),
        (
            json!({ "rule": "nothing" }),
            404,
            "there is no rule nothing",
        ),
        (json!({ "back": true }), 400, "say why"),
        (json!({ "rule": "a", "team": "b" }), 400, "not both"),
        (json!({}), 409, "everything is live already"),
    ] {
        let said = world.post("/api/v1/golive", &wanted).await;
        let said = said.expect(status).json();
        let error = said["error"].as_str().unwrap_or_default();
        assert!(error.contains(words), "{error}");
    }
    world.get("/api/v1/golive?team=nobody").await.expect(404);
}
