//! Measures the history: bytes a sample, samples written a second, windows filled at a start.
//!
//! `history_bench REPORTS [HOSTS] [HOURS] [FOLDER]`: a file with reports of a real agent, a line of
//! JSON each, which is repeated 15 s apart for as many hosts (200) and hours (4) as are wanted, on a
//! disk (the temporary folder). Time passes as fast as it can be written.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::yield_now;
use std::time::{Duration, Instant};

use vedette_collector::clock::SetClock;
use vedette_collector::history::{Bounds, History};
use vedette_triage::detect::each_measured;
use vedette_triage::{EntityId, Timestamp};
use vedette_wire::{Report, Round, Stream};

const BEGIN: Timestamp = Timestamp::from_millis(1_760_000_400_000);
const ROUND: Duration = Duration::from_secs(15);
const TIDY_EVERY: u64 = 40;
/// Samples that may wait, so that none is dropped.
const WAITING_MAX: u64 = 40_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let reports = arguments.next().ok_or("a file with reports is needed")?;
    let hosts: u64 = arguments.next().map_or(Ok(200), |text| text.parse())?;
    let hours: u64 = arguments.next().map_or(Ok(4), |text| text.parse())?;
    let parent = arguments.next().map_or(std::env::temp_dir(), PathBuf::from);
    let rounds = rounds(&reports)?;
    let folder = tempfile::tempdir_in(parent)?;
    let clock = SetClock::at(BEGIN);
    let history = open(folder.path(), &clock)?;

    let begun = Instant::now();
    let mut samples = 0;
    for step in 0..hours * 240 {
        let now = BEGIN.after(ROUND * u32::try_from(step)?);
        clock.set(now);
        for host in 0..hosts {
            let report = report(host, step, &rounds);
            samples += count(&report.rounds[0]);
            history.keep(now, report, 1);
            while history.waiting() > WAITING_MAX {
                yield_now();
            }
        }
        if step % TIDY_EVERY == 0 {
            drain(&history);
            history.tidy(now)?;
        }
    }
    drain(&history);
    let took = begun.elapsed().as_secs_f64();
    history.tidy(clock_now(&clock))?;
    history.stop();
    let dropped: u64 = history
        .counted()
        .dropped
        .iter()
        .map(|(_, count)| count)
        .sum();
    row(
        "samples",
        format!("{samples}, of which {dropped} were dropped"),
    );
    row(
        "written and made small, a second",
        format!("{:.0} samples", samples as f64 / took),
    );
    sizes(folder.path(), (hosts, hours), &rounds)?;
    read(folder.path(), &clock, hosts)?;
    row("memory (RssAnon)", format!("{} MiB", anon_kib()? / 1_024));
    Ok(())
}

fn open(folder: &Path, clock: &SetClock) -> std::io::Result<History> {
    let bounds = Bounds {
        keep: Duration::from_secs(48 * 3_600),
        bytes_max: 1 << 34,
        leave_free: 0,
    };
    History::open(folder, bounds, Arc::new(clock.clone()))
}

fn rounds(path: &str) -> Result<Vec<Report>, Box<dyn std::error::Error>> {
    let text = std::fs::read_to_string(path)?;
    let mut reports = Vec::new();
    for line in text.lines() {
        let report: Report = serde_json::from_str(line)?;
        for round in &report.rounds {
            let rounds = vec![round.clone()];
            reports.push(Report {
                rounds,
                ..report.clone()
            });
        }
    }
    // The first look has nothing to compare with.
    reports.drain(..2.min(reports.len()));
    Ok(reports)
}

/// Each host is somewhere else in what was recorded.
fn report(host: u64, step: u64, rounds: &[Report]) -> Report {
    let place = (step + host * 7) % rounds.len() as u64;
    let mut report = rounds[usize::try_from(place).unwrap_or(0)].clone();
    report.agent = format!("host-{host}");
    report.epoch = "bench".to_owned();
    report.stream = Stream::Live;
    report.rounds[0].seq = step + 1;
    report.sent_mono_ms = report.rounds[0].mono_ms;
    report
}

