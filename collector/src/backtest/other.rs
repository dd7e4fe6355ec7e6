//! Tells the engine with the changed policy what the other one was told, in its own numbers.
//!
//! In: a row, and what the engine of then made of it. Out: decisions for the book. Alerts, silences
//! and commands are the same; timers are its own; changes of policy are left out. What was answered
//! to a delivery is answered to its counterpart; a delivery that nobody made then counts as done.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use vedette_triage::{
    About, Alert, AlertId, AlertSignal, Change, Command, Decision, Delivery, DeliveryId, Engine,
    Fate, HostSays, HostSignal, Identity, IncidentId, Input, Policy, Revision, Signal, Source,
    State, Timestamp,
};
use vedette_wire::Class;

use super::book::Book;
use crate::recording::Row;

/// Members of an incident that are looked at to find its counterpart.
const MEMBERS_LOOKED_AT: usize = 100;
/// Answers that may follow from answers within one row; beyond it they come with the next.
const ANSWERS_AT_ONCE: usize = 10_000;

/// What could not be told to the engine with the changed policy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Commands about incidents that it does not have.
    pub commands: u64,
    /// Answers to deliveries that it did not make.
    pub answers: u64,
    /// Signals of rules that it does not have.
    pub signals: u64,
}

/// The engine with the changed policy.
pub(super) struct Other {
    engine: Engine,
    policy: Arc<Policy>,
    /// Deliveries of then -> their counterparts here, which wait for the same answer.
    pairs: BTreeMap<DeliveryId, Waiting>,
    /// Deliveries that nobody made then.
    alone: Vec<Waiting>,
    left_out: LeftOut,
}

/// A delivery that waits for its answer.
#[derive(Debug, Clone)]
struct Waiting {
    delivery: DeliveryId,
    incident: IncidentId,
    receiver: String,
}

/// What the engine of then made of a row: what it knew before, its decisions, its state after.
pub(super) type Then<'a> = (&'a Known, &'a [Decision], &'a State);

/// What a row names by numbers, as both engines know it.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The alerts in the incidents of its commands.
    incidents: BTreeMap<IncidentId, Vec<Identity>>,
    /// Its ends.
    ends: Vec<(Identity, Timestamp)>,
}

impl Other {
    /// The changed policy comes into force.
    pub(super) fn begin(
        engine: Engine,
        policy: Arc<Policy>,
        now: Timestamp,
        book: &mut Book,
    ) -> Other {
        let state = engine.state();
        let tickets = state
            .incidents()
            .flat_map(|incident| state.tickets(incident.id));
        let outstanding = tickets.flat_map(|ticket| {
            let waiting = |delivery: DeliveryId| Waiting {
                delivery,
                incident: ticket.incident,
                receiver: ticket.receiver.clone(),
            };
            let outstanding = ticket.outstanding.iter();
            outstanding.map(move |(delivery, _, _)| (*delivery, waiting(*delivery)))
        });
        let pairs = outstanding.collect();
        let mut other = Other {
            engine,
            pairs,
            alone: Vec::new(),
            left_out: LeftOut::default(),
            policy,
        };
        let after = other.policy.revision;
        let before = Revision(after.0.saturating_sub(1));
        let state = other.engine.state().clone();
        let changed = Input::PolicyChanged { before, after };
        other.decide(now, &changed, (&state, book));
        other.answer_those_alone(now, (&state, book));
        other
    }

    /// Is told what the engine of then was told with this row.
    pub(super) fn hear(&mut self, row: &Row, (known, decisions, after): Then<'_>, book: &mut Book) {
        self.take_ends(&known.ends);
        self.wake_until(moved_from(row), (after, book));
        for (input, decision) in row.inputs.iter().zip(decisions) {
            if let Some(input) = self.in_own_numbers(input, (known, after)) {
                self.decide(row.at, &input, (after, book));
            }
            for change in &decision.changes {
                // Nobody will answer it.
                if let Change::TakeBackDelivery(id) = change {
                    self.alone.extend(self.pairs.remove(id));
                }
            }
            self.answer_those_alone(row.at, (after, book));
        }
        self.wake_until(row.at, (after, book));
    }

