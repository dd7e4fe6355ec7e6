//! Decides when many alerts are one thing, and which incident takes them.
//!
//! In: an alert that begins, or an incident that is about to be told. Out: the incident it belongs
//! to instead, if many like it began at about the same time. Never across owner teams (one thing that
//! many hosts see fail is its owner's, see [`concern`]); drills and
//! shadows stand alone. [`gather`] makes such an incident, [`rest`] ends it, [`shared`] says what it
//! is and [`common`] what its members have in common, [`storm`] takes what is too much for anybody,
//! [`workstations`] are a site where it has nothing else. What others hold back (a failed parent, a
//! silence) is not counted and not taken: it opens nothing anyway.

mod common;
mod gather;
mod rest;
mod shared;
mod storm;
pub(super) mod workstations;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::detect::On;
use crate::{
    Alert, AlertId, Begun, GroupKey, Handling, Incident, IncidentId, Kind, Labels, Phase, Policy,
    Reason, Source, Suppression, Timestamp, Together, TogetherOf, limits,
};

use super::draft::Draft;
use super::group::is_shadow;
use super::route::Destination;
use super::{concern, group, join, route, suppress};
pub(super) use rest::{go_home, look, watch};
pub(super) use shared::{facts, title};

/// The rule that says that a host is silent.
pub(super) const HOST_SILENT: &str = "host-silent";
/// The metric of checks.
const CHECK_STATE: &str = "agent.check.state";
/// Attributes that name what somebody set up or installed to do something.
const THINGS: [&str; 3] = ["check", "job", "unit"];

/// Where an alert belongs that is one of many.
pub(super) enum Home {
    /// To this incident, which is about many already.
    Member(IncidentId),
    /// To one that is made of it and others.
    Founds(Founding),
}

/// What an incident about many is made of.
pub(super) struct Founding {
    /// What they count as together.
    begun: Begun,
    /// The others, the first first.
    others: Vec<AlertId>,
}

/// Marks an alert that begins with what it counts for.
pub(super) fn stamp(draft: &Draft<'_>, alert: &mut Alert, destination: &Destination<'_>) {
    alert.begun = None;
    let policy = draft.policy;
    if alert.drill.is_some() || is_shadow(policy, alert) {
        return;
    }
    let is_rolled_up = policy.rollup.sources.contains(&kind(draft, alert));
    if destination.handling < Handling::Ticket || !is_rolled_up {
        return;
    }
    let what = match is_silence(alert) {
        true => Arc::from(Begun::SILENCE),
        false => Arc::from(TogetherOf::same(name(alert), thing(policy, alert))),
    };
    let team = concern::destination(policy, alert, destination).team;
    let team = Arc::from(team.name.as_str());
    let begun = Begun {
        at: draft.now,
        team,
        what,
    };
    alert.begun = Some(draft.state.shared(begun));
}

fn kind(draft: &Draft<'_>, alert: &Alert) -> Kind {
    let Some(rule) = alert.identity.rule() else {
        return Kind::Alertmanager;
    };
    let rule = draft.policy.detection.get(rule);
    match rule.map(|rule| &rule.on) {
        Some(On::Metric(metric)) if &**metric == CHECK_STATE => Kind::Checks,
        Some(On::Metric(_) | On::Event(_) | On::Host) | None => Kind::Rules,
    }
}

/// A host that says nothing, or a device that answers nobody who can look.
fn is_silence(alert: &Alert) -> bool {
    let entity = alert.identity.entity();
    let is_device = entity.is_some_and(|entity| entity.device().is_some());
    alert.identity.rule() == Some(HOST_SILENT) || (is_device && alert.is_liveness())
}

/// Marks an alert anew that says by now that its device is down, or that somebody reaches it again.
pub(super) fn stamp_anew(
    draft: &Draft<'_>,
    (before, alert): (&Alert, &mut Alert),
    destination: &Destination<'_>,
) {
    if alert.begun.is_some() && is_silence(before) != is_silence(alert) {
        stamp(draft, alert, destination);
    }
}

