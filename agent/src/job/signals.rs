//! Passes on to a job what this process is told, and hears when the job ends.
//!
//! In: signals. Out: the same signals to a child. What a terminal sends goes to the child
//! already, for it is in the same group of processes; that is not sent twice.

#[cfg(unix)]
pub(super) use unix::{Signals, of};

#[cfg(not(unix))]
pub(super) use simple::{Signals, of};

#[cfg(unix)]
mod unix {
    use std::io::{self, IsTerminal};
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    use rustix::process::{Pid, Signal, kill_process};
    use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

    /// What is heard.
    pub(in crate::job) struct Signals {
        child: Stream,
        terminate: Stream,
        hang_up: Stream,
        interrupt: Stream,
        quit: Stream,
        user_1: Stream,
        user_2: Stream,
        has_terminal: bool,
    }

    impl Signals {
        /// Hears signals from now on; none of them ends this process any more.
        pub(in crate::job) fn listen() -> io::Result<Signals> {
            Ok(Signals {
                child: signal(SignalKind::child())?,
                terminate: signal(SignalKind::terminate())?,
                hang_up: signal(SignalKind::hangup())?,
                interrupt: signal(SignalKind::interrupt())?,
                quit: signal(SignalKind::quit())?,
                user_1: signal(SignalKind::user_defined1())?,
                user_2: signal(SignalKind::user_defined2())?,
                has_terminal: io::stdin().is_terminal(),
            })
        }

        /// Waits for one signal and passes it on, unless it says that a child has ended.
        pub(in crate::job) async fn next(&mut self, child: u32) {
            let heard = tokio::select! {
                _ = self.child.recv() => return,
                _ = self.terminate.recv() => Signal::TERM,
                _ = self.hang_up.recv() => Signal::HUP,
                _ = self.interrupt.recv() => Signal::INT,
                _ = self.quit.recv() => Signal::QUIT,
                _ = self.user_1.recv() => Signal::USR1,
                _ = self.user_2.recv() => Signal::USR2,
            };
            let by_terminal = [Signal::INT, Signal::QUIT].contains(&heard);
            if by_terminal && self.has_terminal {
                return;
            }
            if let Some(child) = i32::try_from(child).ok().and_then(Pid::from_raw) {
                // It may have ended by now.
                let _ = kill_process(child, heard);
            }
        }
    }

    /// The signal that ended a process, if one did.
    pub(in crate::job) fn of(status: ExitStatus) -> Option<i32> {
        status.signal()
    }
}

#[cfg(not(unix))]
mod simple {
    use std::io;
    use std::process::ExitStatus;
    use std::time::Duration;

    const ASK_AGAIN_AFTER: Duration = Duration::from_millis(50);

    /// There are none; the child is asked again and again whether it has ended.
    pub(in crate::job) struct Signals;

    impl Signals {
        pub(in crate::job) fn listen() -> io::Result<Signals> {
            Ok(Signals)
        }

        pub(in crate::job) async fn next(&mut self, _: u32) {
            tokio::time::sleep(ASK_AGAIN_AFTER).await;
        }
    }

    pub(in crate::job) fn of(_: ExitStatus) -> Option<i32> {
        None
    }
}
