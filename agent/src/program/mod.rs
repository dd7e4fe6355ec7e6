//! Runs other programs of this host: bounded in time and output, ended with all they started.
//!
//! In: a program, its arguments, how long and how much. Out: how it ended and what it
//! wrote, or why it did not run. Programs come from the local configuration and from this
//! crate, never from the network. Knows nothing of what their output means.

#[cfg(unix)]
mod group;
#[cfg(not(unix))]
mod simple;

#[cfg(all(test, unix))]
mod tests;

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

#[cfg(unix)]
use group as system;
#[cfg(not(unix))]
use simple as system;

/// What the service manager has said to this process alone. A child that spoke up there
/// would be taken for the agent; see sd_notify(3).
const OURS_ALONE: [&str; 3] = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"];

/// Where programs are found.
#[derive(Debug, Clone)]
pub struct Programs {
    /// As in `PATH`; none: where this process finds them.
    path: Option<OsString>,
}

/// How long a program may run and how much it may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Then it is killed, with all that it started.
    pub within: Duration,
    /// Bytes kept of each of its two outputs; the rest is read and thrown away.
    pub bytes_max: usize,
}

/// What a program did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// How it ended.
    pub exit: Exit,
    /// What it wrote on standard output.
    pub out: Vec<u8>,
    /// What it wrote on standard error.
    pub err: Vec<u8>,
    /// Whether it wrote more than was kept.
    pub is_cut: bool,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// By itself, with this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

/// Why a program has no result.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// It is not installed.
    #[error("{0} is not installed")]
    NotThere(String),
    /// It could not be started, or not be listened to.
    #[error("{program} cannot be run: {error}")]
    Failed {
        /// Which one.
        program: String,
        /// What happened.
        error: io::Error,
    },
    /// It was killed because it took too long.
    #[error("{program} did not end within {within:?} and was killed")]
    TooLong {
        /// Which one.
        program: String,
        /// How long it could take.
        within: Duration,
    },
}

impl Programs {
    /// Programs where this process finds them.
    pub fn of_this_host() -> Programs {
        Programs { path: None }
    }

    /// Only the programs in one folder.
    pub fn below(folder: &Path) -> Programs {
        Programs {
            path: Some(folder.as_os_str().to_owned()),
        }
    }

    /// Whether a program is there.
    pub fn has(&self, program: &str) -> bool {
        let path = self.path.clone().or_else(|| std::env::var_os("PATH"));
        let path = path.unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    }

    /// Runs a program in the language `C`, without input, and waits for it. Blocks the
    /// thread, at most `bounds.within` and a little more.
    ///
    /// # Errors
    /// [`RunError`]; then nothing it started still runs.
    pub fn run<A: AsRef<OsStr>>(
        &self,
        program: &str,
        arguments: &[A],
        bounds: Bounds,
    ) -> Result<Ran, RunError> {
        run(self.command(program, arguments), program, bounds)
    }

    /// As [`Programs::run`], for what may have no end to tell: when it has written more
    /// than `bounds.bytes_max` it is killed, and that is [`Ran::is_cut`].
    ///
    /// # Errors
    /// [`RunError`]; then nothing it started still runs.
    pub fn run_until_full<A: AsRef<OsStr>>(
        &self,
        program: &str,
        arguments: &[A],
        bounds: Bounds,
    ) -> Result<Ran, RunError> {
        let ran = start(self.command(program, arguments), bounds, Flood::Ends);
        judge(ran, program, bounds)
    }

    fn command<A: AsRef<OsStr>>(&self, program: &str, arguments: &[A]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env("LC_ALL", "C")
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(path) = &self.path {
            command.env("PATH", path);
        }
        command
    }
}

/// What becomes of a program that writes more than is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flood {
    /// The rest is thrown away.
    IsDropped,
    /// It ends.
    Ends,
}

/// Runs a command that somebody prepared, with its outputs piped; see [`Programs::run`].
///
/// # Errors
/// [`RunError`]; then nothing it started still runs.
pub fn run(command: Command, program: &str, bounds: Bounds) -> Result<Ran, RunError> {
    judge(start(command, bounds, Flood::IsDropped), program, bounds)
}

fn start(mut command: Command, bounds: Bounds, flood: Flood) -> io::Result<Option<Ran>> {
    for variable in OURS_ALONE {
        command.env_remove(variable);
    }
    system::run(command, bounds, flood)
}

fn judge(ran: io::Result<Option<Ran>>, program: &str, bounds: Bounds) -> Result<Ran, RunError> {
    match ran {
        Ok(Some(ran)) => Ok(ran),
        Ok(None) => Err(RunError::TooLong {
            program: program.to_owned(),
            within: bounds.within,
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(RunError::NotThere(program.to_owned()))
        }
        Err(error) => Err(RunError::Failed {
            program: program.to_owned(),
            error,
        }),
    }
}

impl Ran {
    /// What it wrote if it ended with 0, else a sentence with the first line of what it complained.
    ///
    /// # Errors
    /// The sentence.
    pub fn expect_success(self, program: &str) -> Result<Vec<u8>, String> {
        if self.exit == Exit::Code(0) {
            return Ok(self.out);
        }
        let ended = match self.exit {
            Exit::Code(code) => format!("{program} ended with {code}"),
            Exit::Signal(signal) => format!("{program} was ended by signal {signal}"),
        };
        let complaint = String::from_utf8_lossy(&self.err);
        let complaint = complaint.lines().find(|line| !line.trim().is_empty());
        Err(match complaint {
            Some(line) => format!("{ended}: {}", line.trim()),
            None => ended,
        })
    }
}
