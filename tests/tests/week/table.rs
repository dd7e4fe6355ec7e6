//! Prints the week: day by day, fault by fault, rule by rule, and each ticket nobody asked for.
//!
//! In: a score. Out: text for a terminal.

use std::fmt::Write;

use crate::score::{Score, Unasked, Verdict, delay};
use crate::time::{clock, day_name};
use crate::truth::Worth;

/// The whole report of a week.
pub(crate) fn print(seed: u64, score: &Score) -> String {
    let mut text = format!("The ordinary week, seed {seed}\n\n");
    days(&mut text, score);
    faults(&mut text, score);
    rules(&mut text, score);
    unasked(&mut text, &score.unasked);
    text
}

fn days(text: &mut String, score: &Score) {
    let _ = writeln!(
        text,
        "day  tickets  of faults  perhaps  digests  not asked for  pages at night"
    );
    for (day, counts) in &score.days {
        let pages = score.pages.get(day).copied().unwrap_or(0);
        let _ = writeln!(
            text,
            "{:4} {:7} {:10} {:8} {:8} {:14} {:15}",
            day_name(*day),
            counts.tickets,
            counts.asked,
            counts.maybe,
            counts.digests,
            counts.unasked,
            pages
        );
    }
}

fn faults(text: &mut String, score: &Score) {
    let _ = writeln!(
        text,
        "\nfault                                                   could be known  told      owner      verdict"
    );
    for verdict in &score.faults {
        fault(text, verdict);
    }
}

fn fault(text: &mut String, verdict: &Verdict) {
    let fault = &verdict.fault;
    let told = verdict.ticket.as_ref();
    let (after, team) = match told {
        Some(ticket) => (delay(fault, ticket.opened), ticket.team.as_str()),
        None => ("-".to_owned(), "-"),
    };
    let words = match (verdict.wrong.is_empty(), verdict.is_covered, fault.worth) {
        (true, _, Worth::Maybe) if told.is_none() => "not told, and need not be".to_owned(),
        (true, _, _) => "well".to_owned(),
        (false, false, _) => format!("no rule yet ({})", fault.rules.join(", ")),
        (false, true, _) => verdict.wrong.join("; "),
    };
    let known = clock(fault.detectable);
    let name = fault.name;
    let _ = writeln!(text, "{name:55} {known}    {after:9} {team:10} {words}");
    if verdict.tickets.len() > 1 {
        for ticket in &verdict.tickets {
            let (when, id, title) = (clock(ticket.opened), ticket.incident, &ticket.title);
            let _ = writeln!(
                text,
                "    {when} #{id} [{}] {title} ({})",
                ticket.priority, ticket.rule
            );
        }
    }
}

fn rules(text: &mut String, score: &Score) {
    let _ = writeln!(
        text,
        "\nrule                        fired  tickets  not asked for  found"
    );
    for (rule, of) in &score.rules {
        let found: Vec<&str> = of.found.iter().copied().collect();
        let (fired, tickets, unasked) = (of.fired, of.tickets, of.unasked);
        let found = found.join("; ");
        let _ = writeln!(
            text,
            "{rule:27} {fired:5} {tickets:8} {unasked:14}  {found}"
        );
    }
}

fn unasked(text: &mut String, unasked: &[Unasked]) {
    let _ = writeln!(text, "\n{} tickets nobody asked for", unasked.len());
    for Unasked { ticket, members } in unasked {
        let closed = ticket.closed.map_or("open".to_owned(), clock);
        let _ = writeln!(
            text,
            "{} #{} [{}] {} ({}, {} places, {} updates, {} reopened, {}, closed {closed})",
            clock(ticket.opened),
            ticket.incident,
            ticket.priority,
            ticket.title,
            ticket.rule,
            ticket.places,
            ticket.updates,
            ticket.reopened,
            ticket.team,
        );
        let values: Vec<String> = ticket
            .values
            .iter()
            .map(|(name, value)| format!("{name}={value:.3}"))
            .collect();
        let _ = writeln!(text, "    {}", values.join(" "));
        for member in members {
            let when = clock(member.starts_at);
            let _ = writeln!(
                text,
                "    {when} {}: {} ({})",
                member.place, member.title, member.rule
            );
        }
    }
}
