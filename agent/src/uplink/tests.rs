//! The uplink against a collector that the test plays, in time that the test moves.

#![allow(clippy::unwrap_used)]

mod copies;
mod forms;
mod told;

use std::io::Read;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use flate2::read::GzDecoder;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use vedette_config::AgentConfig;
use vedette_wire::{
    Answer, Ask, Event, EventKind, Folded, Goodbye, HostFacts, Refusal, Report, Table, Unfoldable,
};

use super::backlog::BACKLOG_PAUSE;
use super::*;
use crate::clock::Stamp;
use crate::machine::Machine;
use crate::receipts::Receipts;
use crate::report;
use crate::spool::Limits;
use crate::state::StateDir;

const INTERVAL: Duration = Duration::from_secs(15);
const LIMITS: Limits = Limits {
    bytes_max: 32 << 20,
    age_max: Duration::from_secs(86_400),
};

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
async fn other_settings_hold_from_the_next_attempt_and_cost_no_round_that_waits() {
    let mut bench = Bench::new(away);
    for id in 1..=3 {
        bench.round(id).await;
        tokio::time::sleep(INTERVAL).await;
    }
    let epoch = bench.seen()[0].report.epoch.clone();
    bench.forget_story();
    bench.collector(acknowledge);
    let host = HostFacts {
        name: "renamed".to_owned(),
        ..HostFacts::default()
    };
    let renewal = bench.terms("http://other", host);
    bench.renewals.send(renewal).await.unwrap();
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(bench.story(), ["live 3: 3", "backlog 2: 1 2"]);
    for seen in bench.seen() {
        assert_eq!(seen.url, "http://other");
        assert_eq!(seen.report.host.name, "renamed");
    }
    assert_eq!(bench.seen()[0].report.epoch, epoch, "the stream goes on");
    assert_eq!(bench.spooled(), 0);
}

