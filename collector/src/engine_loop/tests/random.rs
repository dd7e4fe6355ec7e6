//! Random faults under random signals: what was promised is there, and readers saw nothing else.

use proptest::prelude::*;
use tokio::runtime::Builder;

use super::world::{World, clears, disk, fires, sick_host, stored};
use crate::engine_loop::{Pending, Verdict};
use crate::store::StoreError;

/// What a store does to the next commit.
#[derive(Debug, Clone, Copy)]
enum Fault {
    None,
    Away,
    Full,
    Refused,
    Unknown,
    UnknownThoughWritten,
    Broken,
}

/// What somebody sends.
#[derive(Debug, Clone, Copy)]
enum Sent {
    Fires(u32),
    Clears(u32),
    Sick,
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        6 => Just(Fault::None),
        1 => Just(Fault::Away),
        1 => Just(Fault::Full),
        1 => Just(Fault::Refused),
        1 => Just(Fault::Unknown),
        1 => Just(Fault::UnknownThoughWritten),
        1 => Just(Fault::Broken),
    ]
}

fn sent() -> impl Strategy<Value = Sent> {
    prop_oneof![
        6 => (0..6u32).prop_map(Sent::Fires),
        4 => (0..6u32).prop_map(Sent::Clears),
        1 => Just(Sent::Sick),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_the_store_does_a_promise_is_kept_and_readers_see_what_is_stored(
        turns in proptest::collection::vec((fault(), proptest::collection::vec(sent(), 1..6)), 1..12)
    ) {
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(live(turns));
    }
}

async fn live(turns: Vec<(Fault, Vec<Sent>)>) {
    let world = World::new();
    world
        .room
        .plenty
        .store(true, std::sync::atomic::Ordering::SeqCst);
    tokio::spawn(world.engine_loop.run());
    for (fault, sent) in turns {
        let why = || "a test".to_owned();
        match fault {
            Fault::None => {}
            Fault::Away => world.memory.fail_next(StoreError::Away(why())),
            Fault::Full => world.memory.full(true),
            Fault::Refused => world.memory.fail_next(StoreError::Refused(why())),
            Fault::Unknown => world.memory.fail_next(StoreError::Unknown(why())),
            Fault::UnknownThoughWritten => world.memory.fail_after_writing(),
            Fault::Broken => world.memory.fail_next(StoreError::Broken(why())),
        }
        let pending: Vec<(Sent, Pending)> = sent
            .into_iter()
            .map(|sent| {
                let input = match sent {
                    Sent::Fires(id) => fires(id),
                    Sent::Clears(id) => clears(id),
                    Sent::Sick => sick_host(),
                };
                (sent, world.handle.submit(input).unwrap())
            })
            .collect();
        let mut promised = Vec::new();
        for (sent, pending) in pending {
            if let Verdict::Committed { .. } = pending.verdict().await {
                promised.retain(|(id, _)| *id != key(sent).0);
                promised.push(key(sent));
            }
        }
        world.memory.full(false);
        let state = world.view.read();
        for (id, fires) in promised {
            let firing = state
                .alert_of(&disk(id))
                .is_some_and(|alert| alert.is_firing());
            assert_eq!(firing, fires, "alert {id}");
        }
    }
    // Loading takes the store away from the loop, so it comes last.
    let mut seen = world.view.read().clone();
    let mut kept = stored(&world.memory).1;
    // What changes nothing moves the time here and costs no commit; a probe moves it there.
    kept.advance(seen.now());
    seen.advance(kept.now());
    assert_eq!(kept, seen);
}

/// What a promise to this sender means: which alert, and whether it fires from then on.
fn key(sent: Sent) -> (u32, bool) {
    match sent {
        Sent::Fires(id) => (id, true),
        Sent::Clears(id) => (id, false),
        Sent::Sick => (u32::MAX, false),
    }
}
