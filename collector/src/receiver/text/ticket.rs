//! Words a new ticket: what, since when, what it costs, whose it is, what to do first.

use std::time::Duration;

use vedette_triage::recurrence::Times;
use vedette_triage::{
    About, Close, Delivery, Facts, HostBrief, Impact, Member, NextStep, Previous, Urgency, names,
};

use super::Site;
use super::phrase::{
    about, always, between, capital, clock, clock_and_day, cut, date_of, filled, host_in, length,
    moment, number, sentence,
};
use super::{list, notice, outside, together};
use vedette_config::one_line;

/// Members named in a text; the payload lists more.
const MEMBERS_NAMED_MAX: usize = 12;
/// Characters of what a sender wrote about its alert.
const DESCRIPTION_CHARS_MAX: usize = 600;
/// Characters of one command.
const COMMAND_CHARS_MAX: usize = 300;
/// Characters of one line of evidence.
const EVIDENCE_CHARS_MAX: usize = 160;
/// Values shown as evidence.
const VALUES_SHOWN_MAX: usize = 8;

/// The text of a new ticket.
pub(super) fn text(delivery: &Delivery, site: &Site) -> String {
    let facts = &*delivery.facts;
    let report = facts.report.as_ref();
    let blocks = [
        head(facts, site),
        report.map_or_else(String::new, |report| report.lines.join("\n")),
        facts.list.as_ref().map_or_else(String::new, list::groups),
        first(facts, site),
        evidence(facts, site),
        tail(facts, site),
        links(delivery, site),
    ];
    let written: Vec<String> = blocks
        .into_iter()
        .filter(|block| !block.is_empty())
        .collect();
    written.join("\n\n")
}

fn lines(lines: impl IntoIterator<Item = Option<String>>) -> String {
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

fn head(facts: &Facts, site: &Site) -> String {
    lines([
        Some(filled("WHAT     ", &what(facts, site))),
        Some(filled("SINCE    ", &since(facts, site))),
        outside::labels(facts).map(|labels| filled("LABELS   ", &labels)),
        part_of(facts).map(|part| filled("PART OF  ", &part)),
        impact(facts).map(|impact| filled("IMPACT   ", &impact)),
        hit(facts).map(|hit| filled("HIT      ", &hit)),
        suspected(facts).map(|cause| filled("CAUSE    ", &cause)),
        Some(filled("OWNER    ", &owner(facts))),
    ])
}

pub(super) fn what(facts: &Facts, site: &Site) -> String {
    let mut what = match &facts.drill {
        Some(_) => "This is a drill: nothing is broken and nobody needs to act. ".to_owned(),
        None => String::new(),
    };
    if let Some(list) = &facts.list {
        what.push_str(&list::what(list));
        return what;
    }
    if let Some(together) = &facts.together {
        what.push_str(&together::what(together, facts, site));
        return what;
    }
    let title = one_line(&facts.title);
    match facts.host.as_ref().filter(|_| facts.report.is_none()) {
        Some(host) => {
            // What people know of it counts before what it says of itself.
            let known = |name: &str| facts.labels.get(name).or_else(|| host.labels.get(name));
            let described: Vec<String> = std::iter::once(host.class.clone())
                .chain(["service", "env", "site"].iter().filter_map(|name| {
                    let value = known(name)?;
                    Some(format!("{name} {value}"))
                }))
                .collect();
            let title = title
                .strip_prefix(&format!("{}: ", host.name))
                .map(str::to_owned)
                .unwrap_or(title);
            let described = described.join(", ");
            what.push_str(&sentence(&format!("{} ({described}): {title}", host.name)));
        }
        None => what.push_str(&sentence(&about(facts))),
    }
    let described = facts
        .annotations
        .get("description")
        .or_else(|| facts.annotations.get("summary"))
        .map(one_line)
        .filter(|text| !text.is_empty() && !what.contains(text.as_str()));
    if let Some(text) = described {
        what.push(' ');
        what.push_str(&sentence(&cut(&text, DESCRIPTION_CHARS_MAX)));
    }
    what
}

fn since(facts: &Facts, site: &Site) -> String {
    let since = sentence(&moment(facts.started_at, facts.at, &site.zone));
    match again(facts, site) {
        Some(again) => format!("{since} {again}"),
        None => since,
    }
}

/// What is left of something that was about many.
fn part_of(facts: &Facts) -> Option<String> {
    let other = facts.part_of.as_ref()?;
    let named = match &other.ticket {
        Some(ticket) => format!("#{}", ticket.id),
        None => format!("incident {}", other.incident),
    };
    Some(format!(
        "{named} until now; what still fires of that has tickets of its own."
    ))
}

/// `Fifth time in 14 days, always 02:00-03:00.`
fn again(facts: &Facts, site: &Site) -> Option<String> {
    let times = Times::of(&facts.openings, facts.started_at)?;
    let all = facts.openings.iter().copied().chain([facts.started_at]);
    let words = capital(&times.words());
    Some(match always(all, &site.zone) {
        Some(always) => format!("{words}, always {always}."),
        None => format!("{words}."),
    })
}

/// `ERP database, tier 1. Mail stops.`
fn impact(facts: &Facts) -> Option<String> {
    let of_host = |host: &HostBrief| host.labels.get("service").map(str::to_owned);
    let service = facts.labels.get("service").map(str::to_owned);
    let service = service.or_else(|| facts.host.as_ref().and_then(of_host));
    let service = match facts.service_name.as_str() {
        "" => service.map(|service| format!("Service {service}")),
        people_say => Some(people_say.to_owned()),
    };
    let tier = facts.labels.get("tier");
    let tier = tier.map_or_else(String::new, |tier| format!(", tier {tier}"));
    let service = service.map(|service| sentence(&format!("{service}{tier}")));
    let means = Some(sentence(&facts.means)).filter(|means| !means.is_empty());
    let said: Vec<String> = [service, means].into_iter().flatten().collect();
    (!said.is_empty()).then(|| said.join(" "))
}

/// Who needs what has failed and is hit by that.
pub(super) fn hit(facts: &Facts) -> Option<String> {
    if facts.hit_total == 0 {
        return None;
    }
    let names = facts.hit.iter().map(|name| one_line(name));
    let listed = names.collect::<Vec<_>>().join(", ");
    let named = u32::try_from(facts.hit.len()).unwrap_or(u32::MAX);
    let more = match facts.hit_total.saturating_sub(named) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!(
        "{} of {} that need it: {listed}{more}.",
        facts.hit_total, facts.dependents
    ))
}

