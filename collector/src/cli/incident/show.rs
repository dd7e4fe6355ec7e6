//! Shows all that is known of one incident, and why it is as it is.

use super::path;
use crate::api::v1::shapes::{
    Alert, Delivery, Explained, Incident, IncidentDetail, Ticket, TimelineLine,
};
use crate::cli::Desk;
use crate::cli::failure::Standing;
use crate::cli::moment::Look;
use crate::cli::paper::{Column, Mood, Paper};
use vedette_triage::names;

const ALERTS: &[Column] = &[
    Column::Whole("ALERT"),
    Column::Whole("RULE"),
    Column::Whole("HOST"),
    Column::Wraps("TITLE"),
    Column::Whole("SINCE"),
    Column::Whole("ENDED"),
];
const TICKETS: &[Column] = &[
    Column::Whole("TICKET"),
    Column::Whole("AT"),
    Column::Whole("STATE"),
    Column::Whole("WAITING"),
    Column::Whole("KEY"),
    Column::Wraps("WHERE"),
];
const DELIVERIES: &[Column] = &[
    Column::Whole("DELIVERY"),
    Column::Whole("TO"),
    Column::Whole("STATE"),
    Column::Whole("WHEN"),
    Column::Whole("FAILED"),
    Column::Wraps("ANSWER"),
];
const TIMELINE: &[Column] = &[Column::Whole("WHEN"), Column::Wraps("WHAT AND WHY")];

pub(super) async fn show(desk: &mut Desk<'_>, id: u64) -> anyhow::Result<Standing> {
    let connection = desk.connect()?;
    let id = id.to_string();
    let answer = connection.get(&path(&id, &[]), &[]).await?;
    let detail: IncidentDetail = answer.read()?;
    if desk.as_it_is(&answer)? {
        return Ok(Standing::Well);
    }
    let explained = connection.get(&path(&id, &["explain"]), &[]).await?;
    let explained: Explained = explained.read()?;
    let look = desk.look();
    let paper = &mut desk.paper;
    head(paper, &look, &detail.incident)?;
    paper.gap();
    for sentence in &detail.sentences {
        paper.item(sentence)?;
    }
    paper.gap();
    alerts(paper, &look, &detail)?;
    paper.gap();
    tickets(paper, &detail.incident.tickets)?;
    paper.gap();
    deliveries(paper, &look, &detail.deliveries)?;
    paper.gap();
    timeline(paper, &look, &explained.timeline)?;
    Ok(Standing::Well)
}

pub(super) async fn explain(desk: &mut Desk<'_>, id: u64) -> anyhow::Result<Standing> {
    let connection = desk.connect()?;
    let id = id.to_string();
    let answer = connection.get(&path(&id, &["explain"]), &[]).await?;
    let explained: Explained = answer.read()?;
    if desk.as_it_is(&answer)? {
        return Ok(Standing::Well);
    }
    let look = desk.look();
    for sentence in &explained.sentences {
        desk.paper.line(sentence)?;
    }
    desk.paper.gap();
    timeline(&mut desk.paper, &look, &explained.timeline)?;
    Ok(Standing::Well)
}

/// The title, as a ticket's subject has it.
pub(in crate::cli) fn titled(incident: &Incident) -> String {
    let drill = if incident.drill.is_some() {
        "DRILL "
    } else {
        ""
    };
    match &incident.host {
        // Alerts from outside often do not name their host.
        Some(host) if !names(&incident.title, host) && incident.alerts <= 1 => {
            format!("{drill}{host}: {}", incident.title)
        }
        Some(_) | None => format!("{drill}{}", incident.title),
    }
}

/// `ticket 7 at desk`
pub(in crate::cli) fn name_of(ticket: &Ticket) -> String {
    match &ticket.id {
        Some(id) => format!("ticket {id} at {}", ticket.receiver),
        None => format!("ticket at {}", ticket.receiver),
    }
}

