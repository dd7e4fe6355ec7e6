//! A small ticket receiver for trying things out: keeps and prints what it is told.
//!
//! In: what profile `generic` sends, on a loopback port. Out: tickets with numbers, on
//! the terminal as they arrive and over HTTP afterwards (`GET /`, `GET /tickets/N`).
//! Bounded; forgets when it ends, unless it has a file. Not a ticket system: nobody
//! works in it.

mod desk;
mod file;
mod http;
mod show;

use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::tz::TimeZone;
use tokio::net::TcpListener;

pub use desk::{Desk, Message, Ticket};

use crate::clock::{Clock, SystemClock};
use file::File;

/// Whoever wants to see what arrives: a terminal, a test.
pub type Sink = Box<dyn Fn(&str) + Send + Sync>;

/// An inbox before it listens.
pub struct Inbox {
    desk: Mutex<Desk>,
    file: Option<Mutex<File>>,
    sink: Sink,
    shows: Shows,
    clock: Arc<dyn Clock>,
    zone: TimeZone,
}

/// How what arrives is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// Readable.
    Words,
    /// As it is kept: a JSON document a line.
    Json,
}

impl Inbox {
    /// One that keeps everything in memory.
    pub fn new(sink: Sink, clock: Arc<dyn Clock>, zone: TimeZone) -> Inbox {
        Inbox {
            desk: Mutex::new(Desk::default()),
            file: None,
            sink,
            shows: Shows::Words,
            clock,
            zone,
        }
    }

    /// The same, with a file: one JSON document a line, read again at the next start.
    ///
    /// # Errors
    /// A sentence when the file cannot be read or written.
    pub fn with_file(mut self, path: &std::path::Path) -> Result<Inbox, String> {
        let (file, kept) = File::open(path)?;
        let mut desk = Desk::default();
        for (message, at) in kept {
            desk.take(&message, at);
        }
        self.desk = Mutex::new(desk);
        self.file = Some(Mutex::new(file));
        Ok(self)
    }

    /// A look at what is kept.
    pub fn look<T>(&self, look: impl FnOnce(&Desk) -> T) -> T {
        look(&self.desk.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Serves an inbox until `stop` comes.
///
/// # Errors
/// When the listener breaks.
pub async fn serve(
    listener: TcpListener,
    inbox: Arc<Inbox>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let address = listener.local_addr()?;
    axum::serve(listener, http::router(inbox, address))
        .with_graceful_shutdown(stop)
        .await
}

/// `vedette-collector inbox`: serves until the process is told to end, printing to stdout.
///
/// # Errors
/// A sentence when it cannot listen, or its file cannot be used.
pub async fn run(listen: SocketAddr, file: Option<PathBuf>, shows: Shows) -> Result<(), String> {
    let clock = Arc::new(SystemClock::default());
    // Lines go out whole: stdout is flushed at each line end.
    let sink: Sink = Box::new(|text| {
        use std::io::Write as _;
        // Nobody reads any more: what is kept is kept all the same.
        let _ = std::io::stdout().write_all(text.as_bytes());
    });
    let mut inbox = Inbox::new(sink, clock, TimeZone::system());
    inbox.shows = shows;
    if let Some(path) = &file {
        inbox = inbox.with_file(path)?;
    }
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        format!("the inbox cannot listen on {listen}: {error}; choose another with --listen")
    })?;
    if shows == Shows::Words {
        (inbox.sink)(&format!(
            "The inbox listens on http://{listen}/ and shows each ticket here as it arrives.\n"
        ));
    }
    let stop = told_to_stop().map_err(|error| format!("signals cannot be heard: {error}"))?;
    serve(listener, Arc::new(inbox), stop)
        .await
        .map_err(|error| format!("the inbox broke: {error}"))
}

/// Comes with Ctrl-C or SIGTERM.
fn told_to_stop() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