fn name(alert: &Alert) -> &str {
    match alert.identity.source {
        Source::Rules => alert.identity.rule().unwrap_or(""),
        Source::Alertmanager => alert.about.labels.get("alertname").unwrap_or(""),
    }
}

/// What the rule is about, where that is one of many things: different checks that fail are not one
/// failure. A disk or a mount point is where it fails, not what.
fn thing<'a>(policy: &Policy, alert: &'a Alert) -> Option<&'a str> {
    let named = || {
        let mut names = THINGS.into_iter();
        names.find_map(|name| alert.identity.labels.get(name))
    };
    match alert.identity.source {
        Source::Rules => concern::thing(policy, alert).or_else(named),
        Source::Alertmanager => None,
    }
}

/// The incident of many that an alert belongs to, which `counts` from then on.
pub(super) fn home(
    draft: &Draft<'_>,
    alert: &Alert,
    destination: &Destination<'_>,
    counts: Timestamp,
) -> Option<Home> {
    let begun = alert.begun.as_ref()?;
    if !is_free(draft, alert, destination) {
        return None;
    }
    let needed = threshold(draft, begun).map(|(needed, _)| needed);
    if needed.is_some()
        && let Some(incident) = known(draft, begun).filter(|known| takes_in(draft, known, begun))
    {
        return Some(Home::Member(incident.id));
    }
    let joins = would_join(draft, alert, destination);
    if !joins && let Some(storm) = storm::takes(draft, alert, begun) {
        return Some(Home::Member(storm));
    }
    let others = needed.and_then(|needed| others(draft, alert, begun, counts, needed));
    let founding = others.map(|others| Founding {
        begun: begun.clone(),
        others,
    });
    let in_storm = || match joins {
        true => None,
        false => storm::begins(draft, alert, begun),
    };
    let founding = founding.or_else(in_storm);
    founding.map(Home::Founds)
}

/// Whether it makes no ticket of its own anyway: that is no storm.
fn would_join(draft: &Draft<'_>, alert: &Alert, destination: &Destination<'_>) -> bool {
    let group = group::key(draft.policy, alert, destination);
    let newest = draft.newest_of(&group);
    newest.is_some_and(|newest| {
        let is_other = alert.incident != Some(newest.id);
        is_other && !newest.phase.is_over() && join::is_joinable(draft, newest)
    })
}

/// Whether more of the same may still join (invariant 11). What began slowly goes on slowly: as long
/// as it took until the last of them began, so long is waited for the next.
fn takes_in(draft: &Draft<'_>, incident: &Incident, begun: &Begun) -> bool {
    let timers = route::timers(draft.policy, incident);
    let within = threshold(draft, begun).map_or(timers.join_gap, |(_, within)| within);
    let took = match begun.is_silence() {
        true => Duration::ZERO,
        false => incident.joined_at.since(incident.started_at),
    };
    let gap = within.max(timers.join_gap).max(took);
    !incident.phase.is_over()
        && draft.now <= incident.joined_at.after(gap)
        && draft.now <= incident.started_at.after(timers.join_at_most)
}

/// On how many places, within which time.
fn threshold(draft: &Draft<'_>, begun: &Begun) -> Option<(usize, Duration)> {
    let rollup = &draft.policy.rollup;
    let (places, within) = match begun.is_silence() {
        true => (rollup.mass_entities, rollup.mass_within),
        false => (rollup.same_rule_hosts, rollup.same_rule_within),
    };
    let places = usize::try_from(places).unwrap_or(usize::MAX);
    (places > 0).then_some((places, within))
}

/// From when on alerts like this count.
pub(super) fn counts_from(draft: &Draft<'_>, alert: &Alert) -> Timestamp {
    let within = alert
        .begun
        .as_ref()
        .and_then(|begun| threshold(draft, begun));
    within.map_or(draft.now, |(_, within)| draft.now.before(within))
}

/// The newest incident about many of these.
fn known<'d>(draft: &'d Draft<'_>, begun: &Begun) -> Option<&'d Incident> {
    draft.newest_of(&key(begun))
}

