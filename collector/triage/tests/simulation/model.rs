//! The reference: what must be so, worked out slowly from everything that ever happened.
//!
//! In: what was taken (committed), in order. Out: what fires, what is surely kept from opening
//! at a moment, and since when a fault is surely free to be told. Between the two lies what the
//! model does not decide. It keeps whole histories and looks at all of them each time; it shares
//! no code with the engine.

use std::collections::{BTreeMap, BTreeSet};

use vedette_triage::{IncidentId, Severity, Timestamp};

use crate::site::Fault;

/// From a moment until before another.
type Span = (Timestamp, Timestamp);

/// Everything that ever happened, as far as it matters.
#[derive(Debug, Clone, Default)]
pub(crate) struct Model {
    /// What fires: since when, how bad, and since when that bad.
    pub(crate) firing: BTreeMap<Fault, (Timestamp, Severity, Timestamp)>,
    /// When each fault ended last.
    pub(crate) ended: BTreeMap<Fault, Timestamp>,
    /// Silences by name: whom they are about, and when.
    pub(crate) silences: BTreeMap<String, (About, Span)>,
    /// When nothing was sent.
    observed: Vec<Span>,
    /// Times from which everything that waits may begin to wait anew: restarts, steps of the clock,
    /// commits that failed, changes of policy.
    disturbed: Vec<Timestamp>,
    /// Incidents that a person closed.
    pub(crate) closed_by_person: BTreeSet<IncidentId>,
}

/// Whom a silence is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum About {
    Rule(String),
    Host(String),
}

impl Model {
    pub(crate) fn fires(&mut self, fault: Fault, severity: Severity, at: Timestamp) {
        let known = self.firing.get(&fault);
        let since = known.map_or(at, |(since, _, _)| *since);
        let bad_since = match known {
            Some((_, before, bad_since)) if *before == severity => *bad_since,
            Some(_) | None => at,
        };
        self.firing.insert(fault, (since, severity, bad_since));
    }

    pub(crate) fn clears(&mut self, fault: Fault, at: Timestamp) {
        if self.firing.remove(&fault).is_some() {
            self.ended.insert(fault, at);
        }
    }

    pub(crate) fn observes(&mut self, on: bool, at: Timestamp) {
        match (on, self.observed.last_mut()) {
            (true, Some((_, until))) if *until == Timestamp::MAX => {}
            (true, _) => self.observed.push((at, Timestamp::MAX)),
            (false, Some((_, until))) if *until == Timestamp::MAX => *until = at,
            (false, _) => {}
        }
        self.disturbed.push(at);
    }

    pub(crate) fn disturb(&mut self, at: Timestamp) {
        self.disturbed.push(at);
    }

    /// Surely kept from opening at that moment.
    pub(crate) fn is_held(&self, fault: Fault, at: Timestamp) -> bool {
        let covers = |(from, until): &Span| *from <= at && at < *until;
        fault.rule() == "shadowed"
            || self.observed.iter().any(covers)
            || self.spans_about(fault).any(|span| covers(&span))
    }

    /// Since when it has surely been free to be told, if it is: it fires, is worth a ticket, and
    /// nothing that could keep it from opening was so at any moment since.
    pub(crate) fn free_since(&self, fault: Fault, now: Timestamp) -> Option<Timestamp> {
        let (_, severity, bad_since) = self.firing.get(&fault)?;
        let is_worth_it = !(fault.is_workstation() && *severity < Severity::Critical);
        if !is_worth_it || self.is_held(fault, now) {
            return None;
        }
        let over = self
            .spans_about(fault)
            .chain(self.observed.iter().copied())
            .filter(|(from, _)| *from <= now)
            .map(|(_, until)| until);
        let disturbed = self.disturbed.iter().copied();
        over.chain(disturbed).chain([*bad_since]).max()
    }

    /// The last time that anything of these ended or was disturbed.
    pub(crate) fn quiet_since(&self, faults: &[Fault]) -> Timestamp {
        let ended = faults.iter().filter_map(|fault| self.ended.get(fault));
        let latest = ended.chain(&self.disturbed).max();
        latest.copied().unwrap_or(Timestamp::MIN)
    }

    fn spans_about(&self, fault: Fault) -> impl Iterator<Item = Span> {
        self.silences
            .values()
            .filter(move |(about, _)| match about {
                About::Rule(rule) => rule == fault.rule(),
                About::Host(host) => *host == fault.host(),
            })
            .map(|(_, span)| *span)
    }
}
