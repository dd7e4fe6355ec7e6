//! Decides what is new since the last look at a drill, and whether it is over.
//!
//! In: what the collector says of a drill, in order. Out: [`Step`]s, each once, and
//! at last an [`End`]. An incident that this drill reopened has deliveries of an
//! earlier one: what was settled before this drill began is not part of it.
//! Knows nothing of time passing.

use std::collections::BTreeSet;

use crate::api::Time;
use crate::api::v1::shapes::{Delivery, Drill, Incident, Ticket};
use crate::cli::failure::Standing;
use crate::cli::incident::{name_of, titled};
use crate::cli::moment::about;

/// What has happened, in words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) text: String,
    pub(super) is_bad: bool,
}

/// How it ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) standing: Standing,
    /// The whole of it.
    pub(super) sentence: String,
    /// What to write where, line by line.
    pub(super) example: &'static [&'static str],
}

/// What was said already.
#[derive(Debug)]
pub(super) struct Steps {
    /// When this drill began, by the collector's clock.
    began: Time,
    said: BTreeSet<String>,
    /// Whether a receiver gave a delivery up.
    is_refused: bool,
}

const NO_RECEIVER: &str = "Nobody is told: no receiver is configured. Name one in \
     collector.toml; `vedette-collector inbox` is one for trying out:";
const A_RECEIVER: &[&str] = &[
    "[[team]]",
    "name   = \"it-ops\"",
    "ticket = \"desk\"",
    "[[receiver]]",
    "name    = \"desk\"",
    "profile = \"generic\"",
    "url     = \"http://127.0.0.1:9721/\"",
];
const OBSERVES: &str = "Nobody is told: this collector only observes. Set mode = \"live\" \
     under [deliver] in collector.toml.";

impl Steps {
    /// Of a drill that was just sent.
    pub(super) fn new(sent: &Drill) -> Steps {
        Steps {
            began: sent.started_at,
            said: BTreeSet::new(),
            is_refused: false,
        }
    }

    /// What is new.
    pub(super) fn look(&mut self, drill: &Drill) -> Vec<Step> {
        let mut new = Vec::new();
        let Some(incident) = &drill.incident else {
            return new;
        };
        // Seen at once, they are still told in the order in which one leads to the other.
        let (last, first): (Vec<&Delivery>, Vec<&Delivery>) = drill
            .deliveries
            .iter()
            .partition(|delivery| delivery.action == "resolve");
        self.opening(incident, &mut new);
        for delivery in first {
            self.delivery(incident, delivery, &mut new);
        }
        if !drill.firing {
            self.say(&mut new, "the fault is gone".into(), false);
        }
        if !drill.firing && is_over(&incident.phase) {
            let text = format!("incident {} closed", incident.id);
            self.say(&mut new, text, false);
        }
        for delivery in last {
            self.delivery(incident, delivery, &mut new);
        }
        new
    }

    /// Whether it is over, and how.
    pub(super) fn end(&self, drill: &Drill) -> Option<End> {
        let incident = drill.incident.as_ref()?;
        match incident.suppressed.as_deref() {
            Some("no_receiver") => {
                return Some(End {
                    example: A_RECEIVER,
                    ..not_well(NO_RECEIVER)
                });
            }
            Some("observe") => return Some(not_well(OBSERVES)),
            Some(_) | None => {}
        }
        let is_settled = incident
            .tickets
            .iter()
            .all(|ticket| ticket.outstanding == 0);
        let is_over = !drill.firing && is_over(&incident.phase) && is_settled;
        is_over.then(|| self.outcome(incident))
    }

    /// How it stands when nobody watches any longer.
    pub(super) fn given_up(&self, drill: &Drill) -> End {
        let Some(incident) = &drill.incident else {
            return not_well("No incident came of it in time; see `vedette status`.");
        };
        let waits = incident
            .tickets
            .iter()
            .find(|ticket| ticket.outstanding > 0);
        match waits {
            Some(ticket) => not_well(last_answer(drill, ticket)),
            None => not_well(format!(
                "It did not end in time; see `vedette incident explain {}`.",
                incident.id
            )),
        }
    }

