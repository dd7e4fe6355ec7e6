//! Keeps accounts, histories and rulings, which nothing else is derived from but when they are forgotten.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{Account, Digest, GroupKey, Recurrence, Ruling, RulingId};

use super::{State, timers};

/// Accounts of rules, histories of groups, digests of teams, and what people ruled.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Records {
    pub(super) accounts: BTreeMap<Arc<str>, Arc<Account>>,
    pub(super) recurrences: BTreeMap<GroupKey, Arc<Recurrence>>,
    pub(super) digests: BTreeMap<String, Arc<Digest>>,
    pub(super) rulings: BTreeMap<RulingId, Arc<Ruling>>,
}

impl State {
    /// The account of a rule; of the empty name that of all alerts from outside.
    pub fn account(&self, rule: &str) -> Option<&Arc<Account>> {
        self.records.accounts.get(rule)
    }

    /// All accounts, in order of the rules' names.
    pub fn accounts(&self) -> impl ExactSizeIterator<Item = &Arc<Account>> + Clone {
        self.records.accounts.values()
    }

    /// What is remembered of the forgotten incidents of a group.
    pub fn recurrence(&self, group: &GroupKey) -> Option<&Arc<Recurrence>> {
        self.records.recurrences.get(group)
    }

    /// All that is remembered of forgotten incidents, in order of the groups.
    pub fn recurrences(&self) -> impl ExactSizeIterator<Item = &Arc<Recurrence>> + Clone {
        self.records.recurrences.values()
    }

    /// The digests of a team.
    pub fn digest(&self, team: &str) -> Option<&Arc<Digest>> {
        self.records.digests.get(team)
    }

    /// All of them, in order of the teams.
    pub fn digests(&self) -> impl ExactSizeIterator<Item = &Arc<Digest>> + Clone {
        self.records.digests.values()
    }

    pub(super) fn put_digest(&mut self, digest: &Arc<Digest>) {
        self.drop_digest(&digest.team);
        self.timers.extend(timers::of_digest(digest));
        let digests = &mut self.records.digests;
        digests.insert(digest.team.clone(), Arc::clone(digest));
    }

    pub(super) fn drop_digest(&mut self, team: &str) {
        if let Some(digest) = self.records.digests.remove(team)
            && let Some(timer) = timers::of_digest(&digest)
        {
            self.timers.remove(&timer);
        }
    }

    pub(super) fn put_recurrence(&mut self, recurrence: &Arc<Recurrence>) {
        self.drop_recurrence(&recurrence.group);
        self.timers.add(timers::of_recurrence(recurrence));
        let group = recurrence.group.clone();
        let records = &mut self.records.recurrences;
        records.insert(group, Arc::clone(recurrence));
    }

    pub(super) fn drop_recurrence(&mut self, group: &GroupKey) {
        if let Some(recurrence) = self.records.recurrences.remove(group) {
            self.timers.remove(&timers::of_recurrence(&recurrence));
        }
    }
}
