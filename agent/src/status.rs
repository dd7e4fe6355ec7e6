//! What the running agent thinks of itself, written down for whoever asks.
//!
//! In: facts from the uplink after every round. Out: `status.json` in the state directory,
//! replaced whole; and the judgement whether all is well. Knows nothing of how it is
//! printed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use vedette_wire::{CheckRun, CheckState, Looked, ProbeRun};

use crate::clock::Stamp;

/// An agent that has written nothing for this many intervals is not well.
const MISSED_ROUNDS_MAX: f64 = 3.0;
/// However short the interval, this much silence is allowed.
const SILENCE_MS_MIN: i64 = 90_000;
/// So many rounds in the spool are not worth a word.
const ROUNDS_ON_THE_WAY_MAX: u64 = 1;
/// A clock that is further off than this is worth a word.
const SKEW_MS_MAX: i64 = 30_000;

/// The content of `status.json`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The agent's version.
    pub version: String,
    /// The agent's id.
    pub agent: String,
    /// The host's name as it is reported.
    pub host: String,
    /// The process that wrote this.
    pub pid: u32,
    /// When it was started, in milliseconds of the wall clock.
    pub started_wall_ms: i64,
    /// When this was written, in milliseconds of the wall clock.
    pub written_wall_ms: i64,
    /// The pause between rounds, in seconds.
    pub interval_s: f64,
    /// The collector that is spoken to.
    pub collector: String,
    /// The number of the last round.
    pub round: u64,
    /// When a live round was last acknowledged, in milliseconds of the wall clock.
    pub acknowledged_wall_ms: Option<i64>,
    /// What the collector said last, or why it cannot be heard.
    pub said: Option<Said>,
    /// When the next attempt is due after a failure, in milliseconds of the wall clock.
    pub next_try_wall_ms: Option<i64>,
    /// The collector's clock minus ours, in milliseconds.
    pub skew_ms: Option<i64>,
    /// The spool.
    pub spool: SpoolStatus,
    /// Rounds the collector refused for good since the start.
    pub set_aside: u64,
    /// Whether each probe could look in the last round.
    pub probes: Vec<ProbeRun>,
    /// Why the settings on disk are refused and those before them stay in force, if so.
    #[serde(default)]
    pub refused: Option<String>,
    /// The checks that were not ok when they last ran.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failing: Vec<Failing>,
}

/// One thing the collector said, or that was heard instead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// When, in milliseconds of the wall clock.
    pub wall_ms: i64,
    /// Whether it acknowledged what was sent.
    pub acknowledged: bool,
    /// What, for people.
    pub text: String,
}

/// A check that is not ok. What it is about is not well; the agent may well be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failing {
    /// Its name.
    pub check: String,
    /// The device it looks at; none: this host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// What it came to.
    pub state: CheckState,
    /// The first line of what it says.
    pub text: String,
    /// Since when it has not been ok, in milliseconds of the wall clock.
    pub since_wall_ms: i64,
    /// When it last ran, in milliseconds of the wall clock.
    pub wall_ms: i64,
    /// The pause between its runs, in seconds.
    pub every_s: f64,
}

/// How the spool stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SpoolStatus {
    /// Rounds that wait with checks or events in them.
    pub state: u64,
    /// Rounds that wait with samples in them.
    pub samples: u64,
    /// Bytes that wait.
    pub bytes: u64,
    /// Rounds given up since the start, in full or in part.
    pub dropped: u64,
    /// Rounds thinned since the start: after an hour, one a minute is kept.
    pub thinned: u64,
    /// Why rounds are kept in memory, if they are.
    pub trouble: Option<String>,
}

