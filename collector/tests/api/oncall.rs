//! Who is on call over the own API, and what one tap on a link in a notice does.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use vedette_collector::access::LinkKey;
use vedette_triage::{Contact, Escalation, Interval, OnCall, Policy, Schedule, Shift, Timestamp};

use crate::world::{LINKS, Made, NOW_MS, World};

fn hours(hours: u64) -> Timestamp {
    Timestamp::from_millis(NOW_MS).after(Duration::from_secs(3600 * hours))
}

/// anna for four hours, ben from the sixth to the tenth; who is known for twelve.
fn staffed(policy: &mut Policy) {
    let shift = |person: &str, from, until| Shift {
        when: Interval {
            starts_at: hours(from),
            ends_at: hours(until),
        },
        person: person.into(),
    };
    let schedule = Schedule {
        team: Some("it-ops".into()),
        shifts: vec![shift("anna", 0, 4), shift("ben", 6, 10)],
        known: Some(shift("", 0, 12).when),
    };
    let contact = Contact {
        receivers: vec!["desk".into()],
        working: Arc::default(),
    };
    for name in ["anna", "ben"] {
        policy.persons.insert(name.into(), "it-ops".into());
    }
    policy.oncall = Arc::new(OnCall {
        schedules: [("oncall".to_owned(), schedule)].into(),
        escalations: Escalation::usual(),
        contacts: [("anna".to_owned(), contact)].into(),
    });
}

async fn world() -> World {
    let policy: fn(&mut Policy) = staffed;
    World::made(Made {
        policy,
        ..Made::default()
    })
    .await
}

#[tokio::test]
async fn whose_turn_it_is_and_when_nobody_has_it_is_told() {
    let world = world().await;
    let told = world.get("/api/v1/oncall").await.expect(200).json();
    let schedule = &told["schedules"][0];
    assert_eq!(
        (&schedule["name"], &schedule["now"]["person"]),
        (&json!("oncall"), &json!("anna"))
    );
    assert_eq!(schedule["now"]["contact"], json!(["desk"]));
    assert_eq!(schedule["next"][0]["person"], "ben");
    assert_eq!(schedule["gaps"].as_array().unwrap().len(), 2);
    let gaps = world.get("/api/v1/oncall/gaps").await.expect(200).json();
    assert_eq!(
        gaps["gaps"][0]["gaps"][0]["from"],
        "2025-10-09T12:53:20.000Z"
    );
    assert_eq!(gaps["doubles"], json!([]));
}

#[tokio::test]
async fn a_turn_that_is_taken_counts_at_once() {
    let world = world().await;
    let wanted = json!({ "schedule": "oncall", "person": "ben", "until": "2025-10-09T15:53:20Z", "why": "anna is ill" });
    world.post("/api/v1/oncall/take", &wanted).await.expect(200);
    let told = world.get("/api/v1/oncall").await.json();
    assert_eq!(told["schedules"][0]["now"]["person"], "ben");
    assert_eq!(
        told["schedules"][0]["now"]["until"],
        "2025-10-09T15:53:20.000Z"
    );
    for (wrong, status) in [
        (
            json!({ "schedule": "x", "person": "ben", "until": "2025-10-09T15:53:20Z", "why": "anna is ill" }),
            404,
        ),
        (
            json!({ "schedule": "oncall", "person": "x", "until": "2025-10-09T15:53:20Z", "why": "anna is ill" }),
            404,
        ),
        (
            json!({ "schedule": "oncall", "person": "ben", "until": "2025-10-09T15:53:20Z", "why": "ill" }),
            400,
        ),
        (
            json!({ "schedule": "oncall", "person": "ben", "until": "2024-10-09T15:53:20Z", "why": "anna is ill" }),
            400,
        ),
    ] {
        world
            .post("/api/v1/oncall/take", &wrong)
            .await
            .expect(status);
    }
}

#[tokio::test]
async fn who_would_be_told_is_said_and_nobody_is() {
    let world = world().await;
    let told = world
        .get("/api/v1/oncall/test?for=40m")
        .await
        .expect(200)
        .json();
    let steps = told["steps"].as_array().unwrap();
    let numbers: Vec<u64> = steps
        .iter()
        .map(|step| step["step"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, [1, 2, 3]);
    assert_eq!(
        steps[0]["told"],
        json!([{ "receiver": "desk", "person": "anna" }])
    );
    assert_eq!(
        world.get("/api/v1/oncall/test?priority=P4").await.json()["steps"],
        json!([])
    );
    for wrong in ["priority=P9", "handling=watch", "labels=x", "nonsense=1"] {
        world
            .get(&format!("/api/v1/oncall/test?{wrong}"))
            .await
            .expect(400);
    }
    world.get("/api/v1/oncall/test?team=x").await.expect(404);
    assert_eq!(
        world.get("/api/v1/incidents").await.json()["incidents"],
        json!([])
    );
}

#[tokio::test]
async fn one_tap_takes_silences_or_acknowledges_in_the_name_of_whom_the_link_is_for() {
    let world = world().await;
    world.fire("Down").await;
    world.fire("Slow").await;
    let list = world.get("/api/v1/incidents").await.json();
    let id = |at: usize| list["incidents"][at]["id"].as_u64().unwrap();
    let key = LinkKey::of(LINKS);
    let get = async |path: &str| world.ask(Method::GET, path, &[], Vec::new()).await;
    let post = async |path: &str| {
        let json = [("content-type", "application/json")];
        world.ask(Method::POST, path, &json, b"{}".to_vec()).await
    };
    let incident = async |at: usize| {
        let list = world.get("/api/v1/incidents").await.json();
        let all = list["incidents"].as_array().unwrap().clone();
        let known = all.into_iter().find(|one| one["id"] == id(at));
        known.unwrap()
    };
    let take = key.signed(&format!("/i/{}/for/anna/take", id(0)));
    let page = get(&take).await.expect(200);
    assert!(
        page.body.contains("<button>anna takes it</button>"),
        "{}",
        page.body
    );
    assert_eq!(
        incident(0).await["phase"],
        "open",
        "looking changes nothing"
    );
    post(&take).await.expect(200);
    let taken = incident(0).await;
    assert_eq!(
        (&taken["phase"], &taken["assigned_to"]),
        (&json!("acknowledged"), &json!("anna"))
    );
    let quiet = key.signed(&format!("/i/{}/for/ben/silence", id(1)));
    post(&quiet).await.expect(200);
    let silences = world.get("/api/v2/silences").await.json();
    assert_eq!(
        (
            &silences[0]["createdBy"],
            silences.as_array().unwrap().len()
        ),
        (&json!("ben"), 1)
    );
    // It is good for nothing else.
    let (_, signature) = take.split_once('?').unwrap();
    for path in [
        format!("/i/{}/for/anna/take?{signature}", id(1)),
        format!("/i/{}/for/ben/take?{signature}", id(0)),
        format!("/i/{}/for/anna/silence?{signature}", id(0)),
        format!("/i/{}/for/anna/take", id(0)),
    ] {
        get(&path).await.expect(401);
        post(&path).await.expect(401);
    }
    let gone = key.signed(&format!("/i/{}/for/zoe/take", id(0)));
    post(&gone).await.expect(404);
    let unknown = key.signed(&format!("/i/{}/for/anna/dance", id(0)));
    post(&unknown).await.expect(404);
}
