//! Keeps how the agent stands with its collector, for the status and the log.
//!
//! In: what was heard, sent and kept. Out: a [`Status`], written down after every step.
//! Decides nothing.

use std::path::Path;
use std::time::Duration;

use uuid::Uuid;
use vedette_wire::Round;

use super::body::Identity;
use super::collectors::Heard;
use super::verdict::Verdict;
use crate::clock::Stamp;
use crate::spool::Spool;
use crate::status::{Said, SpoolStatus, Status, StatusFile};
use crate::tally::Tally;

/// The status as it grows, and its file.
pub(super) struct Standing {
    status: Status,
    file: StatusFile,
}

impl Standing {
    pub(super) fn new(
        identity: &Identity,
        interval: Duration,
        state_dir: &Path,
        now: Stamp,
    ) -> Standing {
        Standing {
            status: Status {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                agent: identity.agent.to_string(),
                host: identity.host.name.clone(),
                pid: std::process::id(),
                started_wall_ms: now.wall_ms,
                interval_s: interval.as_secs_f64(),
                ..Status::default()
            },
            file: StatusFile::new(state_dir),
        }
    }

    /// The collector that was heard last.
    pub(super) fn collector(&self) -> &str {
        &self.status.collector
    }

    /// This host has another id from now on.
    pub(super) fn becomes(&mut self, agent: Uuid) {
        self.status.agent = agent.to_string();
    }

    /// A new round has its number.
    pub(super) fn round(&mut self, round: &Round) {
        self.status.round = round.seq;
        // The goodbye looks at nothing; what was seen before it stays interesting.
        if !round.probes.is_empty() {
            self.status.probes.clone_from(&round.probes);
        }
        self.status.checked(&round.checks, round.wall_ms);
    }

    /// A collector said something, or could not be heard.
    pub(super) fn heard(&mut self, heard: &Heard, now: Stamp) {
        let (acknowledged, text) = match &heard.verdict {
            Verdict::Acknowledged { refused: None, .. } => (true, "acknowledged".to_owned()),
            Verdict::Acknowledged {
                refused: Some(why), ..
            } => {
                tracing::warn!(why, "the collector refused a part of a report");
                (true, format!("acknowledged, a part refused: {why}"))
            }
            Verdict::SetAside { why } => (false, format!("refused for good: {why}")),
            Verdict::Keep { why, .. } => (false, why.clone()),
        };
        self.status.collector.clone_from(&heard.collector);
        self.status.skew_ms = heard.skew_ms.or(self.status.skew_ms);
        self.status.next_try_wall_ms = None;
        self.status.said = Some(Said {
            wall_ms: now.wall_ms,
            acknowledged,
            text,
        });
    }

    /// Other settings are in force.
    pub(super) fn renew(&mut self, host: &str, interval: Duration) {
        self.status.host = host.to_owned();
        self.status.interval_s = interval.as_secs_f64();
        self.status.refused = None;
    }

    /// The settings on disk are refused for this reason.
    pub(super) fn refused(&mut self, why: String) {
        self.status.refused = Some(why);
    }

    /// A live round was acknowledged.
    pub(super) fn acknowledged(&mut self, now: Stamp) {
        self.status.acknowledged_wall_ms = Some(now.wall_ms);
    }

    /// More of the backlog was thinned.
    pub(super) fn thinned(&mut self, records: u64) {
        let thinned = &mut self.status.spool.thinned;
        *thinned = thinned.saturating_add(records);
    }

    /// Nothing is sent for a while.
    pub(super) fn next_try(&mut self, now: Stamp, pause: Duration) {
        let pause_ms = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
        self.status.next_try_wall_ms = Some(now.wall_ms.saturating_add(pause_ms));
    }

    /// Writes all of it down; gives it in a sentence.
    pub(super) fn publish(&mut self, spool: &Spool, tally: &Tally, now: Stamp) -> String {
        let depth = spool.depth();
        self.status.spool = SpoolStatus {
            state: depth.state,
            samples: depth.samples,
            bytes: depth.bytes,
            thinned: self.status.spool.thinned,
            dropped: tally.dropped.get(),
            trouble: spool.trouble().map(str::to_owned),
        };
        self.status.set_aside = tally.set_aside.get();
        self.file.write(&mut self.status, now);
        self.status.sentence()
    }
}
