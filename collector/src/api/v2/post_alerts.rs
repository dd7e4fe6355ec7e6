//! Takes alerts from Prometheus and others; a 200 means they are on disk.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use vedette_triage::Timestamp;

use super::Said;
use crate::api::Shared;
use crate::api::problem::{Problem, answer};
use crate::engine_loop::Pending;
use crate::ingest::alertmanager::{self, Arrival, Posted, REQUEST_BYTES_MAX};
use crate::ingest::body;
use crate::shard::{PostedAlert, Taken};

/// Stores what is sound; 400 names what is not.
pub(in crate::api) async fn post_alerts(
    State(shared): State<Arc<Shared>>,
    request: Request,
) -> Result<StatusCode, Said> {
    let (parts, body) = request.into_parts();
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let sender = sender(&parts.headers, peer.map(|peer| peer.0));
    let posted = read(&shared, &parts.headers, body, sender).await?;
    let complaint = posted.complaint();
    store(&shared, posted.alerts).await?;
    match complaint {
        None => Ok(StatusCode::OK),
        Some(complaint) => Err(Problem::bad(complaint).into()),
    }
}

async fn read(
    shared: &Shared,
    headers: &HeaderMap,
    body: Body,
    sender: String,
) -> Result<Posted, Problem> {
    let refuse = |status: u16, reason: &'static str, error: String| {
        shared.meters.posted_invalid(reason, 1);
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
        Problem::new(status, reason, error)
    };
    let bytes = body::read(headers, body, REQUEST_BYTES_MAX)
        .await
        .map_err(|error| refuse(error.status(), error.reason(), error.to_string()))?;
    // Senders' times are those of the world, ours may be ahead of it.
    let ahead = shared.clock.ahead();
    let arrival = Arrival {
        at: shared.clock.now().before(ahead),
        sender,
        resolve_timeout: shared.policy.load().policy.resolve_timeout,
    };
    let mut posted = alertmanager::read(&bytes, &arrival)
        .map_err(|(reason, error)| refuse(400, reason, error))?;
    for (reason, count) in &posted.refused {
        shared.meters.posted_invalid(reason, *count);
    }
    count(shared, &posted.alerts, arrival.at);
    for alert in &mut posted.alerts {
        alert.starts_at = alert.starts_at.map(|at| at.after(ahead));
        alert.ends_at = alert.ends_at.map(|at| at.after(ahead));
    }
    Ok(posted)
}

fn count(shared: &Shared, alerts: &[PostedAlert], now: Timestamp) {
    let is_over = |alert: &&PostedAlert| alert.ends_at.is_some_and(|end| end <= now);
    let total = u64::try_from(alerts.len()).unwrap_or(u64::MAX);
    let resolved = u64::try_from(alerts.iter().filter(is_over).count()).unwrap_or(u64::MAX);
    shared.meters.posted(total - resolved, resolved);
}

/// Hands all on in order and awaits every commit. A full queue is waited for once; a sender that
/// is told "later" repeats the whole request, and what was stored stays stored.
async fn store(shared: &Shared, alerts: Vec<PostedAlert>) -> Result<(), Problem> {
    let received = shared.clock.now();
    let resolve_timeout = shared.policy.load().policy.resolve_timeout;
    let mut pending: Vec<Pending> = Vec::new();
    let mut repeated = 0;
    for alert in alerts {
        let take = || shared.shards.take_alert(received, &alert, resolve_timeout);
        let taken: Taken = match take() {
            Ok(taken) => taken,
            Err(_) => {
                settle(std::mem::take(&mut pending)).await?;
                take()?
            }
        };
        repeated += u64::from(taken.repeated);
        pending.extend(taken.pending);
    }
    shared.meters.signals_repeated(repeated);
    settle(pending).await
}

async fn settle(pending: Vec<Pending>) -> Result<(), Problem> {
    let mut worst = Ok(());
    for pending in pending {
        if let Err(problem) = answer(pending.verdict().await) {
            worst = Err(problem);
        }
    }
    worst
}

/// Who sent it, for "no longer reported by": the program and its address.
fn sender(headers: &HeaderMap, peer: Option<SocketAddr>) -> String {
    let agent = headers.get(header::USER_AGENT);
    let program: String = agent
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.split(['/', ' ']).next())
        .unwrap_or("")
        .chars()
        .take(40)
        .collect();
    let program = if program.is_empty() {
        "a sender of alerts"
    } else {
        &program
    };
    match peer {
        Some(address) => format!("{program} at {}", address.ip()),
        None => program.to_owned(),
    }
}
