//! Hosts that are not there any more: retired, and revived.

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use vedette_triage::Command;

use super::incidents::{actor, done, request, why};
use super::shapes::ResolveRequest;
use crate::access::Caller;
use crate::api::Shared;
use crate::api::problem::Problem;

/// Says that a host is not there any more: its alerts end by that word.
pub(in crate::api) async fn retire_host(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(host): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let wanted: ResolveRequest = request(&body)?;
    why(&wanted.why, "its alerts end although nobody measured it")?;
    let by = actor(&caller, wanted.by);
    let why = wanted.why;
    done(&shared, Command::RetireHost { by, host, why }).await
}

/// Says that a retired host is there again.
pub(in crate::api) async fn revive_host(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(host): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let wanted: ResolveRequest = request(&body)?;
    why(&wanted.why, "others find it watched again")?;
    let by = actor(&caller, wanted.by);
    let why = wanted.why;
    done(&shared, Command::ReviveHost { by, host, why }).await
}
