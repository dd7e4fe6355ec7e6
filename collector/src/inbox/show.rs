//! Decides how a message and a ticket read on a terminal.
//!
//! Pure. What comes over the network is text and nothing else: no control character
//! gets through.

use jiff::tz::TimeZone;
use vedette_triage::Timestamp;

use super::desk::{Desk, Did, Message, Taken, Ticket};

/// Columns of a heading.
const COLUMNS: usize = 76;
/// Tickets in a list.
const LISTED_MAX: usize = 200;

/// A message as it arrives; empty for a repeated one.
pub(super) fn arrival(message: &Message, taken: Taken, at: Timestamp, zone: &TimeZone) -> String {
    let number = taken.number;
    let what = match (taken.did, message.action.as_str()) {
        (Did::Repeated, _) => return String::new(),
        (Did::New, "open") => format!("new ticket #{number}"),
        (Did::New, action) => format!("ticket #{number}, unknown here until now: {}", past(action)),
        (Did::Added, action) => format!("ticket #{number} {}", past(action)),
    };
    format!("{}{}\n\n", heading(&what, at, zone), body(message))
}

/// A ticket with everything that came.
pub(super) fn ticket(ticket: &Ticket, zone: &TimeZone) -> String {
    let mut shown = String::new();
    for (at, message) in &ticket.messages {
        let what = format!("ticket #{} {}", ticket.number, past(&message.action));
        shown.push_str(&heading(&what, *at, zone));
        shown.push_str(&body(message));
        shown.push_str("\n\n");
    }
    shown
}

/// A line for each ticket, the newest first.
pub(super) fn list(desk: &Desk, zone: &TimeZone) -> String {
    if desk.tickets().len() == 0 {
        return "No ticket yet.\n".to_owned();
    }
    let mut shown = String::new();
    for ticket in desk.tickets().take(LISTED_MAX) {
        let standing = if ticket.is_resolved {
            "resolved"
        } else {
            "open"
        };
        let at = clock(ticket.at, zone);
        let subject = clean(&ticket.subject).replace('\n', " ");
        shown.push_str(&format!(
            "#{:<5} {standing:<9} {at}  {subject}\n",
            ticket.number
        ));
    }
    let more = desk.tickets().len().saturating_sub(LISTED_MAX);
    if more > 0 {
        shown.push_str(&format!("and {more} older ones\n"));
    }
    shown
}

fn past(action: &str) -> String {
    match action {
        "open" => "opened".to_owned(),
        "update" => "updated".to_owned(),
        "note" => "noted".to_owned(),
        "acknowledge" => "taken".to_owned(),
        "resolve" => "resolved".to_owned(),
        "reopen" => "reopened".to_owned(),
        other => clean(other),
    }
}

fn heading(what: &str, at: Timestamp, zone: &TimeZone) -> String {
    let head = format!("── {}  {what} ", clock(at, zone));
    let rest = COLUMNS.saturating_sub(head.chars().count());
    format!("{head}{}\n", "─".repeat(rest))
}

fn body(message: &Message) -> String {
    let subject = clean(&message.subject).replace('\n', " ");
    match clean(&message.text).trim_end() {
        "" => subject,
        text => format!("{subject}\n\n{text}"),
    }
}

fn clock(at: Timestamp, zone: &TimeZone) -> String {
    let instant =
        jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    instant
        .to_zoned(zone.clone())
        .strftime("%H:%M:%S")
        .to_string()
}

/// Text without anything a terminal would obey.
fn clean(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\n' => '\n',
            character if character.is_control() => ' ',
            character => character,
        })
        .collect()
}
