//! Decides what the next step of a climb comes to: whom it tells, or how long it waits, or that there
//! is nobody and the next one is taken instead.
//!
//! In: a policy, how far it was climbed, what the incident is. Out: [`Planned`]. The engine and the
//! simulator ask the same; knows nothing of tickets and deliveries.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::{
    Climb, Escalation, Handling, Hours, Labels, Ladder, Policy, Priority, State, Step, Target,
    Timestamp, Wakes, When, WorkingTime,
};

use super::on_call;

/// What is climbed for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) team: &'a str,
    pub(crate) priority: Priority,
    pub(crate) handling: Handling,
    /// Of its worst alert.
    pub(crate) labels: &'a Labels,
}

/// Somebody a step tells.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Told {
    pub(crate) receiver: String,
    /// For whom; none where the receiver itself was named.
    pub(crate) person: Option<Arc<str>>,
}

/// What the next step comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Planned {
    /// Its conditions do not hold: it is left out.
    LeftOut { step: u32 },
    /// Whoever it tells does not work now, and it is not urgent enough to wake anybody.
    Waits { until: Timestamp },
    /// These are told.
    Tells { step: u32, found: Found },
    /// There is no such policy any more.
    Gone,
}

/// Whom a step found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// In order, each once; empty where nobody can be told at all.
    pub(crate) told: Vec<Told>,
    /// What led to nobody before, in words.
    pub(crate) nobody: Vec<String>,
}

/// The policy of a name.
fn named<'p>(policy: &'p Policy, name: &str) -> Option<&'p Escalation> {
    let mut all = policy.oncall.escalations.iter();
    all.find(|known| known.name == name)
}

/// Whether a policy is for an incident that begins to climb now.
fn is_for(policy: &Policy, escalation: &Escalation, of: Subject<'_>, now: Timestamp) -> bool {
    let teams = &escalation.teams;
    (teams.is_empty() || teams.iter().any(|team| team == of.team))
        && !escalation.steps.is_empty()
        && holds(policy, &escalation.when, of, now)
}

fn holds(policy: &Policy, when: &When, of: Subject<'_>, now: Timestamp) -> bool {
    let is_hour = match when.hours {
        Hours::Any => true,
        Hours::Working => policy.working.is_working(now),
        Hours::Outside => !policy.working.is_working(now),
    };
    let priorities = &when.priorities;
    is_hour
        && (priorities.is_empty() || priorities.contains(&of.priority))
        && when.matchers.match_all(of.labels)
}

/// What the next step of a climb comes to.
pub(crate) fn next(
    (state, policy): (&State, &Policy),
    climb: &Climb,
    of: Subject<'_>,
    now: Timestamp,
) -> Planned {
    let Some(escalation) = named(policy, &climb.policy) else {
        return Planned::Gone;
    };
    let Some(last) = escalation.steps.len().checked_sub(1) else {
        return Planned::Gone;
    };
    let first = usize::try_from(climb.step).unwrap_or(last).min(last);
    if !holds(policy, &escalation.steps[first].when, of, now) {
        return Planned::LeftOut {
            step: number(first),
        };
    }
    let mut nobody = Vec::new();
    for (at, step) in escalation.steps.iter().enumerate().skip(first) {
        // What is taken early because nobody is there has its own conditions.
        if at > first && !holds(policy, &step.when, of, now) {
            continue;
        }
        let told = tells((state, policy), &step.tells, of.team, now);
        if told.is_empty() {
            nobody.push(words((state, policy), step, of.team, now));
            continue;
        }
        return considered(policy, escalation, of, (number(at), told, nobody), now);
    }
    // Never silence: everybody there is, else whoever reads the ticket.
    let everybody = [Target::Everybody(None)];
    let told = tells((state, policy), &everybody, of.team, now);
    considered(policy, escalation, of, (number(last), told, nobody), now)
}

fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Tells them now, or those of them who work, or waits until one does.
fn considered(
    policy: &Policy,
    escalation: &Escalation,
    of: Subject<'_>,
    (step, told, nobody): (u32, Vec<Told>, Vec<String>),
    now: Timestamp,
) -> Planned {
    let wakes = match escalation.urgency {
        Wakes::Always => true,
        Wakes::InHours => false,
        Wakes::ByWorth => of.priority == Priority::P1 || of.handling == Handling::Page,
    };
    if wakes || told.is_empty() {
        return Planned::Tells {
            step,
            found: Found { told, nobody },
        };
    }
    let begins = told
        .iter()
        .filter_map(|one| working(policy, one).begins(now));
    let begins = begins.min();
    let at_work: Vec<Told> = told
        .iter()
        .filter(|one| working(policy, one).is_working(now))
        .cloned()
        .collect();
    match (at_work.is_empty(), begins) {
        (true, Some(until)) => Planned::Waits { until },
        (true, None) => Planned::Tells {
            step,
            found: Found { told, nobody },
        },
        (false, _) => Planned::Tells {
            step,
            found: Found {
                told: at_work,
                nobody,
            },
        },
    }
}

/// When whoever is told works: a person's own hours, else those of the site.
fn working<'p>(policy: &'p Policy, told: &Told) -> &'p WorkingTime {
    let person = told.person.as_ref();
    let contact = person.and_then(|person| policy.oncall.contacts.get(&**person));
    contact.map_or(&policy.working, |contact| &contact.working)
}

/// How a climb stands after its step was taken or left out.
pub(crate) fn advance(
    policy: &Policy,
    climb: &mut Climb,
    (step, was_taken): (u32, bool),
    (remind_every, now): (Option<Duration>, Timestamp),
) {
    let Some(escalation) = named(policy, &climb.policy) else {
        climb.due = None;
        return;
    };
    if was_taken {
        climb.told = climb.told.saturating_add(1);
    }
    let steps = &escalation.steps;
    let at = usize::try_from(step).unwrap_or(steps.len());
    climb.step = step.saturating_add(1);
    climb.due = match (steps.get(at), steps.get(at + 1)) {
        (Some(this), Some(following)) => {
            Some(now.after(following.after.saturating_sub(this.after)))
        }
        (_, None) | (None, _) => match escalation.repeat {
            crate::Repeat::Every(pause) => Some(now.after(pause)),
            crate::Repeat::AsReminders => remind_every.map(|pause| now.after(pause)),
            crate::Repeat::Never => None,
        },
    };
}

/// Whom targets come to: each receiver once for each person, and not by itself as well.
fn tells(
    (state, policy): (&State, &Policy),
    targets: &[Target],
    owner: &str,
    now: Timestamp,
) -> Vec<Told> {
    let mut told = Vec::new();
    for target in targets {
        match target {
            Target::Receiver(name) => add_receiver(policy, &mut told, name),
            Target::Person(name) => add_person(policy, &mut told, name),
            Target::Schedule(name) => {
                if let Some(duty) = on_call(state, policy, name, now) {
                    add_person(policy, &mut told, &duty.person);
                }
            }
            Target::Team(named) => {
                let team = named.as_deref().unwrap_or(owner);
                for (name, schedule) in &policy.oncall.schedules {
                    if schedule.team.as_deref() == Some(team)
                        && let Some(duty) = on_call(state, policy, name, now)
                    {
                        add_person(policy, &mut told, &duty.person);
                    }
                }
                add_page(policy, &mut told, team);
            }
            Target::Everybody(named) => {
                let team = named.as_deref().unwrap_or(owner);
                let people = policy.persons.iter().filter(|(_, of)| *of == team);
                people.for_each(|(name, _)| add_person(policy, &mut told, name));
                add_page(policy, &mut told, team);
            }
        }
    }
    let by_person: BTreeSet<String> = told
        .iter()
        .filter(|one: &&Told| one.person.is_some())
        .map(|one| one.receiver.clone())
        .collect();
    told.retain(|one| one.person.is_some() || !by_person.contains(&one.receiver));
    told
}

