//! Incidents: listed, shown, explained, worked on.

use serde_json::{Value, json};
use vedette_collector::api::v1::shapes::{Incident, IncidentDetail, Incidents, PrioritySet, Waits};

use crate::samples::{detail, explained, incident, incidents, ticket};
use crate::world::{World, at, on};

#[tokio::test]
async fn the_most_urgent_incident_comes_first() {
    let page = Incidents {
        incidents: incidents(),
        next: None,
    };
    let world = World::new()
        .await
        .answers("GET /api/v1/incidents?limit=1000", &page);
    insta::assert_snapshot!(world.page(&["incident", "list"]).await);
}

#[tokio::test]
async fn an_alert_from_outside_that_does_not_name_its_host_is_listed_with_it() {
    let page = Incidents {
        incidents: vec![Incident {
            title: "HostDown".into(),
            host: Some("web-3".into()),
            alerts: 1,
            ..incident()
        }],
        next: None,
    };
    let world = World::new()
        .await
        .answers("GET /api/v1/incidents?limit=1000", &page);
    let ran = world.run(None, &["incident", "list"]).await;
    assert!(ran.out.contains("web-3: HostDown"), "{}", ran.out);
}

#[tokio::test]
async fn states_and_matchers_narrow_the_list() {
    let page = Incidents {
        incidents: vec![incident()],
        next: Some(12),
    };
    let what =
        "GET /api/v1/incidents?limit=50&state=open&state=closed&filter=host%3D%7E%22db-.*%22";
    let world = World::new().await.answers(what, &page);
    let words = [
        "incident",
        "list",
        "--state",
        "open",
        "--state",
        "closed",
        "host=~db-.*",
    ];
    let ran = world.run(None, &words).await;
    assert_eq!(ran.code, 0, "{}", ran.error);
    assert!(ran.out.contains("Older ones are not shown"), "{}", ran.out);
}

#[tokio::test]
async fn that_nothing_is_open_is_said() {
    let page = Incidents {
        incidents: Vec::new(),
        next: None,
    };
    let world = World::new()
        .await
        .answers("GET /api/v1/incidents?limit=1000", &page);
    let ran = world.run(None, &["incident", "list"]).await;
    assert_eq!((ran.code, ran.out.as_str()), (0, "No incident is open\n"));
}

#[tokio::test]
async fn all_that_is_known_of_an_incident_is_shown() {
    let world = World::new()
        .await
        .answers("GET /api/v1/incidents/12", &detail())
        .answers("GET /api/v1/incidents/12/explain", &explained());
    insta::assert_snapshot!(world.page(&["incident", "show", "12"]).await);
}

#[tokio::test]
async fn an_incident_without_tickets_and_deliveries_shows_neither() {
    let closed = Incident {
        phase: "closed".into(),
        host: None,
        firing: 0,
        closed_at: Some(at("12:30:00")),
        closed_because: Some("closed by ops1: moved to the new storage".into()),
        acknowledged: None,
        tickets: Vec::new(),
        ..incident()
    };
    let world = World::new()
        .await
        .answers(
            "GET /api/v1/incidents/12",
            &IncidentDetail {
                incident: closed,
                sentences: Vec::new(),
                alerts: Vec::new(),
                deliveries: Vec::new(),
            },
        )
        .answers("GET /api/v1/incidents/12/explain", &explained());
    insta::assert_snapshot!(world.page(&["incident", "show", "12"]).await);
}

#[tokio::test]
async fn why_an_incident_is_as_it_is_reads_line_by_line() {
    let world = World::new()
        .await
        .answers("GET /api/v1/incidents/12/explain", &explained());
    insta::assert_snapshot!(world.page(&["incident", "explain", "12"]).await);
}

#[tokio::test]
async fn who_takes_an_incident_sees_until_when() {
    let world = World::new()
        .await
        .says("POST /api/v1/incidents/12/ack", 200, "")
        .answers("GET /api/v1/incidents/12", &detail());
    let ran = world
        .run(None, &["incident", "ack", "12", "--for", "4h"])
        .await;
    assert_eq!(ran.code, 0, "{}", ran.error);
    assert_eq!(
        ran.out,
        "ops1 works on incident 12 until 18:25 (in 3 h 54 min): db-7: /var is 96 % full, 3.1 GiB left\n"
    );
    assert_eq!(told(&world), json!({ "by": "ops1", "for": "4h" }));
}

