//! Leaves observe mode after showing what it would have opened, and goes back.

use super::Desk;
use super::arguments::GoLiveArguments;
use super::failure::{Standing, misused};
use super::moment::Look;
use crate::api::v1::shapes::{Counted, GoLive, GoLiveRequest};

/// Rules that are named: those that make most of it.
const RULES_NAMED: usize = 5;

pub(super) async fn run(desk: &mut Desk<'_>, wanted: &GoLiveArguments) -> anyhow::Result<Standing> {
    let connection = desk.connect()?;
    let mut query = Vec::new();
    query.extend(wanted.team.iter().map(|team| ("team", team.as_str())));
    query.extend(wanted.rule.iter().map(|rule| ("rule", rule.as_str())));
    let answer = connection.get(&["api", "v1", "golive"], &query).await?;
    let report: GoLive = answer.read()?;
    if wanted.back {
        let why = wanted.why.clone().ok_or_else(|| {
            misused(
                "Say why nothing is to be told any more, as in --why \"the rules are not tuned\"",
            )
        })?;
        return rule(desk, wanted, why, &report).await;
    }
    if !desk.as_it_is(&answer)? && !report.live {
        let look = desk.look();
        for line in lines(&report, &look) {
            desk.paper.line(&line)?;
        }
    }
    if !wanted.yes && !report.live {
        let Some(ask) = &desk.surroundings.ask else {
            return Err(misused(
                "Nobody can be asked here, because this is no terminal; say --yes to go live",
            ));
        };
        if !ask(&format!("Go live with {}? [y/N] ", report.of)) {
            desk.paper.line("Nothing was changed")?;
            return Ok(Standing::well_if(false));
        }
    }
    if report.live {
        desk.paper.line(&format!("{} is live already", report.of))?;
        return Ok(Standing::Well);
    }
    let why = wanted.why.clone().unwrap_or_default();
    rule(desk, wanted, why, &report).await
}

async fn rule(
    desk: &mut Desk<'_>,
    wanted: &GoLiveArguments,
    why: String,
    report: &GoLive,
) -> anyhow::Result<Standing> {
    let request = GoLiveRequest {
        team: wanted.team.clone(),
        rule: wanted.rule.clone(),
        back: wanted.back,
        why,
        by: desk.surroundings.user.clone(),
    };
    let connection = desk.connect()?;
    let answer = connection.post(&["api", "v1", "golive"], &request).await?;
    if desk.as_it_is(&answer)? {
        return Ok(Standing::Well);
    }
    let part = wanted
        .team
        .as_ref()
        .map(|team| format!(" --team {team}"))
        .or_else(|| wanted.rule.as_ref().map(|rule| format!(" --rule {rule}")));
    let part = part.unwrap_or_default();
    desk.paper.line(&match wanted.back {
        true => format!(
            "Back to observing with {}: nothing new is opened, what is open is closed when it is well",
            report.of
        ),
        false => format!("Live with {}", report.of),
    })?;
    if !wanted.back {
        desk.paper.line(&format!(
            "To go back: vedette golive --back{part} --why ..."
        ))?;
    }
    Ok(Standing::Well)
}

fn lines(report: &GoLive, look: &Look) -> Vec<String> {
    let tickets: u64 = report.by_rule.iter().map(|rule| rule.tickets).sum();
    let tickets = tickets + report.lists;
    let since = look.moment(report.since);
    let mut lines = vec![match tickets {
        0 => format!("Since {since} {} would have opened no ticket", report.of),
        1 => format!("Since {since} {} would have opened 1 ticket", report.of),
        many => format!(
            "Since {since} {} would have opened {many} tickets",
            report.of
        ),
    }];
    if report.lists > 0 {
        let lists = match report.lists {
            1 => "1 list".to_owned(),
            many => format!("{many} lists"),
        };
        lines.push(format!("  {lists} of what was found at enrolment"));
    }
    if !report.by_team.is_empty() {
        lines.push(format!("  by team: {}", named(&report.by_team, usize::MAX)));
    }
    if !report.by_rule.is_empty() {
        lines.push(format!(
            "  by rule: {}",
            named(&report.by_rule, RULES_NAMED)
        ));
    }
    lines.push(match (report.apart, report.listed) {
        (0, 0) => "Nothing of it holds now; what has cleared is never sent".to_owned(),
        (apart, 0) => format!("{} at once; what has cleared is never sent", now(apart)),
        (apart, listed) => format!(
            "{} at once, and {listed} more are one list of their team; what has cleared is never sent",
            now(apart)
        ),
    });
    for team in &report.without_receiver {
        lines.push(format!(
            "Team {team} has no receiver: nobody would be told of its tickets; name one in collector.toml"
        ));
    }
    lines
}

fn now(apart: u64) -> String {
    match apart {
        1 => "1 of it holds now and is told".to_owned(),
        many => format!("{many} of it hold now and are told"),
    }
}

fn named(counts: &[Counted], most: usize) -> String {
    let shown = counts.iter().take(most).map(|counted| {
        let name = match counted.name.as_str() {
            "" => "alerts from outside",
            name => name,
        };
        format!("{name} {}", counted.tickets)
    });
    let more = counts
        .iter()
        .skip(most)
        .map(|counted| counted.tickets)
        .sum();
    let mut shown: Vec<String> = shown.collect();
    if let 1.. = more {
        shown.push(format!("all others {more}"));
    }
    shown.join(", ")
}
