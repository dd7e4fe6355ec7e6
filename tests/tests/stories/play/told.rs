//! Words one delivery in a line, as far as stories ask what is told.

use vedette_triage::recurrence::Times;
use vedette_triage::{Delivery, Facts, HostChange, TogetherFacts};

/// `desk open #1 [P2] db-7: /var is full; news`
pub(super) fn line(delivery: &Delivery) -> String {
    let facts = &delivery.facts;
    let host = facts.host.as_ref().map(|host| format!("{}: ", host.name));
    let drill = facts.drill.map_or("", |_| "DRILL ");
    let many = facts.together.as_ref().map(many);
    let more = [facts.news.clone(), around(facts), many.unwrap_or_default()].concat();
    format!(
        "{} {} #{} [{}] {drill}{}{} {}",
        delivery.receiver,
        delivery.action.as_str(),
        delivery.incident,
        facts.priority,
        host.unwrap_or_default(),
        facts.title,
        more.join(" ")
    )
}

/// What stands around it: notes, other tickets, what is hit, changed, found.
fn around(facts: &Facts) -> Vec<String> {
    let note = facts.note.as_ref();
    let note = note.map(|(by, text)| format!("{by}: {text}"));
    let after = facts.previous.as_ref();
    let after = after.map(|previous| format!("(after #{})", previous.incident));
    let again = Times::of(&facts.openings, facts.at);
    let again = again.map(|times| format!("({})", times.words()));
    let into = facts.merged_into.as_ref();
    let into = into.map(|merged| format!("(goes on in #{})", merged.incident));
    let part_of = facts.part_of.as_ref();
    let part_of = part_of.map(|other| format!("(part of #{})", other.incident));
    let hit = (facts.hit_total > 0).then(|| {
        let (all, of) = (facts.hit_total, facts.dependents);
        format!("(hit {all} of {of}: {})", facts.hit.join(", "))
    });
    let listed = facts.list.iter().map(|list| format!("({})", list.title));
    let lines = facts.list.iter().flat_map(|list| &list.groups);
    let lines = lines.flat_map(|group| group.lines.clone());
    let report = facts.report.iter().flat_map(|report| report.lines.clone());
    let changes = facts.changes.iter().map(changed);
    let found = facts.evidence.iter().flat_map(|found| found.lines.clone());
    let around = [note, after, again, into, part_of, hit]
        .into_iter()
        .flatten();
    let around = around.chain(listed).chain(lines);
    around.chain(report).chain(changes).chain(found).collect()
}

/// What many have in common: `(40 places, first web-03; common: site hq; ...)`
fn many(many: &TogetherFacts) -> Vec<String> {
    let first = many.first.as_ref().map_or("", |(name, _)| name);
    let common = many.common.join(", ");
    let others = many.others.as_deref().unwrap_or("");
    let places = many.places;
    let shared = format!("({places} places, first {first}; common: {common}; {others})");
    let site = many.site.as_ref().map(|site| {
        let (name, well, sites) = (&site.name, site.well, site.sites_well);
        format!("(site {name}: {well} well, {sites} other sites well)")
    });
    let changes = many.changes.iter().map(changed);
    [shared].into_iter().chain(site).chain(changes).collect()
}

fn changed(change: &HostChange) -> String {
    format!("(changed: {})", change.words())
}
