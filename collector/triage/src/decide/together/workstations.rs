//! Decides whether workstations that fall silent are a site that went dark: alone they are only
//! watched, for they sleep, travel and are switched off.
//!
//! In: a workstation's silence that begins. Out: the incident it belongs to, if its site has
//! nothing else that would say so, people work, and four of five of those seen five minutes before
//! fell silent without a goodbye. Each of them stays what it is: those that are the rest in the end
//! are only watched again.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use vedette_wire::Class;

use crate::{
    Alert, AlertId, Begun, Handling, Host, Labels, Suppression, Timestamp, enriched, limits,
};

use super::super::draft::Draft;
use super::super::route::Destination;
use super::super::suppress;
use super::{Founding, Home, kind, known, takes_in, threshold};

/// The site is dark when so many of a hundred fell silent ...
const SILENT_PERCENT: usize = 80;
/// ... of those that were seen so long before the first of them did.
const SEEN_BEFORE: Duration = Duration::from_secs(5 * 60);

/// The incident about a whole site that a watched silence belongs to. Marks it in any case with
/// what it counts for.
pub(in super::super) fn home(
    draft: &Draft<'_>,
    alert: &mut Alert,
    destination: &Destination<'_>,
) -> Option<Home> {
    alert.begun = begun(draft, alert, destination);
    let begun = alert.begun.as_ref()?;
    let former = alert.incident.and_then(|id| draft.incident(id));
    if let Some(former) = former.filter(|former| !former.phase.is_over()) {
        return Some(Home::Member(former.id));
    }
    if !is_free(draft, alert) {
        return None;
    }
    if let Some(incident) = known(draft, begun).filter(|known| takes_in(draft, known, begun)) {
        return Some(Home::Member(incident.id));
    }
    let (needed, within) = threshold(draft, begun)?;
    let since = draft.now.before(within);
    let counted: Vec<&Alert> = draft
        .state
        .begun_alike(&begun.team, &begun.what, since)
        .take(limits::COMPARED_MAX)
        .filter_map(|other| draft.alert(other.id))
        .filter(|other| other.is_firing() && other.incident.is_none() && is_free(draft, other))
        .collect();
    let all = counted.iter().copied().chain([&*alert]);
    let silent: BTreeSet<&str> = all.map(|alert| alert.identity.place()).collect();
    // Where nobody says when people work, an office that empties in the evening is no fault.
    let working = &draft.policy.working;
    let is_working = !working.0.is_empty() && working.is_working(draft.now);
    let is_many = silent.len() >= needed && is_working;
    let others: Vec<AlertId> = counted.iter().rev().map(|other| other.id).collect();
    (is_many && is_dark(draft, begun, &silent)).then(|| {
        Home::Founds(Founding {
            begun: begun.clone(),
            others,
        })
    })
}

fn begun(draft: &Draft<'_>, alert: &Alert, destination: &Destination<'_>) -> Option<Begun> {
    let labels = &alert.about.labels;
    let is_ours = alert.drill.is_none() && super::is_silence(alert);
    let is_counted = draft.policy.rollup.sources.contains(&kind(draft, alert));
    let is_workstation = labels.get("class") == Some(Class::Workstation.as_str());
    let site = labels.get("site").filter(|site| !site.is_empty())?;
    (is_ours && is_counted && is_workstation).then(|| Begun {
        at: draft.now,
        team: Arc::from(destination.team.name.as_str()),
        what: Arc::from(format!("{}{site}", Begun::WORKSTATIONS)),
    })
}

fn is_free(draft: &Draft<'_>, alert: &Alert) -> bool {
    match suppress::of_alert(draft, alert) {
        None | Some(Suppression::Gathering { .. }) => true,
        Some(_) => false,
    }
}

/// What the alerts of a dark site are worth.
pub(in super::super) fn destination<'p>(of: &Destination<'p>) -> Destination<'p> {
    Destination {
        route: of.route,
        team: of.team,
        policy: of.policy,
        timers: of.timers,
        handling: Handling::Ticket,
    }
}

/// Whether nearly all that were there are gone, and nothing else is there.
fn is_dark(draft: &Draft<'_>, begun: &Begun, silent: &BTreeSet<&str>) -> bool {
    let Some(site) = begun.what.strip_prefix(Begun::WORKSTATIONS) else {
        return false;
    };
    let policy = draft.policy;
    let is_at_site = |labels: &Labels| labels.get("site") == Some(site);
    let mut devices = policy.topology.places();
    let has_device = devices.any(|place| place.kind != "host" && is_at_site(&place.labels));
    if has_device || draft.state.hosts().len() > limits::COMPARED_MAX {
        return false;
    }
    let there: Vec<&Host> = draft
        .state
        .hosts()
        .map(|host| &**host)
        .filter(|host| {
            let (labels, name) = (host.labels(), host.facts.name.as_str());
            let known = enriched(&policy.topology, &policy.enrichments, Some(name), &labels);
            is_at_site(&known)
        })
        .collect();
    if there.iter().any(|host| host.facts.class == Class::Server) {
        return false;
    }
    let first = there
        .iter()
        .filter(|host| silent.contains(host.id.as_str()));
    let first = first.filter_map(|host| host.silent_since).min();
    let before = first.unwrap_or(draft.now).before(SEEN_BEFORE);
    let was_seen = |host: &&&Host| {
        let since = |at: Timestamp| at >= before;
        host.away.is_none() && host.silent_since.is_none_or(since)
    };
    let seen = there.iter().filter(was_seen).count();
    silent.len() * 100 >= seen * SILENT_PERCENT
}
