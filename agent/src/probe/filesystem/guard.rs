//! Asks file systems how full they are, and waits for none that does not answer.
//!
//! In: mount points. Out: [`Space`], an error, or that there is no answer. A dead NFS server
//! makes `statvfs` wait for ever, in a way no signal can end; so each question is asked on a
//! thread that can be left behind. One look waits [`PATIENCE`] for all mounts together; an
//! answer that comes later is told in the next look, and who has not answered within
//! [`ANSWER_WITHIN`] is stuck. A mount point is not asked again before its thread returns,
//! and at most [`STUCK_THREADS_MAX`] threads are left behind.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::time::{Duration, Instant};

/// How long one file system may take to answer before it is said to be stuck.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How long one look waits for answers, all together: it stands in the way of a round.
pub(super) const PATIENCE: Duration = Duration::from_millis(250);
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
    /// It has not answered yet; a later look tells.
    NotYet,
    /// It does not answer, now or since an earlier question.
    Stuck,
    /// It was not asked: others took too long, or too many threads hang already.
    NotAsked,
}

/// Asks, one mount after the other.
pub(super) struct Guard {
    ask: Ask,
    stuck_after: Duration,
    /// What is left of the patience of this look.
    left: Duration,
    worker: Option<Worker>,
    open: Vec<Open>,
    /// Answers that have come since the look before.
    late: Vec<(PathBuf, io::Result<Space>)>,
}

/// A question without an answer.
struct Open {
    mountpoint: PathBuf,
    asked: Instant,
    answer: Receiver<io::Result<Space>>,
}

struct Worker {
    questions: Sender<PathBuf>,
    answers: Receiver<io::Result<Space>>,
}

impl Guard {
    /// A guard that calls stuck what does not answer for `stuck_after`.
    pub(super) fn new(ask: Ask, stuck_after: Duration) -> Guard {
        Guard {
            ask,
            stuck_after,
            left: PATIENCE,
            worker: None,
            open: Vec::new(),
            late: Vec::new(),
        }
    }

    /// Begins a look: takes in what was answered since the one before.
    pub(super) fn begin(&mut self) {
        self.left = PATIENCE;
        self.late.clear();
        let late = &mut self.late;
        self.open.retain_mut(|open| match open.answer.try_recv() {
            Ok(answer) => {
                late.push((std::mem::take(&mut open.mountpoint), answer));
                false
            }
            Err(TryRecvError::Empty) => true,
            Err(TryRecvError::Disconnected) => false,
        });
    }

    /// Asks one mount point, or says what is known of an earlier question.
    pub(super) fn ask(&mut self, mountpoint: PathBuf) -> Answer {
        if let Some(place) = self.late.iter().position(|(of, _)| *of == mountpoint) {
            return told(self.late.swap_remove(place).1);
        }
        if let Some(open) = self.open.iter().find(|open| open.mountpoint == mountpoint) {
            return match open.asked.elapsed() >= self.stuck_after {
                true => Answer::Stuck,
                false => Answer::NotYet,
            };
        }
        if self.open.len() >= STUCK_THREADS_MAX || self.left.is_zero() {
            return Answer::NotAsked;
        }
        let worker = match self.worker.take() {
            Some(worker) => worker,
            None => match Worker::start(Arc::clone(&self.ask)) {
                Ok(worker) => worker,
                Err(error) => return Answer::Failed(error),
            },
        };
        let asked = Instant::now();
        if worker.questions.send(mountpoint.clone()).is_err() {
            return Answer::Failed(io::Error::other("the thread that asks has ended"));
        }
        let answer = worker.answers.recv_timeout(self.left);
        self.left = self.left.saturating_sub(asked.elapsed());
        match answer {
            Ok(answer) => {
                self.worker = Some(worker);
                told(answer)
            }
            Err(RecvTimeoutError::Timeout) => {
                // Its question end is dropped here: should it return, it ends.
                self.open.push(Open {
                    mountpoint,
                    asked,
                    answer: worker.answers,
                });
                Answer::NotYet
            }
            Err(RecvTimeoutError::Disconnected) => {
                Answer::Failed(io::Error::other("the thread that asks has broken off"))
            }
        }
    }
}

fn told(answer: io::Result<Space>) -> Answer {
    match answer {
        Ok(space) => Answer::Space(space),
        Err(error) => Answer::Failed(error),
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
    fn guard(stuck_after: Duration) -> (Guard, Sender<()>) {
        let (release, wait) = channel::<()>();
        let wait = Mutex::new(wait);
        let ask: Ask = Arc::new(move |path: &PathBuf| {
            if path.to_string_lossy().contains("dead") {
                let _ = wait.lock().unwrap().recv();
            }
            Ok(SPACE)
        });
        (Guard::new(ask, stuck_after), release)
    }

    #[test]
    fn one_look_waits_for_all_that_do_not_answer_no_longer_than_for_one() {
        let (mut guard, release) = guard(ANSWER_WITHIN);
        let begun = Instant::now();
        assert!(matches!(guard.ask("/dead/1".into()), Answer::NotYet));
        assert!(matches!(guard.ask("/dead/2".into()), Answer::NotAsked));
        assert!(begun.elapsed() < ANSWER_WITHIN / 2);
        guard.begin();
        assert!(matches!(guard.ask("/dead/1".into()), Answer::NotYet));
        assert!(matches!(guard.ask("/alive".into()), Answer::Space(SPACE)));
        drop(release);
    }

    #[test]
    fn who_does_not_answer_for_long_is_stuck_and_keeps_nobody_from_answering() {
        let (mut guard, release) = guard(Duration::ZERO);
        assert!(matches!(guard.ask("/dead".into()), Answer::NotYet));
        guard.begin();
        assert!(matches!(guard.ask("/dead".into()), Answer::Stuck));
        assert!(matches!(guard.ask("/alive".into()), Answer::Space(SPACE)));
        drop(release);
    }

    #[test]
    fn an_answer_that_comes_late_is_told_once_and_then_it_is_asked_again() {
        let (mut guard, release) = guard(Duration::ZERO);
        assert!(matches!(guard.ask("/dead".into()), Answer::NotYet));
        release.send(()).unwrap();
        loop {
            guard.begin();
            match guard.ask("/dead".into()) {
                Answer::Stuck => std::thread::yield_now(),
                Answer::Space(SPACE) => break,
                other => panic!("{other:?}"),
            }
        }
        release.send(()).unwrap();
        assert!(matches!(guard.ask("/dead".into()), Answer::Space(SPACE)));
    }

    #[test]
    fn no_more_threads_hang_than_the_bound_says() {
        let (mut guard, release) = guard(ANSWER_WITHIN);
        for number in 0..STUCK_THREADS_MAX {
            guard.begin();
            let answer = guard.ask(format!("/dead/{number}").into());
            assert!(matches!(answer, Answer::NotYet));
        }
        guard.begin();
        assert!(matches!(guard.ask("/alive".into()), Answer::NotAsked));
        drop(release);
    }
}
