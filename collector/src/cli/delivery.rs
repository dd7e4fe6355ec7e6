//! Lists what waits for receivers and what they refused, and shows one delivery.

use super::Desk;
use super::arguments::DeliveryCommand;
use super::failure::Standing;
use super::moment::Look;
use super::paper::Column;
use crate::api::v1::shapes::{Deliveries, DeliveryOfIncident};

/// What is shown of each.
const COLUMNS: &[Column] = &[
    Column::Whole("DELIVERY"),
    Column::Whole("RECEIVER"),
    Column::Whole("INCIDENT"),
    Column::Whole("PRIORITY"),
    Column::Whole("ACTION"),
    Column::Whole("STATE"),
    Column::Whole("ATTEMPTS"),
    Column::Wraps("LAST ANSWER"),
];

pub(super) async fn obey(
    desk: &mut Desk<'_>,
    command: DeliveryCommand,
) -> anyhow::Result<Standing> {
    match command {
        DeliveryCommand::List { receiver, dead } => list(desk, (receiver, dead)).await,
        DeliveryCommand::Show { id } => show(desk, &id).await,
    }
}

async fn list(
    desk: &mut Desk<'_>,
    (receiver, dead): (Option<String>, bool),
) -> anyhow::Result<Standing> {
    let connection = desk.connect()?;
    let mut query = Vec::new();
    query.extend(receiver.as_deref().map(|receiver| ("receiver", receiver)));
    query.extend(dead.then_some(("dead", "true")));
    let answer = connection.get(&["api", "v1", "deliveries"], &query).await?;
    let found: Deliveries = answer.read()?;
    if desk.as_it_is(&answer)? {
        return Ok(Standing::Well);
    }
    if found.deliveries.is_empty() {
        desk.paper.line(match dead {
            true => "No receiver has refused anything for good",
            false => "Nothing waits, and no receiver has refused anything for good",
        })?;
        return Ok(Standing::Well);
    }
    desk.paper
        .table(COLUMNS, found.deliveries.iter().map(row).collect())?;
    if let Some(next) = found.next {
        desk.paper.line(&format!(
            "There are more, before {next}; --receiver and --dead narrow it"
        ))?;
    }
    Ok(Standing::Well)
}

fn row(of: &DeliveryOfIncident) -> Vec<String> {
    let delivery = &of.delivery;
    vec![
        delivery.id.to_string(),
        delivery.receiver.clone(),
        of.incident.to_string(),
        of.priority.clone(),
        delivery.action.clone(),
        delivery.standing.clone(),
        delivery.attempts.to_string(),
        delivery.answer.clone(),
    ]
}

async fn show(desk: &mut Desk<'_>, id: &str) -> anyhow::Result<Standing> {
    let connection = desk.connect()?;
    let answer = connection
        .get(&["api", "v1", "deliveries", id], &[])
        .await?;
    let found: DeliveryOfIncident = answer.read()?;
    if desk.as_it_is(&answer)? {
        return Ok(Standing::Well);
    }
    let look = desk.look();
    desk.paper.facts(&facts(&found, &look))?;
    Ok(Standing::Well)
}

fn facts<'a>(of: &DeliveryOfIncident, look: &Look) -> Vec<(&'a str, String)> {
    let delivery = &of.delivery;
    let at = look.clock(delivery.at);
    let state = match delivery.standing.as_str() {
        "pending" => format!("pending, tried again at {at}"),
        other => format!("{other} since {at}"),
    };
    let answer = match delivery.answer.as_str() {
        "" => "none".to_owned(),
        answer => answer.to_owned(),
    };
    vec![
        (
            "Delivery",
            format!(
                "{}: {} at {}",
                delivery.id, delivery.action, delivery.receiver
            ),
        ),
        (
            "Incident",
            format!("{} {}: {}", of.incident, of.priority, of.title),
        ),
        ("Ticket", of.ticket_key.clone()),
        ("State", state),
        ("Attempts", delivery.attempts.to_string()),
        ("Answer", answer),
    ]
}
