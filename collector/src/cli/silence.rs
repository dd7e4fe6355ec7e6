//! Makes, lists and ends silences, and says what each means for what fires now.

use vedette_triage::Matcher;

use super::Desk;
use super::arguments::{SilenceArguments, SilenceCommand};
use super::connection::Connection;
use super::failure::{Standing, misused, not_ok};
use super::moment::Look;
use super::paper::Column;
use crate::api::Time;
use crate::api::v2::shapes::{
    GettableAlert, GettableSilence, PostableSilence, SilenceMade, SilenceMatcher,
};

/// Characters of an id that are shown; enough to tell apart what anybody has made.
const ID_CHARS: usize = 8;
/// Characters of a whole id.
const UUID_CHARS: usize = 36;
/// Alerts that are named before the rest is counted.
const ALERTS_NAMED: usize = 10;
/// What is shown of each.
const COLUMNS: &[Column] = &[
    Column::Whole("ID"),
    Column::Whole("STATE"),
    Column::Whole("ENDS"),
    Column::Wraps("MATCHERS"),
    Column::Whole("BY"),
    Column::Wraps("WHY"),
];
/// How long, where that is not a time.
const UNTIL_CLEAR: &str = "the last alert that matches is clear";
/// In whose name, where that is not known.
const NOBODY: &str = "vedette";

pub(super) async fn obey(desk: &mut Desk<'_>, command: SilenceCommand) -> anyhow::Result<Standing> {
    match command {
        SilenceCommand::Add(wanted) => add(desk, wanted).await,
        SilenceCommand::List { expired } => list(desk, expired).await,
        SilenceCommand::Expire { id } => expire(desk, &id).await,
    }
}

async fn add(desk: &mut Desk<'_>, wanted: SilenceArguments) -> anyhow::Result<Standing> {
    let look = desk.look();
    let ends_at = end(&wanted, &look)?;
    let connection = desk.connect()?;
    let texts: Vec<String> = wanted.matchers.iter().map(Matcher::to_string).collect();
    let query: Vec<(&str, &str)> = texts.iter().map(|text| ("filter", text.as_str())).collect();
    let matching = connection.get(&["api", "v2", "alerts"], &query).await?;
    if wanted.dry_run {
        if !desk.as_it_is(&matching)? {
            let until = match ends_at {
                Some(ends_at) => look.moment(ends_at),
                None => UNTIL_CLEAR.to_owned(),
            };
            desk.paper
                .line(&format!("Would silence {} until {until}", texts.join(" ")))?;
            effect(desk, &matching.read::<Vec<GettableAlert>>()?)?;
        }
        return Ok(Standing::Well);
    }
    let silence = PostableSilence {
        id: None,
        matchers: wanted.matchers.iter().map(SilenceMatcher::from).collect(),
        starts_at: Time(look.now),
        ends_at,
        created_by: desk
            .surroundings
            .user
            .clone()
            .unwrap_or_else(|| NOBODY.into()),
        comment: wanted.why,
        annotations: None,
        until_clear: wanted.until_clear,
    };
    let answer = connection
        .post(&["api", "v2", "silences"], &silence)
        .await?;
    let made: SilenceMade = answer.read()?;
    if !desk.as_it_is(&answer)? {
        let until = match ends_at {
            Some(ends_at) => look.moment(ends_at),
            None => {
                let id = made.silence_id.as_str();
                let silence = connection.get(&["api", "v2", "silence", id], &[]).await?;
                let ends_at = silence.read::<GettableSilence>()?.ends_at;
                format!("{UNTIL_CLEAR}, but no longer than {}", look.moment(ends_at))
            }
        };
        desk.paper
            .line(&format!("Silenced {} until {until}", texts.join(" ")))?;
        effect(desk, &matching.read::<Vec<GettableAlert>>()?)?;
        let id = short(&made.silence_id);
        desk.paper
            .line(&format!("To end it before: vedette silence expire {id}"))?;
    }
    Ok(Standing::Well)
}

/// None where the collector says when at the latest.
fn end(wanted: &SilenceArguments, look: &Look) -> anyhow::Result<Option<Time>> {
    let ends_at = match (&wanted.until, wanted.lasts) {
        (Some(text), _) => look.read(text).map_err(misused)?,
        (None, Some(lasts)) => Time(look.now.after(lasts)),
        (None, None) if wanted.until_clear => return Ok(None),
        (None, None) => return Err(misused("Say how long, as in --for 2h or --until 18:00")),
    };
    if ends_at.0 <= look.now {
        let at = look.moment(ends_at);
        return Err(misused(format!(
            "A silence ends in the future, and {at} is over"
        )));
    }
    Ok(Some(ends_at))
}

