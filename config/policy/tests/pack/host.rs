//! A host as an agent sees it: everything it measures on one that is well, round by round.
//!
//! Knows nothing of rules; what is wrong is laid over it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::time::Duration;

use super::well;
use vedette_triage::detect::{Found, HostWatch, Observed, RuleSet, Settled};
use vedette_triage::{Away, EntityId, Host, HostSays, Says, Timestamp};
use vedette_wire::metric::{self, METRICS};
use vedette_wire::{
    CheckRun, CheckState, Class, Event, EventKind, Goodbye, HostFacts, Looked, ProbeRun, Report,
    Round, Sample, Stream, WIRE_VERSION,
};

pub(crate) const MINUTE: u64 = 60;
pub(crate) const HOUR: u64 = 3_600;
pub(crate) const DAY: u64 = 24 * HOUR;
/// When it is 0 s: a Monday at midnight.
const BEGIN: Timestamp = Timestamp::from_millis(1_795_996_800_000);

/// What is laid over a host that is well, at a time in seconds.
pub(crate) type Life = dyn Fn(u64, &mut Seen);

/// What began to fire, by its rule.
pub(crate) type Opened = BTreeMap<String, Found>;

/// Nothing.
pub(crate) fn nothing(_: u64, _: &mut Seen) {}

/// What one round sees.
pub(crate) struct Seen {
    samples: BTreeMap<(String, BTreeMap<String, String>), f64>,
    pub(crate) checks: Vec<CheckRun>,
    pub(crate) events: Vec<EventKind>,
    /// False: nothing is reported.
    pub(crate) reports: bool,
}

/// A host, and what detection knows of it.
#[derive(Clone)]
pub(crate) struct Watched {
    class: Class,
    pub(crate) watch: HostWatch,
    pub(crate) boot: String,
    /// What is committed of it.
    host: Option<Host>,
    now: Timestamp,
}

impl Seen {
    /// Nothing is measured.
    pub(crate) fn empty() -> Seen {
        Seen {
            samples: BTreeMap::new(),
            checks: Vec::new(),
            events: Vec::new(),
            reports: true,
        }
    }

    /// Sets a value; the attributes are those of the metric that are not told of the host's own.
    pub(crate) fn set(&mut self, name: &str, attributes: &[(&str, &str)], value: f64) {
        self.samples.insert(key(name, attributes), value);
    }

    /// Adds to a value that is there: a counter that counts more.
    pub(crate) fn add(&mut self, name: &str, attributes: &[(&str, &str)], more: f64) {
        *self.samples.get_mut(&key(name, attributes)).unwrap() += more;
    }

    /// A value that is not measured now.
    pub(crate) fn unset(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.samples.remove(&key(name, attributes)).unwrap();
    }

    /// What a check comes to.
    pub(crate) fn check(&mut self, (check, kind): (&str, &str), state: CheckState, text: &str) {
        self.checks.retain(|known| known.check != check);
        self.checks.push(CheckRun {
            check: check.to_owned(),
            kind: kind.to_owned(),
            about: None,
            state,
            text: text.to_owned(),
            took_ms: 12,
            every_s: None,
        });
    }
}

fn key(name: &str, attributes: &[(&str, &str)]) -> (String, BTreeMap<String, String>) {
    let known = metric::find(name).unwrap();
    let text = |(name, text): &(&str, &str)| {
        let mut all = known.attributes.iter().chain(known.describing);
        assert!(
            all.any(|attribute| attribute == name),
            "{name} of {}",
            known.name
        );
        ((*name).to_owned(), (*text).to_owned())
    };
    (name.to_owned(), attributes.iter().map(text).collect())
}

impl Watched {
    pub(crate) fn new(class: Class) -> Watched {
        Watched {
            class,
            watch: HostWatch::new(&EntityId::new("h"), BEGIN),
            boot: "first".to_owned(),
            host: None,
            now: BEGIN,
        }
    }

