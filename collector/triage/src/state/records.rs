//! Keeps accounts and histories, which nothing else is derived from but when they are forgotten.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{Account, GroupKey, Recurrence};

use super::{State, timers};

/// Accounts of rules, and histories of groups.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Records {
    pub(super) accounts: BTreeMap<Arc<str>, Arc<Account>>,
    pub(super) recurrences: BTreeMap<GroupKey, Arc<Recurrence>>,
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

    pub(super) fn put_recurrence(&mut self, recurrence: &Arc<Recurrence>) {
        self.drop_recurrence(&recurrence.group);
        self.timers.insert(timers::of_recurrence(recurrence));
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