fn add(told: &mut Vec<Told>, one: Told) {
    if !told.contains(&one) && told.len() < crate::limits::TOLD_BY_STEP_MAX {
        told.push(one);
    }
}

fn add_receiver(policy: &Policy, told: &mut Vec<Told>, receiver: &str) {
    if policy.receivers.contains_key(receiver) {
        let receiver = receiver.to_owned();
        add(
            told,
            Told {
                receiver,
                person: None,
            },
        );
    }
}

fn add_person(policy: &Policy, told: &mut Vec<Told>, name: &str) {
    let contact = policy.oncall.contacts.get(name);
    let receivers = contact.map_or(&[][..], |contact| &contact.receivers);
    for receiver in receivers {
        if policy.receivers.contains_key(receiver) {
            let (receiver, person) = (receiver.clone(), Some(Arc::from(name)));
            add(told, Told { receiver, person });
        }
    }
}

fn add_page(policy: &Policy, told: &mut Vec<Told>, team: &str) {
    let known = policy.teams.iter().find(|known| known.name == team);
    let page = known.map_or(&[][..], |team| &team.page);
    page.iter()
        .for_each(|receiver| add_receiver(policy, told, receiver));
}

/// Whom a step tells at a moment, in words.
fn words((state, policy): (&State, &Policy), step: &Step, owner: &str, at: Timestamp) -> String {
    let by_schedule = |name: &str| match on_call(state, policy, name, at) {
        Some(duty) => format!("{} (on call by {name})", duty.person),
        None => format!("nobody on call by {name}"),
    };
    let team_on_call = |team: &str| {
        let schedules = policy.oncall.schedules.iter();
        let of_team = schedules.filter(|(_, one)| one.team.as_deref() == Some(team));
        let people = of_team.filter_map(|(name, _)| on_call(state, policy, name, at));
        let people: Vec<String> = people.map(|duty| duty.person.to_string()).collect();
        match people.as_slice() {
            [] => format!("team {team}"),
            people => format!("team {team} ({})", people.join(", ")),
        }
    };
    let words: Vec<String> = step
        .tells
        .iter()
        .map(|target| match target {
            Target::Receiver(name) | Target::Person(name) => name.clone(),
            Target::Schedule(name) => by_schedule(name),
            Target::Team(team) => team_on_call(team.as_deref().unwrap_or(owner)),
            Target::Everybody(team) => {
                format!("all of team {}", team.as_deref().unwrap_or(owner))
            }
        })
        .collect();
    words.join(", ")
}

/// Who is told next on a ladder, in words; none at its end.
pub(crate) fn who_next(
    (state, policy): (&State, &Policy),
    climb: &Climb,
    owner: &str,
) -> Option<(Timestamp, String)> {
    let at = climb.at()?;
    let escalation = named(policy, &climb.policy)?;
    let last = escalation.steps.len().checked_sub(1)?;
    let step = usize::try_from(climb.step).unwrap_or(last).min(last);
    let step = escalation.steps.get(step)?;
    Some((at, words((state, policy), step, owner, at)))
}

/// The beginning of a climb, if any policy of the ladder is for it.
pub(crate) fn begin(
    policy: &Policy,
    ladder: Ladder,
    of: Subject<'_>,
    now: Timestamp,
) -> Option<Climb> {
    let policies = policy.oncall.escalations.iter();
    let mut of_ladder = policies.filter(|one| one.ladder == ladder);
    let chosen = of_ladder.find(|one| is_for(policy, one, of, now))?;
    let first = chosen.steps.first()?;
    Some(Climb {
        ladder,
        policy: Arc::from(chosen.name.as_str()),
        team: Arc::from(of.team),
        priority: of.priority,
        step: 0,
        told: 0,
        due: Some(now.after(first.after)),
        not_before: now,
    })
}