fn suspected(facts: &Facts) -> Option<String> {
    let place = facts.suspected.as_ref()?;
    Some(format!("suspected: {} has failed.", one_line(place)))
}

fn owner(facts: &Facts) -> String {
    let team = &facts.team;
    match (&facts.acknowledged_by, &facts.assigned_to) {
        (Some(person), _) => format!("team {team}; {person} has taken it."),
        (None, Some(person)) => format!("team {team}; it is {person}'s."),
        (None, None) => format!("team {team}; nobody has taken it yet."),
    }
}

fn first(facts: &Facts, site: &Site) -> String {
    let commands = commands(facts)
        .into_iter()
        .map(|command| format!("  {command}"));
    let runbook = match facts.runbook_url.as_str() {
        "" => facts.annotations.get("runbook_url").unwrap_or_default(),
        url => url,
    };
    let runbook = (!runbook.is_empty()).then(|| format!("  Runbook: {}", one_line(runbook)));
    let last_time = facts
        .previous
        .as_ref()
        .map(|previous| filled("  ", &last_time(previous, facts, site)));
    let all: Vec<String> = commands.chain(runbook).chain(last_time).collect();
    if all.is_empty() {
        return String::new();
    }
    format!("DO THIS FIRST\n{}", all.join("\n"))
}

/// The first commands to try, each on one line. They were rendered, and quoted for a shell, when the
/// alert was found.
pub(super) fn commands(facts: &Facts) -> Vec<String> {
    let commands = facts.first.iter();
    commands
        .map(|command| cut(&one_line(command), COMMAND_CHARS_MAX))
        .collect()
}

fn last_time(previous: &Previous, facts: &Facts, site: &Site) -> String {
    let number = match &previous.ticket {
        Some(ticket) => format!("#{}", ticket.id),
        None => format!("incident {}", previous.incident),
    };
    let date = date_of(previous.closed_at, facts.at, &site.zone);
    let lasted = length(previous.lasted_s);
    let how = match &previous.close {
        Close::ByPerson { by, why } if why.trim().is_empty() => {
            format!("closed by {by} after {lasted}")
        }
        Close::ByPerson { by, why } => {
            let why = one_line(why).trim_end_matches('.').to_owned();
            format!("{why}, {lasted}, {by}")
        }
        Close::Merged { into, .. } => format!("it went on as incident {into}"),
        Close::Divided { .. } => format!("nearly all well after {lasted}"),
        Close::Cleared | Close::Transient | Close::ClearedWhileSuppressed => {
            format!("well by itself after {lasted}")
        }
    };
    sentence(&format!("Last time ({number}, {date}): {how}"))
}

