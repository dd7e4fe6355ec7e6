//! What waits for receivers, and what they refused for good.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use vedette_triage::DeliveryId;

use super::shapes::{Deliveries, DeliveryOfIncident};
use super::tell;
use crate::api::Shared;
use crate::api::problem::Problem;
use crate::store::{Answers, DeliveryRow, Question};

/// Rows of one answer.
const PAGE: u32 = 200;

/// Which ones.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Wanted {
    receiver: Option<String>,
    #[serde(default)]
    dead: bool,
    before: Option<u64>,
}

/// Those that are not done, the newest first.
pub(in crate::api) async fn deliveries(
    State(shared): State<Arc<Shared>>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Deliveries>, Problem> {
    let question = Question::Unfinished {
        receiver: wanted.receiver,
        only_dead: wanted.dead,
        before: wanted.before.map(DeliveryId),
        at_most: PAGE,
    };
    let rows = asked(&shared, question).await?;
    let is_full = rows.len() >= PAGE as usize;
    let next = rows.last().filter(|_| is_full).map(|row| row.delivery.id.0);
    Ok(Json(Deliveries {
        deliveries: rows.iter().map(told).collect(),
        next,
    }))
}

/// One of them, whatever became of it.
pub(in crate::api) async fn delivery(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<Json<DeliveryOfIncident>, Problem> {
    let number = id
        .parse()
        .map_err(|_| Problem::bad(format!("{id:?} is no delivery's number")))?;
    let rows = asked(&shared, Question::Delivery(DeliveryId(number))).await?;
    let row = rows.first();
    let row = row.ok_or_else(|| Problem::not_found(format!("there is no delivery {number}")))?;
    Ok(Json(told(row)))
}

async fn asked(shared: &Shared, question: Question) -> Result<Vec<DeliveryRow>, Problem> {
    match shared.store.ask(question).await {
        Ok(Answers::Deliveries(rows)) => Ok(rows),
        Ok(_) | Err(_) => Err(Problem::later("the store does not answer")),
    }
}

fn told(row: &DeliveryRow) -> DeliveryOfIncident {
    DeliveryOfIncident {
        incident: row.delivery.incident.0,
        priority: row.delivery.facts.priority.as_str().to_owned(),
        title: row.delivery.facts.title.clone(),
        ticket_key: row.delivery.ticket_key.clone(),
        delivery: tell::delivery(row),
    }
}
