//! Finds what people did something about lately, so that nothing of it is called noise.
//!
//! In: incidents, those that are remembered and those that are archived. Out: what of it a back-test
//! can recognise in another engine: an alert by its identity, where it is still known; else the
//! group of its incident; else, of one that was many, anything of the same rule at the time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use vedette_triage::{GroupKey, Identity, Incident, IncidentId, State, Timestamp};

use crate::store::{Answers, Question, StoreError, StoreHandle};

/// Archived incidents that are read at a time.
const PAGE: u32 = 500;
/// Archived incidents that are looked at; what is older then counts as not there.
const LOOKED_AT_MAX: usize = 25_000;

/// Something that people did something about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attended {
    /// What.
    pub what: What,
    /// From when on it was there.
    pub from: Timestamp,
    /// Until when.
    pub to: Timestamp,
}

/// By what it is recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// This alert.
    Alert(Identity),
    /// Whatever is of this group.
    Group(GroupKey),
    /// Whatever this rule found.
    Rule(Arc<str>),
}

/// Every incident that began since then, or still stands: each once.
///
/// # Errors
/// The store does not answer.
pub async fn told_since(
    store: &StoreHandle,
    live: Vec<Arc<Incident>>,
    since: Timestamp,
) -> Result<Vec<Arc<Incident>>, StoreError> {
    let mut all: BTreeMap<IncidentId, Arc<Incident>> = BTreeMap::new();
    let mut before = IncidentId(u64::MAX);
    while all.len() < LOOKED_AT_MAX {
        let question = Question::Archived {
            before,
            at_most: PAGE,
        };
        let Answers::Archived(page) = store.ask(question).await? else {
            break;
        };
        let Some(oldest) = page.iter().map(|incident| incident.id).min() else {
            break;
        };
        before = oldest;
        // Numbers are given in order of time.
        let is_older = page.iter().all(|incident| incident.started_at < since);
        let young = page.into_iter().filter(|one| one.started_at >= since);
        all.extend(young.map(|incident| (incident.id, Arc::new(incident))));
        if is_older {
            break;
        }
    }
    all.extend(live.into_iter().map(|incident| (incident.id, incident)));
    Ok(all.into_values().collect())
}

/// What of these people did something about, or found useful.
pub fn attended(state: &State, incidents: &[Arc<Incident>], now: Timestamp) -> Vec<Attended> {
    let votes = state.accounts().flat_map(|account| account.votes.iter());
    let useful: BTreeSet<IncidentId> = votes
        .filter(|vote| vote.useful)
        .map(|vote| vote.incident)
        .collect();
    let mut all = Vec::new();
    for incident in incidents {
        let counts = incident.acted || useful.contains(&incident.id);
        if !counts || incident.drill.is_some() {
            continue;
        }
        let (from, to) = (incident.started_at, incident.closed_at.unwrap_or(now));
        let attended = |what: What| Attended { what, from, to };
        let known = state.members(incident.id);
        all.extend(known.map(|alert| attended(What::Alert(alert.identity.clone()))));
        match incident.is_of_many() && !incident.rule.is_empty() {
            true => all.push(attended(What::Rule(Arc::clone(&incident.rule)))),
            false => all.push(attended(What::Group(incident.group.clone()))),
        }
    }
    all
}
