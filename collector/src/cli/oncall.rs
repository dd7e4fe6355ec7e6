//! Shows who is on call, when nobody is, and who would be told; takes a turn.

use super::Desk;
use super::arguments::{OnCallCommand, TakeArguments, TestArguments};
use super::failure::{Standing, misused, not_ok};
use super::moment::Look;
use super::paper::Column;
use crate::api::Time;
use crate::api::v1::shapes::{
    OnCall, OnCallGap, OnCallGaps, OnCallSchedule, OnCallTested, OnCallTold, OnCallTurn,
    TakeOnCallRequest,
};

/// What is shown of each turn.
const TURNS: &[Column] = &[
    Column::Whole("SCHEDULE"),
    Column::Whole("PERSON"),
    Column::Whole("FROM"),
    Column::Whole("UNTIL"),
    Column::Wraps("REACHED BY"),
];
/// What is shown of each step.
const STEPS: &[Column] = &[
    Column::Whole("AT"),
    Column::Whole("LADDER"),
    Column::Wraps("POLICY"),
    Column::Whole("STEP"),
    Column::Wraps("TOLD"),
];

pub(super) async fn obey(desk: &mut Desk<'_>, command: OnCallCommand) -> anyhow::Result<Standing> {
    match command {
        OnCallCommand::Now => turns(desk, |schedule| vec![schedule.now.clone()]).await,
        OnCallCommand::Next => {
            turns(desk, |schedule| {
                schedule.next.iter().cloned().map(Some).collect()
            })
            .await
        }
        OnCallCommand::Gaps => gaps(desk).await,
        OnCallCommand::Take(wanted) => take(desk, wanted).await,
        OnCallCommand::Test(wanted) => test(desk, wanted).await,
    }
}

async fn turns(
    desk: &mut Desk<'_>,
    of: impl Fn(&OnCallSchedule) -> Vec<Option<OnCallTurn>>,
) -> anyhow::Result<Standing> {
    let connection = desk.connect()?;
    let answer = connection.get(&["api", "v1", "oncall"], &[]).await?;
    let found: OnCall = answer.read()?;
    let is_covered = found
        .schedules
        .iter()
        .all(|schedule| schedule.now.is_some());
    let standing = match is_covered {
        true => Standing::Well,
        false => Standing::NotWell,
    };
    if desk.as_it_is(&answer)? {
        return Ok(standing);
    }
    if found.schedules.is_empty() {
        desk.paper
            .line("There are no schedules; write [[schedule]] in collector.toml")?;
        return Ok(standing);
    }
    let look = desk.look();
    let rows = found.schedules.iter().flat_map(|schedule| {
        let turns = of(schedule).into_iter();
        let rows = turns.map(|turn| row(&schedule.name, turn, &look));
        rows.collect::<Vec<_>>()
    });
    desk.paper.table(TURNS, rows.collect())?;
    Ok(standing)
}

fn row(schedule: &str, turn: Option<OnCallTurn>, look: &Look) -> Vec<String> {
    match turn {
        None => vec![
            schedule.to_owned(),
            "nobody".into(),
            String::new(),
            String::new(),
            "the next in the policy is told".into(),
        ],
        Some(turn) => vec![
            schedule.to_owned(),
            turn.person,
            look.clock(turn.from),
            look.clock(turn.until),
            match turn.contact.as_slice() {
                [] => "nothing: the next in the policy is told".to_owned(),
                contact => contact.join(", "),
            },
        ],
    }
}

async fn gaps(desk: &mut Desk<'_>) -> anyhow::Result<Standing> {
    let connection = desk.connect()?;
    let answer = connection
        .get(&["api", "v1", "oncall", "gaps"], &[])
        .await?;
    let found: OnCallGaps = answer.read()?;
    let is_well = found.gaps.is_empty() && found.doubles.is_empty();
    let standing = match is_well {
        true => Standing::Well,
        false => Standing::NotWell,
    };
    if desk.as_it_is(&answer)? {
        return Ok(standing);
    }
    if is_well {
        desk.paper
            .line("Somebody is always on call, and nobody twice, as far as is known")?;
        return Ok(standing);
    }
    let look = desk.look();
    for schedule in &found.gaps {
        desk.paper
            .line(&format!("Nobody is on call by {}:", schedule.schedule))?;
        for gap in &schedule.gaps {
            desk.paper.item(&span(gap, &look))?;
        }
    }
    for double in &found.doubles {
        let [one, other] = &double.schedules;
        let gap = OnCallGap {
            from: double.from,
            until: double.until,
        };
        let (person, when) = (&double.person, span(&gap, &look));
        desk.paper.line(&format!(
            "{person} is on call twice, by {one} and {other}: {when}"
        ))?;
    }
    Ok(standing)
}

