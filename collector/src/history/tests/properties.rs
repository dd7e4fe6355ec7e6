//! What is read is what was written, within the resolution, whatever was measured when.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use vedette_triage::Timestamp;
use vedette_triage::detect::Summary;

use super::{HOST, HOUR, World};

const NAMES: [&str; 4] = ["used", "free", "faults", "temperature"];

/// By metric, in order of time.
type Measured = BTreeMap<&'static str, Vec<(Timestamp, f64)>>;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_read_is_what_was_written_within_the_resolution(
        rounds in prop::collection::vec((1_u64..90, prop::collection::vec(value(), 4)), 1..400),
        kills in prop::collection::btree_set(0_usize..400, 0..3),
    ) {
        let mut world = World::new();
        let mut measured = Measured::new();
        for (number, (pause, values)) in rounds.iter().enumerate() {
            let given: Vec<(&str, f64)> = NAMES
                .into_iter()
                .zip(values)
                .filter_map(|(name, value)| Some((name, (*value)?)))
                .collect();
            let at = world.now;
            world.round(HOST, &given);
            world.now = at.after(Duration::from_secs(*pause));
            for (name, value) in NAMES.into_iter().zip(values) {
                if let Some(value) = value {
                    measured.entry(name).or_default().push((at, *value));
                }
            }
            if kills.contains(&number) {
                world.scribe.flush(world.now);
                world.killed();
            }
            world.tidy();
        }
        world.scribe.flush(world.now);
        world.shelf.seal().unwrap();
        check(&world, &measured)?;
        // Two hours later all of it is by minutes.
        world.scribe.on_time(world.now.after(HOUR));
        world.shelf.seal().unwrap();
        world.shelf.fold(world.now.after(3 * HOUR)).unwrap();
        prop_assert!(world.files("full").is_empty() && world.files("tail").is_empty());
        check(&world, &measured)?;
    }
}

/// Each minute that was measured is there: value by value, or as one that sums them up.
fn check(world: &World, measured: &Measured) -> Result<(), TestCaseError> {
    let tracks = world.read(HOST);
    prop_assert_eq!(tracks.len(), measured.len());
    for track in tracks {
        let written = by_minute(
            measured[&*track.series.name]
                .iter()
                .map(|(at, value)| Summary::of(*at, *value)),
        );
        let read = by_minute(track.points.iter().copied());
        // A minute's time is that of the host's last round in it.
        let without_time = |minutes: &BTreeMap<i64, Summary>| -> Vec<(i64, Summary)> {
            let timeless = |(minute, sum): (&i64, &Summary)| {
                (
                    *minute,
                    Summary {
                        at: Timestamp::MIN,
                        ..*sum
                    },
                )
            };
            minutes.iter().map(timeless).collect()
        };
        prop_assert_eq!(
            without_time(&read),
            without_time(&written),
            "{}",
            track.series.name
        );
        for (minute, sum) in read {
            prop_assert!(sum.at >= written[&minute].at);
        }
    }
    Ok(())
}

fn by_minute(values: impl Iterator<Item = Summary>) -> BTreeMap<i64, Summary> {
    let mut minutes: BTreeMap<i64, Summary> = BTreeMap::new();
    for value in values {
        let minute = value.at.as_millis().div_euclid(60_000);
        minutes
            .entry(minute)
            .and_modify(|sum| sum.take(&value))
            .or_insert(value);
    }
    minutes
}

/// Now and then there is none.
fn value() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![
        1 => Just(None),
        4 => (0_u32..10_000).prop_map(|share| Some(f64::from(share) / 10_000.0)),
        2 => (0_u64..1 << 40).prop_map(|bytes| Some(bytes as f64)),
        1 => any::<f64>().prop_map(|any| any.is_finite().then_some(any)),
    ]
}
