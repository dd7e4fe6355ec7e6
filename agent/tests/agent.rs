//! The whole agent against a collector on a loopback socket.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use flate2::read::GzDecoder;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use vedette_agent::app::{self, Orders, Settings, StartError};
use vedette_config::{AgentConfig, CollectorSettings};
use vedette_wire::{
    Acknowledged, Answer, Ask, EventKind, Goodbye, Looked, Report, Stream, WIRE_VERSION, Wanted,
    metric,
};

#[tokio::test]
async fn an_agent_reports_itself_and_says_goodbye() {
    let mut collector = Collector::start(|_| 200).await;
    let dir = tempfile::tempdir().unwrap();
    let agent = Agent::start(&collector, dir.path());
    let first = collector.reports(1).await.remove(0);
    agent.stop().await.unwrap();
    let last = collector.all().pop().unwrap();

    assert_eq!((first.wire, first.stream), (WIRE_VERSION, Stream::Live));
    let id = std::fs::read_to_string(dir.path().join("agent-id")).unwrap();
    assert_eq!(first.agent, id.trim());
    assert!(first.host.cpus >= 1 && first.host.memory_bytes > 0);
    assert!(first.sent_mono_ms >= first.rounds[0].mono_ms);
    let looked: BTreeMap<&str, &Looked> = first.rounds[0]
        .probes
        .iter()
        .map(|run| (run.probe.as_str(), &run.looked))
        .collect();
    for probe in ["uptime", "load", "memory"] {
        assert_eq!(looked[probe], &Looked::Yes, "{probe}");
    }
    for sample in &first.rounds[0].samples {
        let row = metric::find(&sample.name).unwrap();
        assert!((row.min..=row.max).contains(&sample.value), "{sample:?}");
        let known = |key: &String| {
            let key = key.as_str();
            row.attributes.contains(&key) || row.describing.contains(&key)
        };
        assert!(sample.attributes.keys().all(known), "{sample:?}");
    }
    let goodbye = EventKind::Goodbye {
        reason: Goodbye::AgentStop,
    };
    assert_eq!(last.rounds[0].events[0].kind, goodbye);
    assert_eq!(last.rounds[0].seq, collector.all().len() as u64);
}

#[tokio::test]
async fn what_a_restart_finds_in_the_spool_is_sent_after_what_is_so_now() {
    let dir = tempfile::tempdir().unwrap();
    let mut collector = Collector::start(|_| 503).await;
    let agent = Agent::start(&collector, dir.path());
    let refused = collector.reports(1).await.remove(0);
    agent.stop().await.unwrap();

    let mut collector = Collector::start(|_| 200).await;
    let agent = Agent::start(&collector, dir.path());
    let reports = collector.reports(2).await;
    agent.stop().await.unwrap();
    assert_eq!(reports[0].stream, Stream::Live);
    assert_ne!(reports[0].epoch, refused.epoch);
    assert_eq!(reports[1].stream, Stream::Backlog);
    let first = &reports[1].rounds[0];
    assert_eq!((first.seq, &first.samples), (1, &refused.rounds[0].samples));
    let last = reports[1].rounds.last().unwrap();
    assert!(matches!(last.events[0].kind, EventKind::Goodbye { .. }));
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn what_the_collector_asks_with_its_answer_comes_with_a_later_round() {
    let mut collector = Collector::start(|_| 200).await;
    *collector.stage.asks.lock().unwrap() = vec![Ask {
        id: "alert-7".to_owned(),
        what: Wanted::TopProcesses,
    }];
    let dir = tempfile::tempdir().unwrap();
    let mut settings = settings(&collector, dir.path());
    settings.config.report.interval = Some(Duration::from_secs(1));
    let agent = Agent::run(settings);
    let evidence = |report: &Report| {
        let events = report.rounds.iter().flat_map(|round| &round.events);
        let mut answers = events.filter_map(|event| match &event.kind {
            EventKind::Evidence { ask, lines } => Some((ask.clone(), lines.clone())),
            _ => None,
        });
        answers.next()
    };
    let all = collector
        .wait(|all| all.iter().any(|report| evidence(report).is_some()))
        .await;
    agent.stop().await.unwrap();
    let (ask, lines) = all.iter().find_map(evidence).unwrap();
    assert_eq!(ask, "alert-7");
    let of_memory = lines.iter().position(|line| line.contains("memory"));
    assert!(lines.len() > of_memory.unwrap() + 1, "{lines:#?}");
}

#[tokio::test]
async fn kill_9_costs_no_round_that_could_not_be_sent() {
    let dir = tempfile::tempdir().unwrap();
    let answer = Arc::new(AtomicU16::new(503));
    let judge = Arc::clone(&answer);
    let mut collector = Collector::start(move |_| judge.load(Ordering::Relaxed)).await;
    let url = collector.url.clone();
    // Not this machine's own settings, whatever they are.
    let config = dir.path().join("agent.toml");
    std::fs::write(&config, "").unwrap();
    let run = |interval: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_vedette-agent"));
        command
            .args(["run", "--interval", interval, "--collector", &url])
            .arg("--config")
            .arg(&config)
            .arg("--state-dir")
            .arg(dir.path());
        command.spawn().unwrap()
    };
    // With the second attempt under way, the first round is in the spool.
    let mut first = run("1s");
    let refused = collector.reports(2).await;
    first.kill().unwrap();
    first.wait().unwrap();

    answer.store(200, Ordering::Relaxed);
    let mut second = run("5m");
    let is_backlog = |report: &Report| report.stream == Stream::Backlog;
    let all = collector.wait(|all| all.iter().any(is_backlog)).await;
    second.kill().unwrap();
    second.wait().unwrap();
    let backlog = all.iter().position(is_backlog).unwrap();
    let before = &all[backlog - 1];
    assert_eq!((before.stream, before.rounds[0].seq), (Stream::Live, 1));
    assert_ne!(before.epoch, refused[0].epoch);
    let oldest = &all[backlog].rounds[0];
    assert_eq!(
        (oldest.seq, &oldest.samples),
        (1, &refused[0].rounds[0].samples)
    );
}

