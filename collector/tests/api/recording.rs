//! What was recorded, as whoever replays it asks for it.

use reqwest::Method;
use vedette_collector::api::v1::recording::{Recorded, Rows};
use vedette_collector::recording::{PolicyFiles, Replay, Snapshot, SnapshotPart};
use vedette_collector::store::Keepsake;
use vedette_policy::Kept;
use vedette_triage::Revision;

use crate::world::{OPERATOR, VIEWER, World};

#[tokio::test]
async fn what_is_recorded_is_handed_out_and_replays() {
    let world = World::start().await;
    keep(&world).await;
    world.fire("Down").await;
    world.fire("Up").await;
    let recorded: Recorded = read(&world, "/api/v1/recording").await;
    assert_eq!(recorded.last_number, Some(2));
    assert_eq!(recorded.policies, [Revision(7)]);
    let head = &recorded.snapshots[0];
    let path = format!("/api/v1/recording/snapshots/{}/0", head.number);
    let part: SnapshotPart = read(&world, &path).await;
    let mut replay = Replay::after(&Snapshot::join(head.number, vec![part]));
    let rows: Rows = read(&world, "/api/v1/recording/inputs").await;
    assert_eq!(rows.rows.len(), 2);
    let later: Rows = read(&world, "/api/v1/recording/inputs?after=1").await;
    assert_eq!(later.rows, rows.rows[1..]);
    let nothing: Rows = read(&world, "/api/v1/recording/inputs?after=2").await;
    assert_eq!(nothing.rows, []);
    for row in &rows.rows {
        let policy = world.policy.clone();
        let played = replay.play(row, &mut |_| Some(policy.clone())).unwrap();
        assert_eq!(played.difference, None);
    }
    assert_eq!(replay.state().alerts().len(), 2);
    let files: PolicyFiles = read(&world, "/api/v1/recording/policies/7").await;
    assert_eq!(files.installation, "test");
}

#[tokio::test]
async fn what_is_not_recorded_is_not_found() {
    let world = World::start().await;
    let recorded: Recorded = read(&world, "/api/v1/recording").await;
    assert_eq!(recorded, Recorded::default());
    for path in ["snapshots/0/0", "policies/7"] {
        let said = world.get(&format!("/api/v1/recording/{path}")).await;
        assert_eq!(said.status, 404, "{path}");
    }
    let said = world.get("/api/v1/recording/inputs?after=x").await;
    assert_eq!(said.status, 400);
}

#[tokio::test]
async fn it_is_for_operators() {
    let world = World::start().await;
    for path in ["", "/inputs", "/snapshots/0/0", "/policies/7"] {
        let path = format!("/api/v1/recording{path}");
        for (token, allowed) in [(VIEWER, false), (OPERATOR, true)] {
            let token = format!("Bearer {token}");
            let headers = [("authorization", token.as_str())];
            let said = world.ask(Method::GET, &path, &headers, Vec::new()).await;
            assert_eq!(said.status != 403, allowed, "{path}");
        }
    }
}

/// What the app keeps at its start.
async fn keep(world: &World) {
    let snapshot = Snapshot::of(&world.view);
    let files = PolicyFiles {
        revision: Revision(7),
        installation: "test".into(),
        version: "0.1.0".into(),
        read_at: snapshot.now,
        kept: Kept::default(),
    };
    for keepsake in [
        Keepsake::Part(snapshot.part(0).unwrap()),
        Keepsake::Texts(files.seal().unwrap()),
    ] {
        world.writer.keep(keepsake).await.unwrap();
    }
}

async fn read<T: serde::de::DeserializeOwned>(world: &World, path: &str) -> T {
    serde_json::from_str(&world.get(path).await.expect(200).body).unwrap()
}
