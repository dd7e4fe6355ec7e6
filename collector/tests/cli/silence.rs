//! Silences: made, tried, listed, ended.

use serde_json::{Value, json};

use crate::samples::{posted_alerts, silences};
use crate::world::World;

const ALERTS: &str = "GET /api/v2/alerts?filter=host%3D%7E%22db-.*%22";
const ADD: &[&str] = &[
    "silence",
    "add",
    "host=~db-.*",
    "--why",
    "moving the databases",
];

async fn world(alerts: usize) -> World {
    World::new()
        .await
        .answers(ALERTS, &posted_alerts(alerts))
        .answers(
            "POST /api/v2/silences",
            &json!({ "silenceID": "5f0c7a52-3b1d-4a70-9a3f-0d6a3d6f0001" }),
        )
}

fn words<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [ADD, more].concat()
}

#[tokio::test]
async fn who_silences_reads_what_it_means_for_what_fires_now() {
    insta::assert_snapshot!(world(2).await.page(&words(&["--for", "2h"])).await);
}

#[tokio::test]
async fn a_silence_that_matches_much_names_some_and_counts_the_rest() {
    let ran = world(25).await.run(None, &words(&["--for", "2h"])).await;
    assert!(ran.out.contains("25 alerts match now"), "{}", ran.out);
    assert!(ran.out.contains("  and 15 more\n"), "{}", ran.out);
}

#[tokio::test]
async fn a_silence_is_sent_as_alertmanager_reads_it() {
    let world = world(0).await;
    let ran = world.run(None, &words(&["--until", "18:00"])).await;
    assert_eq!(ran.code, 0, "{}", ran.error);
    assert!(ran.out.contains("No alert matches now"), "{}", ran.out);
    let sent: Value = serde_json::from_str(&world.asked()[1].body).unwrap();
    let expected = json!({
        "matchers": [{ "name": "host", "value": "db-.*", "isRegex": true, "isEqual": true }],
        "startsAt": "2026-10-03T12:31:30.000Z",
        "endsAt": "2026-10-03T16:00:00.000Z",
        "createdBy": "ops1",
        "comment": "moving the databases",
    });
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn a_dry_run_says_what_would_be_and_changes_nothing() {
    let world = world(1).await;
    let ran = world.run(None, &words(&["--for", "2h", "--dry-run"])).await;
    assert!(
        ran.out
            .starts_with("Would silence host=~\"db-.*\" until 16:31 (in 2 h)\n"),
        "{}",
        ran.out
    );
    let asked: Vec<String> = world.asked().into_iter().map(|asked| asked.what).collect();
    assert_eq!(asked, [ALERTS]);
}

#[tokio::test]
async fn a_silence_does_not_end_in_the_past() {
    let world = world(1).await;
    let ran = world
        .run(None, &words(&["--until", "2026-10-03 08:00"]))
        .await;
    assert_eq!(ran.code, 2);
    assert!(
        ran.error.contains("08:00 (6 h 31 min ago) is over"),
        "{}",
        ran.error
    );
    assert_eq!(world.asked(), []);
}

#[tokio::test]
async fn silences_are_listed_with_their_end_and_reason() {
    let world = World::new()
        .await
        .answers("GET /api/v2/silences?expired=false", &silences());
    insta::assert_snapshot!(world.page(&["silence", "list"]).await);
}

#[tokio::test]
async fn a_silence_is_ended_by_the_beginning_of_its_id() {
    let world = World::new()
        .await
        .answers("GET /api/v2/silences", &silences())
        .says(
            "DELETE /api/v2/silence/5f0c7a52-3b1d-4a70-9a3f-0d6a3d6f0001",
            200,
            "",
        );
    let ran = world.run(None, &["silence", "expire", "5f0c7"]).await;
    assert_eq!((ran.code, ran.error.as_str()), (0, ""));
    assert_eq!(
        ran.out,
        "Silence 5f0c7a52 has ended; what still fires opens now\n"
    );
}

#[tokio::test]
async fn a_beginning_that_two_silences_have_ends_neither() {
    for (id, code, said) in [
        ("5f0c", 2, "4 silences begin with 5f0c"),
        ("77", 1, "There is no silence 77"),
    ] {
        let world = World::new()
            .await
            .answers("GET /api/v2/silences", &silences());
        let ran = world.run(None, &["silence", "expire", id]).await;
        assert_eq!(ran.code, code);
        assert!(ran.error.starts_with(said), "{}", ran.error);
        assert_eq!(world.asked().len(), 1);
    }
}

#[tokio::test]
async fn a_silence_until_all_is_clear_says_when_it_ends_at_the_latest() {
    let id = "5f0cb000-77aa-4f0e-8f55-0d6a3d6f0003";
    let until = &silences()[2];
    let world = World::new()
        .await
        .answers(ALERTS, &posted_alerts(1))
        .answers("POST /api/v2/silences", &json!({ "silenceID": id }))
        .answers(&format!("GET /api/v2/silence/{id}"), until);
    let ran = world.run(None, &words(&["--until-clear"])).await;
    let says =
        "until the last alert that matches is clear, but no longer than 18:00 (in 3 h 29 min)";
    assert!(ran.out.contains(says), "{}", ran.out);
    let sent: Value = serde_json::from_str(&world.asked()[1].body).unwrap();
    assert_eq!(
        (&sent["untilClear"], &sent["endsAt"]),
        (&json!(true), &Value::Null)
    );
}
