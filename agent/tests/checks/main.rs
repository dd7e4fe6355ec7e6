//! Checks against real parts: monitoring plugins, an SNMP device, servers on loopback.
//!
//! Every check is written as an administrator writes it, and run as the agent runs it. What
//! is not installed is skipped aloud.

#![allow(clippy::unwrap_used)]

mod certificates;
mod names;
#[cfg(target_os = "linux")]
mod plugins;
#[cfg(target_os = "linux")]
mod processes;
#[cfg(target_os = "linux")]
mod snmp;
mod web;

use std::sync::Arc;

use vedette_agent::board::{Board, Taken};
use vedette_agent::check::{Checks, Kit};
use vedette_agent::probe::Surroundings;
use vedette_config::{AgentConfig, Source};
use vedette_wire::{CheckRun, CheckState, Sample};

/// Runs one check once: what it came to, and what it measured.
async fn check(settings: &str) -> (CheckRun, Vec<Sample>) {
    let mut taken = all(settings).await;
    assert_eq!(taken.checks.len(), 1, "{settings}");
    (taken.checks.remove(0), taken.samples)
}

/// Runs some checks once, at the same time.
async fn all(settings: &str) -> Taken {
    let (config, findings) = AgentConfig::from_sources(&[Source::new("agent.toml", settings)]);
    let config = config.ok_or_else(|| findings.to_string()).unwrap();
    let kit = Kit {
        surroundings: Surroundings::here(Arc::default()),
        board: Arc::new(Board::default()),
        agent: uuid::Uuid::from_u128(7),
    };
    Checks::once(&config.checks, &kit).await;
    kit.board.take(0, 0)
}

/// A check of this kind with these keys.
fn of_kind(kind: &str, keys: &str) -> String {
    format!("[[check]]\nname = \"it\"\nkind = \"{kind}\"\n{keys}\n")
}

#[track_caller]
fn expect(run: &CheckRun, state: CheckState, part: &str) {
    assert_eq!(run.state, state, "{}", run.text);
    assert!(run.text.contains(part), "{part:?} is not in: {}", run.text);
}

/// The value of a metric.
#[track_caller]
fn of(samples: &[Sample], name: &str) -> f64 {
    let found = samples.iter().find(|sample| sample.name == name);
    found
        .unwrap_or_else(|| panic!("no {name} in {samples:?}"))
        .value
}

/// The value under a label.
#[track_caller]
fn value(samples: &[Sample], label: &str) -> f64 {
    let is_it = |sample: &&Sample| {
        sample
            .attributes
            .get("label")
            .is_some_and(|one| one == label)
    };
    let found = samples.iter().find(is_it);
    found
        .unwrap_or_else(|| panic!("no {label} in {samples:?}"))
        .value
}