fn count(round: &Round) -> u64 {
    let mut samples = 0;
    each_measured(round, |_, _| samples += 1);
    samples
}

fn drain(history: &History) {
    while history.waiting() > 0 {
        yield_now();
    }
}

/// By kind of file.
fn sizes(
    folder: &Path,
    (hosts, hours): (u64, u64),
    rounds: &[Report],
) -> Result<(), Box<dyn std::error::Error>> {
    let per_round = rounds
        .iter()
        .map(|report| count(&report.rounds[0]))
        .sum::<u64>() as f64
        / rounds.len() as f64;
    row("samples of a round", format!("{per_round:.0}"));
    let mut bytes = std::collections::BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry
            .path()
            .extension()
            .map(|kind| kind.to_string_lossy().into_owned());
        let of: &mut (u64, u64) = bytes.entry(kind.unwrap_or_default()).or_default();
        of.0 += 1;
        of.1 += entry.metadata()?.len();
    }
    let full = bytes.get("full").copied().unwrap_or_default();
    let minute = bytes.get("minute").copied().unwrap_or_default();
    let full_rounds = (full.0 * TIDY_EVERY * hosts) as f64;
    let tail = bytes.get("tail").copied().unwrap_or_default();
    let not_by_minute = (full.0 + tail.0) * TIDY_EVERY;
    let minute_rounds = ((hours * 240).saturating_sub(not_by_minute) * hosts) as f64;
    row(
        "every value, after ten minutes: bytes a sample",
        format!(
            "{:.2} ({} files)",
            full.1 as f64 / (full_rounds * per_round),
            full.0
        ),
    );
    if minute.0 > 0 {
        row(
            "by minutes, after an hour: bytes a sample that was measured / a minute of a series",
            format!(
                "{:.2} / {:.2} ({} files)",
                minute.1 as f64 / (minute_rounds * per_round),
                minute.1 as f64 / (minute_rounds / 4.0 * per_round),
                minute.0
            ),
        );
    }
    row(
        "in the tail",
        format!("{} bytes in {} files", tail.1, tail.0),
    );
    Ok(())
}

/// What a start reads: six hours of two metrics of each host.
fn read(folder: &Path, clock: &SetClock, hosts: u64) -> std::io::Result<()> {
    let begun = Instant::now();
    let history = open(folder, clock)?;
    row(
        "opened",
        format!("{:.0} ms", begun.elapsed().as_secs_f64() * 1e3),
    );
    let now = clock_now(clock);
    for (metrics, over) in [
        (["system.paging.faults", "system.cpu.utilization"], 600),
        (
            [
                "system.filesystem.utilization",
                "system.filesystem.available",
            ],
            6 * 3_600,
        ),
    ] {
        let from = now.before(Duration::from_secs(over));
        let wanted = |metric: &str| metrics.contains(&metric).then_some(from);
        let begun = Instant::now();
        let mut points = 0;
        for host in 0..hosts {
            let host = EntityId::new(&format!("host-{host}"));
            let tracks = history.read(&host, (from, now), &wanted);
            points += tracks.iter().map(|track| track.points.len()).sum::<usize>();
        }
        let took = begun.elapsed().as_secs_f64() * 1e6 / hosts as f64;
        row(
            &format!("two metrics of a host over {} min, one thread", over / 60),
            format!("{took:.0} us, {} points", points as u64 / hosts),
        );
    }
    history.stop();
    Ok(())
}

fn clock_now(clock: &SetClock) -> Timestamp {
    vedette_collector::clock::Clock::now(clock)
}

fn anon_kib() -> std::io::Result<u64> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    Ok(number.unwrap_or(0))
}

fn row(name: &str, value: String) {
    println!("  {name:<62} {value}");
}
