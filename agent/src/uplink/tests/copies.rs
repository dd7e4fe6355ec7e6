//! A host that is a copy: of its own past, or of another.
//!
//! The clock that jumps here is one that the test plays. The machine's own cannot be moved for
//! one process: a time namespace has a monotonic clock and one since boot of its own, the wall
//! clock is everybody's, in a booted container, too.

use super::*;

/// A collector that remembers, as ours does: what it knows already it does not take again.
struct Memory {
    reached: Vec<(Stream, String, u64)>,
    taken: Arc<Mutex<Vec<u64>>>,
}

impl Memory {
    fn answer(&mut self, seen: &Seen) -> Answered {
        let whole = seen.whole();
        let same = |known: &&mut (Stream, String, u64)| {
            (known.0, known.1.as_str()) == (whole.stream, whole.epoch.as_str())
        };
        let known = self.reached.iter_mut().find(same);
        let upto = known.as_ref().map_or(0, |known| known.2);
        for (round, id) in seen.report.rounds.iter().zip(seen.ids()) {
            if round.seq > upto {
                self.taken.lock().unwrap().push(id);
            }
        }
        let seq = whole.seq.max(upto);
        match known {
            Some(known) => known.2 = seq,
            None => self.reached.push((whole.stream, whole.epoch.clone(), seq)),
        }
        answer(Acknowledged { seq, ..whole })
    }
}

#[tokio::test(start_paused = true)]
async fn a_machine_put_back_to_a_snapshot_loses_no_round_to_its_own_past() {
    // In the time that was undone, 50 rounds were sent live and 40 from the spool.
    let mut undone: Vec<(Stream, String, u64)> = Vec::new();
    let taken: Arc<Mutex<Vec<u64>>> = Arc::default();
    let mut bench = Bench::new(away);
    for id in 1..=3 {
        bench.round(id).await;
        bench.settle().await;
    }
    tokio::time::sleep(INTERVAL).await;
    let live = bench.seen()[0].report.epoch.clone();
    undone.push((Stream::Live, live.clone(), 50));
    let mut memory = Memory {
        reached: undone,
        taken: Arc::clone(&taken),
    };
    let mut first = true;
    bench.collector(move |seen: &Seen| {
        if seen.report.stream == Stream::Backlog && std::mem::take(&mut first) {
            memory
                .reached
                .push((Stream::Backlog, seen.report.epoch.clone(), 40));
        }
        memory.answer(seen)
    });
    bench.forget_story();
    bench.round(4).await;
    tokio::time::sleep(Duration::from_secs(120)).await;

    let mut taken = taken.lock().unwrap().clone();
    taken.sort_unstable();
    assert_eq!(taken, [1, 2, 3, 4]);
    assert_eq!(bench.spooled(), 0);
    let epochs: Vec<(Stream, bool)> = bench
        .seen()
        .iter()
        .filter(|seen| seen.report.stream == Stream::Live)
        .map(|seen| (seen.report.stream, seen.report.epoch == live))
        .collect();
    assert_eq!(epochs[..2], [(Stream::Live, true), (Stream::Live, false)]);
}

#[tokio::test(start_paused = true)]
async fn a_wall_clock_that_jumps_begins_new_epochs_before_anything_is_sent() {
    let mut bench = Bench::new(acknowledge);
    bench.round(1).await;
    bench.settle().await;
    bench.wall_jump_ms.store(3_600_000, Ordering::Relaxed);
    bench.round(2).await;
    bench.round(3).await;
    tokio::time::sleep(INTERVAL).await;
    let epochs: Vec<String> = bench
        .seen()
        .into_iter()
        .map(|seen| seen.report.epoch)
        .collect();
    assert_ne!(epochs[0], epochs[1]);
    assert_eq!(bench.story()[..2], ["live 1: 1", "live 2: 3"]);
}

#[tokio::test(start_paused = true)]
async fn who_is_refused_as_a_copy_stays_silent_and_says_why() {
    let mut bench = Bench::with(&["http://one", "http://two"], |_: &Seen| {
        refuse(409, "clone")
    });
    for id in 1..=20 {
        bench.round(id).await;
        tokio::time::sleep(INTERVAL).await;
    }
    assert_eq!(bench.story(), ["live 1: 1"], "neither again nor elsewhere");
    let status = crate::status::read(bench.dir.path()).unwrap();
    assert_eq!(status.agent, Uuid::from_u128(2).to_string());
    assert!(status.said.unwrap().text.contains("vedette-agent seal"));
    assert_eq!(bench.spooled(), 20);

    bench.collector(acknowledge);
    tokio::time::sleep(copy::CLONE_PAUSE).await;
    assert_eq!(bench.spooled(), 0, "the other one has gone");
}

#[tokio::test(start_paused = true)]
async fn a_copy_on_another_machine_becomes_a_host_of_its_own_and_sends_nothing_of_the_others() {
    let dir = tempfile::tempdir().unwrap();
    drop(StateDir::open_on(dir.path(), Machine::from_text("2 2")).unwrap());
    let mut original = Bench::over(dir, &["http://one"], away);
    original.round(1).await;
    original.leave().await;

    let refused = Uuid::from_u128(2).to_string();
    let mut copy = Bench::over(original.dir, &["http://one"], move |seen: &Seen| {
        match seen.report.agent == refused {
            true => refuse(409, "clone"),
            false => acknowledge(seen),
        }
    });
    copy.round(2).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(copy.story(), ["live 1: 2", "live 1: 2"]);
    let seen = copy.seen();
    assert_ne!(seen[0].report.agent, seen[1].report.agent);
    assert_eq!(copy.spooled(), 0);
    let kept = StateDir::open_on(copy.dir.path(), Machine::from_text("1 1")).unwrap();
    assert_eq!(kept.agent().to_string(), seen[1].report.agent);
}
