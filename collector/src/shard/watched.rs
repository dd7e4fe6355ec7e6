//! Keeps the hosts of one shard: what is watched of each, and what is in flight.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use vedette_triage::detect::{
    Admission, HostWatch, Nearby, Observed, Rule, RuleSet, Settled, Sight,
};
use vedette_triage::{Alert, EntityId, Host, Identity, Input, State, Timestamp, limits};
use vedette_wire::{Acknowledged, Report, Stream};

use super::accepted::{Accepted, Reach};
use super::asks::{self, Asks, Questions};
use super::flight::settled;
use super::steps::Steps;
use super::{HostBaselines, InForce, NotTaken, Swept, Taken, signals};
use crate::engine_loop::{EngineHandle, Pending, View};
use crate::history::Track;

/// The hosts of one shard.
#[derive(Debug, Default)]
pub(super) struct WatchedHosts {
    hosts: BTreeMap<EntityId, Watched>,
    /// What is watched here is measured in its time.
    steps: Steps,
}

/// One host.
#[derive(Debug)]
pub(super) struct Watched {
    id: EntityId,
    watch: HostWatch,
    accepted: Accepted,
    flight: Flight,
    asks: Asks,
}

/// The changes of one look at a host, on their way.
#[derive(Debug, Default)]
struct Flight {
    host: Vec<Pending>,
    found: Vec<(Identity, Pending)>,
    /// What to ask once these are committed.
    questions: Vec<(Identity, Questions)>,
    /// What the agent may forget once all of it is committed.
    reach: Option<Reach>,
}

impl WatchedHosts {
    /// The host of an id; a new one unless that would be one too many.
    pub(super) fn watched(
        &mut self,
        id: &EntityId,
        all: &AtomicUsize,
        started: Timestamp,
    ) -> Result<(&mut Watched, &mut Steps), NotTaken> {
        match self.hosts.entry(id.clone()) {
            Entry::Occupied(known) => Ok((known.into_mut(), &mut self.steps)),
            Entry::Vacant(_) if all.load(Ordering::Relaxed) >= limits::HOSTS_MAX => {
                Err(NotTaken::TooManyHosts)
            }
            Entry::Vacant(new) => {
                all.fetch_add(1, Ordering::Relaxed);
                Ok((new.insert(Watched::new(id, started)), &mut self.steps))
            }
        }
    }

