//! Tries a changed rule on what was measured; the collector does it, and here stands how far it is.

use std::fs;
use std::time::Duration;

use super::Bar;
use super::show::{Fate, NAMED_MAX, because, counted, headline, list_under, sums};
use crate::api::Time;
use crate::api::v1::shapes::{
    Backtest, BacktestBegun, BacktestRequest, BacktestState, Parameter, TicketTried,
};
use crate::cli::Desk;
use crate::cli::arguments::BacktestArguments;
use crate::cli::failure::{Standing, misused, not_ok};
use crate::cli::moment::Look;
use crate::cli::paper::Column;

/// Pause between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(250);

const BY_HOUR: &[Column] = &[
    Column::Whole("HOUR"),
    Column::Whole("THEN"),
    Column::Whole("NOW"),
    Column::Whole("OPENED"),
    Column::Whole("AVOIDED"),
    Column::Whole("MISSED"),
];
const TICKETS: &[Column] = &[
    Column::Whole("AT"),
    Column::Wraps("TITLE"),
    Column::Wraps("BECAUSE"),
];

pub(super) async fn run(
    desk: &mut Desk<'_>,
    (rule, wanted): (&str, &BacktestArguments),
) -> anyhow::Result<Standing> {
    let request = request(&desk.look(), wanted)?;
    let connection = desk.connect()?;
    let path = ["api", "v1", "rules", rule, "backtest"];
    let begun: BacktestBegun = connection.post(&path, &request).await?.read()?;
    let id = begun.id.to_string();
    let mut bar = Bar::new(desk);
    let report = loop {
        let answer = connection
            .get(&["api", "v1", "backtests", &id], &[])
            .await?;
        let state: BacktestState = answer.read()?;
        bar.reached(state.done);
        match (state.report, state.error) {
            (Some(report), _) => break report,
            (None, Some(error)) => return Err(not_ok(format!("It cannot be tried: {error}"))),
            (None, None) => (desk.surroundings.pause)(LOOK_EVERY).await,
        }
    };
    drop(bar);
    if desk.json {
        desk.paper.verbatim(&serde_json::to_string(&report)?)?;
    } else {
        show(desk, &report)?;
    }
    Ok(Standing::well_if(report.tickets.missed == 0))
}

fn request(look: &Look, wanted: &BacktestArguments) -> anyhow::Result<BacktestRequest> {
    let time = |text: &Option<String>| {
        let read = |text: &String| look.read_past(text).map_err(misused);
        text.as_ref().map(read).transpose()
    };
    let read = |path: &std::path::PathBuf| {
        let shown = path.display();
        fs::read_to_string(path)
            .map_err(|error| misused(format!("{shown} cannot be read: {error}")))
    };
    let set = wanted.set.iter().map(|(name, value)| {
        let value = Parameter::Text(value.clone());
        (name.clone(), value)
    });
    Ok(BacktestRequest {
        from: time(&wanted.from)?,
        to: time(&wanted.to)?,
        set: set.collect(),
        file: wanted.file.as_ref().map(read).transpose()?,
    })
}

fn show(desk: &mut Desk<'_>, report: &Backtest) -> anyhow::Result<()> {
    let look = desk.look();
    let (line, mood) = headline(&report.tickets, &report.changed);
    desk.paper.headline(&line, mood)?;
    for line in remarks(&look, report) {
        desk.paper.line(&line)?;
    }
    if !report.by_hour.is_empty() {
        desk.paper.gap();
    }
    let rows = report.by_hour.iter().map(|row| {
        let mut cells = vec![look.clock(row.hour)];
        cells.extend(sums(&row.tickets));
        cells
    });
    let rows = rows.collect();
    desk.paper.table(BY_HOUR, rows)?;
    for (head, tickets, named_max) in [
        ("Missed", &report.missed, usize::MAX),
        ("Opened", &report.opened, NAMED_MAX),
        ("Avoided", &report.avoided, NAMED_MAX),
    ] {
        list(desk, &look, (head, tickets, named_max))?;
    }
    Ok(())
}

/// What a reader must know to trust the sum.
fn remarks(look: &Look, report: &Backtest) -> Vec<String> {
    let (from, to) = (look.clock(report.from), look.clock(report.to));
    let of = format!(
        "{} series of {}",
        report.series,
        counted(report.hosts, "host")
    );
    let resolution = match report.full_since {
        Some(full) if full <= report.from => "every value".to_owned(),
        Some(full) if full < report.to => format!(
            "every value since {}, before that the last, least and greatest of each minute",
            look.clock(full)
        ),
        Some(_) | None => "the last, least and greatest of each minute".to_owned(),
    };
    let mut lines = vec![format!("Measured from {from} to {to}, {of}: {resolution}")];
    if report.as_if_tickets {
        lines.push("What is worth no ticket by now is counted as if it were".to_owned());
    }
    lines.push(
        "Without silences, other rules' alerts, and what people did: the first column is what the rule opens by itself"
            .to_owned(),
    );
    lines
}

fn list(
    desk: &mut Desk<'_>,
    look: &Look,
    (head, tickets, named_max): (&str, &[TicketTried], usize),
) -> anyhow::Result<()> {
    if tickets.is_empty() {
        return Ok(());
    }
    let rows = tickets.iter().take(named_max).map(|ticket| {
        let at: Time = ticket.at;
        vec![look.clock(at), ticket.title.clone(), why(head, ticket)]
    });
    list_under(desk, head, (TICKETS, rows.collect()))?;
    if tickets.len() > named_max {
        let more = tickets.len() - named_max;
        desk.paper
            .item(&format!("and {more} more; --json has them"))?;
    }
    Ok(())
}

fn why(head: &str, ticket: &TicketTried) -> String {
    match head {
        "Opened" => String::new(),
        _ => because(
            Duration::from_secs(ticket.lasted_s),
            &Fate {
                over: ticket.over,
                acted: ticket.acted_on,
                worse: ticket.worse,
                elsewhere: ticket.elsewhere,
            },
        ),
    }
}
