//! Words what is added to a ticket: news, notes, who took it, how it ended, that it is back.

use vedette_triage::{Close, End, Facts, IncidentId, TogetherFacts, TogetherOf};

use super::Site;
use super::list;
use super::phrase::{clock, clock_and_day, filled, length, sentence};
use super::ticket::{firing, found, hit, next, still, took};

use vedette_config::one_line;

/// Sentences as one paragraph.
fn paragraph(sentences: impl IntoIterator<Item = Option<String>>) -> String {
    let said: Vec<String> = sentences
        .into_iter()
        .flatten()
        .filter(|sentence| !sentence.is_empty())
        .collect();
    filled("", &said.join(" "))
}

/// What is news, then where it stands.
pub(super) fn update(facts: &Facts, site: &Site) -> String {
    let at = clock(facts.at, &site.zone);
    let news: Vec<String> = facts.news.iter().map(|news| filled("  ", news)).collect();
    let brought: Vec<String> = news.into_iter().chain(found(facts)).collect();
    let head = match brought.is_empty() {
        true => filled("", &format!("As of {at}: {}", still(facts, site))),
        false => format!(
            "News at {at}:\n{}\n{}",
            brought.join("\n"),
            filled("Now: ", &still(facts, site))
        ),
    };
    let of_all = (facts.members_total > 1).then(|| {
        format!(
            "{} of {} alerts fire.",
            facts.members_firing, facts.members_total
        )
    });
    let hit = hit(facts).map(|hit| format!("Hit: {hit}"));
    let standing = paragraph([of_all, hit, next(facts, site)]);
    let members = firing(facts, site);
    let head = match members.is_empty() {
        true => head,
        false => format!("{head}\n{}", members.join("\n")),
    };
    let listed = facts.list.as_ref().map_or_else(String::new, list::groups);
    let head = match listed.as_str() {
        "" => head,
        listed => format!("{head}\n\n{listed}\n"),
    };
    match standing.is_empty() {
        true => head,
        false => format!("{head}\n{standing}"),
    }
}

/// A person's words, as that person wrote them.
pub(super) fn note(facts: &Facts, site: &Site) -> String {
    match &facts.note {
        Some((by, text)) => format!("{by} writes:\n{}", text.trim_end()),
        // An engine that adds a note without words has none to add.
        None => still(facts, site),
    }
}

pub(super) fn acknowledge(facts: &Facts, site: &Site) -> String {
    let at = clock(facts.at, &site.zone);
    match &facts.acknowledged_by {
        Some(person) => format!("{person} has taken it at {at}."),
        None => format!("Nobody has it any more since {at}."),
    }
}

/// How it ended: in whose words, since when, after how long.
pub(super) fn resolve(facts: &Facts, site: &Site) -> String {
    let taken = facts
        .acknowledged_by
        .as_ref()
        .map(|person| format!("{person} had taken it."));
    match &facts.close {
        Some(Close::ByPerson { by, why }) => {
            let at = clock(facts.at, &site.zone);
            let closed = match one_line(why).as_str() {
                "" => format!("Closed by {by} at {at}."),
                why => sentence(&format!("Closed by {by} at {at}: {why}")),
            };
            let burning = (facts.members_firing > 0).then(|| {
                let still = still(facts, site);
                format!("It was not well then: {still}")
            });
            paragraph([Some(closed), burning, Some(took(facts)), flapped(facts)])
        }
        Some(Close::Divided { rest: 1 }) if facts.members_total <= 1 => {
            let ended = "It is worse, and has a ticket of its own now.".to_owned();
            paragraph([Some(ended), Some("Closed by Vedette.".to_owned())])
        }
        Some(Close::Divided { rest }) => {
            let all = facts.members_total;
            let of = match rest {
                1 => "one that still fires has a ticket of its own".to_owned(),
                rest => format!("{rest} that still fire have tickets of their own"),
            };
            let is_storm = |together: &TogetherFacts| together.of == TogetherOf::Storm;
            let ended = match facts.together.as_ref().is_some_and(is_storm) {
                true => format!("The storm of {all} alerts is over; {of}."),
                false => format!("Of {all} alerts nearly all are well again; {of}."),
            };
            let closed = Some("Closed by Vedette.".to_owned());
            paragraph([Some(ended), Some(took(facts)), closed])
        }
        Some(Close::Merged { into, by, why }) => {
            let at = clock(facts.at, &site.zone);
            let on = merged(facts, *into, site);
            let because = match (by.as_str(), one_line(why).as_str()) {
                ("", _) => None,
                (by, "") => Some(format!("Merged by {by}.")),
                (by, why) => Some(sentence(&format!("Merged by {by}: {why}"))),
            };
            let closed = format!("Closed by Vedette at {at}; what is news is told there.");
            paragraph([Some(format!("Goes on in {on}.")), because, Some(closed)])
        }
        Some(Close::Cleared | Close::Transient | Close::ClearedWhileSuppressed) | None => {
            let closed = Some("Closed by Vedette.".to_owned());
            let ended = Some(ended(facts, site));
            paragraph([ended, Some(took(facts)), flapped(facts), taken, closed])
        }
    }
}

