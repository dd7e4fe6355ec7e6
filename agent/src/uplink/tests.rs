//! The uplink against a collector that the test plays, in time that the test moves.

#![allow(clippy::unwrap_used)]

mod answers;
mod bench;
mod copies;
mod forms;
mod settings;
mod told;

use std::sync::Mutex;
use std::sync::atomic::Ordering;

use vedette_wire::{Answer, Ask, EventKind, Goodbye, HostFacts, Refusal, Table};

use self::bench::*;
use super::backlog::BACKLOG_PAUSE;
use super::*;
use crate::machine::Machine;
use crate::state::StateDir;

#[tokio::test(start_paused = true)]
async fn a_round_is_posted_live_at_once() {
    let mut bench = Bench::new(acknowledge);
    bench.round(1).await;
    bench.settle().await;
    assert_eq!(bench.story(), ["live 1: 1"]);
    assert_eq!(bench.seen()[0].at, Duration::ZERO);
    assert_eq!(bench.spooled(), 0);
}

#[tokio::test(start_paused = true)]
async fn after_an_outage_what_is_so_now_comes_first_and_then_the_rest_oldest_first() {
    let mut bench = Bench::new(away);
    for id in 1..=4 {
        bench.round(id).await;
        tokio::time::sleep(INTERVAL).await;
    }
    bench.forget_story();
    bench.collector(acknowledge);
    bench.round(5).await;
    tokio::time::sleep(Duration::from_secs(120)).await;
    // The fifth is in the spool for it came during the pause; it was delivered live.
    assert_eq!(bench.story(), ["live 5: 5", "backlog 4: 1 2 3 4"]);
    assert_eq!(bench.spooled(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_newest_round_is_tried_again_as_live_until_a_newer_one_comes() {
    let mut bench = Bench::new(away);
    bench.round(1).await;
    bench.settle().await;
    bench.collector(acknowledge);
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(bench.story(), ["live 1: 1", "live 1: 1"]);
    assert_eq!(
        bench.spooled(),
        0,
        "delivered live, it does not go out again as backlog"
    );
}

#[tokio::test(start_paused = true)]
async fn the_backlog_goes_out_at_a_limited_rate_and_a_live_round_overtakes_it() {
    let mut bench = Bench::new(away);
    let many = 3 * BATCH_ITEMS_MAX as u64;
    for id in 1..=many {
        bench.round(id).await;
        bench.settle().await;
    }
    tokio::time::sleep(Duration::from_secs(60)).await;
    bench.forget_story();
    bench.collector(acknowledge);
    bench.round(many + 1).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    let batches = bench.seen();
    assert_eq!(batches.len(), 4);
    assert_eq!(batches[0].report.stream, Stream::Live);
    for pair in batches[1..].windows(2) {
        assert_eq!(pair[0].report.rounds.len(), BATCH_ITEMS_MAX);
        assert!(pair[1].at - pair[0].at >= BACKLOG_PAUSE);
    }

    bench.collector(away);
    for id in 1_000..1_000 + many {
        bench.round(id).await;
        bench.settle().await;
    }
    bench.collector(acknowledge);
    bench.forget_story();
    while !bench
        .story()
        .last()
        .is_some_and(|last| last.starts_with("backlog"))
    {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bench.round(2_000).await;
    bench.settle().await;
    assert_eq!(bench.seen().last().unwrap().report.stream, Stream::Live);
    assert!(
        bench.spooled() > 0,
        "the live round did not wait for the backlog"
    );
}

#[tokio::test(start_paused = true)]
async fn sending_gets_on_through_an_outage_and_hangs_only_when_an_attempt_does_not_end() {
    let mut bench = Bench::new(away);
    let hangs = |bench: &Bench| bench.pulse.overdue(Instant::now()).is_some();
    for id in 1..=40 {
        bench.round(id).await;
        tokio::time::sleep(INTERVAL).await;
        assert!(!hangs(&bench), "an attempt that fails is progress");
    }
    bench.hang();
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert!(hangs(&bench));
}

#[tokio::test(start_paused = true)]
async fn what_happened_is_in_the_spool_before_it_is_sent() {
    let spooled: Arc<Mutex<Option<bool>>> = Arc::default();
    let noted = Arc::clone(&spooled);
    let mut bench = Bench::new(acknowledge);
    let dir = bench.dir.path().join("spool");
    bench.collector(move |seen: &Seen| {
        let files = std::fs::read_dir(&dir).unwrap();
        let is_segment = |name: &str| name.ends_with(".state");
        let there = files
            .flatten()
            .any(|file| is_segment(file.file_name().to_str().unwrap()));
        *noted.lock().unwrap() = Some(there);
        acknowledge(seen)
    });
    bench.send(goodbye()).await;
    bench.settle().await;
    assert_eq!(*spooled.lock().unwrap(), Some(true));
    assert_eq!(
        bench.story(),
        ["live 1: 0"],
        "acknowledged live, it does not go out again"
    );
    assert_eq!(bench.spooled(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_goodbye_goes_out_though_the_last_attempt_failed_a_moment_ago() {
    let mut bench = Bench::new(away);
    bench.round(1).await;
    bench.settle().await;
    bench.collector(acknowledge);
    bench.forget_story();
    bench.leave().await;
    assert_eq!(bench.story(), ["live 2: 0"]);
}

#[tokio::test(start_paused = true)]
async fn a_goodbye_that_nobody_hears_waits_in_the_spool_and_does_not_hold_up_the_end() {
    let mut bench = Bench::new(acknowledge);
    bench.hang();
    bench.round(1).await;
    bench.settle().await;
    let begun = Instant::now();
    bench.leave().await;
    assert!(begun.elapsed() <= GOODBYE_WITHIN);

    let mut again = Bench::over(bench.dir, &["http://one"], acknowledge);
    again.round(3).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(again.story(), ["live 1: 3", "backlog 2: 1 0"]);
    let last = again.seen()[1].report.rounds[1].events[0].kind.clone();
    let expected = EventKind::Goodbye {
        reason: Goodbye::AgentStop,
    };
    assert_eq!(last, expected);
}

#[tokio::test(start_paused = true)]
async fn after_a_restart_the_backlog_keeps_its_epoch_and_the_live_stream_begins_anew() {
    let mut bench = Bench::new(away);
    bench.round(1).await;
    bench.leave().await;
    let before = bench.seen()[0].report.epoch.clone();

    let mut again = Bench::over(bench.dir, &["http://one"], away);
    again.round(2).await;
    tokio::time::sleep(INTERVAL).await;
    again.collector(acknowledge);
    again.forget_story();
    again.round(3).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(again.story(), ["live 2: 3", "backlog 3: 1 0 2"]);
    assert_ne!(again.seen()[0].report.epoch, before);
}

#[tokio::test(start_paused = true)]
async fn what_the_spool_lost_is_reported_once_as_an_event() {
    let mut bench = Bench::new(away);
    bench.round(1).await;
    bench.leave().await;
    let dir = bench.dir;
    for file in std::fs::read_dir(dir.path().join("spool")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|end| end == "samples") {
            let mut bytes = std::fs::read(&path).unwrap();
            bytes[30] ^= 0xff;
            std::fs::write(&path, bytes).unwrap();
        }
    }
    let mut again = Bench::over(dir, &["http://one"], acknowledge);
    again.round(2).await;
    again.round(3).await;
    tokio::time::sleep(INTERVAL).await;
    let losses: Vec<u64> = again
        .seen()
        .iter()
        .flat_map(|seen| &seen.report.rounds)
        .flat_map(|round| &round.events)
        .filter_map(|event| match event.kind {
            EventKind::SpoolLoss { records, .. } => Some(records),
            _ => None,
        })
        .collect();
    assert_eq!(losses, [1]);
    assert_eq!(again.tally.dropped.get(), 1);
}
