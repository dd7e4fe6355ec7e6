//! Keeps the accounts of rules and the histories of groups as a decision has changed them so far.
//!
//! In: what is to be counted or remembered. Out: each changed record once. Decides which rule's
//! account an incident belongs to, and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::recurrence::kept;
use crate::{
    Account, Change, Close, Digest, GroupKey, Incident, LastTime, Previous, Recurrence, State,
    Ticket, Timestamp, limits,
};

use super::draft::Draft;

/// Changed accounts, histories and digests; none = forgotten.
#[derive(Default)]
pub(super) struct Ledger {
    accounts: BTreeMap<Arc<str>, Option<Account>>,
    recurrences: BTreeMap<GroupKey, Option<Recurrence>>,
    digests: BTreeMap<String, Option<Digest>>,
}

impl Ledger {
    /// Each changed record once.
    pub(super) fn finish(self, state: &State, changes: &mut Vec<Change>, drops: &mut Vec<Change>) {
        for (rule, account) in self.accounts {
            match account {
                Some(account) if state.account(&rule).map(|known| &**known) == Some(&account) => {}
                Some(account) => changes.push(Change::PutAccount(Arc::new(account))),
                None => drops.push(Change::DropAccount(rule)),
            }
        }
        for (team, digest) in self.digests {
            match digest {
                Some(digest) if state.digest(&team).map(|known| &**known) == Some(&digest) => {}
                Some(digest) => changes.push(Change::PutDigest(Arc::new(digest))),
                None => drops.push(Change::DropDigest(team)),
            }
        }
        for (group, recurrence) in self.recurrences {
            match recurrence {
                Some(recurrence) => changes.push(Change::PutRecurrence(Arc::new(recurrence))),
                None => drops.push(Change::DropRecurrence(group)),
            }
        }
    }
}

/// Counts something in the account of the rule whose alert made this incident. Drills, lists,
/// and rules the policy does not know, have none.
pub(super) fn count(draft: &mut Draft<'_>, incident: &Incident, count: impl FnOnce(&mut Account)) {
    if incident.drill.is_none() && incident.list.is_none() {
        let leader = draft.alert(incident.leader);
        let rule = leader.and_then(|leader| leader.identity.rule());
        let rule = rule.map_or_else(|| Arc::clone(&incident.rule), Arc::from);
        count_of(draft, &rule, count);
    }
}

/// The same for a rule by name; empty for alerts from outside.
pub(super) fn count_of(draft: &mut Draft<'_>, rule: &Arc<str>, count: impl FnOnce(&mut Account)) {
    if !rule.is_empty() && !draft.policy.rules.contains_key(rule) {
        return;
    }
    let mut account = account(draft, rule).unwrap_or_else(|| Account::new(rule, draft.now));
    count(&mut account);
    draft
        .ledger
        .accounts
        .insert(Arc::clone(rule), Some(account));
}

/// Accounts follow their rules' new names; those of rules that are gone are forgotten.
pub(super) fn follow_rules(draft: &mut Draft<'_>) {
    let (state, policy) = (draft.state, draft.policy);
    for known in state.accounts() {
        let rule = &known.rule;
        if rule.is_empty() || policy.rules.contains_key(rule) {
            continue;
        }
        let renamed = policy.renamed.get(rule);
        let renamed = renamed.filter(|name| policy.rules.contains_key(*name));
        if let Some(name) = renamed.filter(|name| account(draft, name).is_none()) {
            let moved = Account {
                rule: Arc::clone(name),
                ..Account::clone(known)
            };
            draft.ledger.accounts.insert(Arc::clone(name), Some(moved));
        }
        draft.ledger.accounts.insert(Arc::clone(rule), None);
    }
}

fn account(draft: &Draft<'_>, rule: &Arc<str>) -> Option<Account> {
    match draft.ledger.accounts.get(rule) {
        Some(changed) => changed.clone(),
        None => draft.state.account(rule).map(|known| Account::clone(known)),
    }
}

