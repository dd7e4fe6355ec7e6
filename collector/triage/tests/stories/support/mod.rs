//! A small world around the engine: it feeds inputs, jumps from timer to timer, collects what
//! is told, and checks after every step that the state is well-formed.
#![allow(dead_code, clippy::unwrap_used, unreachable_pub)]

mod check;
mod condition;
mod noise;
pub mod places;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use vedette_triage::detect::RuleSet;
use vedette_triage::{
    About, Action, Actor, AlertSignal, Answer, Command, Decision, DeliverMode, Delivery,
    DeliveryId, Drill, End, Engine, EntityId, Entry, Fate, HostSays, HostSignal, Identity,
    Incident, IncidentId, Input, Labels, Matchers, Matrix, OnClear, Outcome, Policy, Receiver,
    Revision, RuleMeta, Says, Severity, Signal, SilenceId, SilenceRequest, Team, Ticket,
    TicketReference, Timers, Timestamp, Via,
};

use Severity::{Critical, Info, Warning};
use condition::outside;
pub use condition::{Condition, condition, left, seen};
pub use noise::noisy;

/// Stories start at a round time that is not zero.
pub const START: i64 = 1_000_000_000_000;

pub fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

pub fn hours(hours: u64) -> Duration {
    minutes(60 * hours)
}

pub fn labels<const N: usize>(pairs: [(&str, &str); N]) -> Labels {
    pairs.into_iter().collect()
}

/// Two teams, three receivers, and rules by name.
pub fn policy() -> Policy {
    let receiver = |name: &str| Receiver {
        name: name.into(),
        on_clear: OnClear::Resolve,
        on_human_close: vedette_triage::HumanClose::default(),
    };
    let receivers = ["desk", "linux-desk", "oncall"].map(|name| (name.into(), receiver(name)));
    let team = |name: &str, ticket: &str| Team {
        name: name.into(),
        ticket: Some(ticket.into()),
        page: vec!["oncall".into()],
    };
    let rules = [
        "disk",
        "inodes",
        "memory",
        "shadowed",
        "watched",
        "host-silent",
    ];
    Policy {
        revision: Revision(1),
        installation: "test".into(),
        mode: DeliverMode::Live,
        teams: vec![team("it-ops", "desk"), team("linux", "linux-desk")],
        receivers: receivers.into_iter().collect(),
        routes: Vec::new(),
        timers: Timers::default(),
        matrix: Matrix::default(),
        resolve_timeout: minutes(5),
        reboot_grace: minutes(20),
        agent_grace: minutes(5),
        rules: rules
            .into_iter()
            .map(|name| (name.into(), rule(name)))
            .collect(),
        renamed: BTreeMap::new(),
        detection: Arc::new(RuleSet::default()),
        ..Policy::default()
    }
}

pub fn rule(name: &str) -> RuleMeta {
    RuleMeta {
        name: name.into(),
        component: "storage".into(),
        runbook_url: String::new(),
        shadow: name == "shadowed",
        ..RuleMeta::default()
    }
}

/// The same, where alerts of many hosts are never one.
pub fn apart() -> Policy {
    let mut policy = policy();
    policy.rollup.same_rule_hosts = 0;
    policy.rollup.mass_entities = 0;
    policy.rollup.storm_per_minute = 0;
    policy
}

/// Where the story happens.
#[derive(Clone)]
pub struct World {
    pub engine: Engine,
    pub policy: Policy,
    pub now: Timestamp,
    /// Given out and not yet taken by the story.
    pub told: VecDeque<Arc<Delivery>>,
    /// Given out and not yet answered.
    pub unanswered: VecDeque<Arc<Delivery>>,
    pub entries: Vec<Entry>,
    /// Deliveries answered without asking.
    pub answers_itself: bool,
    pub checks: bool,
    tallies: BTreeMap<(Outcome, bool), u32>,
    signals: u32,
    archived: u32,
    silences: u32,
    orders: BTreeMap<(IncidentId, String), Vec<Arc<Delivery>>>,
    refused: BTreeSet<(IncidentId, String)>,
}

impl World {
    pub fn new() -> World {
        World::under(policy())
    }

    pub fn under(policy: Policy) -> World {
        World {
            engine: Engine::default(),
            policy,
            now: Timestamp::from_millis(START),
            told: VecDeque::new(),
            unanswered: VecDeque::new(),
            entries: Vec::new(),
            answers_itself: true,
            checks: true,
            tallies: BTreeMap::new(),
            signals: 0,
            archived: 0,
            silences: 0,
            orders: BTreeMap::new(),
            refused: BTreeSet::new(),
        }
    }

