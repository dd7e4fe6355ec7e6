//! Reads teams and the people in them.
//!
//! In: `[[team]]`, `[[person]]`. Knows nothing of schedules; whether a receiver or team
//! that is named exists is checked once everything is read.

use jiff::tz::TimeZone;
use vedette_config::{Place, Reader, Spanned};
use vedette_triage::Team;

use super::site::{self, Digests};
use crate::name::{known_name, unique};

/// `[[team]]`: people who own incidents.
#[derive(Debug, Clone)]
pub struct TeamSettings {
    /// Its name.
    pub name: String,
    /// The receiver of its tickets.
    pub ticket: Option<Spanned<String>>,
    /// The receivers that wake somebody.
    pub page: Vec<Spanned<String>>,
    /// The receivers by which its lead is told of what its people close too early, or hand to others
    /// and back.
    pub lead: Vec<Spanned<String>>,
    /// When its digests are; none = as the site's.
    pub digest: Option<Digests>,
    /// Where it is written; none for the team that is there without a file.
    pub(crate) place: Option<Place>,
}

/// `[[person]]`: somebody who takes tickets.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their name.
    pub name: String,
    /// Their team.
    pub team: Spanned<String>,
    /// Their name in the ticket system.
    pub ticket_user: Option<String>,
    /// The receivers that reach them.
    pub contact: Vec<Spanned<String>>,
    /// The zone in which they work the site's hours; none = the site's.
    pub(crate) zone: Option<TimeZone>,
}

impl TeamSettings {
    pub(super) fn named(name: &str) -> TeamSettings {
        TeamSettings {
            name: name.to_owned(),
            ticket: None,
            page: Vec::new(),
            lead: Vec::new(),
            digest: None,
            place: None,
        }
    }

    /// As the core knows it.
    pub(crate) fn to_team(&self) -> Team {
        Team {
            name: self.name.clone(),
            ticket: self.ticket.as_ref().map(|receiver| receiver.value.clone()),
            page: self
                .page
                .iter()
                .map(|receiver| receiver.value.clone())
                .collect(),
        }
    }
}

pub(super) fn teams(top: &mut Reader<'_>) -> Vec<TeamSettings> {
    let mut names = Vec::new();
    let teams = top.tables("team", |table| {
        let name = known_name(table, "name")?;
        unique(&mut names, &name, "team", table.findings());
        Some(TeamSettings {
            name: name.value,
            ticket: table.optional("ticket"),
            page: table.or("page", Vec::new()),
            lead: table.or("lead", Vec::new()),
            digest: site::digests(table),
            place: Some(name.place),
        })
    });
    teams.into_iter().flatten().collect()
}

pub(super) fn people(top: &mut Reader<'_>) -> Vec<Person> {
    let mut names = Vec::new();
    let people = top.tables("person", |table| {
        let name = known_name(table, "name");
        let team = table.required("team");
        let ticket_user = table.optional("ticket_user");
        let contact = table.or("contact", Vec::new());
        let zone = site::zone(table);
        let (name, team) = (name?, team?);
        unique(&mut names, &name, "person", table.findings());
        Some(Person {
            name: name.value,
            team,
            ticket_user,
            contact,
            zone,
        })
    });
    people.into_iter().flatten().collect()
}
