//! Joins schedules, people and escalation policies into what the core knows of who is told.
//!
//! In: settings that were read, holidays, the day. Out: the core's [`OnCall`], and what is wrong:
//! names that nobody has, people whom nothing reaches, times at which nobody is on call or one
//! person twice. Knows nothing of incidents.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use vedette_config::{Code, Finding, Findings, Spanned, quoted};
use vedette_triage::{Contact, Escalation, Interval, Ladder, OnCall, Schedule, Timestamp};

use crate::calendar::{Calendar, local, shifts, working};
use crate::name::unknown;
use crate::settings::{EscalationSettings, Person, Settings};

/// What the core knows of who is told.
pub(crate) fn read(
    settings: &Settings,
    holidays: &BTreeSet<Date>,
    calendar: &Calendar,
    findings: &mut Findings,
) -> OnCall {
    let schedules: BTreeMap<String, Schedule> = settings
        .schedules
        .iter()
        .map(|one| (one.name.value.clone(), shifts::expanded(one, calendar)))
        .collect();
    gaps(settings, &schedules, calendar, findings);
    doubles(settings, &schedules, calendar, findings);
    let contact = |person: &Person| Contact {
        receivers: person
            .contact
            .iter()
            .map(|name| name.value.clone())
            .collect(),
        working: Arc::new(work_of(person, settings, holidays, calendar)),
    };
    let people = settings.people.iter();
    OnCall {
        schedules,
        escalations: escalations(&settings.escalations),
        contacts: people
            .map(|person| (person.name.clone(), contact(person)))
            .collect(),
    }
}

/// The usual one climbs the functional ladder where no other is written for it.
fn escalations(written: &[EscalationSettings]) -> Vec<Escalation> {
    let policies = written.iter().map(|one| one.policy.clone());
    let is_functional = |policy: &Escalation| policy.ladder == Ladder::Functional;
    match policies.clone().any(|policy| is_functional(&policy)) {
        true => policies.collect(),
        false => policies.chain(Escalation::usual()).collect(),
    }
}

/// Everybody works the hours of the site, where they are.
fn work_of(
    person: &Person,
    settings: &Settings,
    holidays: &BTreeSet<Date>,
    calendar: &Calendar,
) -> vedette_triage::WorkingTime {
    let zone = person.zone.as_ref().unwrap_or(&calendar.zone).clone();
    let there = Calendar {
        today: calendar.today,
        zone,
        owners: BTreeSet::new(),
    };
    working::intervals(settings.site.hours.as_ref(), holidays, &there)
}

/// That everything exists which schedules, policies and people name.
pub(crate) fn check(settings: &Settings, findings: &mut Findings) {
    let names = Names::of(settings);
    for schedule in &settings.schedules {
        names.team(schedule.team.as_ref(), findings);
        let in_turn = schedule.layers.iter().flat_map(|layer| &layer.people);
        let instead = schedule.overrides.iter().map(|one| &one.person);
        for person in in_turn.chain(instead) {
            names.person(person, findings);
        }
    }
    for policy in &settings.escalations {
        names.teams(&policy.teams, findings);
        for step in &policy.steps {
            names.teams(&step.teams, findings);
            for name in &step.receivers {
                names.check("receiver", &names.receivers, name, findings);
            }
            for name in &step.schedules {
                names.check("schedule", &names.schedules, name, findings);
            }
            for name in &step.people {
                names.person(name, findings);
            }
        }
    }
    for name in settings.people.iter().flat_map(|person| &person.contact) {
        names.check("receiver", &names.receivers, name, findings);
    }
    reached(settings, findings);
}

/// What there is to be named.
struct Names<'a> {
    receivers: Vec<&'a str>,
    teams: Vec<&'a str>,
    people: Vec<&'a str>,
    schedules: Vec<&'a str>,
}

