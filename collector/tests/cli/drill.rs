//! Drills: followed step by step, to the end or to what is in the way.

use serde_json::{Value, json};
use vedette_collector::api::v1::shapes::{Delivery, Drill, Incident, Ticket};

use crate::samples::{delivery, drill, drilled, ticket};
use crate::world::{World, at};

const SEND: &str = "POST /api/v1/drills";
const LOOK: &str = "GET /api/v1/drills/00000000000000d1";

/// How it looks after each pause.
async fn world(looks: &[Drill]) -> World {
    let world = World::new().await.answers(SEND, &drill());
    looks
        .iter()
        .fold(world, |world, look| world.answers(LOOK, look))
}

fn look(firing: bool, incident: Incident, deliveries: &[Delivery]) -> Drill {
    Drill {
        firing,
        incident: Some(incident),
        deliveries: deliveries.to_vec(),
        ..drill()
    }
}

/// From the opening to the resolve.
fn all_the_way() -> Vec<Drill> {
    let opened = delivery(1, "open", "done", 0);
    let unknown = Ticket {
        id: None,
        ..ticket("opening", 1)
    };
    vec![
        drill(),
        look(
            true,
            drilled("open", vec![unknown]),
            &[delivery(1, "open", "pending", 0)],
        ),
        look(
            true,
            drilled("open", vec![ticket("open", 0)]),
            std::slice::from_ref(&opened),
        ),
        look(
            false,
            drilled("resolved", vec![ticket("open", 1)]),
            &[opened.clone(), delivery(2, "resolve", "pending", 0)],
        ),
        look(
            false,
            drilled("resolved", vec![ticket("resolved", 0)]),
            &[opened, delivery(2, "resolve", "done", 0)],
        ),
    ]
}

#[tokio::test]
async fn a_drill_is_followed_to_the_resolve() {
    insta::assert_snapshot!(world(&all_the_way()).await.page(&["drill"]).await);
}

#[tokio::test]
async fn a_drill_without_a_word_is_short_and_pages_nobody() {
    for (words, sent) in [
        (&["drill"][..], json!({ "for": "8s", "page": false })),
        (
            &["drill", "boot-space", "--host", "db-7", "--page"],
            json!({ "rule": "boot-space", "host": "db-7", "page": true }),
        ),
        (
            &["drill", "boot-space", "--for", "90s"],
            json!({ "rule": "boot-space", "for": "1m30s", "page": false }),
        ),
    ] {
        let world = world(&all_the_way()).await;
        assert_eq!(world.run(None, words).await.code, 0);
        let body: Value = serde_json::from_str(&world.asked()[0].body).unwrap();
        assert_eq!(body, sent);
    }
}

#[tokio::test]
async fn without_a_receiver_the_way_ends_and_how_to_add_one_is_said() {
    let nobody = Incident {
        suppressed: Some("no_receiver".into()),
        opened_at: None,
        ..drilled("pending", Vec::new())
    };
    let page = world(&[look(true, nobody, &[])])
        .await
        .page(&["drill"])
        .await;
    insta::assert_snapshot!(page);
}

#[tokio::test]
async fn a_collector_that_observes_tells_nobody() {
    let observed = Incident {
        suppressed: Some("observe".into()),
        opened_at: None,
        ..drilled("pending", Vec::new())
    };
    let ran = world(&[look(true, observed, &[])])
        .await
        .run(None, &["drill"])
        .await;
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.contains("this collector only observes"),
        "{}",
        ran.out
    );
}

#[tokio::test]
async fn a_receiver_that_is_down_is_watched_for_a_while_and_then_named() {
    let down = look(
        false,
        drilled("resolved", vec![ticket("opening", 2)]),
        &[
            delivery(1, "open", "pending", 3),
            delivery(2, "resolve", "pending", 0),
        ],
    );
    insta::assert_snapshot!(world(&[down]).await.page(&["drill", "--for", "1s"]).await);
}

#[tokio::test]
async fn a_receiver_that_refuses_is_not_the_way_to_a_ticket() {
    let refusal = Delivery {
        answer: "400 Bad Request: no such queue".into(),
        ..delivery(1, "open", "dead", 1)
    };
    let refused = look(
        false,
        drilled("resolved", vec![ticket("refused", 0)]),
        &[refusal],
    );
    let ran = world(&[refused]).await.run(None, &["drill"]).await;
    assert_eq!(ran.code, 1);
    assert!(
        ran.out
            .contains("desk refused the open: 400 Bad Request: no such queue"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains("Not every receiver took it"),
        "{}",
        ran.out
    );
}

#[tokio::test]
async fn what_an_earlier_drill_did_with_the_same_ticket_is_not_told_again() {
    let earlier = |id, action: &str| Delivery {
        at: at("12:00:00"),
        ..delivery(id, action, "done", 0)
    };
    let before = [earlier(1, "open"), earlier(2, "resolve")];
    let incident = |phase: &str, ticket| Incident {
        reopened: 1,
        ..drilled(phase, vec![ticket])
    };
    let with = |more: &[Delivery]| [&before[..], more].concat();
    let looks = [
        look(
            true,
            incident("open", ticket("resolved", 1)),
            &with(&[delivery(3, "reopen", "pending", 0)]),
        ),
        look(
            true,
            incident("open", ticket("open", 0)),
            &with(&[delivery(3, "reopen", "done", 0)]),
        ),
        look(
            false,
            incident("resolved", ticket("resolved", 0)),
            &with(&[
                delivery(3, "reopen", "done", 0),
                delivery(4, "resolve", "done", 0),
            ]),
        ),
    ];
    let ran = world(&looks).await.run(None, &["drill"]).await;
    assert_eq!(ran.code, 0, "{}", ran.out);
    let steps: Vec<&str> = ran
        .out
        .lines()
        .filter_map(|line| line.split(" s  ").nth(1))
        .collect();
    assert_eq!(
        steps,
        [
            "sent: rule filesystem-space on db-7, for 8 s",
            "incident 16 opened again: DRILL db-7: a harmless fault to try the way to the ticket (rule filesystem-space)",
            "ticket 48112 opened again at desk",
            "the fault is gone",
            "incident 16 closed",
            "ticket 48112 resolved at desk",
        ]
    );
}

#[tokio::test]
async fn a_ticket_that_is_meant_to_stay_open_is_no_failure() {
    let left = look(
        false,
        drilled("resolved", vec![ticket("open", 0)]),
        &[
            delivery(1, "open", "done", 0),
            delivery(2, "update", "done", 0),
        ],
    );
    let ran = world(&[left]).await.run(None, &["drill"]).await;
    assert_eq!(ran.code, 0);
    assert!(
        ran.out.contains("ticket 48112 at desk stays open there"),
        "{}",
        ran.out
    );
}

#[tokio::test]
async fn json_is_the_last_answer_and_nothing_else() {
    let looks = all_the_way();
    let ran = world(&looks).await.run(None, &["drill", "--json"]).await;
    let told: Drill = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(told, looks[4]);
}
