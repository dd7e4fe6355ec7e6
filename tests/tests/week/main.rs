//! The ordinary week: 600 servers, 1,500 workstations, 150 devices from Monday 00:00 to Sunday
//! 24:00, with all their noise and 25 true faults, on the shipped rules with every timer at its
//! default.
//!
//! Simulated is everything outside: machines and what their agents measure and tell, devices,
//! lines, people, a ticket system that is away for two hours. True is what decides: the policy as
//! it is read from files, detection, the shards' own words for what was found, the engine. Left
//! out are processes, sockets, disks, the store (every commit succeeds), the history (after the
//! collector's upgrade windows fill anew), and the limits of ingest.
//!
//! A machine's reports are written at their true pace (15 s, workstations 60 s) only around what
//! happens on it, or while somebody waits for its word; every other minute during its backup and while
//! it fills; else
//! every quarter of an hour, because the others would say the same. Detection is told that time passes
//! where something may come of it: on machines of the first kind, and on those not heard of.
//!
//! `VEDETTE_WEEK_SEEDS=5` plays five weeks, `VEDETTE_WEEK_SEED=7` the one of that seed; without
//! either nothing is played, because unoptimised a week takes long: `make week` says how.
//! `VEDETTE_WEEK_DAYS=2` plays only the first days, `VEDETTE_WEEK_WHY=vm-017` prints what is decided
//! about a place.
#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation
)]

mod background;
mod collector;
mod desk;
mod dice;
mod estate;
mod faults;
mod journal;
mod machine;
mod policy;
mod score;
mod table;
mod time;
mod trace;
mod truth;
mod world;

use std::env;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::world::World;

fn main() -> ExitCode {
    let seeds = seeds();
    let results = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    let workers = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(seeds.len());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (text, wrong) = play(*seed);
                    println!("{text}");
                    results.lock().unwrap().push((*seed, wrong));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap();
    results.sort();
    let mut code = ExitCode::SUCCESS;
    for (seed, wrong) in results {
        for what in wrong {
            println!("WRONG in the week of seed {seed}: {what}");
            code = ExitCode::FAILURE;
        }
    }
    code
}

/// Which weeks are to be played.
fn seeds() -> Vec<u64> {
    let number = |name: &str| {
        env::var(name)
            .ok()
            .and_then(|text| text.parse::<u64>().ok())
    };
    match (number("VEDETTE_WEEK_SEED"), number("VEDETTE_WEEK_SEEDS")) {
        (Some(seed), _) => vec![seed],
        (None, Some(count)) => (1..=count).collect(),
        (None, None) => Vec::new(),
    }
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok()?.parse().ok()
}

/// Plays a week; what it came to, and what is not as it should be.
fn play(seed: u64) -> (String, Vec<String>) {
    let began = Instant::now();
    let mut world = World::new(seed);
    faults::plan(&mut world);
    background::plan(&mut world);
    let days = number("VEDETTE_WEEK_DAYS").map_or(7, |days| days as usize);
    for day in time::ALL_DAYS.into_iter().take(days) {
        world.pass(time::at(day, 24, 0));
        let seconds = began.elapsed().as_secs();
        eprintln!("seed {seed}: {} is over, {seconds} s", time::day_name(day));
    }
    let score = score::score(
        &world.truth,
        &world.collector.journal,
        world.collector.policy(),
    );
    let mut text = table::print(seed, &score);
    let (reports, inputs) = (world.collector.reports, world.collector.inputs);
    text.push_str(&format!(
        "\n{} tickets, {} of {} faults told; {reports} reports, {inputs} inputs, {:.0} s\n",
        score.tickets(),
        score.found(),
        world
            .truth
            .faults
            .iter()
            .filter(|fault| fault.worth == truth::Worth::Ticket)
            .count(),
        began.elapsed().as_secs_f64()
    ));
    let wrong = score.wrong();
    (text, wrong)
}
