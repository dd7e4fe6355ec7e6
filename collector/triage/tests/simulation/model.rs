//! The reference: what must be so, worked out slowly from everything that ever happened.
//!
//! In: what was taken (committed), in order. Out: what fires, what is surely kept from opening
//! at a moment, and since when a fault is surely free to be told. Between the two lies what the
//! model does not decide: how long a parent is waited for, when exactly something flaps. It keeps
//! whole histories and looks at all of them each time; it shares no code with the engine.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use vedette_triage::{IncidentId, Severity, Timestamp};

use crate::site::{Fault, Site};

/// From a moment until before another.
type Span = (Timestamp, Timestamp);

/// Everything that ever happened, as far as it matters.
#[derive(Debug, Clone, Default)]
pub(crate) struct Model {
    /// What fires: since when, how bad, and since when that bad.
    pub(crate) firing: BTreeMap<Fault, (Timestamp, Severity, Timestamp)>,
    /// When each fault was there, over by now.
    past: BTreeMap<Fault, Vec<Span>>,
    /// When each fault began, ended, or became better or worse.
    turns: BTreeMap<Fault, Vec<Timestamp>>,
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
        if known.is_none_or(|(_, before, _)| *before != severity) {
            self.turns.entry(fault).or_default().push(at);
        }
        self.firing.insert(fault, (since, severity, bad_since));
    }

    pub(crate) fn clears(&mut self, fault: Fault, at: Timestamp) {
        if let Some((since, _, _)) = self.firing.remove(&fault) {
            self.past.entry(fault).or_default().push((since, at));
            self.turns.entry(fault).or_default().push(at);
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
    pub(crate) fn is_held(&self, site: &Site, fault: Fault, at: Timestamp) -> bool {
        let covers = |(from, until): &Span| *from <= at && at < *until;
        fault.rule() == "shadowed"
            || self.observed.iter().any(covers)
            || self.spans_about(fault).any(|span| covers(&span))
            || self
                .explaining(site, fault)
                .iter()
                .any(|other| self.was_firing(*other, at))
            || self.was_behind_what_has_failed(site, fault, at)
    }

    /// Nothing is heard of its host, nor of all that it could be seen through.
    fn was_behind_what_has_failed(&self, site: &Site, fault: Fault, at: Timestamp) -> bool {
        let silent = |host: usize| self.was_firing(silence_of(host), at);
        let parents = site.parents_of(fault.host);
        !parents.is_empty() && silent(fault.host) && parents.iter().all(|host| silent(*host))
    }

    /// It fired before that moment, and not only since it.
    fn was_firing(&self, fault: Fault, at: Timestamp) -> bool {
        self.spans_of(fault)
            .any(|(from, until)| from < at && at < until)
    }

    fn spans_of(&self, fault: Fault) -> impl Iterator<Item = Span> {
        let past = self.past.get(&fault).into_iter().flatten().copied();
        let now = self
            .firing
            .get(&fault)
            .map(|(since, _, _)| (*since, Timestamp::MAX));
        past.chain(now)
    }

    /// The faults that explain this one while they fire.
    fn explaining(&self, site: &Site, fault: Fault) -> Vec<Fault> {
        let by = site
            .explained
            .iter()
            .filter(|(rule, _)| *rule == fault.rule());
        by.map(|(_, by)| Fault::of(by, fault.host)).collect()
    }

    /// Whether it may have come and gone too often lately to be believed, or closed.
    pub(crate) fn may_flap(&self, fault: Fault, now: Timestamp) -> bool {
        let Some(turns) = self.turns.get(&fault) else {
            return false;
        };
        // What went on until half an hour ago may count still, and time that did not pass with it.
        let lately = turns
            .iter()
            .filter(|at| **at > now.before(Duration::from_secs(6 * 3600)));
        lately.count() >= 5
    }

    /// Since when it has surely been free to be told, if it is: it fires, is worth a ticket, and
    /// nothing that could keep it from opening was so at any moment since.
    pub(crate) fn free_since(
        &self,
        site: &Site,
        fault: Fault,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let (_, severity, bad_since) = self.firing.get(&fault)?;
        let is_worth_it = !(fault.is_workstation() && *severity < Severity::Critical);
        let explaining = self.explaining(site, fault);
        let parents = site
            .parents_of(fault.host)
            .iter()
            .map(|host| silence_of(*host));
        let behind: Vec<Fault> = parents.collect();
        let fires = |other: &Fault| self.firing.contains_key(other);
        if !is_worth_it
            || self.is_held(site, fault, now)
            || explaining.iter().chain(&behind).any(fires)
            || self.may_flap(fault, now)
        {
            return None;
        }
        let explained = explaining.into_iter().chain(behind);
        let explained_until = explained.flat_map(|other| self.spans_of(other).collect::<Vec<_>>());
        let explained_until: Vec<Timestamp> = explained_until.map(|(_, until)| until).collect();
        let over = self
            .spans_about(fault)
            .chain(self.observed.iter().copied())
            .filter(|(from, _)| *from <= now)
            .map(|(_, until)| until);
        let disturbed = self.disturbed.iter().copied();
        let over = over.chain(explained_until);
        over.chain(disturbed).chain([*bad_since]).max()
    }

    /// The last time that anything of these ended or was disturbed.
    pub(crate) fn quiet_since(&self, faults: &[Fault]) -> Timestamp {
        let spans = faults.iter().flat_map(|fault| self.spans_of(*fault));
        let ended = spans.map(|(_, until)| until);
        let latest = ended.chain(self.disturbed.iter().copied()).max();
        latest.unwrap_or(Timestamp::MIN)
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

/// That nothing is heard of a host.
fn silence_of(host: usize) -> Fault {
    Fault::of(crate::site::SILENT, host)
}
