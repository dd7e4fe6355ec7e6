//! Lays down what a probe is, and lists all of them.
//!
//! In: where the kernel shows itself (`/proc`, or a fixture). Out: samples, and for
//! each probe whether it could look. Knows nothing of rounds, spools or the network.

#[cfg(all(test, target_os = "linux"))]
pub(crate) mod fixture;
pub(crate) mod recall;
pub(crate) mod source;
#[cfg(target_os = "linux")]
mod sysfs;
pub(crate) mod text;

#[cfg(target_os = "linux")]
mod battery;
#[cfg(target_os = "linux")]
mod btrfs;
#[cfg(target_os = "linux")]
mod cpu;
#[cfg(target_os = "linux")]
mod disk;
#[cfg(target_os = "linux")]
mod ecc;
#[cfg(any(not(target_os = "linux"), test))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod filehandles;
#[cfg(target_os = "linux")]
pub(crate) mod filesystem;
#[cfg(target_os = "linux")]
mod inventory;
#[cfg(target_os = "linux")]
mod load;
#[cfg(target_os = "linux")]
mod memory;
#[cfg(target_os = "linux")]
mod network;
mod own;
#[cfg(target_os = "linux")]
mod packages;
#[cfg(target_os = "linux")]
mod paging;
#[cfg(target_os = "linux")]
mod pressure;
#[cfg(target_os = "linux")]
mod process;
#[cfg(target_os = "linux")]
mod raid;
#[cfg(target_os = "linux")]
mod resolver;
mod row;
mod run;
#[cfg(target_os = "linux")]
mod sensor;
mod sight;
#[cfg(target_os = "linux")]
mod smart;
#[cfg(target_os = "linux")]
mod tcp;
#[cfg(target_os = "linux")]
mod time;
#[cfg(target_os = "linux")]
mod unit;
#[cfg(target_os = "linux")]
mod updates;
#[cfg(target_os = "linux")]
mod uptime;
#[cfg(target_os = "linux")]
mod zfs;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;
use vedette_config::AgentConfig;
use vedette_wire::{Event, EventKind, Looked, Sample, limits};

#[cfg(target_os = "linux")]
pub(crate) use filesystem::{is_mounted, mountpoints};
pub use run::Probes;
pub use sight::Sight;
#[cfg(target_os = "linux")]
pub(crate) use unit::{is_unit, readable_lines};

use crate::clock::{Clock, HostClock};
use crate::program::Programs;
use crate::receipts::Receipts;
use crate::settings::InForce;
use crate::tally::Tally;
use crate::workers::Workers;

/// How long a probe may take before the round goes on without it.
pub const PROBE_DEADLINE: Duration = Duration::from_secs(2);

/// One way to look at this host.
pub trait Probe: Send {
    /// Looks once and writes down what it saw. A probe that cannot look says why; it
    /// never panics, whatever the kernel shows it.
    fn look(&mut self, notes: &mut Notes) -> Looked;

    /// How long one look may take.
    fn deadline(&self) -> Duration {
        PROBE_DEADLINE
    }

    /// The pause between looks; zero: once in every round. A probe with a pause looks
    /// beside the rounds, and the next round carries what it saw. It is asked again after
    /// each look: where there is nothing to see, a probe looks less often.
    fn every(&self) -> Duration {
        Duration::ZERO
    }
}

/// What a probe may need to know when it is built.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Where the kernel shows itself: `/proc`, or a fixture.
    pub proc: PathBuf,
    /// Where the kernel shows devices: `/sys`, or a fixture.
    pub sys: PathBuf,
    /// Where `/etc`, `/run`, `/var` and `/boot` are: `/`, or a fixture.
    pub root: PathBuf,
    /// Where probes keep what they must remember across restarts of the agent; nowhere for
    /// a look that nobody will repeat.
    pub memory: Option<PathBuf>,
    /// What is asked by running it.
    pub programs: Programs,
    /// Threads for what may block.
    pub workers: Workers,
    /// What the agent counts about itself.
    pub tally: Arc<Tally>,
    /// Which events are safe with the collector.
    pub receipts: Arc<Receipts>,
    /// The settings in force.
    pub settings: InForce,
    /// Where runs of jobs leave their reports.
    pub jobs_dir: PathBuf,
}

impl Surroundings {
    /// This host as it is, looked at without a memory.
    pub fn here(tally: Arc<Tally>) -> Surroundings {
        Surroundings {
            proc: "/proc".into(),
            sys: "/sys".into(),
            root: "/".into(),
            memory: None,
            programs: Programs::of_this_host(),
            workers: Workers::default(),
            tally,
            receipts: Arc::default(),
            settings: InForce::for_ever(AgentConfig::default()),
            jobs_dir: PathBuf::new(),
        }
    }

    /// A made-up host below one folder: `proc`, `sys` and the rest; no programs.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn fixture(root: &std::path::Path) -> Surroundings {
        Surroundings {
            proc: root.join("proc"),
            sys: root.join("sys"),
            root: root.to_owned(),
            memory: Some(root.join("memory")),
            programs: Programs::below(&root.join("bin")),
            workers: Workers::default(),
            tally: Arc::default(),
            receipts: Arc::default(),
            settings: InForce::for_ever(AgentConfig::default()),
            jobs_dir: root.join("jobs"),
        }
    }
}

/// Builds a probe.
pub type Build = fn(&Surroundings) -> Box<dyn Probe>;

