//! Measures what the shipped rules cost: one report of a server against all of them, and what is
//! kept of a host. `cargo run --release -p vedette-policy --example pack_bench`

#![allow(clippy::unwrap_used, clippy::print_stdout, dead_code)]

#[path = "../tests/pack/host.rs"]
mod host;
#[path = "../tests/pack/well.rs"]
mod well;

use std::time::Duration;

use jiff::civil::Date;
use vedette_config::Findings;
use vedette_policy::{Sources, load};
use vedette_triage::Timestamp;
use vedette_wire::Class;

use host::{DAY, Watched};

/// Hosts that are kept while memory is measured.
const HOSTS: usize = 200;
/// Reports that are measured.
const REPORTS: u64 = 20_000;

fn main() {
    let (loaded, _) = load(
        &Sources::default(),
        Date::constant(2026, 11, 22),
        Findings::new(),
    );
    let rules = loaded.unwrap().policy.detection;
    println!("{} rules", rules.iter().len());
    let mut kept = Vec::new();
    for class in [Class::Server, Class::Workstation] {
        let mut watched = Watched::new(class);
        let pause = Duration::from_secs(15);
        watched.live(0..27 * 3_600, pause, &rules, &host::nothing);
        let before = resident();
        let hosts = vec![watched.clone(); HOSTS];
        let each = (resident() - before) / HOSTS;
        let reports: Vec<_> = (2 * DAY..2 * DAY + REPORTS * 15)
            .step_by(15)
            .map(|second| watched.report(second, pause, well::seen(class, second)))
            .collect();
        let samples = reports[0].rounds[0].samples.len() + 2 * reports[0].rounds[0].checks.len();
        let begun = on_processor();
        for report in &reports {
            let now = Timestamp::from_millis(report.sent_wall_ms);
            watched
                .watch
                .observe(now, report, &report.rounds[0], &rules);
        }
        let took = (on_processor() - begun) / u32::try_from(REPORTS).unwrap();
        println!("{class:?}: {samples} series, {took:?} a report, {each} bytes a host");
        kept.push(hosts);
    }
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
