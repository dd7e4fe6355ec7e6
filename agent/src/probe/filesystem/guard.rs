//! Asks file systems how full they are, and survives those that do not answer.
//!
//! In: mount points. Out: [`Space`], an error, or "stuck". A dead NFS server makes
//! `statvfs` wait for ever, in a way no signal can end; so each question is asked on a
//! thread that can be left behind. A mount point that is stuck is not asked again until
//! its thread returns, and at most [`STUCK_THREADS_MAX`] threads are left behind.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::time::Duration;

/// How long one file system may take to answer.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// Threads that may hang in dead mounts; past that, no further mount is asked.
pub(super) const STUCK_THREADS_MAX: usize = 4;
/// The stack of such a thread, in bytes; it makes two system calls.
const STACK_BYTES: usize = 128 * 1024;

/// What a file system says of itself; sizes in blocks of `block_bytes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Space {
    /// False for a file that something is mounted on, as containers do.
    pub(super) is_directory: bool,
    pub(super) block_bytes: u64,
    pub(super) blocks: u64,
    pub(super) blocks_free: u64,
    /// What an ordinary user can still use.
    pub(super) blocks_available: u64,
    pub(super) inodes: u64,
    pub(super) inodes_free: u64,
}

/// How a file system is asked; a test asks something else.
pub(super) type Ask = Arc<dyn Fn(&PathBuf) -> io::Result<Space> + Send + Sync>;

/// What became of a question.
#[derive(Debug)]
pub(super) enum Answer {
    Space(Space),
    Failed(io::Error),
    /// It does not answer, now or since an earlier question.
    Stuck,
    /// It was not asked: too many threads hang already.
    NotAsked,
}

/// Asks, one mount after the other.
pub(super) struct Guard {
    ask: Ask,
    within: Duration,
    worker: Option<Worker>,
    stuck: Vec<(PathBuf, Receiver<io::Result<Space>>)>,
}

struct Worker {
    questions: Sender<PathBuf>,
    answers: Receiver<io::Result<Space>>,
}

impl Guard {
    /// A guard that waits for each answer at most `within`.
    pub(super) fn new(ask: Ask, within: Duration) -> Guard {
        Guard {
            ask,
            within,
            worker: None,
            stuck: Vec::new(),
        }
    }

    /// Forgets those stuck mounts whose thread has returned.
    pub(super) fn welcome_back(&mut self) {
        self.stuck
            .retain(|(_, answer)| matches!(answer.try_recv(), Err(TryRecvError::Empty)));
    }

    /// Whether asking this mount would leave another thread behind.
    pub(super) fn is_stuck(&self, mountpoint: &PathBuf) -> bool {
        self.stuck.iter().any(|(stuck, _)| stuck == mountpoint)
    }

    /// Asks one mount point.
    pub(super) fn ask(&mut self, mountpoint: PathBuf) -> Answer {
        if self.is_stuck(&mountpoint) {
            return Answer::Stuck;
        }
        if self.stuck.len() >= STUCK_THREADS_MAX {
            return Answer::NotAsked;
        }
        let worker = match self.worker.take() {
            Some(worker) => worker,
            None => match Worker::start(Arc::clone(&self.ask)) {
                Ok(worker) => worker,
                Err(error) => return Answer::Failed(error),
            },
        };
        if worker.questions.send(mountpoint.clone()).is_err() {
            return Answer::Failed(io::Error::other("the thread that asks has ended"));
        }
        match worker.answers.recv_timeout(self.within) {
            Ok(answer) => {
                self.worker = Some(worker);
                match answer {
                    Ok(space) => Answer::Space(space),
                    Err(error) => Answer::Failed(error),
                }
            }
            Err(RecvTimeoutError::Timeout) => {
                // Its question end is dropped here: should it return, it ends.
                self.stuck.push((mountpoint, worker.answers));
                Answer::Stuck
            }
            Err(RecvTimeoutError::Disconnected) => {
                Answer::Failed(io::Error::other("the thread that asks has broken off"))
            }
        }
    }
}

impl Worker {
    fn start(ask: Ask) -> io::Result<Worker> {
        let (questions, inbox) = channel::<PathBuf>();
        let (outbox, answers) = channel();
        std::thread::Builder::new()
            .name("statvfs".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || {
                while let Ok(mountpoint) = inbox.recv() {
                    if outbox.send(ask(&mountpoint)).is_err() {
                        return;
                    }
                }
            })?;
        Ok(Worker { questions, answers })
    }
}

/// Asks the kernel.
pub(super) fn kernel() -> Ask {
    Arc::new(|mountpoint: &PathBuf| {
        let is_directory = std::fs::metadata(mountpoint)?.is_dir();
        let answer = rustix::fs::statvfs(mountpoint)?;
        Ok(Space {
            is_directory,
            block_bytes: answer.f_frsize,
            blocks: answer.f_blocks,
            blocks_free: answer.f_bfree,
            blocks_available: answer.f_bavail,
            inodes: answer.f_files,
            inodes_free: answer.f_ffree,
        })
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Mutex;

    use super::*;

    const SPACE: Space = Space {
        is_directory: true,
        block_bytes: 4096,
        blocks: 100,
        blocks_free: 50,
        blocks_available: 40,
        inodes: 10,
        inodes_free: 5,
    };

    /// Every path that contains `dead` hangs until the test lets it go.
    fn guard() -> (Guard, Sender<()>) {
        let (release, wait) = channel::<()>();
        let wait = Mutex::new(wait);
        let ask: Ask = Arc::new(move |path: &PathBuf| {
            if path.to_string_lossy().contains("dead") {
                let _ = wait.lock().unwrap().recv();
            }
            Ok(SPACE)
        });
        (Guard::new(ask, Duration::from_millis(50)), release)
    }

    #[test]
    fn a_stuck_mount_does_not_keep_the_others_from_answering() {
        let (mut guard, release) = guard();
        assert!(matches!(guard.ask("/dead".into()), Answer::Stuck));
        assert!(matches!(guard.ask("/alive".into()), Answer::Space(SPACE)));
        drop(release);
    }

    #[test]
    fn a_stuck_mount_is_not_asked_again_until_its_thread_returns() {
        let (mut guard, release) = guard();
        assert!(matches!(guard.ask("/dead".into()), Answer::Stuck));
        guard.welcome_back();
        assert!(guard.is_stuck(&"/dead".into()));

        release.send(()).unwrap();
        while guard.is_stuck(&"/dead".into()) {
            std::thread::yield_now();
            guard.welcome_back();
        }
        release.send(()).unwrap();
        assert!(matches!(guard.ask("/dead".into()), Answer::Space(SPACE)));
    }

    #[test]
    fn no_more_threads_hang_than_the_bound_says() {
        let (mut guard, release) = guard();
        for number in 0..STUCK_THREADS_MAX {
            let answer = guard.ask(format!("/dead/{number}").into());
            assert!(matches!(answer, Answer::Stuck));
        }
        assert!(matches!(guard.ask("/alive".into()), Answer::NotAsked));
        drop(release);
    }
}
