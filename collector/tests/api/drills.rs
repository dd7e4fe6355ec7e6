//! Drills: through the whole path, marked, counted apart, and over by themselves.

use std::time::Duration;

use serde_json::{Value, json};
use vedette_collector::drill::Drills;

use crate::world::{World, report};

async fn drill(world: &World, body: &Value) -> Value {
    world.post("/api/v1/drills", body).await.expect(201).json()
}

async fn show(world: &World, drill: &Value) -> Value {
    let fingerprint = drill["fingerprint"].as_str().unwrap();
    world
        .get(&format!("/api/v1/drills/{fingerprint}"))
        .await
        .expect(200)
        .json()
}

fn run(world: &World, drills: Drills) -> tokio::task::JoinHandle<()> {
    tokio::spawn(drills.run(world.runner.clone()))
}

/// Looks until the drill is over; the runner is another task.
async fn over(world: &World, drill: &Value) -> Value {
    for _ in 0..1000 {
        let shown = show(world, drill).await;
        if shown["firing"] == false {
            return shown;
        }
        tokio::task::yield_now().await;
    }
    panic!("the drill goes on");
}

#[tokio::test]
async fn a_drill_opens_a_marked_ticket_and_is_counted_apart() {
    let world = World::start().await;
    world.post("/api/v1/reports", &report(1)).await.expect(200);
    let begun = drill(&world, &json!({})).await;
    assert_eq!(begun["rule"], "drill");
    assert_eq!(begun["host"], "db-7");
    assert_eq!(begun["ends_at"], "2025-10-09T08:55:20.000Z");
    let shown = show(&world, &begun).await;
    assert_eq!(shown["firing"], true);
    assert_eq!(shown["incident"]["phase"], "open");
    assert_eq!(shown["incident"]["drill"], "quiet");
    assert_eq!(shown["deliveries"][0]["action"], "open");
    let status = world.get("/api/v1/status").await.json();
    assert_eq!(status["drills"], 1);
    assert_eq!(
        status["incidents"],
        json!([]),
        "drills are no incidents of the statistics"
    );
    assert_eq!(status["alerts_firing"], 0);
    assert_eq!(
        world.metric("vedette_signals_total", "drill=\"yes\"").await,
        1.0
    );
    assert_eq!(world.metric("vedette_incidents", "drill=\"no\"").await, 0.0);
}

#[tokio::test]
async fn a_drill_ends_by_itself_also_when_a_restart_is_in_between() {
    for restart in [false, true] {
        let world = World::start().await;
        let begun = drill(&world, &json!({ "for": "30s" })).await;
        let drills = if restart {
            let fresh = Drills::default();
            fresh.resume(&world.view.read());
            fresh
        } else {
            world.drills.clone()
        };
        world.later(Duration::from_secs(29));
        let early = run(&world, drills.clone());
        tokio::task::yield_now().await;
        assert_eq!(
            show(&world, &begun).await["firing"],
            true,
            "not before its time"
        );
        early.abort();
        world.later(Duration::from_secs(1));
        let runner = run(&world, drills);
        let shown = over(&world, &begun).await;
        assert_eq!(shown["incident"]["phase"], "resolved");
        let actions: Vec<&str> = shown["deliveries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|delivery| delivery["action"].as_str().unwrap())
            .collect();
        assert_eq!(actions, ["open", "resolve"]);
        let id = &shown["incident"]["id"];
        let why = world
            .get(&format!("/api/v1/incidents/{id}/explain"))
            .await
            .json();
        assert!(
            why["timeline"].to_string().contains("the drill is over"),
            "{why}"
        );
        runner.abort();
    }
}

#[tokio::test]
async fn a_drill_that_runs_is_not_begun_again_and_a_senseless_one_is_refused() {
    let world = World::start().await;
    drill(&world, &json!({ "page": true })).await;
    for (body, status, says) in [
        (json!({}), 409, "runs already"),
        (
            json!({ "rule": "filesystem-spaces" }),
            404,
            "did you mean \"filesystem-space\"?",
        ),
        (json!({ "host": "nobody" }), 404, "there is no host"),
        (json!({ "for": "0s" }), 400, "longer than nothing"),
        (json!({ "for": "2h" }), 400, "at most 1h"),
        (json!({ "for": 5 }), 400, "the body"),
    ] {
        let said = world
            .post("/api/v1/drills", &body)
            .await
            .expect(status)
            .json();
        let text = said["error"].as_str().unwrap();
        assert!(text.contains(says), "{body}: {text}");
    }
    world.get("/api/v1/drills/xyz").await.expect(400);
    world.get("/api/v1/drills/1").await.expect(404);
}
