//! Windows of series as rules ask them.
#![allow(clippy::unwrap_used)]
use super::*;
use crate::detect::limits;

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn numbers_are_over_the_window_and_nothing_older() {
    let recent = filled(&[9.0, 1.0, 2.0, 3.0, 4.0, 5.0], 5 * MINUTE);
    check(&recent, 5, Aggregate::Average, 2.5 + 1.5);
    check(&recent, 5, Aggregate::Minimum, 1.0);
    check(&recent, 5, Aggregate::Maximum, 9.0);
    check(&recent, 5, Aggregate::Last, 5.0);
    check(&recent, 5, Aggregate::Count, 6.0);
    let recent = filled(&[9.0, 9.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 5 * MINUTE);
    check(&recent, 5, Aggregate::Maximum, 6.0);
}

#[test]
fn a_counter_that_starts_over_did_not_fall() {
    let recent = filled(&[100.0, 160.0, 30.0, 90.0], 3 * MINUTE);
    check(&recent, 3, Aggregate::Increase, 60.0 + 30.0 + 60.0);
    check(&recent, 3, Aggregate::Rate, 150.0 / 180.0);
}

#[test]
fn what_is_not_filled_is_unknown_but_a_change_that_was_seen_is_one() {
    let over = 10 * MINUTE;
    let recent = filled(&[1.0, 1.0], over);
    assert!(recent.aggregate(Aggregate::Average, over, at(1)).is_nan());
    assert_eq!(recent.changed(over, at(1)), Truth::Unknown);
    let recent = filled(&[1.0, 2.0], over);
    assert_eq!(recent.changed(over, at(1)), Truth::True);
}

#[test]
fn what_nobody_asked_for_is_not_kept_and_unknown() {
    let over = 3 * MINUTE;
    let mut recent = Recent::nothing();
    recent.keep(&[(over, Keeps::Means), (over, Keeps::Newest)], |_, _| true);
    for minute in 0..10 {
        recent.push(&Summary::of(at(minute), 4.0), 3 * MINUTE);
    }
    assert_eq!(recent.tracks.len(), 1);
    check(&recent, 3, Aggregate::Average, 4.0);
    assert!(recent.aggregate(Aggregate::Maximum, over, at(9)).is_nan());
    assert_eq!(recent.changed(over, at(9)), Truth::Unknown);
    recent.keep(&[(over, Keeps::Greatest)], |_, keeps| keeps != Keeps::Means);
    assert!(recent.aggregate(Aggregate::Average, over, at(9)).is_nan());
}

#[test]
fn a_pause_starts_the_window_over() {
    let over = 10 * MINUTE;
    let mut recent = filled(&[1.0; 11], over);
    assert_eq!(recent.changed(over, at(10)), Truth::False);
    recent.push(&Summary::of(at(60), 1.0), 3 * MINUTE);
    assert_eq!(recent.changed(over, at(60)), Truth::Unknown);
}

#[test]
fn a_long_window_stays_bounded() {
    let over = 360 * MINUTE;
    let mut recent = empty(over);
    for second in 0..3 * 21_600_i64 {
        let at = Timestamp::from_millis(second * 1_000);
        recent.push(&Summary::of(at, 1.0), MINUTE);
        let most = recent.tracks.iter().map(Track::points).max();
        assert!(most <= Some(limits::POINTS_PER_WINDOW_MAX + 1), "{most:?}");
    }
    let now = Timestamp::from_millis(3 * 21_600 * 1_000);
    assert!((recent.aggregate(Aggregate::Average, over, now) - 1.0).abs() < 1e-9);
    assert!(recent.aggregate(Aggregate::Count, over, now) > 21_000.0);
}

#[test]
fn a_disk_that_fills_steadily_is_full_when_the_line_says() {
    let over = 60 * MINUTE;
    let values: Vec<f64> = (0..=60).map(|at| f64::from(at) / 100.0).collect();
    let recent = filled(&values, over);
    let soon = recent.time_to(over, at(60), 0.9);
    assert!((soon - 1_800.0).abs() < 1.0, "{soon}");
    let later = recent.forecast(over, at(60), 20 * MINUTE);
    assert!((later - 0.8).abs() < 1e-3, "{later}");
    assert!(recent.time_to(over, at(60), 0.1).is_infinite());
    let heading = recent.heading(over, at(60), 0.9).unwrap();
    assert!((heading.left_s - 1_800.0).abs() < 1.0, "{heading:?}");
    assert!((heading.nearer_per_hour - 0.6).abs() < 1e-3, "{heading:?}");
    let away = recent.heading(over, at(60), 0.1).unwrap();
    assert!(away.nearer_per_hour < 0.0 && away.left_s.is_infinite());
}

#[test]
fn what_is_recalled_by_minutes_has_its_least_and_greatest() {
    let over = 60 * MINUTE;
    let mut recent = empty(over);
    for minute in 0..=60_i32 {
        let last = f64::from(minute);
        let of = Summary {
            at: at(i64::from(minute)),
            last,
            min: last - 0.5,
            max: last + 40.0,
            count: 4,
        };
        recent.push(&of, 3 * MINUTE);
        // Once more is not twice as much.
        recent.push(&of, 3 * MINUTE);
    }
    check(&recent, 60, Aggregate::Minimum, -0.5);
    check(&recent, 60, Aggregate::Maximum, 100.0);
    check(&recent, 60, Aggregate::Average, 30.0);
    check(&recent, 60, Aggregate::Count, 61.0 * 4.0);
    // Of the first four minutes only the last is known.
    check(&recent, 60, Aggregate::Rate, 1.0 / 60.0);
    assert_eq!(recent.changed(over, at(60)), Truth::True);
}

#[test]
fn events_are_counted_and_known_once_the_while_was_watched() {
    let times = vec![(at(1), 2), (at(5), 1), (at(9), 4)];
    let count = |since, over, now| Events::new(since, times.clone()).count(over, at(now));
    let of_five = count(Some(at(0)), 5 * MINUTE, 9);
    assert_eq!(
        of_five,
        Count {
            seen: 5.0,
            complete: true
        }
    );
    // What is yet to happen is not counted.
    let of_eight = count(Some(at(0)), 10 * MINUTE, 8);
    assert_eq!(
        of_eight,
        Count {
            seen: 3.0,
            complete: false
        }
    );
    assert!(!count(None, MINUTE, 9).complete);
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_millis(1_000_000_000 + minute * 60_000)
}

fn empty(over: Duration) -> Recent {
    let all = [
        Keeps::Means,
        Keeps::Rises,
        Keeps::Least,
        Keeps::Greatest,
        Keeps::Change,
        Keeps::Line,
    ];
    let mut recent = Recent::nothing();
    recent.keep(&all.map(|keeps| (over, keeps)), |_, _| true);
    recent
}

fn filled(values: &[f64], over: Duration) -> Recent {
    let mut recent = empty(over);
    for (minute, value) in (0..).zip(values) {
        recent.push(&Summary::of(at(minute), *value), 3 * MINUTE);
    }
    recent
}

#[track_caller]
fn check(recent: &Recent, minutes: u32, function: Aggregate, expected: f64) {
    let found = recent.aggregate(function, minutes * MINUTE, recent.at);
    assert!((found - expected).abs() < 1e-9, "{function:?}: {found}");
}

#[test]
fn a_point_takes_twelve_bytes_and_what_is_asked_for_fifty_six_besides() {
    // A fleet has millions of these: who makes them larger should know.
    assert_eq!(Track::POINT_BYTES, 12);
    assert_eq!(size_of::<Track>(), 56);
    assert_eq!(size_of::<Recent>(), 32);
}
