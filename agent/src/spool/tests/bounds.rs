//! What is given up above a bound of bytes or age, and what is not.

use super::*;

#[test]
fn above_the_bound_the_oldest_samples_go_first_and_events_stay() {
    let mut bench = Bench::with(Limits {
        bytes_max: MIB,
        ..LIMITS
    });
    let count = 3_000;
    for id in 1..=count {
        bench.append(&round(id, id % 100 == 0));
        assert!(bench.spool.depth().bytes <= MIB + MIB / 8);
    }
    let loss = bench.spool.take_loss();
    assert_eq!((loss.damaged, loss.thinned), (0, 0));
    assert!(loss.given_up > 0);

    let (mut full, mut events) = (Vec::new(), Vec::new());
    while let Some(batch) = bench.next(50) {
        for round in rounds(&batch) {
            let id = round.wall_ms as u64;
            match round.samples.is_empty() {
                true => events.push(id),
                false => full.push(id),
            }
        }
        bench.spool.acknowledge(batch.last);
    }
    let newest: Vec<u64> = (loss.given_up + 1..=count).collect();
    assert_eq!(full, newest, "in order, and each other one is counted");
    let expected: Vec<u64> = (1..=count).filter(|id| id % 100 == 0).collect();
    assert_eq!(events, expected, "what happened is there");
}

#[test]
fn above_the_bound_of_state_checks_go_before_events_and_the_oldest_of_each_first() {
    let mut bench = Bench::new();
    let count = 9_000;
    for id in 1..=count {
        let mut round = of_state(id, id % 500 == 0);
        bench.append(&round);
        round.checks.clear();
        assert!(bench.spool.depth().bytes <= STATE_BYTES_MAX);
    }
    let loss = bench.spool.take_loss();
    assert!(loss.given_up > 0);
    let (mut checks, mut events) = (Vec::new(), Vec::new());
    while let Some(batch) = bench.next(50) {
        for round in rounds(&batch) {
            checks.extend((!round.checks.is_empty()).then_some(round.wall_ms as u64));
            events.extend((!round.events.is_empty()).then_some(round.wall_ms as u64));
        }
        bench.spool.acknowledge(batch.last);
    }
    let newest: Vec<u64> = (loss.given_up + 1..=count).collect();
    assert_eq!(checks, newest);
    let expected: Vec<u64> = (1..=count).filter(|id| id % 500 == 0).collect();
    assert_eq!(events, expected);
}

#[test]
fn what_is_past_its_age_is_given_up_though_nothing_new_comes() {
    let mut bench = Bench::new();
    bench.append_all(1..=2);
    bench.append(&round(3, true));
    bench.now.mono_ms += 25 * HOUR_MS;
    assert_eq!(bench.drain(9), [3]);
    assert_eq!(
        bench.spool.take_loss(),
        Loss {
            given_up: 3,
            ..Loss::default()
        }
    );
}

#[test]
fn state_is_given_up_when_it_is_seven_times_as_old() {
    let mut bench = Bench::new();
    bench.append(&round(1, true));
    bench.now.mono_ms += 7 * 24 * HOUR_MS;
    assert_eq!(ids(&bench.next(9).unwrap()), [1]);
    bench.now.mono_ms += 1;
    assert_eq!(bench.next(9), None);
}

#[test]
fn what_is_past_its_age_is_given_up_when_something_new_comes() {
    let mut bench = Bench::new();
    bench.append_all(1..=2);
    bench.now.mono_ms += 25 * HOUR_MS;
    bench.append_all(3..=3);
    assert_eq!(bench.spool.depth().samples, 1);
}

#[test]
fn age_across_a_reboot_is_told_by_the_wall_clock() {
    let mut bench = Bench::new();
    bench.append_all(1..=2);
    bench.boot = Uuid::from_u128(2);
    bench.restart();
    bench.now = Stamp {
        wall_ms: 1_000,
        mono_ms: 99 * HOUR_MS,
    };
    assert_eq!(ids(&bench.next(9).unwrap()), [1, 2]);
    bench.now.wall_ms = 25 * HOUR_MS as i64;
    assert_eq!(bench.next(9), None);
}
