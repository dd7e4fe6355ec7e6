//! Brings other settings into force without losing what waits, and says by when sending
//! will be heard of again.
//!
//! In: [`Renewal`]s, each complete and tried. Out: nothing; from the next attempt on they
//! hold. The spool, its epochs and the numbers of rounds go on.

use std::time::Duration;

use tokio::time::Instant;
use vedette_config::CollectorSettings;
use vedette_wire::HostFacts;

use super::collectors::Collectors;
use super::transport::{REQUEST_WITHIN, Transport};
use super::{Lane, Uplink};
use crate::spool::Limits;

/// What an attempt may take besides its requests: the spool's disk, a busy host.
const BESIDE_REQUESTS: Duration = Duration::from_secs(20);
/// A collector is asked twice when the token has changed, and each time once more where the
/// form of the report may have been at fault.
const REQUESTS_PER_COLLECTOR_MAX: u32 = 4;

/// News about the settings.
#[derive(Debug)]
pub enum Renewal<T> {
    /// These are in force now.
    Terms(Terms<T>),
    /// Those on disk are refused, in words for people; what was in force stays.
    Refused(String),
}

/// What the uplink works by.
#[derive(Debug)]
pub struct Terms<T> {
    /// The way to the collectors, and where they are, if either has changed.
    pub way: Option<(T, CollectorSettings)>,
    /// What the host says of itself.
    pub host: HostFacts,
    /// The pause between rounds, for the status.
    pub interval: Duration,
    /// What the spool may keep.
    pub limits: Limits,
}

impl<T: Transport> Uplink<T> {
    pub(super) fn renew(&mut self, renewal: Renewal<T>) {
        let terms = match renewal {
            Renewal::Terms(terms) => terms,
            Renewal::Refused(why) => return self.standing.refused(why),
        };
        self.standing.renew(&terms.host.name, terms.interval);
        self.identity.host = terms.host;
        self.spool.set_limits(terms.limits);
        if let Some((transport, collector)) = terms.way {
            self.collectors = Collectors::new(transport, collector);
            // What made the old way fail may be what was repaired.
            self.backoff.reset();
            self.not_before = Instant::now();
        }
    }

    /// Says by when an attempt will have ended, if there is anything to send.
    pub(super) fn promise(&self) {
        let collectors = u32::try_from(self.collectors.count()).unwrap_or(u32::MAX);
        let requests = collectors.saturating_mul(REQUESTS_PER_COLLECTOR_MAX);
        let attempt = REQUEST_WITHIN.saturating_mul(requests) + BESIDE_REQUESTS;
        let now = Instant::now();
        let by = self.due().map(|due| due.max(now) + attempt);
        self.pulse.promise(Lane::Sending, by);
    }
}
