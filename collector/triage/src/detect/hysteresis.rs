//! Decides when a condition becomes an alert, worse, better, or well.
//!
//! In: what the conditions said, and when. Out: a [`Moved`]. The unknown
//! neither fires nor clears, and stops no running `for`.

use std::time::Duration;

use super::Truth;
use crate::{Severity, Timestamp};

/// How bad it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Well, or not known to be bad.
    #[default]
    Ok,
    /// Worth a warning.
    Warning,
    /// Critical.
    Critical,
}

impl Level {
    /// The severity of an alert; none when it is well.
    pub fn severity(self) -> Option<Severity> {
        match self {
            Level::Ok => None,
            Level::Warning => Some(Severity::Warning),
            Level::Critical => Some(Severity::Critical),
        }
    }
}

impl From<Severity> for Level {
    fn from(severity: Severity) -> Level {
        match severity {
            // Our rules know no `info`; an alert that has it still fires.
            Severity::Info | Severity::Warning => Level::Warning,
            Severity::Critical => Level::Critical,
        }
    }
}

/// What the conditions of a rule said at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// `warning || critical`.
    pub(crate) bad: Truth,
    pub(crate) critical: Truth,
    /// `warning_clear`, or that it is not bad.
    pub(crate) clear: Truth,
    /// `critical_clear`, where there is one.
    pub(crate) eased: Option<Truth>,
    /// Whether there is a warning to ease to.
    pub(crate) has_warning: bool,
}

/// How long what must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timing {
    pub(crate) warning_for: Duration,
    pub(crate) critical_for: Duration,
    pub(crate) close_delay: Duration,
}

/// A change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moved {
    pub(crate) level: Level,
    /// Since when it is bad, or well.
    pub(crate) since: Timestamp,
}

/// What became of a change that was handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It is on disk.
    Committed,
    /// It is not; what was so before is so still, and will be found again.
    Failed,
}

/// Where one series of one rule stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Hysteresis {
    level: Level,
    bad_since: Option<Timestamp>,
    critical_since: Option<Timestamp>,
    not_critical_since: Option<Timestamp>,
    /// Since when it fires, as told.
    fired: Option<Timestamp>,
    /// Present while a change is handed on and not settled: where it falls back to.
    pending: Option<(Level, Option<Timestamp>)>,
}

impl Hysteresis {
    /// Goes on from what is committed: firing since then until `clear` is measured, or not. What
    /// was measured, since when it is bad, goes on.
    pub(crate) fn go_back(&mut self, level: Level, fired: Option<Timestamp>) {
        self.level = level;
        self.fired = fired;
        self.pending = None;
    }

    pub(crate) fn level(&self) -> Level {
        self.level
    }

    /// Since when its condition holds.
    pub(crate) fn bad_since(&self) -> Option<Timestamp> {
        self.bad_since
    }

    pub(crate) fn is_pending(&self) -> bool {
        self.pending.is_some()
    }

    /// Whether the pending change is that it begins to fire.
    pub(crate) fn opens(&self) -> bool {
        let before = self.pending.map(|(level, _)| level);
        before == Some(Level::Ok) && self.level != Level::Ok
    }

    /// Whether forgetting it would lose nothing.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.level == Level::Ok && self.pending.is_none() && self.bad_since.is_none()
    }

    /// Takes a verdict; says what changed. While a change is pending, no other is found.
    pub(crate) fn step(
        &mut self,
        now: Timestamp,
        verdict: &Verdict,
        timing: &Timing,
    ) -> Option<Moved> {
        track(&mut self.bad_since, verdict.bad, now);
        track(&mut self.critical_since, verdict.critical, now);
        track(
            &mut self.not_critical_since,
            verdict.critical.negated(),
            now,
        );
        if self.is_pending() {
            return None;
        }
        let level = self.next(now, verdict, timing);
        if level == self.level {
            return None;
        }
        Some(self.go(level, now))
    }

    /// Ends it by another statement than its clear condition.
    pub(crate) fn end(&mut self, now: Timestamp) -> Option<Moved> {
        if self.is_pending() {
            return None;
        }
        self.bad_since = None;
        self.critical_since = None;
        (self.level != Level::Ok).then(|| self.go(Level::Ok, now))
    }

    /// The same again, because its description changed.
    pub(crate) fn repeat(&mut self, now: Timestamp) -> Option<Moved> {
        (!self.is_pending() && self.level != Level::Ok).then(|| self.go(self.level, now))
    }

    /// Says what became of the pending change.
    pub(crate) fn settle(&mut self, settled: Settled) {
        match (settled, self.pending.take()) {
            (Settled::Failed, Some((level, fired))) => {
                self.level = level;
                self.fired = fired;
            }
            (Settled::Committed | Settled::Failed, _) => {}
        }
    }

    /// The next time at which it may act without anything new being measured.
    pub(crate) fn due(&self, timing: &Timing) -> Option<Timestamp> {
        let runs = |since: Option<Timestamp>, until: Duration, acts: bool| {
            since
                .filter(|_| acts && !self.is_pending())
                .map(|since| since.after(until))
        };
        let warning = runs(self.bad_since, timing.warning_for, self.level == Level::Ok);
        let critical = runs(
            self.critical_since,
            timing.critical_for,
            self.level < Level::Critical,
        );
        let eases = runs(
            self.not_critical_since,
            timing.close_delay,
            self.level == Level::Critical,
        );
        [warning, critical, eases].into_iter().flatten().min()
    }

    fn go(&mut self, level: Level, now: Timestamp) -> Moved {
        self.pending = Some((self.level, self.fired));
        self.level = level;
        let since = match level {
            Level::Ok => {
                self.fired = None;
                now
            }
            Level::Warning | Level::Critical => {
                *self.fired.get_or_insert(self.bad_since.unwrap_or(now))
            }
        };
        Moved { level, since }
    }

    fn next(&self, now: Timestamp, verdict: &Verdict, timing: &Timing) -> Level {
        let holds = |truth: Truth, since: Option<Timestamp>, how_long: Duration| {
            truth == Truth::True && since.is_some_and(|since| now.since(since) >= how_long)
        };
        let critical = holds(verdict.critical, self.critical_since, timing.critical_for);
        let warning = verdict.has_warning && holds(verdict.bad, self.bad_since, timing.warning_for);
        // A clear that overlaps with its condition must not make an alert flap.
        let clear = verdict.clear == Truth::True && verdict.bad != Truth::True;
        match self.level {
            Level::Ok if critical => Level::Critical,
            Level::Ok if warning => Level::Warning,
            Level::Ok => Level::Ok,
            Level::Warning if critical => Level::Critical,
            Level::Warning if clear => Level::Ok,
            Level::Warning => Level::Warning,
            Level::Critical if verdict.critical == Truth::True => Level::Critical,
            Level::Critical => {
                let eased = match verdict.eased {
                    Some(eased) => eased == Truth::True,
                    None => holds(
                        verdict.critical.negated(),
                        self.not_critical_since,
                        timing.close_delay,
                    ),
                };
                if clear && (eased || verdict.eased.is_none()) {
                    Level::Ok
                } else if eased && verdict.has_warning {
                    Level::Warning
                } else {
                    Level::Critical
                }
            }
        }
    }
}

/// The unknown stops nothing and starts nothing.
fn track(since: &mut Option<Timestamp>, truth: Truth, now: Timestamp) {
    match truth {
        Truth::True => {
            since.get_or_insert(now);
        }
        Truth::False => *since = None,
        Truth::Unknown => {}
    }
}

#[cfg(test)]
#[path = "hysteresis_tests.rs"]
mod tests;
