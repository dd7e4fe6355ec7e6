//! What a machine's clock that is set does to what is watched: nothing.

use super::*;

const HOUR_MS: i64 = 3_600_000;

#[tokio::test]
async fn a_clock_that_is_set_back_blinds_nobody() {
    let mut world = World::new();
    world.report(0.5).await.unwrap();
    world.machine.set_wall_by(-HOUR_MS);
    assert_eq!(world.report(0.97).await.unwrap(), Took::Committed(1));
    assert_eq!(world.rules_firing(), ["disk"]);
    assert_eq!(world.report(0.5).await.unwrap(), Took::Committed(1));
    world.pass(2 * MINUTE).await;
    assert_eq!(world.rules_firing(), ["host-silent"]);
}

#[tokio::test]
async fn an_alert_from_outside_outlives_a_clock_that_is_set_forward_and_ends_in_its_time() {
    let mut world = World::new();
    let taken = world.post("A", None).unwrap();
    world.land(taken).await;
    world.pass(2 * MINUTE).await;
    world.machine.set_wall_by(HOUR_MS);
    world.on_time().await;
    world.pass(2 * MINUTE).await;
    assert_eq!(world.firing().len(), 1);
    world.pass(MINUTE).await;
    assert!(world.firing().is_empty());
}

#[tokio::test]
async fn a_clock_that_is_set_forward_makes_no_host_silent_and_a_silent_one_is_noticed_in_its_time()
{
    let mut world = World::new();
    world.report(0.97).await.unwrap();
    world.machine.set_wall_by(HOUR_MS);
    world.on_time().await;
    let followed = world.now;
    assert_eq!(followed.since(START), Duration::from_secs(3_615));
    let id = EntityId::new("agent-1");
    assert_eq!(world.shards.last_heard(&id), Some(followed));
    world.pass(MINUTE).await;
    assert_eq!(world.rules_firing(), ["disk"]);
    world.report(0.5).await.unwrap();
    assert!(world.firing().is_empty(), "what comes next is still newer");
    world.pass(2 * MINUTE).await;
    assert_eq!(world.rules_firing(), ["host-silent"]);
    let silent = world.firing().pop().unwrap();
    assert!(
        silent.starts_at > followed && silent.starts_at <= world.now,
        "it is told in the collector's time"
    );
}

#[tokio::test]
async fn a_time_that_was_read_before_a_step_is_not_taken_for_the_past() {
    let mut world = World::new();
    let before = world.now;
    let taken = world.post("A", None).unwrap();
    world.land(taken).await;
    world.machine.set_wall_by(HOUR_MS);
    world.on_time().await;
    let again = world.shards.take_alert(before, &posted("A"), 5 * MINUTE);
    assert_eq!(again.unwrap().repeated, 1);
    world.pass(4 * MINUTE).await;
    assert_eq!(world.firing().len(), 1);
}

#[tokio::test]
async fn after_a_start_with_a_clock_that_was_once_ahead_everything_moves() {
    let mut world = World::new();
    world.machine.set_wall_by(365 * 24 * HOUR_MS);
    world.on_time().await;
    world.report(0.97).await.unwrap();
    world.machine.set_wall_by(-365 * 24 * HOUR_MS);
    world.restart(MINUTE).await;
    assert!(world.clock.ahead() > 364 * 24 * 60 * MINUTE);
    assert_eq!(world.report(0.5).await.unwrap(), Took::Committed(1));
    world.pass(2 * MINUTE).await;
    assert_eq!(world.rules_firing(), ["host-silent"]);
}
