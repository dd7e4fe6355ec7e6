//! Keeps one machine and writes its agent's reports.
//!
//! In: what happens to it, and the time. Out: reports, live ones and those of what could not be
//! sent. While nothing changes on it only one report in sixty is written, the others would say
//! the same; `near` says when it reports at its true pace. Knows nothing of the collector.

mod quiet;
pub(crate) mod readings;

use std::time::Duration;

use vedette_triage::Timestamp;
use vedette_wire::{
    CheckRun, CheckState, Class, Event, EventKind, HostFacts, Looked, ProbeRun, Report, Round,
    Sample, Stream, WIRE_VERSION, metric,
};

use self::readings::Readings;
use crate::dice::Dice;
use crate::estate::{Device, Post, Role};
use crate::time::minutes;

/// The pause between reports of servers, and of workstations.
const SERVER_S: f64 = 15.0;
const WORKSTATION_S: f64 = 60.0;
/// A report is written so seldom while nothing changes.
const QUIET: Duration = Duration::from_secs(15 * 60);
/// And so seldom while much goes on, as every night.
const BUSY: Duration = Duration::from_secs(120);
/// Devices are looked at this often.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// At which pace a machine reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pace {
    /// Its true one.
    True,
    /// Every other minute: much goes on, as every night.
    Busy,
}

/// A machine with an agent.
pub(crate) struct Machine {
    pub(crate) name: String,
    pub(crate) readings: Readings,
    /// Whether its agent runs.
    pub(crate) is_up: bool,
    /// What keeps it from the collector.
    pub(crate) cuts: u32,
    /// The checks it makes of devices and of itself.
    checks: Vec<Check>,
    near: Vec<(Timestamp, Timestamp, Pace)>,
    report: Report,
    /// In which shape its readings are written there.
    shape: u32,
    starts: u32,
    booted: Timestamp,
    measured: Timestamp,
    /// What happened since the last report that was sent.
    events: Vec<Event>,
    /// What happened while nothing could be sent.
    missed: Vec<Event>,
    happened: u32,
    kept_seq: u64,
    dice: Dice,
}

/// A check it makes.
struct Check {
    run: CheckRun,
    every: Duration,
    due: Timestamp,
    /// What it measures besides.
    values: Vec<Sample>,
}

impl Machine {
    pub(crate) fn new(post: &Post, devices: &[Device], now: Timestamp, seed: u64) -> Machine {
        let mut dice = Dice::of(seed, &post.name);
        let looks = post.looks.iter().map(|at| look(&devices[*at], now));
        let checks = looks.collect();
        let interval_s = match post.class() {
            Class::Server => SERVER_S,
            Class::Workstation => WORKSTATION_S,
        };
        Machine {
            name: post.name.clone(),
            readings: quiet::readings(post.role, &mut dice),
            is_up: false,
            cuts: 0,
            checks,
            near: Vec::new(),
            report: report(post, interval_s),
            shape: 0,
            starts: 0,
            booted: now.before(minutes(60 * 24 * 30)),
            measured: now,
            events: Vec::new(),
            missed: Vec::new(),
            happened: 0,
            kept_seq: 0,
            dice,
        }
    }

    pub(crate) fn facts(&mut self) -> &mut HostFacts {
        &mut self.report.host
    }

    /// Whether what it says reaches the collector.
    pub(crate) fn is_heard(&self) -> bool {
        self.is_up && self.cuts == 0
    }

    /// From then to then it reports at that pace.
    pub(crate) fn near(&mut self, from: Timestamp, until: Timestamp, pace: Pace) {
        self.near.push((from, until, pace));
    }

    /// Whether it reports at its true pace now.
    pub(crate) fn is_near(&self, now: Timestamp) -> bool {
        self.pace(now) == Some(Pace::True)
    }