/// What it means for what fires now.
fn effect(desk: &mut Desk<'_>, alerts: &[GettableAlert]) -> anyhow::Result<()> {
    let sentence = match alerts.len() {
        0 => {
            desk.paper
                .line("No alert matches now; what fires later opens nothing until then")?;
            return Ok(());
        }
        1 => "1 alert matches now; a ticket it has stays, and is closed when it clears:".to_owned(),
        many => format!(
            "{many} alerts match now; tickets they have stay, and are closed when they clear:"
        ),
    };
    desk.paper.line(&sentence)?;
    let look = desk.look();
    for alert in alerts.iter().take(ALERTS_NAMED) {
        desk.paper.item(&named(alert, &look))?;
    }
    if alerts.len() > ALERTS_NAMED {
        desk.paper
            .item(&format!("and {} more", alerts.len() - ALERTS_NAMED))?;
    }
    Ok(())
}

/// `db-7: filesystem-space critical since 14:31 (12 min ago)`
fn named(alert: &GettableAlert, look: &Look) -> String {
    let label = |name: &str| alert.labels.get(name).map(String::as_str);
    let about = label("host").or_else(|| label("instance"));
    let about = about.map_or_else(String::new, |about| format!("{about}: "));
    let name = label("alertname").unwrap_or(&alert.fingerprint);
    let severity = label("severity").map_or_else(String::new, |severity| format!(" {severity}"));
    format!(
        "{about}{name}{severity} since {}",
        look.moment(alert.starts_at)
    )
}

async fn list(desk: &mut Desk<'_>, expired: bool) -> anyhow::Result<Standing> {
    let connection = desk.connect()?;
    let query: &[(&str, &str)] = if expired {
        &[]
    } else {
        &[("expired", "false")]
    };
    let answer = connection.get(&["api", "v2", "silences"], query).await?;
    let silences: Vec<GettableSilence> = answer.read()?;
    if desk.as_it_is(&answer)? {
        return Ok(Standing::Well);
    }
    if silences.is_empty() {
        desk.paper.line("Nothing is silenced")?;
        return Ok(Standing::Well);
    }
    let look = desk.look();
    let rows = silences.iter().map(|silence| row(silence, &look)).collect();
    desk.paper.table(COLUMNS, rows)?;
    Ok(Standing::Well)
}

fn row(silence: &GettableSilence, look: &Look) -> Vec<String> {
    let matchers: Vec<String> = silence.matchers.iter().map(written).collect();
    let state = match silence.status.state.as_str() {
        "pending" => format!("from {}", look.clock(silence.starts_at)),
        "active" => match (silence.still_muted, silence.until_clear) {
            (Some(alerts), _) if alerts > 0 => format!("active, {alerts} fire"),
            (_, true) => "until clear".to_owned(),
            (_, false) => "active".to_owned(),
        },
        state => state.to_owned(),
    };
    vec![
        short(&silence.id).to_owned(),
        state,
        look.brief(silence.ends_at),
        matchers.join(" "),
        silence.created_by.clone(),
        silence.comment.clone(),
    ]
}

async fn expire(desk: &mut Desk<'_>, written: &str) -> anyhow::Result<Standing> {
    let connection = desk.connect()?;
    let id = whole(&connection, written).await?;
    let answer = connection.delete(&["api", "v2", "silence", &id]).await?;
    if !desk.as_it_is(&answer)? {
        let id = short(&id);
        desk.paper.line(&format!(
            "Silence {id} has ended; what still fires opens now"
        ))?;
    }
    Ok(Standing::Well)
}

/// The id that begins as it was written.
async fn whole(connection: &Connection, written: &str) -> anyhow::Result<String> {
    if written.len() == UUID_CHARS {
        return Ok(written.to_owned());
    }
    let answer = connection.get(&["api", "v2", "silences"], &[]).await?;
    let silences: Vec<GettableSilence> = answer.read()?;
    let mut meant = silences
        .into_iter()
        .map(|silence| silence.id)
        .filter(|id| !written.is_empty() && id.starts_with(written));
    match (meant.next(), meant.count()) {
        (None, _) => Err(not_ok(format!(
            "There is no silence {written}; `vedette silence list` shows all"
        ))),
        (Some(id), 0) => Ok(id),
        (Some(_), more) => Err(misused(format!(
            "{} silences begin with {written}; write more of the id",
            more + 1
        ))),
    }
}

fn short(id: &str) -> &str {
    id.get(..ID_CHARS).unwrap_or(id)
}

fn written(matcher: &SilenceMatcher) -> String {
    let operator = match (matcher.is_regex, matcher.is_equal) {
        (false, true) => "=",
        (false, false) => "!=",
        (true, true) => "=~",
        (true, false) => "!~",
    };
    format!("{}{operator}{:?}", matcher.name, matcher.value)
}
