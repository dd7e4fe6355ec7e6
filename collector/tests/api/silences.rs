//! Silences: made, changed, shown, ended, and never without an end.

use reqwest::Method;
use serde_json::{Value, json};
use vedette_collector::store::StoreError;

use crate::world::{OPERATOR, Said, World};

fn silence(name: &str, starts: &str, ends: &str) -> Value {
    json!({
        "matchers": [{ "name": "alertname", "value": name, "isRegex": false, "isEqual": true }],
        "startsAt": starts, "endsAt": ends, "createdBy": "ops1", "comment": "planned work",
    })
}

fn today(name: &str) -> Value {
    silence(name, "2025-10-09T08:00:00Z", "2025-10-09T12:00:00Z")
}

#[tokio::test]
async fn a_silence_is_shown_as_it_was_made() {
    let world = World::start().await;
    assert_eq!(world.get("/api/v2/silences").await.expect(200).body, "[]");
    let made = world
        .post("/api/v2/silences", &today("A"))
        .await
        .expect(200)
        .json();
    let id = made["silenceID"].as_str().unwrap();
    assert_eq!(id.len(), 36);
    let shown = world
        .get(&format!("/api/v2/silence/{id}"))
        .await
        .expect(200)
        .json();
    assert_eq!(shown["id"], id);
    assert_eq!(shown["status"], json!({ "state": "active" }));
    assert_eq!(
        shown["startsAt"], "2025-10-09T08:53:20.000Z",
        "the past means now"
    );
    assert_eq!(shown["endsAt"], "2025-10-09T12:00:00.000Z");
    assert_eq!(shown["annotations"], json!({}));
    assert_eq!(shown["matchers"], today("A")["matchers"]);
    assert_eq!(world.get("/api/v2/silences").await.json(), json!([shown]));
}

#[tokio::test]
async fn a_silence_that_could_not_be_stored_does_not_exist() {
    let world = World::start().await;
    world.store.fail_next(StoreError::Away("unplugged".into()));
    world
        .post("/api/v2/silences", &today("A"))
        .await
        .expect(503);
    assert_eq!(world.get("/api/v2/silences").await.body, "[]");
}

#[tokio::test]
async fn an_ended_silence_is_expired_and_ending_it_again_is_no_error() {
    let world = World::start().await;
    let made = world
        .post("/api/v2/silences", &today("A"))
        .await
        .expect(200)
        .json();
    let path = format!("/api/v2/silence/{}", made["silenceID"].as_str().unwrap());
    for _ in 0..2 {
        world.delete(&path).await.expect(200);
    }
    let shown = world.get(&path).await.expect(200).json();
    assert_eq!(shown["status"]["state"], "expired");
    let nobody = "/api/v2/silence/11111111-2222-3333-4444-555555555555";
    world.get(nobody).await.expect(404);
    world.delete(nobody).await.expect(404);
}

/// It is refused with a JSON string that says this.
async fn check_refused(world: &World, body: Value, (status, says): (u16, &str)) {
    let said: Said = world.post("/api/v2/silences", &body).await.expect(status);
    let text = said.json();
    let text = text.as_str().unwrap();
    assert!(text.contains(says), "{text}");
}

#[tokio::test]
async fn a_silence_that_makes_no_sense_is_refused() {
    let world = World::start().await;
    let with = |key: &str, value: Value| {
        let mut silence = today("A");
        silence[key] = value;
        silence
    };
    let mut no_end = today("A");
    no_end.as_object_mut().unwrap().remove("endsAt");
    let (early, late) = ("2025-10-09T10:00:00Z", "2025-10-09T12:00:00Z");
    for (body, says) in [
        (json!([]), "not a silence"),
        (no_end, "endsAt"),
        (with("matchers", json!([])), "1 to 64 matchers"),
        (
            with("matchers", json!([{ "name": "", "value": "x" }])),
            "label name",
        ),
        (
            with(
                "matchers",
                json!([{ "name": "a", "value": "(", "isRegex": true }]),
            ),
            "regular expression",
        ),
        (
            with("matchers", json!([{ "name": "a", "value": "" }])),
            "must not match the empty string",
        ),
        (
            with(
                "matchers",
                json!([{ "name": "a", "value": ".*", "isRegex": true }]),
            ),
            "must not match the empty string",
        ),
        (
            silence("A", late, early),
            "start time must be before end time",
        ),
        (
            silence("A", "2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z"),
            "end time can't be in the past",
        ),
        (silence("A", early, "2027-10-09T12:00:00Z"), "90d at most"),
        (silence("A", early, "9999-12-31T23:59:59Z"), "90d at most"),
        (with("comment", json!(" ")), "says why"),
        (
            with("comment", json!("x".repeat(20_000))),
            "at most 16384 bytes",
        ),
    ] {
        check_refused(&world, body, (400, says)).await;
    }
    let unknown = json!("11111111-2222-3333-4444-555555555555");
    check_refused(&world, with("id", unknown), (404, "11111111")).await;
    assert_eq!(world.get("/api/v2/silences").await.body, "[]");
}