    /// Lets time pass to the end of the span.
    pub(super) fn wait_until(&mut self, end: Timestamp, book: &mut Book) {
        let state = State::default();
        self.wake_until(end, (&state, book));
    }

    pub(super) fn left_out(&self) -> LeftOut {
        self.left_out
    }

    /// Its timers, each when it is due.
    fn wake_until(&mut self, until: Timestamp, (then, book): (&State, &mut Book)) {
        while let Some(due) = self.engine.next_wake().filter(|due| *due <= until) {
            let now = due.max(self.engine.state().now());
            let woke = self.decide(now, &Input::Tick, (then, book));
            self.answer_those_alone(now, (then, book));
            // A timer of which nothing comes would be due for ever.
            if !woke {
                return;
            }
        }
    }

    /// Says whether it changed anything.
    fn decide(&mut self, now: Timestamp, input: &Input, (then, book): (&State, &mut Book)) -> bool {
        let decision = self.engine.decide(now, input, &self.policy);
        self.engine.apply(&decision);
        book.hear(&decision);
        for change in &decision.changes {
            match change {
                Change::AddDelivery(delivery) => self.pair(delivery, then),
                Change::TakeBackDelivery(id) => {
                    self.pairs.retain(|_, waiting| waiting.delivery != *id);
                    self.alone.retain(|waiting| waiting.delivery != *id);
                }
                _ => {}
            }
        }
        !decision.changes.is_empty()
    }

    /// Finds the delivery of then that asked the same receiver for the same about the same.
    fn pair(&mut self, delivery: &Delivery, then: &State) {
        let waiting = Waiting {
            delivery: delivery.id,
            incident: delivery.incident,
            receiver: delivery.receiver.clone(),
        };
        let here = self.engine.state();
        let counterpart = counterpart(delivery.incident, here, then)
            .and_then(|incident| then.ticket(incident, &delivery.receiver))
            .and_then(|ticket| {
                let mut outstanding = ticket.outstanding.iter();
                outstanding.find(|(id, _, action)| {
                    *action == delivery.action && !self.pairs.contains_key(id)
                })
            });
        match counterpart {
            Some((id, _, _)) => {
                self.pairs.insert(*id, waiting);
            }
            None => self.alone.push(waiting),
        }
    }

    fn answer_those_alone(&mut self, now: Timestamp, (then, book): (&State, &mut Book)) {
        let mut answered = 0;
        while answered < ANSWERS_AT_ONCE
            && let Some(waiting) = self.alone.pop()
        {
            answered += 1;
            let done = Fate::Done { ticket: None };
            self.decide(now, &waiting.answered(done), (then, book));
        }
    }

    /// None for what it is not told.
    fn in_own_numbers(&mut self, input: &Input, (known, after): (&Known, &State)) -> Option<Input> {
        match input {
            Input::Signal(Signal::Alert(signal)) => {
                let told = self.signal(signal);
                self.left_out.signals += u64::from(told.is_none());
                told.map(|signal| Input::Signal(Signal::Alert(signal)))
            }
            Input::Signal(Signal::Host(signal)) => Some(Input::Signal(Signal::Host(HostSignal {
                id: signal.id.clone(),
                says: self.host_says(&signal.says, after)?,
            }))),
            Input::Command(command) => {
                let told = self.command(command, known);
                self.left_out.commands += u64::from(told.is_none());
                told.map(Input::Command)
            }
            Input::Outcome { delivery, fate, .. } => {
                let told = self.pairs.remove(delivery);
                self.left_out.answers += u64::from(told.is_none());
                told.map(|waiting| waiting.answered(fate.clone()))
            }
            Input::PolicyChanged { .. } | Input::NoiseFound { .. } | Input::Tick => None,
            Input::Started { .. } | Input::ClockStepped { .. } => Some(input.clone()),
        }
    }

