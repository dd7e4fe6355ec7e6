//! Decides whether a host is here, away on purpose, or silent.
//!
//! In: reports, goodbyes, what is committed of it, the time. Out: what to say
//! of the host, and the variables of rules on the host itself. A goodbye buys
//! time, never silence (invariant 6); the collector's own downtime is nobody's
//! silence (invariant 14).

use std::time::Duration;

use vedette_wire::{Goodbye, HostFacts, Report, Round, limits};

use crate::detect::Settled;
use crate::{Away, Host, HostSays, Timestamp};

/// Nothing is called silent sooner than this.
const SILENT_AFTER_MIN: Duration = Duration::from_secs(90);
/// A silence of so long is an alert of its own, and the restart that ends it no second one.
const NOTICED_AFTER: Duration = Duration::from_secs(5 * 60);
/// So many reports must be missing.
const INTERVALS_MISSED: u32 = 3;

/// What is known of a host's presence.
#[derive(Debug, Clone)]
pub(super) struct Liveness {
    started: Timestamp,
    interval: Duration,
    /// When it was last heard of since the collector started.
    heard: Option<Timestamp>,
    /// What it said of itself, as committed.
    known: Option<Known>,
    away: Option<Away>,
    silent_since: Option<Timestamp>,
    pending: Pending,
}

/// What was handed on and is not settled.
#[derive(Debug, Clone, Default)]
struct Pending {
    seen: Option<Known>,
    left: bool,
    silent: bool,
}

#[derive(Debug, Clone, PartialEq)]
struct Known {
    facts: HostFacts,
    boot: String,
    version: String,
    interval_s: f64,
}

/// What a report says of the host that was not known.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct News {
    pub(super) seen: Option<HostSays>,
    /// The kernel started anew; whether on purpose.
    pub(super) rebooted: Option<Reboot>,
}

/// Whether a reboot was announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reboot {
    Planned,
    Unplanned,
    /// It was silent for so long before it that this was the news.
    AfterSilence,
}

impl Known {
    /// Whether a report says the same.
    fn is(&self, report: &Report, interval: Duration) -> bool {
        self.interval_s.to_bits() == interval.as_secs_f64().to_bits()
            && self.boot == report.boot
            && self.version == report.version
            && self.facts == report.host
    }
}

impl Liveness {
    /// A host nobody has heard of.
    pub(super) fn new(started: Timestamp) -> Liveness {
        Liveness {
            started,
            interval: Duration::from_secs(15),
            heard: None,
            known: None,
            away: None,
            silent_since: None,
            pending: Pending::default(),
        }
    }

    /// Takes over what is committed; what was pending is forgotten.
    pub(super) fn seed(&mut self, host: &Host) {
        self.known = Some(Known {
            facts: host.facts.clone(),
            boot: host.boot.clone(),
            version: host.version.clone(),
            interval_s: host.interval_s,
        });
        self.interval = interval(host.interval_s);
        self.away.clone_from(&host.away);
        self.silent_since = host.silent_since;
        self.pending = Pending::default();
    }

    pub(super) fn facts(&self) -> Option<&HostFacts> {
        let known = self.pending.seen.as_ref().or(self.known.as_ref());
        known.map(|known| &known.facts)
    }

    /// When it was first heard of since the collector started is not kept; that it was, is.
    pub(super) fn heard(&self) -> Option<Timestamp> {
        self.heard
    }

    /// A value older than this is not known any more.
    pub(super) fn stale_after(&self) -> Duration {
        SILENT_AFTER_MIN.max(self.interval * INTERVALS_MISSED)
    }

    /// It spoke, if only of the past.
    pub(super) fn spoke(&mut self, at: Timestamp) {
        self.heard = self.heard.max(Some(at));
    }

    /// It reports what is so now.
    pub(super) fn reports(&mut self, at: Timestamp, report: &Report, round: &Round) -> News {
        let is_noticed = self.is_noticed(at);
        self.spoke(at);
        self.interval = interval(round.interval_s);
        let back = self.away.is_some() || self.silent_since.is_some();
        let same = match &self.pending.seen {
            Some(pending) => pending.is(report, self.interval),
            None => {
                !back
                    && self
                        .known
                        .as_ref()
                        .is_some_and(|known| known.is(report, self.interval))
            }
        };
        if same {
            return News::default();
        }
        let now = Known {
            facts: report.host.clone(),
            boot: report.boot.clone(),
            version: report.version.clone(),
            interval_s: self.interval.as_secs_f64(),
        };
        let before = self.pending.seen.as_ref().or(self.known.as_ref());
        let rebooted = before
            .filter(|before| before.boot != now.boot && !before.boot.is_empty())
            .map(|_| {
                if self.away.is_some() {
                    Reboot::Planned
                } else if is_noticed {
                    Reboot::AfterSilence
                } else {
                    Reboot::Unplanned
                }
            });
        let seen = HostSays::Seen {
            facts: now.facts.clone(),
            boot: now.boot.clone(),
            version: now.version.clone(),
            interval_s: now.interval_s,
        };
        self.pending.seen = Some(now);
        News {
            seen: Some(seen),
            rebooted,
        }
    }

