//! On call: whose turn it is, when nobody has it, who would be told; a turn is taken.

use serde_json::{Value, json};

use crate::world::{World, at};

fn schedules(now: &Value) -> Value {
    json!({ "schedules": [{
        "name": "linux-oncall",
        "team": "linux",
        "now": now,
        "next": [{ "person": "ben", "from": at("18:00:00"), "until": at("22:00:00"), "contact": [] }],
        "gaps": [],
        "known_until": null,
    }] })
}

fn anna() -> Value {
    json!({ "person": "anna", "from": at("08:00:00"), "until": at("18:00:00"), "contact": ["anna-phone"] })
}

#[tokio::test]
async fn whose_turn_it_is_is_a_table_and_that_nobody_has_it_is_not_well() {
    let world = World::new()
        .await
        .answers("GET /api/v1/oncall", &schedules(&anna()));
    let ran = world.run(None, &["oncall", "now"]).await;
    assert_eq!(ran.code, 0, "{}", ran.error);
    for word in ["linux-oncall", "anna", "10:00", "20:00", "anna-phone"] {
        assert!(ran.out.contains(word), "{word} in {}", ran.out);
    }
    let ran = world.run(None, &["oncall", "next"]).await;
    assert!(
        ran.out.contains("ben") && ran.out.contains("the next in the policy is told"),
        "{}",
        ran.out
    );
    let world = World::new()
        .await
        .answers("GET /api/v1/oncall", &schedules(&Value::Null));
    let ran = world.run(None, &["oncall", "now"]).await;
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("nobody"), "{}", ran.out);
}

#[tokio::test]
async fn gaps_and_double_turns_are_listed_and_are_not_well() {
    let found = json!({
        "gaps": [{ "schedule": "linux-oncall", "gaps": [{ "from": at("20:00:00"), "until": at("21:00:00") }] }],
        "doubles": [{ "person": "anna", "schedules": ["a", "b"], "from": at("14:00:00"), "until": at("15:00:00") }],
    });
    let world = World::new()
        .await
        .answers("GET /api/v1/oncall/gaps", &found);
    let ran = world.run(None, &["oncall", "gaps"]).await;
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.contains("Nobody is on call by linux-oncall:"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("22:00 to 23:00"), "{}", ran.out);
    assert!(
        ran.out
            .contains("anna is on call twice, by a and b: 16:00 to 17:00"),
        "{}",
        ran.out
    );
    let none = json!({ "gaps": [], "doubles": [] });
    let world = World::new().await.answers("GET /api/v1/oncall/gaps", &none);
    assert_eq!(world.run(None, &["oncall", "gaps"]).await.code, 0);
}

#[tokio::test]
async fn a_turn_is_taken_with_its_end_and_in_the_name_of_whoever_asks() {
    let world = World::new().await.says("POST /api/v1/oncall/take", 200, "");
    let words = [
        "oncall",
        "take",
        "linux-oncall",
        "--for",
        "4h",
        "--why",
        "anna is ill",
    ];
    let ran = world.run(None, &words).await;
    assert_eq!(ran.code, 0, "{}", ran.error);
    assert!(
        ran.out
            .contains("ops1 is on call by linux-oncall from now until 18:31"),
        "{}",
        ran.out
    );
    let sent: Value = serde_json::from_str(&world.asked()[0].body).unwrap();
    let expected = json!({
        "schedule": "linux-oncall",
        "person": "ops1",
        "from": null,
        "until": "2026-10-03T16:31:30.000Z",
        "why": "anna is ill",
        "by": "ops1",
    });
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn who_would_be_told_is_a_table_and_that_nobody_would_be_is_not_well() {
    let found = json!({ "steps": [{
        "at": at("12:31:30"),
        "ladder": "functional",
        "policy": "usual for P1",
        "step": 1,
        "told": [{ "receiver": "anna-phone", "person": "anna" }, { "receiver": "pager", "person": null }],
        "nobody": [],
    }] });
    let world = World::new().await.answers(
        "GET /api/v1/oncall/test?priority=P1&for=4h&handling=page&labels=host%3Ddb-7",
        &found,
    );
    let ran = world
        .run(None, &["oncall", "test", "--page", "host=db-7"])
        .await;
    assert_eq!(ran.code, 0, "{}", ran.error);
    assert!(ran.out.contains("anna by anna-phone, pager"), "{}", ran.out);
    let world = World::new().await.answers(
        "GET /api/v1/oncall/test?priority=P4&for=4h",
        &json!({ "steps": [] }),
    );
    assert_eq!(
        world
            .run(None, &["oncall", "test", "--priority", "P4"])
            .await
            .code,
        1
    );
}
