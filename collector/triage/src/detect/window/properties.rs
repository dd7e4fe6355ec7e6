//! What is kept comes to the same as if every observation were kept. Failing runs print their seed.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::detect::limits;

const OVER: [Duration; 4] = [
    Duration::from_secs(30),
    Duration::from_secs(300),
    Duration::from_secs(6 * 3_600),
    Duration::from_secs(7 * 24 * 3_600),
];
const PAUSE_MAX: Duration = Duration::from_secs(90);

/// Every observation there ever was.
#[derive(Default)]
struct Naive(Vec<Summary>);

impl Naive {
    /// Those since the last pause.
    fn watched(&self, over: Duration) -> &[Summary] {
        let is_pause = |two: &[Summary]| two[1].at.since(two[0].at) > PAUSE_MAX.max(over / 5);
        let last = self.0.windows(2).rposition(is_pause);
        &self.0[last.map_or(0, |pause| pause + 1)..]
    }

    /// Those of the while.
    fn within(&self, over: Duration, now: Timestamp) -> &[Summary] {
        let watched = self.watched(over);
        let from = now.before(over);
        &watched[watched.partition_point(|of| of.at < from)..]
    }

    fn is_filled(&self, over: Duration, now: Timestamp) -> bool {
        let first = self.watched(over).first();
        first.is_some_and(|first| now.since(first.at) * 5 >= over * 4)
    }
}

/// One observation, or several: so long after the last, the values.
fn observations() -> impl Strategy<Value = Vec<(u64, f64, f64, u32)>> {
    let pause = prop_oneof![
        8 => Just(15_000_u64),
        3 => 1..60_000_u64,
        1 => 60_000..200_000_u64,
        1 => prop::sample::select(vec![3_600_000_u64, 6 * 3_600_000, 40 * 3_600_000]),
    ];
    let value = prop_oneof![
        4 => (0..5_i32).prop_map(f64::from),
        2 => -1e6..1e6_f64,
    ];
    let count = prop_oneof![4 => Just(1_u32), 1 => 1..5_u32];
    prop::collection::vec((pause, value.clone(), value, count), 1..400)
}

fn play(observations: &[(u64, f64, f64, u32)], over: Duration) -> (Recent, Naive) {
    let all = [
        Keeps::Means,
        Keeps::Rises,
        Keeps::Least,
        Keeps::Greatest,
        Keeps::Change,
        Keeps::Line,
    ];
    let (mut recent, mut naive) = (Recent::nothing(), Naive::default());
    recent.keep(&all.map(|keeps| (over, keeps)), |_, _| true);
    // Near where the lower half of a time begins anew.
    let mut now = Timestamp::from_millis(397 << 32).before(Duration::from_secs(3_000));
    for (after_ms, last, other, count) in observations {
        now = now.after(Duration::from_millis(*after_ms));
        let other = if *count > 1 { *other } else { *last };
        let of = Summary {
            at: now,
            last: *last,
            min: last.min(other),
            max: last.max(other),
            count: *count,
        };
        recent.push(&of, PAUSE_MAX);
        naive.0.push(of);
    }
    (recent, naive)
}