fn head(paper: &mut Paper<'_>, look: &Look, incident: &Incident) -> anyhow::Result<()> {
    let mood = match incident.phase.as_str() {
        "open" => Mood::Bad,
        _ => Mood::Plain,
    };
    let (id, title) = (incident.id, titled(incident));
    paper.headline(
        &format!("Incident {id} [{}] {title}", incident.priority),
        mood,
    )?;
    paper.gap();
    let taken = incident.acknowledged.as_ref().map(|taken| {
        let (at, until) = (look.moment(taken.at), look.clock(taken.until));
        format!("{} since {at}, until {until} at most", taken.by)
    });
    let waits = incident.waits.as_ref().map(|waits| {
        let until = look.moment(waits.until);
        format!("for {}, until {until} at the latest", waits.waits_for)
    });
    let set = incident.priority_set.as_ref().map(|set| {
        let priority = &incident.priority;
        format!("{priority} by {}: {}", set.by, set.why)
    });
    let alerts = match incident.alerts == incident.firing {
        true if incident.alerts == 1 => "1 fires".to_owned(),
        true => format!("{} fire", incident.alerts),
        false => format!("{} of {} fire", incident.firing, incident.alerts),
    };
    let moment = |at: Option<crate::api::Time>| at.map_or_else(String::new, |at| look.moment(at));
    let closed = match &incident.closed_because {
        Some(why) => format!("{}: {why}", moment(incident.closed_at)),
        None => moment(incident.closed_at),
    };
    let count = |count: u32| match count {
        0 => String::new(),
        1 => "once".into(),
        count => format!("{count} times"),
    };
    let before = incident
        .predecessor
        .map_or_else(String::new, |id| format!("incident {id}"));
    let suppressed = incident
        .suppressed
        .as_ref()
        .map_or_else(String::new, |by| by.replace('_', " "));
    paper.facts(&[
        ("state", incident.phase.clone()),
        ("severity", incident.severity.clone()),
        ("team", incident.team.clone()),
        ("whose", incident.assigned_to.clone().unwrap_or_default()),
        ("taken", taken.unwrap_or_default()),
        ("waits", waits.unwrap_or_default()),
        ("set to", set.unwrap_or_default()),
        ("alerts", alerts),
        ("route", incident.route.clone()),
        ("not told", suppressed),
        ("since", look.moment(incident.started_at)),
        ("opened", moment(incident.opened_at)),
        ("cleared", moment(incident.cleared_at)),
        ("closed", closed),
        ("reopened", count(incident.reopened)),
        ("before it", before),
    ])?;
    Ok(())
}

fn alerts(paper: &mut Paper<'_>, look: &Look, detail: &IncidentDetail) -> anyhow::Result<()> {
    let row = |alert: &Alert| {
        let label = |name: &str| alert.labels.get(name).cloned().unwrap_or_default();
        // Where all are about one host the first line has named it.
        let host = match detail.incident.host {
            Some(_) => String::new(),
            None => label("host"),
        };
        vec![
            alert.severity.clone(),
            label("alertname"),
            host,
            alert.title.clone(),
            look.clock(alert.starts_at),
            alert.ended_at.map_or_else(String::new, |at| look.clock(at)),
        ]
    };
    paper.table(ALERTS, detail.alerts.iter().map(row).collect())?;
    let listed = u32::try_from(detail.alerts.len()).unwrap_or(u32::MAX);
    if detail.incident.alerts > listed && listed > 0 {
        paper.line(&format!("and {} more", detail.incident.alerts - listed))?;
    }
    Ok(())
}

fn tickets(paper: &mut Paper<'_>, tickets: &[Ticket]) -> anyhow::Result<()> {
    let row = |ticket: &Ticket| {
        vec![
            ticket.id.clone().unwrap_or_default(),
            ticket.receiver.clone(),
            ticket.state.clone(),
            some(ticket.outstanding),
            ticket.key.clone(),
            ticket.url.clone(),
        ]
    };
    paper.table(TICKETS, tickets.iter().map(row).collect())?;
    Ok(())
}

fn deliveries(paper: &mut Paper<'_>, look: &Look, deliveries: &[Delivery]) -> anyhow::Result<()> {
    let row = |delivery: &Delivery| {
        let at = look.brief(delivery.at);
        vec![
            delivery.action.clone(),
            delivery.receiver.clone(),
            delivery.standing.clone(),
            match delivery.standing.as_str() {
                "pending" => format!("next {at}"),
                _ => at,
            },
            some(delivery.attempts.into()),
            delivery.answer.clone(),
        ]
    };
    paper.table(DELIVERIES, deliveries.iter().map(row).collect())?;
    Ok(())
}

fn timeline(paper: &mut Paper<'_>, look: &Look, lines: &[TimelineLine]) -> anyhow::Result<()> {
    let row = |line: &TimelineLine| vec![look.second(line.at), line.sentence.clone()];
    paper.table(TIMELINE, lines.iter().map(row).collect())?;
    Ok(())
}

/// A count that is worth a cell.
fn some(count: u64) -> String {
    match count {
        0 => String::new(),
        count => count.to_string(),
    }
}
