//! Decides whether a report is of the machine we know under an id, or of a copy of it.
//!
//! A machine that was copied with its agent's state has the same id and another boot. Two boots
//! of one machine never live at the same time: a boot that was up already when the one we know
//! was last heard of, or one that comes back after another took its place, is a second machine.
//! The first one is believed, the other refused until it is forgotten.
//!
//! In: live reports, the time. Out: an [`Admission`]. Knows nothing of what is in a report. The
//! backlog of an earlier boot is no sign of life.

use std::time::Duration;

use vedette_wire::{Report, Stream};

use crate::Timestamp;

/// How much longer than its predecessor's silence a boot must have been up to be another machine:
/// reports may be under way for so long.
const UNDER_WAY: Duration = Duration::from_secs(60);
/// Boots that are remembered per host.
const BOOTS_MAX: usize = 8;
/// A boot that was not heard of for so long is forgotten.
const FORGET_AFTER: Duration = Duration::from_secs(24 * 3600);

/// Whether a report is of the machine we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It is.
    Known,
    /// It is of another machine under the same id: nothing of it may be taken.
    Clone,
    /// It is late, of a boot that is over: whoever lives sends again.
    Straggler,
}

/// The boots that claim to be one host.
#[derive(Debug, Clone, Default)]
pub(super) struct Boots {
    /// The one that is believed.
    current: Option<Boot>,
    /// Those before it, as far as they were heard of; the newest last.
    former: Vec<Boot>,
    /// Those of other machines.
    refused: Vec<Boot>,
}

#[derive(Debug, Clone)]
struct Boot {
    id: String,
    /// When it was last heard of since the collector started.
    heard: Option<Timestamp>,
}

impl Boots {
    /// Takes over which boot is committed, and which ones were refused.
    pub(super) fn seed<'a>(
        &mut self,
        committed: &str,
        refused: impl Iterator<Item = &'a str>,
        now: Timestamp,
    ) {
        if self.current.is_none() && !committed.is_empty() {
            self.current = Some(Boot {
                id: committed.to_owned(),
                heard: None,
            });
        }
        for id in refused {
            self.refuse(id, now);
        }
    }

    /// Whether a report is of the machine we know.
    pub(super) fn admit(&mut self, now: Timestamp, report: &Report) -> Admission {
        self.forget(now);
        let id = report.boot.as_str();
        if self.refused.iter().any(|boot| boot.id == id) {
            self.refuse(id, now);
            return Admission::Clone;
        }
        match report.stream {
            // Of whatever boot: it may be from before the reboot.
            Stream::Backlog => Admission::Known,
            Stream::Live => self.lives(now, report),
        }
    }

    fn lives(&mut self, now: Timestamp, report: &Report) -> Admission {
        let id = report.boot.as_str();
        let up = Duration::from_millis(report.sent_mono_ms);
        let Some(current) = &mut self.current else {
            self.believe(id, now);
            return Admission::Known;
        };
        if current.id == id {
            current.heard = Some(now);
            return Admission::Known;
        }
        let since_heard = current.heard.map(|heard| now.since(heard));
        if let Some(at) = self.former.iter().position(|boot| boot.id == id) {
            return self.comes_back(now, at);
        }
        if since_heard.is_some_and(|silence| up > silence + UNDER_WAY) {
            self.refuse(id, now);
            return Admission::Clone;
        }
        self.believe(id, now);
        Admission::Known
    }

    /// A boot that had been replaced lives: the one that replaced it is another machine. One report
    /// soon after may have been under way.
    fn comes_back(&mut self, now: Timestamp, at: usize) -> Admission {
        let was_heard = self.former[at].heard;
        if was_heard.is_none_or(|heard| now.since(heard) <= UNDER_WAY) {
            // The next one says whether it lives.
            self.former[at].heard = Some(now.before(UNDER_WAY + UNDER_WAY));
            return Admission::Straggler;
        }
        let first = self.former.remove(at);
        if let Some(second) = self.current.replace(Boot {
            heard: Some(now),
            ..first
        }) {
            self.refuse(&second.id, now);
        }
        Admission::Known
    }

    fn believe(&mut self, id: &str, now: Timestamp) {
        let boot = Boot {
            id: id.to_owned(),
            heard: Some(now),
        };
        if let Some(before) = self.current.replace(boot) {
            self.former.push(before);
        }
        let surplus = self.former.len().saturating_sub(BOOTS_MAX);
        self.former.drain(..surplus);
    }

    fn refuse(&mut self, id: &str, now: Timestamp) {
        self.refused.retain(|boot| boot.id != id);
        self.refused.push(Boot {
            id: id.to_owned(),
            heard: Some(now),
        });
        let surplus = self.refused.len().saturating_sub(BOOTS_MAX);
        self.refused.drain(..surplus);
    }

    fn forget(&mut self, now: Timestamp) {
        let is_recent = |boot: &Boot| {
            boot.heard
                .is_none_or(|heard| now.since(heard) <= FORGET_AFTER)
        };
        self.former.retain(is_recent);
        self.refused.retain(is_recent);
    }
}

#[cfg(test)]
#[path = "boots_tests.rs"]
mod tests;
