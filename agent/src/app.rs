//! Joins the parts into an agent that runs until it is told to stop.
//!
//! In: settings, and [`Orders`]: when to stop and why, when to read the settings again.
//! Out: nothing, or why it could not start, in one sentence. Nothing is left half-started.
//!
//! What depends on a setting that can change holds an [`InForce`] and looks at it when it
//! needs to know, or waits for the change.

mod errands;
mod renewal;
mod rounds;

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;
use vedette_config::AgentConfig;
use vedette_wire::{Ask, Goodbye, Round};

use self::errands::Errands;
use self::renewal::Renewal;
use self::rounds::{Power, Rounds};
use crate::board::Board;
use crate::check::{self, Checks, Kit};
use crate::clock::{Clock, HostClock};
#[cfg(unix)]
use crate::door::Door;
#[cfg(target_os = "linux")]
use crate::evidence::Evidence;
use crate::hold::Holds;
use crate::probe::{Probes, Surroundings};
use crate::pulse::Pulse;
use crate::receipts::Receipts;
use crate::service::attend::attend;
use crate::service::notify::{Notifier, State};
use crate::settings::{InForce, Origin};
use crate::spool::{Limits, Spool};
use crate::state::{StateDir, StateError};
use crate::tally::Tally;
use crate::uplink::{ASKS_WAITING_MAX, Audience, Http, Identity, Names, Parts, Uplink};
use crate::{facts, job, settings, uplink};

/// Rounds that wait while a request is under way: more than a request can take at the
/// shortest interval.
const ROUNDS_WAITING_MAX: usize = 64;
/// Threads for what may block: one probe at a time, a name lookup, those left behind, and
/// what checks use.
const BLOCKING_THREADS_MAX: usize = 8 + check::THREADS_MAX + EVIDENCE_THREADS_MAX;
#[cfg(target_os = "linux")]
const EVIDENCE_THREADS_MAX: usize = crate::evidence::THREADS_MAX;
#[cfg(not(target_os = "linux"))]
const EVIDENCE_THREADS_MAX: usize = 0;
/// Bytes of stack of such a thread.
const BLOCKING_STACK_BYTES: usize = 512 * 1024;
/// An idle thread is kept this long: over the pause between rounds only if that is short.
const BLOCKING_KEEP: Duration = Duration::from_secs(2);
/// Renewals of the settings that wait for the uplink to end an attempt.
const RENEWALS_WAITING_MAX: usize = 1;
/// Threads that hang in a dead mount are not waited for.
const END_WITHIN: Duration = Duration::from_millis(100);

/// What an agent is to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// `agent.toml`, with what the command line says instead.
    pub config: AgentConfig,
    /// Where it keeps its id and spool.
    pub state_dir: PathBuf,
    /// Where the kernel shows itself; `/proc`, unless a test shows something else.
    pub proc: PathBuf,
}

/// What is asked of an agent while it runs.
pub struct Orders {
    stop: Pin<Box<dyn Future<Output = Goodbye> + Send>>,
    reload: Option<(Origin, mpsc::Receiver<()>)>,
    notifier: Arc<Notifier>,
}

impl Orders {
    /// Nothing but to leave when `stop` says so, and why.
    pub fn until(stop: impl Future<Output = Goodbye> + Send + 'static) -> Orders {
        Orders {
            stop: Box::pin(stop),
            reload: None,
            notifier: Arc::new(Notifier::silent()),
        }
    }

    /// Also to read the settings at `origin` again: at each message, and when its files
    /// have changed.
    pub fn reload(mut self, origin: Origin, asked: mpsc::Receiver<()>) -> Orders {
        self.reload = Some((origin, asked));
        self
    }

    /// Also to tell the service manager how it is.
    pub fn tell(mut self, notifier: Notifier) -> Orders {
        self.notifier = Arc::new(notifier);
        self
    }
}

/// Why an agent did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its directory cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// The spool's directory cannot be used.
    #[error(
        "the spool {} cannot be used: {error}; make it writable, or name another under [spool]",
        path.display()
    )]
    Spool {
        /// The directory.
        path: PathBuf,
        /// What happened.
        error: std::io::Error,
    },
    /// The way to the collector cannot be prepared.
    #[error("{0}")]
    Uplink(String),
}

