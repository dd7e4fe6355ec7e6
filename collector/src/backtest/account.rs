//! Decides which tickets a changed policy opens, avoids and misses.
//!
//! In: the tickets of both engines. Out: what is in one and not in the other. Each ticket of one is
//! set against one of the other that is about the same: see [`By`].
//!
//! A ticket is **opened** that has no counterpart then. It is **avoided** where it has none now; of
//! these it is **missed** where none of its alerts is in any ticket now although a person did
//! something about it (acknowledged, noted, merged, closed by hand, found useful), it became worse
//! after it was opened, or it lasted [`LASTED_MIN`].

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;
use vedette_triage::{Identity, IncidentId, Priority, Severity, Timestamp};

use super::book::{Book, Firing, Opened};
use super::other::LeftOut;
use crate::recording::Difference;

/// What lasted so long would have been worth a ticket.
pub const LASTED_MIN: Duration = Duration::from_secs(3_600);

/// What became of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// There was none, there would be one.
    Opened,
    /// There was one, there would be none.
    Avoided,
    /// The same, and it would have been worth one.
    Missed,
}

/// A ticket that is on one side only.
#[derive(Debug, Clone, PartialEq)]
pub struct TicketLine {
    /// What became of it.
    pub kind: Kind,
    /// When it was opened.
    pub at: Timestamp,
    /// The incident it was of; none for one that there was not.
    pub incident: Option<IncidentId>,
    /// The incident's title.
    pub title: String,
    /// Its leader's rule.
    pub rule: String,
    /// How bad.
    pub severity: Severity,
    /// How urgent.
    pub priority: Priority,
    /// How long something in it fired, by its end or the end of the span.
    pub lasted: Duration,
    /// Whether it was over by then.
    pub over: bool,
    /// Whether a person did something about it.
    pub acted: bool,
    /// Whether it became worse after it was opened.
    pub worse: bool,
    /// Whether its alerts are in another ticket.
    pub elsewhere: bool,
}

/// What a back-test says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// The first and the last commit that were played; none where there was none.
    pub span: Option<(Timestamp, Timestamp)>,
    /// Tickets there were: when they were opened, and by which rule.
    pub before: Vec<(Timestamp, String)>,
    /// Tickets there would be.
    pub after: Vec<(Timestamp, String)>,
    /// Those on one side only, in order of time.
    pub lines: Vec<TicketLine>,
    /// Decisions that the unchanged policy makes otherwise than then.
    pub differences: u64,
    /// The first of them.
    pub difference: Option<Difference>,
    /// What could not be told to the engine with the changed policy.
    pub left_out: LeftOut,
}

/// When two tickets are about the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// The same alert fires the same time in both: both engines were told the same.
    Firing,
    /// The same alert, at the same time: each engine was told what was found for it.
    Time,
}

/// Finds the tickets now that are about the same as one then.
struct Near<'a> {
    now: &'a Book,
    end: Timestamp,
    by: By,
    firings: BTreeMap<&'a Firing, Vec<IncidentId>>,
    identities: BTreeMap<&'a Identity, Vec<IncidentId>>,
}

impl<'a> Near<'a> {
    fn new(now: &'a Book, end: Timestamp, by: By) -> Near<'a> {
        let mut near = Near {
            now,
            end,
            by,
            firings: BTreeMap::new(),
            identities: BTreeMap::new(),
        };
        for id in now.tickets.keys() {
            for firing in now.firings(*id) {
                near.firings.entry(firing).or_default().push(*id);
                near.identities.entry(&firing.0).or_default().push(*id);
            }
        }
        near
    }

    fn of(&self, then: &Book, id: IncidentId) -> Vec<IncidentId> {
        let firings = then.firings(id);
        match self.by {
            By::Firing => {
                let found = firings.filter_map(|firing| self.firings.get(firing));
                found.flatten().copied().collect()
            }
            By::Time => {
                let found = firings.filter_map(|(identity, _)| self.identities.get(identity));
                let (begin, end) = span(&then.tickets[&id], self.end);
                let meanwhile = |other: &&IncidentId| {
                    let (other_begin, other_end) = span(&self.now.tickets[other], self.end);
                    begin <= other_end && other_begin <= end
                };
                found.flatten().filter(meanwhile).copied().collect()
            }
        }
    }
}

fn span(opened: &Opened, end: Timestamp) -> (Timestamp, Timestamp) {
    let end = over(opened).unwrap_or(end);
    (opened.incident.started_at, end)
}

pub(super) fn compare(then: &Book, now: &Book, (end, by): (Timestamp, By)) -> Report {
    let tickets = |book: &Book| -> Vec<(Timestamp, String)> {
        let tickets = book.tickets.values();
        tickets
            .map(|opened| (opened.at, opened.rule.clone()))
            .collect()
    };
    let near = Near::new(now, end, by);
    let matched = matched(then, &near);
    let kept: BTreeSet<IncidentId> = matched.values().copied().collect();
    let mut lines = Vec::new();
    for (id, opened) in &then.tickets {
        if !matched.contains_key(id) {
            let elsewhere = !near.of(then, *id).is_empty();
            let acted = then.is_acted_on(*id);
            let lasted = lasted(opened, end);
            let worse = opened.incident.worst > opened.severity;
            let missed = !elsewhere && (acted || worse || lasted >= LASTED_MIN);
            lines.push(TicketLine {
                acted,
                elsewhere,
                incident: Some(*id),
                ..line(
                    if missed { Kind::Missed } else { Kind::Avoided },
                    opened,
                    end,
                )
            });
        }
    }
    for (id, opened) in &now.tickets {
        if !kept.contains(id) {
            lines.push(line(Kind::Opened, opened, end));
        }
    }
    lines.sort_by_key(|line| (line.at, line.kind, line.incident));
    Report {
        before: tickets(then),
        after: tickets(now),
        lines,
        ..Report::default()
    }
}

/// The ticket now of each ticket then, the earliest first.
fn matched(then: &Book, near: &Near<'_>) -> BTreeMap<IncidentId, IncidentId> {
    let mut taken = BTreeSet::new();
    let mut matched = BTreeMap::new();
    for id in then.tickets.keys() {
        let mut about_the_same = near.of(then, *id).into_iter();
        let free = about_the_same.find(|other| !taken.contains(other));
        if let Some(other) = free {
            taken.insert(other);
            matched.insert(*id, other);
        }
    }
    matched
}

fn line(kind: Kind, opened: &Opened, end: Timestamp) -> TicketLine {
    let incident = &opened.incident;
    TicketLine {
        kind,
        at: opened.at,
        incident: None,
        title: incident.title.clone(),
        rule: opened.rule.clone(),
        severity: incident.worst,
        priority: incident.priority,
        lasted: lasted(opened, end),
        over: over(opened).is_some(),
        acted: false,
        worse: incident.worst > opened.severity,
        elsewhere: false,
    }
}

fn lasted(opened: &Opened, end: Timestamp) -> Duration {
    let end = over(opened).unwrap_or(end);
    end.since(opened.incident.started_at)
}

fn over(opened: &Opened) -> Option<Timestamp> {
    opened.incident.cleared_at.or(opened.incident.closed_at)
}
