//! What senders, readers and whoever delivers may rely on, whatever the store does.
//!
//! Time is the test's: the loop's sleeps end as soon as there is nothing else to do.
#![allow(clippy::unwrap_used)]

mod full_disk;
mod gate;
mod random;
mod replay;
mod world;

use std::sync::atomic::Ordering;
use std::time::Duration;

use vedette_triage::{Actor, Answer, Command, Input, Phase, SilenceId, Via};

use self::gate::Gate;
use self::world::{BEGIN, Told, World, clears, disk, fires, sick_host, stored};
use super::handle::INPUTS_WAITING_MAX;
use super::{Ended, EngineHandle, Pending, Rejection, Verdict, View};
use crate::clock::Clock;
use crate::store::StoreError;
use crate::store::memory::Memory;

#[tokio::test(start_paused = true)]
async fn inputs_that_wait_together_share_one_commit() {
    let world = World::new();
    let pending: Vec<Pending> = (0..100).map(|id| send(&world.handle, fires(id))).collect();
    tokio::spawn(world.engine_loop.run());
    for pending in pending {
        assert!(
            matches!(pending.verdict().await, Verdict::Committed { number, .. } if number.0 == 1)
        );
    }
    let expected = Told::Committed {
        number: 1,
        decisions: 100,
    };
    assert_eq!(world.ear.heard(), [expected]);
    assert_eq!(stored(&world.memory).1.incidents().len(), 100);
}

#[tokio::test(start_paused = true)]
async fn a_commit_that_fails_rejects_everybody_who_waited_and_the_next_post_opens() {
    let world = World::new();
    let (one, two) = (send(&world.handle, fires(1)), send(&world.handle, fires(1)));
    world.memory.fail_next(StoreError::Away("a test".into()));
    tokio::spawn(world.engine_loop.run());
    assert_later(&one.verdict().await);
    assert_later(&two.verdict().await);
    assert_eq!(world.view.read().alerts().len(), 0);
    assert!(world.ear.heard().contains(&Told::Reloaded));
    assert_committed(&say(&world.handle, fires(1)).await);
    assert_open(&world.view, 1);
    assert_eq!(stored(&world.memory).1, *world.view.read());
}

#[tokio::test(start_paused = true)]
async fn of_a_refused_batch_only_the_culprit_is_rejected() {
    let world = World::new();
    let before = send(&world.handle, fires(1));
    let culprit = send(&world.handle, sick_host());
    let after = send(&world.handle, fires(2));
    tokio::spawn(world.engine_loop.run());
    assert_committed(&before.verdict().await);
    assert!(matches!(
        culprit.verdict().await,
        Verdict::Rejected(Rejection::Never(_))
    ));
    assert_committed(&after.verdict().await);
    assert_open(&world.view, 1);
    assert_open(&world.view, 2);
    assert_eq!(stored(&world.memory).1, *world.view.read());
}

#[tokio::test(start_paused = true)]
async fn a_batch_of_culprits_does_not_keep_the_loop_loading_for_ever() {
    let world = World::new();
    let sick: Vec<Pending> = (0..100).map(|_| send(&world.handle, sick_host())).collect();
    tokio::spawn(world.engine_loop.run());
    let mut never = 0;
    for pending in sick {
        match pending.verdict().await {
            Verdict::Rejected(Rejection::Never(_)) => never += 1,
            verdict => assert_later(&verdict),
        }
    }
    assert_eq!(never, 16);
    assert_committed(&say(&world.handle, fires(1)).await);
}

#[tokio::test(start_paused = true)]
async fn what_was_written_though_the_store_did_not_say_so_is_answered_as_written() {
    let world = World::new();
    world.memory.fail_after_writing();
    let pending = send(&world.handle, fires(1));
    tokio::spawn(world.engine_loop.run());
    assert_committed(&pending.verdict().await);
    assert_open(&world.view, 1);
    assert_eq!(
        world.ear.heard().last(),
        Some(&committed(1, 1)),
        "and is delivered"
    );
    assert_committed(&say(&world.handle, fires(2)).await);
    assert_eq!(stored(&world.memory).1, *world.view.read());
}

