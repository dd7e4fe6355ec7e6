//! Speaks as an agent does, where a test wants to choose every value itself.
//!
//! In: a host's name, then what is measured. Out: [`Report`]s with sequence numbers,
//! epoch and clocks as a real agent would write them.
//! Knows nothing of collectors: a test posts the report.

use std::collections::BTreeMap;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use vedette_wire::{
    Class, Event, EventKind, Goodbye, HostFacts, Looked, ProbeRun, Report, Round, Sample, Stream,
    WIRE_VERSION, metric,
};

/// How long an invented host has been up when the test begins: past every grace after a boot.
const UP_MS: u64 = 86_400_000;

/// A host that exists only on the wire.
#[derive(Debug, Clone)]
pub struct Host {
    /// What it says of itself; a test may change it between reports.
    pub facts: HostFacts,
    /// The pause between rounds it claims to keep, in seconds.
    pub interval_s: f64,
    agent: String,
    boot: String,
    epoch: String,
    seq: BTreeMap<Stream, u64>,
    began: Instant,
    up_ms: u64,
}

impl Host {
    /// A server of that name, with an identity of its own.
    pub fn server(name: &str) -> Host {
        Host::new(name, Class::Server)
    }

    /// A workstation of that name, with an identity of its own.
    pub fn workstation(name: &str) -> Host {
        Host::new(name, Class::Workstation)
    }

    fn new(name: &str, class: Class) -> Host {
        let facts = HostFacts {
            name: name.to_owned(),
            class,
            labels: BTreeMap::new(),
            os: "Debian GNU/Linux 12".to_owned(),
            kernel: "6.1.0".to_owned(),
            cpus: 2,
            memory_bytes: 8 << 30,
        };
        Host {
            facts,
            interval_s: 15.0,
            agent: random_id(),
            boot: random_id(),
            epoch: random_id(),
            seq: BTreeMap::new(),
            began: Instant::now(),
            up_ms: UP_MS,
        }
    }

    /// Its agent's id.
    pub fn id(&self) -> &str {
        &self.agent
    }

    /// Its agent starts anew: another epoch, numbers from 1.
    pub fn restart_agent(&mut self) {
        self.epoch = random_id();
        self.seq.clear();
    }

    /// It boots: another boot id, its monotonic clock at zero, and a new agent.
    pub fn reboot(&mut self) {
        self.boot = random_id();
        self.began = Instant::now();
        self.up_ms = 0;
        self.restart_agent();
    }

    /// One round of what is so now.
    pub fn report(&mut self, samples: Vec<Sample>) -> Report {
        self.round(Stream::Live, samples, Vec::new())
    }

    /// One round that could not be sent when it was so, `age_s` seconds ago.
    pub fn backlog(&mut self, age_s: u64, samples: Vec<Sample>) -> Report {
        let mut report = self.round(Stream::Backlog, samples, Vec::new());
        for round in &mut report.rounds {
            round.mono_ms = round.mono_ms.saturating_sub(age_s * 1000);
            round.wall_ms -= (age_s * 1000) as i64;
        }
        report
    }

    /// It leaves on purpose.
    pub fn goodbye(&mut self, reason: Goodbye) -> Report {
        let event = Event {
            id: random_id(),
            wall_ms: wall_ms(),
            kind: EventKind::Goodbye { reason },
        };
        self.round(Stream::Live, Vec::new(), vec![event])
    }

    fn round(&mut self, stream: Stream, samples: Vec<Sample>, events: Vec<Event>) -> Report {
        let seq = self.seq.entry(stream).or_insert(0);
        *seq += 1;
        let mono_ms = self.up_ms + self.began.elapsed().as_millis() as u64;
        let round = Round {
            seq: *seq,
            wall_ms: wall_ms(),
            mono_ms,
            interval_s: self.interval_s,
            probes: probes_of(&samples),
            samples,
            checks: Vec::new(),
            events,
        };
        Report {
            wire: WIRE_VERSION,
            agent: self.agent.clone(),
            boot: self.boot.clone(),
            epoch: self.epoch.clone(),
            stream,
            host: self.facts.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            sent_wall_ms: wall_ms(),
            sent_mono_ms: mono_ms,
            rounds: vec![round],
        }
    }
}

/// One measured value.
pub fn sample(name: &str, attributes: &[(&str, &str)], value: f64) -> Sample {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    Sample {
        name: name.to_owned(),
        attributes: attributes.iter().map(owned).collect(),
        value,
    }
}

/// What an agent measures of one file system, used to `used` (0 to 1) of `size` bytes.
pub fn filesystem(mountpoint: &str, used: f64, size: f64) -> Vec<Sample> {
    let of = [
        ("mountpoint", mountpoint),
        ("device", "/dev/sdb1"),
        ("type", "ext4"),
        ("mode", "rw"),
    ];
    vec![
        sample(metric::FILESYSTEM_UTILIZATION, &of, used),
        sample(metric::FILESYSTEM_AVAILABLE, &of, (1.0 - used) * size),
        sample(metric::FILESYSTEM_LIMIT, &of, size),
        sample(metric::FILESYSTEM_INODES_UTILIZATION, &of, 0.01),
        sample(metric::FILESYSTEM_INODES_FREE, &of, 1e6),
        sample(metric::FILESYSTEM_READONLY, &of, 0.0),
    ]
}

/// Every probe whose samples are there has looked.
fn probes_of(samples: &[Sample]) -> Vec<ProbeRun> {
    let names: std::collections::BTreeSet<&str> = samples
        .iter()
        .filter_map(|sample| metric::find(&sample.name))
        .map(|metric| metric.probe)
        .collect();
    let looked = |probe: &str| ProbeRun {
        probe: probe.to_owned(),
        looked: Looked::Yes,
        took_ms: 1,
        every_s: None,
    };
    names.into_iter().map(looked).collect()
}

fn random_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

fn wall_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since
        .expect("this machine's clock is past 1970")
        .as_millis() as i64
}