fn span(gap: &OnCallGap, look: &Look) -> String {
    format!("{} to {}", look.clock(gap.from), look.clock(gap.until))
}

async fn take(desk: &mut Desk<'_>, wanted: TakeArguments) -> anyhow::Result<Standing> {
    let look = desk.look();
    let from = match wanted.from.as_str() {
        "now" => None,
        text => Some(look.read(text).map_err(misused)?),
    };
    let until = Time(from.map_or(look.now, |from| from.0).after(wanted.lasts));
    let by = desk.surroundings.user.clone();
    let person = wanted.person.clone().or_else(|| by.clone());
    let request = TakeOnCallRequest {
        schedule: wanted.schedule.clone(),
        person: person.clone(),
        from,
        until,
        why: wanted.why,
        by,
    };
    let connection = desk.connect()?;
    let answer = connection
        .post(&["api", "v1", "oncall", "take"], &request)
        .await?;
    if !desk.as_it_is(&answer)? {
        let begins = match from {
            None => "from now".to_owned(),
            Some(from) => format!("from {}", look.moment(from)),
        };
        let person = person.unwrap_or_else(|| "whoever has this token".into());
        let (schedule, until) = (wanted.schedule, look.moment(until));
        desk.paper.line(&format!(
            "{person} is on call by {schedule} {begins} until {until}"
        ))?;
    }
    Ok(Standing::Well)
}

async fn test(desk: &mut Desk<'_>, wanted: TestArguments) -> anyhow::Result<Standing> {
    let look = desk.look();
    let at = match &wanted.at {
        None => None,
        Some(text) => Some(look.read(text).map_err(misused)?.to_string()),
    };
    let lasts = vedette_config::duration::show(wanted.lasts);
    let labels = wanted.labels.join(",");
    let mut query: Vec<(&str, &str)> = vec![("priority", &wanted.priority), ("for", &lasts)];
    query.extend(wanted.page.then_some(("handling", "page")));
    query.extend(wanted.team.as_deref().map(|team| ("team", team)));
    query.extend(at.as_deref().map(|at| ("at", at)));
    query.extend((!labels.is_empty()).then_some(("labels", labels.as_str())));
    let connection = desk.connect()?;
    let answer = connection
        .get(&["api", "v1", "oncall", "test"], &query)
        .await?;
    let found: OnCallTested = answer.read()?;
    if desk.as_it_is(&answer)? {
        return Ok(Standing::Well);
    }
    if found.steps.is_empty() {
        return Err(not_ok(format!(
            "Nobody would be told beside the ticket, for {lasts}"
        )));
    }
    let rows = found.steps.iter().map(|step| {
        let told = match step.told.as_slice() {
            [] => "nobody: there is no way to tell anybody".to_owned(),
            told => told.iter().map(words).collect::<Vec<_>>().join(", "),
        };
        let nowhere = match step.nobody.as_slice() {
            [] => String::new(),
            nobody => format!(" (no way to tell {})", nobody.join("; ")),
        };
        vec![
            look.clock(step.at),
            step.ladder.clone(),
            step.policy.clone(),
            step.step.to_string(),
            format!("{told}{nowhere}"),
        ]
    });
    desk.paper.table(STEPS, rows.collect())?;
    desk.paper.line("Nobody was told")?;
    Ok(Standing::Well)
}

fn words(told: &OnCallTold) -> String {
    match &told.person {
        Some(person) => format!("{person} by {}", told.receiver),
        None => told.receiver.clone(),
    }
}
