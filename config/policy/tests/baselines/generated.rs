//! Makes up weeks of a host's load and traffic, with faults in them, and watches them by the
//! shipped rules: what is found, how late, and what is told for nothing.
//!
//! Shared by the test and the example that prints the table.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use vedette_config::Findings;
use vedette_policy::{Sources, load};
use vedette_triage::detect::{HostWatch, RuleSet, Settled};
use vedette_triage::{EntityId, Identity, Says, Timestamp};
use vedette_wire::{HostFacts, Report, Round, Sample, Stream, WIRE_VERSION, metric};

const MINUTE_MS: i64 = 60_000;
const HOUR: i64 = 60;
pub(crate) const DAY: i64 = 24 * HOUR;
/// A Monday, 00:00 UTC.
const BEGIN_MS: i64 = 1_750_032_000_000;
/// What is told in the first two weeks is not counted: seven days to warm up, and a week in
/// which what comes weekly has come only once.
pub(crate) const COUNTED_FROM: i64 = 14 * DAY;
/// Until then.
pub(crate) const COUNTED_TO: i64 = 28 * DAY;

/// How a host lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    /// The same all day.
    Steady,
    /// Busy from 8 to 18 on working days.
    Office,
    /// Nothing but a job each night, which begins up to 40 minutes late and takes up to two hours.
    Nightly,
    /// A wave each day that grows by 2 % a day.
    Growing,
    /// As the office, and on Sundays a job of four hours.
    Weekly,
    /// Bursts of 5 to 40 minutes at any time, about six a day.
    Bursty,
}

/// Every life.
pub(crate) const LIVES: [Life; 6] = [
    Life::Steady,
    Life::Office,
    Life::Nightly,
    Life::Growing,
    Life::Weekly,
    Life::Bursty,
];

/// What goes wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// Two hours at three times what is usual on a working day, on top of what is usual then.
    Plateau,
    /// From one minute on it is that for good.
    Shift,
    /// It climbs for three hours, up to six times that.
    Runaway,
}

/// Every fault.
pub(crate) const FAULTS: [Fault; 3] = [Fault::Plateau, Fault::Shift, Fault::Runaway];

/// What came of watching one host.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Outcome {
    /// Episodes in which nothing was wrong.
    pub(crate) false_episodes: u32,
    /// Days counted.
    pub(crate) days: u32,
    /// Faults there were, of load and of traffic each.
    pub(crate) faults: u32,
    /// Faults that were found before they were over (a shift: within a day).
    pub(crate) found: u32,
    /// Minutes until they were, added up.
    pub(crate) delay: i64,
}

impl Outcome {
    /// Both together.
    pub(crate) fn and(self, other: Outcome) -> Outcome {
        Outcome {
            false_episodes: self.false_episodes + other.false_episodes,
            days: self.days + other.days,
            faults: self.faults + other.faults,
            found: self.found + other.found,
            delay: self.delay + other.delay,
        }
    }

    /// False episodes per host and day.
    pub(crate) fn false_per_day(&self) -> f64 {
        f64::from(self.false_episodes) / f64::from(self.days.max(1))
    }
}

/// The shipped rules.
pub(crate) fn shipped() -> Arc<RuleSet> {
    let day: Date = "2026-07-01".parse().expect("a date");
    let (loaded, _) = load(&Sources::default(), day, Findings::new());
    loaded.expect("the shipped rules load").policy.detection
}

/// Watches one host for four weeks.
pub(crate) fn watch(rules: &RuleSet, life: Life, fault: Fault, seed: u64) -> Outcome {
    let mut host = Host::new(life, fault, seed);
    let mut watch = HostWatch::new(&EntityId::new("made-up"), at(0));
    // By rule: since when it fires.
    let mut firing: BTreeMap<Identity, i64> = BTreeMap::new();
    let mut outcome = Outcome {
        days: u32::try_from((COUNTED_TO - COUNTED_FROM) / DAY).unwrap_or(0),
        ..Outcome::default()
    };
    let mut found: BTreeMap<String, i64> = BTreeMap::new();
    for minute in 0..COUNTED_TO {
        let report = report(minute, host.samples(minute));
        let observed = watch.observe(at(minute), &report, &report.rounds[0], rules);
        watch.settle_host(Settled::Committed, None);
        for change in observed.found {
            watch.settle(&change.identity, Settled::Committed);
            if !change.rule.ends_with("-unusual") {
                continue;
            }
            let series = change.identity;
            match change.says {
                Says::Firing { .. } if firing.insert(series.clone(), minute).is_none() => {
                    if minute < COUNTED_FROM {
                    } else if host.is_fault(minute) {
                        found.entry(change.rule.to_string()).or_insert(minute);
                    } else {
                        outcome.false_episodes += 1;
                    }
                }
                Says::Firing { .. } => {}
                Says::Ok { .. } => {
                    firing.remove(&series);
                }
            }
        }
    }
    if fault != Fault::None {
        outcome.faults = 2;
        for minute in found.values() {
            outcome.found += 1;
            outcome.delay += minute - host.fault_at;
        }
    }
    outcome
}

/// One host that was made up.
struct Host {
    life: Life,
    fault: Fault,
    fault_at: i64,
    random: Random,
    /// Noise that has a memory, as load has: one for load, one for traffic.
    drift: [f64; 2],
    /// Today's job: when it begins, how long it takes.
    job: (i64, i64),
    burst_until: i64,
    received: f64,
}

