//! Lists receivers, says what they need, tries them out, shows what would be sent, and
//! leaves them alone for a while.

use super::Desk;
use super::arguments::ReceiverCommand;
use super::failure::Standing;
use super::moment::Look;
use super::paper::Column;
use crate::api::v1::shapes::{
    Receiver, ReceiverDescription, ReceiverPauseRequest, ReceiverRender, ReceiverTest,
    ReceiverTestRequest, Receivers,
};

/// The longest a test may take: some thirty requests to a slow ticket system.
const TEST_AT_MOST: std::time::Duration = std::time::Duration::from_secs(600);
/// What is shown of each.
const COLUMNS: &[Column] = &[
    Column::Whole("RECEIVER"),
    Column::Whole("PROFILE"),
    Column::Whole("STATE"),
    Column::Whole("WAITING"),
    Column::Whole("DEAD"),
    Column::Wraps("WHY"),
];

pub(super) async fn obey(
    desk: &mut Desk<'_>,
    command: ReceiverCommand,
) -> anyhow::Result<Standing> {
    match command {
        ReceiverCommand::List => list(desk).await,
        ReceiverCommand::Describe { name } => describe(desk, &name).await,
        ReceiverCommand::Test { name, full } => test(desk, &name, full).await,
        ReceiverCommand::Render { name, incident } => render(desk, &name, &incident).await,
        ReceiverCommand::Pause { name, lasts, why } => pause(desk, &name, (lasts, why)).await,
        ReceiverCommand::Resume { name } => resume(desk, &name).await,
    }
}

async fn list(desk: &mut Desk<'_>) -> anyhow::Result<Standing> {
    let connection = desk.connect()?;
    let answer = connection.get(&["api", "v1", "receivers"], &[]).await?;
    let found: Receivers = answer.read()?;
    let is_well = found
        .receivers
        .iter()
        .all(|one| one.standing.state == "well");
    let standing = Standing::well_if(is_well);
    if desk.as_it_is(&answer)? {
        return Ok(standing);
    }
    if found.receivers.is_empty() {
        desk.paper
            .line("There is no receiver; write [[receiver]] in collector.toml")?;
        return Ok(Standing::Well);
    }
    let look = desk.look();
    let rows = found.receivers.iter().map(|one| row(one, &look));
    desk.paper.table(COLUMNS, rows.collect())?;
    Ok(standing)
}

fn row(receiver: &Receiver, look: &Look) -> Vec<String> {
    let standing = &receiver.standing;
    let why = match (&receiver.paused, &standing.failure) {
        (Some(pause), _) => format!(
            "{}, until {}: {}",
            pause.by,
            look.clock(pause.until),
            pause.why
        ),
        (None, Some(failure)) => failure.why.clone(),
        (None, None) => String::new(),
    };
    vec![
        standing.receiver.clone(),
        receiver.profile.clone().unwrap_or_default(),
        standing.state.clone(),
        standing.pending.to_string(),
        standing.dead.to_string(),
        why,
    ]
}

async fn describe(desk: &mut Desk<'_>, name: &str) -> anyhow::Result<Standing> {
    let connection = desk.connect()?;
    let answer = connection
        .get(&["api", "v1", "receivers", name], &[])
        .await?;
    let found: Receiver = answer.read()?;
    if desk.as_it_is(&answer)? {
        return Ok(Standing::Well);
    }
    let Some(description) = &found.description else {
        return Ok(Standing::Well);
    };
    told(
        desk,
        name,
        (found.profile.as_deref().unwrap_or_default(), description),
    )?;
    Ok(Standing::Well)
}

fn told(
    desk: &mut Desk<'_>,
    name: &str,
    (profile, description): (&str, &ReceiverDescription),
) -> std::io::Result<()> {
    desk.paper.line(&format!(
        "Receiver {name} speaks to {} (profile {profile})",
        description.about
    ))?;
    let list = |words: &[String]| match words {
        [] => "-".to_owned(),
        words => words.join(", "),
    };
    desk.paper.facts(&[
        ("Once", description.once.clone()),
        ("Login", description.login.clone()),
        ("Can", list(&description.can)),
        ("Nothing is sent for", list(&description.cannot)),
    ])?;
    desk.paper.gap();
    if description.setup.is_empty() {
        return desk.paper.line("Nothing has to be made at the other side");
    }
    desk.paper.line("To be made there first:")?;
    for text in &description.setup {
        desk.paper.gap();
        desk.paper.block(text)?;
    }
    Ok(())
}

