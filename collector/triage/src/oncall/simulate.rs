//! Says who would be told when, were an incident to open now and nobody did anything.
//!
//! In: what the incident would be, a policy, who took which turn. Out: every step until an end. The
//! engine takes the same steps at the same times as long as nothing changes.

use std::time::Duration;

use crate::{Handling, Labels, Ladder, Policy, Priority, State, Timestamp, limits};

use super::plan::{self, Planned, Subject};

/// What would open.
#[derive(Debug, Clone)]
pub struct Simulation {
    /// Its owner team.
    pub team: String,
    /// How urgent.
    pub priority: Priority,
    /// What it is worth.
    pub handling: Handling,
    /// The labels of its worst alert.
    pub labels: Labels,
    /// When it opens.
    pub at: Timestamp,
    /// How long nobody does anything.
    pub lasts: Duration,
}

/// One step, as it would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulatedStep {
    /// When.
    pub at: Timestamp,
    /// On which ladder.
    pub ladder: Ladder,
    /// By which policy.
    pub policy: String,
    /// Which, from 1.
    pub step: u32,
    /// Who is told: a receiver, and the person it is for.
    pub told: Vec<(String, Option<String>)>,
    /// What led to nobody, in words.
    pub nobody: Vec<String>,
}

/// Every step until the end, at most [`limits::SIMULATED_STEPS_MAX`], in order of time.
pub fn simulate(state: &State, policy: &Policy, of: &Simulation) -> Vec<SimulatedStep> {
    let subject = Subject {
        team: &of.team,
        priority: of.priority,
        handling: of.handling,
        labels: &of.labels,
    };
    let ends = of.at.after(of.lasts);
    let mut steps = Vec::new();
    for ladder in Ladder::ALL {
        let Some(mut climb) = plan::begin(policy, ladder, subject, of.at) else {
            continue;
        };
        let mut left = limits::SIMULATED_STEPS_MAX;
        while let Some(now) = climb.at().filter(|at| *at <= ends && left > 0) {
            left -= 1;
            let reminds = policy.timers.remind_every.get(&of.priority).copied();
            let time = (reminds, now);
            match plan::next((state, policy), &climb, subject, now) {
                Planned::Gone => break,
                Planned::Waits { until } => climb.due = Some(until),
                Planned::LeftOut { step } => {
                    plan::advance(policy, &mut climb, (step, false), time);
                }
                Planned::Tells { step, found } => {
                    plan::advance(policy, &mut climb, (step, true), time);
                    let told = found
                        .told
                        .into_iter()
                        .map(|one| (one.receiver, one.person.map(|person| person.to_string())));
                    steps.push(SimulatedStep {
                        at: now,
                        ladder,
                        policy: climb.policy.to_string(),
                        step: step.saturating_add(1),
                        told: told.collect(),
                        nobody: found.nobody,
                    });
                }
            }
        }
    }
    steps.sort_by_key(|step| (step.at, step.ladder));
    steps
}
