//! Decides what is news to a receiver, in words.
//!
//! In: what a ticket was told last, and what is so now. Out: sentences, none where nothing is
//! worth an update. Knows nothing of when it is told.

use std::sync::Arc;

use crate::delivery::NO_LONGER_WAITS;
use crate::{Priority, Severity, Ticket, Told};

/// What a receiver that was told the one does not know of the other, in words.
pub(super) fn news(ticket: &Ticket, now: &Told) -> Vec<String> {
    news_since(&ticket.told, ticket.came_and_went, now)
}

fn news_since(told: &Told, came_and_went: u32, now: &Told) -> Vec<String> {
    let flapped = match came_and_went {
        0 => None,
        1 => Some("It came and went once more.".to_owned()),
        times => Some(format!("It came and went {times} more times.")),
    };
    // A loop between warning and critical is told once, as that.
    let loops = told.flaps && now.flaps;
    let severity = (told.severity != now.severity && !(loops && now.severity < told.severity))
        .then(|| changed("Severity", told.severity, now.severity, Severity::as_str));
    let priority = (told.priority != now.priority && !(loops && now.priority > told.priority))
        .then(|| changed("Priority", told.priority, now.priority, Priority::as_str));
    // Grown by half: ten more of a thousand are not worth a mail.
    let grown = u64::from(now.members) * 2 >= u64::from(told.members) * 3;
    let members = (now.members > told.members && grown)
        .then(|| format!("{} alerts instead of {}.", now.members, told.members));
    let team = (told.team != now.team)
        .then(|| format!("Owner team {} instead of {}.", now.team, told.team));
    let flaps = (told.flaps != now.flaps).then(|| match now.flaps {
        true => "It comes and goes; this stays open until that is over.".to_owned(),
        false => "It no longer comes and goes.".to_owned(),
    });
    let mut all: Vec<String> = [flaps, severity, priority, members, team]
        .into_iter()
        .flatten()
        .collect();
    all.extend(of_places(told, now));
    all.extend(of_people(told, now));
    all.extend(flapped);
    all
}

/// What is new about what has failed beside it.
fn of_places(told: &Told, now: &Told) -> Vec<String> {
    let is_news = |_: &&Arc<str>| told.suspected != now.suspected;
    let suspected = now.suspected.as_ref().filter(is_news);
    let suspected = suspected.map(|place| format!("Suspected cause: {place} has failed."));
    let spread = u64::from(now.hit) * 2 >= u64::from(told.hit) * 3;
    let hit = (now.hit > told.hit && spread).then(|| match now.hit {
        1 => "1 that needs it is hit.".to_owned(),
        more => format!("{more} that need it are hit instead of {}.", told.hit),
    });
    [suspected, hit].into_iter().flatten().collect()
}

/// What is new about who works on it, whose it is, and what is waited for.
fn of_people(told: &Told, now: &Told) -> Vec<String> {
    let waits = match (&told.waits_for, &now.waits_for) {
        (before, Some(now)) if before.as_ref() != Some(now) => Some(format!("It waits for {now}.")),
        (Some(before), None) => Some(format!("{NO_LONGER_WAITS} {before}.")),
        (_, _) => None,
    };
    let works = match (&told.acknowledged_by, &now.acknowledged_by) {
        (before, Some(by)) if before.as_ref() != Some(by) => Some(format!("{by} works on it.")),
        (Some(before), None) if now.waits_for.is_none() => {
            Some(format!("{before} no longer works on it."))
        }
        (_, _) => None,
    };
    let whose = match (&told.assigned_to, &now.assigned_to) {
        // Who works on it was said; the owner team tells the rest.
        (_, Some(to)) if now.acknowledged_by.as_ref() == Some(to) => None,
        (before, Some(to)) if before.as_ref() != Some(to) => Some(format!("It is {to}'s now.")),
        (Some(_), None) if told.team == now.team => Some("It is nobody's now.".to_owned()),
        (_, _) => None,
    };
    [waits, works, whose].into_iter().flatten().collect()
}

fn changed<T: Copy>(what: &str, told: T, now: T, word: fn(T) -> &'static str) -> String {
    format!("{what} {} instead of {}.", word(now), word(told))
}

/// Whether nothing is new but that it is less bad.
pub(super) fn is_only_better(ticket: &Ticket, now: &Told) -> bool {
    let told = &ticket.told;
    let is_better = now.severity < told.severity || now.priority > told.priority;
    let but_for_that = Told {
        severity: now.severity,
        priority: now.priority,
        ..told.clone()
    };
    is_better
        && now.severity <= told.severity
        && now.priority >= told.priority
        && ticket.came_and_went == 0
        && news_since(&but_for_that, 0, now).is_empty()
}
