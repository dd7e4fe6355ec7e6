//! Keeps the last word of each sender about its alerts, until when it holds, and
//! what is in flight.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use vedette_triage::detect::Settled;
use vedette_triage::{
    About, Alert, AlertSignal, End, Identity, Input, Says, Severity, Signal, State, Timestamp,
};

use super::committed::end_after_start;
use super::flight::settled;
use super::{NotTaken, PostedAlert, Swept, Taken};
use crate::engine_loop::{EngineHandle, Pending};

/// Changes of one alert that may be in flight; beyond it its sender is told to come back.
const FLIGHTS_MAX: usize = 8;
/// Worded in "no longer reported by", until a sender repeats itself after a restart.
const SENDER_BEFORE_RESTART: &str = "its sender";

/// The alerts from outside of one shard.
#[derive(Debug)]
pub(super) struct Entries {
    entries: BTreeMap<Identity, Entry>,
    /// No entry ends before this: there is nothing to look for.
    earliest_end: Timestamp,
    /// The latest time it was told of; it never goes back.
    now: Timestamp,
}

impl Default for Entries {
    fn default() -> Entries {
        Entries {
            entries: BTreeMap::new(),
            earliest_end: Timestamp::MAX,
            now: Timestamp::MIN,
        }
    }
}

/// One alert from outside.
#[derive(Debug)]
struct Entry {
    /// What is committed; none: it is ok.
    said: Option<Said>,
    /// Changes on their way, in order.
    flights: VecDeque<(Option<Said>, Pending)>,
    /// How its sender described it last, where that is not committed.
    described: Option<Arc<About>>,
    /// When a description was last handed on.
    described_at: Timestamp,
    /// Until when its sender vouches for it.
    valid_until: Timestamp,
    end_changed: bool,
    sender: String,
}

/// How long what may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pauses {
    /// How long an alert holds if its sender does not say.
    pub(super) resolve_timeout: Duration,
    /// How long another description of the same alert may wait to be committed.
    pub(super) description: Duration,
    /// Whether the engine waits for it to be said again.
    pub(super) is_repeat_awaited: bool,
}

/// That it fires.
#[derive(Debug, Clone, PartialEq)]
struct Said {
    severity: Severity,
    about: Arc<About>,
    starts_at: Timestamp,
}

impl Entries {
    /// Takes over a committed, firing alert, unless something of it is in flight.
    pub(super) fn seed(&mut self, alert: &Alert, started: Timestamp) {
        let end = end_after_start(alert, started);
        let entry = self
            .entries
            .entry(alert.identity.clone())
            .or_insert_with(|| Entry::new(SENDER_BEFORE_RESTART));
        if entry.flights.is_empty() {
            entry.said = Some(Said {
                severity: alert.severity,
                about: alert.said(),
                starts_at: alert.starts_at,
            });
            entry.described_at = alert.updated_at;
            entry.valid_until = entry.valid_until.max(end);
            self.earliest_end = self.earliest_end.min(entry.valid_until);
        }
    }

    /// Forgets what fires here and not there, unless something of it is in flight; says for how
    /// many that is so.
    pub(super) fn keep_only_committed(&mut self, committed: &State) -> u32 {
        let mut in_flight = 0;
        self.entries.retain(|identity, entry| {
            entry.settle();
            if !entry.flights.is_empty() {
                in_flight += 1;
                return true;
            }
            committed
                .alert_of(identity)
                .is_some_and(|alert| alert.is_firing())
        });
        in_flight
    }

    /// See [`Shards::take_alert`](super::Shards::take_alert).
    pub(super) fn take(
        &mut self,
        identity: Identity,
        received: Timestamp,
        alert: &PostedAlert,
        pauses: Pauses,
        engine: &EngineHandle,
    ) -> Result<Taken, NotTaken> {
        let received = self.not_before(received);
        let entry = self
            .entries
            .entry(identity.clone())
            .or_insert_with(|| Entry::new(&alert.sender));
        entry.settle();
        let result = match alert.ends_at.filter(|end| *end <= received) {
            Some(end) => entry.ends(&identity, end, alert, engine),
            None => {
                let end = alert
                    .ends_at
                    .unwrap_or(received.after(pauses.resolve_timeout));
                self.earliest_end = self.earliest_end.min(end);
                entry.fires(&identity, (received, end, pauses), alert, engine)
            }
        };
        if entry.is_over() {
            self.entries.remove(&identity);
        }
        result
    }

    /// See [`Shards::expire`](super::Shards::expire).
    pub(super) fn expire(&mut self, now: Timestamp, engine: &EngineHandle, swept: &mut Swept) {
        let now = self.not_before(now);
        if now < self.earliest_end {
            return;
        }
        let mut earliest = Timestamp::MAX;
        self.entries.retain(|identity, entry| {
            entry.settle();
            if entry.latest().is_some() && entry.valid_until <= now {
                match entry.expire(identity, engine) {
                    Ok(()) => swept.submitted += 1,
                    Err(
                        NotTaken::Busy
                        | NotTaken::TooManyHosts
                        | NotTaken::Clone
                        | NotTaken::Straggler,
                    ) => swept.put_off += 1,
                }
            }
            // What is in flight may fall back: it is looked at again.
            earliest = earliest.min(entry.valid_until);
            !entry.is_over()
        });
        self.earliest_end = earliest;
    }

    /// Time jumped forward without passing: each sender vouches for as long as before.
    pub(super) fn step(&mut self, by: Duration) {
        self.now = self.now.after(by);
        self.earliest_end = self.earliest_end.after(by);
        for entry in self.entries.values_mut() {
            entry.valid_until = entry.valid_until.after(by);
            entry.described_at = entry.described_at.after(by);
            entry.end_changed = true;
        }
    }

