//! Decides when to tell that the kernel has killed for want of memory.
//!
//! In: how many it has killed since boot, at every look. Out: an event for those nobody was
//! told of, with their names. How far was told is remembered with the boot it belongs to: an
//! agent that was away, or was itself the victim, tells it when it is back, once.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use vedette_wire::EventKind;

use super::victims::Victims;
use crate::facts;
use crate::probe::recall::Recall;
use crate::probe::{Notes, Surroundings};

/// A host that kills again and again is told of in steps: asking for names costs a program.
const TELL_EVERY: Duration = Duration::from_secs(15);
/// Different names in one event; the count tells the rest.
const NAMES_MAX: usize = 5;

/// Up to where was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    boot: String,
    /// Kills since that boot.
    kills: u64,
    /// When the kernel logged the last of them, on its own clock.
    logged_us: u64,
}

pub(super) struct Oom {
    recall: Recall<Told>,
    boot: String,
    victims: Victims,
    /// Whether there is a place to remember anything.
    is_kept: bool,
    /// As remembered, once it was read.
    told: Option<Told>,
    told_at: Option<Instant>,
    /// Names were looked for and not all found; the log may be behind the count.
    is_waiting: bool,
}

impl Oom {
    pub(super) fn new(surroundings: &Surroundings) -> Oom {
        Oom {
            recall: Recall::new(surroundings, "oom"),
            boot: facts::boot(&surroundings.proc).to_string(),
            victims: Victims::new(surroundings),
            is_kept: surroundings.memory.is_some(),
            told: None,
            told_at: None,
            is_waiting: false,
        }
    }

    /// Compares `kills` since boot with what was told.
    ///
    /// # Errors
    /// What was told cannot be remembered; it is told all the same.
    pub(super) fn look(&mut self, kills: u64, notes: &mut Notes) -> Result<(), String> {
        self.recall.catch_up(notes);
        if self.told.is_none() {
            self.told = self.recall.known();
        }
        let Some(told) = self.told.clone() else {
            // What happened before the agent ever looked is not news.
            let logged_us = match kills > 0 && self.is_kept {
                true => {
                    let victims = self.victims.since(0);
                    victims.last().map_or(0, |last| last.logged_us)
                }
                false => 0,
            };
            return self.remember(kills, logged_us, Vec::new(), notes);
        };
        let is_same_boot = told.boot == self.boot;
        let before = if is_same_boot { told.kills } else { 0 };
        let logged_us = if is_same_boot { told.logged_us } else { 0 };
        if kills <= before {
            return match is_same_boot && kills == before {
                true => Ok(()),
                false => self.remember(kills, logged_us, Vec::new(), notes),
            };
        }
        if self
            .told_at
            .is_some_and(|told_at| told_at.elapsed() < TELL_EVERY)
        {
            return Ok(());
        }
        self.tell(before, kills, logged_us, notes)
    }

    fn tell(
        &mut self,
        before: u64,
        kills: u64,
        logged_us: u64,
        notes: &mut Notes,
    ) -> Result<(), String> {
        let count = kills - before;
        let mut victims = self.victims.since(logged_us);
        let are_all = victims.len() as u64 >= count;
        if !are_all && !std::mem::replace(&mut self.is_waiting, true) {
            return Ok(());
        }
        self.is_waiting = false;
        self.told_at = Some(Instant::now());
        // The kernel writes one line for each it kills: the last ones are these.
        let these = usize::try_from(count).unwrap_or(usize::MAX);
        victims.drain(..victims.len().saturating_sub(these));
        let logged_us = victims.last().map_or(logged_us, |last| last.logged_us);
        let mut names: Vec<&str> = Vec::new();
        for victim in &victims {
            if !names.contains(&victim.name.as_str()) && names.len() < NAMES_MAX {
                names.push(&victim.name);
            }
        }
        let event = EventKind::OomKill {
            victim: names.join(", "),
            kills: count,
        };
        self.remember(kills, logged_us, vec![event], notes)
    }

    fn remember(
        &mut self,
        kills: u64,
        logged_us: u64,
        events: Vec<EventKind>,
        notes: &mut Notes,
    ) -> Result<(), String> {
        let told = Told {
            boot: self.boot.clone(),
            kills,
            logged_us,
        };
        self.told = Some(told.clone());
        self.recall.remember(told, events, notes)
    }
}

#[cfg(test)]
#[path = "oom_tests.rs"]
mod tests;
