//! Plans work, lists what is planned, and ends it before its time.

use vedette_triage::Matcher;

use super::Desk;
use super::arguments::{WindowArguments, WindowCommand};
use super::failure::{Standing, misused};
use super::moment::Look;
use super::paper::Column;
use crate::api::Time;
use crate::api::v1::shapes::{Window, WindowMade, WindowRequest, Windows};

/// What is shown of each.
const COLUMNS: &[Column] = &[
    Column::Wraps("WINDOW"),
    Column::Whole("STATE"),
    Column::Whole("FROM"),
    Column::Whole("UNTIL"),
    Column::Wraps("MATCHERS"),
    Column::Whole("OWNER"),
    Column::Wraps("WHY"),
];

pub(super) async fn obey(desk: &mut Desk<'_>, command: WindowCommand) -> anyhow::Result<Standing> {
    match command {
        WindowCommand::Add(wanted) => add(desk, wanted).await,
        WindowCommand::List => list(desk).await,
        WindowCommand::End { name } => end(desk, &name).await,
    }
}

async fn add(desk: &mut Desk<'_>, wanted: WindowArguments) -> anyhow::Result<Standing> {
    let look = desk.look();
    let from = match wanted.from.as_str() {
        "now" => None,
        text => Some(look.read(text).map_err(misused)?),
    };
    let ends_at = Time(from.map_or(look.now, |from| from.0).after(wanted.lasts));
    if ends_at.0 <= look.now {
        let at = look.moment(ends_at);
        return Err(misused(format!(
            "A window ends in the future, and {at} is over"
        )));
    }
    let matchers: Vec<String> = wanted.matchers.iter().map(Matcher::to_string).collect();
    let request = WindowRequest {
        name: wanted.name,
        matchers: matchers.clone(),
        starts_at: from,
        ends_at,
        why: wanted.why,
        report: wanted.report,
        by: desk.surroundings.user.clone(),
    };
    let connection = desk.connect()?;
    let answer = connection.post(&["api", "v1", "windows"], &request).await?;
    let made: WindowMade = answer.read()?;
    if desk.as_it_is(&answer)? {
        return Ok(Standing::Well);
    }
    let begins = match from {
        None => "from now".to_owned(),
        Some(from) => format!("from {}", look.moment(from)),
    };
    let until = look.moment(ends_at);
    let name = made.name;
    desk.paper.line(&format!(
        "Planned {} {begins} until {until}: what fires then opens nothing, tickets stay and are closed when they clear",
        matchers.join(" ")
    ))?;
    if wanted.report {
        desk.paper
            .line("At its end one ticket says what is not as it was before")?;
    }
    desk.paper
        .line(&format!("To end it before: vedette window end {name:?}"))?;
    Ok(Standing::Well)
}

async fn list(desk: &mut Desk<'_>) -> anyhow::Result<Standing> {
    let connection = desk.connect()?;
    let answer = connection.get(&["api", "v1", "windows"], &[]).await?;
    let found: Windows = answer.read()?;
    if desk.as_it_is(&answer)? {
        return Ok(Standing::Well);
    }
    if found.windows.is_empty() {
        desk.paper.line("Nothing is planned")?;
        return Ok(Standing::Well);
    }
    let look = desk.look();
    let rows = found.windows.iter().map(|window| row(window, &look));
    desk.paper.table(COLUMNS, rows.collect())?;
    Ok(Standing::Well)
}

fn row(window: &Window, look: &Look) -> Vec<String> {
    vec![
        window.name.clone(),
        window.state.clone(),
        look.clock(window.starts_at),
        look.clock(window.ends_at),
        window.matchers.join(" "),
        window.owner.clone(),
        window.why.clone(),
    ]
}

async fn end(desk: &mut Desk<'_>, name: &str) -> anyhow::Result<Standing> {
    let connection = desk.connect()?;
    let answer = connection.delete(&["api", "v1", "windows", name]).await?;
    if !desk.as_it_is(&answer)? {
        desk.paper.line(&format!(
            "Window {name:?} has ended; what still fires opens now"
        ))?;
    }
    Ok(Standing::Well)
}