    /// Whether it had been silent until now for so long that this is an alert of its own.
    fn is_noticed(&self, now: Timestamp) -> bool {
        let silent = |since: Timestamp| now.since(self.heard.unwrap_or(since));
        self.silent_since
            .is_some_and(|since| silent(since) >= NOTICED_AFTER)
    }

    /// It says goodbye.
    pub(super) fn leaves(&mut self, reason: Goodbye) -> HostSays {
        self.pending.left = true;
        HostSays::Left { reason }
    }

    /// Says so once when it has been silent for too long.
    pub(super) fn falls_silent(&mut self, now: Timestamp) -> Option<HostSays> {
        let is_told = self.silent_since.is_some() || self.pending.silent;
        let long_enough = self.silent(now) >= self.stale_after().as_secs_f64();
        // Of a host that is not committed the engine knows nothing.
        if self.known.is_none() || is_told || !long_enough {
            return None;
        }
        self.pending.silent = true;
        Some(HostSays::Silent {
            last_seen: self.heard.unwrap_or(self.started),
        })
    }

    /// Says what became of what was handed on; `host` is what is committed of it now.
    pub(super) fn settle(&mut self, settled: Settled, host: Option<&Host>) {
        let pending = std::mem::take(&mut self.pending);
        match settled {
            Settled::Failed => {}
            Settled::Committed => {
                // What it said counts as known even where the engine keeps it otherwise;
                // else it would be told again with every report.
                if pending.seen.is_some() {
                    self.known = pending.seen;
                    self.away = None;
                    self.silent_since = None;
                }
                if let Some(host) = host {
                    self.away.clone_from(&host.away);
                    self.silent_since = host.silent_since;
                }
            }
        }
    }

    /// The pause between its reports.
    pub(super) fn interval(&self) -> Duration {
        self.interval
    }

    /// Seconds between its reports.
    pub(super) fn interval_s(&self) -> f64 {
        self.interval.as_secs_f64()
    }

    /// Seconds since it was last heard of; NaN while nobody can know.
    pub(super) fn silent(&self, now: Timestamp) -> f64 {
        if self.pending.left || (self.away.is_some() && self.pending.seen.is_none()) {
            return f64::NAN;
        }
        let since = match (self.heard, self.silent_since) {
            (Some(heard), _) => heard,
            (None, Some(silent_since)) => silent_since,
            (None, None) if self.has_had_its_chance(now) => self.started,
            (None, None) => return f64::NAN,
        };
        now.since(since).as_secs_f64()
    }

    /// Seconds since it was last heard of, whatever it said then; NaN while nobody can know. One that
    /// was here when the collector started counts from then on.
    pub(super) fn unseen(&self, now: Timestamp) -> f64 {
        let gone = self.away.as_ref().map(|away| away.since);
        let since = match self.heard.or(self.silent_since).or(gone) {
            Some(since) => since,
            None if self.has_had_its_chance(now) => self.started,
            None => return f64::NAN,
        };
        now.since(since).as_secs_f64()
    }

    /// Seconds past the time it should have been back; 0 when it is not away.
    pub(super) fn overdue(&self, now: Timestamp) -> f64 {
        if self.pending.left || self.pending.seen.is_some() {
            return 0.0;
        }
        let until = self.away.as_ref().and_then(|away| away.until);
        match until {
            None => 0.0,
            Some(until) if now <= until => 0.0,
            // It may have come back while the collector was down.
            Some(_) if self.heard.is_none() && !self.has_had_its_chance(now) => f64::NAN,
            Some(until) => now.since(until).as_secs_f64(),
        }
    }

    fn has_had_its_chance(&self, now: Timestamp) -> bool {
        now.since(self.started) >= self.stale_after()
    }
}

/// The pause between rounds, within its bounds.
pub(super) fn interval(seconds: f64) -> Duration {
    let seconds = if seconds.is_finite() { seconds } else { 15.0 };
    Duration::from_secs_f64(seconds.clamp(limits::INTERVAL_S_MIN, limits::INTERVAL_S_MAX))
}
