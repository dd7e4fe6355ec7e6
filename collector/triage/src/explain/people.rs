//! Words what people said about an incident.

use crate::{Incident, Reason};

use crate::recurrence::Times;

use super::{Explain, sentence};

/// That a person closed what still fires, and how often within a day that was so.
pub(crate) fn over_person(by: &str, times: u32) -> String {
    match times {
        0 | 1 => format!("{by} closed the ticket, and it still fires."),
        2 => {
            format!("{by} closed the ticket, and it still fires, for the second time within a day.")
        }
        times => format!("{by} closed the ticket, and it still fires; {times} times within a day."),
    }
}

/// Times before that are named.
const TIMES_TOLD_MAX: usize = 4;

impl Explain<'_> {
    /// A line of the timeline that a person caused, or that ended what a person said; empty for
    /// every other.
    pub(super) fn said_by_people(&self, reason: &Reason) -> String {
        match reason {
            Reason::Assigned {
                by,
                to,
                from_team,
                team,
                why,
            } => assigned((by, to.as_deref()), (from_team, team), why),
            Reason::Waits {
                by,
                waits_for,
                until,
            } => format!(
                "{by} waits for {waits_for}, until {} at the latest.",
                self.at(*until)
            ),
            Reason::WaitEnded { why } => match why.as_str() {
                "over" => "Nobody waits any more: the time is up.".into(),
                "worse" => "Nobody waits any more: it became worse.".into(),
                "clear" => "Nobody waits any more: all its alerts are clear.".into(),
                "taken" => "Nobody waits any more: somebody works on it.".into(),
                why => format!("Nobody waits any more: {why}."),
            },
            Reason::Judged { by, useful: true } => format!("{by} says that it was useful."),
            Reason::Judged { by, useful: false } => format!("{by} says that it was noise."),
            Reason::PrioritySet { by, to, why } => {
                format!("{by} says that it is {to}: {why}.")
            }
            Reason::PriorityFreed { why } if why == "worse" => {
                "It became worse, so its priority is what is computed again.".into()
            }
            Reason::PriorityFreed { why } => {
                format!("Its priority is what is computed again, says {why}.")
            }
            _ => String::new(),
        }
    }

    /// How urgent it is, and by which inputs.
    pub(super) fn urgent(&self, incident: &Incident) -> String {
        let why = &incident.priority_why;
        let by_itself = format!(
            "impact {} ({}) by urgency {} ({})",
            sentence::impact(why.impact),
            why.impact_from,
            sentence::urgency(why.urgency),
            why.urgency_from
        );
        let priority = incident.priority;
        match &incident.set_priority {
            None if why.raised.is_empty() => format!("It is {priority}: {by_itself}."),
            None => format!("It is {priority}: {by_itself}; {}.", why.raised),
            Some(set) => format!(
                "It is {priority}, says {} since {}: {}. It stays so until it is worse; by itself it has {by_itself}.",
                set.by,
                self.at(set.at),
                set.why
            ),
        }
    }

    /// How often it was so before; nothing for the first time.
    pub(super) fn times(&self, incident: &Incident) -> Option<String> {
        let began = incident.opened_at.unwrap_or(incident.started_at);
        let times = Times::of(&incident.openings, began)?;
        let before = incident.openings.iter().rev().take(TIMES_TOLD_MAX);
        let before: Vec<String> = before.map(|at| self.at(*at)).collect();
        let words = times.words();
        Some(format!(
            "It is the {words}; before it began at {}.",
            before.join(", ")
        ))
    }

    /// Who works on it, whose it is, what is waited for, and until when.
    pub(super) fn people(&self, incident: &Incident) -> Vec<String> {
        let works = incident.acknowledged.as_ref().map(|ack| {
            let (by, at, until) = (&ack.by, self.at(ack.at), self.at(ack.until));
            format!("{by} works on it since {at}, until {until} without a further sign of life.")
        });
        let has = incident.assigned.as_ref().map(|assigned| {
            let (to, at) = (&assigned.to, self.at(assigned.at));
            match assigned.by == assigned.to {
                true => format!("{to} took it at {at}."),
                false => format!("It is {to}'s since {at}, by {}.", assigned.by),
            }
        });
        let waits = incident.waiting.as_ref().map(|waiting| {
            format!(
                "{} waits for {} since {}, until {} at the latest, or until it is worse; nobody is reminded meanwhile.",
                waiting.by,
                waiting.waits_for,
                self.at(waiting.at),
                self.at(waiting.until)
            )
        });
        [works, has, waits].into_iter().flatten().collect()
    }
}

fn assigned((by, to): (&str, Option<&str>), (from, team): (&str, &str), why: &str) -> String {
    let whose = match to {
        Some(to) if to == by => format!("{by} took it"),
        Some(to) => format!("{by} gave it to {to}"),
        None => format!("{by} gave it to team {team}"),
    };
    let moved = match (from == team, to) {
        (true, _) | (false, None) => String::new(),
        (false, Some(_)) => format!(" of team {team}"),
    };
    let before = match from == team {
        true => String::new(),
        false => format!("; team {from} owned it before"),
    };
    let why = match why {
        "" => String::new(),
        why => format!(": {why}"),
    };
    format!("{whose}{moved}{before}{why}.")
}