    /// Takes over what is committed of a host, unless something of it is in flight; says for how
    /// many it did not.
    pub(super) fn seed<'a>(
        &mut self,
        (host, state): (&Host, &State),
        alerts: impl Iterator<Item = &'a Alert>,
        now: Timestamp,
    ) -> u32 {
        let now = self.steps.passes(now);
        let watched = self
            .hosts
            .entry(host.id.clone())
            .or_insert_with(|| Watched::new(&host.id, now));
        watched.settle(state, &self.steps);
        if !watched.flight.is_empty() {
            return 1;
        }
        let alerts: Vec<Alert> = alerts.map(|alert| self.steps.alert(alert)).collect();
        let host = self.steps.host(host);
        watched.watch.reseed(&host, alerts.iter(), now);
        0
    }

    /// See [`Shards::recall`](super::Shards::recall).
    pub(super) fn recall(&mut self, id: &EntityId, tracks: &[Track], rules: &RuleSet) {
        if let Some(watched) = self.hosts.get_mut(id) {
            watched
                .watch
                .recall(tracks.iter().map(Track::recalled), rules);
        }
    }

    /// Time jumped forward without passing.
    pub(super) fn step(&mut self, by: Duration) {
        self.steps.step(by);
    }

    /// See [`Shards::on_time`](super::Shards::on_time).
    pub(super) fn on_time(
        &mut self,
        now: Timestamp,
        in_force: &InForce,
        (engine, view): (&EngineHandle, &View),
        swept: &mut Swept,
    ) {
        let now = self.steps.passes(now);
        let state = view.read();
        // A host that was retired, or never committed, is not watched any more.
        self.hosts.retain(|id, watched| {
            watched.settle(&state, &self.steps);
            !watched.flight.is_empty() || state.host(id).is_some()
        });
        drop(state);
        let rules = &in_force.policy.detection;
        for watched in self.hosts.values_mut() {
            if watched.flight.is_empty() && watched.watch.next_check(rules) <= now {
                let observed = watched.watch.on_time(now, rules);
                let observed = self.steps.observed(observed);
                let before = watched.flight.len();
                let put_off = watched.submit(observed, in_force, engine);
                swept.put_off += put_off;
                swept.submitted += watched.flight.len() - before;
            }
        }
    }

    pub(super) fn rename_rules(&mut self, renamed: &BTreeMap<Arc<str>, Arc<str>>) {
        for watched in self.hosts.values_mut() {
            watched.watch.rename_rules(renamed);
            // What lands later must be found under the name it is kept by then.
            watched.flight.rename_rules(renamed);
        }
    }

    pub(super) fn last_heard(&self, id: &EntityId) -> Option<Timestamp> {
        let heard = self.hosts.get(id)?.watch.last_heard();
        heard.map(|at| self.steps.outside(at))
    }

    pub(super) fn nearest(
        &self,
        id: &EntityId,
        rules: &RuleSet,
        (only, at_most): (Option<&str>, usize),
    ) -> Vec<Nearby> {
        let Some(watched) = self.hosts.get(id) else {
            return Vec::new();
        };
        let mut nearest = watched.watch.nearest(rules, only, at_most);
        for nearby in &mut nearest {
            nearby.since = nearby.since.map(|at| self.steps.outside(at));
        }
        nearest
    }

    /// What is usual on each host, for [`WatchedHosts::remember`].
    pub(super) fn baselines(&self) -> Vec<HostBaselines> {
        let hosts = self.hosts.iter();
        let kept = hosts.map(|(id, watched)| HostBaselines {
            host: id.clone(),
            kept: watched.watch.baselines(),
        });
        kept.filter(|host| !host.kept.is_empty()).collect()
    }

    /// Takes over what was usual on a host, if it is known.
    pub(super) fn remember(&mut self, baselines: &HostBaselines) {
        if let Some(watched) = self.hosts.get_mut(&baselines.host) {
            watched.watch.remember(&baselines.kept);
        }
    }

    pub(super) fn sight(&self, id: &EntityId, rule: &Rule) -> Sight {
        let watched = self.hosts.get(id);
        watched.map_or(Sight::Nothing, |watched| watched.watch.sight(rule))
    }

    pub(super) fn ids(&self) -> Vec<EntityId> {
        self.hosts.keys().cloned().collect()
    }

    pub(super) fn len(&self) -> usize {
        self.hosts.len()
    }
}

impl Watched {
    fn new(id: &EntityId, started: Timestamp) -> Watched {
        Watched {
            id: id.clone(),
            watch: HostWatch::new(id, started),
            accepted: Accepted::default(),
            flight: Flight::default(),
            asks: Asks::default(),
        }
    }

    /// What must be waited for before anything else of this host can be taken.
    pub(super) fn in_flight(&self) -> Vec<Pending> {
        self.flight.pending().cloned().collect()
    }

    /// Settles what is in flight, once all of it has landed.
    pub(super) fn settle(&mut self, committed: &State, steps: &Steps) {
        let Some(all) = self.flight.landed() else {
            return;
        };
        let flight = std::mem::take(&mut self.flight);
        if !flight.host.is_empty() {
            let of_host = flight.host.iter().filter_map(settled);
            let host = committed.host(&self.id).map(|host| steps.host(host));
            self.watch.settle_host(worst(of_host), host.as_ref());
        }
        for (identity, pending) in &flight.found {
            if let Some(settled) = settled(pending) {
                self.watch.settle(identity, settled);
            }
        }
        for (identity, questions) in flight.questions {
            // What was not committed is not there, and is found again.
            let began = committed
                .alert_of(&identity)
                .filter(|alert| alert.is_firing());
            if let Some(alert) = began {
                self.asks.begin(alert.id, questions);
            }
        }
        match (all, flight.reach) {
            (Settled::Committed, Some(reach)) => self.accepted.accept(reach),
            (Settled::Committed | Settled::Failed, _) => {}
        }
    }