/// The group of an incident about many.
fn key(begun: &Begun) -> GroupKey {
    let pairs = [("@together", &*begun.what), ("@team", &*begun.team)];
    let labels: Labels = pairs.into_iter().collect();
    GroupKey(Arc::from(labels.to_string()))
}

/// What makes these one, of which one is the first.
fn of(policy: &Policy, begun: &Begun, first: &Alert) -> TogetherOf {
    match &*begun.what {
        _ if begun.is_silence() => TogetherOf::Silence,
        Begun::STORM => TogetherOf::Storm,
        _ => TogetherOf::SameRule {
            rule: Arc::from(name(first)),
            thing: thing(policy, first).map(Arc::from),
        },
    }
}

/// Whether nothing keeps it from opening but what it waits for here. In a collector that only
/// observes, what would be one ticket is shown as one.
fn is_free(draft: &Draft<'_>, alert: &Alert, destination: &Destination<'_>) -> bool {
    match suppress::of_reopening(draft, alert, destination) {
        None | Some(Suppression::Gathering { .. } | Suppression::Observe { .. }) => true,
        Some(_) => false,
    }
}

/// The others like it, if with it they are on so many places.
fn others(
    draft: &Draft<'_>,
    alert: &Alert,
    begun: &Begun,
    counts: Timestamp,
    needed: usize,
) -> Option<Vec<AlertId>> {
    let like = |since| draft.state.begun_alike(&begun.team, &begun.what, since);
    // Most of what begins is alone: that is seen without asking what holds the others.
    let places: BTreeSet<&str> = like(counts)
        .take(limits::TOGETHER_LOOKED_AT_MAX)
        .map(|other| other.identity.place())
        .chain([alert.identity.place()])
        .collect();
    if places.len() < needed {
        return None;
    }
    let recent = draft.now.before(threshold(draft, begun)?.1);
    let counted: Vec<&Alert> = like(counts)
        .take(limits::TOGETHER_LOOKED_AT_MAX)
        .filter_map(|other| draft.alert(other.id))
        .filter(|other| other.id != alert.id && counts_with(draft, other, recent))
        .collect();
    let places: BTreeSet<&str> = counted
        .iter()
        .map(|other| other.identity.place())
        .chain([alert.identity.place()])
        .collect();
    // Where the policy makes them one ticket already there is nothing to gain.
    let incidents: BTreeSet<Option<IncidentId>> =
        counted.iter().map(|other| other.incident).collect();
    let is_let_go = |other: &&&Alert| {
        let incident = other.incident.and_then(|id| draft.incident(id));
        incident.is_some_and(storm::is_letting_go)
    };
    let are_apart = incidents.len() > 1 || counted.iter().any(|other| is_let_go(&other));
    let is_many = places.len() >= needed && are_apart;
    is_many.then(|| {
        let earlier = earlier(draft, (alert, begun), &counted);
        let all = earlier.iter().rev().chain(counted.iter().rev());
        all.map(|other| other.id).collect()
    })
}

/// Those before the ones that made it many, the newest first: what began slowly on one place after
/// the other is one as well, if none of them is longer before the next than many may be apart, or
/// than those after it are.
fn earlier<'d>(
    draft: &'d Draft<'_>,
    (alert, begun): (&Alert, &Begun),
    counted: &[&Alert],
) -> Vec<&'d Alert> {
    let known: BTreeSet<AlertId> = counted.iter().map(|other| other.id).collect();
    let begins = counted.iter().filter_map(|other| other.begun.as_ref());
    let (Some(mut first), Some((_, within))) =
        (begins.map(|begun| begun.at).min(), threshold(draft, begun))
    else {
        return Vec::new();
    };
    let like = draft
        .state
        .begun_alike(&begun.team, &begun.what, Timestamp::MIN);
    let mut found = Vec::new();
    for other in like
        .take(limits::TOGETHER_LOOKED_AT_MAX)
        .filter_map(|other| draft.alert(other.id))
    {
        let Some(at) = other.begun.as_ref().map(|begun| begun.at) else {
            continue;
        };
        if at.after(within.max(draft.now.since(first))) < first {
            break;
        }
        let is_new = other.id != alert.id && !known.contains(&other.id);
        if is_new && counts_with(draft, other, Timestamp::MIN) {
            first = first.min(at);
            found.push(other);
        }
    }
    found
}