fn evidence(facts: &Facts, site: &Site) -> String {
    let seen: Vec<(&str, String)> = facts
        .values
        .iter()
        .filter_map(|(name, value)| match name.as_str() {
            About::TIME_TO_BREACH => Some(("time left", time_left(*value)?)),
            // In the unit of the value, which nobody knows here; what it comes to is said.
            About::TREND => None,
            name => Some((name, number(*value))),
        })
        .take(VALUES_SHOWN_MAX)
        .collect();
    let width = seen.iter().map(|(name, _)| name.chars().count()).max();
    let width = width.unwrap_or(0);
    let values = seen
        .iter()
        .map(|(name, value)| format!("  {name:width$}   {value}"));
    let all: Vec<String> = values
        .chain(members(facts, site))
        .chain(changed(facts, site))
        .chain(found(facts))
        .collect();
    if all.is_empty() {
        return String::new();
    }
    let at = clock(facts.at, &site.zone);
    format!("EVIDENCE AT {at}\n{}", all.join("\n"))
}

/// The members of an incident of several, the worst first; none of a list, which names them by its
/// groups.
fn members(facts: &Facts, site: &Site) -> Vec<String> {
    lines_of(facts, facts.members.iter(), facts.members_total, site)
}

/// The same of those that fire: who is well leaves the list.
pub(super) fn firing(facts: &Facts, site: &Site) -> Vec<String> {
    let firing = facts
        .members
        .iter()
        .filter(|member| member.ended_at.is_none());
    lines_of(facts, firing, facts.members_firing, site)
}

fn lines_of<'f>(
    facts: &Facts,
    members: impl Iterator<Item = &'f Member>,
    total: u32,
    site: &Site,
) -> Vec<String> {
    if facts.members_total <= 1 || facts.list.is_some() {
        return Vec::new();
    }
    let mut lines: Vec<String> = members
        .take(MEMBERS_NAMED_MAX)
        .map(|member| member_line(member, facts, site))
        .map(|line| format!("  {}", cut(&line, super::COLUMNS - 2)))
        .collect();
    let total = usize::try_from(total).unwrap_or(usize::MAX);
    let unnamed = total.saturating_sub(lines.len());
    lines.extend((unnamed > 0).then(|| format!("  and {unnamed} more")));
    lines
}

/// How long it takes to a limit, as it looked when the alert last changed.
fn time_left(seconds: f64) -> Option<String> {
    let left = Duration::try_from_secs_f64(seconds).ok()?;
    Some(format!("{}, at this rate", length(left.as_secs())))
}

/// What was changed on the host in the day before.
fn changed(facts: &Facts, site: &Site) -> Option<String> {
    let mut changes: Vec<String> = facts
        .changes
        .iter()
        .map(|change| {
            let at = clock_and_day(change.at, facts.at, &site.zone);
            format!("{} ({at})", one_line(&change.words()))
        })
        .collect();
    if changes.is_empty() {
        return None;
    }
    changes.extend((facts.changes_more > 0).then(|| format!("{} more", facts.changes_more)));
    Some(filled("  changed   ", &changes.join(", ")))
}

/// What the host found when it was asked, as it was found.
pub(super) fn found(facts: &Facts) -> Vec<String> {
    let mut lines = Vec::new();
    for evidence in &facts.evidence {
        lines.push(format!("  {}:", evidence.what.words()));
        lines.extend(
            evidence
                .lines
                .iter()
                .map(|line| format!("    {}", cut(line.trim_end(), EVIDENCE_CHARS_MAX))),
        );
    }
    lines
}

fn member_line(member: &Member, facts: &Facts, site: &Site) -> String {
    let title = one_line(&member.title);
    let named = match host_in(&member.labels) {
        Some(host) if !names(&title, host) => format!("{host}: {title}"),
        Some(_) | None => title,
    };
    let named = match outside::apart(member, facts) {
        Some(apart) => format!("{named} ({apart})"),
        None => named,
    };
    let since = clock_and_day(member.starts_at, facts.at, &site.zone);
    match member.ended_at {
        None => format!("{named} (since {since})"),
        Some(_) => format!("{named} (well again)"),
    }
}