    /// As the changed policy's rule would have said it; none where it has no such rule.
    fn signal(&self, signal: &AlertSignal) -> Option<AlertSignal> {
        let mut signal = signal.clone();
        if signal.identity.source != Source::Rules {
            return Some(signal);
        }
        let name = signal.identity.rule()?;
        if let Some(renamed) = self.policy.renamed.get(name) {
            signal.identity = signal.identity.renamed(renamed);
        }
        let name = signal.identity.rule()?.to_owned();
        let meta = self.policy.rules.get(name.as_str())?;
        if let Some(rule) = self.policy.detection.get(&name) {
            let class = match signal.about.labels.get("class") {
                Some(class) if class == Class::Workstation.as_str() => Class::Workstation,
                Some(_) | None => Class::Server,
            };
            signal.about = Arc::new(About {
                handling: Some(rule.handling(class)),
                component: meta.component.clone(),
                ..(*signal.about).clone()
            });
        }
        Some(signal)
    }

    fn host_says(&self, says: &HostSays, then: &State) -> Option<HostSays> {
        let mut says = says.clone();
        if let HostSays::Found { alert, .. } = &mut says {
            *alert = self.alert(*alert, then)?;
        }
        Some(says)
    }

    fn command(&self, command: &Command, known: &Known) -> Option<Command> {
        let mut command = command.clone();
        for incident in command.incidents_mut() {
            let alerts = known.incidents.get(incident)?;
            let state = self.engine.state();
            let mut found = alerts
                .iter()
                .filter_map(|identity| state.alert_of(identity));
            *incident = found.find_map(|alert| alert.incident)?;
        }
        Some(command)
    }

    fn alert(&self, id: AlertId, then: &State) -> Option<AlertId> {
        let identity = &then.alert(id)?.identity;
        Some(self.engine.state().alert_of(identity)?.id)
    }

    /// Ends that were written behind hold here, too.
    fn take_ends(&mut self, ends: &[(Identity, Timestamp)]) {
        let state = self.engine.state();
        let put = |(identity, until): &(Identity, Timestamp)| {
            let mut alert = (**state.alert_of(identity)?).clone();
            alert.valid_until = Some(*until);
            Some(Change::PutAlert(Arc::new(alert)))
        };
        let read = Decision {
            at: state.now(),
            changes: ends.iter().filter_map(put).collect(),
            ..Decision::default()
        };
        self.engine.apply(&read);
    }
}

impl Known {
    /// As the engine of then stands before the row.
    pub(super) fn of(row: &Row, then: &State) -> Known {
        let mut known = Known::default();
        for input in &row.inputs {
            if let Input::Command(command) = input {
                for id in command.clone().incidents_mut() {
                    let alerts = alerts(*id, then).map(|alert| alert.identity.clone());
                    known.incidents.insert(*id, alerts.collect());
                }
            }
        }
        let ends = row.ends.iter();
        let named =
            ends.filter_map(|(id, until)| Some((then.alert(*id)?.identity.clone(), *until)));
        known.ends = named.collect();
        known
    }
}

impl Waiting {
    fn answered(self, fate: Fate) -> Input {
        Input::Outcome {
            delivery: self.delivery,
            incident: self.incident,
            receiver: self.receiver,
            fate,
        }
    }
}

/// The incident of `there` in which the first of its alerts is that is in any.
fn counterpart(id: IncidentId, here: &State, there: &State) -> Option<IncidentId> {
    alerts(id, here).find_map(|alert| there.alert_of(&alert.identity)?.incident)
}

/// The alerts an incident is known by, its leader first.
fn alerts(id: IncidentId, state: &State) -> impl Iterator<Item = &Arc<Alert>> {
    let leader = state
        .incident(id)
        .and_then(|incident| state.alert(incident.leader));
    let members = state.members(id).take(MEMBERS_LOOKED_AT);
    leader.into_iter().chain(members)
}

/// Until when timers ran before the row: not while the collector was down, nor in the time that
/// a step of the clock left out.
fn moved_from(row: &Row) -> Timestamp {
    let mut from = row.at;
    for input in &row.inputs {
        match input {
            Input::Started { down_since } => from = from.min(*down_since),
            Input::ClockStepped { by_ms } => {
                let by = std::time::Duration::from_millis(u64::try_from(*by_ms).unwrap_or(0));
                from = from.min(row.at.before(by));
            }
            Input::Signal(_)
            | Input::Command(_)
            | Input::Outcome { .. }
            | Input::PolicyChanged { .. }
            | Input::NoiseFound { .. }
            | Input::Tick => {}
        }
    }
    from
}
