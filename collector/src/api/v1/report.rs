//! Takes reports of agents; a 200 means that every change they caused is on disk.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use vedette_triage::{EntityId, Timestamp};
use vedette_wire::limits::REPORT_BYTES_MAX;
use vedette_wire::{Acknowledged, Answer, Refusal, Refused, WIRE_VERSIONS_READ};

use crate::access::Dialect;
use crate::api::Shared;
use crate::api::problem::{Problem, answer};
use crate::ingest::body::{self, BodyError};
use crate::ingest::report::{Places, Sound, Unreadable, read};
use crate::ingest::skew::Skew;
use crate::meters::Taking;
use crate::shard::Taken;

/// Takes what is sound, and answers after its commit.
pub(in crate::api) async fn report(
    State(shared): State<Arc<Shared>>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let sound = match body::read(&parts.headers, body, REPORT_BYTES_MAX).await {
        Ok(bytes) => read(&bytes, &shared.tables).map_err(|why| unreadable(&why)),
        Err(why) => Err(no_body(&why)),
    };
    match sound {
        Ok(sound) => take(&shared, sound).await,
        Err((status, reason, refusal)) => {
            shared.meters.report(Taking::Refused(reason));
            (status, Json(refusal)).into_response()
        }
    }
}

/// A status, the stable word, and what the agent is told.
type No = (StatusCode, &'static str, Refusal);

async fn take(shared: &Shared, sound: Sound) -> Response {
    let host = EntityId::new(&sound.report.agent);
    shared.filling.before_report(&host).await;
    let received = shared.clock.now();
    note_clock(shared, &sound, shared.clock.wall());
    let taken = match shared.shards.take_report(received, &sound.report).await {
        Ok(taken) => taken,
        Err(why) => return not_taken(shared, why.into()),
    };
    let kept = sound.kept();
    let refused = sound.refused;
    let Taken {
        pending,
        acknowledged,
        repeated,
        known_rounds: _,
        fresh_rounds,
        over_bound,
        asks,
    } = taken;
    shared.meters.signals_repeated(u64::from(repeated));
    // Waiting for the commit, the report itself is no longer needed here.
    let fresh = usize::try_from(fresh_rounds).unwrap_or(0);
    shared.history.keep(received, sound.report, fresh);
    for pending in pending {
        if let Err(problem) = answer(pending.verdict().await) {
            return not_taken(shared, problem);
        }
    }
    let Some(acknowledged) = acknowledged else {
        return not_taken(
            shared,
            Problem::later("the report was not acknowledged; send it again"),
        );
    };
    shared.meters.measured(kept);
    shared.meters.over_bound(u64::from(over_bound));
    match refused.reason() {
        None => {
            shared.meters.report(Taking::Taken);
            Json(Answer {
                acknowledged,
                collector_wall_ms: shared.clock.wall().as_millis(),
                wire: WIRE_VERSIONS_READ.to_vec(),
                ask: asks,
            })
            .into_response()
        }
        Some(reason) => {
            shared.meters.report(Taking::Partly(reason));
            for (reason, count) in refused.counts() {
                shared.meters.places_refused(reason, *count);
            }
            partly((reason, &refused), kept.total(), acknowledged)
        }
    }
}

fn note_clock(shared: &Shared, sound: &Sound, received: Timestamp) {
    let report = &sound.report;
    let host = EntityId::new(&report.agent);
    match shared.skews.note(&host, report.sent_wall_ms, received) {
        Skew::Well => {}
        Skew::FarOff { by_ms } => {
            shared.meters.clock_off();
            tracing::debug!(host = report.host.name, by_ms, "a host's clock is far off");
        }
    }
}

/// The agent keeps its data and comes back; what will never be taken it sets aside.
fn not_taken(shared: &Shared, mut problem: Problem) -> Response {
    let taking = match problem.status {
        StatusCode::SERVICE_UNAVAILABLE => Taking::Later(problem.reason),
        // Of a copy: it keeps its data until it has an id of its own.
        StatusCode::CONFLICT if problem.reason == "clone" => Taking::Refused(problem.reason),
        _ => {
            problem.status = StatusCode::UNPROCESSABLE_ENTITY;
            Taking::Refused(problem.reason)
        }
    };
    shared.meters.report(taking);
    problem.speak(Dialect::Wire)
}

fn partly((reason, places): (&str, &Places), kept: u64, acknowledged: Acknowledged) -> Response {
    let refusal = Refusal {
        error: format!(
            "refused places of the report: {}; {kept} samples, checks and events were kept",
            places.total()
        ),
        reason: reason.to_owned(),
        refused: places.listed().to_vec(),
        kept,
        acknowledged: Some(acknowledged),
        wire: WIRE_VERSIONS_READ.to_vec(),
    };
    (StatusCode::UNPROCESSABLE_ENTITY, Json(refusal)).into_response()
}

fn unreadable(why: &Unreadable) -> No {
    let status = StatusCode::from_u16(why.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let place = |at: &String| Refused {
        at: at.clone(),
        why: why.error.clone(),
    };
    let mut refusal = nothing_kept(why.reason, why.error.clone());
    refusal.refused = why.at.iter().map(place).collect();
    (status, why.reason, refusal)
}

fn no_body(why: &BodyError) -> No {
    let status = StatusCode::from_u16(why.status()).unwrap_or(StatusCode::BAD_REQUEST);
    (
        status,
        why.reason(),
        nothing_kept(why.reason(), why.to_string()),
    )
}

fn nothing_kept(reason: &str, error: String) -> Refusal {
    Refusal {
        error,
        reason: reason.to_owned(),
        refused: Vec::new(),
        kept: 0,
        acknowledged: None,
        wire: WIRE_VERSIONS_READ.to_vec(),
    }
}