/// When incidents of a group were opened before, as far as that is remembered, and the last one.
pub(super) fn before<'d>(
    draft: &'d Draft<'_>,
    group: &GroupKey,
) -> (Vec<Timestamp>, Option<&'d LastTime>) {
    let known = recurrence(draft, group);
    let newest = draft.state.incidents_of(group).next();
    let newest = newest.and_then(|newest| draft.incident(newest.id));
    let remembered = newest.into_iter().flat_map(|newest| {
        let before = newest.openings.iter().copied();
        before.chain(newest.opened_at)
    });
    let archived = known
        .iter()
        .flat_map(|known| known.openings.iter().copied());
    (
        kept(archived.chain(remembered)),
        known.map(|known| &known.last),
    )
}

/// Remembers an incident that people were told of, before it is forgotten with its tickets.
pub(super) fn remember(draft: &mut Draft<'_>, incident: &Incident, tickets: &[Ticket]) {
    let (Some(opened_at), Some(closed_at)) = (incident.opened_at, incident.closed_at) else {
        return;
    };
    let known = recurrence(draft, &incident.group).cloned();
    let is_full = draft.state.recurrences().len() >= limits::RECURRENCES_MAX;
    if incident.drill.is_some() || (known.is_none() && is_full) {
        return;
    }
    let reference = |ticket: &Ticket| Some((ticket.receiver.clone(), ticket.reference.clone()?));
    let last = LastTime {
        incident: incident.id,
        closed_at,
        close: incident.close.as_deref().cloned().unwrap_or(Close::Cleared),
        lasted_s: closed_at.since(incident.started_at).as_secs(),
        tickets: tickets.iter().filter_map(reference).collect(),
    };
    let openings = known.iter().flat_map(|known| known.openings.clone());
    let openings = openings.chain(incident.openings.clone()).chain([opened_at]);
    let openings = kept(openings.collect::<Vec<_>>());
    let later = known.map(|known| known.last);
    let later = later.filter(|known| known.closed_at > closed_at);
    let group = incident.group.clone();
    let recurrence = Recurrence {
        group: group.clone(),
        openings,
        last: later.unwrap_or(last),
    };
    draft.ledger.recurrences.insert(group, Some(recurrence));
}

/// How the incident before this one ended, where that is not remembered itself any more.
pub(super) fn previous(draft: &Draft<'_>, incident: &Incident, receiver: &str) -> Option<Previous> {
    let last = &recurrence(draft, &incident.group)?.last;
    let ticket = last.tickets.iter().find(|(known, _)| known == receiver);
    (Some(last.incident) == incident.predecessor).then(|| Previous {
        incident: last.incident,
        closed_at: last.closed_at,
        close: last.close.clone(),
        lasted_s: last.lasted_s,
        ticket: ticket.map(|(_, reference)| reference.clone()),
    })
}

/// A history that is long over.
pub(super) fn forget(draft: &mut Draft<'_>, group: GroupKey) {
    let known = recurrence(draft, &group);
    if known.is_some_and(|known| known.until() <= draft.now) {
        draft.ledger.recurrences.insert(group, None);
    }
}

impl Draft<'_> {
    /// The digests of a team, as they are by now.
    pub(super) fn digest(&self, team: &str) -> Option<&Digest> {
        match self.ledger.digests.get(team) {
            Some(changed) => changed.as_ref(),
            None => self.state.digest(team).map(|known| &**known),
        }
    }

    pub(super) fn put_digest(&mut self, digest: Digest) {
        let digests = &mut self.ledger.digests;
        digests.insert(digest.team.clone(), Some(digest));
    }

    pub(super) fn drop_digest(&mut self, team: String) {
        self.ledger.digests.insert(team, None);
    }
}

fn recurrence<'d>(draft: &'d Draft<'_>, group: &GroupKey) -> Option<&'d Recurrence> {
    match draft.ledger.recurrences.get(group) {
        Some(changed) => changed.as_ref(),
        None => draft.state.recurrence(group).map(|known| &**known),
    }
}
