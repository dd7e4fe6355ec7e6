//! Lets the agent be stopped like a good service.
//!
//! In: signals. Out: the reason to leave, which the last round carries. Knows nothing of
//! rounds.

mod goodbye;

use vedette_wire::Goodbye;

/// Resolves when somebody asks the agent to stop, with why it seems to be asked.
///
/// # Errors
/// The system does not let this process hear signals.
pub fn stop() -> std::io::Result<impl Future<Output = Goodbye>> {
    let asked = asked()?;
    Ok(async move {
        asked.await;
        goodbye::reason().await
    })
}

#[cfg(unix)]
fn asked() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // The terminal it was tried in has been closed.
    let mut hang_up = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hang_up.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn asked() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without signals there is only the end of the process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
