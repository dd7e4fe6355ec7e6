//! A commit that was written though nobody could say so: the shards follow the store.

use super::*;

#[tokio::test]
async fn what_fires_by_the_store_alone_still_ends_when_its_sender_is_gone() {
    let mut world = World::new();
    world.is_not_told(world.post("A", None)).await;
    assert_eq!(world.firing().len(), 1, "it was written all the same");
    assert_eq!(world.shards.reseed(world.now), 0);
    world.pass(4 * MINUTE).await;
    assert_eq!(world.firing().len(), 1);
    world.pass(2 * MINUTE).await;
    assert!(world.firing().is_empty());
}

#[tokio::test]
async fn what_is_over_by_the_store_alone_is_new_when_it_comes_again() {
    let world = World::new();
    let taken = world.post("A", None).unwrap();
    world.land(taken).await;
    let mut over = posted("A");
    over.ends_at = Some(world.now);
    let taken = world.shards.take_alert(world.now, &over, MINUTE);
    world.is_not_told(taken).await;
    assert!(world.firing().is_empty(), "it was written all the same");
    assert_eq!(world.shards.reseed(world.now), 0);
    let again = world.post("A", None).unwrap();
    assert_eq!((again.pending.len(), again.repeated), (1, 0));
    world.land(again).await;
    assert_eq!(world.firing().len(), 1);
}

#[tokio::test]
async fn what_a_rule_found_and_the_store_alone_knows_still_clears() {
    let mut world = World::new();
    world.report(0.5).await.unwrap();
    world.wait(Duration::from_secs(15));
    let report = world.next_report(0.97);
    let taken = world.take(&report).await;
    world.is_not_told(taken).await;
    assert_eq!(world.rules_firing(), ["disk"]);
    assert_eq!(world.shards.reseed(world.now), 0);
    assert_eq!(world.report(0.5).await.unwrap(), Took::Committed(1));
    assert!(world.firing().is_empty());
}

#[tokio::test]
async fn what_is_in_flight_is_left_to_its_commit() {
    let world = World::new();
    let taken = world.post("A", None).unwrap();
    assert_eq!(world.shards.reseed(world.now), 1);
    world.land(taken).await;
    assert_eq!(world.shards.reseed(world.now), 0);
    assert_eq!(world.post("A", None).unwrap().repeated, 1);
}

impl World {
    /// The store writes it and cannot say so: its sender is refused, and gone for good.
    async fn is_not_told(&self, taken: Result<Taken, NotTaken>) {
        self.store.mute(true);
        for pending in taken.unwrap().pending {
            assert!(matches!(pending.verdict().await, Verdict::Rejected(_)));
        }
        self.store.mute(false);
        self.engine_is_back().await;
    }
}
