//! One host, in sentences: how it is, what fires on it, what keeps that from being a ticket, and
//! why what does not fire does not.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use vedette_triage::explain::Explain;
use vedette_triage::{EntityId, Host, Standing, Timestamp};

use super::hosts::{find, fires_on, standing};
use super::nearby;
use super::shapes::Why;
use crate::api::Shared;
use crate::api::problem::Problem;
use crate::api::words::{clock_time, cut, span};
use crate::ingest::skew::CLOCK_OFF_MIN_MS;

/// Says why.
pub(in crate::api) async fn why(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Json<Why>, Problem> {
    let host = match find(&shared, &name) {
        Ok(host) => host,
        Err(unknown) => return why_device(&shared, &name).map(Json).ok_or(unknown),
    };
    let near = match asked.rule.as_deref() {
        Some(rule) => return why_rule(&shared, &host, rule).map(Json),
        None => nearby::near(&shared, &host),
    };
    let now = shared.clock.now();
    let last_seen = shared.shards.last_heard(&host.id);
    let policy = Arc::clone(&shared.policy.load().policy);
    let state = shared.view.read();
    let time = |at: Timestamp| clock_time(at, now);
    let explain = Explain {
        state: &state,
        policy: &policy,
        now,
        time: &time,
    };
    let mut sentences = explain.why(&host.id);
    let fires = state.alerts().any(|alert| fires_on(alert, &host.id));
    if let Some(last_seen) = last_seen {
        let heard = format!(
            "It was last heard of {} ago; it reports every {} s.",
            span(now.since(last_seen)),
            host.interval_s
        );
        sentences.insert(1.min(sentences.len()), heard);
    }
    sentences.extend(near);
    sentences.extend(shared.skews.of(&host.id).and_then(clock));
    Ok(Json(Why {
        host: host.facts.name.clone(),
        id: host.id.to_string(),
        well: standing(&host) == "well" && !fires,
        sentences,
    }))
}

/// What can be asked besides the host.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Asked {
    /// A rule: why it fires or does not.
    rule: Option<String>,
}

/// One rule on a host: what of it fires or did, what it sees, and what it would need.
fn why_rule(shared: &Shared, host: &Host, rule: &str) -> Result<Why, Problem> {
    let now = shared.clock.now();
    let policy = Arc::clone(&shared.policy.load().policy);
    let Some(meta) = policy.rules.get(rule) else {
        let names = policy.rules.keys().map(|name| &**name);
        let hint = match vedette_config::nearest(rule, names) {
            Some(near) => format!("; did you mean {near:?}?"),
            None => "; `vedette rule list` shows all".into(),
        };
        let error = format!("there is no rule {:?}{hint}", cut(rule));
        return Err(Problem::not_found(error));
    };
    let mut sentences = Vec::new();
    if meta.shadow {
        sentences.push(format!(
            "Rule {rule} is a shadow: what it finds is shown and opens nothing."
        ));
    }
    sentences.extend(nearby::of_rule(shared, host, rule));
    let state = shared.view.read();
    let time = |at: Timestamp| clock_time(at, now);
    let explain = Explain {
        state: &state,
        policy: &policy,
        now,
        time: &time,
    };
    let fires = state
        .alerts()
        .any(|alert| fires_on(alert, &host.id) && alert.identity.rule() == Some(rule));
    sentences.extend(explain.of_rule(&host.id, rule));
    Ok(Why {
        host: host.facts.name.clone(),
        id: host.id.to_string(),
        well: !fires,
        sentences,
    })
}

/// A device by name; nothing if nobody looks at it and nobody knows it.
fn why_device(shared: &Shared, name: &str) -> Option<Why> {
    let now = shared.clock.now();
    let policy = Arc::clone(&shared.policy.load().policy);
    let state = shared.view.read();
    let time = |at: Timestamp| clock_time(at, now);
    let explain = Explain {
        state: &state,
        policy: &policy,
        now,
        time: &time,
    };
    let sentences = explain.device(name)?;
    let fires = |standing| state.alerts_at(name, standing).next().is_some();
    Some(Why {
        host: name.to_owned(),
        id: EntityId::of_device(name).to_string(),
        well: !fires(Standing::Failed) && !fires(Standing::Fires),
        sentences,
    })
}

fn clock(by_ms: i64) -> Option<String> {
    (by_ms.saturating_abs() > CLOCK_OFF_MIN_MS).then(|| {
        let direction = if by_ms > 0 { "ahead" } else { "behind" };
        let by = span(std::time::Duration::from_millis(by_ms.unsigned_abs()));
        format!(
            "Its clock is {by} {direction}; nothing is decided by it, but look at its time service."
        )
    })
}