#[tokio::test]
async fn who_closes_an_incident_that_still_fires_is_told_so() {
    let world = World::new()
        .await
        .says("POST /api/v1/incidents/12/resolve", 200, "")
        .answers("GET /api/v1/incidents/12", &detail());
    let why = "the volume is meant to be full";
    insta::assert_snapshot!(
        world
            .page(&["incident", "resolve", "12", "--why", why])
            .await
    );
}

#[tokio::test]
async fn a_note_goes_to_the_tickets_as_well() {
    let world = World::new()
        .await
        .says("POST /api/v1/incidents/12/notes", 200, "")
        .answers("GET /api/v1/incidents/12", &detail());
    let ran = world
        .run(None, &["incident", "note", "12", "logs moved away"])
        .await;
    assert_eq!(
        ran.out,
        "Noted on incident 12: db-7: /var is 96 % full, 3.1 GiB left\n  The ticket 48112 at desk gets it as well\n"
    );
    assert_eq!(
        told(&world),
        json!({ "by": "ops1", "text": "logs moved away" })
    );
}

#[tokio::test]
async fn a_ticket_that_was_never_made_is_not_said_to_be_told() {
    let mut refused = detail();
    refused.incident.tickets = vec![ticket("refused", 0)];
    let world = World::new()
        .await
        .says("POST /api/v1/incidents/12/notes", 200, "")
        .answers("GET /api/v1/incidents/12", &refused);
    let ran = world
        .run(None, &["incident", "note", "12", "logs moved away"])
        .await;
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
}

#[tokio::test]
async fn who_takes_gives_waits_or_prioritises_reads_what_it_means() {
    let why = "nobody uses it before Monday";
    let cases: [(&str, &[&str], Value); 7] = [
        ("take", &["take", "12"], json!({ "by": "ops1" })),
        (
            "assign",
            &["assign", "12", "ops2"],
            json!({ "by": "ops1", "to": "ops2" }),
        ),
        (
            "wait",
            &["wait", "12", "vendor", "--for", "5d"],
            json!({ "by": "ops1", "waits_for": "vendor", "for": "5d" }),
        ),
        (
            "wait",
            &["wait", "12", "vendor", "--until", "18:00"],
            json!({ "by": "ops1", "waits_for": "vendor", "until": "2026-10-03T16:00:00.000Z" }),
        ),
        (
            "resume",
            &["resume", "12", "--why", "the vendor called"],
            json!({ "by": "ops1", "why": "the vendor called" }),
        ),
        (
            "priority",
            &["priority", "12", "p4", "--why", why],
            json!({ "by": "ops1", "priority": "P4", "why": why }),
        ),
        (
            "priority",
            &["priority", "12", "auto"],
            json!({ "by": "ops1" }),
        ),
    ];
    let mut page = String::new();
    for (path, words, body) in cases {
        let world = World::new()
            .await
            .says(&format!("POST /api/v1/incidents/12/{path}"), 200, "")
            .answers("GET /api/v1/incidents/12", &said_of());
        let words: Vec<&str> = ["incident"].iter().chain(words).copied().collect();
        let ran = world.run(None, &words).await;
        assert_eq!((ran.code, ran.error.as_str()), (0, ""), "{words:?}");
        assert_eq!(told(&world), body);
        page += &format!("$ vedette {}\n{}", words.join(" "), ran.out);
    }
    insta::assert_snapshot!(page);
}