/// Observations closer than this may share a point.
fn step(over: Duration) -> Duration {
    over / u32::try_from(limits::POINTS_PER_WINDOW_MAX).unwrap() + Duration::from_millis(1)
}

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-9 * (1.0 + expected.abs())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn extremes_and_counts_lie_between_those_of_a_step_less_and_a_step_more(
        observations in observations(), later in 0..20_000_u64,
    ) {
        for over in OVER {
            let (recent, naive) = play(&observations, over);
            let now = recent.at().after(Duration::from_millis(later));
            let filled = naive.is_filled(over, now);
            let inner = naive.within(over, now);
            // A point counts as a whole, so the oldest may reach a step farther back.
            let watched = naive.watched(over);
            let from = now.before(over + step(over));
            let outer = &watched[watched.partition_point(|of| of.at < from)..];
            let least = |all: &[Summary]| all.iter().map(|of| of.min).fold(f64::INFINITY, f64::min);
            let most = |all: &[Summary]| all.iter().map(|of| of.max).fold(f64::NEG_INFINITY, f64::max);
            let count = |all: &[Summary]| all.iter().map(|of| f64::from(of.count)).sum::<f64>();
            let [found_least, found_most, found_count, mean] = [
                Aggregate::Minimum, Aggregate::Maximum, Aggregate::Count, Aggregate::Average,
            ].map(|function| recent.aggregate(function, over, now));
            if !filled {
                prop_assert!([found_least, found_most, found_count, mean].iter().all(|of| of.is_nan()));
                continue;
            }
            prop_assert!((count(inner)..=count(outer)).contains(&found_count));
            if inner.is_empty() {
                prop_assert!(found_least.is_nan() && mean.is_nan());
                continue;
            }
            prop_assert!(least(outer) <= found_least && found_least <= least(inner));
            prop_assert!(most(inner) <= found_most && found_most <= most(outer));
            prop_assert!(least(outer) <= mean + 1e-6 && mean <= most(outer) + 1e-6);
            if found_count == count(inner) {
                let sum: f64 = inner.iter().map(|of| of.last * f64::from(of.count)).sum();
                prop_assert!(close(mean, sum / found_count), "{} {}", mean, sum / found_count);
            }
        }
    }

    #[test]
    fn what_is_farther_apart_than_a_step_is_known_exactly(
        values in prop::collection::vec(0..1_000_i32, 1..60), later in 0..20_000_u64,
    ) {
        // A while of ten minutes has steps of forty seconds.
        let over = Duration::from_secs(600);
        let observations: Vec<_> = values
            .iter()
            .map(|value| (60_000, f64::from(*value), 0.0, 1))
            .collect();
        let (recent, naive) = play(&observations, over);
        let now = recent.at().after(Duration::from_millis(later));
        if !naive.is_filled(over, now) {
            return Ok(());
        }
        let within = naive.within(over, now);
        let found = |function| recent.aggregate(function, over, now);
        let rises = within.windows(2).map(|two| match two[1].last >= two[0].last {
            true => two[1].last - two[0].last,
            false => two[1].last,
        });
        let rise: f64 = rises.sum();
        prop_assert!(close(found(Aggregate::Increase), rise));
        let seconds = within.last().unwrap().at.since(within[0].at).as_secs_f64();
        prop_assert!(close(found(Aggregate::Rate), rise / seconds));
        let mean = within.iter().map(|of| of.last).sum::<f64>() / f64::from(u32::try_from(within.len()).unwrap());
        prop_assert!(close(found(Aggregate::Average), mean));
        let points: Vec<(f64, f64)> = within
            .iter()
            .map(|of| (-now.since(of.at).as_secs_f64(), of.last))
            .collect();
        match Line::through(&points) {
            Some(line) => prop_assert!(close(
                recent.forecast(over, now, Duration::from_secs(60)), line.ahead(60.0),
            )),
            None => prop_assert!(recent.forecast(over, now, Duration::from_secs(60)).is_nan()),
        }
    }

    #[test]
    fn a_counter_rises_by_what_it_rose_within_the_while_but_for_a_step(
        observations in observations(),
    ) {
        for over in OVER {
            let (recent, naive) = play(&observations, over);
            let now = recent.at();
            let found = recent.aggregate(Aggregate::Increase, over, now);
            if !naive.is_filled(over, now) {
                prop_assert!(found.is_nan());
                continue;
            }
            let rise = |all: &[Summary]| -> f64 {
                let rises = all.windows(2).map(|two| match two[1].last >= two[0].last {
                    true => two[1].last - two[0].last,
                    false => two[1].last,
                });
                rises.sum()
            };
            // A counter that falls below zero is none.
            if observations.iter().any(|(_, last, _, _)| *last < 0.0) {
                continue;
            }
            let within = naive.within(over, now);
            let outer = rise(within);
            let from = within.first().map(|first| first.at.after(step(over)));
            let inner = within.iter().position(|of| Some(of.at) >= from);
            let inner = inner.map_or(0.0, |from| rise(&within[from..]));
            prop_assert!(inner - 1e-6 <= found && found <= outer + 1e-6, "{inner} {found} {outer}");
        }
    }

    #[test]
    fn a_change_is_known_to_the_millisecond(
        observations in observations(), later in 0..200_000_u64,
    ) {
        for over in OVER {
            let (recent, naive) = play(&observations, over);
            let now = recent.at().after(Duration::from_millis(later));
            let watched = naive.watched(over);
            let differs = |at: usize| {
                let of = &watched[at];
                of.min < of.max || (at > 0 && watched[at - 1].last != of.last)
            };
            let begin = watched.len() - naive.within(over, now).len();
            let expected = match (begin..watched.len()).any(differs) {
                true => Truth::True,
                false if naive.is_filled(over, now) => Truth::False,
                false => Truth::Unknown,
            };
            prop_assert_eq!(recent.changed(over, now), expected);
        }
    }
}
