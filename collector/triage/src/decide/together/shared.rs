//! Decides what is said of many alerts as one: how many, which was first, how the site stands.
//!
//! In: an incident about many. Out: its title and facts, bounded whatever its size; [`common`] adds
//! what they share and others do not. Asked only when something is told.

use std::collections::BTreeSet;

use vedette_wire::Class;

use crate::{Alert, Begun, Host, Impact, Incident, SiteFacts, TogetherFacts, TogetherOf, limits};

use super::super::draft::Draft;
use super::common::{self, Common};

/// The line an incident about many is known by here; whoever tells it adds times and what is shared.
pub(in super::super) fn title(
    draft: &Draft<'_>,
    incident: &Incident,
    of: &TogetherOf,
    front: &Alert,
) -> String {
    let leader = draft.alert(incident.leader).unwrap_or(front);
    title_of(of, places(draft, incident), front, leader)
}

/// On how many places it fires now; one more than counted means more than that.
fn places(draft: &Draft<'_>, incident: &Incident) -> u32 {
    let all = [Impact::High, Impact::Medium, Impact::Low];
    let places = all
        .into_iter()
        .flat_map(|impact| draft.places(incident.id, impact));
    let counted = places.take(limits::SERVERS_COUNTED_MAX + 1).count();
    match counted > limits::SERVERS_COUNTED_MAX {
        // Mostly one alert each.
        true => incident.firing,
        false => u32::try_from(counted).unwrap_or(u32::MAX),
    }
}

pub(super) fn title_of(of: &TogetherOf, places: u32, front: &Alert, first: &Alert) -> String {
    let hosts = match places {
        1 => "1 host".to_owned(),
        many => format!("{many} hosts"),
    };
    let (first, first_title) = (named(first), &first.about.title);
    match of {
        TogetherOf::SameRule { .. } => {
            format!("{hosts}: {} (first: {first})", front.about.title)
        }
        TogetherOf::Silence => format!("{hosts} silent (first: {first})"),
        TogetherOf::Storm => {
            format!("Storm on {hosts} (first: {first}: {first_title})")
        }
    }
}

/// Where it is, as people call it.
pub(super) fn named(alert: &Alert) -> &str {
    let host = alert.about.labels.get("host");
    host.or_else(|| alert.identity.named_place())
        .unwrap_or_else(|| alert.identity.place())
}

/// What there is to tell of many as one.
pub(in super::super) fn facts(draft: &Draft<'_>, incident: &Incident) -> Option<TogetherFacts> {
    let together = incident.together.as_ref()?;
    let first = draft.alert(incident.leader);
    let firing: Vec<&Alert> = draft
        .firing(incident.id)
        .take(limits::COMPARED_MAX)
        .collect();
    let others = others(draft, &firing);
    let site = others.as_deref();
    let site = site.and_then(|others| site_of_all(draft, &firing, others));
    // Whoever says nothing may be hit as well.
    let well = others.map(|others| {
        let here = others.into_iter().filter(|host| host.is_here());
        here.collect::<Vec<&Host>>()
    });
    let well = well.unwrap_or_default();
    let shared = Common::of(draft, &firing, &well);
    Some(TogetherFacts {
        of: together.of.clone(),
        places: places(draft, incident),
        first: first.map(|first| (named(first).to_owned(), first.starts_at)),
        common: shared.told(),
        changes: common::changes(draft, &firing, &well),
        others: shared.sentence(&together.of),
        site,
    })
}

/// The hosts none of whose alerts is among these; none if there are too many to look at.
fn others<'d>(draft: &'d Draft<'_>, firing: &[&Alert]) -> Option<Vec<&'d Host>> {
    let hosts = draft.state.hosts();
    if hosts.len() > limits::COMPARED_MAX || firing.len() >= limits::COMPARED_MAX {
        return None;
    }
    let places: BTreeSet<&str> = firing.iter().map(|alert| alert.identity.place()).collect();
    let others = hosts.filter(|host| !places.contains(host.id.as_str()));
    Some(others.map(|host| &**host).collect())
}

/// How the site stands at which all of it is, if it is on more than one place.
fn site_of_all(draft: &Draft<'_>, firing: &[&Alert], others: &[&Host]) -> Option<SiteFacts> {
    let site_of = |alert: &Alert| alert.about.labels.get("site").map(str::to_owned);
    let front = firing.first()?;
    let name = site_of(front)?;
    let place = front.identity.place();
    if firing.iter().all(|alert| alert.identity.place() == place) {
        return None;
    }
    if !firing
        .iter()
        .all(|alert| site_of(alert).as_ref() == Some(&name))
    {
        return None;
    }
    let is_server = |host: &Host| host.facts.class == Class::Server;
    let first = firing.first().and_then(|alert| alert.begun.as_ref());
    // Workstations say nothing of a site that has anything else.
    let are_workstations = first.is_some_and(Begun::is_of_workstation);
    let expected = others
        .iter()
        .filter(|host| host.away.is_none() && (are_workstations || is_server(host)));
    let mut well = 0;
    let mut sites: BTreeSet<String> = BTreeSet::new();
    let mut not_well: BTreeSet<String> = BTreeSet::new();
    for host in expected {
        let labels = common::labels(draft, host);
        let Some(at) = labels.get("site").filter(|site| !site.is_empty()) else {
            continue;
        };
        match host.silent_since {
            None if at == name => well += 1,
            None => drop(sites.insert(at.to_owned())),
            Some(_) if at != name && is_server(host) => drop(not_well.insert(at.to_owned())),
            Some(_) => {}
        }
    }
    Some(SiteFacts {
        name,
        well,
        sites_well: u32::try_from(sites.difference(&not_well).count()).unwrap_or(u32::MAX),
    })
}