/// A runtime of the agent's size: one thread, and few others.
///
/// # Errors
/// The system gives no more threads or files.
pub fn runtime() -> std::io::Result<Runtime> {
    Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .thread_stack_size(BLOCKING_STACK_BYTES)
        .thread_keep_alive(BLOCKING_KEEP)
        .build()
}

/// Ends a runtime without waiting for threads that hang.
pub fn end(runtime: Runtime) {
    runtime.shutdown_timeout(END_WITHIN);
}

/// Looks and reports until the orders are to leave; then says goodbye and returns.
///
/// # Errors
/// [`StartError`], before anything was sent.
pub async fn run(settings: Settings, orders: Orders) -> Result<(), StartError> {
    let state = StateDir::open(&settings.state_dir)?;
    let boot = facts::boot(&settings.proc);
    let (replace, in_force) = settings::begin(settings.config);
    let config = in_force.now();
    let shared = Shared::on(state.path());
    let (renew, renewals) = mpsc::channel(RENEWALS_WAITING_MAX);
    let (asks, asked) = mpsc::channel(ASKS_WAITING_MAX);
    let surroundings = Surroundings {
        proc: settings.proc,
        memory: Some(state.path().join("memory")),
        receipts: Arc::clone(&shared.receipts),
        settings: in_force.clone(),
        jobs_dir: job::folder(state.path()),
        ..Surroundings::here(Arc::clone(&shared.tally))
    };
    let kit = Kit {
        surroundings: surroundings.clone(),
        board: Arc::clone(&shared.board),
        agent: state.agent(),
    };
    let parts = shared.parts(&config, &state, (boot, asks, renewals))?;
    let interval = parts.interval;
    let class = parts.identity.host.class;
    introduce(&parts);
    let uplink = Uplink::new(parts, state.path());
    let (outbox, inbox) = mpsc::channel(ROUNDS_WAITING_MAX);
    let (farewell, last) = oneshot::channel();
    let answers = answer(surroundings.clone(), Arc::clone(&shared.board), asked);
    let holds = Arc::new(Holds::open(state.path(), boot));
    let power = Power::of(&surroundings.sys);
    let errands = shared.errands(outbox.clone(), Arc::clone(&holds));
    errands.pace.set(interval);
    let rounds = Rounds {
        probes: Probes::all(surroundings),
        board: Arc::clone(&shared.board),
        clock: Arc::clone(&shared.clock),
        in_force: in_force.clone(),
        interval,
        class,
        pace: Arc::clone(&errands.pace),
        power,
        holds,
        pulse: Arc::clone(&shared.pulse),
        agent: state.agent(),
        outbox,
        farewell,
    };
    let notifier = orders.notifier;
    let stop = async {
        let reason = orders.stop.await;
        let reason = errands.farewell.reason(reason, errands.clock.now());
        notifier.tell(&[State::Stopping, State::Status("saying goodbye".to_owned())]);
        reason
    };
    let renewal = orders.reload.map(|(origin, asked)| Renewal {
        origin,
        asked,
        in_force: replace,
        uplink: renew,
        tally: Arc::clone(&shared.tally),
        names: Arc::clone(&shared.names),
        notifier: Arc::clone(&notifier),
    });
    let work = async { tokio::join!(uplink.run(inbox, last), rounds.run(stop)) };
    let beside = async {
        tokio::join!(
            attend(&notifier, &shared.pulse),
            watch_settings(renewal),
            run_checks(in_force, kit),
            answers,
            run_errands(state.path(), &errands),
        )
    };
    notifier.tell(&[State::Ready, State::Alive]);
    // What runs beside the rounds ends with them.
    tokio::select! {
        _ = work => {}
        _ = beside => {}
    }
    Ok(())
}

/// What several parts hold.
struct Shared {
    tally: Arc<Tally>,
    receipts: Arc<Receipts>,
    board: Arc<Board>,
    pulse: Arc<Pulse>,
    clock: Arc<dyn Clock>,
    names: Arc<Names>,
}

