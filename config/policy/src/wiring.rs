//! Checks who gets what: names lead somewhere, routes can be reached, somebody is told.
//!
//! In: settings that were read. Out: findings. Knows nothing of rules.

use vedette_config::{Code, Finding, Findings, Spanned};
use vedette_triage::TicketTo;

use crate::matchers::{contradiction, covers};
use crate::name::unknown;
use crate::oncall;
use crate::settings::{RouteSettings, Settings, TeamSettings};

/// Everything that is wrong between teams, people, receivers and routes.
pub(crate) fn check(settings: &Settings, findings: &mut Findings) {
    names(settings, findings);
    for (at, route) in settings.routes.iter().enumerate() {
        reachable(&settings.routes[..at], route, findings);
    }
    catch_all(&settings.routes, findings);
    told(settings, findings);
    oncall::check(settings, findings);
}

fn names(settings: &Settings, findings: &mut Findings) {
    let receivers: Vec<&str> = settings
        .receivers
        .iter()
        .map(|receiver| receiver.name.value.as_str())
        .collect();
    let teams: Vec<&str> = settings
        .teams
        .iter()
        .map(|team| team.name.as_str())
        .collect();
    let mut check = |kind: &str, known: &[&str], name: &Spanned<String>| {
        if !known.contains(&name.value.as_str()) {
            findings.push(unknown(
                kind,
                &name.value,
                &name.place,
                known.iter().copied(),
            ));
        }
    };
    for team in &settings.teams {
        for name in team.ticket.iter().chain(&team.page).chain(&team.lead) {
            check("receiver", &receivers, name);
        }
    }
    for person in &settings.people {
        check("team", &teams, &person.team);
    }
    let or_team: Vec<&str> = receivers.iter().copied().chain(["team"]).collect();
    for route in &settings.routes {
        for name in &route.notify {
            check("receiver", &receivers, name);
        }
        if let Some(name) = &route.ticket {
            check("receiver", &or_team, name);
        }
        if let Some(name) = &route.team {
            check("team", &teams, name);
        }
    }
}

/// A route that nothing can reach is a mistake of order, or of matchers.
fn reachable(earlier: &[RouteSettings], route: &RouteSettings, findings: &mut Findings) {
    let message = format!("route \"{}\" is never reached", route.name.value);
    let finding = Finding::error(Code::UnreachableRoute, message).at(&route.name.place, "");
    if let Some((first, second)) = contradiction(&route.matchers) {
        findings.push(
            finding
                .at(&first.place, "this")
                .at(&second.place, "and this cannot both hold"),
        );
        return;
    }
    let taker = earlier
        .iter()
        .find(|earlier| covers(&earlier.matchers, &route.matchers));
    if let Some(taker) = taker {
        findings.push(
            finding
                .at(&taker.name.place, "this one takes everything it would")
                .help("put the narrower route first, or remove it"),
        );
    }
}

fn catch_all(routes: &[RouteSettings], findings: &mut Findings) {
    let (Some(last), false) = (
        routes.last(),
        routes.iter().any(|route| route.matchers.is_empty()),
    ) else {
        return;
    };
    findings.push(
        Finding::warning(
            Code::MissingCatchAll,
            "alerts that no route matches go to the owner team",
        )
        .at(&last.name.place, "no route after this one takes the rest")
        .help("to say so yourself, add a last [[route]] without `match`"),
    );
}

/// A team whose tickets lead nowhere, if something could become one.
fn told(settings: &Settings, findings: &mut Findings) {
    for team in &settings.teams {
        let (Some(place), None) = (&team.place, &team.ticket) else {
            continue;
        };
        if gets_tickets(settings, team) {
            let message = format!("nobody is told of the incidents of team \"{}\"", team.name);
            findings.push(
                Finding::warning(Code::NobodyTold, message)
                    .at(place, "it has no receiver for its tickets")
                    .help("add ticket = \"...\" with the name of a [[receiver]]"),
            );
        }
    }
}

fn gets_tickets(settings: &Settings, team: &TeamSettings) -> bool {
    let implicit = !settings
        .routes
        .iter()
        .any(|route| route.matchers.is_empty());
    let routed = settings.routes.iter().any(|route| {
        let owns = route
            .team
            .as_ref()
            .is_none_or(|owner| owner.value == team.name);
        owns && route.ticket_to() == TicketTo::Team
    });
    implicit || routed
}