impl<'a> Names<'a> {
    fn of(settings: &'a Settings) -> Names<'a> {
        let receivers = settings.receivers.iter().map(|one| one.name.value.as_str());
        let schedules = settings.schedules.iter().map(|one| one.name.value.as_str());
        Names {
            receivers: receivers.collect(),
            schedules: schedules.collect(),
            teams: settings
                .teams
                .iter()
                .map(|team| team.name.as_str())
                .collect(),
            people: settings
                .people
                .iter()
                .map(|one| one.name.as_str())
                .collect(),
        }
    }

    fn check(&self, kind: &str, known: &[&str], name: &Spanned<String>, findings: &mut Findings) {
        if !known.contains(&name.value.as_str()) {
            findings.push(unknown(
                kind,
                &name.value,
                &name.place,
                known.iter().copied(),
            ));
        }
    }

    fn person(&self, name: &Spanned<String>, findings: &mut Findings) {
        self.check("person", &self.people, name, findings);
    }

    fn team(&self, name: Option<&Spanned<String>>, findings: &mut Findings) {
        if let Some(name) = name {
            self.check("team", &self.teams, name, findings);
        }
    }

    fn teams(&self, names: &[Spanned<String>], findings: &mut Findings) {
        for name in names {
            self.team(Some(name), findings);
        }
    }
}

/// Whoever is to be told by name needs a receiver that does it; said once of each person.
fn reached(settings: &Settings, findings: &mut Findings) {
    let in_turn = settings.schedules.iter().flat_map(|schedule| {
        let layers = schedule.layers.iter().flat_map(|layer| &layer.people);
        layers.chain(schedule.overrides.iter().map(|one| &one.person))
    });
    let policies = settings.escalations.iter();
    let in_steps = policies.flat_map(|policy| policy.steps.iter().flat_map(|step| &step.people));
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for name in in_turn.chain(in_steps) {
        let person = settings.people.iter().find(|one| one.name == name.value);
        let is_reached = person.is_none_or(|person| !person.contact.is_empty());
        if is_reached || !told.insert(&name.value) {
            continue;
        }
        let message = format!("nothing reaches {}, who is to be told", quoted(&name.value));
        findings.push(
            Finding::warning(Code::NobodyTold, message)
                .at(&name.place, "the next in the policy is told instead")
                .help("add contact = [\"...\"] to the [[person]], with the name of a [[receiver]]"),
        );
    }
}

/// Times at which nobody is on call.
fn gaps(
    settings: &Settings,
    schedules: &BTreeMap<String, Schedule>,
    calendar: &Calendar,
    findings: &mut Findings,
) {
    for written in settings.schedules.iter().filter(|one| !one.gaps_ok) {
        let Some(schedule) = schedules.get(&written.name.value) else {
            continue;
        };
        let gaps = schedule.gaps(ahead(calendar));
        let Some(first) = gaps.first() else { continue };
        let zone = written.zone.as_ref().unwrap_or(&calendar.zone);
        let message = match gaps.len() {
            1 => format!("nobody is on call from {}", span(first, zone)),
            more => format!(
                "nobody is on call {more} times in the next weeks, first from {}",
                span(first, zone)
            ),
        };
        findings.push(
            Finding::warning(Code::ScheduleGap, message)
                .at(&written.name.place, "the next in the policy is told then")
                .help("add a layer below, an override, or gaps = \"ok\" where that is meant so"),
        );
    }
}

/// People who are on call by two schedules at once: whoever is to be told next is the same.
fn doubles(
    settings: &Settings,
    schedules: &BTreeMap<String, Schedule>,
    calendar: &Calendar,
    findings: &mut Findings,
) {
    let ahead = ahead(calendar);
    for (at, one) in settings.schedules.iter().enumerate() {
        for other in &settings.schedules[at + 1..] {
            let known = |name: &str| schedules.get(name);
            let (Some(first), Some(second)) = (known(&one.name.value), known(&other.name.value))
            else {
                continue;
            };
            let doubles = first.doubles(second, ahead);
            let Some(double) = doubles.first() else {
                continue;
            };
            let zone = one.zone.as_ref().unwrap_or(&calendar.zone);
            let times = match doubles.len() {
                1 => String::new(),
                more => format!(" ({more} times in the next weeks)"),
            };
            let message = format!(
                "{} is on call twice from {}{times}",
                double.person,
                span(&double.when, zone)
            );
            findings.push(
                Finding::warning(Code::DoubleBooked, message)
                    .at(&other.name.place, "by this schedule")
                    .at(&one.name.place, "and by this one"),
            );
        }
    }
}

/// From today on, as far as shifts are known.
fn ahead(calendar: &Calendar) -> Interval {
    Interval {
        starts_at: calendar.midnight(),
        ..calendar.reach()
    }
}

fn span(when: &Interval, zone: &TimeZone) -> String {
    let shown = |at: Timestamp| {
        let shown = local(at, zone).map(|at| at.strftime("%Y-%m-%d %H:%M").to_string());
        shown.unwrap_or_default()
    };
    format!("{} to {}", shown(when.starts_at), shown(when.ends_at))
}
