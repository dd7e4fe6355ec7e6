//! Prints what the shipped rules about what is unusual find on weeks that are made up, how late,
//! and what they tell for nothing: `cargo run --profile quick -p vedette-policy --example baselines`

#[path = "../tests/baselines/generated.rs"]
mod generated;

use generated::{FAULTS, Fault, LIVES, Outcome, shipped, watch};

/// Hosts of each kind.
const SEEDS: u64 = 20;

fn main() {
    let rules = shipped();
    let of = |life, fault| {
        (1..=SEEDS)
            .map(|seed| watch(&rules, life, fault, seed))
            .fold(Outcome::default(), Outcome::and)
    };
    println!("hosts of each kind: {SEEDS}, days counted of each: 14");
    println!(
        "{:<10} {:>22} {:>22} {:>22} {:>22}",
        "life",
        "false per host and day",
        "plateau found, delay",
        "shift found, delay",
        "runaway found, delay"
    );
    for life in LIVES {
        let quiet = of(life, Fault::None);
        print!(
            "{:<10} {:>22.3}",
            format!("{life:?}"),
            quiet.false_per_day()
        );
        for fault in FAULTS {
            let outcome = of(life, fault);
            let delay = outcome.delay / i64::from(outcome.found.max(1));
            let found = format!("{}/{}, {delay} min", outcome.found, outcome.faults);
            print!(" {found:>22}");
        }
        println!();
    }
}