    pub fn input(&mut self, input: &Input) -> Decision {
        let decision = self.engine.decide(self.now, input, &self.policy);
        if self.checks {
            check::is_repeatable(self, input, &decision);
        }
        if let Input::Signal(Signal::Alert(_)) = input {
            self.signals += 1;
        }
        self.engine.apply(&decision);
        for tally in &decision.tallies {
            *self
                .tallies
                .entry((tally.outcome.clone(), tally.drill))
                .or_default() += tally.count;
        }
        for change in &decision.changes {
            if let vedette_triage::Change::AddDelivery(delivery) = change {
                let key = (delivery.incident, delivery.receiver.clone());
                let order = self.orders.entry(key).or_default();
                let last = order.last().map_or(0, |last| last.seq);
                assert!(delivery.seq > last, "{} after {last}", delivery.seq);
                order.push(Arc::clone(delivery));
                check::is_in_order(order);
                self.told.push_back(Arc::clone(delivery));
                self.unanswered.push_back(Arc::clone(delivery));
            }
            if let vedette_triage::Change::TakeBackDelivery(id) = change {
                self.take_back(*id);
            }
        }
        self.entries.extend(decision.entries.iter().cloned());
        if self.checks {
            check::is_well_formed(self);
            check::children_of_what_has_failed_open_nothing(self, &decision);
        }
        if self.answers_itself {
            self.answer_all();
        }
        decision
    }

    /// Nobody is told of it any more; the next of a ticket may be on its way, and is not taken back.
    fn take_back(&mut self, id: DeliveryId) {
        let waits = |delivery: &&Arc<Delivery>| delivery.id == id;
        let taken = self.unanswered.iter().find(waits).unwrap().clone();
        let same = |other: &&Arc<Delivery>| {
            (other.incident, &other.receiver) == (taken.incident, &taken.receiver)
        };
        let first = self.unanswered.iter().find(same).unwrap();
        assert_ne!(first.id, id, "it may be on its way: {taken:?}");
        let others = |delivery: &Arc<Delivery>| delivery.id != id;
        self.unanswered.retain(others);
        self.told.retain(others);
        self.orders
            .values_mut()
            .for_each(|order| order.retain(others));
    }

