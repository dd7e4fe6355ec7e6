//! Compares what was told with the truth: which fault had its ticket and when, which ticket
//! nobody asked for, how many there were in a day.
//!
//! In: the truth, the journal. Out: a [`Score`]. Changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use vedette_triage::{Handling, IncidentId, Policy, Timestamp};

use crate::desk::ONCALL;
use crate::journal::{Journal, MemberRecord, TicketRecord};
use crate::time;
use crate::truth::{Fault, Truth, Worth};

/// At most so many tickets on a working day, and on a Sunday; on a Saturday as on a working day.
pub(crate) const A_WORKING_DAY: u32 = 20;
pub(crate) const A_SUNDAY: u32 = 5;
/// At most so many pages in a night.
pub(crate) const A_NIGHT: u32 = 1;
/// A fault has its ticket within so long of being detectable.
const WITHIN: Duration = Duration::from_secs(10 * 60);
/// A ticket is closed within so long of the end of its fault: it must be well for five minutes,
/// seen to be so, and stay so.
const CLOSED_WITHIN: Duration = Duration::from_secs(20 * 60);
/// What began so soon before or after a fault may be it.
const ABOUT: Duration = Duration::from_secs(5 * 60);

/// What the week comes to.
pub(crate) struct Score {
    pub(crate) days: BTreeMap<i64, Day>,
    pub(crate) pages: BTreeMap<i64, u32>,
    pub(crate) faults: Vec<Verdict>,
    pub(crate) unasked: Vec<Unasked>,
    pub(crate) rules: BTreeMap<String, OfRule>,
}

/// The tickets of a day.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Day {
    pub(crate) tickets: u32,
    /// Of faults.
    pub(crate) asked: u32,
    pub(crate) digests: u32,
    pub(crate) unasked: u32,
    /// Of what may have one.
    pub(crate) maybe: u32,
}

/// What became of a fault.
pub(crate) struct Verdict {
    pub(crate) fault: Fault,
    pub(crate) is_covered: bool,
    pub(crate) ticket: Option<TicketRecord>,
    /// Tickets about it that nobody merged into another.
    pub(crate) tickets: Vec<TicketRecord>,
    pub(crate) wrong: Vec<String>,
}

/// A ticket that belongs to no fault.
pub(crate) struct Unasked {
    pub(crate) ticket: TicketRecord,
    pub(crate) members: Vec<MemberRecord>,
}

/// What a rule cost and found.
#[derive(Debug, Clone, Default)]
pub(crate) struct OfRule {
    pub(crate) fired: u32,
    pub(crate) tickets: u32,
    pub(crate) unasked: u32,
    pub(crate) found: BTreeSet<&'static str>,
}

/// Scores the week.
pub(crate) fn score(truth: &Truth, journal: &Journal, policy: &Policy) -> Score {
    let mut score = Score {
        days: time::ALL_DAYS
            .into_iter()
            .map(|day| (day, Day::default()))
            .collect(),
        pages: BTreeMap::new(),
        faults: Vec::new(),
        unasked: Vec::new(),
        rules: BTreeMap::new(),
    };
    for (rule, fired) in journal.fired() {
        score.rules.entry(rule.clone()).or_default().fired = *fired;
    }
    let mut of_fault: BTreeMap<usize, Vec<TicketRecord>> = BTreeMap::new();
    for ticket in journal.tickets() {
        let Some(day) = time::day(ticket.opened) else {
            continue;
        };
        if ticket.receiver == ONCALL {
            count_page(&mut score, ticket);
            continue;
        }
        let whose = whose(truth, journal, ticket);
        let counts = score.days.entry(day).or_default();
        counts.tickets += 1;
        let rule = score.rules.entry(ticket.rule.clone()).or_default();
        rule.tickets += 1;
        let is_asked = whose
            .iter()
            .any(|at| truth.faults[*at].worth == Worth::Ticket);
        match (is_asked, whose.is_empty(), is_digest(ticket)) {
            (_, _, true) => counts.digests += 1,
            (true, _, false) => counts.asked += 1,
            (false, false, false) => counts.maybe += 1,
            (false, true, false) => {
                counts.unasked += 1;
                rule.unasked += 1;
                let members = journal.members(ticket.incident).take(4).cloned().collect();
                score.unasked.push(Unasked {
                    ticket: ticket.clone(),
                    members,
                });
            }
        }
        for at in whose {
            rule.found.insert(truth.faults[at].name);
            of_fault.entry(at).or_default().push(ticket.clone());
        }
    }
    for (at, fault) in truth.faults.iter().enumerate() {
        let tickets = of_fault.remove(&at).unwrap_or_default();
        let tickets = standing(journal, tickets);
        score.faults.push(verdict(fault, tickets, journal, policy));
    }
    score
}

fn count_page(score: &mut Score, ticket: &TicketRecord) {
    if let Some(night) = time::night(ticket.opened) {
        *score.pages.entry(night).or_default() += 1;
    }
}

fn is_digest(ticket: &TicketRecord) -> bool {
    ticket.handling == Handling::Digest
}

