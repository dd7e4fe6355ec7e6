//! Decides whether a report is of the machine we know under an id, or of a copy of it.
//!
//! A machine that was copied with its agent's state has the same id and another boot. Two boots
//! of one machine never live at the same time: a boot that was up already when the one we know
//! was last heard of, or one that comes back after another took its place, is a second machine.
//! The first one is believed, the other refused until it is forgotten.
//!
//! Two copies can share a boot: containers of one host have its kernel's, a machine copied with
//! its memory has that of the first. Then the same holds of the runs of their agents, each of
//! which has a live epoch of its own: another epoch is an agent that was started again, but the
//! one before it never speaks after it. Copies that share the epoch too count the same numbers
//! for different rounds; who is met with a number that is taken is made to begin anew, and is an
//! epoch of its own then. So goes on who was only put back to a snapshot.
//!
//! In: live reports, the time. Out: an [`Admission`]. Knows nothing of what is in a report. The
//! backlog of an earlier boot is no sign of life, and has other epochs than the live reports: of
//! a copy that shares the boot it is kept back by the agent, which sends nothing while it is
//! refused.

use std::time::Duration;

use vedette_wire::{Report, Round, Stream};

use crate::Timestamp;

/// How much longer than its predecessor's silence a boot must have been up to be another machine:
/// reports may be under way for so long.
const UNDER_WAY: Duration = Duration::from_secs(60);
/// Runs that are remembered per host.
const RUNS_MAX: usize = 8;
/// A run that was not heard of for so long is forgotten.
const FORGET_AFTER: Duration = Duration::from_secs(24 * 3600);

/// Whether a report is of the machine we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It is.
    Known,
    /// It is of another machine under the same id: nothing of it may be taken.
    Clone,
    /// It is late, of a run that is over: whoever lives sends again.
    Straggler,
    /// Another round has its number already: a copy with the same memory, or a machine put back
    /// to a snapshot. Nothing of it is taken; an agent that is told of more than it sent begins
    /// anew, and sends it again.
    Doubled {
        /// More than was sent.
        reached: u64,
    },
}

/// The runs that claim to be one host.
#[derive(Debug, Clone, Default)]
pub(super) struct Boots {
    /// The one that is believed.
    current: Option<Run>,
    /// Those before it, as far as they were heard of; the newest last.
    former: Vec<Former>,
    /// Those of other machines.
    refused: Vec<Refused>,
    /// Set where what was taken for a reboot has just proven to be another machine.
    unmasked: Option<Unmasked>,
}

/// Two boots that are no reboot of one machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unmasked {
    /// The one that was believed, of another machine.
    pub(super) other: String,
    /// The one that lives on.
    pub(super) ours: String,
}

/// One run of an agent within one boot.
#[derive(Debug, Clone)]
struct Run {
    boot: String,
    /// None while only the boot is known, from what was committed.
    epoch: Option<String>,
    /// When it was last heard of since the collector started.
    heard: Option<Timestamp>,
    /// The boot's clock when it first spoke.
    began_mono_ms: u64,
    /// Its newest round: its number, and the boot's clock then.
    newest: Option<(u64, u64)>,
}

/// A run another took the place of.
#[derive(Debug, Clone)]
struct Former {
    run: Run,
    replaced: Timestamp,
    /// A report of it was late already.
    straggled: bool,
}

/// What is of another machine: a whole boot, or one run within the boot that is believed.
#[derive(Debug, Clone)]
struct Refused {
    boot: String,
    epoch: Option<String>,
    heard: Timestamp,
}

