//! The collector without its processes: detection of each host, the engine, what it tells.
//!
//! In: reports, commands, the time. Out: what is told, into the journal. Every change is
//! committed at once and in order. What turns a finding into a signal, and a report into the word
//! that somebody waits for, is the shards' own code, included here.

// Nobody posts alerts here.
#[allow(dead_code)]
#[path = "../../../collector/src/shard/heard.rs"]
mod heard;
#[path = "../../../collector/src/shard/signals.rs"]
mod signals;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use vedette_policy::{Loaded, Sighting};
use vedette_triage::detect::{Admission, HostWatch, Observed, Settled};
use vedette_triage::{
    Action, Answer, Change, Command, Counters, Decision, Engine, EntityId, Fate, Heard, HostSays,
    Input, Labels, Policy, Revision, State, TicketReference, Timestamp,
};
use vedette_wire::Report;

use crate::desk::Desk;
use crate::journal::Journal;
use crate::trace::Trace;

/// The policy in force, as the shards' code asks for it.
pub(crate) struct InForce {
    policy: Arc<Policy>,
    titles: Titles,
}

struct Titles(vedette_policy::Titles);

/// What is said of a condition.
struct Words {
    title: String,
    means: String,
    first: Vec<String>,
}

/// What a title can be made of.
struct SeenBy<'a> {
    attributes: &'a Labels,
    values: &'a [(String, f64)],
    host: &'a Labels,
}

impl Titles {
    fn words(&self, rule: &str, seen: &SeenBy<'_>) -> Words {
        let sighting = Sighting {
            rule,
            host: seen.host.get("host").unwrap_or_default(),
            values: seen.values,
            attributes: seen.attributes,
        };
        Words {
            title: self.0.title(&sighting),
            means: self.0.means(&sighting),
            first: self.0.first(&sighting),
        }
    }
}

/// Everything the collector keeps.
pub(crate) struct Collector {
    pub(crate) engine: Engine,
    in_force: InForce,
    watches: BTreeMap<EntityId, HostWatch>,
    started: Timestamp,
    stopped: Option<Timestamp>,
    pub(crate) desk: Desk,
    pub(crate) journal: Journal,
    trace: Trace,
    /// Reports taken.
    pub(crate) reports: u64,
    /// Inputs decided.
    pub(crate) inputs: u64,
}

impl Collector {
    pub(crate) fn new(loaded: &Loaded, now: Timestamp) -> Collector {
        let policy = Arc::new(loaded.numbered(Revision(1), "week"));
        let titles = Titles(loaded.titles.clone());
        let mut collector = Collector {
            engine: Engine::resume(State::resume(now, Counters::FIRST)),
            in_force: InForce { policy, titles },
            watches: BTreeMap::new(),
            started: now,
            stopped: None,
            desk: Desk::default(),
            journal: Journal::default(),
            trace: Trace::asked(),
            reports: 0,
            inputs: 0,
        };
        let (before, after) = (Revision(1), Revision(1));
        // What a policy brings (windows, ...) is there from its first moment.
        collector.input(now, &Input::PolicyChanged { before, after });
        collector
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.in_force.policy
    }

    /// It takes no report until it is started again.
    pub(crate) fn stop(&mut self, now: Timestamp) {
        self.stopped = Some(now);
    }

    /// It goes on from what is stored, and from nothing else. What was measured before is
    /// forgotten here; the history, which would fill windows, is not simulated.
    pub(crate) fn start(&mut self, now: Timestamp) {
        let Some(down_since) = self.stopped.take() else {
            return;
        };
        let state = self.engine.state();
        let mut loaded = State::resume(state.now(), state.counters());
        for record in state.records() {
            loaded.apply(&record);
        }
        self.engine = Engine::resume(loaded);
        self.started = now;
        self.watches = seeded(self.engine.state(), now);
        self.input(now, &Input::Started { down_since });
        self.tick(now);
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.is_some()
    }

    /// Takes a report; says whether any condition changed.
    pub(crate) fn take(&mut self, now: Timestamp, report: &Report) -> bool {
        if self.stopped.is_some() {
            return false;
        }
        self.reports += 1;
        let id = EntityId::new(&report.agent);
        let policy = Arc::clone(&self.in_force.policy);
        let rules = &policy.detection;
        let started = self.started;
        let watch = self
            .watches
            .entry(id.clone())
            .or_insert_with(|| HostWatch::new(&id, started));
        let mut observed = Observed::default();
        match watch.admit(now, report) {
            Admission::Known => {
                for round in &report.rounds {
                    let of_round = watch.observe(now, report, round, rules);
                    observed.host.extend(of_round.host);
                    observed.found.extend(of_round.found);
                }
            }
            Admission::Clone => observed = watch.refuse_clone(now, report, rules),
            Admission::Straggler | Admission::Doubled { .. } => {}
        }
        let heard = heard::of_report(self.engine.state(), &id, report);
        let changed = !observed.found.is_empty();
        self.submit(now, &id, observed);
        if let Some(looked) = heard {
            let says = HostSays::Observed { at: now, looked };
            self.input(now, &signals::of_host(&id, says));
        }
        changed
    }

