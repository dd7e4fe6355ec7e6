//! Lets root on this host say something to the running agent, and waits for its answer.
//!
//! In: one [`Word`] a connection, over a socket in the state directory. Out: one [`Reply`].
//! A closed set of words: nothing that comes through here is ever run. The folder is
//! readable by the agent's user and root only; who speaks is told by the kernel. Knows
//! nothing of what a word causes.

#[cfg(unix)]
mod listen;
#[cfg(all(test, unix))]
mod tests;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use vedette_wire::Goodbye;

#[cfg(unix)]
pub use listen::Door;

/// Bytes of a word or a reply.
const LINE_BYTES_MAX: u64 = 8 * 1024;
/// How long a connection may take, the agent's own work included.
pub const WITHIN: Duration = Duration::from_secs(6);

/// What can be said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum Word {
    /// The host is about to sleep, or the agent about to be replaced.
    Goodbye {
        /// Which of the two.
        reason: Goodbye,
    },
    /// Root plans its own work on this host.
    Hold {
        /// For how many seconds.
        seconds: u64,
        /// Why.
        why: String,
        /// Who, as far as whoever asks can tell.
        by: String,
    },
    /// The work has ended.
    EndHold {
        /// Who says so.
        by: String,
    },
}

/// What the agent answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// Whether it did what was said.
    pub done: bool,
    /// What it did, or why not, in one sentence.
    pub text: String,
}

/// Who said something, by the kernel's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// The effective user.
    pub uid: u32,
}

impl Caller {
    /// Whether it is root.
    pub fn is_root(self) -> bool {
        self.uid == 0
    }
}

/// Answers words.
pub(crate) trait Answer {
    /// What becomes of this word of this caller.
    fn answer(&self, word: Word, caller: Caller) -> impl Future<Output = Reply>;
}

/// Why nobody answered.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// No agent runs on this directory.
    #[error("no agent is running on {}; start it, or name another directory with --state-dir", .0.display())]
    NobodyThere(PathBuf),
    /// It runs and cannot be spoken to.
    #[error("the agent on {} cannot be spoken to: {error}; do it as root", path.display())]
    Failed {
        /// The state directory.
        path: PathBuf,
        /// What happened.
        error: io::Error,
    },
}

/// Says one word to the agent on this state directory. Blocks, at most [`WITHIN`].
///
/// # Errors
/// [`DoorError`].
#[cfg(unix)]
pub fn say(state_dir: &Path, word: &Word) -> Result<Reply, DoorError> {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::os::unix::net::UnixStream;

    let spoken = || -> io::Result<Reply> {
        let mut stream = UnixStream::connect(path(state_dir))?;
        stream.set_read_timeout(Some(WITHIN))?;
        stream.set_write_timeout(Some(WITHIN))?;
        let mut line = serde_json::to_vec(word)?;
        line.push(b'\n');
        stream.write_all(&line)?;
        let mut answer = Vec::new();
        BufReader::new(stream.take(LINE_BYTES_MAX)).read_until(b'\n', &mut answer)?;
        Ok(serde_json::from_slice(&answer)?)
    };
    spoken().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
            DoorError::NobodyThere(state_dir.to_owned())
        }
        _ => DoorError::Failed {
            path: state_dir.to_owned(),
            error,
        },
    })
}

/// Says one word to the agent on this state directory.
///
/// # Errors
/// Always: this system has no such sockets.
#[cfg(not(unix))]
pub fn say(state_dir: &Path, _: &Word) -> Result<Reply, DoorError> {
    Err(DoorError::Failed {
        path: state_dir.to_owned(),
        error: io::ErrorKind::Unsupported.into(),
    })
}

#[cfg(unix)]
fn path(state_dir: &Path) -> PathBuf {
    state_dir.join("door")
}