fn tail(facts: &Facts, site: &Site) -> String {
    lines([
        Some(filled(
            &format!("WHY {}   ", facts.priority),
            &why(facts, site),
        )),
        next(facts, site).map(|next| filled("NEXT     ", &next)),
    ])
}

/// Why it is that urgent: by each input, or in a person's words.
fn why(facts: &Facts, site: &Site) -> String {
    let why = &facts.priority_why;
    let impact = match why.impact {
        Impact::Low => "low",
        Impact::Medium => "medium",
        Impact::High => "high",
    };
    let urgency = match why.urgency {
        Urgency::Low => "low",
        Urgency::Medium => "medium",
        Urgency::High => "high",
    };
    let inputs = format!(
        "impact {impact} ({}) x urgency {urgency} ({}).",
        why.impact_from, why.urgency_from
    );
    let computed = match why.raised.as_str() {
        "" => inputs,
        raised => format!("{inputs} {}", sentence(raised)),
    };
    match &facts.set_priority {
        None => computed,
        Some(set) => {
            let at = clock_and_day(set.at, facts.at, &site.zone);
            let said = sentence(&format!("set by {} at {at}: {}", set.by, set.why));
            format!("{said} By itself: {computed}")
        }
    }
}

/// Who is told next if nobody does anything, and how it goes on.
pub(super) fn next(facts: &Facts, site: &Site) -> Option<String> {
    let said = [notice::told_next(facts, site), goes_on(facts, site)];
    let said: Vec<String> = said.into_iter().flatten().collect();
    (!said.is_empty()).then(|| said.join(" "))
}

fn goes_on(facts: &Facts, site: &Site) -> Option<String> {
    let at = |moment| clock_and_day(moment, facts.at, &site.zone);
    if let Some(waiting) = &facts.waiting {
        return Some(format!(
            "Waits for {} until {} at the latest, or until it is worse; it closes by itself when it is well.",
            one_line(&waiting.waits_for),
            at(waiting.until)
        ));
    }
    let closes = facts.list.as_ref().and_then(list::closes);
    if let (NextStep::ClosesWhenWell { .. }, Some(closes)) = (&facts.next, closes) {
        return Some(closes.to_owned());
    }
    match &facts.next {
        NextStep::Opens { at: moment } => {
            Some(format!("Opens at {} unless it clears.", at(*moment)))
        }
        NextStep::Suppressed { until: Some(until) } => {
            Some(format!("Suppressed until {}.", at(*until)))
        }
        NextStep::Suppressed { until: None } => Some("Suppressed.".to_owned()),
        NextStep::ClosesWhenWell { after_s: 0 } => {
            Some("Closes by itself as soon as it is well.".to_owned())
        }
        NextStep::ClosesWhenWell { after_s } => Some(format!(
            "Closes by itself {} after it is well.",
            length(*after_s)
        )),
        NextStep::Closes { at: moment } => {
            Some(format!("Closes at {} unless it fires again.", at(*moment)))
        }
        NextStep::ReopensUntil { at: moment } => Some(format!(
            "If it comes back before {}, this ticket is opened again.",
            at(*moment)
        )),
        NextStep::Nothing => None,
    }
}

fn links(delivery: &Delivery, site: &Site) -> String {
    let facts = &*delivery.facts;
    let incident = facts.incident;
    let link = match site.public_url.as_str() {
        "" => format!("Incident {incident}"),
        url => {
            let vote = |vote| site.links.signed(&format!("/i/{incident}/{vote}"));
            format!(
                "Incident {url}/i/{incident}\nUseful?  {url}{}\nNoise?   {url}{}",
                vote("useful"),
                vote("noise")
            )
        }
    };
    let link = match notice::links(facts, site) {
        Some(taps) => format!("{link}\n{taps}"),
        None => link,
    };
    format!(
        "{link}\nvedette {} (please leave this line)",
        delivery.ticket_key
    )
}

/// How long it took, for whoever closes it.
pub(super) fn took(facts: &Facts) -> String {
    let end = facts.cleared_at.unwrap_or(facts.at);
    format!("Took {}.", between(facts.started_at, end))
}

/// The title with its host, as a sentence.
pub(super) fn still(facts: &Facts, site: &Site) -> String {
    match (&facts.list, &facts.together) {
        (Some(list), _) => sentence(&list::subject(list)),
        (None, Some(together)) => sentence(&together::subject(together, facts, site)),
        (None, None) => sentence(&about(facts)),
    }
}