async fn test(desk: &mut Desk<'_>, name: &str, full: bool) -> anyhow::Result<Standing> {
    let connection = desk.connect()?.patient(TEST_AT_MOST);
    let path = ["api", "v1", "receivers", name, "test"];
    let answer = connection
        .post(&path, &ReceiverTestRequest { full })
        .await?;
    let found: ReceiverTest = answer.read()?;
    let standing = Standing::well_if(found.works);
    if desk.as_it_is(&answer)? {
        return Ok(standing);
    }
    let columns = [
        Column::Whole("TRIED"),
        Column::Whole("OUTCOME"),
        Column::Wraps("SAID"),
    ];
    let rows = found
        .steps
        .into_iter()
        .map(|step| vec![step.what, step.outcome, step.said]);
    desk.paper.table(&columns, rows.collect())?;
    let sentence = match (found.works, full) {
        (true, true) => "It works; the ticket marked TEST is resolved",
        (true, false) => "Everything that is needed is there; --full opens a ticket marked TEST",
        (false, _) => "It does not work yet",
    };
    desk.paper.gap();
    desk.paper.line(sentence)?;
    Ok(standing)
}

async fn render(desk: &mut Desk<'_>, name: &str, incident: &str) -> anyhow::Result<Standing> {
    let connection = desk.connect()?;
    let path = ["api", "v1", "receivers", name, "render"];
    let answer = connection.get(&path, &[("incident", incident)]).await?;
    let found: ReceiverRender = answer.read()?;
    if desk.as_it_is(&answer)? {
        return Ok(Standing::Well);
    }
    let whose = match found.of == name {
        true => String::new(),
        false => format!(", as decided for {}", found.of),
    };
    desk.paper.line(&format!(
        "What was decided last is {}{whose}; receiver {name} carries it out as `{}`. Secrets are masked",
        found.action, found.operation
    ))?;
    for step in &found.steps {
        desk.paper.gap();
        let skipped = if step.skipped {
            " (skipped: its condition does not hold)"
        } else {
            ""
        };
        desk.paper.line(&format!("{}{skipped}", step.name))?;
        let headers: String = step
            .headers
            .iter()
            .map(|header| format!("{header}\n"))
            .collect();
        desk.paper
            .block(&format!("{}\n{headers}\n{}", step.line, step.body))?;
        for replaced in &step.replaced {
            desk.paper
                .item(&format!("a built-in text stands there: {replaced}"))?;
        }
    }
    if found.steps.is_empty() {
        desk.paper.line("The profile sends nothing for it")?;
    }
    Ok(Standing::Well)
}

async fn pause(
    desk: &mut Desk<'_>,
    name: &str,
    (lasts, why): (std::time::Duration, String),
) -> anyhow::Result<Standing> {
    let request = ReceiverPauseRequest {
        by: desk.surroundings.user.clone(),
        lasts: vedette_config::duration::show(lasts),
        why,
    };
    let connection = desk.connect()?;
    let answer = connection
        .post(&["api", "v1", "receivers", name, "pause"], &request)
        .await?;
    if !desk.as_it_is(&answer)? {
        desk.paper.line(&format!(
            "Receiver {name} is left alone for {}: what is for it waits, and is sent then by itself",
            request.lasts
        ))?;
    }
    Ok(Standing::Well)
}

async fn resume(desk: &mut Desk<'_>, name: &str) -> anyhow::Result<Standing> {
    let connection = desk.connect()?;
    let nothing = serde_json::json!({});
    let answer = connection
        .post(&["api", "v1", "receivers", name, "resume"], &nothing)
        .await?;
    if !desk.as_it_is(&answer)? {
        desk.paper
            .line(&format!("Receiver {name} is sent to again"))?;
    }
    Ok(Standing::Well)
}
