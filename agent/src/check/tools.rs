//! Keeps what a check may use while it runs: a thread, a name lookup, its own memory.
//!
//! In: work that would block. Out: what it came to. Knows nothing of kinds of checks.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use vedette_wire::{Sample, limits, metric};

use super::lanes::{Lane, Lanes, Seat};
use super::trust::Trust;
use crate::probe::Surroundings;

/// What a check may use while it runs.
#[derive(Debug)]
pub struct Tools {
    /// Which check it is.
    pub subject: Subject,
    /// How long one run may take.
    pub within: Duration,
    /// The host it runs on, its programs, where it may remember things, and which events
    /// the collector has.
    pub surroundings: Surroundings,
    pub(super) shared: Arc<Shared>,
    pub(super) seat: Arc<Seat>,
    pub(super) lane: Lane,
}

/// What all checks of one agent share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub lanes: Lanes,
    pub trust: Trust,
}

/// Which check something belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The check's name.
    pub check: String,
    /// The device it looks at; none: this host.
    pub about: Option<String>,
}

impl Subject {
    /// One value of a metric of this check. `more` are attributes beside `check` and `about`;
    /// one that the wire would refuse is cut.
    pub fn sample(&self, name: &str, more: &[(&str, &str)], value: f64) -> Sample {
        let own = [("check", self.check.as_str())];
        let about = self.about.as_deref().map(|about| ("about", about));
        let all = own.into_iter().chain(about).chain(more.iter().copied());
        let fit = |text: &str| {
            text[..text.floor_char_boundary(limits::VALUE_BYTES_MAX)].replace('\0', "")
        };
        Sample {
            name: name.to_owned(),
            attributes: all.map(|(key, text)| (key.to_owned(), fit(text))).collect(),
            value,
        }
    }

    /// One value with a label and a unit, as plugins write them.
    pub fn value(&self, label: &str, unit: &str, value: f64) -> Sample {
        let more: &[(&str, &str)] = match unit {
            "" => &[("label", label)],
            unit => &[("label", label), ("unit", unit)],
        };
        self.sample(metric::CHECK_VALUE, more, value)
    }
}

impl Tools {
    /// Does something that may block, on another thread. A check of [`Lane::Blocking`] or
    /// [`Lane::Program`] has one for itself; others wait for one.
    ///
    /// # Errors
    /// A sentence: the work broke off, which is a mistake in the agent.
    pub async fn block<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, String> {
        let seat = match self.lane {
            Lane::Network => self.shared.lanes.enter(Lane::Blocking).await,
            Lane::Blocking | Lane::Program => Arc::clone(&self.seat),
        };
        // Both stay taken until the work has ended, even if nobody waits for it any more.
        let own = Arc::clone(&self.seat);
        let work = self.surroundings.workers.run_in_turn(move || {
            let result = work();
            drop((seat, own));
            result
        });
        work.await.map_err(|error| error.to_string())
    }

    /// Whom this host trusts.
    pub(super) fn trust(&self) -> &Trust {
        &self.shared.trust
    }

    /// The addresses of a host, which may be an address already.
    ///
    /// # Errors
    /// A sentence: nobody knows the name.
    pub async fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, String> {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        let name = host.to_owned();
        let found = self.block(move || {
            let addresses = (name.as_str(), port).to_socket_addrs();
            addresses.map(Iterator::collect::<Vec<_>>)
        });
        match found.await? {
            Ok(addresses) if addresses.is_empty() => Err(format!("{host} has no address")),
            Ok(addresses) => Ok(addresses),
            Err(error) => Err(format!("{host} cannot be looked up: {error}")),
        }
    }
}
