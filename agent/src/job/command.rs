//! Runs a job as if nobody stood between, and reports its start and its end.
//!
//! In: a name and a command. Out: the command's own exit code; 126, 127 and 128 plus the
//! signal as a shell would. Input is the caller's own; output passes through as it comes,
//! and its last lines are kept. A report that cannot be left is a line on standard error:
//! the job runs all the same.
//!
//! What the job leaves running in the background may hold its outputs open; they pass
//! through for [`LINGER`] after the job has ended, and then they are closed.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use uuid::Uuid;
use vedette_wire::limits::EVIDENCE_LINES_MAX;

use super::folder::Folder;
use super::process;
use super::report::{End, Report, What};
use super::signals;
use crate::clock::{Clock, HostClock};
use crate::line::{LINE_BYTES_MAX, printable};

/// How long outputs pass through after the job itself has ended.
const LINGER: Duration = Duration::from_secs(5);
/// Bytes passed through at once.
const PIECE: usize = 16 * 1024;
/// As a shell says that there is no such command.
const NOT_FOUND: i32 = 127;
/// As a shell says that a command cannot be run.
const NOT_RUNNABLE: i32 = 126;
/// As a shell says that a signal ended a command: this plus the signal.
const SIGNALLED: i32 = 128;

/// One run of a job.
struct Run<'a> {
    name: &'a str,
    id: Uuid,
    folder: &'a Folder,
    started_wall_ms: i64,
    started: Instant,
}

/// Runs `command` as the job `name`, and returns the code to end with.
pub(crate) fn run(name: &str, command: &[OsString], folder: &Path) -> i32 {
    let run = Run {
        name,
        id: Uuid::new_v4(),
        folder: &Folder::at(folder),
        started_wall_ms: HostClock.now().wall_ms,
        started: Instant::now(),
    };
    run.report(What::Started {
        reporter: process::own(Path::new("/proc")),
    });
    let tail = Arc::new(Mutex::new(Tail::default()));
    let (exit_code, signal) = match execute(command, &tail) {
        Ok(status) => (status.code(), signals::of(status)),
        Err(error) => {
            let program = command.first().cloned().unwrap_or_default();
            let line = format!("{}: {error}", program.display());
            eprintln!("vedette-agent: {line}");
            locked(&tail).add(ERR, format!("{line}\n").as_bytes());
            match error.kind() {
                io::ErrorKind::NotFound => (Some(NOT_FOUND), None),
                _ => (Some(NOT_RUNNABLE), None),
            }
        }
    };
    let took = run.started.elapsed();
    run.report(What::Ended(End {
        took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        exit_code,
        signal,
        lines: locked(&tail).lines(),
    }));
    exit_code.unwrap_or(SIGNALLED + signal.unwrap_or(0))
}

impl Run<'_> {
    fn report(&self, what: What) {
        let report = Report {
            job: self.name.to_owned(),
            run: self.id,
            started_wall_ms: self.started_wall_ms,
            what,
        };
        if let Err(error) = self.folder.leave(&report) {
            let (name, folder) = (self.name, self.folder.path().display());
            eprintln!(
                "vedette-agent: job {name} cannot be reported in {folder}: {error}; \
                 the agent makes this folder when it starts, or name another in VEDETTE_JOBS_DIR"
            );
        }
    }
}

/// Runs a command to its end. The error is that it could not be started.
fn execute(command: &[OsString], tail: &Arc<Mutex<Tail>>) -> io::Result<ExitStatus> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        // Before the child: none of its signals is lost.
        let mut signals = signals::Signals::listen()?;
        let (program, arguments) = command
            .split_first()
            .ok_or(io::Error::other("there is no command"))?;
        let mut child = Command::new(program)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (done, mut both_done) = mpsc::channel(2);
        pass((child.stdout.take(), io::stdout()), OUT, tail, &done);
        pass((child.stderr.take(), io::stderr()), ERR, tail, &done);
        drop(done);
        let status = ended(&mut child, &mut signals).await?;
        // None: both senders are gone, for both outputs are at their end.
        let both = async { while both_done.recv().await.is_some() {} };
        let _ = tokio::time::timeout(LINGER, both).await;
        Ok(status)
    })
}

/// Waits for the child, and passes on what this process is told meanwhile.
async fn ended(child: &mut Child, signals: &mut signals::Signals) -> io::Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        signals.next(child.id()).await;
    }
}

/// Passes one output through on a thread of its own, until it ends or nobody reads it.
fn pass<R: Read + Send + 'static, W: Write + Send + 'static>(
    (from, mut to): (Option<R>, W),
    output: usize,
    tail: &Arc<Mutex<Tail>>,
    done: &mpsc::Sender<()>,
) {
    let (tail, done) = (Arc::clone(tail), done.clone());
    std::thread::spawn(move || {
        let mut piece = [0; PIECE];
        let Some(mut from) = from else { return };
        loop {
            match from.read(&mut piece) {
                Ok(0) => break,
                Ok(length) => {
                    locked(&tail).add(output, &piece[..length]);
                    // Whoever read it has gone: the job hears of it as it would without us.
                    if to
                        .write_all(&piece[..length])
                        .and_then(|()| to.flush())
                        .is_err()
                    {
                        break;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        drop(done);
    });
}

fn locked(tail: &Mutex<Tail>) -> std::sync::MutexGuard<'_, Tail> {
    tail.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The last lines of what a job writes, on either output.
#[derive(Debug, Default)]
struct Tail {
    whole: VecDeque<Vec<u8>>,
    /// A line that has not ended, for each output.
    begun: [Begun; 2],
}

#[derive(Debug, Default)]
struct Begun {
    line: Vec<u8>,
    /// Whether what comes next is written over it, as progress bars do.
    is_returned: bool,
}

impl Begun {
    fn add(&mut self, byte: u8) {
        if std::mem::take(&mut self.is_returned) {
            self.line.clear();
        }
        if self.line.len() < LINE_BYTES_MAX {
            self.line.push(byte);
        }
    }
}

/// Standard output, as a place in [`Tail::begun`].
const OUT: usize = 0;
/// Standard error.
const ERR: usize = 1;

impl Tail {
    fn add(&mut self, output: usize, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b'\n' => self.end_line(output),
                b'\r' => self.begun[output].is_returned = true,
                other => self.begun[output].add(*other),
            }
        }
    }

    fn end_line(&mut self, output: usize) {
        let line = std::mem::take(&mut self.begun[output]).line;
        if line.is_empty() {
            return;
        }
        if self.whole.len() >= EVIDENCE_LINES_MAX {
            self.whole.pop_front();
        }
        self.whole.push_back(line);
    }

    fn lines(&mut self) -> Vec<String> {
        self.end_line(OUT);
        self.end_line(ERR);
        self.whole.iter().map(|line| printable(line)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept_without_progress_bars_and_endless_lines() {
        let mut tail = Tail::default();
        for number in 0..100 {
            tail.add(OUT, format!("line {number}\n\n").as_bytes());
        }
        tail.add(OUT, b"10 %\r20 %\r100 %\r\n");
        tail.add(OUT, &[b'x'; 100_000]);
        let lines = tail.lines();
        assert_eq!(lines.len(), EVIDENCE_LINES_MAX);
        assert_eq!(lines[EVIDENCE_LINES_MAX - 2], "100 %");
        assert_eq!(lines[EVIDENCE_LINES_MAX - 1].len(), LINE_BYTES_MAX);
        assert_eq!(lines[0], format!("line {}", 102 - EVIDENCE_LINES_MAX));
    }
}
