//! Decides whose word an alert waits for when it begins, and how long.
//!
//! In: an alert, and what its place needs. Out: the groups of which one must be seen, and
//! times: nobody waits longer than it takes to notice that a word will not come.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::{Alert, Host, Source, Timestamp, limits};

use super::super::concern::placed;
use super::super::draft::Draft;
use super::super::place;

/// Shards look for silence this often, and a little later than that.
const SWEEP: Duration = Duration::from_secs(10);
/// Nothing is called silent sooner than this.
const NO_DATA_MIN: Duration = Duration::from_secs(90);
/// So many pauses without a word are silence.
const PAUSES_MISSED: u32 = 3;

/// Which of the places above it came back last.
pub(super) fn back_lately(draft: &Draft<'_>, name: &str) -> Option<(Arc<str>, Timestamp)> {
    let above = above(draft, name).into_iter();
    let back = above.filter_map(|place| Some((place::came_back(draft, &place)?, place)));
    back.max().map(|(at, place)| (place, at))
}

/// Everything a place needs, through others or not, without itself.
fn above(draft: &Draft<'_>, name: &str) -> BTreeSet<Arc<str>> {
    let topology = &draft.policy.topology;
    let mut found: BTreeSet<Arc<str>> = BTreeSet::new();
    let mut next = vec![name.to_owned()];
    while let Some(place) = next.pop() {
        let parents = topology
            .place(&place)
            .map_or(&[][..], |place| &place.parents);
        for parent in parents.iter().flat_map(|group| &group.0) {
            let has_room = found.len() < limits::PLACES_LOOKED_AT_MAX && parent != name;
            if has_room && found.insert(Arc::from(parent.as_str())) {
                next.push(parent.clone());
            }
        }
    }
    found
}

/// The groups of which one place must be seen. Where nobody looks at any of a group, what these
/// need is asked for instead.
pub(super) fn unseen(draft: &Draft<'_>, alert: &Alert, name: &str) -> Vec<Vec<Arc<str>>> {
    let topology = &draft.policy.topology;
    // What it measures itself it cannot tell without being seen.
    let itself = draft.host_named(name).filter(|host| {
        !alert.is_liveness() && alert.identity.measured_by().as_ref() == Some(&host.id)
    });
    let mut groups: Vec<Vec<Arc<str>>> = Vec::new();
    let mut room = limits::PLACES_AWAITED_MAX;
    let mut known: BTreeSet<String> = BTreeSet::from([name.to_owned()]);
    let mut next = vec![name.to_owned()];
    while let Some(place) = next.pop() {
        for group in topology
            .place(&place)
            .map_or(&[][..], |place| &place.parents)
        {
            let is_looked_at = |name: &&String| is_looked_at(draft, name);
            let seen = group.0.iter().filter(is_looked_at);
            let mut names: Vec<Arc<str>> = seen.map(|name| Arc::from(name.as_str())).collect();
            if names.is_empty() {
                let unknown = group.0.iter().filter(|name| known.insert((*name).clone()));
                next.extend(unknown.take(limits::PLACES_LOOKED_AT_MAX).cloned());
                continue;
            }
            names.extend(itself.map(|_| Arc::from(name)));
            if names.len() <= room && !groups.contains(&names) {
                room -= names.len();
                groups.push(names);
            }
        }
    }
    groups
}

/// Whether anybody would hear of it: its own agent, or one that looks at it.
fn is_looked_at(draft: &Draft<'_>, name: &str) -> bool {
    let is_here = |host: &&Host| host.away.is_none();
    draft.host_named(name).is_some() || draft.lookers(name).iter().any(is_here)
}

/// The pause between two words about a place.
fn pause(draft: &Draft<'_>, name: &str) -> Option<Duration> {
    let of_host = draft.host_named(name).map(|host| host.interval_s);
    let lookers = draft.lookers(name);
    let looks = lookers.iter().flat_map(|host| host.looks_at(name));
    let of_looks = looks.map(|look| look.every_s).min_by(f64::total_cmp);
    let seconds = of_host.or(of_looks)?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// How long it takes until the silence of a place is noticed.
pub(super) fn no_data(draft: &Draft<'_>, name: &str) -> Duration {
    let pause = pause(draft, name).unwrap_or_default();
    NO_DATA_MIN.max(pause * PAUSES_MISSED) + pause + SWEEP
}

/// How long a place has to come back after what it needs. One that a machine which has just booted
/// must start, or serve, has as long as a machine may take to reboot.
pub(super) fn grace(draft: &Draft<'_>, alert: &Alert, needed: &str) -> Duration {
    let pause = placed(draft.policy, alert).and_then(|name| pause(draft, name));
    let grace = pause.unwrap_or_default() * 2;
    let grace = grace.clamp(limits::GRACE_MIN, limits::AWAITED_AT_MOST);
    let has_booted = draft
        .host_named(needed)
        .is_some_and(|host| host.booted_at.is_some() && host.booted_at >= host.back_at);
    match has_booted && alert.is_liveness() {
        true => grace.max(draft.policy.reboot_grace),
        false => grace,
    }
}

/// How long is waited after the grace until an alert is said anew.
pub(super) fn word_within(draft: &Draft<'_>, alert: &Alert) -> Duration {
    match alert.identity.source {
        // Later it would be over by itself.
        Source::Alertmanager => draft.policy.resolve_timeout,
        Source::Rules => match placed(draft.policy, alert) {
            Some(name) => no_data(draft, name).min(limits::AWAITED_AT_MOST),
            None => Duration::ZERO,
        },
    }
}