    /// Does what time alone brings to a host.
    pub(crate) fn on_time(&mut self, now: Timestamp, id: &EntityId) {
        if self.stopped.is_some() {
            return;
        }
        let policy = Arc::clone(&self.in_force.policy);
        let rules = &policy.detection;
        let Some(watch) = self.watches.get_mut(id) else {
            return;
        };
        if watch.next_check(rules) <= now {
            let observed = watch.on_time(now, rules);
            if !observed.is_empty() {
                self.submit(now, id, observed);
            }
        }
    }

    fn submit(&mut self, now: Timestamp, id: &EntityId, observed: Observed) {
        if !observed.host.is_empty() {
            let mut settled = Settled::Committed;
            for says in observed.host {
                let decision = self.input(now, &signals::of_host(id, says));
                settled = settled.min_with(&decision);
            }
            let host = self.engine.state().host(id).cloned();
            if let Some(watch) = self.watches.get_mut(id) {
                watch.settle_host(settled, host.as_deref());
            }
        }
        for found in observed.found {
            let identity = found.identity.clone();
            let Some(watch) = self.watches.get(id) else {
                return;
            };
            let input = signals::of_found(found, watch.labels(), &self.in_force);
            let decision = self.input(now, &input);
            let settled = Settled::Committed.min_with(&decision);
            if let Some(watch) = self.watches.get_mut(id) {
                watch.settle(&identity, settled);
            }
        }
    }

    /// Decides and makes it true; what is to be told waits for the desk.
    pub(crate) fn input(&mut self, now: Timestamp, input: &Input) -> Decision {
        self.inputs += 1;
        let decision = self.engine.decide(now, input, &self.in_force.policy);
        self.engine.apply(&decision);
        self.trace.print(self.engine.state(), &decision);
        for change in &decision.changes {
            match change {
                Change::AddDelivery(delivery) => {
                    self.desk.takes(now, delivery);
                    self.journal.told(delivery);
                }
                Change::TakeBackDelivery(id) => {
                    self.desk.gives_back(*id);
                    self.journal.taken_back(*id);
                }
                Change::PutAlert(alert) => self.journal.alert(alert),
                Change::PutIncident(incident) => self.journal.incident(incident),
                _ => {}
            }
        }
        decision
    }

    pub(crate) fn command(&mut self, now: Timestamp, command: Command) -> Answer {
        self.input(now, &Input::Command(command)).answer
    }

    /// When the engine wants to be woken; never while it does not run.
    pub(crate) fn next_wake(&self) -> Option<Timestamp> {
        match self.stopped {
            Some(_) => None,
            None => self.engine.next_wake(),
        }
    }

    pub(crate) fn tick(&mut self, now: Timestamp) {
        for _ in 0..100_000 {
            if self.next_wake().is_none_or(|due| due > now) {
                return;
            }
            let decision = self.input(now, &Input::Tick);
            let is_later = self.engine.next_wake() > Some(now);
            assert!(
                !decision.changes.is_empty() || is_later,
                "it ticks for ever"
            );
        }
        panic!("ticks never end");
    }

    /// The desk does what it was told, in order.
    pub(crate) fn answer(&mut self, now: Timestamp) {
        if self.stopped.is_some() {
            return;
        }
        while let Some(delivery) = self.desk.done(now) {
            self.journal.done(now, &delivery);
            let is_open = delivery.action == Action::Open;
            let ticket = is_open.then(|| TicketReference {
                id: delivery.ticket_key.clone(),
                url: String::new(),
            });
            let input = Input::Outcome {
                delivery: delivery.id,
                incident: delivery.incident,
                receiver: delivery.receiver.clone(),
                fate: Fate::Done { ticket },
            };
            self.input(now, &input);
        }
    }

    /// Whose word somebody waits for: hosts and devices, by id and by name.
    pub(crate) fn awaited(&self) -> BTreeSet<Heard> {
        let awaiting = self.engine.state().all_awaiting();
        awaiting.flat_map(|alert| alert.listens_for()).collect()
    }
}

/// Every known host with its committed alerts, as the shards are seeded.
fn seeded(state: &State, now: Timestamp) -> BTreeMap<EntityId, HostWatch> {
    let mut alerts: BTreeMap<EntityId, Vec<_>> = BTreeMap::new();
    for alert in state.alerts().filter(|alert| alert.is_firing()) {
        if let Some(host) = alert.identity.measured_by() {
            alerts.entry(host).or_default().push(Arc::clone(alert));
        }
    }
    let seeded = state.hosts().map(|host| {
        let own = alerts.remove(&host.id).unwrap_or_default();
        let watch = HostWatch::seeded(host, own.iter().map(AsRef::as_ref), now);
        (host.id.clone(), watch)
    });
    seeded.collect()
}

trait Worst {
    /// Failed where the engine did not take it.
    fn min_with(self, decision: &Decision) -> Self;
}

impl Worst for Settled {
    fn min_with(self, decision: &Decision) -> Settled {
        match decision.answer {
            Answer::Done | Answer::Silence(_) => self,
            Answer::NotFound(_) | Answer::Invalid(_) | Answer::Conflict(_) | Answer::Full(_) => {
                Settled::Failed
            }
        }
    }
}