impl Status {
    /// Everything that is not well, as sentences; none when all is well. `now` is the wall
    /// clock in milliseconds.
    pub fn complaints(&self, now_wall_ms: i64) -> Vec<String> {
        let mut complaints = Vec::new();
        let silence = (self.interval_s * 1000.0 * MISSED_ROUNDS_MAX) as i64;
        let silence = silence.max(SILENCE_MS_MIN);
        let is_old = |wall_ms: i64| now_wall_ms.saturating_sub(wall_ms) > silence;
        if is_old(self.written_wall_ms) {
            complaints.push("the agent has made no round for a while; look at its log".to_owned());
        }
        match (self.acknowledged_wall_ms, &self.said) {
            (Some(wall_ms), _) if !is_old(wall_ms) => {}
            (_, Some(said)) if !said.acknowledged => {
                complaints.push(format!("the collector does not acknowledge: {}", said.text));
            }
            (Some(_), _) => complaints.push("no round was acknowledged for a while".to_owned()),
            (None, _) => complaints.push("no round has been acknowledged yet".to_owned()),
        }
        complaints.extend(self.spool.trouble.clone());
        if let Some(why) = &self.refused {
            complaints.push(format!(
                "the settings on disk are refused, those before them stay in force: {why}"
            ));
        }
        if let Some(skew) = self.skew_ms.filter(|skew| skew.abs() > SKEW_MS_MAX) {
            let seconds = skew / 1000;
            complaints.push(format!(
                "this host's clock differs from the collector's by {seconds} s; set up NTP"
            ));
        }
        for run in &self.probes {
            if let Looked::No { why } = &run.looked {
                complaints.push(format!("probe {} could not look: {why}", run.probe));
            }
        }
        complaints
    }

    /// How things stand, in a sentence for `systemctl status`. Says nothing that changes
    /// with every round while all is well.
    pub fn sentence(&self) -> String {
        let mut parts = Vec::new();
        if let Some(why) = &self.refused {
            parts.push(format!(
                "the settings on disk are refused, those before them stay in force: {why}"
            ));
        }
        parts.push(match &self.said {
            Some(said) if said.acknowledged => {
                format!(
                    "reporting to {} every {} s",
                    self.collector, self.interval_s
                )
            }
            Some(said) => format!(
                "looking every {} s; {} does not acknowledge: {}",
                self.interval_s, self.collector, said.text
            ),
            None => format!("looking every {} s", self.interval_s),
        });
        if self.spool.samples > ROUNDS_ON_THE_WAY_MAX {
            parts.push(format!("{} rounds wait to be sent", self.spool.samples));
        }
        parts.extend(self.spool.trouble.clone());
        parts.join("; ")
    }
}

impl Status {
    /// Takes note of checks that ended in a round made at `wall_ms`. One that has not run
    /// for a while is no longer configured, and is forgotten.
    pub fn checked(&mut self, runs: &[CheckRun], wall_ms: i64) {
        for run in runs {
            let is_it = |known: &Failing| known.check == run.check && known.about == run.about;
            let before = self
                .failing
                .iter()
                .position(is_it)
                .map(|at| self.failing.remove(at));
            if run.state == CheckState::Ok {
                continue;
            }
            self.failing.push(Failing {
                check: run.check.clone(),
                about: run.about.clone(),
                state: run.state,
                text: run.text.lines().next().unwrap_or_default().to_owned(),
                since_wall_ms: before.map_or(wall_ms, |before| before.since_wall_ms),
                wall_ms,
                every_s: run.every_s.unwrap_or_default(),
            });
        }
        let age_max = |failing: &Failing| {
            (failing.every_s * 1000.0 * MISSED_ROUNDS_MAX) as i64 + SILENCE_MS_MIN
        };
        self.failing
            .retain(|failing| wall_ms.saturating_sub(failing.wall_ms) <= age_max(failing));
    }
}

/// The file the status is written to.
#[derive(Debug)]
pub struct StatusFile {
    path: PathBuf,
    is_failing: bool,
}

impl StatusFile {
    /// The file in this state directory.
    pub fn new(state_dir: &Path) -> StatusFile {
        StatusFile {
            path: path(state_dir),
            is_failing: false,
        }
    }

    /// Replaces the file. A failure is logged once and not repeated until it has worked.
    pub fn write(&mut self, status: &mut Status, now: Stamp) {
        status.written_wall_ms = now.wall_ms;
        let written = serde_json::to_vec(status)
            .map_err(io::Error::from)
            .and_then(|json| replace(&self.path, &json));
        if let Err(error) = &written
            && !self.is_failing
        {
            tracing::warn!(%error, path = %self.path.display(), "the status cannot be written");
        }
        self.is_failing = written.is_err();
    }
}

/// Reads what an agent wrote into this state directory.
///
/// # Errors
/// As reading a file; `InvalidData` when it is not a status.
pub fn read(state_dir: &Path) -> io::Result<Status> {
    Ok(serde_json::from_slice(&fs::read(path(state_dir))?)?)
}

fn path(state_dir: &Path) -> PathBuf {
    state_dir.join("status.json")
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("tmp");
    fs::write(&beside, bytes)?;
    fs::rename(beside, path)
}

#[cfg(test)]
#[path = "status_tests.rs"]
mod tests;
