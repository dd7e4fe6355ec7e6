//! Decides which thing an alert is about that hosts only see fail: a name server that does not
//! answer.
//!
//! In: an alert. Out: the thing by name, and who owns it. One host that cannot reach it has a fault
//! of its own; what many see is the thing's, and goes to its owner, whoever owns the hosts. A thing
//! that is listed in the topology may need others, and is explained by their failure. An address
//! that means the host itself is no such thing.

use std::net::IpAddr;

use crate::{Alert, Policy, Team};

use super::route::Destination;

/// The thing an alert is about, where its rule is about such.
pub(super) fn thing<'a>(policy: &Policy, alert: &'a Alert) -> Option<&'a str> {
    let rule = policy.rules.get(alert.identity.rule()?)?;
    let name = alert.identity.labels.get(rule.concerns.as_ref()?)?;
    let is_itself = name
        .parse::<IpAddr>()
        .is_ok_and(|address| address.is_loopback());
    (!is_itself && !name.is_empty()).then_some(name)
}

/// Where an alert goes as one of many that are about the same thing.
pub(super) fn destination<'p>(
    policy: &'p Policy,
    alert: &Alert,
    of: &Destination<'p>,
) -> Destination<'p> {
    let team = match thing(policy, alert) {
        Some(thing) => owner(policy, thing),
        None => of.team,
    };
    Destination {
        policy: of.policy,
        route: of.route,
        team,
        timers: of.timers,
        handling: of.handling,
    }
}

/// Who owns a thing: whoever the topology says, else the first team.
fn owner<'p>(policy: &'p Policy, thing: &str) -> &'p Team {
    let place = policy.topology.place(thing);
    let named = place.and_then(|place| place.labels.get("team"));
    let team = named.and_then(|name| policy.teams.iter().find(|team| team.name == name));
    team.unwrap_or(&policy.teams[0])
}

/// The place whose health decides whether an alert may open: the thing it is about where the
/// topology knows that, else where it was measured.
pub(super) fn placed<'a>(policy: &Policy, alert: &'a Alert) -> Option<&'a str> {
    if alert.drill.is_some() {
        return None;
    }
    let known = thing(policy, alert).filter(|thing| policy.topology.place(thing).is_some());
    known.or_else(|| alert.place())
}
