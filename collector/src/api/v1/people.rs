//! What people say about an incident: it is mine, it is yours, it waits, it is that urgent.

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use vedette_triage::{Command, IncidentId, Priority};

use super::incidents::{actor, done, duration, number, request, why};
use super::shapes::{
    AcknowledgeRequest, AssignRequest, MergeRequest, PriorityRequest, ResumeRequest, WaitRequest,
};
use crate::access::Caller;
use crate::api::Shared;
use crate::api::problem::Problem;

/// "It is mine, and I work on it."
pub(in crate::api) async fn take(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let wanted: AcknowledgeRequest = request(&body)?;
    let lasts = wanted.lasts.as_deref().map(duration).transpose()?;
    let command = Command::Take {
        by: actor(&caller, wanted.by),
        incident: number(&id)?,
        lasts,
    };
    done(&shared, command).await
}

/// Gives it to a person or a team.
pub(in crate::api) async fn assign(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let wanted: AssignRequest = request(&body)?;
    if !wanted.why.is_empty() {
        why(&wanted.why, "it moves to another team")?;
    }
    let command = Command::Assign {
        by: actor(&caller, wanted.by),
        incident: number(&id)?,
        to: wanted.to,
        why: wanted.why,
    };
    done(&shared, command).await
}

/// Waits for something outside people's reach.
pub(in crate::api) async fn wait(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let wanted: WaitRequest = request(&body)?;
    let until = match (wanted.until, wanted.lasts.as_deref()) {
        (Some(until), None) => until.0,
        (None, Some(lasts)) => shared.clock.now().after(duration(lasts)?),
        (Some(_), Some(_)) | (None, None) => {
            return Err(Problem::bad(
                "say until when, either by `until`, a time, or by `for`, a duration as in 5d",
            ));
        }
    };
    let command = Command::Wait {
        by: actor(&caller, wanted.by),
        incident: number(&id)?,
        waits_for: wanted.waits_for,
        until,
    };
    done(&shared, command).await
}

/// What was waited for is there.
pub(in crate::api) async fn resume(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let wanted: ResumeRequest = request(&body)?;
    let command = Command::Resume {
        by: actor(&caller, wanted.by),
        incident: number(&id)?,
        why: wanted.why,
    };
    done(&shared, command).await
}

/// Says how urgent it is.
pub(in crate::api) async fn prioritise(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let wanted: PriorityRequest = request(&body)?;
    let to = wanted.priority.as_deref().map(priority).transpose()?;
    if to.is_some() {
        why(&wanted.why, "what is computed does not count any more")?;
    }
    let command = Command::Prioritise {
        by: actor(&caller, wanted.by),
        incident: number(&id)?,
        to,
        why: wanted.why,
    };
    done(&shared, command).await
}

/// Makes it part of another incident.
pub(in crate::api) async fn merge(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let wanted: MergeRequest = request(&body)?;
    if !wanted.why.is_empty() {
        why(&wanted.why, "its ticket is closed")?;
    }
    let command = Command::Merge {
        by: actor(&caller, wanted.by),
        incident: number(&id)?,
        into: IncidentId(wanted.into),
        why: wanted.why,
    };
    done(&shared, command).await
}

fn priority(text: &str) -> Result<Priority, Problem> {
    let known = Priority::ALL
        .into_iter()
        .find(|known| known.as_str() == text);
    known.ok_or_else(|| Problem::bad("a priority is one of P1, P2, P3, P4 and P5"))
}