    fn pace(&self, now: Timestamp) -> Option<Pace> {
        let here = |(from, until, _): &&(Timestamp, Timestamp, Pace)| *from <= now && now < *until;
        self.near.iter().filter(here).map(|near| near.2).min()
    }

    /// When its next report is due that has to be written.
    pub(crate) fn next(&mut self, now: Timestamp) -> Timestamp {
        self.near.retain(|(_, until, _)| *until > now);
        let true_pace = Duration::from_secs_f64(self.report.rounds[0].interval_s);
        let pause = match self.pace(now) {
            Some(Pace::True) => true_pace,
            Some(Pace::Busy) => BUSY,
            None => QUIET,
        };
        let changes = self.near.iter().map(|(from, ..)| *from);
        let sooner = changes.filter(|from| *from > now).min();
        let next = now.after(pause);
        sooner.map_or(next, |sooner| next.min(sooner))
    }

    /// It boots, perhaps with another kernel; its agent starts.
    pub(crate) fn boots(&mut self, now: Timestamp, kernel: Option<&str>) {
        self.booted = now;
        self.report.boot = format!("boot-{}-{}", self.report.agent, now.as_millis());
        if let Some(kernel) = kernel {
            self.report.host.kernel = kernel.to_owned();
        }
        self.readings.boots();
        self.starts(now);
    }

    /// Its agent starts.
    pub(crate) fn starts(&mut self, now: Timestamp) {
        self.starts += 1;
        self.report.epoch = format!("epoch-{}-{}", self.report.agent, self.starts);
        self.report.rounds[0].seq = 0;
        self.measured = now;
        self.is_up = true;
    }

    /// Something happens on it.
    pub(crate) fn event(&mut self, now: Timestamp, kind: EventKind) {
        self.happened += 1;
        let event = Event {
            id: format!("{}-{}", self.report.agent, self.happened),
            wall_ms: now.as_millis(),
            kind,
        };
        match self.is_heard() {
            true => self.events.push(event),
            false => self.missed.push(event),
        }
    }

    /// It looks at itself with a check.
    pub(crate) fn checks(&mut self, name: &str, kind: &str, every: Duration, now: Timestamp) {
        self.checks.push(Check {
            run: run(name, kind, None, every),
            every,
            due: now,
            values: Vec::new(),
        });
    }

    /// What its check comes to from now on; `about`: the device it looks at.
    pub(crate) fn finds(&mut self, name: &str, about: Option<&str>, state: CheckState, text: &str) {
        let check = self.check(name, about);
        check.run.state = state;
        text.clone_into(&mut check.run.text);
    }

    /// What its check measures besides, from now on.
    pub(crate) fn values(&mut self, name: &str, about: Option<&str>, values: Vec<Sample>) {
        self.check(name, about).values = values;
    }

    fn check(&mut self, name: &str, about: Option<&str>) -> &mut Check {
        let same =
            |check: &&mut Check| check.run.check == name && check.run.about.as_deref() == about;
        let found = self.checks.iter_mut().find(same);
        found.unwrap_or_else(|| panic!("{} makes no check {name} of {about:?}", self.name))
    }

    /// Whether it looks at a device.
    pub(crate) fn looks_at(&self, device: &str) -> bool {
        let looked = self
            .checks
            .iter()
            .filter_map(|check| check.run.about.as_deref());
        looked.into_iter().any(|about| about == device)
    }

    /// Its next live report. `late`: how long it was under way.
    pub(crate) fn live(&mut self, now: Timestamp, late: Duration) -> &Report {
        let up = |at: Timestamp| at.since(self.booted).as_millis() as u64;
        let looked = now.before(late);
        let (sent_mono, mono) = (up(now), up(looked));
        let passed = now.since(self.measured);
        let written = (&mut self.report.rounds[0].samples, &mut self.shape);
        self.readings.measure(passed, written, &mut self.dice);
        self.measured = now;
        let report = &mut self.report;
        report.stream = Stream::Live;
        report.sent_wall_ms = now.as_millis();
        report.sent_mono_ms = sent_mono;
        let round = &mut report.rounds[0];
        round.seq += 1;
        round.wall_ms = looked.as_millis();
        round.mono_ms = mono;
        round.events = std::mem::take(&mut self.events);
        round.checks.clear();
        for check in &mut self.checks {
            if check.due <= now {
                check.due = now.after(check.every);
                round.checks.push(check.run.clone());
                round.samples.extend_from_slice(&check.values);
            }
        }
        report
    }

