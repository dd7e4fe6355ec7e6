//! A collector that is away for a day, in time that the test moves: the spool and its files are
//! real, the day is not, and no agent runs through it. A real agent meets real outages, of
//! seconds and minutes, in `agent/tests/kills.rs` and `tests/bench/agent.sh`.

use super::*;

const DAY_MS: u64 = 24 * HOUR_MS;
const PACE_MS: u64 = 15_000;
/// Series of a round that are measured every time; one more is measured every five minutes.
const SERIES: u64 = 12;
const SLOW_MS: u64 = 300_000;

#[test]
fn a_days_outage_keeps_a_usable_history_within_its_bounds() {
    let mut bench = Bench::new();
    let mut most = 0;
    for mono_ms in (0..=DAY_MS).step_by(PACE_MS as usize) {
        live_through(&mut bench, mono_ms);
        most = most.max(bench.spool.depth().bytes);
    }
    assert!(most <= 2 * MIB, "{most} bytes");
    let loss = bench.spool.take_loss();
    assert_eq!((loss.damaged, loss.given_up), (0, 0));

    let history = drain(&mut bench);
    let rounds_in = |from: u64, to: u64| {
        let within = history
            .iter()
            .filter(|round| (from..to).contains(&round.mono_ms));
        within
            .filter(|round| round.samples.len() as u64 >= SERIES)
            .count() as u64
    };
    let whole = DAY_MS - HOUR_MS;
    assert_eq!(
        rounds_in(whole, DAY_MS),
        HOUR_MS / PACE_MS,
        "the last hour is whole"
    );
    // Thinning goes by the segment: the hour before may still be partly whole.
    let minutes = (whole - HOUR_MS) / 60_000;
    let kept = rounds_in(0, whole - HOUR_MS);
    assert!(
        (minutes..=minutes + minutes / 8).contains(&kept),
        "{kept} of {minutes} minutes"
    );
    for minute in 0..minutes {
        assert!(
            rounds_in(minute * 60_000, (minute + 1) * 60_000) >= 1,
            "minute {minute}"
        );
    }
    let slow = history.iter().flat_map(|round| &round.samples);
    let slow = slow.filter(|sample| sample.name == "slow").count() as u64;
    assert_eq!(
        slow,
        DAY_MS / SLOW_MS + 1,
        "what is measured rarely is all there"
    );
    let events = history
        .iter()
        .filter(|round| !round.events.is_empty())
        .count() as u64;
    assert_eq!(events, 24, "what happened is all there");
}

#[test]
fn an_outage_of_a_week_keeps_a_day_of_samples_and_all_that_happened() {
    let mut bench = Bench::new();
    for mono_ms in (0..=7 * DAY_MS).step_by(300_000) {
        live_through(&mut bench, mono_ms);
    }
    let history = drain(&mut bench);
    let oldest = history.iter().find(|round| !round.samples.is_empty());
    let age = 7 * DAY_MS - oldest.unwrap().mono_ms;
    let within = DAY_MS - 600_000..=DAY_MS + 600_000;
    assert!(within.contains(&age), "{age}");
    let events = history
        .iter()
        .filter(|round| !round.events.is_empty())
        .count() as u64;
    assert_eq!(events, 7 * 24);
}

#[test]
fn a_restart_in_the_middle_of_an_outage_thins_on() {
    let mut bench = Bench::new();
    for mono_ms in (0..=3 * HOUR_MS).step_by(PACE_MS as usize) {
        live_through(&mut bench, mono_ms);
        if mono_ms % (40 * 60_000) == 0 {
            bench.restart();
        }
    }
    let history = drain(&mut bench);
    let old = history.iter().filter(|round| round.mono_ms < HOUR_MS);
    let old = old
        .filter(|round| round.samples.len() as u64 >= SERIES)
        .count();
    assert!((60..=80).contains(&old), "{old}");
}

/// One round of a host that measures, and where something happens once an hour.
fn live_through(bench: &mut Bench, mono_ms: u64) {
    let sample = |name: String, value: f64| Sample {
        name,
        attributes: Default::default(),
        value,
    };
    let fast =
        (0..SERIES).map(|series| sample(format!("series.{series}"), mix_value(mono_ms, series)));
    let slow = mono_ms
        .is_multiple_of(SLOW_MS)
        .then(|| sample("slow".to_owned(), 1.0));
    let round = Round {
        mono_ms,
        samples: fast.chain(slow).collect(),
        ..round(mono_ms / 1000, mono_ms % HOUR_MS == SLOW_MS)
    };
    bench.now = Stamp {
        wall_ms: mono_ms as i64,
        mono_ms,
    };
    bench.append(&round);
}

fn mix_value(one: u64, other: u64) -> f64 {
    (one.wrapping_mul(2_654_435_761) ^ other.wrapping_mul(40_503)) as f64 / 1e3 % 1.0
}

fn drain(bench: &mut Bench) -> Vec<Round> {
    let mut history = Vec::new();
    while let Some(batch) = bench.next(240) {
        history.extend(rounds(&batch));
        bench.spool.acknowledge(batch.last);
    }
    history
}
