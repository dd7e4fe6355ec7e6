//! What is read: the state of the watcher, hosts, sentences.

use serde_json::json;
use vedette_collector::api::v1::shapes::{Host, HostCounts, Hosts, Status, Why};

use crate::samples::{hosts, troubled, well};
use crate::world::World;

const STATUS: &str = "GET /api/v1/status";

async fn status(status: &Status) -> String {
    World::new()
        .await
        .answers(STATUS, status)
        .page(&["status"])
        .await
}

#[tokio::test]
async fn where_all_is_well_it_is_said_first_and_nothing_empty_is_printed() {
    insta::assert_snapshot!(status(&well()).await);
}

#[tokio::test]
async fn what_is_wrong_with_the_watcher_is_said_first_and_exits_with_1() {
    insta::assert_snapshot!(status(&troubled()).await);
}

#[tokio::test]
async fn open_incidents_are_not_a_fault_of_the_watcher() {
    let status = Status {
        incidents: troubled().incidents,
        ..well()
    };
    let ran = World::new()
        .await
        .answers(STATUS, &status)
        .run(None, &["status"])
        .await;
    assert_eq!(ran.code, 0);
    assert!(
        ran.out
            .starts_with("The watcher is well; 5 incidents are open\n"),
        "{}",
        ran.out
    );
}

#[tokio::test]
async fn a_watcher_nobody_reports_to_is_not_well() {
    let status = Status {
        hosts: HostCounts::default(),
        ..well()
    };
    let ran = World::new()
        .await
        .answers(STATUS, &status)
        .run(None, &["status"])
        .await;
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.starts_with("Nothing has reported yet\n"),
        "{}",
        ran.out
    );
}

#[tokio::test]
async fn waiting_ends_when_the_first_host_reports_whatever_else_is_wrong() {
    let nobody = Status {
        hosts: HostCounts::default(),
        ..well()
    };
    let world = World::new()
        .await
        .says(
            STATUS,
            503,
            r#"{"error": "the collector starts", "reason": "not_ready"}"#,
        )
        .answers(STATUS, &nobody)
        .answers(STATUS, &troubled());
    let ran = world.run(None, &["status", "--wait"]).await;
    assert_eq!((ran.code, world.asked().len()), (0, 3), "{}", ran.error);
    assert!(
        ran.out
            .starts_with("Observe mode: nothing is sent. 2 things are wrong here:"),
        "{}",
        ran.out
    );
}

#[tokio::test]
async fn waiting_in_vain_ends_at_its_bound() {
    let nobody = Status {
        hosts: HostCounts::default(),
        ..well()
    };
    let world = World::new().await.answers(STATUS, &nobody);
    let ran = world.run(None, &["status", "--wait=10s"]).await;
    assert_eq!(ran.code, 1);
    // Every quarter of a second, and once more at the end.
    assert_eq!(world.asked().len(), 41);
}

#[tokio::test]
async fn why_a_rule_does_not_fire_is_asked_by_its_name() {
    let why = Why {
        host: "db-7".into(),
        id: "0b8f9d2e".into(),
        well: true,
        sentences: vec!["disk on /var: warning needs free below 20.0 GiB, it is 31.0 GiB.".into()],
    };
    let world = World::new()
        .await
        .answers("GET /api/v1/why/db-7?rule=disk", &why);
    let ran = world.run(None, &["why", "db-7", "disk"]).await;
    assert_eq!(ran.code, 0, "{}", ran.error);
    assert_eq!(
        ran.out,
        "disk does not fire on db-7\n  disk on /var: warning needs free below 20.0 GiB, it is 31.0 GiB.\n"
    );
}

#[tokio::test]
async fn why_tells_sentences_and_exits_with_1_for_a_host_that_is_not_well() {
    let why = Why {
        host: "db-7".into(),
        id: "0b1c".into(),
        well: false,
        sentences: vec![
            "db-7 is a server and reports.".into(),
            "It was last heard of 10 s ago; it reports every 15 s.".into(),
            "filesystem-space fires since 14:19, critical: /var is 96 % full, 3.1 GiB left. It is incident 12, open, P2, team it-ops.".into(),
        ],
    };
    let world = World::new().await.answers("GET /api/v1/why/db-7", &why);
    insta::assert_snapshot!(world.page(&["why", "db-7"]).await);
}

#[tokio::test]
async fn a_host_nobody_knows_exits_with_1_and_names_the_nearest() {
    let error = json!({ "error": "there is no host \"db7\"; did you mean \"db-7\"?", "reason": "not_found" });
    let world = World::new()
        .await
        .says("GET /api/v1/why/db7", 404, &error.to_string());
    let ran = world.run(None, &["why", "db7"]).await;
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert_eq!(
        ran.error,
        "There is no host \"db7\"; did you mean \"db-7\"?\n"
    );
}

#[tokio::test]
async fn a_host_may_be_called_anything() {
    let world = World::new().await;
    world.run(None, &["why", "a/b c?d"]).await;
    assert_eq!(world.asked()[0].what, "GET /api/v1/why/a%2Fb%20c%3Fd");
}

#[tokio::test]
async fn hosts_that_are_not_well_come_first() {
    let world = World::new()
        .await
        .answers("GET /api/v1/hosts?limit=1000", &hosts());
    insta::assert_snapshot!(world.page(&["host", "list"]).await);
}

#[tokio::test]
async fn all_pages_of_hosts_become_one_list() {
    let all = hosts().hosts;
    let page = |hosts: &[Host], next: Option<&str>| Hosts {
        hosts: hosts.to_vec(),
        devices: Vec::new(),
        next: next.map(str::to_owned),
    };
    let filter = "filter=site%3D%22hq%22";
    let world = World::new()
        .await
        .answers(
            &format!("GET /api/v1/hosts?limit=1000&{filter}"),
            &page(&all[..3], Some("nas-1 id")),
        )
        .answers(
            &format!("GET /api/v1/hosts?limit=1000&{filter}&after=nas-1+id"),
            &page(&all[3..], None),
        );
    let ran = world.run(None, &["host", "list", "site=hq"]).await;
    let names: Vec<&str> = ran
        .out
        .lines()
        .skip(1)
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!(
        names,
        ["pc-114", "nas-1", "db-7", "mail-1"],
        "{}",
        ran.error
    );
}