    /// A time that was read before another came first, or before a step.
    fn not_before(&mut self, now: Timestamp) -> Timestamp {
        self.now = self.now.max(now);
        self.now
    }

    /// See [`Shards::described`](super::Shards::described).
    pub(super) fn described(&self, identity: &Identity) -> Option<Arc<About>> {
        self.entries.get(identity)?.described.clone()
    }

    /// See [`Shards::valid_until`](super::Shards::valid_until).
    pub(super) fn valid_until(&self, identity: &Identity) -> Option<Timestamp> {
        self.entries.get(identity).map(|entry| entry.valid_until)
    }

    /// The ends that changed since the last call, at most so many.
    pub(super) fn take_changed_ends(&mut self, at_most: usize) -> Vec<(Identity, Timestamp)> {
        self.entries
            .iter_mut()
            .filter(|(_, entry)| entry.end_changed && entry.flights.is_empty())
            .take(at_most)
            .map(|(identity, entry)| {
                entry.end_changed = false;
                (identity.clone(), entry.valid_until)
            })
            .collect()
    }
}

impl Entry {
    fn new(sender: &str) -> Entry {
        Entry {
            said: None,
            flights: VecDeque::new(),
            described: None,
            described_at: Timestamp::MIN,
            valid_until: Timestamp::MIN,
            end_changed: false,
            sender: sender.to_owned(),
        }
    }

    /// Its sender's last word, in flight or committed.
    fn latest(&self) -> Option<&Said> {
        match self.flights.back() {
            Some((said, _)) => said.as_ref(),
            None => self.said.as_ref(),
        }
    }

    fn is_over(&self) -> bool {
        self.said.is_none() && self.flights.is_empty()
    }

    /// Settles the flights that have landed, in order.
    fn settle(&mut self) {
        while let Some(settled) = self.flights.front().and_then(|(_, flight)| settled(flight)) {
            let Some((said, _)) = self.flights.pop_front() else {
                return;
            };
            match settled {
                Settled::Committed => self.said = said,
                Settled::Failed => {}
            }
        }
    }

    fn fires(
        &mut self,
        identity: &Identity,
        (received, end, pauses): (Timestamp, Timestamp, Pauses),
        alert: &PostedAlert,
        engine: &EngineHandle,
    ) -> Result<Taken, NotTaken> {
        let starts_at = alert.starts_at.unwrap_or(received).min(received);
        let before = self.latest();
        let is_as_bad = before.is_some_and(|said| said.severity == alert.severity);
        let is_described = before.is_some_and(|said| said.about == alert.about);
        let starts_at = before.map_or(starts_at, |said| said.starts_at.min(starts_at));
        // Some senders write values into annotations: each of their posts is described otherwise.
        let may_wait = received.since(self.described_at) < pauses.description;
        if is_as_bad && (is_described || may_wait) && !pauses.is_repeat_awaited {
            self.vouch(end, &alert.sender);
            self.end_changed = true;
            self.described = (!is_described).then(|| Arc::clone(&alert.about));
            return Ok(self.repeated());
        }
        let says = Says::Firing {
            severity: alert.severity,
            since: starts_at,
            valid_until: Some(end),
        };
        let said = Said {
            severity: alert.severity,
            about: Arc::clone(&alert.about),
            starts_at,
        };
        let taken = self.submit(identity, (says, &alert.about), Some(said), engine)?;
        self.described = None;
        self.described_at = received;
        self.vouch(end, &alert.sender);
        Ok(taken)
    }

    fn ends(
        &mut self,
        identity: &Identity,
        since: Timestamp,
        alert: &PostedAlert,
        engine: &EngineHandle,
    ) -> Result<Taken, NotTaken> {
        if self.latest().is_none() {
            return Ok(self.repeated());
        }
        let says = Says::Ok {
            end: End::SaidBySender,
            since,
        };
        self.submit(identity, (says, &alert.about), None, engine)
    }

    fn expire(&mut self, identity: &Identity, engine: &EngineHandle) -> Result<(), NotTaken> {
        let Some(said) = self.latest() else {
            return Ok(());
        };
        let about = Arc::clone(self.described.as_ref().unwrap_or(&said.about));
        let says = Says::Ok {
            end: End::Expired {
                sender: self.sender.clone(),
            },
            since: self.valid_until,
        };
        self.submit(identity, (says, &about), None, engine)
            .map(|_| ())
    }

    fn vouch(&mut self, end: Timestamp, sender: &str) {
        self.valid_until = end;
        if self.sender != sender {
            sender.clone_into(&mut self.sender);
        }
    }

    /// It says nothing new; if that is in flight, it waits for the same commit.
    fn repeated(&self) -> Taken {
        Taken {
            pending: self
                .flights
                .back()
                .map(|(_, flight)| flight.clone())
                .into_iter()
                .collect(),
            repeated: 1,
            ..Taken::default()
        }
    }

    fn submit(
        &mut self,
        identity: &Identity,
        (says, about): (Says, &Arc<About>),
        said: Option<Said>,
        engine: &EngineHandle,
    ) -> Result<Taken, NotTaken> {
        if self.flights.len() >= FLIGHTS_MAX {
            return Err(NotTaken::Busy);
        }
        let signal = Signal::Alert(AlertSignal {
            identity: identity.clone(),
            says,
            about: Arc::clone(about),
            drill: None,
        });
        let flight = engine
            .submit(Input::Signal(signal))
            .map_err(|_| NotTaken::Busy)?;
        self.flights.push_back((said, flight.clone()));
        Ok(Taken {
            pending: vec![flight],
            ..Taken::default()
        })
    }
}
