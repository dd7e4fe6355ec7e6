//! Hosts that are retired and revived.

use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn a_host_is_retired_and_revived_by_its_name() {
    let world = World::new()
        .await
        .answers("POST /api/v1/hosts/vm-1/retire", &json!(null))
        .answers("POST /api/v1/hosts/vm-1/revive", &json!(null));
    let why = ["--why", "deleted by change 12"];
    for (verb, says) in [
        (
            "retire",
            "vm-1 is retired: its incidents close, and nothing of it opens\n",
        ),
        ("revive", "vm-1 is watched again\n"),
    ] {
        let command: Vec<&str> = ["host", verb, "vm-1"].into_iter().chain(why).collect();
        let ran = world.run(None, &command).await;
        assert_eq!((ran.code, ran.out.as_str()), (0, says), "{}", ran.error);
    }
    let sent = world.asked();
    assert!(
        sent.iter()
            .all(|asked| asked.body.contains("deleted by change 12"))
    );
    let without = world.run(None, &["host", "retire", "vm-1"]).await;
    assert_eq!(without.code, 2);
}
