//! Decides what is left to write of a batch when only the last word on each key counts.
//!
//! In: decisions in order. Out: records by key, so that rows are written in the
//! order of their tree. Deliveries are not here: each of their changes counts.

use std::collections::BTreeMap;

use vedette_triage::{
    Account, Alert, AlertId, Change, Decision, Digest, EntityId, Host, Incident, IncidentId,
    Recurrence, Ruling, Silence, SilenceId, Ticket,
};

/// Where a record lies afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// With what the engine loads.
    Engine,
    /// With what is kept for people.
    Archive,
}

/// The last body of a record, if the batch has one, and where it lies.
pub(super) type Kept<'a, T> = (Option<&'a T>, Place);

/// The last word on each key; none = dropped.
#[derive(Debug, Default)]
pub(super) struct LastWords<'a> {
    pub(super) alerts: BTreeMap<AlertId, Option<&'a Alert>>,
    pub(super) incidents: BTreeMap<IncidentId, Kept<'a, Incident>>,
    pub(super) tickets: BTreeMap<(IncidentId, &'a str), Kept<'a, Ticket>>,
    pub(super) hosts: BTreeMap<&'a EntityId, Option<&'a Host>>,
    pub(super) silences: BTreeMap<&'a SilenceId, Option<&'a Silence>>,
    /// By the name of the rule.
    pub(super) accounts: BTreeMap<&'a str, Option<&'a Account>>,
    /// By the group.
    pub(super) recurrences: BTreeMap<&'a str, Option<&'a Recurrence>>,
    /// By the team.
    pub(super) digests: BTreeMap<&'a str, Option<&'a Digest>>,
    /// By what they are about.
    pub(super) rulings: BTreeMap<&'a str, Option<&'a Ruling>>,
}

impl<'a> LastWords<'a> {
    /// Of decisions in order.
    pub(super) fn of(decisions: &'a [Decision]) -> LastWords<'a> {
        let mut last = LastWords::default();
        for change in decisions.iter().flat_map(|decision| &decision.changes) {
            last.hear(change);
        }
        last
    }

    fn hear(&mut self, change: &'a Change) {
        match change {
            Change::PutAlert(alert) => {
                self.alerts.insert(alert.id, Some(alert));
            }
            Change::DropAlert(id) => {
                self.alerts.insert(*id, None);
            }
            Change::PutIncident(incident) => {
                self.incidents
                    .insert(incident.id, (Some(incident), Place::Engine));
            }
            Change::ArchiveIncident(id) => {
                archive(self.incidents.entry(*id).or_insert((None, Place::Archive)));
            }
            Change::PutTicket(ticket) => {
                let key = (ticket.incident, ticket.receiver.as_str());
                self.tickets.insert(key, (Some(ticket), Place::Engine));
            }
            Change::DropTicket(incident, receiver) => {
                let key = (*incident, receiver.as_str());
                archive(self.tickets.entry(key).or_insert((None, Place::Archive)));
            }
            Change::PutHost(host) => {
                self.hosts.insert(&host.id, Some(host));
            }
            Change::DropHost(id) => {
                self.hosts.insert(id, None);
            }
            Change::PutSilence(silence) => {
                self.silences.insert(&silence.id, Some(silence));
            }
            Change::DropSilence(id) => {
                self.silences.insert(id, None);
            }
            Change::PutAccount(account) => {
                self.accounts.insert(&account.rule, Some(account));
            }
            Change::DropAccount(rule) => {
                self.accounts.insert(rule, None);
            }
            Change::PutRecurrence(recurrence) => {
                self.recurrences
                    .insert(&recurrence.group.0, Some(recurrence));
            }
            Change::DropRecurrence(group) => {
                self.recurrences.insert(&group.0, None);
            }
            Change::PutDigest(digest) => {
                self.digests.insert(&digest.team, Some(digest));
            }
            Change::DropDigest(team) => {
                self.digests.insert(team, None);
            }
            Change::PutRuling(ruling) => {
                self.rulings.insert(ruling.id.as_str(), Some(ruling));
            }
            Change::DropRuling(id) => {
                self.rulings.insert(id.as_str(), None);
            }
            Change::AddDelivery(_) | Change::TakeBackDelivery(_) | Change::SettleDelivery(_, _) => {
            }
        }
    }
}

/// Keeps the body it has.
fn archive<T>((_, place): &mut Kept<'_, T>) {
    *place = Place::Archive;
}
