//! A host that is not there any more is retired, and revived.

use serde_json::json;

use crate::world::{World, report};

#[tokio::test]
async fn a_host_is_retired_and_revived_with_a_reason() {
    let world = World::start().await;
    let mut said = report(1);
    said["host"]["name"] = json!("vm-1");
    world.post("/api/v1/reports", &said).await.expect(200);
    let (retire, revive) = ("/api/v1/hosts/vm-1/retire", "/api/v1/hosts/vm-1/revive");
    let short = json!({ "why": "x" });
    world.post(retire, &short).await.expect(400);
    let why = json!({ "why": "deleted by change 12", "by": "ops1" });
    world
        .post("/api/v1/hosts/vm-9/retire", &why)
        .await
        .expect(404);
    world.post(revive, &why).await.expect(409);
    world.post(retire, &why).await.expect(200);
    world.post(retire, &why).await.expect(409);
    let shown = world.get("/api/v1/hosts/vm-1").await.expect(200).json();
    assert_eq!(shown["host"]["state"], "retired");
    assert_eq!(shown["timeline"][0]["reason"]["code"], "host_retired");
    let listed = world.get("/api/v1/hosts?state=retired").await.json();
    assert_eq!(listed["hosts"][0]["name"], "vm-1");
    world.post(revive, &why).await.expect(200);
    let shown = world.get("/api/v1/hosts/vm-1").await.expect(200).json();
    assert_eq!(shown["host"]["state"], "well");
}
