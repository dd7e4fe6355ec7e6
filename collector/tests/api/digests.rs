//! Digests over the own API.

use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn each_team_has_its_next_digest_and_what_it_would_say() {
    let world = World::start().await;
    let shown = world.get("/api/v1/digests").await.expect(200).json();
    let digests = shown["digests"].as_array().unwrap();
    assert!(!digests.is_empty());
    for digest in digests {
        assert_eq!(
            (&digest["says"], &digest["incident"]),
            (&json!(null), &json!(null))
        );
    }
}