#[tokio::test]
async fn a_redirection_is_not_followed_and_a_long_answer_is_not_read_to_its_end() {
    for status in [307, 413] {
        let mut collector = Collector::start(move |_| status).await;
        let dir = tempfile::tempdir().unwrap();
        let agent = Agent::start(&collector, dir.path());
        collector.reports(1).await;
        agent.stop().await.unwrap();
        let paths = collector.paths();
        assert!(
            paths.iter().all(|path| path == "/api/v1/reports"),
            "{paths:?}"
        );
    }
}

#[tokio::test]
async fn the_token_of_the_file_is_sent() {
    let mut collector = Collector::start(|headers| {
        match headers.get("authorization").map(|value| value.as_bytes()) {
            Some(b"Bearer s3cret") => 200,
            _ => 401,
        }
    })
    .await;
    let dir = tempfile::tempdir().unwrap();
    let token = dir.path().join("token");
    std::fs::write(&token, "s3cret\n").unwrap();
    let mut settings = settings(&collector, &dir.path().join("state"));
    settings.config.collector.token_file = Some(token);
    let agent = Agent::run(settings);
    collector.reports(1).await;
    agent.stop().await.unwrap();
    let status = std::fs::read_to_string(dir.path().join("state/status.json")).unwrap();
    assert!(status.contains(r#""said":{"#) && status.contains(r#""text":"acknowledged""#));
}

#[tokio::test]
async fn a_second_agent_on_the_same_directory_does_not_start() {
    let mut collector = Collector::start(|_| 200).await;
    let dir = tempfile::tempdir().unwrap();
    let agent = Agent::start(&collector, dir.path());
    collector.reports(1).await;
    let second = app::run(
        settings(&collector, dir.path()),
        Orders::until(std::future::pending()),
    )
    .await;
    assert!(matches!(second, Err(StartError::State(_))));
    agent.stop().await.unwrap();
}

#[tokio::test]
async fn certificates_that_cannot_be_read_are_said_before_anything_starts() {
    let collector = Collector::start(|_| 200).await;
    let dir = tempfile::tempdir().unwrap();
    let mut settings = settings(&collector, dir.path());
    settings.config.collector = CollectorSettings {
        urls: vec!["https://127.0.0.1:1".to_owned()],
        token_file: None,
        ca_file: Some(dir.path().join("nothing.pem")),
    };
    let error = app::run(settings, Orders::until(std::future::pending()))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("nothing.pem"), "{error}");
}

fn settings(collector: &Collector, state_dir: &Path) -> Settings {
    let mut config = AgentConfig::default();
    config.collector.urls = vec![collector.url.clone()];
    // Only the first round and the goodbye happen within a test.
    config.report.interval = Some(Duration::from_secs(300));
    Settings {
        config,
        state_dir: state_dir.to_owned(),
        proc: "/proc".into(),
    }
}

/// An agent that runs until the test stops it.
struct Agent {
    stop: oneshot::Sender<Goodbye>,
    task: tokio::task::JoinHandle<Result<(), StartError>>,
}

impl Agent {
    fn start(collector: &Collector, state_dir: &Path) -> Agent {
        Agent::run(settings(collector, state_dir))
    }

    fn run(settings: Settings) -> Agent {
        let (stop, stopped) = oneshot::channel();
        let stopped = async move { stopped.await.unwrap() };
        Agent {
            stop,
            task: tokio::spawn(app::run(settings, Orders::until(stopped))),
        }
    }

    async fn stop(self) -> Result<(), StartError> {
        self.stop.send(Goodbye::AgentStop).unwrap();
        self.task.await.unwrap()
    }
}

type Judge = dyn Fn(&HeaderMap) -> u16 + Send + Sync;

/// Takes reports, and acknowledges them when the test's judge says 200.
struct Collector {
    url: String,
    seen: watch::Receiver<usize>,
    stage: Arc<Stage>,
}

struct Stage {
    judge: Box<Judge>,
    reports: Mutex<Vec<Report>>,
    /// What the next answer asks.
    asks: Mutex<Vec<Ask>>,
    paths: Mutex<Vec<String>>,
    count: watch::Sender<usize>,
}

impl Collector {
    async fn start(judge: impl Fn(&HeaderMap) -> u16 + Send + Sync + 'static) -> Collector {
        let (count, seen) = watch::channel(0);
        let stage = Arc::new(Stage {
            judge: Box::new(judge),
            reports: Mutex::default(),
            asks: Mutex::default(),
            paths: Mutex::default(),
            count,
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new()
            .route("/{*path}", post(take))
            .with_state(Arc::clone(&stage));
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Collector { url, seen, stage }
    }

    /// All reports, as soon as there are `count`.
    async fn reports(&mut self, count: usize) -> Vec<Report> {
        self.wait(|all| all.len() >= count).await
    }

    /// All reports, as soon as `enough` says so.
    async fn wait(&mut self, enough: impl Fn(&[Report]) -> bool) -> Vec<Report> {
        let stage = Arc::clone(&self.stage);
        let there = self
            .seen
            .wait_for(|_| enough(&stage.reports.lock().unwrap()));
        let within = Duration::from_secs(30);
        tokio::time::timeout(within, there).await.unwrap().unwrap();
        self.all()
    }

    fn all(&self) -> Vec<Report> {
        self.stage.reports.lock().unwrap().clone()
    }

    fn paths(&self) -> Vec<String> {
        self.stage.paths.lock().unwrap().clone()
    }
}

async fn take(
    State(stage): State<Arc<Stage>>,
    uri: axum::http::Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, [(&'static str, &'static str); 1], String) {
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["content-encoding"], "gzip");
    let mut json = Vec::new();
    GzDecoder::new(&body[..]).read_to_end(&mut json).unwrap();
    let report: Report = serde_json::from_slice(&json).unwrap();
    let answer = Answer {
        acknowledged: Acknowledged {
            epoch: report.epoch.clone(),
            stream: report.stream,
            seq: report.rounds.last().unwrap().seq,
        },
        collector_wall_ms: report.sent_wall_ms,
        wire: vec![WIRE_VERSION],
        ask: std::mem::take(&mut *stage.asks.lock().unwrap()),
    };
    stage.paths.lock().unwrap().push(uri.path().to_owned());
    stage.reports.lock().unwrap().push(report);
    stage.count.send_modify(|count| *count += 1);
    let status = (stage.judge)(&headers);
    let body = match status {
        200 => serde_json::to_string(&answer).unwrap(),
        413 => "x".repeat(1 << 20),
        _ => String::new(),
    };
    (
        StatusCode::from_u16(status).unwrap(),
        [("location", "/elsewhere")],
        body,
    )
}