impl Shared {
    fn on(state_dir: &Path) -> Shared {
        Shared {
            names: Arc::new(Names::open(state_dir)),
            tally: Arc::default(),
            receipts: Arc::default(),
            board: Arc::default(),
            pulse: Arc::default(),
            clock: Arc::new(HostClock),
        }
    }
}

impl Shared {
    fn errands(&self, outbox: mpsc::Sender<Round>, holds: Arc<Holds>) -> Errands {
        Errands {
            outbox,
            receipts: Arc::clone(&self.receipts),
            clock: Arc::clone(&self.clock),
            pace: Arc::default(),
            holds,
            farewell: Arc::default(),
        }
    }

    /// What the uplink works with, in this boot; opens the spool.
    fn parts(
        &self,
        config: &AgentConfig,
        state: &StateDir,
        (boot, asks, renewals): (
            Uuid,
            mpsc::Sender<Ask>,
            mpsc::Receiver<uplink::Renewal<Http>>,
        ),
    ) -> Result<Parts<Http>, StartError> {
        let spool = open_spool(config, state, boot)?;
        let transport =
            Http::new(&config.collector, Arc::clone(&self.names)).map_err(StartError::Uplink)?;
        let host = facts::host(&config.host);
        Ok(Parts {
            transport,
            collector: config.collector.clone(),
            interval: config.interval(host.class),
            identity: Identity {
                agent: state.agent(),
                boot,
                epoch: Uuid::new_v4(),
                host,
            },
            spool,
            clock: Arc::clone(&self.clock),
            audience: Audience {
                receipts: Arc::clone(&self.receipts),
                asks,
                tally: Arc::clone(&self.tally),
            },
            renewals,
            pulse: Arc::clone(&self.pulse),
            copies: state.copies(),
        })
    }
}

fn introduce(parts: &Parts<Http>) {
    let Identity { agent, host, .. } = &parts.identity;
    let collector = parts.collector.urls.join(", ");
    let interval = parts.interval;
    tracing::info!(%agent, host = host.name, class = host.class.as_str(), ?interval, collector, "looking and reporting");
}

fn open_spool(config: &AgentConfig, state: &StateDir, boot: Uuid) -> Result<Spool, StartError> {
    let dir = config.spool.dir.clone();
    let path = dir.unwrap_or_else(|| state.path().join("spool"));
    Spool::open(&path, boot, limits(config)).map_err(|error| StartError::Spool { path, error })
}

fn limits(config: &AgentConfig) -> Limits {
    Limits {
        bytes_max: config.spool.bytes_max.bytes,
        age_max: config.spool.age_max,
    }
}

/// Runs the checks in force, and others as soon as others are.
async fn run_checks(mut in_force: InForce, kit: Kit) {
    let mut checks = Checks::start(&in_force.now().checks, &kit);
    loop {
        checks.renew(&in_force.changed().await.checks);
    }
}

/// Answers the collector's questions.
#[cfg(target_os = "linux")]
async fn answer(surroundings: Surroundings, board: Arc<Board>, asked: mpsc::Receiver<Ask>) {
    Evidence::new(surroundings, board).run(asked).await;
}

/// Elsewhere nobody has an answer yet.
#[cfg(not(target_os = "linux"))]
async fn answer(_: Surroundings, _: Arc<Board>, mut asked: mpsc::Receiver<Ask>) {
    while asked.recv().await.is_some() {}
}

/// Does what root says. Without a door, everything else goes on.
#[cfg(unix)]
async fn run_errands(state_dir: &Path, errands: &Errands) {
    match Door::open(state_dir) {
        Ok(door) => door.answer(errands).await,
        Err(error) => {
            tracing::warn!(%error, "hold and goodbye cannot be heard; is the path of the state directory very long?");
            std::future::pending().await
        }
    }
}

#[cfg(not(unix))]
async fn run_errands(_: &Path, _: &Errands) {
    std::future::pending().await
}

async fn watch_settings(renewal: Option<Renewal>) {
    match renewal {
        Some(renewal) => renewal.run().await,
        None => std::future::pending().await,
    }
}
