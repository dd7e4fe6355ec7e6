//! Decides at which devices a host's agent looks, by the checks it brings results of.
//!
//! In: live rounds, and what is committed. Out: all of its looks when they are others than
//! before. A check has a pause of its own: it is no longer made when several of these have
//! passed without it. While nothing is reported nothing changes: a silent agent still looks.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use vedette_wire::Round;

use super::checks::known_for;
use crate::detect::Settled;
use crate::{Host, HostSays, Look, Timestamp, limits};

/// At which devices it looks.
#[derive(Debug, Clone, Default)]
pub(super) struct Looks {
    /// By device and check; since when it is known, and for how long.
    made: BTreeMap<(Arc<str>, Arc<str>), Made>,
    /// As committed.
    known: Vec<Look>,
    /// Handed on and not settled.
    pending: Option<Vec<Look>>,
}

#[derive(Debug, Clone)]
struct Made {
    look: Look,
    at: Timestamp,
    known_for: Duration,
}

impl Looks {
    /// Takes over what is committed; what was pending is forgotten.
    pub(super) fn seed(&mut self, host: &Host, interval: Duration, now: Timestamp) {
        self.known.clone_from(&host.looks);
        self.pending = None;
        for look in &host.looks {
            let key = (Arc::clone(&look.device), Arc::clone(&look.check));
            self.made.entry(key).or_insert_with(|| Made {
                look: look.clone(),
                at: now,
                known_for: known_for(interval, Some(look.every_s)),
            });
        }
    }

    /// Takes a live round; says which looks there are if they are others.
    pub(super) fn take(
        &mut self,
        at: Timestamp,
        round: &Round,
        interval: Duration,
    ) -> Option<HostSays> {
        for run in &round.checks {
            let Some(device) = &run.about else {
                continue;
            };
            let look = Look {
                device: Arc::from(device.as_str()),
                check: Arc::from(run.check.as_str()),
                kind: Arc::from(run.kind.as_str()),
                every_s: run.every_s.unwrap_or(interval.as_secs_f64()),
            };
            let key = (Arc::clone(&look.device), Arc::clone(&look.check));
            let has_room = self.made.len() < limits::LOOKS_PER_HOST_MAX;
            if has_room || self.made.contains_key(&key) {
                let known_for = known_for(interval, Some(look.every_s));
                let made = Made {
                    look,
                    at,
                    known_for,
                };
                self.made.insert(key, made);
            }
        }
        self.made
            .retain(|_, made| at.since(made.at) <= made.known_for);
        let told = self.pending.as_ref().unwrap_or(&self.known);
        let made = self.made.values().map(|made| &made.look);
        if made.clone().eq(told) {
            return None;
        }
        let looks: Vec<Look> = made.cloned().collect();
        self.pending = Some(looks.clone());
        Some(HostSays::Looks { at: looks })
    }

    /// Says what became of what was handed on.
    pub(super) fn settle(&mut self, settled: Settled) {
        match (settled, self.pending.take()) {
            (Settled::Committed, Some(looks)) => self.known = looks,
            (Settled::Committed | Settled::Failed, _) => {}
        }
    }
}
