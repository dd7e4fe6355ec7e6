//! What the shipped rules about what is unusual find, and what they tell for nothing, on weeks
//! that are made up: six kinds of life, three kinds of fault, several seeds.
//!
//! The example `baselines` prints the table of it.

#![allow(clippy::unwrap_used)]

mod generated;

use generated::{FAULTS, Fault, LIVES, Outcome, shipped, watch};

/// What we want at most.
const FALSE_PER_HOST_AND_DAY_MAX: f64 = 0.2;
const SEEDS: std::ops::Range<u64> = 1..3;

#[test]
fn at_most_one_false_episode_per_host_in_five_days() {
    let rules = shipped();
    for life in LIVES {
        let all = SEEDS
            .map(|seed| watch(&rules, life, Fault::None, seed))
            .fold(Outcome::default(), Outcome::and);
        let per_day = all.false_per_day();
        println!("{life:?}, seeds {SEEDS:?}: {per_day:.3}");
        assert!(per_day <= FALSE_PER_HOST_AND_DAY_MAX, "{life:?}: {all:?}");
    }
}

#[test]
fn most_faults_are_found_and_on_average_within_an_hour_and_a_half() {
    let rules = shipped();
    let mut all = Outcome::default();
    for fault in FAULTS {
        for life in LIVES {
            all = all.and(watch(&rules, life, fault, SEEDS.start));
        }
    }
    println!("{all:?}");
    assert!(all.found * 10 >= all.faults * 9, "{all:?}");
    assert!(all.delay <= i64::from(all.found) * 90, "{all:?}");
}
