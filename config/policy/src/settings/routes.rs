//! Reads which alert goes where.
//!
//! In: `[[route]]`, and the timers a route does not set itself. Out: routes in order,
//! with places. Whether teams and receivers exist, and whether a route can be reached,
//! is checked once everything is read.

use vedette_config::{Code, Finding, Reader, Spanned};
use vedette_triage::{Handling, Route, TicketTo, Timers};

use super::timers;
use crate::matchers::{self, Placed};
use crate::name::{spoken_name, unique};

/// Routes of one policy.
const ROUTES_MAX: usize = 500;

/// `[[route]]`: where an alert goes.
#[derive(Debug, Clone)]
pub struct RouteSettings {
    /// Its name, and where it is written.
    pub name: Spanned<String>,
    /// All must hold.
    pub(crate) matchers: Placed,
    /// `team`, or the receiver of the ticket.
    pub ticket: Option<Spanned<String>>,
    /// Who is told as well.
    pub notify: Vec<Spanned<String>>,
    /// What the alert is worth, instead of what its rule says.
    pub handling: Option<Handling>,
    /// The owner team, instead of the alert's.
    pub team: Option<Spanned<String>>,
    /// Timers, those of `[timers]` where the route sets none.
    pub timers: Timers,
}

/// What an alert can be worth, by word.
pub(crate) const HANDLING: [(&str, Handling); 4] = [
    ("page", Handling::Page),
    ("ticket", Handling::Ticket),
    ("digest", Handling::Digest),
    ("watch", Handling::Watch),
];

impl RouteSettings {
    /// As the core knows it.
    pub(crate) fn to_route(&self) -> Route {
        Route {
            name: self.name.value.clone(),
            matchers: matchers::plain(&self.matchers),
            ticket: self.ticket_to(),
            notify: self.notify.iter().map(|name| name.value.clone()).collect(),
            handling: self.handling,
            team: self.team.as_ref().map(|team| team.value.clone()),
            timers: self.timers.clone(),
        }
    }

    /// Who gets the ticket.
    pub(crate) fn ticket_to(&self) -> TicketTo {
        match &self.ticket {
            Some(receiver) if receiver.value != "team" => {
                TicketTo::Receiver(receiver.value.clone())
            }
            Some(_) | None => TicketTo::Team,
        }
    }
}

pub(super) fn read(top: &mut Reader<'_>, timers: &Timers) -> Vec<RouteSettings> {
    let mut names = Vec::new();
    let routes: Vec<RouteSettings> = top
        .tables("route", |table| {
            let name = spoken_name(table, "name");
            if let Some(name) = &name {
                unique(&mut names, name, "route", table.findings());
            }
            let route = RouteSettings {
                matchers: matchers::read(table, "match"),
                ticket: table.optional("ticket"),
                notify: table.or("notify", Vec::new()),
                handling: table.word("handling", &HANDLING).map(|word| word.value),
                team: table.optional("team"),
                timers: timers::of_a_route(table, timers),
                name: name?,
            };
            Some(route)
        })
        .into_iter()
        .flatten()
        .collect();
    if routes.len() > ROUTES_MAX {
        let place = routes[ROUTES_MAX].name.place.clone();
        top.push(
            Finding::error(Code::TooLarge, format!("more than {ROUTES_MAX} routes"))
                .at(&place, "this one is too many")
                .help("match several values at once: 'site=~\"graz|linz\"'"),
        );
    }
    routes
}