/// Whether another is one of them: it fires, it began lately or nobody was told of it yet, and
/// nothing else holds it.
fn counts_with(draft: &Draft<'_>, other: &Alert, recent: Timestamp) -> bool {
    let Some(begun) = other.begun.as_ref().filter(|_| other.is_firing()) else {
        return false;
    };
    let incident = other.incident.and_then(|id| draft.incident(id));
    let Some(incident) = incident.filter(|incident| !incident.phase.is_over()) else {
        return false;
    };
    let is_untold = incident.phase == Phase::Pending && incident.opened_at.is_none();
    let destination = Destination::of_alert(draft.policy, other);
    let is_let_go = storm::is_letting_go(incident);
    (incident.together.is_none() || is_let_go)
        && incident.report.is_none()
        && incident.list.is_none()
        && (*incident.team == *begun.team || concern::thing(draft.policy, other).is_some())
        && (begun.at >= recent || is_untold || is_let_go)
        && is_free(draft, other, &destination)
}

/// Gives an alert that begins to the incident of many it belongs to.
pub(super) fn enter(
    draft: &mut Draft<'_>,
    home: Home,
    alert: Alert,
    (destination, reason): (&Destination<'_>, Reason),
) {
    match home {
        Home::Member(id) => {
            if let Some(incident) = draft.incident(id).cloned() {
                join::join(draft, incident, alert, (destination, reason));
            }
        }
        Home::Founds(founding) => gather::around(draft, alert, founding, (destination, reason)),
    }
}

/// Remembers of a joiner what its incident is told apart by.
pub(super) fn remember(together: &mut Together, alert: &Alert) {
    if let Some(storm) = &mut together.storm {
        storm::remember(storm, alert);
    }
}

/// Asked when people are about to be told of an incident, or what was told says now that something
/// has failed itself: whether they are told of many instead.
/// What is about one of many leaves it; the rest of it goes on.
pub(super) fn instead(draft: &mut Draft<'_>, incident: &mut Incident) {
    if incident.is_of_many() || incident.drill.is_some() {
        return;
    }
    let was_held = match incident.suppressed.as_deref() {
        None | Some(Suppression::Gathering { .. }) => false,
        Some(_) => true,
    };
    let members: Vec<AlertId> = draft
        .firing(incident.id)
        .take(limits::TOGETHER_ASKED_MAX)
        .filter(|alert| alert.begun.is_some())
        .map(|alert| alert.id)
        .collect();
    for id in members {
        // One of them takes those like it along.
        let stays = |alert: &&Alert| alert.incident == Some(incident.id);
        let Some(mut alert) = draft.alert(id).filter(stays).cloned() else {
            continue;
        };
        if was_held && let Some(begun) = &mut alert.begun {
            // It could not be told before: for people it begins now.
            begun.at = draft.now;
            draft.put_alert(alert.clone());
        }
        let counts = match was_held {
            true => Timestamp::MIN,
            false => counts_from(draft, &alert),
        };
        let destination = Destination::of_alert(draft.policy, &alert);
        if let Some(home) = home(draft, &alert, &destination, counts) {
            draft.put_incident(incident.clone());
            gather::instead(draft, &alert, home);
            if let Some(now) = draft.incident(incident.id) {
                incident.clone_from(now);
            }
        }
        if incident.phase.is_over() || incident.firing == 0 {
            return;
        }
    }
}

/// Whether it still waits for others that begin: an entity that fell silent, or anything while so
/// much begins that it may become a storm.
pub(super) fn gathering(draft: &Draft<'_>, alert: &Alert) -> Option<Suppression> {
    let begun = alert.begun.as_ref()?;
    let rollup = &draft.policy.rollup;
    let until = begun.at.after(rollup.mass_window);
    let is_silence = begun.is_silence() && rollup.mass_entities > 0;
    if is_silence && until > draft.now {
        return Some(Suppression::Gathering { until });
    }
    storm::brews(draft, alert, begun)
}