    /// What happened while nothing could be sent, if anything did: a report of its own, after a
    /// live one. Levels of the past are for the history, which no rule looks at, and are left out.
    pub(crate) fn kept(&mut self, now: Timestamp) -> Option<Report> {
        if self.missed.is_empty() {
            return None;
        }
        let mut report = self.report.clone();
        report.stream = Stream::Backlog;
        report.epoch = format!("kept-{}", report.agent);
        report.sent_wall_ms = now.as_millis();
        let events = std::mem::take(&mut self.missed);
        let template = Round {
            samples: Vec::new(),
            checks: Vec::new(),
            events: Vec::new(),
            ..report.rounds[0].clone()
        };
        let seq = &mut self.kept_seq;
        report.rounds = events
            .into_iter()
            .map(|event| {
                *seq += 1;
                let age = now.since(Timestamp::from_millis(event.wall_ms));
                Round {
                    seq: *seq,
                    wall_ms: event.wall_ms,
                    mono_ms: report.sent_mono_ms.saturating_sub(age.as_millis() as u64),
                    events: vec![event],
                    ..template.clone()
                }
            })
            .collect();
        Some(report)
    }
}

fn look(device: &Device, now: Timestamp) -> Check {
    let (name, kind) = match device.kind {
        "website" => ("web", "http"),
        _ => ("ping", "icmp"),
    };
    Check {
        run: run(name, kind, Some(&device.name), LOOK_EVERY),
        every: LOOK_EVERY,
        due: now,
        values: Vec::new(),
    }
}

fn run(name: &str, kind: &str, about: Option<&str>, every: Duration) -> CheckRun {
    CheckRun {
        check: name.to_owned(),
        kind: kind.to_owned(),
        about: about.map(str::to_owned),
        state: CheckState::Ok,
        text: "as it should be".to_owned(),
        took_ms: 12,
        every_s: Some(every.as_secs_f64()),
    }
}

fn report(post: &Post, interval_s: f64) -> Report {
    let labels = match post.is_patched {
        true => [("patchgroup".to_owned(), "A".to_owned())].into(),
        false => Default::default(),
    };
    let mut probes: Vec<&str> = metric::METRICS.iter().map(|metric| metric.probe).collect();
    probes.dedup();
    let looked = |probe: &&str| ProbeRun {
        probe: (*probe).to_owned(),
        looked: Looked::Yes,
        took_ms: 1,
        every_s: None,
    };
    Report {
        wire: WIRE_VERSION,
        agent: format!("id-of-{}", post.name),
        boot: format!("boot-of-{}", post.name),
        epoch: String::new(),
        stream: Stream::Live,
        host: HostFacts {
            name: post.name.clone(),
            class: post.class(),
            labels,
            os: "Debian GNU/Linux 13".to_owned(),
            kernel: "6.12.1".to_owned(),
            cpus: if post.role == Role::Hypervisor { 64 } else { 4 },
            memory_bytes: 16 << 30,
        },
        version: "0.1.0".to_owned(),
        sent_wall_ms: 0,
        sent_mono_ms: 0,
        rounds: vec![Round {
            seq: 0,
            wall_ms: 0,
            mono_ms: 0,
            interval_s,
            probes: probes
                .iter()
                .filter(|probe| **probe != "check")
                .map(looked)
                .collect(),
            samples: Vec::new(),
            checks: Vec::new(),
            events: Vec::new(),
        }],
    }
}
