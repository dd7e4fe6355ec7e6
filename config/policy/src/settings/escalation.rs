//! Reads who is told when nobody does anything.
//!
//! In: `[[escalation]]` with its steps. Out: policies in order, with the places of what they name;
//! whether that exists is checked once everything is read.

use std::ops::RangeInclusive;
use std::time::Duration;

use vedette_config::{Code, Finding, Reader, Spanned, quoted};
use vedette_triage::{Escalation, Hours, Ladder, Priority, Repeat, Step, Target, Wakes, When};

use super::oncall::too_many;
use super::span::{Allowed, Span, span};
use crate::matchers::{self, Placed};
use crate::name::{spoken_name, unique};

/// Policies of one file.
const ESCALATIONS_MAX: usize = 200;
/// Steps of one policy.
const STEPS_MAX: usize = 20;
/// Names under one key of a step.
const TOLD_MAX: usize = 50;
const AFTER: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(30 * 86_400);
/// Telling the same people more often than this is noise.
const REPEAT: RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(7 * 86_400);
/// Stands for the team that owns the incident.
const OWNER: &str = "owner";

const LADDERS: [(&str, Ladder); 2] = [
    ("functional", Ladder::Functional),
    ("hierarchical", Ladder::Hierarchical),
];
const HOURS: [(&str, Hours); 3] = [
    ("any", Hours::Any),
    ("working", Hours::Working),
    ("outside", Hours::Outside),
];
const URGENCY: [(&str, Wakes); 3] = [
    ("high", Wakes::Always),
    ("low", Wakes::InHours),
    ("by-worth", Wakes::ByWorth),
];

/// `[[escalation]]`: who is told when nobody does anything.
#[derive(Debug, Clone)]
pub struct EscalationSettings {
    /// Its name, and where it is written.
    pub name: Spanned<String>,
    /// Of which owner teams.
    pub(crate) teams: Vec<Spanned<String>>,
    pub(crate) matchers: Placed,
    pub(crate) steps: Vec<StepSettings>,
    /// As the core knows it.
    pub(crate) policy: Escalation,
}

/// What a step names.
#[derive(Debug, Clone)]
pub(crate) struct StepSettings {
    pub(crate) matchers: Placed,
    pub(crate) receivers: Vec<Spanned<String>>,
    pub(crate) people: Vec<Spanned<String>>,
    pub(crate) schedules: Vec<Spanned<String>>,
    /// Those of `everybody` as well, without the owner team.
    pub(crate) teams: Vec<Spanned<String>>,
    step: Step,
}

pub(super) fn read(top: &mut Reader<'_>) -> Vec<EscalationSettings> {
    let mut names = Vec::new();
    let policies: Vec<EscalationSettings> = top
        .tables("escalation", |table| {
            let name = spoken_name(table, "name");
            if let Some(name) = &name {
                unique(&mut names, name, "escalation", table.findings());
            }
            escalation(table, name)
        })
        .into_iter()
        .flatten()
        .collect();
    let surplus = policies.get(ESCALATIONS_MAX).map(|one| &one.name);
    too_many(top, surplus, (ESCALATIONS_MAX, "escalation policies"));
    policies
}

fn escalation(table: &mut Reader<'_>, name: Option<Spanned<String>>) -> Option<EscalationSettings> {
    let ladder = table.word("ladder", &LADDERS);
    let teams: Vec<Spanned<String>> = table.or("teams", Vec::new());
    let (when, matchers) = when(table);
    let urgency = table.word("urgency", &URGENCY);
    let repeat = repeat(table);
    let steps = table.tables("step", step);
    let steps: Vec<StepSettings> = steps.into_iter().flatten().collect();
    let place = table.place().clone();
    if !table.has("step") {
        let finding = Finding::error(Code::MissingKey, "this policy has no step");
        table.push(
            finding
                .at(&place, "nobody is told by it")
                .help("add [[escalation.step]] with after = \"15m\" and teams = [\"owner\"]"),
        );
    }
    let name = name?;
    if steps.len() > STEPS_MAX {
        too_many(table, Some(&name), (STEPS_MAX, "steps"));
    }
    let is_later = |pair: &[StepSettings]| pair[0].step.after > pair[1].step.after;
    if steps.windows(2).any(is_later) {
        let finding = Finding::error(Code::BadValue, "its steps go back in time");
        table.push(
            finding
                .at(&name.place, "")
                .help("`after` counts from the beginning of the incident, for every step"),
        );
    }
    let policy = Escalation {
        name: name.value.clone(),
        ladder: ladder.map_or(Ladder::Functional, |word| word.value),
        teams: teams.iter().map(|team| team.value.clone()).collect(),
        when,
        urgency: urgency.map_or(Wakes::ByWorth, |word| word.value),
        steps: steps.iter().map(|step| step.step.clone()).collect(),
        repeat,
    };
    Some(EscalationSettings {
        name,
        teams,
        matchers,
        steps,
        policy,
    })
}

