//! Drills: a marked, harmless fault through the whole path, and how far it came.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use vedette_triage as triage;
use vedette_triage::Fingerprint;

use super::hosts::find;
use super::incidents::{deliveries, duration, request};
use super::shapes::{Drill, DrillRequest};
use super::tell;
use crate::api::Shared;
use crate::api::problem::{Problem, answer};
use crate::drill::{LASTS, LASTS_AT_MOST, Planned};

/// Begins a drill; the answer comes after its commit.
pub(in crate::api) async fn drill(
    State(shared): State<Arc<Shared>>,
    body: Bytes,
) -> Result<(StatusCode, Json<Drill>), Problem> {
    let wanted: DrillRequest = request(&body)?;
    let lasts = match &wanted.lasts {
        None => LASTS,
        Some(text) => duration(text)?,
    };
    if lasts.is_zero() || lasts > LASTS_AT_MOST {
        return Err(Problem::bad(
            "a drill lasts longer than nothing and at most 1h",
        ));
    }
    let kind = if wanted.page {
        triage::Drill::Paging
    } else {
        triage::Drill::Quiet
    };
    let host = match &wanted.host {
        Some(name) => Some(find(&shared, name)?),
        None => any_host(&shared.view.read()),
    };
    let policy = shared.policy.load_full();
    let planned = Planned::new(
        &policy.policy,
        wanted.rule.as_deref(),
        host.as_deref(),
        kind,
    )
    .map_err(Problem::not_found)?;
    if runs(&shared, &planned) {
        let error = "a drill of this rule on this host runs already; wait for its end";
        return Err(Problem::new(StatusCode::CONFLICT, "conflict", error));
    }
    let now = shared.clock.now();
    let pretended = planned.begins(now, lasts);
    let taken = shared.shards.drill(pretended)?;
    for pending in taken.pending {
        answer(pending.verdict().await)?;
    }
    shared.drills.ends(&planned, now.after(lasts));
    let drill = Drill {
        fingerprint: planned.identity().fingerprint().to_string(),
        rule: planned.rule().to_owned(),
        host: planned.host().to_owned(),
        started_at: now.into(),
        ends_at: Some(now.after(lasts).into()),
        firing: true,
        incident: None,
        deliveries: Vec::new(),
    };
    Ok((StatusCode::CREATED, Json(drill)))
}

fn runs(shared: &Shared, planned: &Planned) -> bool {
    let state = shared.view.read();
    let alert = state.alert_of(&planned.identity());
    alert.is_some_and(|alert| alert.is_firing())
}

/// A server that is well, if there is one: its tickets look as they usually do.
fn any_host(state: &triage::State) -> Option<Arc<triage::Host>> {
    let worse = |host: &&Arc<triage::Host>| {
        let is_away = host.away.is_some() || host.silent_since.is_some();
        (is_away, host.facts.class, host.facts.name.clone())
    };
    state.hosts().min_by_key(worse).cloned()
}

/// How far a drill came.
pub(in crate::api) async fn drill_show(
    State(shared): State<Arc<Shared>>,
    Path(fingerprint): Path<String>,
) -> Result<Json<Drill>, Problem> {
    let wrong = |_| Problem::bad(format!("{fingerprint:?} is no fingerprint"));
    let wanted = u64::from_str_radix(&fingerprint, 16)
        .map(Fingerprint)
        .map_err(wrong)?;
    let (alert, incident) = {
        let state = shared.view.read();
        let is_it = |alert: &&Arc<triage::Alert>| {
            alert.drill.is_some() && alert.identity.fingerprint() == wanted
        };
        let alert = state.alerts().find(is_it).cloned();
        let alert = alert
            .ok_or_else(|| Problem::not_found("there is no such drill, or it was over long ago"))?;
        let incident = alert.incident.and_then(|id| state.incident(id));
        let incident = incident.map(|incident| (incident.id, tell::incident(&state, incident)));
        (alert, incident)
    };
    let deliveries = match &incident {
        Some((id, _)) => deliveries(&shared, *id).await?,
        None => Vec::new(),
    };
    Ok(Json(Drill {
        fingerprint,
        rule: alert.identity.rule().unwrap_or("").to_owned(),
        host: alert.about.labels.get("host").unwrap_or("").to_owned(),
        started_at: alert.starts_at.into(),
        ends_at: shared.drills.end_of(&alert.identity).map(Into::into),
        firing: alert.is_firing(),
        incident: incident.map(|(_, told)| told),
        deliveries,
    }))
}