#[tokio::test(start_paused = true)]
async fn refused_settings_are_shown_until_good_ones_come_and_change_nothing() {
    let mut bench = Bench::new(acknowledge);
    bench.round(1).await;
    bench.settle().await;
    let why = "agent.toml:3:1: unknown key".to_owned();
    let refused = Renewal::Refused(why.clone());
    bench.renewals.send(refused).await.unwrap();
    bench.round(2).await;
    bench.settle().await;
    let status = crate::status::read(bench.dir.path()).unwrap();
    assert_eq!(status.refused.as_deref(), Some(why.as_str()));
    assert!(bench.pulse.standing().contains(&why));
    assert_eq!(bench.story(), ["live 1: 1", "live 2: 2"]);
    assert!(bench.seen().iter().all(|seen| seen.url == "http://one"));

    let renewal = bench.terms("http://one", HostFacts::default());
    bench.renewals.send(renewal).await.unwrap();
    bench.settle().await;
    let status = crate::status::read(bench.dir.path()).unwrap();
    assert_eq!(status.refused, None);
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
async fn a_live_round_that_is_refused_for_good_is_set_aside_and_the_next_goes_out() {
    let mut bench = Bench::new(|seen: &Seen| match seen.ids().contains(&2) {
        true => refuse(400, "bad_name"),
        false => acknowledge(seen),
    });
    for id in 1..=3 {
        bench.round(id).await;
        tokio::time::sleep(INTERVAL).await;
    }
    assert_eq!(bench.story(), ["live 1: 1", "live 2: 2", "live 3: 3"]);
    assert_eq!(bench.tally.set_aside.get(), 1);
    assert_eq!(bench.spooled(), 0);
    let kept = std::fs::read_dir(bench.dir.path().join("set-aside")).unwrap();
    assert_eq!(kept.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn one_bad_round_of_the_backlog_costs_none_of_its_neighbours() {
    let mut bench = Bench::new(away);
    for id in 1..=20 {
        bench.round(id).await;
        bench.settle().await;
    }
    let good: Arc<Mutex<Vec<u64>>> = Arc::default();
    let taken = Arc::clone(&good);
    bench.collector(move |seen: &Seen| {
        if seen.ids().contains(&7) {
            return refuse(422, "bad_value");
        }
        taken.lock().unwrap().extend(seen.ids());
        acknowledge(seen)
    });
    tokio::time::sleep(Duration::from_secs(300)).await;
    let mut good = good.lock().unwrap().clone();
    assert_eq!(good.remove(0), 20, "the newest first, live");
    let expected: Vec<u64> = (1..20).filter(|id| *id != 7).collect();
    assert_eq!(good, expected);
    assert_eq!(bench.tally.set_aside.get(), 1);
    assert_eq!(bench.spooled(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_does_not_judge_the_report_loses_nothing() {
    for status in [301, 401, 403, 404, 408, 425, 429, 500, 502, 503] {
        let mut bench = Bench::new(move |_: &Seen| refuse(status, "no"));
        for id in 1..=3 {
            bench.round(id).await;
            tokio::time::sleep(INTERVAL).await;
        }
        assert_eq!(bench.spooled(), 3, "{status}");
        bench.forget_story();
        bench.collector(acknowledge);
        tokio::time::sleep(Duration::from_secs(120)).await;
        assert_eq!(bench.story(), ["live 3: 3", "backlog 2: 1 2"], "{status}");
        assert_eq!(bench.tally.set_aside.get(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_portal_that_says_200_acknowledges_nothing() {
    let mut bench = Bench::new(|_: &Seen| reply(200, "<html>Welcome</html>"));
    bench.round(1).await;
    bench.settle().await;
    assert_eq!(bench.spooled(), 1);
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_honoured_in_seconds_and_as_a_date() {
    for header in ["40", "Thu, 01 Jan 1970 00:00:40 GMT"] {
        let mut bench = Bench::new(move |seen: &Seen| match seen.at < Duration::from_secs(40) {
            true => Ok(Reply {
                retry_after: Some(header.to_owned()),
                ..refuse(503, "not_ready").unwrap()
            }),
            false => acknowledge(seen),
        });
        bench.round(1).await;
        bench.settle().await;
        bench.round(2).await;
        tokio::time::sleep(Duration::from_secs(60)).await;
        let seen = bench.seen();
        assert_eq!(bench.story(), ["live 1: 1", "live 2: 2", "backlog 1: 1"]);
        let pause = seen[1].at - seen[0].at;
        let most = Duration::from_secs(40) + RETRY_AFTER_SPREAD;
        assert!(
            pause >= Duration::from_secs(40) && pause <= most,
            "{header}: {pause:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn failures_are_repeated_at_growing_distances() {
    let mut bench = Bench::new(away);
    bench.round(1).await;
    tokio::time::sleep(Duration::from_secs(600)).await;
    let seen = bench.seen();
    let pauses: Vec<f64> = seen
        .windows(2)
        .map(|pair| (pair[1].at - pair[0].at).as_secs_f64())
        .collect();
    // The test's chance is a half; timers are exact to a millisecond.
    let expected = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0];
    for (pause, expected) in pauses.iter().zip(expected) {
        assert!((pause - expected).abs() < 0.01, "{pauses:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_collector_of_another_wire_is_asked_slowly_and_costs_no_round() {
    let mut bench = Bench::new(|_: &Seen| refuse(415, "unknown_wire"));
    for id in 1..=10 {
        bench.round(id).await;
        tokio::time::sleep(INTERVAL).await;
    }
    assert_eq!(bench.seen().len(), 1, "it is not asked with every round");
    assert_eq!(bench.spooled(), 10);
    assert_eq!(bench.tally.set_aside.get(), 0);
    let status = crate::status::read(bench.dir.path()).unwrap();
    assert!(status.said.unwrap().text.contains("wire 7"));

    bench.forget_story();
    bench.collector(acknowledge);
    tokio::time::sleep(OTHER_WIRE_PAUSE * 2).await;
    assert_eq!(
        bench.story(),
        ["live 10: 10", "backlog 9: 1 2 3 4 5 6 7 8 9"]
    );
}

#[tokio::test(start_paused = true)]
async fn on_401_the_token_is_read_again() {
    let mut bench = Bench::new(|seen: &Seen| match seen.token.as_deref() {
        Some("new") => acknowledge(seen),
        _ => refuse(401, "unauthorized"),
    });
    bench.round(1).await;
    bench.settle().await;
    assert_eq!(bench.seen().len(), 1, "the same token is not tried twice");
    std::fs::write(bench.dir.path().join("token"), "new\n").unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let tokens: Vec<Option<String>> = bench.seen().into_iter().map(|seen| seen.token).collect();
    assert_eq!(tokens.last().unwrap().as_deref(), Some("new"));
    assert_eq!(bench.spooled(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_of_something_else_forgets_nothing() {
    let wrong: [fn(&mut Acknowledged); 3] = [
        |acknowledged| acknowledged.seq -= 1,
        |acknowledged| acknowledged.epoch = Uuid::nil().to_string(),
        |acknowledged| acknowledged.stream = Stream::Backlog,
    ];
    for change in wrong {
        let mut bench = Bench::new(move |seen: &Seen| {
            let mut acknowledged = seen.whole();
            change(&mut acknowledged);
            answer(acknowledged)
        });
        bench.round(1).await;
        bench.settle().await;
        assert_eq!(bench.spooled(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_part_of_the_backlog_that_is_acknowledged_is_not_sent_again() {
    let mut bench = Bench::new(away);
    for id in 1..=6 {
        bench.round(id).await;
        bench.settle().await;
    }
    bench.forget_story();
    bench.collector(|seen: &Seen| {
        let mut acknowledged = seen.whole();
        if seen.report.stream == Stream::Backlog && seen.report.rounds.len() > 2 {
            acknowledged.seq = seen.report.rounds[1].seq;
        }
        answer(acknowledged)
    });
    tokio::time::sleep(Duration::from_secs(60)).await;
    let expected = [
        "live 6: 6",
        "backlog 5: 1 2 3 4 5",
        "backlog 5: 3 4 5",
        "backlog 5: 5",
    ];
    assert_eq!(bench.story(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_keeps_the_rest_acknowledges_it() {
    let mut bench = Bench::new(|seen: &Seen| {
        let refusal = Refusal {
            acknowledged: Some(seen.whole()),
            ..refusal("bad_value")
        };
        reply(400, &serde_json::to_string(&refusal).unwrap())
    });
    bench.round(1).await;
    bench.settle().await;
    assert_eq!((bench.spooled(), bench.tally.set_aside.get()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn with_several_collectors_the_next_is_tried_and_the_one_that_answered_is_kept() {
    let mut bench = Bench::with(&["http://one", "http://two"], |seen: &Seen| {
        match seen.url.as_str() {
            "http://one" => away(seen),
            _ => acknowledge(seen),
        }
    });
    for id in 1..=2 {
        bench.round(id).await;
        tokio::time::sleep(INTERVAL).await;
    }
    let urls: Vec<String> = bench.seen().into_iter().map(|seen| seen.url).collect();
    assert_eq!(urls, ["http://one", "http://two", "http://two"]);
    assert_eq!(bench.spooled(), 0);
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

#[tokio::test(start_paused = true)]
async fn the_collectors_clock_is_compared_with_ours() {
    let mut bench = Bench::new(|seen: &Seen| {
        let answer = Answer {
            acknowledged: seen.whole(),
            collector_wall_ms: 60_000,
            wire: vec![1],
            ask: Vec::new(),
        };
        reply(200, &serde_json::to_string(&answer).unwrap())
    });
    bench.round(1).await;
    bench.settle().await;
    assert_eq!(
        crate::status::read(bench.dir.path()).unwrap().skew_ms,
        Some(60_000)
    );
    assert_eq!(bench.tally.collector_skew.get(), Some(-60_000));
}

/// One request as the collector saw it.
#[derive(Debug, Clone)]
struct Seen {
    /// Since the start of the test.
    at: Duration,
    url: String,
    token: Option<String>,
    report: Report,
    /// Of the body as it was sent.
    bytes: usize,
}

impl Seen {
    /// Rounds are known by their interval, which nothing else looks at.
    fn ids(&self) -> Vec<u64> {
        let rounds = self.report.rounds.iter();
        rounds.map(|round| round.interval_s as u64).collect()
    }

    fn whole(&self) -> Acknowledged {
        Acknowledged {
            epoch: self.report.epoch.clone(),
            stream: self.report.stream,
            seq: self.report.rounds.last().unwrap().seq,
        }
    }
}

type Heard = Result<Reply, Unreachable>;
type Play = Box<dyn FnMut(&Seen) -> Heard + Send>;

fn acknowledge(seen: &Seen) -> Heard {
    answer(seen.whole())
}

fn away(_: &Seen) -> Heard {
    Err(Unreachable("connection refused".to_owned()))
}

fn answer(acknowledged: Acknowledged) -> Heard {
    let answer = Answer {
        acknowledged,
        collector_wall_ms: 0,
        wire: vec![1],
        ask: Vec::new(),
    };
    reply(200, &serde_json::to_string(&answer).unwrap())
}

fn refuse(status: u16, reason: &str) -> Heard {
    reply(status, &serde_json::to_string(&refusal(reason)).unwrap())
}

fn refusal(reason: &str) -> Refusal {
    Refusal {
        error: "no".to_owned(),
        reason: reason.to_owned(),
        refused: Vec::new(),
        kept: 0,
        acknowledged: None,
        wire: vec![7],
    }
}

fn reply(status: u16, body: &str) -> Heard {
    Ok(Reply {
        status,
        body: body.as_bytes().to_vec(),
        ..Reply::default()
    })
}

/// The collector that the test plays.
#[derive(Clone)]
struct Stage {
    begun: Instant,
    play: Arc<Mutex<Play>>,
    seen: Arc<Mutex<Vec<Seen>>>,
    hangs: Arc<Mutex<bool>>,
    table: Arc<Mutex<Table>>,
    /// Reports that built on something else.
    unread: Arc<Mutex<u32>>,
}

impl Stage {
    /// What a collector that reads the short form makes of one.
    fn unfold(&self, json: &[u8]) -> Result<Report, Heard> {
        let folded: Folded = serde_json::from_slice(json).unwrap();
        let mut table = self.table.lock().unwrap();
        let report = match folded.makes {
            0 => Table::default().unfold(folded, Arc::new),
            _ => table.unfold(folded, Arc::new),
        };
        report.map_err(|why| {
            assert_eq!(why, Unfoldable::UnknownBasis);
            *self.unread.lock().unwrap() += 1;
            refuse(409, "unknown_basis")
        })
    }
}

impl Transport for Stage {
    async fn post(&self, url: &str, token: Option<&str>, body: Vec<u8>) -> Heard {
        let mut json = Vec::new();
        GzDecoder::new(&body[..]).read_to_end(&mut json).unwrap();
        let seen = Seen {
            at: self.begun.elapsed(),
            url: url.to_owned(),
            token: token.map(str::to_owned),
            report: match serde_json::from_slice(&json) {
                Ok(report) => report,
                Err(_) => match self.unfold(&json) {
                    Ok(report) => report,
                    Err(refusal) => return refusal,
                },
            },
            bytes: body.len(),
        };
        if *self.hangs.lock().unwrap() {
            std::future::pending::<()>().await;
        }
        self.seen.lock().unwrap().push(seen.clone());
        (self.play.lock().unwrap())(&seen)
    }
}

/// The clocks follow the runtime's paused time; the wall clock begins in 1970.
struct PausedClock {
    begun: Instant,
    /// How far somebody set the wall clock forward.
    wall_jump_ms: Arc<AtomicI64>,
}

impl Clock for PausedClock {
    fn now(&self) -> Stamp {
        let ms = self.begun.elapsed().as_millis();
        Stamp {
            wall_ms: ms as i64 + self.wall_jump_ms.load(Ordering::Relaxed),
            mono_ms: ms as u64,
        }
    }
}

struct Bench {
    dir: TempDir,
    wall_jump_ms: Arc<AtomicI64>,
    stage: Stage,
    tally: Arc<Tally>,
    receipts: Arc<Receipts>,
    asked: mpsc::Receiver<Ask>,
    pulse: Arc<Pulse>,
    rounds: mpsc::Sender<Round>,
    renewals: mpsc::Sender<Renewal<Stage>>,
    farewell: Option<oneshot::Sender<Round>>,
    task: Option<JoinHandle<()>>,
}

impl Bench {
    fn new(play: impl FnMut(&Seen) -> Heard + Send + 'static) -> Bench {
        Bench::with(&["http://one"], play)
    }

    fn with(urls: &[&str], play: impl FnMut(&Seen) -> Heard + Send + 'static) -> Bench {
        Bench::over(tempfile::tempdir().unwrap(), urls, play)
    }

    /// An agent that starts over what an earlier one left.
    fn over(
        dir: TempDir,
        urls: &[&str],
        play: impl FnMut(&Seen) -> Heard + Send + 'static,
    ) -> Bench {
        let begun = Instant::now();
        let wall_jump_ms = Arc::new(AtomicI64::new(0));
        let stage = Stage {
            begun,
            play: Arc::new(Mutex::new(Box::new(play))),
            seen: Arc::default(),
            hangs: Arc::default(),
            table: Arc::default(),
            unread: Arc::default(),
        };
        std::fs::write(dir.path().join("token"), "old\n").unwrap();
        let tally = Arc::new(Tally::default());
        let receipts = Arc::new(Receipts::default());
        let (asks, asked) = mpsc::channel(ASKS_WAITING_MAX);
        let pulse = Arc::new(Pulse::default());
        let (renewed, renewals) = mpsc::channel(1);
        let boot = Uuid::from_u128(1);
        let parts = Parts {
            transport: stage.clone(),
            collector: CollectorSettings {
                urls: urls.iter().map(|url| (*url).to_owned()).collect(),
                token_file: Some(dir.path().join("token")),
                ..AgentConfig::default().collector
            },
            identity: Identity {
                agent: Uuid::from_u128(2),
                boot,
                epoch: Uuid::new_v4(),
                host: HostFacts::default(),
            },
            spool: Spool::open(&dir.path().join("spool"), boot, LIMITS).unwrap(),
            clock: Arc::new(PausedClock {
                begun,
                wall_jump_ms: Arc::clone(&wall_jump_ms),
            }),
            audience: Audience {
                receipts: Arc::clone(&receipts),
                asks,
                tally: Arc::clone(&tally),
            },
            interval: INTERVAL,
            renewals,
            pulse: Arc::clone(&pulse),
            copies: StateDir::open_on(dir.path(), Machine::from_text("1 1"))
                .unwrap()
                .copies(),
        };
        let mut uplink = Uplink::new(parts, dir.path());
        uplink.chance = || 0.5;
        let (rounds, inbox) = mpsc::channel(64);
        let (farewell, last) = oneshot::channel();
        Bench {
            dir,
            wall_jump_ms,
            stage,
            tally,
            receipts,
            asked,
            pulse,
            rounds,
            renewals: renewed,
            farewell: Some(farewell),
            task: Some(tokio::spawn(uplink.run(inbox, last))),
        }
    }

    fn collector(&mut self, play: impl FnMut(&Seen) -> Heard + Send + 'static) {
        *self.stage.play.lock().unwrap() = Box::new(play);
    }

    /// From now on the collector takes requests and says nothing.
    fn hang(&mut self) {
        *self.stage.hangs.lock().unwrap() = true;
    }

    async fn round(&mut self, id: u64) {
        self.send(Round {
            seq: 0,
            wall_ms: 0,
            mono_ms: self.stage.begun.elapsed().as_millis() as u64,
            interval_s: id as f64,
            probes: Vec::new(),
            samples: Vec::new(),
            checks: Vec::new(),
            events: Vec::new(),
        })
        .await;
    }

    /// A round in which something happened that somebody waits for.
    async fn event(&mut self, id: u64) -> Uuid {
        let event = Uuid::new_v4();
        assert!(self.receipts.wait_for(event));
        self.send(Round {
            interval_s: id as f64,
            events: vec![Event {
                id: event.to_string(),
                wall_ms: 0,
                kind: EventKind::Other,
            }],
            ..goodbye()
        })
        .await;
        event
    }

    /// The same settings but for these.
    fn terms(&self, url: &str, host: HostFacts) -> Renewal<Stage> {
        let collector = CollectorSettings {
            urls: vec![url.to_owned()],
            ..AgentConfig::default().collector
        };
        Renewal::Terms(Terms {
            way: Some((self.stage.clone(), collector)),
            host,
            interval: INTERVAL,
            limits: LIMITS,
        })
    }

    async fn send(&mut self, round: Round) {
        self.rounds.send(round).await.unwrap();
    }

    /// Lets the uplink do all it can do at this moment.
    async fn settle(&self) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }

    async fn leave(&mut self) {
        self.farewell.take().unwrap().send(goodbye()).unwrap();
        self.task.take().unwrap().await.unwrap();
    }

    fn seen(&self) -> Vec<Seen> {
        self.stage.seen.lock().unwrap().clone()
    }

    fn forget_story(&mut self) {
        self.stage.seen.lock().unwrap().clear();
    }

    /// Each request as "stream last-number: rounds".
    fn story(&self) -> Vec<String> {
        let line = |seen: &Seen| {
            let stream = match seen.report.stream {
                Stream::Live => "live",
                Stream::Backlog => "backlog",
            };
            let ids: Vec<String> = seen.ids().iter().map(u64::to_string).collect();
            format!("{stream} {}: {}", seen.whole().seq, ids.join(" "))
        };
        self.seen().iter().map(line).collect()
    }

    fn spooled(&self) -> u64 {
        {
            let spool = crate::status::read(self.dir.path()).unwrap().spool;
            spool.samples + spool.state
        }
    }
}

fn goodbye() -> Round {
    report::goodbye(Goodbye::AgentStop, Stamp::default(), Duration::ZERO)
}