impl Boots {
    /// Takes over which boot is committed, and which ones were refused, each with the epoch of
    /// its newest report.
    pub(super) fn seed<'a>(
        &mut self,
        committed: &str,
        refused: impl Iterator<Item = (&'a str, Option<&'a str>)>,
        now: Timestamp,
    ) {
        if self.current.is_none() && !committed.is_empty() {
            self.current = Some(Run {
                boot: committed.to_owned(),
                epoch: None,
                heard: None,
                began_mono_ms: 0,
                newest: None,
            });
        }
        for (boot, epoch) in refused {
            // Of the boot that is believed only that run is another machine's.
            let is_shared = boot == committed;
            if !is_shared || epoch.is_some() {
                self.refuse(boot, epoch.filter(|_| is_shared), now);
            }
        }
    }

    /// Whether a report is of the machine we know.
    pub(super) fn admit(&mut self, now: Timestamp, report: &Report) -> Admission {
        self.forget(now);
        if let Some(refused) = self.refused.iter_mut().find(|other| other.is_of(report)) {
            refused.heard = now;
            return Admission::Clone;
        }
        match report.stream {
            // Of whatever boot: it may be from before the reboot.
            Stream::Backlog => Admission::Known,
            Stream::Live => self.lives(now, report),
        }
    }

    /// What was taken for a reboot and was none, if that was found out since this was asked last.
    pub(super) fn unmasked(&mut self) -> Option<Unmasked> {
        self.unmasked.take()
    }

    fn lives(&mut self, now: Timestamp, report: &Report) -> Admission {
        let Some(current) = &mut self.current else {
            self.believe(now, report);
            return Admission::Known;
        };
        if current.is_of(report) {
            return current.speaks(now, report);
        }
        let shares_boot = current.boot == report.boot;
        let since_heard = current.heard.map(|heard| now.since(heard));
        if let Some(at) = self.former_of(report, shares_boot) {
            return self.comes_back(now, at, report);
        }
        let up = Duration::from_millis(report.sent_mono_ms);
        if !shares_boot && since_heard.is_some_and(|silence| up > silence + UNDER_WAY) {
            self.refuse(&report.boot, None, now);
            return Admission::Clone;
        }
        self.believe(now, report);
        Admission::Known
    }

    /// Where the run of a report is among the former ones; in another boot than the one believed
    /// any run of it will do.
    fn former_of(&self, report: &Report, shares_boot: bool) -> Option<usize> {
        let same_run = |former: &Former| former.run.is_of(report);
        let same_boot = |former: &Former| !shares_boot && former.run.boot == report.boot;
        self.former
            .iter()
            .position(same_run)
            .or_else(|| self.former.iter().rposition(same_boot))
    }

    /// A run that had been replaced lives: the one that replaced it is another machine's. One
    /// report soon after may have been under way.
    fn comes_back(&mut self, now: Timestamp, at: usize, report: &Report) -> Admission {
        let second = self.current.as_ref();
        let shares_boot = second.is_some_and(|second| second.boot == report.boot);
        // On one clock there is no doubt: it was written after the other one spoke.
        let is_later =
            shares_boot && second.is_some_and(|second| report.sent_mono_ms > second.began_mono_ms);
        let former = &mut self.former[at];
        let is_soon = now.since(former.replaced) <= UNDER_WAY;
        if !is_later && is_soon && !std::mem::replace(&mut former.straggled, true) {
            return Admission::Straggler;
        }
        let mut first = self.former.remove(at).run;
        let admission = if first.is_of(report) {
            first.speaks(now, report)
        } else {
            first = Run::of(now, report);
            Admission::Known
        };
        if let Some(second) = self.current.replace(first) {
            let epoch = second.epoch.filter(|_| shares_boot);
            self.refuse(&second.boot, epoch.as_deref(), now);
            self.unmasked = (!shares_boot).then(|| Unmasked {
                other: second.boot,
                ours: report.boot.clone(),
            });
        }
        admission
    }

    fn believe(&mut self, now: Timestamp, report: &Report) {
        if let Some(run) = self.current.replace(Run::of(now, report)) {
            self.former.push(Former {
                run,
                replaced: now,
                straggled: false,
            });
        }
        let surplus = self.former.len().saturating_sub(RUNS_MAX);
        self.former.drain(..surplus);
    }

    fn refuse(&mut self, boot: &str, epoch: Option<&str>, now: Timestamp) {
        self.refused
            .retain(|other| other.boot != boot || other.epoch.as_deref() != epoch);
        self.refused.push(Refused {
            boot: boot.to_owned(),
            epoch: epoch.map(str::to_owned),
            heard: now,
        });
        let surplus = self.refused.len().saturating_sub(RUNS_MAX);
        self.refused.drain(..surplus);
    }

    fn forget(&mut self, now: Timestamp) {
        let is_recent = |heard: Timestamp| now.since(heard) <= FORGET_AFTER;
        self.former
            .retain(|former| former.run.heard.is_none_or(is_recent));
        self.refused.retain(|other| is_recent(other.heard));
    }
}

impl Run {
    fn of(now: Timestamp, report: &Report) -> Run {
        Run {
            boot: report.boot.clone(),
            epoch: Some(report.epoch.clone()),
            heard: Some(now),
            began_mono_ms: report.sent_mono_ms,
            newest: report.rounds.last().map(numbered),
        }
    }

    fn is_of(&self, report: &Report) -> bool {
        is_run_of(report, &self.boot, self.epoch.as_deref())
    }

    /// A report of this run; that of a round from before the newest is somebody else's to judge.
    fn speaks(&mut self, now: Timestamp, report: &Report) -> Admission {
        if self.epoch.is_none() {
            *self = Run::of(now, report);
            return Admission::Known;
        }
        self.heard = Some(now);
        let Some(said) = report.rounds.last().map(numbered) else {
            return Admission::Known;
        };
        if let Some((seq, mono_ms)) = self.newest {
            let is_taken = said.0 == seq && said.1 != mono_ms;
            let goes_back = said.0 > seq && said.1 < mono_ms;
            if is_taken || goes_back {
                let reached = seq.max(said.0).saturating_add(1);
                return Admission::Doubled { reached };
            }
        }
        self.newest = self.newest.max(Some(said));
        Admission::Known
    }
}

impl Refused {
    fn is_of(&self, report: &Report) -> bool {
        is_run_of(report, &self.boot, self.epoch.as_deref())
    }
}

/// Whether a report is of this run; where its epoch is not known, of this boot.
fn is_run_of(report: &Report, boot: &str, epoch: Option<&str>) -> bool {
    report.boot == boot && epoch.is_none_or(|epoch| report.epoch == epoch)
}

fn numbered(round: &Round) -> (u64, u64) {
    (round.seq, round.mono_ms)
}

#[cfg(test)]
#[path = "boots_tests.rs"]
mod tests;
