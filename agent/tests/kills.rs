//! The agent is killed at random points, again and again, under a collector that is there,
//! away, or says nothing after it has taken what was sent.
//!
//! What was in the spool when it was killed arrives; a number never stands for two things;
//! what arrives twice says the same both times.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use flate2::read::GzDecoder;
use vedette_agent::clock::{Clock, HostClock};
use vedette_agent::door::{self, Word};
use vedette_agent::facts;
use vedette_agent::spool::{Limits, Spool};
use vedette_wire::{Acknowledged, Answer, Goodbye, Report, Round, Stream, WIRE_VERSION};

const LIVES: u32 = 30;
/// A life ends after at most this long: its first round, an event, a second round.
const LIFE_MS_MAX: u64 = 900;
const PATIENCE: Duration = Duration::from_secs(120);

#[test]
fn whenever_it_is_killed_nothing_that_was_kept_is_lost_and_no_number_is_given_twice() {
    let seed = match std::env::var("VEDETTE_SEED") {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => {
            u64::from(std::process::id()) << 20
                | u64::from(HostClock.now().wall_ms as u32 & 0xfffff)
        }
    };
    println!("repeat with VEDETTE_SEED={seed}");
    let mut chance = Chance(seed.max(1));
    let collector = Collector::start();
    let dir = tempfile::tempdir().unwrap();
    let mut kept = BTreeSet::new();
    for life in 0..LIVES {
        collector.behave(chance.below(4));
        let mut agent = Agent::start(&collector.url, dir.path());
        live(&mut chance, dir.path());
        agent.kill();
        if let Some(trouble) = trouble(dir.path()) {
            eprintln!(
                "skipped: the disk of {} is not fit for it: {trouble}",
                dir.path().display()
            );
            return;
        }
        let waiting = waiting(dir.path());
        println!("life {life}: {} records wait", waiting.len());
        kept.extend(waiting);
    }
    collector.behave(0);
    let mut agent = Agent::start(&collector.url, dir.path());
    let begun = Instant::now();
    while depth(dir.path()) != Some(0) {
        assert!(begun.elapsed() < PATIENCE, "the spool is not emptied");
        sleep(Duration::from_millis(100));
    }
    agent.kill();
    assert_eq!(waiting(dir.path()), BTreeSet::new());
    assert!(
        kept.len() > LIVES as usize / 4,
        "only {} records were kept; a test of nothing",
        kept.len()
    );

    let seen = collector.seen.lock().unwrap();
    let arrived: BTreeSet<(String, u64)> = seen
        .rounds
        .keys()
        .filter(|(stream, _, _)| *stream == Stream::Backlog)
        .map(|(_, epoch, seq)| (epoch.clone(), *seq))
        .collect();
    let lost: Vec<_> = kept.difference(&arrived).collect();
    assert!(lost.is_empty(), "kept and never sent: {lost:?}");
    assert!(seen.contradictions.is_empty(), "{:?}", seen.contradictions);
}

/// Lets a life pass, and perhaps something happen in it.
fn live(chance: &mut Chance, state_dir: &Path) {
    let length = Duration::from_millis(chance.below(LIFE_MS_MAX));
    let until = Instant::now() + length;
    if chance.below(3) > 0 {
        sleep(Duration::from_millis(chance.below(300)));
        let dir = state_dir.to_owned();
        // The agent may be killed before it answers.
        std::thread::spawn(move || {
            let reason = Goodbye::Suspend;
            let _ = door::say(&dir, &Word::Goodbye { reason });
        });
    }
    sleep(until.saturating_duration_since(Instant::now()));
}

