//! Going live: what is shown, what is asked, what is sent.

use serde_json::{Value, json};
use vedette_collector::api::v1::shapes::{Counted, GoLive, LiveRuling, Status};

use crate::samples::well;
use crate::world::{Ran, World, on};

fn report() -> GoLive {
    let counted = |name: &str, tickets| Counted {
        name: name.into(),
        tickets,
    };
    GoLive {
        of: "everything".into(),
        live: false,
        since: on("2026-10-02", "12:00:00"),
        by_rule: vec![
            counted("filesystem-space", 20),
            counted("unit-failed", 9),
            counted("", 5),
            counted("check-failing", 3),
            counted("memory-available", 2),
            counted("job-failed", 1),
            counted("oom-kill", 1),
        ],
        by_team: vec![counted("it-ops", 30), counted("linux", 11)],
        lists: 1,
        apart: 2,
        listed: 12,
        without_receiver: vec!["linux".into()],
    }
}

async fn world(report: &GoLive) -> World {
    World::new()
        .await
        .answers("GET /api/v1/golive", report)
        .answers("POST /api/v1/golive", &json!(null))
}

fn sent(world: &World) -> Vec<Value> {
    let asked = world.asked().into_iter();
    let posts = asked.filter(|asked| asked.what.starts_with("POST"));
    posts
        .map(|asked| serde_json::from_str(&asked.body).unwrap())
        .collect()
}

#[tokio::test]
async fn whoever_says_yes_has_seen_what_it_would_have_opened() {
    let mut world = world(&report()).await;
    world.sits_there = Some(true);
    let ran = world.run(None, &["golive"]).await;
    assert_eq!(ran.code, 0, "{}", ran.error);
    let expected = json!({ "back": false, "why": "", "by": "ops1" });
    assert_eq!(sent(&world), [expected]);
    insta::assert_snapshot!(world.page(&["golive"]).await);
}

#[tokio::test]
async fn whoever_says_no_changes_nothing() {
    let mut world = world(&report()).await;
    world.sits_there = Some(false);
    let Ran { code, out, .. } = world.run(None, &["golive"]).await;
    assert_eq!(code, 1);
    assert!(out.ends_with("Nothing was changed\n"), "{out}");
    assert!(sent(&world).is_empty());
}

#[tokio::test]
async fn where_nobody_can_be_asked_it_needs_a_yes() {
    let world = world(&report()).await;
    let Ran { code, out, error } = world.run(None, &["golive"]).await;
    assert_eq!(code, 2);
    assert!(out.contains("would have opened 42 tickets"), "{out}");
    assert!(error.contains("no terminal; say --yes"), "{error}");
    assert!(sent(&world).is_empty());
    assert_eq!(world.run(None, &["golive", "--yes"]).await.code, 0);
    assert_eq!(sent(&world).len(), 1);
}

#[tokio::test]
async fn a_part_goes_live_and_back_by_its_name() {
    let report = GoLive {
        of: "team linux".into(),
        ..report()
    };
    let world = World::new()
        .await
        .answers("GET /api/v1/golive?team=linux", &report)
        .answers("POST /api/v1/golive", &json!(null));
    let ran = world
        .run(None, &["golive", "--team", "linux", "--yes"])
        .await;
    assert!(
        ran.out
            .contains("To go back: vedette golive --back --team linux"),
        "{} {}",
        ran.out,
        ran.error
    );
    let back = ["golive", "--back", "--team", "linux"];
    let ran = world.run(None, &back).await;
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(ran.error.contains("--why"), "{}", ran.error);
    let why = [&back[..], &["--why", "the rules are not tuned"]].concat();
    let ran = world.run(None, &why).await;
    assert!(
        ran.out.contains("what is open is closed when it is well"),
        "{}",
        ran.error
    );
    let sent = sent(&world);
    assert_eq!(sent.len(), 2);
    assert_eq!(
        (&sent[1]["team"], &sent[1]["back"]),
        (&json!("linux"), &json!(true))
    );
}

#[tokio::test]
async fn what_is_live_is_said_to_be_so() {
    let live = GoLive {
        live: true,
        ..report()
    };
    let world = world(&live).await;
    let ran = world.run(None, &["golive"]).await;
    assert_eq!(ran.code, 0);
    assert!(
        ran.out.ends_with("everything is live already\n"),
        "{}",
        ran.out
    );
}

#[tokio::test]
async fn the_first_line_of_the_status_says_what_is_not_sent() {
    let ruled = |of: &str, live| LiveRuling {
        of: of.into(),
        live,
        by: "ops1".into(),
        at: on("2026-10-02", "12:00:00"),
        why: String::new(),
    };
    let cases = [
        ("observe", vec![], "Observe mode: nothing is sent. All well"),
        (
            "observe",
            vec![ruled("team linux", true)],
            "Observe mode: only of team linux anything is sent. All well",
        ),
        (
            "live",
            vec![ruled("rule load", false), ruled("team linux", true)],
            "Nothing new is sent of rule load. All well",
        ),
        ("live", vec![ruled("everything", true)], "All well"),
    ];
    for (mode, live, first) in cases {
        let status = Status {
            mode: mode.into(),
            live,
            ..well()
        };
        let world = World::new().await.answers("GET /api/v1/status", &status);
        let ran = world.run(None, &["status"]).await;
        assert_eq!(ran.out.lines().next(), Some(first));
    }
}