/// `#4711 (web-03: /var fills up)`: where a merged incident goes on, with its ticket's address.
fn merged(facts: &Facts, into: IncidentId, site: &Site) -> String {
    let Some(on) = &facts.merged_into else {
        return format!("incident {into}");
    };
    let named = match &on.ticket {
        Some(ticket) if ticket.url.is_empty() => format!("#{}", ticket.id),
        Some(ticket) => format!("#{}, {}", ticket.id, ticket.url),
        None if site.public_url.is_empty() => format!("incident {into}"),
        None => format!("incident {into}, {}/i/{into}", site.public_url),
    };
    format!("{named} ({})", one_line(&on.title))
}

/// Which of the statements that may end an alert this is; only one of them is a recovery.
fn ended(facts: &Facts, site: &Site) -> String {
    let at = facts.cleared_at.unwrap_or(facts.at);
    let since = clock_and_day(at, facts.at, &site.zone);
    let all = match facts.members_total {
        0 | 1 => String::new(),
        many => format!(" (all {many} alerts)"),
    };
    match &facts.end {
        None | Some(End::Recovered) => format!("Well again since {since}{all}."),
        Some(End::SaidBySender) => format!("Well again since {since}, says its sender{all}."),
        Some(End::Expired { sender }) => format!(
            "No longer reported by {sender} since {since}{all}; nobody has measured that it is well."
        ),
        Some(End::Gone { after_s }) => format!(
            "Not there any more: its probe has looked for {} and not found it{all}.",
            length(*after_s)
        ),
        Some(End::RuleRemoved) => format!(
            "Rule {} was removed at {since}{all}; nobody has measured that it is well.",
            facts.rule
        ),
        Some(End::EntityRetired { by }) => format!("Retired by {by} at {since}{all}."),
        Some(End::ClosedByPerson { by }) => format!("Closed by {by} at {since}{all}."),
        Some(End::DrillOver) => format!("The drill is over since {since}."),
    }
}

pub(super) fn reopen(facts: &Facts, site: &Site) -> String {
    let at = clock(facts.at, &site.zone);
    let times = match facts.reopened {
        0 | 1 => None,
        many => Some(format!("This is the {} time.", ordinal(many))),
    };
    let why = (!facts.news.is_empty()).then(|| facts.news.join(" "));
    paragraph([
        why,
        Some(format!("Back at {at}: {}", still(facts, site))),
        times,
        next(facts, site),
    ])
}

/// What happened while nothing could be told.
fn flapped(facts: &Facts) -> Option<String> {
    match facts.came_and_went {
        0 => None,
        1 => Some("It came and went once more meanwhile.".into()),
        times => Some(format!("It came and went {times} more times meanwhile.")),
    }
}

fn ordinal(number: u32) -> String {
    let ending = match (number % 10, number % 100) {
        (1, hundred) if hundred != 11 => "st",
        (2, hundred) if hundred != 12 => "nd",
        (3, hundred) if hundred != 13 => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}
