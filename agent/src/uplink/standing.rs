//! Keeps how the agent stands with its collector, for the status and the log.
//!
//! In: what was heard, sent and kept. Out: a [`Status`], written down when it says something
//! else than before, and every few seconds: replacing a file in every round would be the
//! dearest thing the agent does. Decides nothing.

use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;
use vedette_wire::{ProbeRun, Round};

use super::body::Identity;
use super::collectors::Heard;
use super::verdict::Verdict;
use crate::clock::Stamp;
use crate::spool::Spool;
use crate::status::{Failing, Said, SpoolStatus, Status, StatusFile};
use crate::tally::Tally;

/// Times and counts that change with every round are at most this old in the file.
const WRITE_EVERY: Duration = Duration::from_secs(10);
/// The clocks differ as before when they differ by no more than this from it.
const SAME_SKEW_MS: u64 = 500;

/// The status as it grows, and its file.
pub(super) struct Standing {
    status: Status,
    file: StatusFile,
    /// What the file says, and when it was written.
    written: Option<(Status, Instant)>,
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
            written: None,
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

    /// When what was published is written down at the latest; `None` while the file says it.
    pub(super) fn due(&self) -> Option<Instant> {
        let (written, when) = self.written.as_ref()?;
        (*written != self.status).then(|| *when + WRITE_EVERY)
    }

    /// Whatever was published is in the file.
    pub(super) fn write(&mut self, now: Stamp) {
        self.file.write(&mut self.status, now);
        self.written = Some((self.status.clone(), Instant::now()));
    }

    /// Writes all of it down, if it is news or time to; gives it in a sentence.
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
        let is_due = self.written.as_ref().is_none_or(|(written, when)| {
            when.elapsed() >= WRITE_EVERY || is_news(written, &self.status)
        });
        if is_due {
            self.write(now);
        }
        self.status.sentence()
    }
}

/// Whether somebody who reads `after` learns more than from `before`: other than that time
/// goes on.
fn is_news(before: &Status, after: &Status) -> bool {
    fn facts(status: &Status) -> impl PartialEq {
        (
            (&status.agent, &status.host, &status.collector),
            (status.interval_s, status.next_try_wall_ms),
            (&status.spool, status.set_aside, &status.refused),
            status.acknowledged_wall_ms.is_some(),
        )
    }
    let said =
        |one: &Said, other: &Said| one.acknowledged == other.acknowledged && one.text == other.text;
    let looked =
        |one: &ProbeRun, other: &ProbeRun| one.probe == other.probe && one.looked == other.looked;
    let fails = |one: &Failing, other: &Failing| {
        one.check == other.check && one.about == other.about && one.state == other.state
    };
    let is_near = |one: &i64, other: &i64| one.abs_diff(*other) <= SAME_SKEW_MS;
    facts(before) != facts(after)
        || !all(&before.said, &after.said, said)
        || !all(&before.skew_ms, &after.skew_ms, is_near)
        || !all(&before.probes, &after.probes, looked)
        || !all(&before.failing, &after.failing, fails)
}

/// Whether there are as many of each, the same in their order.
fn all<'a, T: 'a>(
    before: impl IntoIterator<Item = &'a T>,
    after: impl IntoIterator<Item = &'a T>,
    same: impl Fn(&T, &T) -> bool,
) -> bool {
    let (mut before, mut after) = (before.into_iter(), after.into_iter());
    loop {
        match (before.next(), after.next()) {
            (Some(one), Some(other)) if same(one, other) => {}
            (None, None) => return true,
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_tells_more_than_that_time_goes_on_is_news() {
        check(false, |status| {
            status.round += 1;
            status.acknowledged_wall_ms = Some(2_000);
            status.said.iter_mut().for_each(|said| said.wall_ms = 2_000);
            status.skew_ms = Some(-3);
            status.probes.iter_mut().for_each(|run| run.took_ms = 7);
        });
        check(true, |status| status.said = None);
        check(true, |status| status.acknowledged_wall_ms = None);
        check(true, |status| status.skew_ms = Some(900));
        check(true, |status| status.probes.clear());
        check(true, |status| status.spool.samples = 1);
        check(true, |status| status.refused = Some(String::new()));
        check(true, |status| {
            status
                .said
                .iter_mut()
                .for_each(|said| said.acknowledged = false);
        });
        check(true, |status| {
            let no = vedette_wire::Looked::Partly { why: String::new() };
            status
                .probes
                .iter_mut()
                .for_each(|run| run.looked = no.clone());
        });
    }

    #[track_caller]
    fn check(expected: bool, change: impl Fn(&mut Status)) {
        let before = Status {
            acknowledged_wall_ms: Some(1_000),
            skew_ms: Some(5),
            said: Some(Said {
                wall_ms: 1_000,
                acknowledged: true,
                text: String::new(),
            }),
            probes: vec![ProbeRun {
                probe: "cpu".to_owned(),
                looked: vedette_wire::Looked::Yes,
                took_ms: 0,
                every_s: None,
            }],
            ..Status::default()
        };
        let mut after = before.clone();
        change(&mut after);
        assert_eq!(is_news(&before, &after), expected);
    }
}
