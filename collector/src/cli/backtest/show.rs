//! Writes what a back-test says: the sum, by day and rule, and each ticket that is on one side only.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::json;
use vedette_triage::Timestamp;

use crate::api::Time;
use crate::api::v1::shapes::TicketSums;
use crate::backtest::{Kind, LASTED_MIN, Report, TicketLine};
use crate::cli::Desk;
use crate::cli::moment::{Look, about};
use crate::cli::paper::{Column, Mood};

/// Tickets opened, and avoided, that are named before the rest is counted. Missed ones are all named.
pub(super) const NAMED_MAX: usize = 20;

const BY_DAY: &[Column] = &[
    Column::Whole("DAY"),
    Column::Wraps("RULE"),
    Column::Whole("THEN"),
    Column::Whole("NOW"),
    Column::Whole("OPENED"),
    Column::Whole("AVOIDED"),
    Column::Whole("MISSED"),
];
const TICKETS: &[Column] = &[
    Column::Whole("AT"),
    Column::Whole("INCIDENT"),
    Column::Wraps("TITLE"),
    Column::Wraps("BECAUSE"),
];

/// What is shown.
pub(super) struct Shown<'a> {
    pub(super) report: &'a Report,
    pub(super) dir: &'a Path,
    /// From when it was asked for, if nothing is recorded of then.
    pub(super) too_early: Option<Timestamp>,
    /// Versions that made the policies of then, other than this one.
    pub(super) versions: Vec<&'a str>,
}

impl Shown<'_> {
    pub(super) fn put(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let look = desk.look();
        if desk.json {
            desk.paper.verbatim(&self.json(&look).to_string())?;
            return Ok(());
        }
        let Some(span) = self.report.span else {
            desk.paper.line("Nothing was decided in this span")?;
            return Ok(());
        };
        let sum = TicketSums::of(self.report);
        let (headline, mood) = headline(&sum, &self.dir.display().to_string());
        desk.paper.headline(&headline, mood)?;
        for line in self.remarks(&look, span) {
            desk.paper.line(&line)?;
        }
        desk.paper.gap();
        let rows = self.by_day(&look).into_iter().map(|((day, rule), sum)| {
            let mut row = vec![day, rule];
            row.extend(sums(&sum));
            row
        });
        let rows = rows.collect();
        desk.paper.table(BY_DAY, rows)?;
        for (kind, head) in [
            (Kind::Missed, "Missed"),
            (Kind::Opened, "Opened"),
            (Kind::Avoided, "Avoided"),
        ] {
            self.list(desk, &look, (kind, head))?;
        }
        Ok(())
    }

    fn by_day(&self, look: &Look) -> BTreeMap<(String, String), TicketSums> {
        let mut days: BTreeMap<(String, String), TicketSums> = BTreeMap::new();
        let mut of = |at: Timestamp, rule: &str, count: &dyn Fn(&mut TicketSums)| {
            count(
                days.entry((look.date(Time(at)), rule.to_owned()))
                    .or_default(),
            );
        };
        for (at, rule) in &self.report.before {
            of(*at, rule, &|sum| sum.then += 1);
        }
        for (at, rule) in &self.report.after {
            of(*at, rule, &|sum| sum.now += 1);
        }
        for line in &self.report.lines {
            of(line.at, &line.rule, &|sum| sum.count(line.kind));
        }
        days
    }

    /// What a reader must know to trust the sum.
    fn remarks(&self, look: &Look, (first, last): (Timestamp, Timestamp)) -> Vec<String> {
        let report = self.report;
        let (from, to) = (look.clock(Time(first)), look.clock(Time(last)));
        let mut lines = vec![match self.too_early {
            Some(wanted) => {
                let wanted = look.clock(Time(wanted));
                format!(
                    "Decided on from {from} to {to}; nothing is recorded from {wanted} until then"
                )
            }
            None => format!("Decided on from {from} to {to}"),
        }];
        if let Some(difference) = &report.difference {
            let versions = self.versions.join(", ");
            let why = match versions.as_str() {
                "" => String::new(),
                versions => format!("; it was decided by version {versions}"),
            };
            lines.push(format!(
                "The policy of then, here, decides {} otherwise than then, the first at {} (commit {}){why}: what follows is less sure",
                counted(report.differences, "commit"),
                look.clock(Time(difference.at)),
                difference.number,
            ));
        }
        let left = report.left_out;
        let parts = [
            (left.signals, "signal", "of rules that are not in it"),
            (
                left.commands,
                "command",
                "about incidents that there would not have been",
            ),
            (
                left.answers,
                "answer",
                "to deliveries that there would not have been",
            ),
        ];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(count, _, _)| *count > 0)
            .map(|(count, what, which)| format!("{} {which}", counted(count, what)))
            .collect();
        if !parts.is_empty() {
            lines.push(format!("Left out: {}", parts.join("; ")));
        }
        lines
    }

    fn list(
        &self,
        desk: &mut Desk<'_>,
        look: &Look,
        (kind, head): (Kind, &str),
    ) -> anyhow::Result<()> {
        let lines = self.report.lines.iter().filter(|line| line.kind == kind);
        let lines: Vec<&TicketLine> = lines.collect();
        if lines.is_empty() {
            return Ok(());
        }
        let named = if kind == Kind::Missed {
            lines.len()
        } else {
            NAMED_MAX
        };
        let rows = lines.iter().take(named).map(|line| {
            let incident = line.incident.map_or(String::new(), |id| id.0.to_string());
            vec![
                look.clock(Time(line.at)),
                incident,
                line.title.clone(),
                match line.kind {
                    Kind::Opened => String::new(),
                    Kind::Avoided | Kind::Missed => because(line.lasted, &Fate::of(line)),
                },
            ]
        });
        list_under(desk, head, (TICKETS, rows.collect()))?;
        if lines.len() > named {
            desk.paper.item(&format!(
                "and {} more; --json has them all",
                lines.len() - named
            ))?;
        }
        Ok(())
    }

    fn json(&self, look: &Look) -> serde_json::Value {
        let report = self.report;
        let tickets = |kind: Kind| -> Vec<serde_json::Value> {
            let lines = report.lines.iter().filter(|line| line.kind == kind);
            lines.map(ticket).collect()
        };
        let days = self.by_day(look);
        let days: Vec<serde_json::Value> = days
            .iter()
            .map(|((day, rule), sum)| json!({ "day": day, "rule": rule, "tickets": sum }))
            .collect();
        json!({
            "from": report.span.map(|(first, _)| Time(first)),
            "to": report.span.map(|(_, last)| Time(last)),
            "tickets": TicketSums::of(report),
            "by_day": days,
            "missed": tickets(Kind::Missed),
            "opened": tickets(Kind::Opened),
            "avoided": tickets(Kind::Avoided),
            "left_out": report.left_out,
            "differences": report.differences,
            "first_difference": report.difference.map(|difference| json!({
                "commit": difference.number,
                "at": Time(difference.at),
                "input": difference.input,
            })),
            "decided_by_versions": self.versions,
        })
    }
}

