//! Tells the collector what somebody does about an incident, and what that means.

use std::time::Duration;

use vedette_config::duration;

use super::path;
use crate::api::v1::shapes::{
    AcknowledgeRequest, IncidentDetail, NoteRequest, ResolveRequest, Ticket,
};
use crate::cli::Desk;
use crate::cli::connection::{Answer, Connection};
use crate::cli::failure::Standing;

pub(super) async fn acknowledge(
    desk: &mut Desk<'_>,
    id: u64,
    lasts: Option<Duration>,
) -> anyhow::Result<Standing> {
    let request = AcknowledgeRequest {
        by: desk.surroundings.user.clone(),
        lasts: lasts.map(duration::show),
    };
    let (connection, answer) = tell(desk, (id, "ack"), &request).await?;
    if !desk.as_it_is(&answer)? {
        let known = show(&connection, id).await?.incident;
        let by = known.acknowledged.as_ref().map(|taken| {
            let until = desk.look().moment(taken.until);
            format!("{} works on incident {id} until {until}", taken.by)
        });
        let taken = by.unwrap_or_else(|| format!("Incident {id} is acknowledged"));
        desk.paper.line(&format!("{taken}: {}", known.title))?;
    }
    Ok(Standing::Well)
}

pub(super) async fn resolve(desk: &mut Desk<'_>, id: u64, why: String) -> anyhow::Result<Standing> {
    let by = desk.surroundings.user.clone();
    let (connection, answer) = tell(desk, (id, "resolve"), &ResolveRequest { by, why }).await?;
    if !desk.as_it_is(&answer)? {
        let known = show(&connection, id).await?.incident;
        desk.paper
            .line(&format!("Incident {id} is closed: {}", known.title))?;
        if let Some(told) = told(&known.tickets, "is closed as well", "are closed as well") {
            desk.paper.item(&told)?;
        }
        if known.firing > 0 {
            let fires = match known.firing {
                1 => "1 of its alerts still fires".to_owned(),
                many => format!("{many} of its alerts still fire"),
            };
            desk.paper
                .item(&format!("{fires}; see `vedette incident explain {id}`"))?;
        }
    }
    Ok(Standing::Well)
}

pub(super) async fn note(desk: &mut Desk<'_>, id: u64, text: String) -> anyhow::Result<Standing> {
    let by = desk.surroundings.user.clone();
    let (connection, answer) = tell(desk, (id, "notes"), &NoteRequest { by, text }).await?;
    if !desk.as_it_is(&answer)? {
        let known = show(&connection, id).await?.incident;
        desk.paper
            .line(&format!("Noted on incident {id}: {}", known.title))?;
        if let Some(told) = told(&known.tickets, "gets it as well", "get it as well") {
            desk.paper.item(&told)?;
        }
    }
    Ok(Standing::Well)
}

pub(super) async fn tell(
    desk: &Desk<'_>,
    (id, what): (u64, &str),
    request: &impl serde::Serialize,
) -> anyhow::Result<(Connection, Answer)> {
    let connection = desk.connect()?;
    let answer = connection
        .post(&path(&id.to_string(), &[what]), request)
        .await?;
    Ok((connection, answer))
}

pub(super) async fn show(connection: &Connection, id: u64) -> anyhow::Result<IncidentDetail> {
    connection
        .get(&path(&id.to_string(), &[]), &[])
        .await?
        .read()
}

/// `Ticket 7 at desk ...`, as far as there are any that were made.
pub(super) fn told(tickets: &[Ticket], one: &str, many: &str) -> Option<String> {
    let named: Vec<String> = tickets
        .iter()
        .filter(|ticket| ticket.state != "refused")
        .map(super::show::name_of)
        .collect();
    match named.as_slice() {
        [] => None,
        [only] => Some(format!("The {only} {one}")),
        several => Some(format!("The {} {many}", several.join(", the "))),
    }
}
