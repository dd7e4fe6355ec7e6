//! Receivers for the people who set them up: how they do, what they need, whether they
//! work, what would be sent; and pausing one.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::Deserialize;
use vedette_triage::IncidentId;

use super::incidents::{actor, duration, number, request, why};
use super::shapes::{
    Receiver, ReceiverPause, ReceiverPauseRequest, ReceiverRender, ReceiverTest,
    ReceiverTestRequest, Receivers, RenderedStep, TestedStep,
};
use super::status;
use crate::access::Caller;
use crate::api::Shared;
use crate::api::problem::Problem;
use crate::outbox::Pause;
use crate::receiver;
use crate::receiver::describe::{Description, describe};
use crate::receiver::preview::preview;
use crate::receiver::trial::{Outcome, try_out};
use crate::store::{Answers, DeliveryRow, Question};

/// The longest pause: after it somebody has to say again that nobody is to be told.
const PAUSE_MAX: std::time::Duration = std::time::Duration::from_secs(7 * 86_400);

/// All of them, with how they do.
pub(in crate::api) async fn receivers(
    State(shared): State<Arc<Shared>>,
) -> Result<Json<Receivers>, Problem> {
    let backlog = status::backlog(&shared).await;
    let backlog = backlog.ok_or_else(|| Problem::later("the store does not answer"))?;
    let current = shared.outbox.receivers();
    let now = shared.clock.now();
    let receivers = backlog
        .into_iter()
        .map(|row| {
            let known = current.get(&row.receiver);
            Receiver {
                paused: shared
                    .outbox
                    .pauses
                    .of_receiver(&row.receiver, now)
                    .map(told_pause),
                profile: known.map(|known| known.destination().profile.name.clone()),
                description: None,
                standing: row,
            }
        })
        .collect();
    Ok(Json(Receivers { receivers }))
}

/// One of them, with what it can do and what has to be made at the other side.
pub(in crate::api) async fn receiver(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
) -> Result<Json<Receiver>, Problem> {
    let known = known(&shared, &name)?;
    let backlog = status::backlog(&shared).await;
    let backlog = backlog.ok_or_else(|| Problem::later("the store does not answer"))?;
    let row = backlog.into_iter().find(|row| row.receiver == name);
    let described = describe(&known);
    let now = shared.clock.now();
    Ok(Json(Receiver {
        standing: row.ok_or_else(|| Problem::later("it is only just there; ask again"))?,
        profile: Some(described.profile.clone()),
        paused: shared.outbox.pauses.of_receiver(&name, now).map(told_pause),
        description: Some(told(described)),
    }))
}

fn told(described: Description) -> super::shapes::ReceiverDescription {
    let words = |words: Vec<&str>| words.into_iter().map(str::to_owned).collect();
    super::shapes::ReceiverDescription {
        about: described.about,
        once: described.once,
        login: described.login,
        can: words(described.can),
        cannot: words(described.cannot),
        setup: described.setup,
    }
}

fn told_pause(pause: Pause) -> ReceiverPause {
    ReceiverPause {
        by: pause.by,
        why: pause.why,
        until: pause.until.into(),
    }
}