/// Without a word: as often as people are reminded of what is so urgent.
fn repeat(table: &mut Reader<'_>) -> Repeat {
    let allowed = Allowed {
        never: true,
        ..Allowed::within(REPEAT)
    };
    match span(table, "repeat", &allowed) {
        Some(Span::For(pause)) => Repeat::Every(pause),
        Some(Span::Never) => Repeat::Never,
        // Refused above, or not there.
        Some(Span::Intervals(_) | Span::WorkingDays(_)) | None => Repeat::AsReminders,
    }
}

fn step(table: &mut Reader<'_>) -> Option<StepSettings> {
    let after = table.within("after", AFTER);
    let after_is_missing = !table.has("after");
    let (when, matchers) = when(table);
    let mut names = |key| -> Vec<Spanned<String>> {
        let names: Vec<Spanned<String>> = table.or(key, Vec::new());
        too_many(table, names.get(TOLD_MAX), (TOLD_MAX, "names"));
        names
    };
    let receivers = names("receivers");
    let people = names("people");
    let schedules = names("schedules");
    let teams = names("teams");
    let everybody = names("everybody");
    let plain = |names: &[Spanned<String>], target: fn(String) -> Target| -> Vec<Target> {
        names
            .iter()
            .map(|name| target(name.value.clone()))
            .collect()
    };
    let of_team = |name: &Spanned<String>| (name.value != OWNER).then(|| name.value.clone());
    let tells: Vec<Target> = plain(&receivers, Target::Receiver)
        .into_iter()
        .chain(plain(&people, Target::Person))
        .chain(plain(&schedules, Target::Schedule))
        .chain(teams.iter().map(|team| Target::Team(of_team(team))))
        .chain(
            everybody
                .iter()
                .map(|team| Target::Everybody(of_team(team))),
        )
        .collect();
    if tells.is_empty() {
        let place = table.place().clone();
        let finding = Finding::error(Code::NobodyTold, "this step tells nobody");
        table.push(finding.at(&place, "").help(
            "add one of receivers, people, schedules, teams (who is on call) or everybody (all of a team), as in teams = [\"owner\"]",
        ));
        return None;
    }
    let named = teams.into_iter().chain(everybody);
    let teams = named.filter(|team| team.value != OWNER).collect();
    Some(StepSettings {
        matchers,
        receivers,
        people,
        schedules,
        teams,
        step: Step {
            after: if after_is_missing {
                Duration::ZERO
            } else {
                after?
            },
            when,
            tells,
        },
    })
}

fn when(table: &mut Reader<'_>) -> (When, Placed) {
    let placed = matchers::read(table, "match");
    let hours = table.word("hours", &HOURS);
    let when = When {
        priorities: priorities(table),
        matchers: matchers::plain(&placed),
        hours: hours.map_or(Hours::Any, |word| word.value),
    };
    (when, placed)
}

fn priorities(table: &mut Reader<'_>) -> Vec<Priority> {
    let words: Vec<Spanned<String>> = table.or("priority", Vec::new());
    let mut priorities = Vec::new();
    for word in words {
        let known = Priority::ALL
            .into_iter()
            .find(|known| known.as_str() == word.value);
        match known {
            Some(priority) => priorities.push(priority),
            None => {
                let message = format!("{} is not a priority", quoted(&word.value));
                let finding = Finding::error(Code::UnknownWord, message);
                table.push(finding.at(&word.place, "").help("they are P1 to P5"));
            }
        }
    }
    priorities
}
