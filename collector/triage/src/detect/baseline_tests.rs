//! What is usual, when it is known, and what is far from it.
#![allow(clippy::unwrap_used)]

use super::*;

/// A Monday, 00:00 UTC.
const BEGIN: i64 = 1_750_032_000_000;
const MINUTES_A_DAY: i64 = 24 * 60;

#[test]
fn nothing_is_unusual_before_the_hour_was_seen_on_four_days() {
    let mut baseline = Baseline::new(7, false);
    watch(&mut baseline, 0..4 * MINUTES_A_DAY, |_| 5.0);
    let now = watch(
        &mut baseline,
        4 * MINUTES_A_DAY - 1..4 * MINUTES_A_DAY,
        |_| 50.0,
    );
    assert!(baseline.deviations(now).is_nan());
    let seen = Usual::WarmingUp { days: 3, needed: 4 };
    assert_eq!(baseline.usual(), seen);
    let now = watch(
        &mut baseline,
        4 * MINUTES_A_DAY..4 * MINUTES_A_DAY + 6,
        |_| 50.0,
    );
    assert!(baseline.deviations(now) > 10.0);
}

#[test]
fn the_same_at_another_hour_is_unusual() {
    let mut baseline = Baseline::new(7, false);
    let by_day = |minute: i64| match (minute / 60) % 24 {
        8..18 => 10.0,
        _ => 1.0,
    };
    watch(&mut baseline, 0..7 * MINUTES_A_DAY, by_day);
    let noon = 7 * MINUTES_A_DAY + 12 * 60;
    let now = watch(&mut baseline, 7 * MINUTES_A_DAY..noon, by_day);
    assert_eq!(baseline.deviations(now), 0.0);
    let night = 8 * MINUTES_A_DAY + 2 * 60;
    watch(&mut baseline, noon..night, by_day);
    let now = watch(&mut baseline, night..night + 10, |_| 10.0);
    assert!(baseline.deviations(now) > 10.0, "{baseline:?}");
    // An hour early is not yet unusual.
    let early = 9 * MINUTES_A_DAY + 7 * 60;
    watch(&mut baseline, night + 10..early, by_day);
    let now = watch(&mut baseline, early..early + 10, |_| 10.0);
    assert_eq!(baseline.deviations(now), 0.0);
}

#[test]
fn less_than_usual_is_below_zero() {
    let mut baseline = Baseline::new(7, false);
    watch(&mut baseline, 0..7 * MINUTES_A_DAY, |_| 10.0);
    let now = watch(
        &mut baseline,
        7 * MINUTES_A_DAY..7 * MINUTES_A_DAY + 10,
        |_| 5.0,
    );
    assert!(
        (baseline.deviations(now) + 10.0).abs() < 0.1,
        "{baseline:?}"
    );
}

#[test]
fn one_bad_minute_is_not_what_it_is_lately() {
    let mut baseline = Baseline::new(7, false);
    watch(&mut baseline, 0..7 * MINUTES_A_DAY + 30, |_| 10.0);
    let spike = 7 * MINUTES_A_DAY + 30;
    let now = watch(&mut baseline, spike..spike + 2, |_| 90.0);
    assert_eq!(baseline.deviations(now), 0.0);
}

#[test]
fn what_comes_once_a_week_is_usual_the_second_time() {
    let sundays = |minute: i64| match (minute / MINUTES_A_DAY) % 7 {
        6 if (minute / 60) % 24 == 3 => 80.0,
        _ => 10.0,
    };
    let mut baseline = Baseline::new(7, false);
    let sunday = 6 * MINUTES_A_DAY + 3 * 60 + 30;
    let now = watch(&mut baseline, 0..sunday, sundays);
    assert!(baseline.deviations(now) > 10.0);
    let now = watch(&mut baseline, sunday..sunday + 7 * MINUTES_A_DAY, sundays);
    assert_eq!(baseline.deviations(now), 0.0);
}

#[test]
fn a_level_that_stays_is_usual_from_the_third_day_on() {
    let mut baseline = Baseline::new(7, false);
    watch(&mut baseline, 0..7 * MINUTES_A_DAY, |_| 10.0);
    let second = 9 * MINUTES_A_DAY - 120;
    let now = watch(&mut baseline, 7 * MINUTES_A_DAY..second, |_| 30.0);
    assert!(baseline.deviations(now) > 10.0);
    let third = 9 * MINUTES_A_DAY + 60;
    let now = watch(&mut baseline, second..third, |_| 30.0);
    assert_eq!(baseline.deviations(now), 0.0);
}