/// `with`: what is changed, if anything is.
pub(super) fn headline(sum: &TicketSums, with: &str) -> (String, Mood) {
    let TicketSums {
        then,
        now,
        opened,
        avoided,
        missed,
    } = sum;
    let tickets = counted(*then, "ticket");
    if with.is_empty() {
        return (format!("{tickets}; nothing is changed"), Mood::Plain);
    }
    let mood = if *missed > 0 { Mood::Bad } else { Mood::Good };
    if (opened, avoided, missed) == (&0, &0, &0) && then == now {
        return (
            format!("{tickets} then, and the same with {with}"),
            Mood::Plain,
        );
    }
    let changes = format!("{opened} opened, {avoided} avoided, {missed} missed");
    (
        format!("{tickets} then, {now} with {with}: {changes}"),
        mood,
    )
}

/// The cells of a sum in a table; what there is none of stays empty.
pub(super) fn sums(sum: &TicketSums) -> [String; 5] {
    let some = |count: u64| match count {
        0 => String::new(),
        count => count.to_string(),
    };
    [
        sum.then.to_string(),
        sum.now.to_string(),
        some(sum.opened),
        some(sum.avoided),
        some(sum.missed),
    ]
}

/// Tickets in a table of their own.
pub(super) fn list_under(
    desk: &mut Desk<'_>,
    head: &str,
    (columns, rows): (&[Column], Vec<Vec<String>>),
) -> anyhow::Result<()> {
    desk.paper.gap();
    desk.paper.line(&format!("{head}:"))?;
    desk.paper.table(columns, rows)?;
    Ok(())
}

/// What became of a ticket that is on one side only.
pub(super) struct Fate {
    pub(super) over: bool,
    pub(super) acted: bool,
    pub(super) worse: bool,
    pub(super) elsewhere: bool,
}

impl Fate {
    fn of(line: &TicketLine) -> Fate {
        Fate {
            over: line.over,
            acted: line.acted,
            worse: line.worse,
            elsewhere: line.elsewhere,
        }
    }
}

/// Why a ticket is where it is.
pub(super) fn because(span: Duration, fate: &Fate) -> String {
    let lasted = match fate.over {
        true => format!("it lasted {}", about(span)),
        false => format!("it still fired at the end, for {}", about(span)),
    };
    if fate.elsewhere {
        return "its alerts are in another ticket".into();
    }
    let mattered = [
        (fate.acted, "somebody worked on it"),
        (fate.worse, "it became worse"),
        (span >= LASTED_MIN, &*lasted),
    ];
    let mattered = mattered.into_iter().filter(|(is_so, _)| *is_so);
    let mattered: Vec<&str> = mattered.map(|(_, words)| words).collect();
    match mattered.as_slice() {
        [] => lasted,
        all => all.join(", and "),
    }
}

fn ticket(line: &TicketLine) -> serde_json::Value {
    json!({
        "at": Time(line.at),
        "incident": line.incident,
        "title": line.title,
        "rule": line.rule,
        "severity": line.severity,
        "priority": line.priority,
        "lasted_s": line.lasted.as_secs(),
        "over": line.over,
        "acted_on": line.acted,
        "worse": line.worse,
        "elsewhere": line.elsewhere,
    })
}

pub(super) fn counted(count: u64, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}