/// Tries one out, with a ticket marked as a test if that is wanted.
pub(in crate::api) async fn test_receiver(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Json<ReceiverTest>, Problem> {
    let wanted: ReceiverTestRequest = request(&body)?;
    let known = known(&shared, &name)?;
    known.read_secrets_again();
    let tried = try_out(&known, wanted.full, shared.clock.now()).await;
    let works = tried.iter().all(|tried| tried.outcome != Outcome::Fails);
    let steps = tried
        .into_iter()
        .map(|tried| TestedStep {
            what: tried.what.to_owned(),
            outcome: match tried.outcome {
                Outcome::Works => "works",
                Outcome::Fails => "fails",
                Outcome::Skipped => "skipped",
            }
            .to_owned(),
            said: tried.said,
        })
        .collect();
    Ok(Json(ReceiverTest { works, steps }))
}

/// Which incident is rendered.
#[derive(Debug, Deserialize)]
pub(in crate::api) struct RenderQuery {
    incident: String,
}

/// What the newest delivery of an incident would be, byte for byte, with secrets masked.
pub(in crate::api) async fn render(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    Query(wanted): Query<RenderQuery>,
) -> Result<Json<ReceiverRender>, Problem> {
    let known = known(&shared, &name)?;
    let id = number(&wanted.incident)?;
    let row = newest(&shared, id, &name).await?;
    let ticket = {
        let state = shared.view.read();
        let ticket = state.ticket(id, &name);
        ticket.and_then(|ticket| ticket.reference.clone())
    };
    let now = shared.clock.now();
    let (operation, steps) =
        preview(&known, &row.delivery, ticket.as_ref(), now).map_err(Problem::bad)?;
    let steps = steps.into_iter().map(|step| RenderedStep {
        name: step.step,
        skipped: step.is_skipped,
        line: step.line,
        headers: step
            .headers
            .into_iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect(),
        body: step.body,
        replaced: step.replaced,
    });
    Ok(Json(ReceiverRender {
        action: row.delivery.action.as_str().to_owned(),
        operation: operation.as_str().to_owned(),
        of: row.delivery.receiver.clone(),
        steps: steps.collect(),
    }))
}

/// What was decided last for this receiver, else for another.
async fn newest(shared: &Shared, id: IncidentId, name: &str) -> Result<DeliveryRow, Problem> {
    let question = Question::Deliveries {
        incident: id,
        at_most: u32::MAX,
    };
    let rows = match shared.store.ask(question).await {
        Ok(Answers::Deliveries(rows)) => rows,
        Ok(_) | Err(_) => return Err(Problem::later("the store does not answer")),
    };
    let of_it = rows.iter().rev().find(|row| row.delivery.receiver == name);
    let row = of_it.or(rows.last()).cloned();
    row.ok_or_else(|| {
        Problem::not_found(format!("nothing was told of incident {id} to anybody yet"))
    })
}

/// Leaves one alone for a while: what is for it waits.
pub(in crate::api) async fn pause(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let wanted: ReceiverPauseRequest = request(&body)?;
    known(&shared, &name)?;
    why(&wanted.why, "whoever waits for its tickets reads it")?;
    let lasts = duration(&wanted.lasts)?;
    if lasts > PAUSE_MAX || lasts.is_zero() {
        return Err(Problem::bad(
            "a receiver is paused for at most 7d; then it is sent to again",
        ));
    }
    let now = shared.clock.now();
    let pause = Pause {
        by: actor(&caller, wanted.by).name,
        why: wanted
            .why
            .chars()
            .filter(|letter| !letter.is_control())
            .collect(),
        until: now.after(lasts),
    };
    tracing::info!(receiver = %name, by = %pause.by, why = %pause.why, "receiver paused");
    shared
        .outbox
        .pauses
        .pause(&name, pause, now)
        .map_err(unwritten)?;
    shared.outbox.bell.ring_all();
    Ok(StatusCode::OK)
}

/// Sends to it again.
pub(in crate::api) async fn unpause(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    known(&shared, &name)?;
    let was_paused = shared
        .outbox
        .pauses
        .resume(&name, shared.clock.now())
        .map_err(unwritten)?;
    if !was_paused {
        return Err(Problem::bad(format!("receiver {name} is not paused")));
    }
    tracing::info!(receiver = %name, by = %caller.name, "receiver resumed");
    shared.outbox.bell.ring_all();
    Ok(StatusCode::OK)
}

fn unwritten(error: std::io::Error) -> Problem {
    Problem::later(format!("it cannot be written down: {error}"))
}

fn known(shared: &Shared, name: &str) -> Result<Arc<receiver::Receiver>, Problem> {
    let current = shared.outbox.receivers();
    current.get(name).cloned().ok_or_else(|| {
        let names: BTreeMap<&str, ()> = current.iter().map(|known| (known.name(), ())).collect();
        let names: Vec<&str> = names.into_keys().collect();
        match names.is_empty() {
            true => {
                Problem::not_found("there is no receiver; write [[receiver]] in collector.toml")
            }
            false => Problem::not_found(format!(
                "there is no receiver {name:?}; there are {}",
                names.join(", ")
            )),
        }
    })
}
