//! Says who is on call, and who is told when nobody does anything.
//!
//! In: a loaded policy. Out: lines; the usual policy is described as any other.

use std::fmt::{self, Write as _};

use jiff::tz::TimeZone;
use vedette_config::duration;
use vedette_triage::{Escalation, Hours, Repeat, Shift, Step, Target, Timestamp, Wakes, When};

use crate::calendar::local;
use crate::load::Loaded;

/// Turns that are told of a schedule.
const TURNS_SHOWN: usize = 3;

pub(super) fn write(out: &mut String, loaded: &Loaded) -> fmt::Result {
    schedules(out, loaded)?;
    let escalations = &loaded.policy.oncall.escalations;
    let settings = &loaded.settings;
    let is_woken = settings.teams.iter().any(|team| !team.page.is_empty());
    let is_reached = settings
        .people
        .iter()
        .any(|person| !person.contact.is_empty());
    if settings.escalations.is_empty() && !is_woken && !is_reached {
        // The usual policy would tell nobody.
        return Ok(());
    }
    writeln!(out, "When nobody does anything")?;
    for policy in escalations {
        writeln!(out, "  {}", policy_line(policy))?;
        for step in &policy.steps {
            writeln!(out, "     {}", step_line(step))?;
        }
        match policy.repeat {
            Repeat::Every(pause) => {
                let pause = duration::show(pause);
                writeln!(out, "     then the last again every {pause}")?;
            }
            Repeat::AsReminders => {
                writeln!(out, "     then the last again as `remind_every` says")?
            }
            Repeat::Never => {}
        }
    }
    writeln!(out)
}

fn schedules(out: &mut String, loaded: &Loaded) -> fmt::Result {
    let settings = &loaded.settings.schedules;
    if settings.is_empty() {
        return Ok(());
    }
    writeln!(out, "On call")?;
    let site = loaded.settings.time_zone();
    for written in settings {
        let name = &written.name.value;
        let Some(schedule) = loaded.policy.oncall.schedules.get(name) else {
            continue;
        };
        let zone = written.zone.as_ref().unwrap_or(&site);
        let team = match &schedule.team {
            Some(team) => format!(" of team {team}"),
            None => String::new(),
        };
        let turns = schedule.shifts.iter().skip_while(|shift| {
            schedule.known.is_some_and(|known| {
                // What is known begins two days before today.
                shift.when.ends_at
                    <= known
                        .starts_at
                        .after(std::time::Duration::from_secs(2 * 86_400))
            })
        });
        let turns: Vec<String> = turns
            .take(TURNS_SHOWN)
            .map(|shift| turn(shift, zone))
            .collect();
        let turns = match turns.as_slice() {
            [] => "nobody".to_owned(),
            turns => turns.join(", then "),
        };
        writeln!(out, "  {name}{team}: {turns}")?;
    }
    writeln!(out)
}

fn turn(shift: &Shift, zone: &TimeZone) -> String {
    let shown = |at: Timestamp| {
        let shown = local(at, zone).map(|at| at.strftime("%Y-%m-%d %H:%M").to_string());
        shown.unwrap_or_default()
    };
    format!("{} until {}", shift.person, shown(shift.when.ends_at))
}

fn policy_line(policy: &Escalation) -> String {
    let teams = match policy.teams.as_slice() {
        [] => String::new(),
        teams => format!(" of {}", teams.join(", ")),
    };
    let urgency = match policy.urgency {
        Wakes::Always => "",
        Wakes::InHours => "; waits for working hours",
        Wakes::ByWorth => "; waits for working hours unless it is P1 or worth a page",
    };
    let name = &policy.name;
    let (ladder, what) = (policy.ladder.as_str(), when(&policy.when));
    format!("{name} ({ladder}): {what}{teams}{urgency}")
}

fn when(when: &When) -> String {
    let mut words = match when.priorities.as_slice() {
        [] => "everything".to_owned(),
        priorities => {
            let names: Vec<&str> = priorities.iter().map(|one| one.as_str()).collect();
            names.join(", ")
        }
    };
    if !when.matchers.0.is_empty() {
        let _ = write!(words, " with {}", when.matchers);
    }
    words.push_str(match when.hours {
        Hours::Any => "",
        Hours::Working => " in working hours",
        Hours::Outside => " outside working hours",
    });
    words
}

fn step_line(step: &Step) -> String {
    let after = match step.after.is_zero() {
        true => "now".to_owned(),
        false => format!("after {}", duration::show(step.after)),
    };
    let only = match step.when == When::default() {
        true => String::new(),
        false => format!(", for {} only", when(&step.when)),
    };
    let tells: Vec<String> = step.tells.iter().map(target).collect();
    format!("{after}: {}{only}", tells.join(", "))
}

fn target(target: &Target) -> String {
    match target {
        Target::Receiver(name) => format!("receiver {name}"),
        Target::Person(name) => name.clone(),
        Target::Schedule(name) => format!("whoever is on call by {name}"),
        Target::Team(None) => "the owner team".to_owned(),
        Target::Team(Some(team)) => format!("team {team}"),
        Target::Everybody(None) => "all of the owner team".to_owned(),
        Target::Everybody(Some(team)) => format!("all of team {team}"),
    }
}
