//! Decides whether a place can be seen: available, failed, or irrelevant because it is down on
//! purpose.
//!
//! In: the name of a host or device. Out: its health, and what it lacks of what it needs.
//! A redundancy group lacks when none of its members is available; it has failed when one of
//! them has (invariant 12). Whoever needs something that lacks has failed with it. Looks only
//! at the places above, never at all of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use vedette_wire::Goodbye;

use crate::{EntityId, Standing, Timestamp, limits};

use super::draft::Draft;

/// Whether a place can be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Health {
    /// As far as anybody knows.
    Available,
    /// It has failed, or something above it has.
    Failed(Lack),
    /// It is down on purpose, or everything above it is: neither available nor failed.
    Irrelevant(Lack),
}

/// What keeps a place from being seen: the nearest places at fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lack {
    /// By name; never empty, at most [`limits::PLACES_AWAITED_MAX`].
    pub(super) places: Vec<Arc<str>>,
    /// Since when the last of them is.
    pub(super) since: Timestamp,
    /// All of them are down on purpose.
    pub(super) on_purpose: bool,
    /// When something between proves not to need them, if it is seen till then.
    pub(super) until: Option<Timestamp>,
}

/// How a place is.
pub(super) fn health(draft: &Draft<'_>, name: &str) -> Health {
    Looking::at(draft).health(name, 0)
}

/// What a place lacks of what it needs to be seen; nothing if all of that is available.
pub(super) fn lacks(draft: &Draft<'_>, name: &str) -> Option<Lack> {
    let mut looking = Looking::at(draft);
    // Nothing lacks itself.
    looking.known.insert(name.to_owned(), Health::Available);
    looking.lacks(name, 0)
}

/// Since when a place is seen without a break, if it is: its host reports, or its device answers
/// somebody.
pub(super) fn seen_since(draft: &Draft<'_>, name: &str) -> Option<Timestamp> {
    if !draft.alerts_at(name, Standing::Failed).is_empty() {
        return None;
    }
    if let Some(host) = draft.host_named(name) {
        return host
            .is_here()
            .then(|| host.back_at.unwrap_or(Timestamp::MIN));
    }
    let looked_at = draft.lookers(name).iter().any(|host| host.is_here());
    let is_well = draft.alerts_at(name, Standing::View).is_empty();
    let back_at = || came_back(draft, name).unwrap_or(Timestamp::MIN);
    (looked_at && is_well).then(back_at)
}

/// When a place last came back, as far as that is remembered.
pub(super) fn came_back(draft: &Draft<'_>, name: &str) -> Option<Timestamp> {
    let over = draft.alerts_at(name, Standing::Recovered);
    let over = over.into_iter().filter_map(|alert| match alert.state {
        crate::AlertState::Resolved { at, .. } => Some(at),
        crate::AlertState::Firing => None,
    });
    let host = draft.host_named(name).and_then(|host| host.back_at);
    over.chain(host).max()
}

/// One look at a place and at what is above it; each place is looked at once.
struct Looking<'d, 'a> {
    draft: &'d Draft<'a>,
    known: BTreeMap<String, Health>,
}

impl<'d, 'a> Looking<'d, 'a> {
    fn at(draft: &'d Draft<'a>) -> Looking<'d, 'a> {
        Looking {
            draft,
            known: BTreeMap::new(),
        }
    }

    fn health(&mut self, name: &str, depth: usize) -> Health {
        if let Some(known) = self.known.get(name) {
            return known.clone();
        }
        if depth >= limits::ANCESTORS_MAX || self.known.len() >= limits::PLACES_LOOKED_AT_MAX {
            return Health::Available;
        }
        // Circles are refused where the files are read; one that is there all the same ends here.
        self.known.insert(name.to_owned(), Health::Available);
        let health = self
            .own(name)
            .unwrap_or_else(|| self.inherited(name, depth));
        self.known.insert(name.to_owned(), health.clone());
        health
    }

    /// What is said of the place itself.
    fn own(&self, name: &str) -> Option<Health> {
        let draft = self.draft;
        let failed = draft.alerts_at(name, Standing::Failed);
        let host = draft.host_named(name);
        let away = host.and_then(|host| host.away.as_ref());
        let away = away.filter(|away| match away.reason {
            Goodbye::Reboot | Goodbye::PowerOff | Goodbye::Suspend => true,
            // The machine goes on.
            Goodbye::AgentStop | Goodbye::AgentUpgrade => false,
        });
        // The alert of another host that claims the name says nothing of this one.
        let failed = failed.iter().filter(|alert| {
            let entity = alert.identity.entity();
            let of_host = entity.and_then(|id| draft.host(&id));
            of_host.is_none_or(|of_host| host.is_some_and(|host| host.id == of_host.id))
        });
        let failed = failed.map(|alert| alert.starts_at).min();
        let since = failed.or(away.map(|away| away.since))?;
        let on_purpose = failed.is_none() || is_planned(draft, name);
        let lack = Lack {
            places: vec![Arc::from(name)],
            since,
            on_purpose,
            until: None,
        };
        Some(match on_purpose {
            true => Health::Irrelevant(lack),
            false => Health::Failed(lack),
        })
    }

    /// What follows for it from what is above it. A place that is seen for long enough all the
    /// same does not need that.
    fn inherited(&mut self, name: &str, depth: usize) -> Health {
        let Some(mut lack) = self.lacks(name, depth) else {
            return Health::Available;
        };
        let proven = |since: Timestamp| since.max(lack.since).after(limits::PROOF_OF_LIFE);
        let proven = seen_since(self.draft, name).map(proven);
        if proven.is_some_and(|at| at <= self.draft.now) {
            return Health::Available;
        }
        lack.until = lack.until.into_iter().chain(proven).min();
        match lack.on_purpose {
            true => Health::Irrelevant(lack),
            false => Health::Failed(lack),
        }
    }

    /// The first group that lacks, one that has failed before one that is down on purpose.
    fn lacks(&mut self, name: &str, depth: usize) -> Option<Lack> {
        let topology = Arc::clone(&self.draft.policy.topology);
        let mut on_purpose = None;
        for group in &topology.place(name)?.parents {
            match self.group(&group.0, depth) {
                Some(lack) if lack.on_purpose => on_purpose = on_purpose.or(Some(lack)),
                Some(lack) => return Some(lack),
                None => {}
            }
        }
        on_purpose
    }

    /// What a redundancy group lacks: nothing while one of its members is available.
    fn group(&mut self, members: &[String], depth: usize) -> Option<Lack> {
        let mut all: Option<Lack> = None;
        for member in members {
            let lack = match self.health(member, depth + 1) {
                Health::Available => return None,
                Health::Failed(lack) | Health::Irrelevant(lack) => lack,
            };
            all = Some(match all {
                None => lack,
                Some(all) => all.and(lack),
            });
        }
        all
    }
}

impl Lack {
    fn and(mut self, other: Lack) -> Lack {
        for place in other.places {
            let has_room = self.places.len() < limits::PLACES_AWAITED_MAX;
            if has_room && !self.places.contains(&place) {
                self.places.push(place);
            }
        }
        self.since = self.since.max(other.since);
        self.on_purpose &= other.on_purpose;
        self.until = self.until.into_iter().chain(other.until).min();
        self
    }
}

/// Whether planned work on a place goes on now: root holds it, or a window lasts for it.
fn is_planned(draft: &Draft<'_>, name: &str) -> bool {
    let host = draft.host_named(name).map(|host| host.id.clone());
    let entity = host.unwrap_or_else(|| EntityId::of_device(name));
    draft.state.is_planned(draft.policy, draft.now, &entity)
}