impl Host {
    fn new(life: Life, fault: Fault, seed: u64) -> Host {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let day = 17 + random.below(6);
        let fault_at = day * DAY + random.below(20 * HOUR);
        Host {
            life,
            fault,
            fault_at,
            random,
            drift: [0.0; 2],
            job: (0, 0),
            burst_until: 0,
            received: 0.0,
        }
    }

    /// Whether something is wrong in a minute, or was so shortly before that it may still be told;
    /// a level that stays is news for the days in which it becomes usual.
    fn is_fault(&self, minute: i64) -> bool {
        let lasts = match self.fault {
            Fault::None => return false,
            Fault::Plateau => 2 * HOUR + 30,
            Fault::Runaway => 3 * HOUR + 30,
            Fault::Shift => 5 * DAY,
        };
        (self.fault_at..self.fault_at + lasts).contains(&minute)
    }

    fn samples(&mut self, minute: i64) -> Vec<Sample> {
        let usual = self.usual(minute);
        let wrong = self.wrong(minute);
        let [load, traffic] = [0, 1].map(|at| {
            // A tenth of it or so, lasting some ten minutes, and a little that does not last.
            self.drift[at] = 0.93 * self.drift[at] + 0.04 * self.random.normal();
            let noise = (self.drift[at] + 0.05 * self.random.normal()).exp();
            let level = if at == 0 { 0.4 } else { 4e6 };
            level * (usual * noise + wrong)
        });
        self.received += traffic * 60.0;
        let sample = |name: &str, attributes: &[(&str, &str)], value| Sample {
            name: name.to_owned(),
            attributes: attributes
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            value,
        };
        let device = [("device", "eth0"), ("direction", "receive")];
        vec![
            sample(metric::LOAD_15M_PER_CPU, &[], load),
            sample(metric::NETWORK_IO, &device, self.received),
        ]
    }

    /// What it is without a fault and without noise, 1 = a busy working day.
    fn usual(&mut self, minute: i64) -> f64 {
        let (day, of_day) = (minute / DAY, minute % DAY);
        let (weekday, hour) = (day % 7, of_day / HOUR);
        if of_day == 0 {
            self.job = (self.random.below(40), 70 + self.random.below(50));
        }
        let working = weekday < 5 && (8..18).contains(&hour);
        let office = if working { 1.0 } else { 0.15 };
        // Hundreds of minutes; exact.
        #[allow(clippy::cast_precision_loss)]
        let (wave, days) = (
            (std::f64::consts::TAU * of_day as f64 / DAY as f64).sin(),
            day as f64,
        );
        let job =
            |from: i64, late: i64, long: i64| (from + late..from + late + long).contains(&of_day);
        match self.life {
            Life::Steady => 0.5,
            Life::Office => office,
            Life::Nightly if job(2 * HOUR, self.job.0, self.job.1) => 2.5,
            Life::Nightly => 0.1,
            Life::Growing => (0.6 + 0.4 * wave) * 1.02_f64.powf(days),
            Life::Weekly if weekday == 6 && job(3 * HOUR, self.job.0, 240) => 3.0,
            Life::Weekly => office,
            Life::Bursty => {
                if self.random.below(DAY) < 6 {
                    self.burst_until = minute + 5 + self.random.below(35);
                }
                if minute < self.burst_until { 2.5 } else { 0.3 }
            }
        }
    }

    /// What a fault adds.
    fn wrong(&self, minute: i64) -> f64 {
        let since = minute - self.fault_at;
        match self.fault {
            Fault::None => 0.0,
            Fault::Plateau if (0..2 * HOUR).contains(&since) => 3.0,
            Fault::Shift if since >= 0 => 3.0,
            #[allow(clippy::cast_precision_loss)] // hundreds of minutes
            Fault::Runaway if (0..3 * HOUR).contains(&since) => since as f64 / 30.0,
            Fault::Plateau | Fault::Shift | Fault::Runaway => 0.0,
        }
    }
}

/// Numbers that look random and are the same for the same seed (xorshift).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, most: i64) -> i64 {
        i64::try_from(self.next() % u64::try_from(most).unwrap_or(1)).unwrap_or(0)
    }

    /// From 0 to 1.
    #[allow(clippy::cast_precision_loss)] // 53 bits are a double's
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Normal, by the sum of twelve.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.share()).sum::<f64>() - 6.0
    }
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_millis(BEGIN_MS + minute * MINUTE_MS)
}

fn report(minute: i64, samples: Vec<Sample>) -> Report {
    let mono_ms = u64::try_from(minute * MINUTE_MS).unwrap_or(0);
    let round = Round {
        seq: mono_ms,
        wall_ms: at(minute).as_millis(),
        mono_ms,
        interval_s: 60.0,
        probes: Vec::new(),
        samples,
        checks: Vec::new(),
        events: Vec::new(),
    };
    Report {
        wire: WIRE_VERSION,
        agent: "made-up".to_owned(),
        boot: "boot".to_owned(),
        epoch: "epoch".to_owned(),
        stream: Stream::Live,
        host: HostFacts {
            name: "made-up".to_owned(),
            ..HostFacts::default()
        },
        version: String::new(),
        sent_wall_ms: round.wall_ms,
        sent_mono_ms: mono_ms,
        rounds: vec![round],
    }
}
