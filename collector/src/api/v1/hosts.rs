//! Hosts: listed and shown, with what is known of each right now.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use vedette_triage as triage;
use vedette_triage::{EntityId, Labels, Source, limits};

use super::explaining::explaining;
use super::shapes::{Device, Host, HostDetail, Hosts};
use super::tell;
use super::{devices, page};
use crate::api::Shared;
use crate::api::problem::Problem;
use crate::store::{Answers, Question};

/// Lines of a host's timeline.
const LINES_MAX: u32 = 50;

/// Hosts in order of name.
pub(in crate::api) async fn hosts(
    State(shared): State<Arc<Shared>>,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Result<Json<Hosts>, Problem> {
    let states = [
        "well", "silent", "away", "retired", "down", "failing", "unseen",
    ];
    let page = page::read(&parameters, &states, "after")?;
    // Writers wait while the state is read: it is copied, and looked at afterwards.
    let all: Vec<Arc<triage::Host>> = shared.view.read().hosts().cloned().collect();
    let wanted = |host: &Arc<triage::Host>| {
        let standing = standing(host);
        let by_state = page.states.is_empty() || page.states.iter().any(|state| state == standing);
        by_state && page.filters.match_all(&labels(host, standing))
    };
    let mut found: Vec<(String, Arc<triage::Host>)> = all
        .into_iter()
        .filter(wanted)
        .map(|host| (key(&host), host))
        .collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    if let Some(after) = &page.from {
        found.retain(|(key, _)| key > after);
    }
    let next = (found.len() > page.rows).then(|| found[page.rows - 1].0.clone());
    found.truncate(page.rows);
    let firing = firing(&shared.view.read());
    let hosts = found
        .iter()
        .map(|(_, host)| tell_host(&shared, host, firing.get(&host.id).copied()))
        .collect();
    let devices = match next {
        Some(_) => Vec::new(),
        None => {
            let policy = Arc::clone(&shared.policy.load().policy);
            devices::all(&shared.view.read(), &policy)
        }
    };
    let wanted = |device: &Device| {
        let by_state = page.states.is_empty() || page.states.contains(&device.state);
        by_state && page.filters.match_all(&devices::labels(device))
    };
    let devices = devices.into_iter().filter(wanted).collect();
    Ok(Json(Hosts {
        hosts,
        devices,
        next,
    }))
}

/// One host with its alerts and what happened to it lately.
pub(in crate::api) async fn host(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
) -> Result<Json<HostDetail>, Problem> {
    let host = find(&shared, &name)?;
    let question = Question::HostTimeline {
        host: host.id.clone(),
        at_most: LINES_MAX,
    };
    let Answers::Timeline(lines) = shared.store.ask(question).await? else {
        return Err(Problem::later("the store answered another question"));
    };
    Ok(Json(explaining(&shared, |explain| {
        let on_it = |alert: &&Arc<triage::Alert>| fires_on(alert, &host.id);
        let alerts = explain.state.alerts().filter(on_it);
        let firing = alerts.clone().count() as u64;
        let alerts = alerts.take(limits::MEMBERS_LISTED_MAX);
        HostDetail {
            alerts: alerts
                .map(|alert| tell::alert(alert, &explain.policy.detection))
                .collect(),
            host: tell_host(&shared, &host, Some(firing)),
            timeline: tell::timeline(&lines, explain),
        }
    })))
}

/// A host by id or name; of several with one name, the one that is well.
pub(super) fn find(shared: &Shared, name: &str) -> Result<Arc<triage::Host>, Problem> {
    let state = shared.view.read();
    if let Some(host) = state.host(&EntityId::new(name)) {
        return Ok(Arc::clone(host));
    }
    let named = |host: &&Arc<triage::Host>| host.facts.name.eq_ignore_ascii_case(name);
    let host = state
        .hosts()
        .filter(named)
        .min_by_key(|host| standing(host) != "well");
    host.cloned().ok_or_else(|| {
        let names: Vec<&str> = state.hosts().map(|host| host.facts.name.as_str()).collect();
        let near = vedette_config::nearest(name, names.iter().copied());
        let hint = match near {
            Some(near) => format!("; did you mean {near:?}?"),
            None => "; `vedette host list` shows all".into(),
        };
        Problem::not_found(format!("there is no host {name:?}{hint}"))
    })
}

/// Hosts may share a name: the id makes the order of pages unambiguous.
fn key(host: &triage::Host) -> String {
    format!("{} {}", host.facts.name.to_lowercase(), host.id)
}

pub(super) fn standing(host: &triage::Host) -> &'static str {
    match (&host.silent_since, &host.away) {
        _ if host.retired.is_some() => "retired",
        (Some(_), _) => "silent",
        (None, Some(_)) => "away",
        (None, None) => "well",
    }
}

fn labels(host: &triage::Host, standing: &str) -> Labels {
    host.labels().with("state", standing)
}

/// Whether one of our own alerts fires on a host.
pub(super) fn fires_on(alert: &triage::Alert, host: &EntityId) -> bool {
    alert.is_firing()
        && alert.identity.source == Source::Rules
        && alert.identity.place() == host.as_str()
}

fn firing(state: &triage::State) -> BTreeMap<EntityId, u64> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let ours =
        |alert: &&Arc<triage::Alert>| alert.is_firing() && alert.identity.source == Source::Rules;
    for alert in state.alerts().filter(ours) {
        *counts.entry(alert.identity.place()).or_default() += 1;
    }
    let owned = |(host, count): (&str, u64)| (EntityId::new(host), count);
    counts.into_iter().map(owned).collect()
}

fn tell_host(shared: &Shared, host: &triage::Host, firing: Option<u64>) -> Host {
    let away = host.away.as_ref();
    Host {
        id: host.id.to_string(),
        name: host.facts.name.clone(),
        class: host.facts.class.as_str().into(),
        state: standing(host).into(),
        last_seen: shared
            .shards
            .last_heard(&host.id)
            .or(host.silent_since)
            .map(Into::into),
        since: host
            .silent_since
            .or(away.map(|away| away.since))
            .map(Into::into),
        back_by: away.and_then(|away| away.until).map(Into::into),
        labels: host.facts.labels.clone(),
        os: host.facts.os.clone(),
        kernel: host.facts.kernel.clone(),
        agent_version: host.version.clone(),
        interval_s: host.interval_s,
        clock_skew_ms: shared.skews.of(&host.id),
        first_seen: host.first_seen.into(),
        firing: firing.unwrap_or(0),
        name_also_claimed_by: host.name_also_claimed_by.as_ref().map(EntityId::to_string),
    }
}
