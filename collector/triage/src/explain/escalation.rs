//! Words who was told because nobody works on it, who is told next, and whose turn it is on call.

use crate::decide::next_told;
use crate::{Incident, Ladder, Reason};

use super::Explain;

impl Explain<'_> {
    /// A line of the timeline about telling people; empty for every other.
    pub(super) fn of_escalation(&self, reason: &Reason) -> String {
        match reason {
            Reason::Escalated {
                ladder,
                policy,
                step,
                told,
                nobody,
                late_ms,
            } => escalated(*ladder, (policy, *step), (told, nobody), *late_ms),
            Reason::EscalationWaits { until } => format!(
                "Whoever is told next does not work now, and it is not urgent enough to wake anybody: it waits until {}, unless it has cleared.",
                self.at(*until)
            ),
            Reason::PingPong { teams, leads } => {
                let told = match leads.as_slice() {
                    [] => "no lead is named who could be told".to_owned(),
                    leads => format!("their leads are told by {}", leads.join(", ")),
                };
                format!(
                    "Teams hand it to each other ({}): {told}.",
                    teams.join(", ")
                )
            }
            Reason::OnCallTaken {
                by,
                schedule,
                person,
                from,
                until,
                why,
            } => {
                let says = match by == person {
                    true => String::new(),
                    false => format!(", says {by}"),
                };
                let why = match why.as_str() {
                    "" => String::new(),
                    why => format!(": {why}"),
                };
                let (from, until) = (self.at(*from), self.at(*until));
                format!("{person} is on call by {schedule} from {from} until {until}{says}{why}.")
            }
            Reason::OnCallOver { schedule, person } => {
                format!("{person} no longer has the turn of {schedule} that was taken.")
            }
            _ => String::new(),
        }
    }

    /// Who is told next if nobody does anything.
    pub(super) fn told_next(&self, incident: &Incident) -> Option<String> {
        let next = next_told(self.state, self.policy, incident)?;
        let (at, who) = (self.at(next.at), next.who);
        Some(format!("Unless somebody takes it, told at {at}: {who}."))
    }
}

fn escalated(
    ladder: Ladder,
    (policy, step): (&str, u32),
    (told, nobody): (&[String], &[String]),
    late_ms: u64,
) -> String {
    let led_nowhere = match nobody {
        [] => String::new(),
        nobody => format!(
            " There was no way to tell {}, so the next was.",
            nobody.join("; ")
        ),
    };
    let late = match late_ms / 1_000 {
        0 => String::new(),
        seconds => format!(" That was {seconds} s late."),
    };
    let by = format!("step {step} of {policy:?}, {}", ladder.as_str());
    match told {
        [] => format!("Nobody works on it, and there is nobody to tell ({by}).{late}"),
        told => format!(
            "Nobody works on it: told {} ({by}).{led_nowhere}{late}",
            told.join(", ")
        ),
    }
}
