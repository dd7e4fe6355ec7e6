//! Joins everything into one program that starts, serves and stops.
//!
//! In: [`Options`]. Out: an [`App`] that answers, until it is told to stop. A start
//! that cannot succeed fails with one sentence before anything is half-started:
//! policy, state directory, store and listener come first, and the listener
//! answers only when the shards are seeded with what is committed.

mod baselines;
mod chores;
mod command;
mod exceptions;
mod keepsakes;
mod lock;
mod noise;
mod observers;
mod open;
mod past;
mod reloader;
mod revision;
mod serve;
mod start;
mod state_dir;
mod titles;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use self::lock::Lock;
use self::state_dir::StateDir;
use crate::engine_loop::Ended;
use crate::history::History;
use crate::outbox::Outbox;

pub use command::main;

/// Open connections get this long to end at a stop.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// How to start.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `collector.toml`; none = everything by default.
    pub config: Option<PathBuf>,
    /// Where state is kept; none = `STATE_DIRECTORY`, else `/var/lib/vedette-collector`.
    pub state_dir: Option<PathBuf>,
}

/// Why it cannot start: one sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StartError(pub String);

/// Why it ended though nobody told it to: one sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EndError(pub String);

/// A running collector.
pub struct App {
    address: SocketAddr,
    ready: Arc<AtomicBool>,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
    /// Ended by `stop`, each when it has done what it must.
    chores: Vec<JoinHandle<()>>,
    /// Ended by hand, because they wait for others for ever.
    helpers: Vec<JoinHandle<()>>,
    history: History,
    outbox: Arc<Outbox>,
    engine: JoinHandle<Ended>,
    /// Held for their locks.
    _locks: (StateDir, Option<Lock>),
}

impl App {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until SIGTERM or SIGINT, then stops cleanly.
    ///
    /// # Errors
    /// It ended without having been told: another run has taken the store, or the engine failed.
    pub async fn until_told_to_stop(mut self) -> Result<(), EndError> {
        let terminated = async {
            match signal(SignalKind::terminate()) {
                Ok(mut signal) => {
                    signal.recv().await;
                }
                // Without it, Ctrl-C remains.
                Err(_) => std::future::pending().await,
            }
        };
        let ended = tokio::select! {
            () = terminated => Ok(Ended::Done),
            _ = tokio::signal::ctrl_c() => Ok(Ended::Done),
            ended = &mut self.engine => ended,
        };
        self.stop().await;
        match ended {
            Ok(Ended::Done) => Ok(()),
            Ok(Ended::Ousted(why)) => Err(EndError(format!(
                "{why}; that one goes on, this one has stopped: give each collector a store of its own"
            ))),
            Err(error) => Err(EndError(format!(
                "the engine failed: {error}; what was answered is stored, start it again"
            ))),
        }
    }

    /// Takes nothing more, finishes what was taken, and ends.
    pub async fn stop(self) {
        tracing::info!("stopping: nothing more is taken, what was taken is finished");
        self.ready.store(false, Ordering::Release);
        // Everybody may have ended already.
        let _ = self.stop.send(true);
        if tokio::time::timeout(STOP_LIMIT, self.serving)
            .await
            .is_err()
        {
            tracing::warn!("connections were still open after {STOP_LIMIT:?}; they are closed");
        }
        for chore in self.chores {
            let _ = chore.await;
        }
        // Nobody reports any more. A disk that does not answer is not waited for.
        let history = self.history;
        let written = tokio::task::spawn_blocking(move || history.stop());
        if tokio::time::timeout(STOP_LIMIT, written).await.is_err() {
            tracing::warn!("the history was not written to its end within {STOP_LIMIT:?}");
        }
        self.outbox.shut_down().await;
        for helper in self.helpers {
            helper.abort();
            let _ = helper.await;
        }
        drop(self.outbox);
        // The last handles are gone: the loop commits what waits and ends.
        if !self.engine.is_finished()
            && tokio::time::timeout(STOP_LIMIT, self.engine).await.is_err()
        {
            tracing::warn!(
                "the engine did not end within {STOP_LIMIT:?}; what was answered is stored"
            );
        }
        tracing::info!("stopped");
    }
}
