//! Decides where an alert goes: route, owner team, receivers, and what it is worth.
//!
//! In: what describes the alert, and the policy. Out: a [`Destination`]. Asked when an
//! alert joins or worsens, never afterwards (invariant 9). Knows nothing of incidents.

use crate::{
    About, Alert, Drill, Handling, Incident, Labels, Policy, Route, Severity, Team, TicketTo,
    Timers,
};

/// The rule by which the collector says that one of its receivers takes nothing. Who that is stands
/// in the label `receiver`.
pub const RECEIVER_DOWN: &str = "collector-receiver-down";

/// Where an alert goes.
pub(super) struct Destination<'p> {
    /// None for the implicit route to the owner team.
    pub(super) route: Option<&'p Route>,
    pub(super) team: &'p Team,
    pub(super) timers: &'p Timers,
    pub(super) handling: Handling,
    pub(super) policy: &'p Policy,
}

impl<'p> Destination<'p> {
    /// Of an alert so described.
    pub(super) fn of(
        policy: &'p Policy,
        about: &About,
        severity: Severity,
        drill: Option<Drill>,
    ) -> Destination<'p> {
        let route = policy
            .routes
            .iter()
            .find(|route| route.matchers.match_all(&about.labels));
        let worth = route.and_then(|route| route.handling).or(about.handling);
        let by_severity = match severity {
            Severity::Info => Handling::Watch,
            Severity::Warning | Severity::Critical => Handling::Ticket,
        };
        let handling = worth.unwrap_or(by_severity);
        Destination {
            route,
            team: team(policy, route, &about.labels),
            timers: route.map_or(&policy.timers, |route| &route.timers),
            policy,
            // A drill is there to show a ticket, whatever the real fault would be worth.
            handling: match drill {
                Some(_) => handling.max(Handling::Ticket),
                None => handling,
            },
        }
    }

    /// Of an alert as it is.
    pub(super) fn of_alert(policy: &'p Policy, alert: &Alert) -> Destination<'p> {
        Destination::of(policy, &alert.about, alert.severity, alert.drill)
    }

    /// The route's name; empty for the implicit one.
    pub(super) fn route_name(&self) -> &'p str {
        self.route.map_or("", |route| &route.name)
    }

    /// The receivers of an alert that goes here, the ticket's first, each once. That a receiver takes
    /// nothing is told by the others; where it is the only one of these, by any.
    pub(super) fn receivers_of(&self, alert: &Alert) -> Vec<&'p str> {
        let mut receivers = self.receivers(alert.drill);
        let down = match alert.identity.rule() {
            Some(RECEIVER_DOWN) => alert.about.labels.get("receiver"),
            Some(_) | None => None,
        };
        let Some(down) = down else { return receivers };
        receivers.retain(|name| *name != down);
        let tickets = self
            .policy
            .teams
            .iter()
            .filter_map(|team| team.ticket.as_deref());
        let page = self.team.page.iter().map(String::as_str);
        let any = self.policy.receivers.keys().map(String::as_str);
        let mut others = tickets.chain(page).chain(any).filter(|name| *name != down);
        if let (true, Some(other)) = (receivers.is_empty(), others.next()) {
            receivers.push(other);
        }
        receivers
    }

    fn receivers(&self, drill: Option<Drill>) -> Vec<&'p str> {
        let ticket = match self.route.map(|route| &route.ticket) {
            Some(TicketTo::Receiver(name)) => Some(name.as_str()),
            Some(TicketTo::Team) | None => self.team.ticket.as_deref(),
        };
        let notify = self.route.map_or(&[][..], |route| &route.notify);
        let page = match self.handling {
            Handling::Page => &self.team.page[..],
            Handling::Watch | Handling::Digest | Handling::Ticket => &[],
        };
        let others = match drill {
            Some(Drill::Quiet) => None,
            Some(Drill::Paging) | None => Some(notify.iter().chain(page)),
        };
        let mut receivers: Vec<&str> = ticket.into_iter().collect();
        for other in others.into_iter().flatten() {
            if !receivers.contains(&other.as_str()) {
                receivers.push(other);
            }
        }
        receivers
    }
}

fn team<'p>(policy: &'p Policy, route: Option<&Route>, labels: &Labels) -> &'p Team {
    let named = route.and_then(|route| route.team.as_deref());
    let of_route = named.and_then(|name| policy.teams.iter().find(|team| team.name == name));
    of_route.unwrap_or_else(|| policy.owner(labels))
}

/// The timers of an incident: those of its route, or of the implicit one if that is gone.
pub(super) fn timers<'p>(policy: &'p Policy, incident: &Incident) -> &'p Timers {
    policy
        .routes
        .iter()
        .find(|route| route.name == incident.route)
        .map_or(&policy.timers, |route| &route.timers)
}