    /// Takes the rounds of a report that are new; nothing of this host is in flight.
    pub(super) fn take(
        &mut self,
        (received, steps): (Timestamp, &mut Steps),
        report: &Report,
        in_force: &InForce,
        engine: &EngineHandle,
    ) -> Result<Taken, NotTaken> {
        let received = steps.passes(received);
        match self.watch.admit(received, report) {
            Admission::Known => {}
            Admission::Straggler => return Err(NotTaken::Straggler),
            Admission::Doubled { reached } => {
                return Ok(Taken {
                    acknowledged: Some(Acknowledged {
                        epoch: report.epoch.clone(),
                        stream: report.stream,
                        seq: reached,
                    }),
                    ..Taken::default()
                });
            }
            Admission::Clone => {
                let rules = &in_force.policy.detection;
                let observed = self.watch.refuse_clone(received, report, rules);
                // What finds no room is found again with its next report.
                self.submit(steps.observed(observed), in_force, engine);
                return Err(NotTaken::Clone);
            }
        }
        let known = self.accepted.up_to(report.stream, &report.epoch);
        let mut taken = Taken::default();
        let mut observed = Observed::default();
        let rules = &in_force.policy.detection;
        for round in &report.rounds {
            if round.seq <= known {
                taken.known_rounds += 1;
                continue;
            }
            taken.fresh_rounds += 1;
            let of_round = self.watch.observe(received, report, round, rules);
            observed.host.extend(of_round.host);
            observed.found.extend(of_round.found);
            observed.unchanged += of_round.unchanged;
            observed.over_bound += of_round.over_bound;
        }
        taken.repeated = observed.unchanged;
        taken.over_bound = observed.over_bound;
        let last = report.rounds.last().map_or(0, |round| round.seq);
        let reach = Reach {
            stream: report.stream,
            epoch: report.epoch.clone(),
            seq: last.max(known),
        };
        if self.submit(steps.observed(observed), in_force, engine) > 0 {
            // What was handed on may yet be committed; the report as a whole was not taken.
            return Err(NotTaken::Busy);
        }
        taken.pending = self.in_flight();
        taken.asks = match report.stream {
            Stream::Live => self.asks.take(),
            Stream::Backlog => Vec::new(),
        };
        taken.acknowledged = Some(Acknowledged {
            epoch: report.epoch.clone(),
            stream: report.stream,
            seq: reach.seq,
        });
        if self.flight.is_empty() {
            self.accepted.accept(reach);
        } else {
            self.flight.reach = Some(reach);
        }
        Ok(taken)
    }

    /// Hands changes to the engine in their order; says for how many it had no room. These fall
    /// back and are found again.
    fn submit(&mut self, observed: Observed, in_force: &InForce, engine: &EngineHandle) -> u32 {
        let mut put_off = 0;
        let host_says = !observed.host.is_empty();
        for says in observed.host {
            match engine.submit(signals::of_host(&self.id, says)) {
                Ok(pending) => self.flight.host.push(pending),
                Err(_) => put_off += 1,
            }
        }
        if host_says && put_off > 0 {
            // They stand or fall together; what did get through is found again, and known then.
            self.flight.host.clear();
            self.watch.settle_host(Settled::Failed, None);
        }
        for found in observed.found {
            let identity = found.identity.clone();
            let questions = asks::questions(&found, &in_force.policy.detection);
            let input: Input = signals::of_found(found, self.watch.labels(), in_force);
            match engine.submit(input) {
                Ok(pending) => {
                    if !questions.is_empty() {
                        self.flight.questions.push((identity.clone(), questions));
                    }
                    self.flight.found.push((identity, pending));
                }
                Err(_) => {
                    put_off += 1;
                    self.watch.settle(&identity, Settled::Failed);
                }
            }
        }
        put_off
    }
}

impl Flight {
    fn pending(&self) -> impl Iterator<Item = &Pending> {
        self.host
            .iter()
            .chain(self.found.iter().map(|(_, pending)| pending))
    }

    fn rename_rules(&mut self, renamed: &BTreeMap<Arc<str>, Arc<str>>) {
        for (identity, _) in &mut self.found {
            if let Some(name) = identity.rule().and_then(|rule| renamed.get(rule)) {
                *identity = identity.renamed(name);
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.host.is_empty() && self.found.is_empty()
    }

    fn len(&self) -> u32 {
        u32::try_from(self.pending().count()).unwrap_or(u32::MAX)
    }

    /// What became of it as a whole; none while any of it is in flight, or nothing is.
    fn landed(&self) -> Option<Settled> {
        if self.is_empty() {
            return None;
        }
        let all: Option<Vec<Settled>> = self.pending().map(settled).collect();
        all.map(|all| worst(all.into_iter()))
    }
}

/// All of it, or nothing of it.
fn worst(mut all: impl Iterator<Item = Settled>) -> Settled {
    if all.any(|one| one == Settled::Failed) {
        Settled::Failed
    } else {
        Settled::Committed
    }
}
