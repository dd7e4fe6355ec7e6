//! Makes, lists and ends exceptions.

use serde_json::json;
use vedette_triage::Matcher;

use super::Desk;
use super::arguments::{ExceptionArguments, ExceptionCommand};
use super::failure::{Standing, misused};
use super::moment::Look;
use super::paper::Column;
use crate::api::v1::shapes::{Exception, ExceptionRequest, Exceptions};

/// What is shown of each.
const COLUMNS: &[Column] = &[
    Column::Whole("RULE"),
    Column::Wraps("WHERE"),
    Column::Wraps("IS"),
    Column::Whole("UNTIL"),
    Column::Whole("OWNER"),
    Column::Whole("FROM"),
    Column::Wraps("WHY"),
];

pub(super) async fn obey(
    desk: &mut Desk<'_>,
    command: ExceptionCommand,
) -> anyhow::Result<Standing> {
    match command {
        ExceptionCommand::Add(wanted) => add(desk, wanted).await,
        ExceptionCommand::List => list(desk).await,
        ExceptionCommand::End { rule, matchers } => end(desk, rule, &matchers).await,
    }
}

async fn add(desk: &mut Desk<'_>, wanted: ExceptionArguments) -> anyhow::Result<Standing> {
    if wanted.off != wanted.set.is_empty() {
        return Err(misused(
            "Say what is different, as in --set warn_used=0.98, or --off; not both",
        ));
    }
    let request = ExceptionRequest {
        rule: wanted.rule,
        matchers: texts(&wanted.matchers),
        set: wanted.set.into_iter().collect(),
        off: wanted.off,
        end: false,
        owner: wanted.owner.or_else(|| desk.surroundings.user.clone()),
        until: wanted.until,
        why: wanted.why,
    };
    let connection = desk.connect()?;
    let answer = connection
        .post(&["api", "v1", "exceptions"], &request)
        .await?;
    if desk.as_it_is(&answer)? {
        return Ok(Standing::Well);
    }
    let owner = request.owner.as_deref().unwrap_or("whoever made it");
    desk.paper.line(&format!(
        "Rule {} is different where {} until {}; {owner} is told 14 days before",
        request.rule,
        request.matchers.join(" "),
        request.until,
    ))?;
    Ok(Standing::Well)
}

async fn list(desk: &mut Desk<'_>) -> anyhow::Result<Standing> {
    let connection = desk.connect()?;
    let answer = connection.get(&["api", "v1", "exceptions"], &[]).await?;
    let found: Exceptions = answer.read()?;
    if desk.as_it_is(&answer)? {
        return Ok(Standing::Well);
    }
    if found.exceptions.is_empty() {
        desk.paper.line("There are no exceptions")?;
        return Ok(Standing::Well);
    }
    let look = desk.look();
    let rows = found
        .exceptions
        .iter()
        .map(|exception| row(exception, &look));
    desk.paper.table(COLUMNS, rows.collect())?;
    let soon = found.exceptions.iter().filter(|one| one.ends_soon).count();
    if soon > 0 {
        desk.paper.line(&match soon {
            1 => "1 of them ends within 14 days".to_owned(),
            many => format!("{many} of them end within 14 days"),
        })?;
    }
    Ok(Standing::Well)
}

fn row(exception: &Exception, look: &Look) -> Vec<String> {
    let from = if exception.made { "command" } else { "file" };
    vec![
        exception.rule.clone(),
        exception.matchers.join(" "),
        exception.words.clone(),
        look.clock(exception.until),
        exception.owner.clone(),
        from.to_owned(),
        exception.why.clone(),
    ]
}

async fn end(desk: &mut Desk<'_>, rule: String, matchers: &[Matcher]) -> anyhow::Result<Standing> {
    let request = json!({ "rule": rule, "matchers": texts(matchers), "end": true });
    let connection = desk.connect()?;
    let answer = connection
        .post(&["api", "v1", "exceptions"], &request)
        .await?;
    if !desk.as_it_is(&answer)? {
        let matchers = texts(matchers).join(" ");
        desk.paper
            .line(&format!("Rule {rule} is as it was where {matchers}"))?;
    }
    Ok(Standing::Well)
}

fn texts(matchers: &[Matcher]) -> Vec<String> {
    matchers.iter().map(Matcher::to_string).collect()
}