    fn opening(&mut self, incident: &Incident, new: &mut Vec<Step>) {
        let (id, title) = (incident.id, titled(incident));
        if let Some(by) = incident.suppressed.as_deref() {
            let by = by.replace('_', " ");
            let text = format!("incident {id} is known, but not told ({by}): {title}");
            self.say(new, text, true);
        } else if incident.opened_at.is_some() {
            let opened = match incident.reopened {
                0 => "opened",
                _ => "opened again",
            };
            self.say(new, format!("incident {id} {opened}: {title}"), false);
        }
    }

    fn delivery(&mut self, incident: &Incident, delivery: &Delivery, new: &mut Vec<Step>) {
        let is_earlier = delivery.standing != "pending" && delivery.at < self.began;
        if is_earlier {
            return;
        }
        let (receiver, answer) = (&delivery.receiver, &delivery.answer);
        let tickets = &incident.tickets;
        let ticket = tickets.iter().find(|ticket| ticket.receiver == *receiver);
        let id = ticket.and_then(|ticket| ticket.id.as_ref());
        let id = id.map_or_else(String::new, |id| format!(" {id}"));
        match (delivery.standing.as_str(), delivery.action.as_str()) {
            ("done", action) => {
                let text = format!("ticket{id} {} at {receiver}", done(action));
                self.say(new, text, false);
            }
            ("dead", action) => {
                self.is_refused = true;
                self.say(
                    new,
                    format!("{receiver} refused the {action}: {answer}"),
                    true,
                );
            }
            (_, action) if delivery.attempts > 0 => {
                let text = format!("{receiver} has not taken the {action} yet: {answer}");
                self.say(new, text, true);
            }
            (_, _) => {}
        }
    }

    fn say(&mut self, new: &mut Vec<Step>, text: String, is_bad: bool) {
        if self.said.insert(text.clone()) {
            new.push(Step { text, is_bad });
        }
    }

    fn outcome(&self, incident: &Incident) -> End {
        let (id, tickets) = (incident.id, &incident.tickets);
        if tickets.is_empty() {
            return not_well(format!(
                "Nobody was told; see `vedette incident explain {id}`."
            ));
        }
        if self.is_refused || tickets.iter().any(|ticket| ticket.state == "refused") {
            return not_well(format!(
                "Not every receiver took it; see `vedette incident show {id}`."
            ));
        }
        let left = |ticket: &&Ticket| ticket.state != "resolved";
        let left: Vec<String> = tickets.iter().filter(left).map(name_of).collect();
        let sentence = match left.as_slice() {
            [] => "The way to the ticket and back works.".to_owned(),
            left => format!(
                "The way works; {} stays open there, as on_clear says.",
                left.join(", ")
            ),
        };
        End {
            standing: Standing::Well,
            sentence,
            example: &[],
        }
    }
}

/// The first step.
pub(super) fn sent(drill: &Drill) -> Step {
    let lasts = drill.ends_at.map_or_else(String::new, |ends| {
        format!(", for {}", about(ends.0.since(drill.started_at.0)))
    });
    Step {
        text: format!("sent: rule {} on {}{lasts}", drill.rule, drill.host),
        is_bad: false,
    }
}

fn done(action: &str) -> &str {
    match action {
        "open" => "opened",
        "update" => "updated",
        "note" => "got a note",
        "acknowledge" => "shows who works on it",
        "resolve" => "resolved",
        "reopen" => "opened again",
        other => other,
    }
}

fn last_answer(drill: &Drill, ticket: &Ticket) -> String {
    let receiver = &ticket.receiver;
    let waits = drill.deliveries.iter().find(|delivery| {
        delivery.standing == "pending"
            && delivery.receiver == *receiver
            && !delivery.answer.is_empty()
    });
    match waits {
        Some(delivery) => format!(
            "{receiver} has not taken it ({}); it is tried until it does.",
            delivery.answer.trim_end_matches('.')
        ),
        None => format!("{receiver} has not answered yet; `vedette status` shows what waits."),
    }
}

fn not_well(sentence: impl Into<String>) -> End {
    End {
        standing: Standing::NotWell,
        sentence: sentence.into(),
        example: &[],
    }
}

fn is_over(phase: &str) -> bool {
    matches!(phase, "resolved" | "closed")
}