#[tokio::test(start_paused = true)]
async fn what_was_not_written_and_the_store_did_not_say_so_is_rejected() {
    let world = World::new();
    world.memory.fail_next(StoreError::Unknown("a test".into()));
    let pending = send(&world.handle, fires(1));
    tokio::spawn(world.engine_loop.run());
    assert_later(&pending.verdict().await);
    assert_eq!(world.view.read().alerts().len(), 0);
    assert_committed(&say(&world.handle, fires(1)).await);
}

#[tokio::test(start_paused = true)]
async fn while_the_store_is_away_nothing_is_decided_and_then_it_goes_on() {
    let world = World::new();
    tokio::spawn(world.engine_loop.run());
    assert_committed(&say(&world.handle, fires(1)).await);
    world.memory.away(true);
    for _ in 0..3 {
        assert_later(&say(&world.handle, fires(2)).await);
    }
    assert_open(&world.view, 1);
    assert_eq!(world.view.read().alerts().len(), 1);
    world.memory.away(false);
    until_committed(&world.handle, || fires(2)).await;
    assert_open(&world.view, 2);
    assert_eq!(stored(&world.memory).1, *world.view.read());
}

#[tokio::test(start_paused = true)]
async fn a_run_whose_store_another_one_has_taken_ends_and_does_not_take_it_back() {
    let world = World::new();
    let running = tokio::spawn(world.engine_loop.run());
    assert_committed(&say(&world.handle, fires(1)).await);
    let other = World::resumed(world.memory.clone(), BEGIN);
    tokio::spawn(other.engine_loop.run());
    assert_committed(&say(&other.handle, fires(2)).await);
    assert_later(&say(&world.handle, fires(3)).await);
    let ended = running.await.unwrap();
    assert!(matches!(ended, Ended::Ousted(_)), "{ended:?}");
    assert_committed(&say(&other.handle, fires(4)).await);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_lost_its_connection_and_meanwhile_its_store_ends_instead_of_waiting_for_ever() {
    let world = World::new();
    let running = tokio::spawn(world.engine_loop.run());
    assert_committed(&say(&world.handle, fires(1)).await);
    let lost = StoreError::Unknown("the connection was lost".into());
    world.memory.fail_next(lost);
    let taken = StoreError::Taken("another collector uses it".into());
    world.memory.fail_next_load(taken);
    assert_later(&say(&world.handle, fires(2)).await);
    let ended = running.await.unwrap();
    assert!(matches!(ended, Ended::Ousted(_)), "{ended:?}");
}

#[tokio::test(start_paused = true)]
async fn a_broken_store_is_not_the_senders_fault() {
    let world = World::new();
    world.memory.fail_next(StoreError::Broken("a test".into()));
    let pending = send(&world.handle, fires(1));
    tokio::spawn(world.engine_loop.run());
    assert_later(&pending.verdict().await);
}

#[tokio::test(start_paused = true)]
async fn on_a_full_disk_the_reserve_lets_what_is_open_close_and_nothing_opens_until_it_is_back() {
    let world = World::new();
    tokio::spawn(world.engine_loop.run());
    assert_committed(&say(&world.handle, fires(1)).await);
    world.memory.full(true);
    assert_later(&say(&world.handle, fires(2)).await);
    assert!(world.ear.heard().contains(&Told::Tight(true)));
    assert!(
        !world.room.kept.load(Ordering::SeqCst),
        "the reserve is released"
    );
    assert_committed(&say(&world.handle, clears(1)).await);
    assert_later(&say(&world.handle, fires(2)).await);
    assert_committed(&say(&world.handle, clears(2)).await);
    assert_eq!(world.view.read().alerts().len(), 1);
    world.room.plenty.store(true, Ordering::SeqCst);
    until_committed(&world.handle, || fires(2)).await;
    assert_eq!(
        world
            .ear
            .heard()
            .iter()
            .filter(|told| **told == Told::Tight(false))
            .count(),
        1
    );
    assert!(
        world.room.kept.load(Ordering::SeqCst),
        "the reserve is back"
    );
    assert_open(&world.view, 2);
    assert_eq!(stored(&world.memory).1, *world.view.read());
}

#[tokio::test(start_paused = true)]
async fn a_start_after_a_run_that_ended_on_a_full_disk_opens_nothing_until_the_reserve_is_back() {
    let mut world = World::new();
    world.engine_loop.stay_tight();
    tokio::spawn(world.engine_loop.run());
    assert_eq!(world.ear.heard(), [Told::Tight(true)]);
    assert_later(&say(&world.handle, fires(1)).await);
    world.room.plenty.store(true, Ordering::SeqCst);
    until_committed(&world.handle, || fires(1)).await;
    assert!(world.ear.heard().contains(&Told::Tight(false)));
}

#[tokio::test(start_paused = true)]
async fn a_start_that_gets_its_reserve_opens_whatever_the_run_before_had_to_refuse() {
    let mut world = World::new();
    world.room.plenty.store(true, Ordering::SeqCst);
    world.engine_loop.stay_tight();
    tokio::spawn(world.engine_loop.run());
    assert_committed(&say(&world.handle, fires(1)).await);
    assert!(!world.ear.heard().contains(&Told::Tight(true)));
}

#[tokio::test(start_paused = true)]
async fn on_a_full_disk_a_resolve_that_shares_a_batch_with_an_opening_is_committed() {
    let world = World::new();
    let opened = send(&world.handle, fires(1));
    let running = tokio::spawn(world.engine_loop.run());
    assert_committed(&opened.verdict().await);
    world.memory.full(true);
    // The loop runs when this test waits: both are in one batch.
    let (opens, closes) = (
        send(&world.handle, fires(2)),
        send(&world.handle, clears(1)),
    );
    assert_later(&opens.verdict().await);
    assert_committed(&closes.verdict().await);
    assert!(!running.is_finished());
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_without_a_reserve_refuses_all_and_recovers_by_itself() {
    let world = World::new();
    world.room.kept.store(false, Ordering::SeqCst);
    tokio::spawn(world.engine_loop.run());
    assert_committed(&say(&world.handle, fires(1)).await);
    world.memory.full(true);
    assert_later(&say(&world.handle, fires(2)).await);
    assert_later(&say(&world.handle, clears(1)).await);
    world.memory.full(false);
    until_committed(&world.handle, || clears(1)).await;
    assert_later(&say(&world.handle, fires(2)).await);
    world.room.plenty.store(true, Ordering::SeqCst);
    until_committed(&world.handle, || fires(2)).await;
}

#[tokio::test(start_paused = true)]
async fn a_store_that_was_away_while_space_was_short_is_still_short_of_space() {
    let world = World::new();
    tokio::spawn(world.engine_loop.run());
    assert_committed(&say(&world.handle, fires(1)).await);
    world.memory.full(true);
    assert_later(&say(&world.handle, fires(2)).await);
    world.memory.away(true);
    assert_later(&say(&world.handle, clears(1)).await);
    world.memory.away(false);
    until_committed(&world.handle, || clears(1)).await;
    assert_later(&say(&world.handle, fires(2)).await);
    world.room.plenty.store(true, Ordering::SeqCst);
    until_committed(&world.handle, || fires(2)).await;
}

#[tokio::test(start_paused = true)]
async fn nobody_sees_or_is_told_what_is_not_committed() {
    let memory = Memory::default();
    let (gate, mut watchman) = Gate::before(memory.clone());
    let world = World::behind(memory, Box::new(gate));
    let pending = send(&world.handle, fires(1));
    tokio::spawn(world.engine_loop.run());
    watchman.somebody_commits().await;
    assert_eq!(world.view.read().alerts().len(), 0);
    assert_eq!(pending.known(), None);
    assert_eq!(world.ear.heard(), []);
    watchman.let_pass();
    assert_committed(&pending.verdict().await);
    assert_open(&world.view, 1);
    assert_eq!(world.ear.heard(), [committed(1, 1)]);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_panics_hangs_nobody() {
    let memory = Memory::default();
    let (gate, mut watchman) = Gate::before(memory.clone());
    let world = World::behind(memory, Box::new(gate));
    let pending = send(&world.handle, fires(1));
    tokio::spawn(world.engine_loop.run());
    watchman.somebody_commits().await;
    watchman.let_panic();
    assert_later(&pending.verdict().await);
    let pending = send(&world.handle, fires(1));
    watchman.somebody_commits().await;
    watchman.let_pass();
    // The probe commits, too.
    if watchman.somebody_commits_or(&pending).await {
        watchman.let_pass();
    }
    assert_committed(&pending.verdict().await);
}

#[tokio::test(start_paused = true)]
async fn an_input_that_changes_nothing_is_answered_without_a_commit() {
    let world = World::new();
    tokio::spawn(world.engine_loop.run());
    assert_committed(&say(&world.handle, fires(1)).await);
    let unknown = Command::ExpireSilence {
        by: Actor {
            name: "ada".into(),
            via: Via::Api,
        },
        id: SilenceId::new("nothing"),
    };
    match world.handle.command(unknown).await {
        Verdict::Committed { number, answer } => {
            assert_eq!(number.0, 1, "the last commit is the one to wait for");
            assert!(matches!(answer, Answer::NotFound(_)));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(stored(&world.memory).0.0, 1);
}

#[tokio::test(start_paused = true)]
async fn an_end_commits_what_still_waits() {
    let world = World::new();
    let pending: Vec<Pending> = (0..3_000)
        .map(|id| send(&world.handle, fires(id)))
        .collect();
    drop(world.handle);
    world.engine_loop.run().await;
    for pending in pending {
        assert_committed(&pending.verdict().await);
    }
    assert_eq!(stored(&world.memory).1.alerts().len(), 3_000);
}

#[tokio::test(start_paused = true)]
async fn an_end_does_not_wait_for_a_store_that_is_away() {
    let world = World::new();
    world.memory.away(true);
    let pending = send(&world.handle, fires(1));
    drop(world.handle);
    world.engine_loop.run().await;
    assert_later(&pending.verdict().await);
}

#[tokio::test(start_paused = true)]
async fn whoever_sends_after_the_end_is_told_so() {
    let World {
        handle,
        engine_loop,
        ..
    } = World::new();
    drop(engine_loop);
    assert_later(&say(&handle, fires(1)).await);
}

#[tokio::test(start_paused = true)]
async fn a_timer_that_is_due_is_looked_at_without_anybody_sending() {
    let world = World::new();
    tokio::spawn(world.engine_loop.run());
    assert_committed(&say(&world.handle, fires(1)).await);
    assert_committed(&say(&world.handle, clears(1)).await);
    assert_eq!(phase(&world.view), Phase::Resolving);
    world.machine.pass(Duration::from_secs(300));
    let begun = tokio::time::Instant::now();
    while phase(&world.view) != Phase::Resolved {
        assert!(begun.elapsed() < Duration::from_secs(12), "it is overdue");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_was_set_while_the_store_was_away_is_still_noticed() {
    let world = World::new();
    tokio::spawn(world.engine_loop.run());
    assert_committed(&say(&world.handle, fires(1)).await);
    assert_committed(&say(&world.handle, clears(1)).await);
    let due = |view: &View| view.read().incidents().next().unwrap().due.unwrap();
    let before = due(&world.view);
    world.memory.away(true);
    world.machine.set_wall_by(3_600_000);
    world.clock.follow();
    assert_later(&say(&world.handle, clears(2)).await);
    world.memory.away(false);
    until_committed(&world.handle, || fires(3)).await;
    assert_eq!(due(&world.view).since(before), Duration::from_secs(3_600));
    assert_committed(&say(&world.handle, fires(4)).await);
    assert_eq!(
        due(&world.view).since(before),
        Duration::from_secs(3_600),
        "once"
    );
}

#[tokio::test(start_paused = true)]
async fn a_store_that_was_written_a_year_ahead_keeps_no_timer_waiting() {
    let memory = Memory::default();
    let year = Duration::from_secs(365 * 24 * 3_600);
    let ahead = World::resumed(memory.clone(), BEGIN.after(year));
    tokio::spawn(ahead.engine_loop.run());
    assert_committed(&say(&ahead.handle, fires(1)).await);
    let world = World::resumed(memory, BEGIN);
    tokio::spawn(world.engine_loop.run());
    assert_committed(&say(&world.handle, clears(1)).await);
    assert_eq!(phase(&world.view), Phase::Resolving);
    world.machine.pass(Duration::from_secs(300));
    tokio::time::sleep(Duration::from_secs(12)).await;
    assert_eq!(phase(&world.view), Phase::Resolved);
}

#[tokio::test(start_paused = true)]
async fn people_count_from_one_also_where_the_first_run_decided_nothing() {
    let first = World::new();
    let ran_until = BEGIN.after(Duration::from_secs(30));
    first
        .engine_loop
        .store
        .extend(ran_until, Vec::new())
        .await
        .unwrap();
    let world = World::resumed(first.memory, ran_until);
    tokio::spawn(world.engine_loop.run());
    assert_committed(&say(&world.handle, fires(1)).await);
    assert_eq!(world.view.read().incidents().next().unwrap().id.0, 1);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_back_keeps_no_timer_waiting() {
    let world = World::new();
    tokio::spawn(world.engine_loop.run());
    assert_committed(&say(&world.handle, fires(1)).await);
    world.machine.set_wall_by(-3_600_000);
    assert_committed(&say(&world.handle, clears(1)).await);
    world.machine.pass(Duration::from_secs(300));
    tokio::time::sleep(Duration::from_secs(12)).await;
    assert_eq!(phase(&world.view), Phase::Resolved);
}

#[tokio::test(start_paused = true)]
async fn what_opens_gives_way_to_what_closes_before_the_queue_is_full() {
    let world = World::new();
    let mut opening = 0;
    while world.handle.submit(fires(opening)).is_ok() {
        opening += 1;
    }
    assert!(
        opening as usize <= INPUTS_WAITING_MAX * 9 / 10 + 1,
        "{opening}"
    );
    let mut closing = 0;
    while world.handle.submit(clears(closing)).is_ok() {
        closing += 1;
    }
    assert_eq!((opening + closing) as usize, INPUTS_WAITING_MAX);
}

fn send(handle: &EngineHandle, input: Input) -> Pending {
    handle.submit(input).unwrap()
}

async fn say(handle: &EngineHandle, input: Input) -> Verdict {
    send(handle, input).verdict().await
}

/// As a sender does: comes back until it is taken.
async fn until_committed(handle: &EngineHandle, input: impl Fn() -> Input) {
    loop {
        match say(handle, input()).await {
            Verdict::Committed { .. } => return,
            verdict => assert_later(&verdict),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

fn phase(view: &View) -> Phase {
    view.read().incidents().next().unwrap().phase
}

fn committed(number: u64, decisions: usize) -> Told {
    Told::Committed { number, decisions }
}

#[track_caller]
fn assert_open(view: &View, id: u32) {
    let state = view.read();
    let alert = state.alert_of(&disk(id)).expect("it is known");
    assert!(alert.is_firing());
    let incident = state.incident(alert.incident.unwrap()).unwrap();
    assert_eq!(incident.phase, Phase::Open);
    assert_eq!(state.tickets(incident.id).count(), 1);
}

impl Verdict {
    fn is_committed(&self) -> bool {
        matches!(self, Verdict::Committed { .. })
    }
}

#[track_caller]
fn assert_committed(verdict: &Verdict) {
    assert!(verdict.is_committed(), "{verdict:?}");
}

#[track_caller]
fn assert_later(verdict: &Verdict) {
    let later = matches!(verdict, Verdict::Rejected(Rejection::Later(_)));
    assert!(later, "{verdict:?}");
}