/// Every probe there is. To add one: a file beside this, and a row here.
#[cfg(target_os = "linux")]
pub const PROBES: &[(&str, Build)] = &[
    ("uptime", uptime::build),
    ("cpu", cpu::build),
    ("load", load::build),
    ("pressure", pressure::build),
    ("memory", memory::build),
    ("paging", paging::build),
    ("disk", disk::build),
    ("network", network::build),
    ("tcp", tcp::build),
    ("filehandles", filehandles::build),
    ("process", process::build),
    ("time", time::build),
    ("filesystem", filesystem::build),
    ("unit", unit::build),
    ("sensor", sensor::build),
    ("raid", raid::build),
    ("zfs", zfs::build),
    ("btrfs", btrfs::build),
    ("ecc", ecc::build),
    ("smart", smart::build),
    ("battery", battery::build),
    ("job", crate::job::build),
    ("updates", updates::build),
    ("inventory", inventory::build),
    ("resolver", resolver::build),
    ("self", own::build),
];

/// Every probe there is on systems without `/proc`.
#[cfg(not(target_os = "linux"))]
pub const PROBES: &[(&str, Build)] = &[
    ("uptime", elsewhere::uptime),
    ("cpu", elsewhere::cpu),
    ("load", elsewhere::load),
    ("memory", elsewhere::memory),
    ("filesystem", elsewhere::filesystem),
    ("job", crate::job::build),
    ("self", own::build),
];

/// What probes write down. Refuses what the wire would refuse, and counts it.
#[derive(Debug, Default)]
pub struct Notes {
    samples: Vec<Sample>,
    events: Vec<Event>,
    unfit: u64,
}

impl Notes {
    /// Writes down one value of a metric that has one series.
    pub fn push(&mut self, name: &str, value: f64) {
        self.push_with(name, &[], value);
    }

    /// Writes down one value of one series. A value that is not finite, a text longer
    /// than [`limits::VALUE_BYTES_MAX`] or one sample more than
    /// [`limits::SAMPLES_PER_ROUND_MAX`] is left out and counted; what is kept is kept
    /// [`to_a_millionth`].
    pub fn push_with(&mut self, name: &str, attributes: &[(&str, &str)], value: f64) {
        let fits = attributes.iter().all(|(_, text)| is_fit(text));
        if !value.is_finite() || !fits || self.samples.len() >= limits::SAMPLES_PER_ROUND_MAX {
            self.unfit += 1;
            return;
        }
        let attributes: BTreeMap<String, String> = attributes
            .iter()
            .map(|(key, text)| ((*key).to_owned(), (*text).to_owned()))
            .collect();
        self.samples.push(Sample {
            name: name.to_owned(),
            attributes,
            value: to_a_millionth(value),
        });
    }

    /// Writes down that something happened just now. One event more than
    /// [`limits::EVENTS_PER_ROUND_MAX`] is left out and counted. Says under which id it
    /// will be reported.
    pub fn happened(&mut self, kind: EventKind) -> Option<Uuid> {
        if self.events.len() >= limits::EVENTS_PER_ROUND_MAX {
            self.unfit += 1;
            return None;
        }
        let id = Uuid::new_v4();
        self.events.push(Event {
            id: id.to_string(),
            wall_ms: HostClock.now().wall_ms,
            kind,
        });
        Some(id)
    }

    /// Writes down an event that has its id already; told again, it changes nothing. One
    /// more than [`limits::EVENTS_PER_ROUND_MAX`] is left out and counted.
    pub fn tell(&mut self, event: Event) {
        match self.events.len() < limits::EVENTS_PER_ROUND_MAX {
            true => self.events.push(event),
            false => self.unfit += 1,
        }
    }

    /// What was measured.
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// What happened.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// How much was left out because the wire would refuse it.
    pub fn unfit(&self) -> u64 {
        self.unfit
    }

    /// Gives away what was measured.
    pub fn into_samples(self) -> Vec<Sample> {
        self.samples
    }

    /// Gives away what was measured and what happened.
    pub fn into_parts(self) -> (Vec<Sample>, Vec<Event>) {
        (self.samples, self.events)
    }
}

/// The value without the digits that mean nothing: the kernel knows times to a microsecond
/// and nobody needs a share more exactly, but sixteen digits weigh on the wire.
pub(crate) fn to_a_millionth(value: f64) -> f64 {
    const LARGE: f64 = 1e9;
    match value.abs() < LARGE {
        true => (value * 1e6).round() / 1e6,
        false => value,
    }
}

fn is_fit(text: &str) -> bool {
    text.len() <= limits::VALUE_BYTES_MAX && !text.contains('\0')
}

/// Collects the reasons why a look was not complete.
#[derive(Debug, Default)]
pub(crate) struct Gaps(Vec<String>);

impl Gaps {
    /// One more thing that could not be looked at.
    pub(crate) fn push(&mut self, why: String) {
        self.0.push(why);
    }

    /// `Yes` without gaps, else `Partly` with at most five of them.
    pub(crate) fn looked(self) -> Looked {
        const NAMED_MAX: usize = 5;
        if self.0.is_empty() {
            return Looked::Yes;
        }
        let more = self.0.len().saturating_sub(NAMED_MAX);
        let mut why = self.0[..self.0.len().min(NAMED_MAX)].join("; ");
        if more > 0 {
            why.push_str(&format!("; and {more} more"));
        }
        Looked::Partly { why }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod kernels_tests;
#[cfg(all(test, target_os = "linux"))]
mod tests;
