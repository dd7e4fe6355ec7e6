//! Windows: made, listed, ended.

use serde_json::{Value, json};
use vedette_collector::api::v1::shapes::{Window, Windows};

use crate::world::{World, at};

const ADD: &[&str] = &[
    "window",
    "add",
    "host=~db-.*",
    "--for",
    "2h",
    "--why",
    "CHG0012345 new disks",
];

async fn world() -> World {
    let made = json!({ "name": "CHG0012345 new disks" });
    World::new().await.answers("POST /api/v1/windows", &made)
}

#[tokio::test]
async fn who_plans_work_reads_what_that_means_and_how_to_end_it() {
    let words = [ADD, &["--report"]].concat();
    insta::assert_snapshot!(world().await.page(&words).await);
}

#[tokio::test]
async fn a_window_is_sent_with_its_times_and_in_its_makers_name() {
    let world = world().await;
    let ran = world
        .run(
            None,
            &[ADD, &["--from", "18:00", "--name", "disks"]].concat(),
        )
        .await;
    assert_eq!(ran.code, 0, "{}", ran.error);
    let sent: Value = serde_json::from_str(&world.asked()[0].body).unwrap();
    let expected = json!({
        "name": "disks",
        "matchers": ["host=~\"db-.*\""],
        "starts_at": "2026-10-03T16:00:00.000Z",
        "ends_at": "2026-10-03T18:00:00.000Z",
        "why": "CHG0012345 new disks",
        "report": false,
        "by": "ops1",
    });
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn windows_are_listed_with_their_times_and_reason() {
    let window = |name: &str, state: &str| Window {
        name: name.into(),
        state: state.into(),
        matchers: vec!["patchgroup=\"A\"".into()],
        starts_at: at("12:00:00"),
        ends_at: at("16:00:00"),
        owner: "it-ops".into(),
        why: "CHG0012345".into(),
        report: true,
        by_hand: false,
    };
    let windows = vec![
        window("patch night, group A", "running"),
        window("disks", "coming"),
    ];
    let world = World::new()
        .await
        .answers("GET /api/v1/windows", &Windows { windows });
    insta::assert_snapshot!(world.page(&["window", "list"]).await);
}

#[tokio::test]
async fn a_window_is_ended_by_its_name() {
    let world = World::new()
        .await
        .answers("DELETE /api/v1/windows/patch%20night", &json!(null));
    let ran = world.run(None, &["window", "end", "patch night"]).await;
    assert!(
        ran.out.contains("what still fires opens now"),
        "{} {}",
        ran.out,
        ran.error
    );
}
