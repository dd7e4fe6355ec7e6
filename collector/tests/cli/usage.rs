//! What is typed: help, refusals before anybody is asked, JSON and colours.

use crate::samples::{hosts, troubled, well};
use crate::world::World;

#[tokio::test]
async fn what_is_wrongly_typed_exits_with_2_and_asks_nobody() {
    for words in [
        &[][..],
        &["statsu"],
        &["why"],
        &["incident", "show", "twelve"],
        &["incident", "list", "--state", "opened"],
        &["incident", "list", "host"],
        &["incident", "resolve", "12"],
        &["incident", "resolve", "12", "--why", "short"],
        &["incident", "ack", "12", "--for", "4"],
        &[
            "silence",
            "add",
            "--for",
            "2h",
            "--why",
            "no matcher at all",
        ],
        &["silence", "add", "host=db-7", "--why", "without an end"],
        &["silence", "add", "host=db-7", "--for", "2h"],
        &[
            "silence",
            "add",
            "host=db-7",
            "--for",
            "0s",
            "--why",
            "for no time",
        ],
        &[
            "silence",
            "add",
            "host=db-7",
            "--for",
            "2h",
            "--until",
            "18:00",
            "--why",
            "both of them",
        ],
        &["status", "--wait=soon"],
    ] {
        let world = World::new().await;
        let ran = world.run(None, words).await;
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{words:?}");
        assert!(!ran.error.is_empty(), "{words:?}");
        assert_eq!(world.asked(), [], "{words:?}");
    }
}

#[tokio::test]
async fn help_and_version_are_answers() {
    let world = World::new().await;
    for words in [
        &["--help"][..],
        &["--version"],
        &["silence", "add", "--help"],
    ] {
        let ran = world.run(None, words).await;
        assert_eq!((ran.code, ran.error.as_str()), (0, ""), "{words:?}");
    }
}

#[tokio::test]
async fn json_is_the_answer_as_it_is() {
    let status = serde_json::to_string(&troubled()).unwrap();
    let hosts = serde_json::to_string(&hosts()).unwrap();
    for (words, what, answer, code) in [
        (&["status", "--json"][..], "GET /api/v1/status", &status, 1),
        (
            &["--json", "host", "list"],
            "GET /api/v1/hosts?limit=1000",
            &hosts,
            0,
        ),
    ] {
        let ran = World::new()
            .await
            .says(what, 200, answer)
            .run(Some(80), words)
            .await;
        assert_eq!((ran.code, ran.out), (code, format!("{answer}\n")));
    }
}

#[tokio::test]
async fn an_answer_without_a_body_is_an_empty_object_in_json() {
    let world = World::new()
        .await
        .says("POST /api/v1/incidents/12/ack", 200, "");
    let ran = world.run(None, &["incident", "ack", "12", "--json"]).await;
    assert_eq!((ran.code, ran.out.as_str()), (0, "{}\n"));
    assert_eq!(world.asked().len(), 1);
}

#[tokio::test]
async fn a_terminal_sees_at_once_whether_all_is_well() {
    for (status, colour) in [(well(), "\u{1b}[32m"), (troubled(), "\u{1b}[31m")] {
        let mut world = World::new().await.answers("GET /api/v1/status", &status);
        world.colour = true;
        let ran = world.run(Some(80), &["status"]).await;
        assert!(ran.out.starts_with(colour), "{}", ran.out);
    }
}
