//! Words what somebody is told because nobody works on an incident, and the links by which whoever
//! it is for acts with one tap.

use vedette_config::one_line;
use vedette_triage::Facts;

use super::Site;
use super::phrase::{clock_and_day, filled, sentence};
use super::ticket::{next, still};
use crate::access::Tap;

/// Why it is told, how it stands, what comes next, and the links.
pub(super) fn escalate(facts: &Facts, site: &Site) -> String {
    let why = facts.notice.as_ref().map(|notice| sentence(&notice.why));
    let said = [why, Some(still(facts, site)), next(facts, site)];
    let said: Vec<String> = said.into_iter().flatten().collect();
    let told = filled("", &said.join(" "));
    match links(facts, site) {
        Some(links) => format!("{told}\n{links}"),
        None => told,
    }
}

/// Who is told next unless somebody takes it.
pub(super) fn told_next(facts: &Facts, site: &Site) -> Option<String> {
    let next = facts.told_next.as_ref()?;
    let at = clock_and_day(next.at, facts.at, &site.zone);
    let who = one_line(&next.who);
    Some(format!("Unless somebody takes it, told at {at}: {who}."))
}

/// One tap each, for this incident and the person it is told to.
pub(super) fn links(facts: &Facts, site: &Site) -> Option<String> {
    let person = facts.notice.as_ref()?.person.as_ref()?;
    if site.public_url.is_empty() {
        return None;
    }
    let lines = Tap::ALL.map(|tap| {
        let path = tap.path(facts.incident, person);
        let words = tap.words();
        // On a line of its own, whatever its length, so that nothing breaks it.
        format!("{words}:\n{}{}", site.public_url, site.links.signed(&path))
    });
    Some(lines.join("\n"))
}
