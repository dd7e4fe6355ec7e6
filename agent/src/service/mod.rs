//! Lets the agent be run like a good service.
//!
//! In: signals, and the service manager's socket. Out: the reason to leave, which the last
//! round carries; requests to read the settings again; to the manager how things stand
//! ([`notify`], [`attend`]). Knows nothing of rounds.

pub mod attend;
mod goodbye;
pub mod notify;

use tokio::sync::mpsc;
use vedette_wire::Goodbye;

/// Requests to read the settings again that wait; more say nothing new.
const RELOADS_WAITING_MAX: usize = 1;

/// What signals ask of this process.
pub struct Asked<S> {
    /// Resolves when somebody asks the agent to stop, with why it seems to be asked. Hears
    /// signals only while it is polled.
    pub stop: S,
    /// Gets one message each time somebody asks to read the settings again.
    pub reload: mpsc::Receiver<()>,
}

/// Listens for signals. SIGTERM and SIGINT ask to stop. SIGHUP asks to read the settings
/// again, unless `has_terminal`: then the terminal the agent was tried in has been closed.
///
/// # Errors
/// The system does not let this process hear signals.
#[cfg(unix)]
pub fn asked(has_terminal: bool) -> std::io::Result<Asked<impl Future<Output = Goodbye>>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let (ask, reload) = mpsc::channel(RELOADS_WAITING_MAX);
    let stop = async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => break,
                _ = interrupt.recv() => break,
                _ = hang_up.recv() => match has_terminal {
                    true => break,
                    // One that waits already asks for the same.
                    false => { let _ = ask.try_send(()); }
                }
            }
        }
        goodbye::reason().await
    };
    Ok(Asked { stop, reload })
}

/// Without signals there is only the end of the process.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn asked(_: bool) -> std::io::Result<Asked<impl Future<Output = Goodbye>>> {
    let (ask, reload) = mpsc::channel(RELOADS_WAITING_MAX);
    let stop = async move {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        drop(ask);
        goodbye::reason().await
    };
    Ok(Asked { stop, reload })
}

/// Whether this process belongs to a terminal, and ends when that is closed.
pub fn has_terminal() -> bool {
    // Opens the terminal of the session, whatever the standard streams are; see tty(4).
    cfg!(unix) && std::fs::File::open("/dev/tty").is_ok()
}
