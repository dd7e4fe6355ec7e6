//! Random sites under random trouble, beside a reference model that is slow and obvious.
//!
//! Each run has a seed: a site (hosts, policy), then some hundred steps of faults, people, silences,
//! reloads, restarts, failed commits, clock steps, and inputs that come late, twice or in another
//! order. After every step the state is well-formed (`support::check`) and agrees with the model
//! ([`model`]); in the end everything is well and every ticket closed.
//!
//! `make sim` runs ten thousand; `VEDETTE_SIM_RUNS=1000` so many, `VEDETTE_SIM_SEED=7` that one again.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::disallowed_macros
)]

#[allow(unused_imports)]
#[path = "../stories/support/mod.rs"]
mod support;

mod dice;
mod model;
mod run;
mod shell;
mod site;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs where nobody asks for more, in four parts that can run beside each other.
const RUNS: u64 = 300;
const PARTS: u64 = 4;
/// Beyond those: seeds that found something once. 3651: two members of one incident that leave it
/// together; 4386: a list whose last firing member leaves it; 6779: a window that ends while a step
/// of the clock begins its next occurrence.
const REMEMBERED: [u64; 3] = [3651, 4386, 6779];

#[test]
fn the_engine_agrees_with_the_reference_model_first_part() {
    part(0);
}

#[test]
fn the_engine_agrees_with_the_reference_model_second_part() {
    part(1);
}

#[test]
fn the_engine_agrees_with_the_reference_model_third_part() {
    part(2);
}

#[test]
fn the_engine_agrees_with_the_reference_model_fourth_part() {
    part(3);
}

fn part(part: u64) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    if let Some(seed) = number("VEDETTE_SIM_SEED") {
        run::run(seed);
        return;
    }
    let runs = number("VEDETTE_SIM_RUNS").unwrap_or(RUNS);
    let first = number("VEDETTE_SIM_FIRST").unwrap_or(1);
    let all = REMEMBERED.into_iter().chain(first..first + runs);
    let mut seeds = all.filter(|seed| seed % PARTS == part);
    if let Some(seed) = seeds.find(|seed| !is_well(*seed)) {
        panic!("VEDETTE_SIM_SEED={seed} repeats it");
    }
}

fn is_well(seed: u64) -> bool {
    catch_unwind(AssertUnwindSafe(|| run::run(seed))).is_ok()
}
