//! Keeps what is recorded for a replay, in memory.

use std::collections::BTreeMap;

use vedette_triage::{Revision, Timestamp};

use crate::store::{
    ANSWERS_MAX, Batch, Body, CommitNumber, Keepsake, Limits, Part, RECORDS_BYTES_MAX, RecordRow,
    Recording, SnapshotHead, Texts,
};

#[derive(Debug, Default)]
pub(super) struct Recorded {
    records: BTreeMap<CommitNumber, RecordRow>,
    parts: BTreeMap<(CommitNumber, u32), Part>,
    policies: BTreeMap<Revision, Body>,
}

impl Recorded {
    pub(super) fn put(&mut self, batch: &Batch) {
        let row = RecordRow {
            number: batch.number,
            at: batch.now,
            record: batch.record.clone(),
        };
        self.records.insert(row.number, row);
    }

    pub(super) fn keep(&mut self, keepsake: &Keepsake) {
        match keepsake {
            Keepsake::Part(part) => {
                self.parts.insert((part.number, part.part), part.clone());
            }
            Keepsake::Texts(texts) => {
                self.policies.insert(texts.revision, texts.body.clone());
            }
        }
    }

    pub(super) fn recording(&self) -> Recording {
        let edge = |row: Option<&RecordRow>| row.map(|row| (row.number, row.at));
        Recording {
            first: edge(self.records.values().next()),
            last: edge(self.records.values().next_back()),
            bytes: self.bytes(),
            snapshots: self.whole(),
            policies: self.policies.keys().copied().collect(),
        }
    }

    pub(super) fn records(&self, after: CommitNumber, at_most: u32) -> Vec<RecordRow> {
        let mut bytes = 0;
        let later = self.records.values().filter(|row| row.number > after);
        later
            .take(at_most.min(ANSWERS_MAX) as usize)
            .take_while(|row| {
                let fits = bytes < RECORDS_BYTES_MAX;
                bytes += row.record.body.bytes.len();
                fits
            })
            .cloned()
            .collect()
    }

    pub(super) fn part(&self, number: CommitNumber, part: u32) -> Option<Part> {
        self.parts.get(&(number, part)).cloned()
    }

    pub(super) fn texts(&self, revision: Revision) -> Option<Texts> {
        let body = self.policies.get(&revision)?.clone();
        Some(Texts { revision, body })
    }

    /// `named`: the lowest revision that is named elsewhere.
    pub(super) fn forget(&mut self, limits: &Limits, left: &mut u64, named: Revision) {
        let whole = self.whole();
        let old = whole.iter().rev().find(|head| head.at <= limits.inputs);
        let too_many = self.bytes() > limits.inputs_bytes;
        let second = whole.get(1).filter(|_| too_many);
        let replaced_by = old.into_iter().chain(second).map(|head| head.number).max();
        let first = whole
            .first()
            .map_or(CommitNumber(u64::MAX), |head| head.number);
        self.records.retain(|number, row| {
            let over = match replaced_by {
                Some(by) => *number <= by,
                None => row.at < limits.inputs && *number <= first,
            };
            let taken = over && *left > 0;
            *left -= u64::from(taken);
            !taken
        });
        let newest = whole.last().map_or(CommitNumber(0), |head| head.number);
        self.parts.retain(|(number, _), _| {
            let is_whole = whole.iter().any(|head| head.number == *number);
            let replaced = replaced_by.is_some_and(|by| *number < by);
            !replaced && (is_whole || *number >= newest)
        });
        let recorded = self.records.values().next().map(|row| row.record.policy);
        let lowest = recorded.map_or(named, |recorded| named.min(recorded));
        let before = self.policies.len();
        self.policies.retain(|revision, _| *revision >= lowest);
        *left = left.saturating_sub((before - self.policies.len()) as u64);
    }

    fn bytes(&self) -> u64 {
        let bytes = |row: &RecordRow| row.record.body.bytes.len() as u64;
        self.records.values().map(bytes).sum()
    }

    fn whole(&self) -> Vec<SnapshotHead> {
        let mut counted: BTreeMap<CommitNumber, (u32, u32, Timestamp)> = BTreeMap::new();
        for part in self.parts.values() {
            let entry = counted
                .entry(part.number)
                .or_insert((0, part.parts, part.at));
            entry.0 += 1;
        }
        let whole = counted
            .into_iter()
            .filter(|(_, (there, parts, _))| there == parts);
        whole
            .map(|(number, (_, parts, at))| SnapshotHead { number, at, parts })
            .collect()
    }
}
