//! Keeps the time of detection free of jumps: what it calls now only passes.
//!
//! In: times of the collector, which jumps forward when the machine's clock is set. Out: the
//! same without the jumps, for what is measured here, and back again for what is said of it.
//! So windows, delays and silences need no moving when the clock does.

use std::time::Duration;

use vedette_triage::detect::Observed;
use vedette_triage::{Alert, Host, HostSays, Says, Timestamp};

/// The time of one shard of hosts.
#[derive(Debug)]
pub(super) struct Steps {
    /// All jumps so far.
    jumped: Duration,
    /// The latest time it was told of, without the jumps.
    latest: Timestamp,
}

impl Default for Steps {
    fn default() -> Steps {
        Steps {
            jumped: Duration::ZERO,
            latest: Timestamp::MIN,
        }
    }
}

impl Steps {
    /// The collector's time jumped forward.
    pub(super) fn step(&mut self, by: Duration) {
        self.jumped += by;
    }

    /// A time of the collector that passes here: never earlier than the last one, even if it was
    /// read before somebody else's, or before a jump.
    pub(super) fn passes(&mut self, now: Timestamp) -> Timestamp {
        self.latest = self.latest.max(self.within(now));
        self.latest
    }

    /// A time of the collector as it is known here.
    pub(super) fn within(&self, at: Timestamp) -> Timestamp {
        at.before(self.jumped)
    }

    /// A time that is known here as the collector's.
    pub(super) fn outside(&self, at: Timestamp) -> Timestamp {
        at.after(self.jumped)
    }

    /// What is committed of a host, as it is known here.
    pub(super) fn host(&self, host: &Host) -> Host {
        let mut host = host.clone();
        host.silent_since = host.silent_since.map(|at| self.within(at));
        if let Some(away) = &mut host.away {
            away.until = away.until.map(|at| self.within(at));
        }
        host
    }

    /// What is committed of an alert, as it is known here.
    pub(super) fn alert(&self, alert: &Alert) -> Alert {
        let mut alert = alert.clone();
        alert.starts_at = self.within(alert.starts_at);
        alert
    }

    /// What was found here, for the engine.
    pub(super) fn observed(&self, mut observed: Observed) -> Observed {
        for says in &mut observed.host {
            match says {
                HostSays::Silent { last_seen } => *last_seen = self.outside(*last_seen),
                HostSays::Holds { until, .. } | HostSays::JobRuns { until, .. } => {
                    *until = self.outside(*until);
                }
                HostSays::Changed { changes } => {
                    for change in changes {
                        change.at = self.outside(change.at);
                    }
                }
                HostSays::Observed { at, .. } => *at = self.outside(*at),
                HostSays::Seen { .. }
                | HostSays::Looks { .. }
                | HostSays::Left { .. }
                | HostSays::JobEnded { .. }
                | HostSays::Found { .. } => {}
            }
        }
        for found in &mut observed.found {
            match &mut found.says {
                Says::Firing { since, .. } | Says::Ok { since, .. } => {
                    *since = self.outside(*since);
                }
            }
        }
        observed
    }
}