#[tokio::test]
async fn an_operator_silences_for_a_week_at_most() {
    let world = World::start().await;
    let token = format!("Bearer {OPERATOR}");
    let headers = [
        ("authorization", token.as_str()),
        ("content-type", "application/json"),
    ];
    for (ends, status) in [("2025-10-16T08:53:20Z", 200), ("2025-10-16T08:53:21Z", 400)] {
        let body = silence("A", "2025-10-09T08:00:00Z", ends)
            .to_string()
            .into_bytes();
        let said = world
            .ask(Method::POST, "/api/v2/silences", &headers, body)
            .await;
        assert_eq!(said.status.as_u16(), status, "{ends}: {}", said.body);
    }
}

#[tokio::test]
async fn a_silence_keeps_its_id_while_its_matchers_stay_and_gets_another_when_they_change() {
    let world = World::start().await;
    let made = world
        .post("/api/v2/silences", &today("A"))
        .await
        .expect(200)
        .json();
    let id = made["silenceID"].clone();
    let mut longer = silence("A", "2025-10-09T08:53:20Z", "2025-10-09T15:00:00Z");
    longer["id"] = id.clone();
    let changed = world
        .post("/api/v2/silences", &longer)
        .await
        .expect(200)
        .json();
    assert_eq!(changed["silenceID"], id);
    let mut other = today("B");
    other["id"] = id.clone();
    let changed = world
        .post("/api/v2/silences", &other)
        .await
        .expect(200)
        .json();
    assert_ne!(changed["silenceID"], id);
    let shown = world.get("/api/v2/silences?expired=false").await.json();
    assert_eq!(
        shown.as_array().unwrap().len(),
        1,
        "the old one is over: {shown}"
    );
}

#[tokio::test]
async fn silences_come_active_first_and_are_filtered_by_their_matchers() {
    let world = World::start().await;
    for (name, starts, ends) in [
        ("late", "2025-10-09T08:00:00Z", "2025-10-09T13:00:00Z"),
        ("soon", "2025-10-09T08:00:00Z", "2025-10-09T10:00:00Z"),
        ("next", "2025-10-09T11:00:00Z", "2025-10-09T12:00:00Z"),
        ("over", "2025-10-09T08:00:00Z", "2025-10-09T10:00:00Z"),
    ] {
        let made = world
            .post("/api/v2/silences", &silence(name, starts, ends))
            .await
            .expect(200);
        if name == "over" {
            let id = made.json()["silenceID"].as_str().unwrap().to_owned();
            world
                .delete(&format!("/api/v2/silence/{id}"))
                .await
                .expect(200);
        }
    }
    for (query, expected) in [
        ("", &["soon", "late", "next", "over"][..]),
        ("?expired=false", &["soon", "late", "next"]),
        ("?active=false&pending=false", &["over"]),
        ("?filter=alertname%3D%22late%22", &["late"]),
        ("?filter=alertname%3D~%22.*o.*%22", &["soon", "over"]),
        (
            "?filter=alertname%21%3D%22late%22&expired=false",
            &["soon", "next"],
        ),
        ("?filter=other%3D%22x%22", &[]),
    ] {
        let shown = world
            .get(&format!("/api/v2/silences{query}"))
            .await
            .expect(200)
            .json();
        let names: Vec<&str> = shown
            .as_array()
            .unwrap()
            .iter()
            .map(|silence| silence["matchers"][0]["value"].as_str().unwrap())
            .collect();
        assert_eq!(names, expected, "{query}");
    }
}

#[tokio::test]
async fn a_silence_until_all_is_clear_ends_at_the_latest_when_its_author_may_not_silence_longer() {
    let world = World::start().await;
    let wanted = |name: &str| {
        json!({
            "matchers": [{ "name": "alertname", "value": name, "isRegex": false }],
            "startsAt": "2025-10-09T08:53:20Z",
            "createdBy": "ops1",
            "comment": "until it is well",
            "untilClear": true,
        })
    };
    world.fire("A").await;
    let nothing = world
        .post("/api/v2/silences", &wanted("B"))
        .await
        .expect(400);
    assert!(
        nothing.body.contains("nothing that it matches fires"),
        "{}",
        nothing.body
    );
    let made = world
        .post("/api/v2/silences", &wanted("A"))
        .await
        .expect(200)
        .json();
    let id = made["silenceID"].as_str().unwrap();
    let shown = world.get(&format!("/api/v2/silence/{id}")).await.json();
    assert_eq!(shown["untilClear"], true);
    assert!(shown["endsAt"].as_str().unwrap() > "2025-10-10", "{shown}");
    assert!(shown.get("stillMuted").is_none());
}
