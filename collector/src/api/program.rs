//! The program itself: does it run, does it take data, what does it count, read the policy again.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::sync::oneshot;

use super::problem::Problem;
use super::shared::{ReloadRequest, Shared};
use crate::meters::{self, Standing};
use crate::store::{Answers, Question};

/// The program runs.
pub(super) async fn healthy() -> &'static str {
    "OK"
}

/// The program takes data.
pub(super) async fn ready(State(shared): State<Arc<Shared>>) -> Response {
    if shared.is_ready() {
        return "OK".into_response();
    }
    let error = "the collector starts or stops and takes nothing at the moment";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", error).into_response()
}

/// Reads the policy again; 422 with every finding when it cannot come into force.
pub(super) async fn reload(State(shared): State<Arc<Shared>>) -> Result<Response, Problem> {
    let (answer, answered) = oneshot::channel();
    let busy = || Problem::later("the policy is being read already; ask again in a moment");
    let request = ReloadRequest {
        exception: None,
        answer,
    };
    shared.reload.try_send(request).map_err(|_| busy())?;
    match answered.await.map_err(|_| busy())? {
        Ok(revision) => Ok(Json(json!({ "revision": revision.0 })).into_response()),
        Err(findings) => {
            let error = "the policy cannot come into force; the one before it stays";
            let body = json!({ "error": error, "reason": "bad_policy", "findings": findings });
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response())
        }
    }
}

/// Everything that is counted.
pub(super) async fn metrics(State(shared): State<Arc<Shared>>) -> Result<Response, Problem> {
    let backlog = match shared.store.ask(Question::Backlog).await {
        Ok(Answers::Backlog(rows)) => Some(rows),
        Ok(_) | Err(_) => None,
    };
    let standing = standing(&shared, backlog);
    let text = meters::scrape(&shared.meters, &shared.view.read(), &standing)
        .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "metrics", error))?;
    let content_type = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    Ok((content_type, text).into_response())
}

fn standing(shared: &Shared, backlog: Option<Vec<crate::store::Backlog>>) -> Standing {
    let policy = shared.standing.load();
    Standing {
        now: shared.clock.now(),
        started_at: shared.started_at,
        revision: shared.policy.load().policy.revision.0,
        revision_since: policy.since,
        reload_worked: policy.worked,
        findings: vec![("error", policy.errors), ("warning", policy.warnings)],
        backlog,
        clocks_off: shared.skews.far_off(),
        history: (shared.history.is_kept())
            .then(|| (shared.history.extent(), shared.history.counted())),
        ahead: shared.clock.ahead(),
    }
}
