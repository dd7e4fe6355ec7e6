//! Keeps what root plans to do on this host, until it is done.
//!
//! In: how long and why, the rounds. Out: whether a hold is in force, and the event that
//! ends it. Kept on disk: a hold survives the agent. It ends at its time, when root says
//! so, or, after a reboot, when the host has been well for [`WELL_FOR`]. The collector
//! decides what a hold means; here nothing is held back.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vedette_wire::{CheckState, EventKind, Looked, Round};

use crate::clock::Stamp;
use crate::state::write_whole;

/// The longest hold: longer work is a maintenance window of the collector's.
pub const HOLD_AT_MOST: Duration = Duration::from_secs(4 * 3_600);
/// Characters of a reason, at least.
pub const WHY_CHARACTERS_MIN: usize = 8;
/// Bytes of a reason, at most; of a name as well.
pub const WHY_BYTES_MAX: usize = 512;
/// A host that has rebooted is back when it has been well for this long.
pub const WELL_FOR: Duration = Duration::from_secs(300);

const FILE: &str = "hold.json";

/// Planned work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Until when, in milliseconds of the wall clock.
    pub until_wall_ms: i64,
    /// Why.
    pub why: String,
    /// Who: the login name, and who they were before sudo.
    pub by: String,
    /// The boot in which it began.
    pub boot: String,
}

impl Hold {
    /// What the collector is told; `until_wall_ms` in the past ends it.
    pub fn event(&self, until_wall_ms: i64) -> EventKind {
        EventKind::Hold {
            until_wall_ms,
            why: self.why.clone(),
            by: self.by.clone(),
        }
    }
}

/// The hold of this host, if there is one. One for the whole agent.
#[derive(Debug)]
pub struct Holds {
    dir: PathBuf,
    boot: String,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    hold: Option<Hold>,
    /// Since when all has been well, on the monotonic clock.
    well_since_ms: Option<u64>,
}

impl Holds {
    /// What an earlier agent on this state directory left. A file that cannot be read is no
    /// hold: work that nobody knows of must not be hidden.
    pub fn open(dir: &Path, boot: Uuid) -> Holds {
        let read = fs::read(dir.join(FILE)).map(|bytes| serde_json::from_slice(&bytes));
        let hold = match read {
            Ok(Ok(hold)) => Some(hold),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the hold that was kept cannot be read and is given up");
                None
            }
            Err(_) => None,
        };
        Holds {
            dir: dir.to_owned(),
            boot: boot.to_string(),
            kept: Mutex::new(Kept {
                hold,
                well_since_ms: None,
            }),
        }
    }

    /// Puts a hold in force, in the place of the one that is.
    ///
    /// # Errors
    /// A sentence: what is wrong with it, or that it cannot be written down.
    pub fn begin(&self, length: Duration, why: &str, by: &str, now: Stamp) -> Result<Hold, String> {
        if length.is_zero() || length > HOLD_AT_MOST {
            return Err("a hold lasts from a second to 4h".to_owned());
        }
        let why = why.trim();
        if why.chars().count() < WHY_CHARACTERS_MIN || why.len() > WHY_BYTES_MAX {
            return Err(format!(
                "a reason has from {WHY_CHARACTERS_MIN} characters to {WHY_BYTES_MAX} bytes"
            ));
        }
        let length_ms = i64::try_from(length.as_millis()).unwrap_or(i64::MAX);
        let hold = Hold {
            until_wall_ms: now.wall_ms.saturating_add(length_ms),
            why: why.to_owned(),
            by: by.chars().take(WHY_BYTES_MAX / 4).collect(),
            boot: self.boot.clone(),
        };
        let text = serde_json::to_string(&hold).map_err(|error| error.to_string())?;
        write_whole(&self.dir, FILE, &text).map_err(|error| {
            format!("the hold cannot be written down: {error}; make space in the state directory")
        })?;
        let mut kept = self.locked();
        kept.hold = Some(hold.clone());
        kept.well_since_ms = None;
        Ok(hold)
    }

    /// Ends the hold in force, if there is one.
    pub fn end(&self) -> Option<Hold> {
        let hold = self.locked().hold.take()?;
        if let Err(error) = fs::remove_file(self.dir.join(FILE))
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "the file of a hold that has ended cannot be removed");
        }
        Some(hold)
    }

    /// The hold in force.
    pub fn in_force(&self) -> Option<Hold> {
        self.locked().hold.clone()
    }

    /// Looks whether a round or the time ends the hold. The event to tell of it, if the
    /// collector does not know by itself.
    pub fn attend(&self, round: &Round, now: Stamp) -> Option<EventKind> {
        let hold = self.in_force()?;
        let left_ms = hold.until_wall_ms.saturating_sub(now.wall_ms);
        let most_ms = i64::try_from(HOLD_AT_MOST.as_millis()).unwrap_or(i64::MAX);
        if left_ms <= 0 || left_ms > most_ms {
            tracing::info!(why = hold.why, "the hold has ended: its time is over");
            self.end();
            return None;
        }
        if hold.boot == self.boot || !self.has_been_well(round, now) {
            return None;
        }
        tracing::info!(
            why = hold.why,
            "the hold has ended: the host is back and well"
        );
        self.end();
        Some(hold.event(now.wall_ms))
    }

    fn has_been_well(&self, round: &Round, now: Stamp) -> bool {
        let mut kept = self.locked();
        if !is_well(round) {
            kept.well_since_ms = None;
            return false;
        }
        let since = *kept.well_since_ms.get_or_insert(now.mono_ms);
        u128::from(now.mono_ms.saturating_sub(since)) >= WELL_FOR.as_millis()
    }

    fn locked(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Every probe could look, no check fails, nothing failed just now.
fn is_well(round: &Round) -> bool {
    let fails = |state| matches!(state, CheckState::Critical | CheckState::Unknown);
    let could_not = |looked: &Looked| matches!(looked, Looked::No { .. });
    let failed = |kind: &EventKind| {
        matches!(
            kind,
            EventKind::UnitFailed { .. } | EventKind::OomKill { .. }
        )
    };
    !round.probes.iter().any(|run| could_not(&run.looked))
        && !round.checks.iter().any(|run| fails(run.state))
        && !round.events.iter().any(|event| failed(&event.kind))
}

#[cfg(test)]
#[path = "hold_tests.rs"]
mod tests;
