//! Keeps how every receiver is doing, for whoever looks.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use vedette_policy::profile::Judgement;
use vedette_triage::Timestamp;

/// How a receiver is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is sent to.
    Well,
    /// It failed, and is tried with one delivery.
    Trying,
    /// It failed, and is left alone.
    Held {
        /// Until when.
        until: Timestamp,
    },
    /// A person wants it to be left alone.
    Paused {
        /// Until when.
        until: Timestamp,
    },
    /// The policy no longer has it; what waits for it is kept.
    Absent,
}

/// How a receiver is doing, and its last failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiverStanding {
    /// How it is doing.
    pub standing: Standing,
    /// The last failure since the start, if there was one.
    pub failure: Option<Failure>,
}

/// A failure of a receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// When.
    pub at: Timestamp,
    /// What kind: a profile's judgement.
    pub judgement: Judgement,
    /// For people; secrets removed.
    pub why: String,
}

/// How every receiver is doing. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Standings {
    by_name: Arc<Mutex<BTreeMap<String, ReceiverStanding>>>,
}

impl Standings {
    /// All of them, by name.
    pub fn all(&self) -> BTreeMap<String, ReceiverStanding> {
        self.lock().clone()
    }

    /// A receiver is doing like this.
    pub fn stand(&self, name: &str, standing: Standing) {
        let mut all = self.lock();
        match all.get_mut(name) {
            Some(known) => known.standing = standing,
            None => {
                let new = ReceiverStanding {
                    standing,
                    failure: None,
                };
                all.insert(name.to_owned(), new);
            }
        }
    }

    /// A receiver has failed. `why` holds no secrets.
    pub fn failed(&self, name: &str, judgement: Judgement, why: &str, at: Timestamp) {
        let failure = Some(Failure {
            at,
            judgement,
            why: why.to_owned(),
        });
        let mut all = self.lock();
        match all.get_mut(name) {
            Some(known) => known.failure = failure,
            None => {
                let new = ReceiverStanding {
                    standing: Standing::Trying,
                    failure,
                };
                all.insert(name.to_owned(), new);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, ReceiverStanding>> {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
