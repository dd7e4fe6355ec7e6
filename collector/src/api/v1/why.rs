//! One host, device or alert, in sentences: how it is, what fires on it, what keeps that from being a
//! ticket, and why what does not fire does not.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use vedette_triage::{EntityId, Host, Standing};

use super::explaining::explaining;
use super::hosts::{find, fires_on, standing};
use super::nearby;
use super::shapes::Why;
use crate::api::Shared;
use crate::api::problem::Problem;
use crate::api::words::{cut, span};
use crate::ingest::skew::CLOCK_OFF_MIN_MS;

/// What can be asked besides the host.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Asked {
    /// A rule: why it fires or does not.
    rule: Option<String>,
}

/// Says why.
pub(in crate::api) async fn why(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Json<Why>, Problem> {
    let rule = asked.rule.as_deref();
    let said = match (find(&shared, &name), rule) {
        (Ok(host), None) => why_host(&shared, &host),
        (Ok(host), Some(rule)) => why_rule(&shared, &host, rule)?,
        (Err(unknown), None) => why_device(&shared, &name)
            .or_else(|| why_alerts(&shared, &name))
            .ok_or(unknown)?,
        (Err(unknown), Some(rule)) => {
            let device = why_device(&shared, &name).ok_or(unknown)?;
            why_rule_on_device(&shared, device, rule)?
        }
    };
    Ok(Json(said))
}

fn why_host(shared: &Shared, host: &Host) -> Why {
    let (mut sentences, fires) = explaining(shared, |explain| {
        let fires = !explain.fires_on(host).is_empty();
        (explain.why(&host.id), fires)
    });
    if let Some(last_seen) = shared.shards.last_heard(&host.id) {
        let heard = format!(
            "It was last heard of {} ago; it reports every {} s.",
            span(shared.clock.now().since(last_seen)),
            host.interval_s
        );
        sentences.insert(1.min(sentences.len()), heard);
    }
    sentences.extend(nearby::near(shared, host, fires));
    sentences.extend(shared.skews.of(&host.id).and_then(clock));
    Why {
        host: host.facts.name.clone(),
        id: host.id.to_string(),
        well: standing(host) == "well" && !fires,
        sentences,
    }
}

/// One rule on a host: what of it fires or did, what it sees, and what it would need.
fn why_rule(shared: &Shared, host: &Host, rule: &str) -> Result<Why, Problem> {
    let mut sentences = of_rule(shared, rule)?;
    sentences.extend(nearby::of_rule(shared, host, rule));
    let (known, fires) = found(shared, &host.id, rule);
    sentences.extend(known);
    Ok(Why {
        host: host.facts.name.clone(),
        id: host.id.to_string(),
        well: !fires,
        sentences,
    })
}

/// One rule on a device: who looks, what of the rule fires or did, what each agent that looks sees.
fn why_rule_on_device(shared: &Shared, device: Why, rule: &str) -> Result<Why, Problem> {
    let mut sentences = of_rule(shared, rule)?;
    // Which kind of thing it is, and who looks at it.
    sentences.extend(device.sentences.into_iter().take(1));
    let (known, fires) = found(shared, &EntityId::of_device(&device.host), rule);
    let seen = nearby::of_rule_on_device(shared, &device.host, rule);
    if known.is_empty() && seen.is_empty() {
        sentences.push(format!(
            "Nothing that {rule} looks at was measured of it since the collector started."
        ));
    }
    sentences.extend(seen);
    sentences.extend(known);
    Ok(Why {
        well: !fires,
        sentences,
        ..device
    })
}

/// What is to be said of a rule itself, if there is one.
fn of_rule(shared: &Shared, rule: &str) -> Result<Vec<String>, Problem> {
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
    let shadow = meta
        .shadow
        .then(|| format!("Rule {rule} is a shadow: what it finds is shown and opens nothing."));
    Ok(shadow.into_iter().collect())
}

/// What a rule found on a host or device, and whether any of that fires.
fn found(shared: &Shared, id: &EntityId, rule: &str) -> (Vec<String>, bool) {
    explaining(shared, |explain| {
        let mut alerts = explain.state.alerts();
        let fires = |alert: &Arc<_>| fires_on(alert, id) && alert.identity.rule() == Some(rule);
        (explain.of_rule(id, rule), alerts.any(fires))
    })
}

/// A device by name; nothing if nobody looks at it and nobody knows it.
fn why_device(shared: &Shared, name: &str) -> Option<Why> {
    explaining(shared, |explain| {
        let sentences = explain.device(name)?;
        let fires = |standing| explain.state.alerts_at(name, standing).next().is_some();
        Some(Why {
            host: name.to_owned(),
            id: EntityId::of_device(name).to_string(),
            well: !fires(Standing::Failed) && !fires(Standing::Fires),
            sentences,
        })
    })
}

/// Alerts by name or fingerprint, and what others reported of a place that nobody else knows.
fn why_alerts(shared: &Shared, name: &str) -> Option<Why> {
    let (known, fires) = explaining(shared, |explain| explain.called(name))?;
    let what = format!("No host or device is called {name}; this is known of alerts.");
    Some(Why {
        host: name.to_owned(),
        id: String::new(),
        well: !fires,
        sentences: std::iter::once(what).chain(known).collect(),
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
