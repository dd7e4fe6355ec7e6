//! Words a delivery for people: the ticket's title and text, or that of a comment.
//!
//! Pure: a delivery and the site in, [`Words`] out. Built in, so that no template can
//! lose them; what is not known is left out, never an empty line or a "null". Every
//! delivery is worded by the facts of the moment it was decided.

mod comment;
mod list;
mod notice;
mod outside;
mod phrase;
mod ticket;
mod together;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use vedette_triage::{Action, Delivery, Facts};

use crate::access::LinkKey;

/// Columns of a line.
pub(crate) const COLUMNS: usize = 76;
/// Characters of a subject.
const SUBJECT_CHARS_MAX: usize = 200;

/// Where and for whom texts are worded.
#[derive(Debug, Clone)]
pub struct Site {
    /// The zone people live in.
    pub zone: TimeZone,
    /// Where people find the collector, without a slash at the end; empty when nobody said so.
    pub public_url: String,
    /// Signs the links by which whoever has the ticket votes.
    pub links: LinkKey,
    /// What people are called in the ticket systems, by our name.
    pub users: BTreeMap<String, String>,
}

/// The words of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// The ticket's title, as it should read now.
    pub subject: String,
    /// The ticket's text for an opening, else that of the comment. Ends without a line end.
    pub text: String,
    /// The first commands to try, with the labels of the alert in them.
    pub first: Vec<String>,
}

impl Words {
    /// Words a delivery.
    pub fn of(delivery: &Delivery, site: &Site) -> Words {
        let facts = &*delivery.facts;
        let text = match delivery.action {
            Action::Open => ticket::text(delivery, site),
            Action::Update => comment::update(facts, site),
            Action::Note => comment::note(facts, site),
            Action::Acknowledge => comment::acknowledge(facts, site),
            Action::Escalate => notice::escalate(facts, site),
            Action::Resolve => comment::resolve(facts, site),
            Action::Reopen => comment::reopen(facts, site),
        };
        Words {
            subject: subject(facts, site),
            text,
            first: ticket::commands(facts),
        }
    }
}

/// `[P2] db-7: /var is 96 % full, 3.1 GiB left`; a drill says so first.
fn subject(facts: &Facts, site: &Site) -> String {
    let drill = match facts.drill {
        Some(_) => "DRILL ",
        None => "",
    };
    let is_of_many = facts.together.is_some() || facts.list.is_some();
    let more = match facts.members_total.saturating_sub(1) {
        more if more > 0 && !is_of_many => format!(" (and {more} more)"),
        _ => String::new(),
    };
    let about = match (&facts.list, &facts.together) {
        (Some(list), _) => list::subject(list),
        (None, Some(together)) => together::subject(together, facts, site),
        (None, None) => phrase::about(facts),
    };
    let flaps = match facts.flaps {
        true => " (flapping)",
        false => "",
    };
    let head = format!("{drill}[{}] {about}{flaps}", facts.priority);
    let room = SUBJECT_CHARS_MAX - more.chars().count();
    format!("{}{more}", phrase::cut(&head, room))
}

#[cfg(test)]
mod tests;