/// What waits in the spool of an agent that does not run, by epoch and number.
fn waiting(state_dir: &Path) -> BTreeSet<(String, u64)> {
    let copy = tempfile::tempdir().unwrap();
    let Ok(files) = fs::read_dir(state_dir.join("spool")) else {
        return BTreeSet::new();
    };
    for file in files {
        let file = file.unwrap();
        fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    let limits = Limits {
        bytes_max: 32 << 20,
        age_max: Duration::from_secs(86_400),
    };
    let boot = facts::boot("/proc".as_ref());
    let mut spool = Spool::open(copy.path(), boot, limits).unwrap();
    let mut waiting = BTreeSet::new();
    while let Some(batch) = spool.next_batch(100, 1 << 20, HostClock.now()) {
        let epoch = batch.last.epoch.to_string();
        waiting.extend(batch.items.iter().map(|item| (epoch.clone(), item.seq)));
        spool.acknowledge(batch.last);
    }
    waiting
}

fn status(state_dir: &Path) -> Option<serde_json::Value> {
    serde_json::from_slice(&fs::read(state_dir.join("status.json")).ok()?).ok()
}

fn trouble(state_dir: &Path) -> Option<String> {
    Some(status(state_dir)?["spool"]["trouble"].as_str()?.to_owned())
}

fn depth(state_dir: &Path) -> Option<u64> {
    let status = status(state_dir)?;
    let of = |queue: &str| status["spool"][queue].as_u64();
    status["acknowledged_wall_ms"].as_i64()?;
    Some(of("state")? + of("samples")?)
}

/// A process that is killed in the end, however the test ends.
struct Agent(Child);

impl Agent {
    fn start(url: &str, state_dir: &Path) -> Agent {
        let log = File::options()
            .create(true)
            .append(true)
            .open(state_dir.with_extension("log"))
            .unwrap();
        let program: PathBuf = env!("CARGO_BIN_EXE_vedette-agent").into();
        let child = Command::new(program)
            .args(["run", "--interval", "1s", "--collector", url, "--state-dir"])
            .arg(state_dir)
            .stdin(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Agent(child)
    }

    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// xorshift; a seed of a run repeats it.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}

/// What was taken, and how the next report is met.
#[derive(Default)]
struct Seen {
    /// 0: taken and acknowledged. 1: refused for now. 2: taken, and no answer. 3: as they come.
    manner: u64,
    count: u64,
    rounds: BTreeMap<(Stream, String, u64), Round>,
    contradictions: Vec<String>,
}

struct Collector {
    url: String,
    seen: Arc<Mutex<Seen>>,
}

impl Collector {
    fn start() -> Collector {
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let app = Router::new()
            .route("/api/v1/reports", post(take))
            .with_state(Arc::clone(&seen));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        // It ends with the process of the test.
        std::thread::spawn(move || {
            let runtime = vedette_agent::app::runtime().unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, app).await.unwrap();
            });
        });
        Collector { url, seen }
    }

    fn behave(&self, manner: u64) {
        self.seen.lock().unwrap().manner = manner;
    }
}

async fn take(State(seen): State<Arc<Mutex<Seen>>>, body: Bytes) -> (StatusCode, String) {
    let mut json = Vec::new();
    GzDecoder::new(&body[..]).read_to_end(&mut json).unwrap();
    let report: Report = serde_json::from_slice(&json).unwrap();
    let mut seen = seen.lock().unwrap();
    seen.count += 1;
    let manner = match seen.manner {
        3 => seen.count % 3,
        manner => manner,
    };
    if manner == 1 {
        return (StatusCode::SERVICE_UNAVAILABLE, String::new());
    }
    for round in &report.rounds {
        let key = (report.stream, report.epoch.clone(), round.seq);
        let before = seen.rounds.insert(key.clone(), round.clone());
        if before.is_some_and(|before| before != *round) {
            seen.contradictions.push(format!("{key:?}"));
        }
    }
    if manner == 2 {
        return (StatusCode::BAD_GATEWAY, String::new());
    }
    let answer = Answer {
        acknowledged: Acknowledged {
            epoch: report.epoch.clone(),
            stream: report.stream,
            seq: report.rounds.last().map_or(0, |round| round.seq),
        },
        collector_wall_ms: report.sent_wall_ms,
        wire: vec![WIRE_VERSION],
        ask: Vec::new(),
    };
    (StatusCode::OK, serde_json::to_string(&answer).unwrap())
}
