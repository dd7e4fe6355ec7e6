//! Reports: what is taken, what is refused, and that a 200 means it is on disk.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::Method;
use serde_json::{Value, json};
use vedette_collector::store::StoreError;

use crate::world::{AGENT, NOW_MS, Said, World, report};

async fn post_raw(world: &World, encoding: Option<&str>, body: Vec<u8>) -> Said {
    let token = format!("Bearer {AGENT}");
    let mut headers = vec![
        ("authorization", token.as_str()),
        ("content-type", "application/json"),
    ];
    headers.extend(encoding.map(|encoding| ("content-encoding", encoding)));
    world
        .ask(Method::POST, "/api/v1/reports", &headers, body)
        .await
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_report_is_acknowledged_after_its_changes_are_stored() {
    let world = World::start().await;
    for (seq, encoding) in [(1, None), (2, Some("gzip"))] {
        let text = report(seq).to_string().into_bytes();
        let body = if encoding.is_some() {
            gzip(&text)
        } else {
            text
        };
        let said = post_raw(&world, encoding, body).await.expect(200).json();
        let expected = json!({ "epoch": "e-1", "stream": "live", "seq": seq });
        assert_eq!(said["acknowledged"], expected);
        assert_eq!(said["wire"], json!([1, 2]));
        assert_eq!(said["collector_wall_ms"], NOW_MS);
    }
    assert_eq!(world.view.read().hosts().len(), 1);
    assert_eq!(world.metric("vedette_reports_total", "taken").await, 2.0);
    assert_eq!(world.metric("vedette_samples_total", "").await, 2.0);
    assert_eq!(world.metric("vedette_hosts", "well").await, 1.0);
}

#[tokio::test]
async fn a_report_whose_change_could_not_be_stored_is_not_acknowledged() {
    let world = World::start().await;
    world.store.fail_next(StoreError::Away("unplugged".into()));
    let said = world.post("/api/v1/reports", &report(1)).await.expect(503);
    assert!(said.headers.contains_key("retry-after"));
    assert_eq!(said.json()["kept"], 0);
    assert!(said.json().get("acknowledged").is_none());
    assert_eq!(world.metric("vedette_reports_total", "later").await, 1.0);
    assert_eq!(world.metric("vedette_samples_total", "").await, 0.0);
}

#[tokio::test]
async fn the_good_part_of_a_bad_report_is_kept_and_the_rest_is_named() {
    let world = World::start().await;
    let mut bad = report(1);
    bad["rounds"][0]["samples"] = json!([
        { "name": "system.uptime", "value": null },
        { "name": "a\0b", "value": 1.0 },
        { "name": "system.uptime", "value": 7.0 },
    ]);
    bad["host"]["labels"]["severity"] = json!("critical");
    let said = world.post("/api/v1/reports", &bad).await.expect(422).json();
    assert_eq!(said["reason"], "bad_value");
    assert_eq!(said["kept"], 1);
    assert_eq!(said["acknowledged"]["seq"], 1);
    let places: Vec<&str> = said["refused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|refused| refused["at"].as_str().unwrap())
        .collect();
    let expected = [
        "rounds[0].samples[0].value",
        "host.labels[\"severity\"]",
        "rounds[0].samples[0].name",
    ];
    assert_eq!(places, expected);
    for reason in ["bad_value", "bad_name", "reserved_label"] {
        let counted = world
            .metric("vedette_report_places_refused_total", reason)
            .await;
        assert_eq!(counted, 1.0, "{reason}");
    }
}

/// Nothing of it is kept, and it is counted by its reason.
async fn check_refused(world: &World, body: Vec<u8>, (status, reason): (u16, &str)) -> Value {
    let said = post_raw(world, None, body).await.expect(status).json();
    assert_eq!(said["reason"], reason, "{said}");
    assert!(said["error"].as_str().unwrap().len() > 20, "{said}");
    assert!(said.get("acknowledged").is_none());
    let counted = world.metric("vedette_reports_total", reason).await;
    assert_eq!(counted, 1.0, "{reason}");
    said
}

#[tokio::test]
async fn of_a_report_that_cannot_be_trusted_nothing_is_kept() {
    let world = World::start().await;
    check_refused(&world, b"{".to_vec(), (400, "not_json")).await;
    let mut wrong = report(1);
    wrong["rounds"] = json!("none");
    let said = check_refused(&world, wrong.to_string().into_bytes(), (400, "wrong_type")).await;
    assert_eq!(said["refused"][0]["at"], "rounds");
    check_refused(&world, vec![b' '; 4 * 1024 * 1024 + 1], (413, "too_large")).await;
    let mut next_year = report(1);
    next_year["wire"] = json!(9);
    let said = check_refused(
        &world,
        next_year.to_string().into_bytes(),
        (415, "unknown_wire"),
    )
    .await;
    assert_eq!(said["wire"], json!([1, 2]));
    assert_eq!(world.view.read().hosts().len(), 0);
}

#[tokio::test]
async fn a_small_body_that_unpacks_to_a_large_one_is_refused() {
    let world = World::start().await;
    let bomb = gzip(&vec![b' '; 64 * 1024 * 1024]);
    assert!(bomb.len() < 100_000);
    let said = post_raw(&world, Some("gzip"), bomb).await.expect(413);
    assert_eq!(said.json()["reason"], "too_large");
    let said = post_raw(&world, Some("gzip"), b"not gzip".to_vec()).await;
    assert_eq!(said.expect(400).json()["reason"], "bad_gzip");
    let said = post_raw(&world, Some("br"), b"?".to_vec()).await;
    assert_eq!(said.expect(415).json()["reason"], "unknown_encoding");
}

#[tokio::test]
async fn a_host_whose_clock_is_far_off_is_taken_counted_and_shown() {
    let world = World::start().await;
    let mut off = report(1);
    off["sent_wall_ms"] = json!(NOW_MS + 86_400_000);
    world.post("/api/v1/reports", &off).await.expect(200);
    assert_eq!(
        world.metric("vedette_reports_clock_off_total", "").await,
        1.0
    );
    assert_eq!(world.metric("vedette_hosts_clock_off", "").await, 1.0);
    let hosts = world.get("/api/v1/hosts").await.expect(200).json();
    assert_eq!(hosts["hosts"][0]["clock_skew_ms"], 86_400_000);
    let why = world.get("/api/v1/why/db-7").await.expect(200).json();
    let text = why["sentences"].to_string();
    assert!(text.contains("Its clock is 1 d ahead"), "{text}");
}

#[tokio::test]
async fn a_copy_of_a_machine_is_told_so_and_what_to_do() {
    let world = World::start().await;
    world.post("/api/v1/reports", &report(1)).await.expect(200);
    let mut copy = report(1);
    copy["boot"] = json!("b-2");
    copy["sent_mono_ms"] = json!(7_200_000);
    let said = world
        .post("/api/v1/reports", &copy)
        .await
        .expect(409)
        .json();
    assert_eq!(said["reason"], "clone");
    assert!(
        said["error"]
            .as_str()
            .unwrap()
            .contains("vedette-agent seal")
    );
    assert!(said.get("acknowledged").is_none());
    assert_eq!(world.metric("vedette_reports_total", "clone").await, 1.0);
    assert_eq!(world.view.read().hosts().len(), 1);
}

#[tokio::test]
async fn a_host_that_is_held_says_so_when_asked_why() {
    let world = World::start().await;
    let mut held = report(1);
    held["rounds"][0]["events"] = json!([{
        "id": "ev-1", "wall_ms": NOW_MS, "kind": "hold",
        "until_wall_ms": NOW_MS + 1_800_000, "why": "CHG0012345", "by": "ops1 (root)",
    }]);
    world.post("/api/v1/reports", &held).await.expect(200);
    let why = world.get("/api/v1/why/db-7").await.expect(200).json();
    let text = why["sentences"].to_string();
    assert!(
        text.contains("ops1 (root) on db-7 holds it until"),
        "{text}"
    );
    let silences = world.get("/api/v2/silences").await.expect(200).json();
    assert_eq!(silences[0]["comment"], "CHG0012345");
    let only = json!({ "name": "host", "value": "db-7", "isRegex": false, "isEqual": true });
    assert_eq!(silences[0]["matchers"][0], only, "it mutes nobody else");
    let mut longer = silences[0].clone();
    longer["endsAt"] = json!("2025-10-09T12:00:00Z");
    world.post("/api/v2/silences", &longer).await.expect(200);
    let silences = world.get("/api/v2/silences?expired=false").await.json();
    assert_eq!(silences.as_array().unwrap().len(), 1);
    let named = silences[0]["matchers"].as_array().unwrap();
    assert!(
        named.contains(&only),
        "made longer it mutes nobody else either"
    );
    for (filter, found) in [("host=\"db-7\"", 1), ("host=\"db-8\"", 0)] {
        let path = format!("/api/v2/silences?expired=false&filter={filter}");
        let silences = world.get(&path).await.expect(200).json();
        assert_eq!(silences.as_array().unwrap().len(), found, "{filter}");
    }
}

#[tokio::test]
async fn a_device_is_listed_and_explained_by_who_looks_at_it() {
    let world = World::start().await;
    let mut looks = report(1);
    looks["rounds"][0]["checks"] = json!([{
        "check": "ping", "kind": "icmp", "about": "sw-hq-3", "state": "ok", "every_s": 30.0,
    }]);
    world.post("/api/v1/reports", &looks).await.expect(200);
    let hosts = world.get("/api/v1/hosts").await.expect(200).json();
    let device = &hosts["devices"][0];
    assert_eq!(device["name"], "sw-hq-3", "{hosts}");
    assert_eq!(device["state"], "well");
    assert_eq!(device["looked_at_from"], json!(["db-7"]));
    let why = world.get("/api/v1/why/sw-hq-3").await.expect(200).json();
    assert_eq!(why["well"], true);
    assert_eq!(
        why["sentences"],
        json!([
            "sw-hq-3 is a device. Looked at from db-7.",
            "Nothing fires on it."
        ])
    );
    let of_rule = world.get("/api/v1/why/sw-hq-3?rule=host-silent").await;
    let of_rule = of_rule.expect(200).json();
    assert_eq!(of_rule["well"], true);
    let said = of_rule["sentences"].to_string();
    assert!(said.contains("Looked at from db-7."), "{said}");
    assert!(said.contains("Nothing that host-silent looks at"), "{said}");
    let unknown = world.get("/api/v1/why/sw-hq-3?rule=no-such-rule").await;
    unknown.expect(404);
    world.get("/api/v1/why/sw-hq-4").await.expect(404);
    let unknown = world.get("/api/v1/why/sw-hq-4?rule=host-silent").await;
    unknown.expect(404);
}
