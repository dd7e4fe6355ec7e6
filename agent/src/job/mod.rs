//! Knows whether jobs run when they should: `[[job]]` and `vedette-agent job`.
//!
//! In the order of the data: `command` runs a job and leaves a `report` of its start and
//! of its end in the drop `folder`, whether or not an agent runs; the probe `job` reads
//! what lies there and hands it to the `ledger`, which by the `calendar` knows what should
//! have begun. `signals`, `host` and `process` are what the operating system says to all this.

mod calendar;
mod command;
mod folder;
mod host;
mod ledger;
mod process;
mod report;
mod signals;
mod watch;

#[cfg(test)]
mod ledger_tests;

use std::path::{Path, PathBuf};

pub(crate) use command::run;
pub(crate) use watch::build;

/// Where reports are left for the agent of the host.
const USUAL_PLACE: &str = "/run/vedette-agent/jobs";

/// Where runs leave their reports, for an agent with this state directory: what
/// `VEDETTE_JOBS_DIR` names; below `/run` for the agent of the host, because nobody else
/// enters its state directory; within the directory for any other.
pub(crate) fn folder(state_dir: &Path) -> PathBuf {
    let named = std::env::var_os("VEDETTE_JOBS_DIR").filter(|named| !named.is_empty());
    match named {
        Some(named) => named.into(),
        None if state_dir == Path::new(crate::state::USUAL_PLACE) => USUAL_PLACE.into(),
        None => state_dir.join("jobs"),
    }
}