    /// Lets time pass; says which rules began to fire.
    pub(crate) fn live(
        &mut self,
        during: Range<u64>,
        pause: Duration,
        rules: &RuleSet,
        life: &Life,
    ) -> Opened {
        let mut opened = Opened::new();
        for second in during.step_by(usize::try_from(pause.as_secs()).unwrap()) {
            let mut seen = well::seen(self.class, second);
            life(second, &mut seen);
            let now = BEGIN.after(Duration::from_secs(second));
            self.now = now;
            let observed = match seen.reports {
                true => {
                    let report = self.report(second, pause, seen);
                    self.watch.observe(now, &report, &report.rounds[0], rules)
                }
                false => Observed::default(),
            };
            self.settle(&observed, &mut opened);
            let observed = self.watch.on_time(now, rules);
            self.settle(&observed, &mut opened);
        }
        opened
    }

    /// A report of this host at a time.
    pub(crate) fn report(&self, second: u64, pause: Duration, seen: Seen) -> Report {
        let probes: BTreeSet<&str> = METRICS.iter().map(|metric| metric.probe).collect();
        let wall_ms = BEGIN.after(Duration::from_secs(second)).as_millis();
        let probe = |probe: &str| ProbeRun {
            probe: probe.to_owned(),
            looked: Looked::Yes,
            took_ms: 1,
            every_s: None,
        };
        let sample = |((name, attributes), value)| Sample {
            name,
            attributes,
            value,
        };
        let event = |(at, kind)| Event {
            id: format!("{second}-{at}"),
            wall_ms,
            kind,
        };
        let round = Round {
            seq: second + 1,
            wall_ms,
            mono_ms: second * 1_000,
            interval_s: pause.as_secs_f64(),
            probes: probes.into_iter().map(probe).collect(),
            samples: seen.samples.into_iter().map(sample).collect(),
            checks: seen.checks,
            events: seen.events.into_iter().enumerate().map(event).collect(),
        };
        Report {
            wire: WIRE_VERSION,
            agent: "h".to_owned(),
            boot: self.boot.clone(),
            epoch: "e".to_owned(),
            stream: Stream::Live,
            host: HostFacts {
                name: "h".to_owned(),
                class: self.class,
                ..HostFacts::default()
            },
            version: String::new(),
            sent_wall_ms: wall_ms,
            sent_mono_ms: round.mono_ms,
            rounds: vec![round],
        }
    }

    pub(crate) fn settle(&mut self, observed: &Observed, opened: &mut Opened) {
        for says in &observed.host {
            self.commit(says);
        }
        if !observed.host.is_empty() {
            let host = self.host.as_ref();
            self.watch.settle_host(Settled::Committed, host);
        }
        for found in &observed.found {
            self.watch.settle(&found.identity, Settled::Committed);
            if matches!(found.says, Says::Firing { .. }) {
                opened.insert(found.rule.to_string(), found.clone());
            }
        }
    }

    /// As the engine does with what a host says of itself.
    fn commit(&mut self, says: &HostSays) {
        match says {
            HostSays::Seen {
                facts,
                boot,
                version,
                interval_s,
            } => {
                let (id, run) = (EntityId::new("h"), (boot.as_str(), version.as_str()));
                let host = Host::appears(id, facts.clone(), run, *interval_s, BEGIN);
                self.host = Some(host);
            }
            HostSays::Left { reason } => {
                let since = self.now;
                let until = match (self.class, reason) {
                    (Class::Workstation, Goodbye::Suspend | Goodbye::PowerOff) => None,
                    (_, _) => Some(since.after(Duration::from_secs(20 * MINUTE))),
                };
                let host = self.host.as_mut().unwrap();
                host.away = Some(Away {
                    since,
                    reason: *reason,
                    until,
                });
            }
            HostSays::Silent { last_seen } => {
                self.host.as_mut().unwrap().silent_since = Some(*last_seen);
            }
            HostSays::Holds { .. }
            | HostSays::JobRuns { .. }
            | HostSays::JobEnded { .. }
            | HostSays::Changed { .. }
            | HostSays::Looks { .. }
            | HostSays::Observed { .. }
            | HostSays::Found { .. } => {}
        }
    }
}
