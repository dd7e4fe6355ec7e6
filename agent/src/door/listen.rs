//! Waits for words, one connection after the other.
//!
//! In: connections. Out: what [`Answer`] says to each. A caller that says nothing, too much
//! or nonsense is sent away and holds up the next for [`WITHIN`] at most.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::{sleep, timeout};

use super::{Answer, Caller, LINE_BYTES_MAX, Reply, WITHIN, Word};

/// After a connection that could not be taken, for want of files.
const AGAIN_AFTER: std::time::Duration = std::time::Duration::from_secs(1);

/// Where words come in. The agent that holds the state directory's lock has it.
#[derive(Debug)]
pub struct Door {
    listener: UnixListener,
    path: PathBuf,
}

impl Door {
    /// Opens the door of this state directory. What an earlier agent left is replaced: the
    /// lock says that it has gone.
    ///
    /// # Errors
    /// The socket cannot be made, for instance because its path is longer than 100 bytes.
    pub fn open(state_dir: &Path) -> io::Result<Door> {
        let path = super::path(state_dir);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        Ok(Door {
            listener: UnixListener::bind(&path)?,
            path,
        })
    }

    /// Answers for as long as it is polled; never ends by itself.
    pub(crate) async fn answer(&self, with: &impl Answer) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let served = timeout(WITHIN, serve(stream, with)).await;
                    if let Ok(Err(error)) = served {
                        tracing::debug!(%error, "somebody at the door has gone");
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "nobody can be let in at the door");
                    sleep(AGAIN_AFTER).await;
                }
            }
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

async fn serve(mut stream: UnixStream, with: &impl Answer) -> io::Result<()> {
    let caller = Caller {
        uid: stream.peer_cred()?.uid(),
    };
    let (read, mut write) = stream.split();
    let mut line = Vec::new();
    BufReader::new(read.take(LINE_BYTES_MAX))
        .read_until(b'\n', &mut line)
        .await?;
    let reply = match serde_json::from_slice::<Word>(&line) {
        Ok(word) => with.answer(word, caller).await,
        Err(error) => Reply {
            done: false,
            text: format!("this agent does not understand that: {error}"),
        },
    };
    let mut line = serde_json::to_vec(&reply)?;
    line.push(b'\n');
    write.write_all(&line).await
}
