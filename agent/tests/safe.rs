//! The agent itself, killed with -9 between what it saw and the acknowledgement of it.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use flate2::read::GzDecoder;
use vedette_wire::{Acknowledged, Answer, Event, EventKind, Report, WIRE_VERSION};

/// Longer than anything here takes, on a host that is busy with something else.
const WITHIN: Duration = Duration::from_secs(120);

/// A collector that takes everything, or nothing.
#[derive(Clone)]
struct Collector {
    status: Arc<AtomicU16>,
    /// What it was sent, with whether it took it.
    events: Arc<Mutex<Vec<(Event, bool)>>>,
    url: String,
}

impl Collector {
    async fn start() -> Collector {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let collector = Collector {
            status: Arc::new(AtomicU16::new(503)),
            events: Arc::default(),
            url: format!("http://{}", listener.local_addr().unwrap()),
        };
        let router = Router::new()
            .route("/api/v1/reports", post(take))
            .with_state(collector.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        collector
    }

    /// Waits until `is_enough` of the events, each with whether it was taken.
    async fn wait(&self, what: &str, is_enough: impl Fn(&[(Event, bool)]) -> bool) {
        let begun = Instant::now();
        while !is_enough(&self.events.lock().unwrap()) {
            assert!(
                begun.elapsed() < WITHIN,
                "waiting for {what}: {:?}",
                self.events.lock()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Ids of the events of a kind.
    fn ids(&self, is_one: impl Fn(&EventKind) -> bool) -> BTreeSet<String> {
        let events = self.events.lock().unwrap();
        let of_kind = events.iter().filter(|(event, _)| is_one(&event.kind));
        of_kind.map(|(event, _)| event.id.clone()).collect()
    }
}

async fn take(State(collector): State<Collector>, body: Bytes) -> (StatusCode, String) {
    let mut json = Vec::new();
    GzDecoder::new(&body[..]).read_to_end(&mut json).unwrap();
    let report: Report = serde_json::from_slice(&json).unwrap();
    let status = collector.status.load(Ordering::SeqCst);
    for round in &report.rounds {
        let events = round.events.iter().cloned();
        let mut seen = collector.events.lock().unwrap();
        seen.extend(events.map(|event| (event, status == 200)));
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
    (
        StatusCode::from_u16(status).unwrap(),
        serde_json::to_string(&answer).unwrap(),
    )
}

struct Host {
    dir: tempfile::TempDir,
    agent: Option<Child>,
}

impl Drop for Host {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Host {
    fn new(collector: &Collector) -> Host {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("app.log");
        std::fs::write(&log, "").unwrap();
        let text = format!(
            "[collector]\nurls = [\"{}\"]\n[report]\ninterval = \"1s\"\n\
             [[check]]\nname = \"app\"\nkind = \"log\"\nfiles = [\"{}\"]\ncritical = [\"ERROR\"]\nevery = \"5s\"\n\
             [[job]]\nname = \"backup\"\n",
            collector.url,
            log.display(),
        );
        std::fs::write(dir.path().join("agent.toml"), text).unwrap();
        Host { dir, agent: None }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn start(&mut self) {
        let agent = Command::new(env!("CARGO_BIN_EXE_vedette-agent"))
            .args(["run", "--config"])
            .arg(self.path("agent.toml"))
            .arg("--state-dir")
            .arg(self.path("state"))
            .env_remove("VEDETTE_JOBS_DIR")
            .stderr(Stdio::null())
            .spawn();
        self.agent = Some(agent.unwrap());
    }

    /// As the kernel does for want of memory.
    fn kill(&mut self) {
        if let Some(mut agent) = self.agent.take() {
            agent.kill().unwrap();
            agent.wait().unwrap();
        }
    }

    fn job(&self, script: &str) -> Option<i32> {
        let jobs = self.path("state/jobs");
        let mut job = Command::new(env!("CARGO_BIN_EXE_vedette-agent"));
        job.env("VEDETTE_JOBS_DIR", jobs)
            .args(["job", "backup", "--", "sh", "-c", script]);
        job.status().unwrap().code()
    }

    /// Waits until what the agent remembers of its work holds this text.
    async fn remembers(&self, file: &str, text: &str) {
        let begun = Instant::now();
        loop {
            let entries = std::fs::read_dir(self.path("state/memory"))
                .into_iter()
                .flatten();
            let is_one = |path: &PathBuf| {
                path.file_name()
                    .unwrap()
                    .to_string_lossy()
                    .starts_with(file)
            };
            let mut paths = entries.map(|entry| entry.unwrap().path()).filter(is_one);
            if paths
                .any(|path| std::fs::read_to_string(path).is_ok_and(|known| known.contains(text)))
            {
                return;
            }
            assert!(begun.elapsed() < WITHIN, "waiting for {text} in {file}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn log(&self, line: &str) {
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.append(true).open(self.path("app.log")).unwrap();
        writeln!(file, "{line}").unwrap();
    }
}

fn is_match(kind: &EventKind) -> bool {
    matches!(kind, EventKind::LogMatch { .. })
}

fn is_job(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::JobStarted { .. } | EventKind::JobEnded { .. }
    )
}

fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

#[tokio::test]
async fn kill_9_between_match_and_acknowledgement_loses_nothing_and_repeats_nothing() {
    let collector = Collector::start().await;
    let mut host = Host::new(&collector);
    host.start();
    host.remembers("log-", "app.log").await;
    host.log("ERROR one");
    host.remembers("log-", "log_match").await;
    host.kill();
    assert_eq!(host.job("exit 3"), Some(3), "while no agent runs");
    assert_eq!(files(&host.path("state/jobs")), 2);

    // It comes up and is killed again while the collector still takes nothing.
    host.start();
    host.remembers("job", "\"started_ms\":1").await;
    host.kill();
    collector.status.store(200, Ordering::SeqCst);
    host.start();
    collector
        .wait("all of it to be taken", |all| {
            let taken = |is_one: fn(&EventKind) -> bool| {
                let of_kind = all.iter().filter(|(event, _)| is_one(&event.kind));
                let taken = of_kind.filter(|(_, is_taken)| *is_taken);
                taken
                    .map(|(event, _)| event.id.as_str())
                    .collect::<BTreeSet<_>>()
                    .len()
            };
            taken(is_match) == 1 && taken(is_job) == 2
        })
        .await;
    host.log("ERROR two");
    collector
        .wait("the second match", |all| {
            all.iter().any(|(event, _)| matches!(&event.kind, EventKind::LogMatch { lines, .. } if lines == &["ERROR two"]))
        })
        .await;
    assert_eq!(
        collector.ids(is_match).len(),
        2,
        "the first match kept its id"
    );
    assert_eq!(collector.ids(is_job).len(), 2);
    assert_eq!(files(&host.path("state/jobs")), 0);
    host.kill();
}
