//! Measures what the shipped rules cost: one report against all of them, and against ten times as
//! many; and what is kept of a host.
//! `cargo run --release -p vedette-policy --example pack_bench`

#![allow(clippy::unwrap_used, clippy::print_stdout, dead_code)]

#[path = "../tests/pack/host.rs"]
mod host;
#[path = "../tests/pack/well.rs"]
mod well;

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use vedette_config::Findings;
use vedette_policy::{Sources, load};
use vedette_triage::detect::{HostWatch, On, Rule, RuleSet};
use vedette_triage::{Matcher, Timestamp};
use vedette_wire::{Class, Report};

use host::{HOUR, Opened, Watched};

/// Hosts that are kept while memory is measured.
const HOSTS: usize = 100;
/// Reports that are measured, over and over: as near to the processor as one just decoded.
const REPORTS: u64 = 8;
const TIMES: u32 = 2_500;
/// The pause between reports.
const PAUSE: u64 = 15;
/// Rules the cost is compared for.
const FEW: usize = 40;
const MANY: usize = 400;

fn main() {
    let (loaded, _) = load(
        &Sources::default(),
        Date::constant(2026, 11, 22),
        Findings::new(),
    );
    let rules = loaded.unwrap().policy.detection;
    println!("{} rules are shipped", rules.iter().len());
    // Memory first: what is given back afterwards would be taken again unseen.
    let classes = [Class::Server, Class::Workstation].map(|class| (class, past(class)));
    let mut kept = Vec::new();
    for (class, past) in &classes {
        let before = resident();
        let hosts = (0..HOSTS).map(|_| lived(*class, past, &rules).watch);
        let hosts: Vec<HostWatch> = hosts.collect();
        let each = (resident() - before) / hosts.len();
        let samples = &past[0].rounds[0];
        let series = samples.samples.len() + 2 * samples.checks.len();
        println!("{class:?}: {series} series, {each} bytes a host");
        kept.push(hosts);
    }
    for (class, past) in &classes {
        compare(*class, past, &rules);
    }
}

/// The shipped rules, and few against many.
fn compare(class: Class, past: &[Report], rules: &RuleSet) {
    let took = cost(class, past, rules);
    println!("{class:?}: {took:?} a report on the shipped rules");
    let few: Vec<Rule> = rules
        .iter()
        .take(FEW)
        .map(|rule| (**rule).clone())
        .collect();
    let of_few = cost(class, past, &set(few.clone()));
    println!("{class:?}: {of_few:?} a report on {FEW} of them");
    for (what, more) in [
        (
            "most for other series or hosts",
            elsewhere as fn(usize, &Rule) -> Rule,
        ),
        ("all for this host, too", again),
    ] {
        let copies = few.iter().cycle().take(MANY - FEW).enumerate();
        let copies = copies.map(|(at, rule)| more(at, rule));
        let many = set(few.iter().cloned().chain(copies).collect());
        let took = cost(class, past, &many);
        let times = took.as_secs_f64() / of_few.as_secs_f64();
        println!("{class:?}: {took:?} a report on {MANY}, {what}: {times:.2} times that");
    }
}

fn set(rules: Vec<Rule>) -> RuleSet {
    RuleSet::new(rules, Duration::from_secs(300), Duration::from_secs(86_400)).unwrap()
}

/// The same rule under another name.
fn again(at: usize, rule: &Rule) -> Rule {
    Rule {
        name: Arc::from(format!("{}-{at}", rule.name)),
        ..rule.clone()
    }
}

/// The same for another thing, or for a metric that only other hosts have.
fn elsewhere(at: usize, rule: &Rule) -> Rule {
    let mut rule = again(at, rule);
    match &rule.on {
        On::Metric(metric) if at.is_multiple_of(2) => {
            rule.on = On::Metric(Arc::from(format!("{metric}.{at}")));
        }
        On::Metric(_) | On::Event(_) => {
            let matcher = Matcher::parse(&format!("device=\"elsewhere-{at}\""));
            rule.matchers.0.push(matcher.unwrap());
        }
        On::Host => {}
    }
    rule
}

/// More than a day, every minute; then an hour, as often as agents report.
fn past(class: Class) -> Vec<Report> {
    let watched = Watched::new(class);
    let long_ago = (0..26 * HOUR).step_by(60).map(|second| (second, 60));
    let lately = (26 * HOUR..27 * HOUR)
        .step_by(15)
        .map(|second| (second, PAUSE));
    let report = |(second, pause)| {
        let seen = well::seen(class, second);
        watched.report(second, Duration::from_secs(pause), seen)
    };
    long_ago.chain(lately).map(report).collect()
}

/// A host that lived through this.
fn lived(class: Class, past: &[Report], rules: &RuleSet) -> Watched {
    let mut watched = Watched::new(class);
    let mut opened = Opened::new();
    for report in past {
        let now = Timestamp::from_millis(report.sent_wall_ms);
        let observed = watched.watch.observe(now, report, &report.rounds[0], rules);
        watched.settle(&observed, &mut opened);
        let observed = watched.watch.on_time(now, rules);
        watched.settle(&observed, &mut opened);
    }
    assert!(opened.is_empty(), "{opened:?}");
    watched
}

/// What one report takes.
fn cost(class: Class, past: &[Report], rules: &RuleSet) -> Duration {
    let mut watched = lived(class, past, rules);
    let mut reports: Vec<Report> = (27 * HOUR..)
        .step_by(usize::try_from(PAUSE).unwrap())
        .take(usize::try_from(REPORTS).unwrap())
        .map(|second| {
            watched.report(
                second,
                Duration::from_secs(PAUSE),
                well::seen(class, second),
            )
        })
        .collect();
    let begun = on_processor();
    for _ in 0..TIMES {
        for report in &mut reports {
            let now = Timestamp::from_millis(report.sent_wall_ms);
            watched.watch.observe(now, report, &report.rounds[0], rules);
            let later = REPORTS * PAUSE * 1_000;
            report.sent_wall_ms += i64::try_from(later).unwrap();
            report.sent_mono_ms += later;
            report.rounds[0].wall_ms = report.sent_wall_ms;
            report.rounds[0].mono_ms = report.sent_mono_ms;
        }
    }
    (on_processor() - begun) / TIMES / u32::try_from(REPORTS).unwrap()
}

/// For how long this process has had a processor, whatever else runs.
fn on_processor() -> Duration {
    let schedstat = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    Duration::from_nanos(schedstat.split(' ').next().unwrap().parse().unwrap())
}

/// Bytes of this process that are in memory.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4_096
}