#[test]
fn bursts_at_any_time_are_usual_once_they_came_around_this_hour_on_two_days() {
    let mut baseline = Baseline::new(7, false);
    let burst = |minute: i64| match (minute / MINUTES_A_DAY, minute % MINUTES_A_DAY) {
        (2, 730..750) | (5, 640..660) => 60.0,
        _ => 10.0,
    };
    watch(&mut baseline, 0..7 * MINUTES_A_DAY + 690, burst);
    let noon = 7 * MINUTES_A_DAY + 690;
    let now = watch(&mut baseline, noon..noon + 10, |_| 60.0);
    assert_eq!(baseline.deviations(now), 0.0);
    let evening = 7 * MINUTES_A_DAY + 1_200;
    watch(&mut baseline, noon + 10..evening, burst);
    let now = watch(&mut baseline, evening..evening + 10, |_| 60.0);
    assert!(baseline.deviations(now) > 10.0);
}

#[test]
fn of_a_counter_the_rate_counts_and_a_reset_is_no_rate() {
    let mut baseline = Baseline::new(7, true);
    // 1,000 a second; it starts over every other day.
    let total = |minute: i64| f64::from(i32::try_from(minute % 2_880).unwrap()) * 60_000.0;
    let now = watch(&mut baseline, 0..8 * MINUTES_A_DAY + 90, total);
    let Usual::Known { middle, .. } = baseline.usual() else {
        panic!("{baseline:?}");
    };
    assert!((middle - 1_000.0).abs() < 0.1, "{middle}");
    assert_eq!(baseline.deviations(now), 0.0);
}

#[test]
fn a_pause_of_days_is_not_filled_with_what_was_before() {
    let mut baseline = Baseline::new(7, false);
    watch(&mut baseline, 0..7 * MINUTES_A_DAY, |_| 10.0);
    let later = 12 * MINUTES_A_DAY;
    watch(&mut baseline, later..later + 1, |_| 10.0);
    assert_eq!(baseline.usual(), Usual::WarmingUp { days: 2, needed: 4 });
}

#[test]
fn what_is_kept_is_what_was() {
    let mut baseline = Baseline::new(7, false);
    let ramp = |minute: i64| f64::from(i32::try_from(minute % MINUTES_A_DAY).unwrap());
    let until = 8 * MINUTES_A_DAY + 25;
    watch(&mut baseline, 0..until, ramp);
    let kept = baseline.keep("m", &Labels::none()).unwrap();
    let json = serde_json::to_string(&kept).unwrap();
    let kept: KeptBaseline = serde_json::from_str(&json).unwrap();
    let mut again = Baseline::of_kept(&kept, false).unwrap();
    assert_eq!(again.usual(), baseline.usual());
    // After another day both know the same, but for the minute in which it was kept.
    for minute in until..until + MINUTES_A_DAY {
        for one in [&mut baseline, &mut again] {
            one.push(at(minute), ramp(minute));
        }
    }
    assert_eq!(again.usual(), baseline.usual());
    let mut wrong = kept;
    wrong.medians.pop();
    assert!(Baseline::of_kept(&wrong, false).is_none());
}

#[test]
fn it_takes_at_most_2_kb_however_often_it_is_observed() {
    let mut baseline = Baseline::new(7, false);
    for second in (0..8 * 86_400_i64).step_by(5) {
        let at = Timestamp::from_millis(BEGIN + second * 1_000);
        baseline.push(at, 1.0);
    }
    let bytes = size_of::<Baseline>()
        + size_of_val(&*baseline.medians)
        + size_of_val(&*baseline.spreads)
        + baseline.minutes.capacity() * size_of::<f32>()
        + baseline.lately.capacity() * size_of::<(i64, f32)>();
    assert!(bytes <= 2_048, "{bytes} bytes");
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_millis(BEGIN + minute * 60_000)
}

/// Shows it these minutes; says when the last was.
fn watch(
    baseline: &mut Baseline,
    minutes: std::ops::Range<i64>,
    value: impl Fn(i64) -> f64,
) -> Timestamp {
    let last = at(minutes.end - 1);
    for minute in minutes {
        baseline.push(at(minute), value(minute));
    }
    last
}
