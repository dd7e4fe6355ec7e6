//! Digests: when the next ones are, and what they would say now.

use vedette_collector::api::v1::shapes::{Digest, Digests};
use vedette_triage::{ListOf, Listed, Listing};

use crate::world::{World, on};

async fn world() -> World {
    let group = Listed {
        heading: "unit-failed on 2 hosts".into(),
        says: vec![
            "What the unit does is not done.".into(),
            "$ systemctl --failed".into(),
        ],
        lines: vec![
            "+ lap-3: cups.service has failed".into(),
            "lap-4: cups.service has failed".into(),
        ],
        paste: Vec::new(),
        more: 0,
    };
    let noisy = Listed {
        heading: "filesystem-space made 41 tickets in 7 days".into(),
        says: vec![
            "Warn at 93 % instead of 90 %: 33 of 41 tickets fewer, none missed.".into(),
            "To be pasted into exceptions.toml:".into(),
        ],
        lines: Vec::new(),
        paste: ["[[exception]]", "set = { warn_used = 0.93 }"]
            .map(String::from)
            .to_vec(),
        more: 0,
    };
    let digest = |team: &str, says: Option<Listing>| Digest {
        team: team.into(),
        next: Some(on("2026-10-05", "05:30:00")),
        incident: says.as_ref().map(|_| 41),
        says,
    };
    let says = Listing {
        of: ListOf::Digest,
        title: "2 hosts with unit-failed; 1 new, 1 still".into(),
        groups: vec![group, noisy],
    };
    let digests = vec![digest("it-ops", Some(says)), digest("linux", None)];
    let answer = Digests { digests };
    World::new().await.answers("GET /api/v1/digests", &answer)
}

#[tokio::test]
async fn what_the_next_digests_would_say_is_shown() {
    insta::assert_snapshot!(world().await.page(&["digest", "show"]).await);
}

#[tokio::test]
async fn of_a_team_that_is_named_only_its_own_is_shown() {
    let world = world().await;
    let ran = world
        .run(None, &["digest", "show", "--team", "linux"])
        .await;
    assert_eq!(ran.code, 0, "{}", ran.error);
    assert!(ran.out.starts_with("linux: ") && !ran.out.contains("it-ops"));
    let ran = world.run(None, &["digest", "show", "--team", "db"]).await;
    assert_eq!(ran.code, 1);
    assert!(
        ran.error.contains("there are it-ops, linux"),
        "{}",
        ran.error
    );
}