    /// Lets time pass; every timer on the way is handled when it is due.
    pub fn pass(&mut self, duration: Duration) {
        let until = self.now.after(duration);
        while let Some(due) = self.engine.next_wake().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.tick();
        }
        self.now = until;
    }

    /// Ticks until nothing is due.
    pub fn tick(&mut self) {
        for _ in 0..10_000 {
            if self.engine.next_wake().is_none_or(|due| due > self.now) {
                return;
            }
            let decision = self.input(&Input::Tick);
            assert!(
                !decision.changes.is_empty() || self.engine.next_wake() > Some(self.now),
                "a tick that changes nothing would tick for ever"
            );
        }
        panic!("ticks never end");
    }

    pub fn fire(&mut self, condition: &Condition) -> Decision {
        self.fire_since(condition, self.now)
    }

    /// It has lasted since then, and is said now.
    pub fn fire_since(&mut self, condition: &Condition, since: Timestamp) -> Decision {
        self.signal(
            condition.identity(),
            condition.about(),
            condition.drill,
            |_| Says::Firing {
                severity: condition.severity,
                since,
                valid_until: None,
            },
        )
    }

    pub fn clear(&mut self, condition: &Condition) -> Decision {
        let since = self.now;
        self.signal(
            condition.identity(),
            condition.about(),
            condition.drill,
            |_| Says::Ok {
                end: End::Recovered,
                since,
            },
        )
    }

    /// An alert posted from outside, valid for five minutes.
    pub fn post(&mut self, labels: &Labels) -> Decision {
        let now = self.now;
        let severity = match labels.get("severity") {
            Some("critical") => Critical,
            Some("warning") => Warning,
            Some(_) | None => Info,
        };
        let identity = Identity::of_alertmanager(labels);
        self.signal(identity, outside(labels), None, |_| Says::Firing {
            severity,
            since: now,
            valid_until: Some(now.after(minutes(5))),
        })
    }

    pub fn post_end(&mut self, labels: &Labels, end: End) -> Decision {
        let since = self.now;
        let identity = Identity::of_alertmanager(labels);
        self.signal(identity, outside(labels), None, |_| Says::Ok { end, since })
    }

    fn signal(
        &mut self,
        identity: Identity,
        about: Arc<About>,
        drill: Option<Drill>,
        says: impl FnOnce(()) -> Says,
    ) -> Decision {
        self.input(&Input::Signal(Signal::Alert(AlertSignal {
            identity,
            says: says(()),
            about,
            drill,
        })))
    }

    pub fn command(&mut self, command: Command) -> Answer {
        self.input(&Input::Command(command)).answer
    }

    pub fn acknowledge(&mut self, incident: u64, lasts: Option<Duration>) -> Answer {
        self.command(Command::Acknowledge {
            by: actor(),
            incident: IncidentId(incident),
            lasts,
        })
    }

    pub fn note(&mut self, incident: u64, text: &str) -> Answer {
        self.command(Command::Note {
            by: actor(),
            incident: IncidentId(incident),
            text: text.into(),
        })
    }

    pub fn resolve(&mut self, incident: u64) -> Answer {
        self.command(Command::Resolve {
            by: actor(),
            incident: IncidentId(incident),
            why: "done".into(),
        })
    }

    pub fn merge(&mut self, incident: u64, into: u64) -> Answer {
        self.command(Command::Merge {
            by: actor(),
            incident: IncidentId(incident),
            into: IncidentId(into),
            why: "one fault".into(),
        })
    }

    pub fn wish(&mut self, matchers: &[&str], lasts: Duration) -> SilenceRequest {
        self.silences += 1;
        SilenceRequest {
            new_id: SilenceId::new(&format!("silence-{}", self.silences)),
            replaces: None,
            matchers: Matchers::parse(matchers).unwrap(),
            starts_at: self.now,
            ends_at: self.now.after(lasts),
            created_by: "ops1".into(),
            comment: "planned".into(),
            annotations: Labels::none(),
            until_clear: false,
        }
    }

    pub fn set_silence(&mut self, silence: SilenceRequest) -> Answer {
        self.command(Command::SetSilence {
            by: actor(),
            silence,
        })
    }

    pub fn silence(&mut self, matchers: &[&str], lasts: Duration) -> SilenceId {
        let wish = self.wish(matchers, lasts);
        match self.set_silence(wish) {
            Answer::Silence(id) => id,
            other => panic!("no silence: {other:?}"),
        }
    }

    pub fn expire(&mut self, id: &SilenceId) -> Answer {
        self.command(Command::ExpireSilence {
            by: actor(),
            id: id.clone(),
        })
    }

    pub fn change_policy(&mut self, change: impl FnOnce(&mut Policy)) -> Decision {
        let before = self.policy.revision;
        change(&mut self.policy);
        self.policy.revision = Revision(before.0 + 1);
        let after = self.policy.revision;
        self.input(&Input::PolicyChanged { before, after })
    }

    pub fn host(&mut self, name: &str, says: HostSays) -> Decision {
        self.input(&Input::Signal(Signal::Host(HostSignal {
            id: EntityId::new(&format!("id-of-{name}")),
            says,
        })))
    }

    pub fn answer(&mut self, delivery: &Delivery, fate: Fate) -> Decision {
        if delivery.action == Action::Open && matches!(fate, Fate::Dead { .. }) {
            let key = (delivery.incident, delivery.receiver.clone());
            self.refused.insert(key);
        }
        self.input(&Input::Outcome {
            delivery: delivery.id,
            incident: delivery.incident,
            receiver: delivery.receiver.clone(),
            fate,
        })
    }

    /// Every receiver does what it was asked to, in order.
    pub fn answer_all(&mut self) {
        while let Some(delivery) = self.unanswered.pop_front() {
            self.answer(&delivery, done(&delivery));
        }
    }

    /// What was told since the last time, as `receiver action incident`.
    pub fn told(&mut self) -> Vec<String> {
        let line = |delivery: Arc<Delivery>| {
            format!(
                "{} {} {}",
                delivery.receiver,
                delivery.action.as_str(),
                delivery.incident
            )
        };
        self.told.drain(..).map(line).collect()
    }

    #[track_caller]
    pub fn tells(&mut self, expected: &[&str]) {
        assert_eq!(self.told(), expected);
    }

    /// For each ticket that was not refused the last that opened or closed it.
    pub fn last_turns(&self) -> Vec<(String, Action)> {
        let is_turn =
            |action: &Action| matches!(action, Action::Open | Action::Reopen | Action::Resolve);
        let orders = self
            .orders
            .iter()
            .filter(|(key, _)| !self.refused.contains(key));
        orders
            .filter_map(|((incident, receiver), order)| {
                let actions = order.iter().rev().map(|delivery| delivery.action);
                let last = actions.into_iter().find(is_turn)?;
                Some((format!("{incident} at {receiver}"), last))
            })
            .collect()
    }

    pub fn incident(&self, id: u64) -> &Incident {
        self.engine.state().incident(IncidentId(id)).unwrap()
    }

    pub fn ticket(&self, id: u64, receiver: &str) -> &Ticket {
        self.engine
            .state()
            .ticket(IncidentId(id), receiver)
            .unwrap()
    }

    pub fn tally(&self, outcome: Outcome) -> u32 {
        self.tallies.get(&(outcome, false)).copied().unwrap_or(0)
    }

    pub fn drill_tally(&self, outcome: Outcome) -> u32 {
        self.tallies.get(&(outcome, true)).copied().unwrap_or(0)
    }
}

pub fn done(delivery: &Delivery) -> Fate {
    let is_open = delivery.action == Action::Open;
    Fate::Done {
        ticket: is_open.then(|| TicketReference {
            id: format!("T{}", delivery.incident),
            url: String::new(),
        }),
    }
}

pub fn dead() -> Fate {
    Fate::Dead {
        why: "HTTP 400".into(),
    }
}

pub fn actor() -> Actor {
    Actor {
        name: "ops1".into(),
        via: Via::Api,
    }
}