#[tokio::test]
async fn who_merges_two_reads_where_it_went_on() {
    let mut other = detail();
    other.incident.title = "db-7: three file systems fill up".into();
    let world = World::new()
        .await
        .says("POST /api/v1/incidents/12/merge", 200, "")
        .answers("GET /api/v1/incidents/12", &detail())
        .answers("GET /api/v1/incidents/9", &other);
    let ran = world.run(None, &["incident", "merge", "12", "9"]).await;
    assert_eq!(
        ran.out,
        "Incident 12 is part of incident 9 now: db-7: three file systems fill up\n  The ticket 48112 at desk is closed with a link\n"
    );
    assert_eq!(told(&world), json!({ "by": "ops1", "into": 9 }));
    let world = World::new()
        .await
        .says("POST /api/v1/incidents/12/merge", 200, "")
        .answers("GET /api/v1/incidents/12", &detail())
        .answers("GET /api/v1/incidents/9", &other);
    let why = "one disk, two mounts";
    let merge = ["incident", "merge", "12", "9", "--why", why];
    world.run(None, &merge).await;
    let said = json!({ "by": "ops1", "into": 9, "why": "one disk, two mounts" });
    assert_eq!(told(&world), said);
}

#[tokio::test]
async fn what_somebody_thinks_of_an_incident_is_counted() {
    for vote in ["useful", "noise"] {
        let world = World::new()
            .await
            .says(&format!("POST /api/v1/incidents/12/{vote}"), 200, "");
        let ran = world.run(None, &["incident", vote, "12"]).await;
        assert!(
            ran.out
                .starts_with(&format!("Counted: incident 12 was {vote};"))
        );
        assert_eq!(told(&world), json!({ "by": "ops1" }));
    }
}

#[tokio::test]
async fn what_overrides_needs_a_reason_and_a_wait_an_end() {
    for words in [
        &["priority", "12", "P1"][..],
        &["priority", "12", "P1", "--why", "x"],
        &["priority", "12", "P6", "--why", "all is different"],
        &["assign", "12", "linux", "--why", "x"],
        &["wait", "12", "vendor"],
        &["wait", "12", "vendor", "--for", "1h", "--until", "18:00"],
        &["wait", "12", "vendor", "--until", "2026-10-03 11:00"],
    ] {
        let world = World::new().await;
        let words: Vec<&str> = ["incident"].iter().chain(words).copied().collect();
        let ran = world.run(None, &words).await;
        assert_eq!(ran.code, 2, "{words:?}: {}", ran.error);
        assert!(world.asked().is_empty(), "{words:?}");
    }
}

#[tokio::test]
async fn what_people_said_of_an_incident_is_shown() {
    let world = World::new()
        .await
        .answers("GET /api/v1/incidents/12", &said_of())
        .answers("GET /api/v1/incidents/12/explain", &explained());
    let ran = world.run(Some(120), &["incident", "show", "12"]).await;
    for line in [
        "whose      ops2",
        "waits      for vendor, until 8 Oct 14:31 (in 5 d) at the latest",
        "set to     P2 by ops1: the shop cannot sell",
    ] {
        assert!(ran.out.contains(line), "{line:?} is not in {}", ran.out);
    }
}

/// As [`detail`], with all that people can say of an incident.
fn said_of() -> IncidentDetail {
    let mut detail = detail();
    detail.incident.assigned_to = Some("ops2".into());
    detail.incident.waits = Some(Waits {
        waits_for: "vendor".into(),
        by: "ops2".into(),
        at: at("12:31:00"),
        until: on("2026-10-08", "12:31:00"),
    });
    detail.incident.priority_set = Some(PrioritySet {
        by: "ops1".into(),
        why: "the shop cannot sell".into(),
        at: at("12:31:00"),
    });
    detail
}

#[tokio::test]
async fn what_cannot_be_done_with_an_incident_exits_with_1() {
    let world = World::new().await.says(
        "POST /api/v1/incidents/12/ack",
        409,
        r#"{"error": "incident 12 is closed", "reason": "conflict"}"#,
    );
    let ran = world.run(None, &["incident", "ack", "12"]).await;
    assert_eq!(
        (ran.code, ran.error.as_str()),
        (1, "Incident 12 is closed\n")
    );
    assert_eq!(told(&world), json!({ "by": "ops1" }));
}

fn told(world: &World) -> Value {
    serde_json::from_str(&world.asked()[0].body).unwrap()
}
