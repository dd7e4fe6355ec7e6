//! The collector that the tests play, the time they move, and the uplink between the two.

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

use super::*;
use crate::clock::Stamp;
use crate::machine::Machine;
use crate::receipts::Receipts;
use crate::report;
use crate::spool::Limits;
use crate::state::StateDir;

pub(super) const INTERVAL: Duration = Duration::from_secs(15);
pub(super) const LIMITS: Limits = Limits {
    bytes_max: 32 << 20,
    age_max: Duration::from_secs(86_400),
};

/// One request as the collector saw it.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// Since the start of the test.
    pub(super) at: Duration,
    pub(super) url: String,
    pub(super) token: Option<String>,
    pub(super) report: Report,
    /// Of the body as it was sent.
    pub(super) bytes: usize,
}

impl Seen {
    /// Rounds are known by their interval, which nothing else looks at.
    pub(super) fn ids(&self) -> Vec<u64> {
        let rounds = self.report.rounds.iter();
        rounds.map(|round| round.interval_s as u64).collect()
    }

    pub(super) fn whole(&self) -> Acknowledged {
        Acknowledged {
            epoch: self.report.epoch.clone(),
            stream: self.report.stream,
            seq: self.report.rounds.last().unwrap().seq,
        }
    }
}

pub(super) type Answered = Result<Reply, Unreachable>;
pub(super) type Play = Box<dyn FnMut(&Seen) -> Answered + Send>;

pub(super) fn acknowledge(seen: &Seen) -> Answered {
    answer(seen.whole())
}

pub(super) fn away(_: &Seen) -> Answered {
    Err(Unreachable("connection refused".to_owned()))
}

pub(super) fn answer(acknowledged: Acknowledged) -> Answered {
    let answer = Answer {
        acknowledged,
        collector_wall_ms: 0,
        wire: vec![1],
        ask: Vec::new(),
    };
    reply(200, &serde_json::to_string(&answer).unwrap())
}

pub(super) fn refuse(status: u16, reason: &str) -> Answered {
    reply(status, &serde_json::to_string(&refusal(reason)).unwrap())
}

pub(super) fn refusal(reason: &str) -> Refusal {
    Refusal {
        error: "no".to_owned(),
        reason: reason.to_owned(),
        refused: Vec::new(),
        kept: 0,
        acknowledged: None,
        wire: vec![7],
    }
}

pub(super) fn reply(status: u16, body: &str) -> Answered {
    Ok(Reply {
        status,
        body: body.as_bytes().to_vec(),
        ..Reply::default()
    })
}

/// The collector that the test plays.
#[derive(Clone)]
pub(super) struct Stage {
    pub(super) begun: Instant,
    pub(super) play: Arc<Mutex<Play>>,
    pub(super) seen: Arc<Mutex<Vec<Seen>>>,
    pub(super) hangs: Arc<Mutex<bool>>,
    pub(super) table: Arc<Mutex<Table>>,
    /// Reports that built on something else.
    pub(super) unread: Arc<Mutex<u32>>,
}

impl Stage {
    /// What a collector that reads the short form makes of one.
    pub(super) fn unfold(&self, json: &[u8]) -> Result<Report, Answered> {
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
    async fn post(&self, url: &str, token: Option<&str>, body: Vec<u8>) -> Answered {
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
pub(super) struct PausedClock {
    pub(super) begun: Instant,
    /// How far somebody set the wall clock forward.
    pub(super) wall_jump_ms: Arc<AtomicI64>,
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

pub(super) struct Bench {
    pub(super) dir: TempDir,
    pub(super) wall_jump_ms: Arc<AtomicI64>,
    pub(super) stage: Stage,
    pub(super) tally: Arc<Tally>,
    pub(super) receipts: Arc<Receipts>,
    pub(super) asked: mpsc::Receiver<Ask>,
    pub(super) pulse: Arc<Pulse>,
    pub(super) rounds: mpsc::Sender<Round>,
    pub(super) renewals: mpsc::Sender<Renewal<Stage>>,
    pub(super) farewell: Option<oneshot::Sender<Round>>,
    pub(super) task: Option<JoinHandle<()>>,
}

impl Bench {
    pub(super) fn new(play: impl FnMut(&Seen) -> Answered + Send + 'static) -> Bench {
        Bench::with(&["http://one"], play)
    }

    pub(super) fn with(
        urls: &[&str],
        play: impl FnMut(&Seen) -> Answered + Send + 'static,
    ) -> Bench {
        Bench::over(tempfile::tempdir().unwrap(), urls, play)
    }

    /// An agent that starts over what an earlier one left.
    pub(super) fn over(
        dir: TempDir,
        urls: &[&str],
        play: impl FnMut(&Seen) -> Answered + Send + 'static,
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
            spool: Spool::open_roomy(&dir.path().join("spool"), boot, LIMITS).unwrap(),
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

    pub(super) fn collector(&mut self, play: impl FnMut(&Seen) -> Answered + Send + 'static) {
        *self.stage.play.lock().unwrap() = Box::new(play);
    }

    /// From now on the collector takes requests and says nothing.
    pub(super) fn hang(&mut self) {
        *self.stage.hangs.lock().unwrap() = true;
    }

    pub(super) async fn round(&mut self, id: u64) {
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
    pub(super) async fn event(&mut self, id: u64) -> Uuid {
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
    pub(super) fn terms(&self, url: &str, host: HostFacts) -> Renewal<Stage> {
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

    pub(super) async fn send(&mut self, round: Round) {
        self.rounds.send(round).await.unwrap();
    }

    /// Lets the uplink do all it can do at this moment.
    pub(super) async fn settle(&self) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }

    pub(super) async fn leave(&mut self) {
        self.farewell.take().unwrap().send(goodbye()).unwrap();
        self.task.take().unwrap().await.unwrap();
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.stage.seen.lock().unwrap().clone()
    }

    pub(super) fn forget_story(&mut self) {
        self.stage.seen.lock().unwrap().clear();
    }

    /// Each request as "stream last-number: rounds".
    pub(super) fn story(&self) -> Vec<String> {
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

    pub(super) fn spooled(&self) -> u64 {
        {
            let spool = crate::status::read(self.dir.path()).unwrap().spool;
            spool.samples + spool.state
        }
    }
}

pub(super) fn goodbye() -> Round {
    report::goodbye(Goodbye::AgentStop, Stamp::default(), Duration::ZERO)
}