/// The faults that a ticket is about.
fn whose(truth: &Truth, journal: &Journal, ticket: &TicketRecord) -> Vec<usize> {
    let about = |fault: &Fault| {
        journal
            .members(ticket.incident)
            .any(|member| is_of(fault, member))
    };
    (0..truth.faults.len())
        .filter(|at| about(&truth.faults[*at]))
        .collect()
}

fn is_of(fault: &Fault, member: &MemberRecord) -> bool {
    fault.rules.contains(&member.rule.as_str())
        && fault.places.contains(&member.place)
        && member.starts_at >= fault.begins.before(ABOUT)
        && member.starts_at <= fault.ends.after(fault.lingers).after(ABOUT)
}

/// Those that were not made part of another one.
fn standing(journal: &Journal, mut tickets: Vec<TicketRecord>) -> Vec<TicketRecord> {
    tickets.retain(|ticket| journal.goes_on_in(ticket.incident).is_none());
    tickets
}

fn verdict(
    fault: &Fault,
    tickets: Vec<TicketRecord>,
    journal: &Journal,
    policy: &Policy,
) -> Verdict {
    let is_built_in = |rule: &&&str| policy.rules.contains_key(**rule) || **rule == "window-report";
    let is_covered = fault.rules.iter().any(|rule| is_built_in(&rule));
    let first = tickets.first().cloned();
    let mut wrong = Vec::new();
    match (&first, fault.worth) {
        (None, Worth::Maybe) => {}
        (None, Worth::Ticket) => wrong.push(missing(fault, journal)),
        (Some(first), _) => {
            let latest = fault.detectable.after(WITHIN);
            if first.opened > latest {
                let late = first.opened.since(fault.detectable);
                wrong.push(format!(
                    "told {} min after it could be known",
                    late.as_secs() / 60
                ));
            }
            if tickets.len() > 1 {
                wrong.push(format!("{} tickets", tickets.len()));
            }
            let others = tickets.iter().filter(|ticket| ticket.team != fault.team);
            wrong.extend(others.map(|ticket| format!("given to {}", ticket.team)));
            wrong.extend(tickets.iter().filter_map(|ticket| unclosed(fault, ticket)));
        }
    }
    Verdict {
        fault: fault.clone(),
        is_covered,
        ticket: first,
        tickets,
        wrong,
    }
}

/// Why nobody was told, as far as it shows.
fn missing(fault: &Fault, journal: &Journal) -> String {
    let is_its =
        |members: &BTreeMap<_, MemberRecord>| members.values().any(|member| is_of(fault, member));
    let found: Vec<(IncidentId, Handling)> = journal
        .incidents()
        .filter(|(_, _, members)| is_its(members))
        .map(|(id, handling, _)| (id, handling))
        .collect();
    match found.first() {
        None => "no alert".to_owned(),
        Some((id, Handling::Digest)) => format!("hidden in a digest (incident {id})"),
        Some((id, Handling::Watch)) => format!("only watched (incident {id})"),
        Some((id, _)) => format!("never told (incident {id})"),
    }
}

fn unclosed(fault: &Fault, ticket: &TicketRecord) -> Option<String> {
    let latest = fault.ends.after(fault.lingers).after(CLOSED_WITHIN);
    if latest > time::ends() {
        return None;
    }
    match ticket.closed {
        None => Some("never closed".to_owned()),
        Some(closed) if closed > latest => Some(format!(
            "closed {} min after its end",
            closed.since(fault.ends).as_secs() / 60
        )),
        Some(closed) if closed < fault.ends && fault.worth == Worth::Ticket => Some(format!(
            "closed {} min before its end",
            fault.ends.since(closed).as_secs() / 60
        )),
        Some(_) => None,
    }
}

impl Score {
    /// Everything that is not as it should be, in words.
    pub(crate) fn wrong(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for (day, counts) in &self.days {
            let most = match *day {
                time::SUN => A_SUNDAY,
                _ => A_WORKING_DAY,
            };
            if counts.tickets > most {
                let name = time::day_name(*day);
                wrong.push(format!(
                    "{} tickets on {name}, at most {most}",
                    counts.tickets
                ));
            }
        }
        for (night, pages) in &self.pages {
            if *pages > A_NIGHT {
                let name = time::day_name(*night);
                wrong.push(format!("{pages} pages in the night after {name}"));
            }
        }
        for verdict in self.faults.iter().filter(|verdict| verdict.is_covered) {
            for what in &verdict.wrong {
                wrong.push(format!("{}: {what}", verdict.fault.name));
            }
        }
        wrong
    }

    pub(crate) fn tickets(&self) -> u32 {
        self.days.values().map(|day| day.tickets).sum()
    }

    pub(crate) fn found(&self) -> usize {
        let is_found =
            |verdict: &&Verdict| verdict.fault.worth == Worth::Ticket && verdict.ticket.is_some();
        self.faults.iter().filter(is_found).count()
    }
}

/// How long after it could be known it was told.
pub(crate) fn delay(fault: &Fault, opened: Timestamp) -> String {
    match opened >= fault.detectable {
        true => format!("+{} s", opened.since(fault.detectable).as_secs()),
        false => format!("-{} s", fault.detectable.since(opened).as_secs()),
    }
}
