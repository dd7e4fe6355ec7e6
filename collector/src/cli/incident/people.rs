//! Tells the collector whose an incident is, what is waited for, and how urgent it is.

use std::time::Duration;

use vedette_config::duration;

use super::change::{show, tell, told};
use crate::api::Time;
use crate::api::v1::shapes::{
    AcknowledgeRequest, AssignRequest, Incident, MergeRequest, PriorityRequest, ResumeRequest,
    VoteRequest, WaitRequest,
};
use crate::cli::Desk;
use crate::cli::arguments::{SetTo, WaitArguments};
use crate::cli::connection::{Answer, Connection};
use crate::cli::failure::{Standing, misused};

pub(super) async fn take(
    desk: &mut Desk<'_>,
    id: u64,
    lasts: Option<Duration>,
) -> anyhow::Result<Standing> {
    let request = AcknowledgeRequest {
        by: desk.surroundings.user.clone(),
        lasts: lasts.map(duration::show),
    };
    let said = tell(desk, (id, "take"), &request).await?;
    let look = desk.look();
    say(desk, said, id, |known| {
        let taken = known.acknowledged.as_ref().map(|taken| {
            let until = look.moment(taken.until);
            let by = &taken.by;
            format!("Incident {id} is {by}'s, who works on it until {until}")
        });
        taken.unwrap_or_else(|| format!("Incident {id} is taken"))
    })
    .await
}

pub(super) async fn assign(
    desk: &mut Desk<'_>,
    id: u64,
    (to, why): (String, Option<String>),
) -> anyhow::Result<Standing> {
    let request = AssignRequest {
        by: desk.surroundings.user.clone(),
        to,
        why: why.unwrap_or_default(),
    };
    let said = tell(desk, (id, "assign"), &request).await?;
    say(desk, said, id, |known| match &known.assigned_to {
        Some(person) => format!("Incident {id} is {person}'s, of team {}", known.team),
        None => format!("Incident {id} is team {}'s", known.team),
    })
    .await
}

pub(super) async fn wait(desk: &mut Desk<'_>, wanted: WaitArguments) -> anyhow::Result<Standing> {
    let id = wanted.id;
    let look = desk.look();
    let until = match &wanted.until {
        Some(text) => Some(look.read(text).map_err(misused)?),
        None => None,
    };
    if let Some(until) = until.filter(|until: &Time| until.0 <= look.now) {
        let at = look.moment(until);
        return Err(misused(format!(
            "A wait ends in the future, and {at} is over"
        )));
    }
    let request = WaitRequest {
        by: desk.surroundings.user.clone(),
        waits_for: wanted.waits_for,
        until,
        lasts: wanted.lasts.map(duration::show),
    };
    let said = tell(desk, (id, "wait"), &request).await?;
    say(desk, said, id, |known| match &known.waits {
        Some(waits) => format!(
            "Incident {id} waits for {} until {}, or until it is worse, clears or is taken",
            waits.waits_for,
            look.moment(waits.until)
        ),
        None => format!("Incident {id} waits"),
    })
    .await
}

pub(super) async fn resume(
    desk: &mut Desk<'_>,
    id: u64,
    why: Option<String>,
) -> anyhow::Result<Standing> {
    let request = ResumeRequest {
        by: desk.surroundings.user.clone(),
        why: why.unwrap_or_default(),
    };
    let said = tell(desk, (id, "resume"), &request).await?;
    say(desk, said, id, |known| {
        format!("Incident {id} waits no more, it is {}", known.phase)
    })
    .await
}

pub(super) async fn prioritise(
    desk: &mut Desk<'_>,
    id: u64,
    (to, why): (SetTo, Option<String>),
) -> anyhow::Result<Standing> {
    let priority = match to {
        SetTo::Priority(priority) => Some(priority.as_str().to_owned()),
        SetTo::Computed => None,
    };
    if priority.is_some() && why.is_none() {
        return Err(misused(
            "Say why, as in --why \"the shop cannot sell\": what is computed does not count any more",
        ));
    }
    let request = PriorityRequest {
        by: desk.surroundings.user.clone(),
        priority,
        why: why.unwrap_or_default(),
    };
    let said = tell(desk, (id, "priority"), &request).await?;
    say(desk, said, id, |known| match &known.priority_set {
        Some(_) => format!(
            "Incident {id} is {} until it is worse than it ever was",
            known.priority
        ),
        None => format!("Incident {id} is {} by what is computed", known.priority),
    })
    .await
}

pub(super) async fn merge(
    desk: &mut Desk<'_>,
    id: u64,
    (into, why): (u64, Option<String>),
) -> anyhow::Result<Standing> {
    let by = desk.surroundings.user.clone();
    let why = why.unwrap_or_default();
    let request = MergeRequest { by, into, why };
    let (connection, answer) = tell(desk, (id, "merge"), &request).await?;
    if !desk.as_it_is(&answer)? {
        let gone = show(&connection, id).await?.incident;
        let stays = show(&connection, into).await?.incident;
        desk.paper.line(&format!(
            "Incident {id} is part of incident {into} now: {}",
            stays.title
        ))?;
        let closed = told(
            &gone.tickets,
            "is closed with a link",
            "are closed with a link",
        );
        if let Some(closed) = closed {
            desk.paper.item(&closed)?;
        }
    }
    Ok(Standing::Well)
}

/// `vote` is `useful` or `noise`.
pub(super) async fn judge(
    desk: &mut Desk<'_>,
    (id, vote): (u64, &str),
) -> anyhow::Result<Standing> {
    let request = VoteRequest {
        by: desk.surroundings.user.clone(),
    };
    let (_, answer) = tell(desk, (id, vote), &request).await?;
    if !desk.as_it_is(&answer)? {
        desk.paper.line(&format!(
            "Counted: incident {id} was {vote}; `vedette rule list` shows what comes of each rule"
        ))?;
    }
    Ok(Standing::Well)
}

/// How the incident is by now, and which tickets are told.
async fn say(
    desk: &mut Desk<'_>,
    (connection, answer): (Connection, Answer),
    id: u64,
    words: impl FnOnce(&Incident) -> String,
) -> anyhow::Result<Standing> {
    if !desk.as_it_is(&answer)? {
        let known = show(&connection, id).await?.incident;
        let head = words(&known);
        desk.paper.line(&format!("{head}: {}", known.title))?;
        if let Some(told) = told(&known.tickets, "is told", "are told") {
            desk.paper.item(&told)?;
        }
    }
    Ok(Standing::Well)
}
