//! Joins the parts into an agent that runs until it is told to stop.
//!
//! In: settings, and a future that says when to stop and why. Out: nothing, or why it
//! could not start, in one sentence. Nothing is left half-started.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use uuid::Uuid;
use vedette_config::AgentConfig;
use vedette_wire::{Goodbye, Round};

use crate::board::Board;
use crate::check::{self, Checks, Kit};
use crate::clock::{Clock, HostClock};
use crate::probe::{Probes, Surroundings};
use crate::receipts::Receipts;
use crate::spool::{Limits, Spool};
use crate::state::{StateDir, StateError};
use crate::tally::Tally;
use crate::uplink::{ASKS_WAITING_MAX, Audience, Http, Identity, Parts, Uplink};
use crate::{facts, pace, report};

/// Rounds that wait while a request is under way: more than a request can take at the
/// shortest interval.
const ROUNDS_WAITING_MAX: usize = 64;
/// Threads for what may block: one probe at a time, a name lookup, those left behind, and
/// what checks use.
const BLOCKING_THREADS_MAX: usize = 8 + check::THREADS_MAX;
/// Bytes of stack of such a thread.
const BLOCKING_STACK_BYTES: usize = 512 * 1024;
/// An idle thread is kept this long: over the pause between rounds only if that is short.
const BLOCKING_KEEP: Duration = Duration::from_secs(2);
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

/// Looks and reports until `stop` says why to leave; then says goodbye and returns.
///
/// # Errors
/// [`StartError`], before anything was sent.
pub async fn run(
    settings: Settings,
    stop: impl Future<Output = Goodbye>,
) -> Result<(), StartError> {
    let state = StateDir::open(&settings.state_dir)?;
    let boot = facts::boot(&settings.proc);
    let config = settings.config;
    let spool_dir = config.spool.dir.clone();
    let spool_dir = spool_dir.unwrap_or_else(|| state.path().join("spool"));
    let limits = Limits {
        bytes_max: config.spool.bytes_max.bytes,
        age_max: config.spool.age_max,
    };
    let spool = Spool::open(&spool_dir, boot, limits).map_err(|error| StartError::Spool {
        path: spool_dir,
        error,
    })?;
    let transport = Http::new(&config.collector).map_err(StartError::Uplink)?;
    let host = facts::host(&config.host);
    let interval = config.interval(host.class);
    let tally = Arc::new(Tally::default());
    let receipts = Arc::new(Receipts::default());
    // Whoever answers the collector's questions takes the other end.
    let (asks, _) = mpsc::channel(ASKS_WAITING_MAX);
    let surroundings = Surroundings {
        proc: settings.proc,
        memory: Some(state.path().join("memory")),
        receipts: Arc::clone(&receipts),
        ..Surroundings::here(Arc::clone(&tally))
    };
    let board = Arc::new(Board::default());
    // Ends with this function, after the goodbye.
    let _checks = Checks::start(
        &config.checks,
        &Kit {
            surroundings: surroundings.clone(),
            board: Arc::clone(&board),
            agent: state.agent(),
        },
    );
    let clock: Arc<dyn Clock> = Arc::new(HostClock);
    let (host_name, class) = (host.name.clone(), host.class.as_str());
    let collector = config.collector.urls.join(", ");
    let parts = Parts {
        transport,
        collector: config.collector,
        identity: Identity {
            agent: state.agent(),
            boot,
            epoch: Uuid::new_v4(),
            host,
        },
        spool,
        clock: Arc::clone(&clock),
        audience: Audience {
            receipts,
            asks,
            tally,
        },
        interval,
    };
    tracing::info!(agent = %state.agent(), host = host_name, class, ?interval, collector, "looking and reporting");
    let (rounds, inbox) = mpsc::channel(ROUNDS_WAITING_MAX);
    let (farewell, last) = oneshot::channel();
    let rounds = Rounds {
        probes: Probes::all(surroundings),
        board,
        clock,
        interval,
        agent: state.agent(),
        outbox: rounds,
        farewell,
    };
    let uplink = Uplink::new(parts, state.path());
    tokio::join!(uplink.run(inbox, last), rounds.run(stop));
    Ok(())
}

/// Makes one round after the other.
struct Rounds {
    probes: Probes,
    board: Arc<Board>,
    clock: Arc<dyn Clock>,
    interval: Duration,
    agent: Uuid,
    outbox: mpsc::Sender<Round>,
    farewell: oneshot::Sender<Round>,
}

impl Rounds {
    async fn run(mut self, stop: impl Future<Output = Goodbye>) {
        tokio::pin!(stop);
        let wall_ms = self.clock.now().wall_ms;
        let second = pace::second_round_after(self.agent, self.interval, wall_ms);
        let mut due = interval_at(Instant::now() + second, self.interval);
        // After a sleep or a slow look, the next place in the interval is taken.
        due.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let reason = loop {
            tokio::select! {
                biased;
                reason = &mut stop => break reason,
                () = self.round() => {}
            }
            tokio::select! {
                biased;
                reason = &mut stop => break reason,
                _ = due.tick() => {}
            }
        };
        tracing::info!(reason = reason.as_str(), "leaving");
        let last = report::goodbye(reason, self.clock.now(), self.interval);
        // The uplink listens until it has this.
        let _ = self.farewell.send(last);
    }

    async fn round(&mut self) {
        let begun = self.clock.now();
        let sight = self.probes.look().await;
        let round = report::round(sight, &self.board, begun, self.interval);
        let _ = self.outbox.send(round).await;
    }
}
