//! A changed policy on a recorded day: pages are fetched until there is none, and what is said fits.

use std::fs;

use insta::assert_snapshot;
use serde_json::Value;
use vedette_collector::api::Time;
use vedette_collector::api::v1::recording::{Recorded, Rows, SnapshotAt};
use vedette_collector::recording::{PolicyFiles, SnapshotPart};
use vedette_policy::Kept;
use vedette_triage::Revision;

use crate::day::{Day, minute, sources, three_disks};
use crate::world::World;

const COMMAND: [&str; 4] = ["rule", "backtest", "--policy", ""];

/// A collector that recorded the day, in pages of four rows.
async fn recorded() -> World {
    let day = three_disks();
    let last = day.rows.last().unwrap();
    let head = Recorded {
        first: Some(Time(day.rows[0].at)),
        last: Some(Time(last.at)),
        last_number: Some(last.number),
        bytes: 1_000,
        snapshots: vec![SnapshotAt {
            number: 0,
            at: Time(minute(0)),
            parts: 1,
        }],
        policies: vec![Revision(1)],
    };
    let snapshot = Day::snapshot();
    let part = SnapshotPart {
        now: snapshot.now,
        counters: snapshot.counters,
        records: Vec::new(),
    };
    let files = PolicyFiles {
        revision: Revision(1),
        installation: "test".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        read_at: minute(0),
        kept: Kept::of(&sources("ticket")),
    };
    let mut world = World::new()
        .await
        .answers("GET /api/v1/recording", &head)
        .answers("GET /api/v1/recording/snapshots/0/0", &part)
        .answers("GET /api/v1/recording/policies/1", &files);
    let mut after = 0;
    for rows in day.rows.chunks(4).chain([&[][..]]) {
        let page = Rows {
            rows: rows.to_vec(),
        };
        let what = format!("GET /api/v1/recording/inputs?after={after}");
        world = world.answers(&what, &page);
        after = rows.last().map_or(after, |row| row.number);
    }
    world
}

/// A policy directory in which everything is worth that.
fn policy(world: &World, worth: &str) -> String {
    let dir = world.state().join("policy");
    fs::create_dir_all(dir.join("rules")).unwrap();
    let text = sources(worth).rules[0].text().to_owned();
    fs::write(dir.join("rules/own.toml"), text).unwrap();
    dir.display().to_string()
}

fn words<'a>(dir: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let words = COMMAND.map(|word| if word.is_empty() { dir } else { word });
    words.into_iter().chain(more.iter().copied()).collect()
}

#[tokio::test]
async fn what_would_be_missed_is_named_and_makes_it_fail() {
    let world = recorded().await;
    let dir = policy(&world, "watch");
    let ran = world.run(Some(100), &words(&dir, &[])).await;
    assert_eq!(ran.code, 1, "{}", ran.error);
    assert_snapshot!(ran.out);
    let drawn = world.drawn.lock().unwrap().clone();
    assert!(drawn[0].contains("0 %"), "{drawn:?}");
    assert!(drawn.iter().any(|bar| bar.contains("100 %")), "{drawn:?}");
    assert_eq!(drawn.last().unwrap(), "", "nothing is left of it");
}

#[tokio::test]
async fn the_same_policy_makes_the_same_tickets_and_the_span_is_said() {
    let world = recorded().await;
    let dir = policy(&world, "ticket");
    let from = [
        "--from",
        "2025-06-01T00:00:00Z",
        "--to",
        "2025-06-15T16:30:00Z",
    ];
    let ran = world.run(Some(100), &words(&dir, &from)).await;
    assert_eq!(ran.code, 0, "{}", ran.error);
    assert_snapshot!(ran.out);
}

#[tokio::test]
async fn as_json_there_is_all_of_it() {
    let world = recorded().await;
    let dir = policy(&world, "watch");
    let ran = world.run(None, &words(&dir, &["--json"])).await;
    let said: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(said["tickets"]["missed"], 2);
    assert_eq!(said["tickets"]["avoided"], 1);
    assert_eq!(said["missed"][0]["incident"], 2);
    assert_eq!(said["missed"][0]["lasted_s"], 7_200);
    assert_eq!(said["missed"][1]["acted_on"], true);
    assert_eq!(said["left_out"]["commands"], 1);
    assert_eq!(said["differences"], 0);
}

#[tokio::test]
async fn a_policy_with_errors_is_shown_as_check_shows_it_and_is_not_tried() {
    let world = recorded().await;
    let dir = policy(&world, "nothing");
    let ran = world.run(Some(100), &words(&dir, &[])).await;
    assert_eq!(ran.code, 2);
    assert!(ran.out.contains("own.toml:4:"), "{}", ran.out);
    assert!(ran.error.contains("cannot be tried"), "{}", ran.error);
    let nowhere = world.run(Some(100), &words("/nowhere/at/all", &[])).await;
    assert_eq!(nowhere.code, 2);
    assert!(
        nowhere.error.contains("is no directory"),
        "{}",
        nowhere.error
    );
}

#[tokio::test]
async fn what_cannot_be_replayed_is_said() {
    let nothing = World::new()
        .await
        .answers("GET /api/v1/recording", &Recorded::default());
    let dir = policy(&nothing, "ticket");
    let ran = nothing.run(Some(100), &words(&dir, &[])).await;
    assert_eq!(ran.code, 1);
    assert!(
        ran.error.contains("Nothing is recorded yet"),
        "{}",
        ran.error
    );
    let world = recorded().await;
    let dir = policy(&world, "ticket");
    let span = [
        "--from",
        "2025-06-15T16:30:00Z",
        "--to",
        "2025-06-15T16:00:00Z",
    ];
    let ran = world.run(Some(100), &words(&dir, &span)).await;
    assert_eq!(ran.code, 2);
    assert!(ran.error.contains("is no span"), "{}", ran.error);
}
