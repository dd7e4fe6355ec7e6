//! Answers what the collector wants to know about an alert that has begun.
//!
//! In: its questions, a few at a time. Out: lines for people, as an event on the [`Board`].
//! The questions are a closed list, and what they name is compared with what this host has:
//! nothing from the network is run, and no path from it is looked into that is not a mounted
//! file system. Each answer has its time; one that hangs makes the next of its kind say so.

mod folders;
mod journal;
mod processes;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use uuid::Uuid;
use vedette_wire::{Ask, Event, EventKind, Wanted, limits};

use self::processes::Snapshot;
use crate::board::Board;
use crate::clock::{Clock, HostClock};
use crate::probe::{Surroundings, is_mounted, mountpoints};

/// Threads that answers can hold at once: one that works, one that hangs in a dead mount.
pub const THREADS_MAX: usize = 2;
/// Questions that are remembered as answered, so that none is answered twice.
const ANSWERED_MAX: usize = 64;
/// Between the two looks at processes.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);
/// How long one look at anything may take, with some air for a disk that is slow to answer.
const LOOK_WITHIN: Duration = Duration::from_secs(15);
/// Letters of one line of an answer.
const LINE_MAX: usize = 250;

// The longest letter has four bytes.
const _: () = assert!(4 * LINE_MAX <= limits::VALUE_BYTES_MAX);

/// Answers questions until nobody can ask any more.
pub struct Evidence {
    surroundings: Surroundings,
    board: Arc<Board>,
    /// Questions that were heard, the newest last.
    answered: VecDeque<String>,
    /// A look that did not return in time.
    hanging: Option<JoinHandle<Vec<String>>>,
}

impl Evidence {
    /// Answers about this host, on this board.
    pub fn new(surroundings: Surroundings, board: Arc<Board>) -> Evidence {
        Evidence {
            surroundings,
            board,
            answered: VecDeque::new(),
            hanging: None,
        }
    }

    /// Answers one question after the other. Must be called within a runtime that has a
    /// blocking pool.
    pub async fn run(mut self, mut asks: mpsc::Receiver<Ask>) {
        while let Some(ask) = asks.recv().await {
            self.hear(ask).await;
        }
    }

    async fn hear(&mut self, ask: Ask) {
        let is_sound = !ask.id.is_empty() && ask.id.len() <= limits::NAME_BYTES_MAX;
        if !is_sound || self.answered.contains(&ask.id) {
            return;
        }
        if self.answered.len() >= ANSWERED_MAX {
            self.answered.pop_front();
        }
        self.answered.push_back(ask.id.clone());
        let found = match ask.what {
            Wanted::TopProcesses => self.top_processes().await,
            Wanted::LargestFolders { mountpoint } => self.largest_folders(mountpoint).await,
            Wanted::LastLines { unit } => self.last_lines(unit).await,
            // Asked by a newer collector, which knows that not every agent answers.
            Wanted::Unknown => return,
        };
        let lines = found.unwrap_or_else(|why| vec![format!("could not be found out: {why}")]);
        let lines = lines.iter().take(limits::EVIDENCE_LINES_MAX);
        self.board.pin_event(Event {
            id: Uuid::new_v4().to_string(),
            wall_ms: HostClock.now().wall_ms,
            kind: EventKind::Evidence {
                ask: ask.id,
                lines: lines.map(|line| shown(line)).collect(),
            },
        });
    }

    async fn top_processes(&mut self) -> Result<Vec<String>, String> {
        let proc = self.surroundings.proc.clone();
        let look = move || Snapshot::take(&proc);
        let before = blocking(look.clone()).await??;
        let begun = Instant::now();
        tokio::time::sleep(BETWEEN_LOOKS).await;
        let after = blocking(look).await??;
        let elapsed = begun.elapsed();
        let proc = self.surroundings.proc.clone();
        blocking(move || processes::top(&before, &after, elapsed, &proc)).await
    }

    async fn largest_folders(&mut self, mountpoint: String) -> Result<Vec<String>, String> {
        if self
            .hanging
            .as_ref()
            .is_some_and(|look| !look.is_finished())
        {
            return Err("an earlier look into a file system has not returned".to_owned());
        }
        self.hanging = None;
        let path = PathBuf::from(&mountpoint);
        if !is_mounted(&self.surroundings.proc, &path) {
            return Err("no file system is mounted there".to_owned());
        }
        let mounted = mountpoints(&self.surroundings.proc);
        let mut look = tokio::task::spawn_blocking(move || folders::largest(&path, &mounted));
        match timeout(LOOK_WITHIN, &mut look).await {
            Ok(found) => found.map_err(|error| error.to_string()),
            Err(_) => {
                self.hanging = Some(look);
                let within = LOOK_WITHIN.as_secs();
                Err(format!("the file system did not answer within {within} s"))
            }
        }
    }

    async fn last_lines(&mut self, unit: String) -> Result<Vec<String>, String> {
        let programs = self.surroundings.programs.clone();
        blocking(move || journal::last_lines(&programs, &unit)).await?
    }
}

/// Runs something on a thread that may block, and waits for it as long as a look may take.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    let work = tokio::task::spawn_blocking(work);
    match timeout(LOOK_WITHIN, work).await {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(_) => Err(format!("no answer within {} s", LOOK_WITHIN.as_secs())),
    }
}

/// A line of what others wrote, as it can be shown anywhere.
fn shown(line: &str) -> String {
    let letters = line.trim_end().chars().take(LINE_MAX);
    letters
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}

/// Bytes with a binary unit.
fn size(bytes: f64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    let mut size = bytes / 1024.0;
    let mut unit = 0;
    while size >= 1024.0 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    format!("{size:.1} {}", UNITS[unit])
}
