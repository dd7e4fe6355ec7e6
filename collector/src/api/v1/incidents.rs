//! Incidents: listed, shown, explained, acknowledged, noted on, closed by hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::Deserialize;
use vedette_triage as triage;
use vedette_triage::explain::Subject;
use vedette_triage::{Actor, Command, IncidentId, Labels, Phase, Via, limits};

use super::explaining::explaining;
use super::page::{self, Page};
use super::shapes::{
    AcknowledgeRequest, Explained, Incident, IncidentDetail, Incidents, NoteRequest, ResolveRequest,
};
use super::tell;
use crate::access::Caller;
use crate::api::Shared;
use crate::api::problem::{Problem, answer};
use crate::api::words::{clock_time, cut};
use crate::store::{Answers, Question};

/// Lines of one explanation.
const LINES_MAX: u32 = 1_000;
/// Whatever is overridden needs a reason of so many characters.
const WHY_CHARS_MIN: usize = 8;
/// Deliveries shown with one incident.
const DELIVERIES_MAX: u32 = 200;

/// Incidents, the newest first; those that are not over unless asked otherwise.
pub(in crate::api) async fn incidents(
    State(shared): State<Arc<Shared>>,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Result<Json<Incidents>, Problem> {
    let states = Phase::ALL.iter().map(|phase| phase.as_str());
    let states: Vec<&str> = states.chain(["all"]).collect();
    let page = page::read(&parameters, &states, "before")?;
    let before = match page.from.as_deref() {
        None => IncidentId(u64::MAX),
        Some(text) => number(text)?,
    };
    let phases = phases(&page);
    let archived = if phases.contains(&Phase::Closed) {
        archived(&shared, before, page.rows).await?
    } else {
        Vec::new()
    };
    Ok(Json(merge(
        &shared.view.read(),
        &page,
        (before, &phases),
        archived,
    )))
}

fn phases(page: &Page) -> Vec<Phase> {
    let all = Phase::ALL;
    let wanted = |phase: &Phase| match page.states.as_slice() {
        [] => !phase.is_over(),
        states => states
            .iter()
            .any(|state| state == "all" || state == phase.as_str()),
    };
    all.into_iter().filter(wanted).collect()
}

async fn archived(
    shared: &Shared,
    before: IncidentId,
    rows: usize,
) -> Result<Vec<triage::Incident>, Problem> {
    let at_most = u32::try_from(rows).unwrap_or(u32::MAX);
    let question = Question::Archived { before, at_most };
    match shared.store.ask(question).await? {
        Answers::Archived(incidents) => Ok(incidents),
        _ => Err(Problem::later("the store answered another question")),
    }
}

/// One page out of both: what the engine knows, and what was archived.
fn merge(
    state: &triage::State,
    page: &Page,
    (before, phases): (IncidentId, &[Phase]),
    archived: Vec<triage::Incident>,
) -> Incidents {
    // A full page of archived ones ends where the next one goes on.
    let archive_is_full = archived.len() >= page.rows;
    let last_archived = archived.last().map(|incident| incident.id);
    let floor = last_archived.filter(|_| archive_is_full);
    let mut found: BTreeMap<IncidentId, Incident> = archived
        .into_iter()
        .filter(|incident| page.filters.match_all(&labels(incident, None)))
        .map(|incident| (incident.id, tell::archived(&incident, Vec::new())))
        .collect();
    for incident in state.incidents() {
        let leader = state
            .alert(incident.leader)
            .map(|leader| &leader.about.labels);
        let wanted = incident.id < before
            && floor.is_none_or(|floor| incident.id >= floor)
            && phases.contains(&incident.phase)
            && page.filters.match_all(&labels(incident, leader));
        if wanted {
            found.insert(incident.id, tell::incident(state, incident));
        }
    }
    let more = found.len() > page.rows;
    let incidents: Vec<Incident> = found.into_values().rev().take(page.rows).collect();
    let next = match (more, floor) {
        (true, _) => incidents.last().map(|incident| incident.id),
        (false, Some(floor)) => Some(floor.0),
        (false, None) => None,
    };
    Incidents { incidents, next }
}

/// What filters match: the leader's labels, and what the incident is itself.
fn labels(incident: &triage::Incident, leader: Option<&Labels>) -> Labels {
    let drill = if incident.drill.is_some() { "true" } else { "" };
    let own = [
        ("team", incident.team.as_str()),
        ("priority", incident.priority.as_str()),
        ("severity", incident.severity.as_str()),
        ("phase", incident.phase.as_str()),
        ("route", incident.route.as_str()),
        ("drill", drill),
    ];
    let leader = leader.into_iter().flat_map(Labels::iter);
    leader.chain(own).collect()
}

/// One incident with its alerts and deliveries.
pub(in crate::api) async fn incident(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<Json<IncidentDetail>, Problem> {
    let id = number(&id)?;
    let stored = stored(&shared, id).await?;
    let deliveries = deliveries(&shared, id).await?;
    explaining(&shared, |explain| {
        let state = explain.state;
        let incident = match (state.incident(id), stored) {
            (Some(incident), _) => tell::incident(state, incident),
            (None, Some(incident)) => incident,
            (None, None) => return Err(unknown(id)),
        };
        let mut members: Vec<&Arc<triage::Alert>> =
            state.firing(id).take(limits::MEMBERS_LISTED_MAX).collect();
        let room = limits::MEMBERS_LISTED_MAX - members.len();
        let over = state.members(id).filter(|alert| !alert.is_firing());
        members.extend(over.take(room));
        Ok(Json(IncidentDetail {
            sentences: explain.explain(Subject::Incident(id)),
            alerts: members
                .into_iter()
                .map(|alert| tell::alert(alert, &explain.policy.detection))
                .collect(),
            incident,
            deliveries,
        }))
    })
}

/// The same for a browser, in plain text: the links in tickets lead here.
pub(in crate::api) async fn incident_page(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<String, Problem> {
    let explained = explained(&shared, number(&id)?).await?;
    let now = shared.clock.now();
    let mut text = explained.sentences.join("\n");
    text.push_str("\n\n");
    for line in &explained.timeline {
        text.push_str(&format!(
            "{}  {}\n",
            clock_time(line.at.0, now),
            line.sentence
        ));
    }
    Ok(text)
}

/// Why, line by line.
pub(in crate::api) async fn explain(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<Json<Explained>, Problem> {
    Ok(Json(explained(&shared, number(&id)?).await?))
}

async fn explained(shared: &Shared, id: IncidentId) -> Result<Explained, Problem> {
    let question = Question::Timeline {
        incident: id,
        at_most: LINES_MAX,
    };
    let Answers::Timeline(lines) = shared.store.ask(question).await? else {
        return Err(Problem::later("the store answered another question"));
    };
    if lines.is_empty() && shared.view.read().incident(id).is_none() {
        return Err(unknown(id));
    }
    Ok(explaining(shared, |explain| Explained {
        incident: id.0,
        sentences: explain.explain(Subject::Incident(id)),
        timeline: tell::timeline(&lines, explain),
    }))
}

/// "I work on it."
pub(in crate::api) async fn acknowledge(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let wanted: AcknowledgeRequest = request(&body)?;
    let lasts = wanted.lasts.as_deref().map(duration).transpose()?;
    let command = Command::Acknowledge {
        by: actor(&caller, wanted.by),
        incident: number(&id)?,
        lasts,
    };
    done(&shared, command).await
}

/// Closes an incident by hand.
pub(in crate::api) async fn resolve(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let wanted: ResolveRequest = request(&body)?;
    why(
        &wanted.why,
        "it is closed although nobody measured that it is well",
    )?;
    let command = Command::Resolve {
        by: actor(&caller, wanted.by),
        incident: number(&id)?,
        why: wanted.why,
    };
    done(&shared, command).await
}

/// Writes something down.
pub(in crate::api) async fn note(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let wanted: NoteRequest = request(&body)?;
    let command = Command::Note {
        by: actor(&caller, wanted.by),
        incident: number(&id)?,
        text: wanted.text,
    };
    done(&shared, command).await
}

/// Whoever reads it later must find a reason.
pub(super) fn why(text: &str, because: &str) -> Result<(), Problem> {
    if text.trim().chars().count() >= WHY_CHARS_MIN {
        return Ok(());
    }
    Err(Problem::bad(format!(
        "say why in at least {WHY_CHARS_MIN} characters, as in {{\"why\": \"disk replaced\"}}: {because}"
    )))
}

pub(super) async fn done(shared: &Shared, command: Command) -> Result<StatusCode, Problem> {
    answer(shared.engine.command(command).await).map(|_| StatusCode::OK)
}

/// Whoever shares a token says who they are; the token's name is in the log.
pub(super) fn actor(caller: &Caller, by: Option<String>) -> Actor {
    let said = by.map(|by| {
        by.trim()
            .chars()
            .filter(|letter| !letter.is_control())
            .take(100)
            .collect()
    });
    let name = said.filter(|name: &String| !name.is_empty());
    Actor {
        name: name.unwrap_or_else(|| caller.name.clone()),
        via: Via::Api,
    }
}

/// An incident the store knows, archived or not.
async fn stored(shared: &Shared, id: IncidentId) -> Result<Option<Incident>, Problem> {
    match shared.store.ask(Question::Incident(id)).await? {
        Answers::Incident(found) => Ok(found.map(|found| {
            let tickets = found.1.iter().map(tell::ticket).collect();
            tell::archived(&found.0, tickets)
        })),
        _ => Err(Problem::later("the store answered another question")),
    }
}

/// What is or was delivered for an incident.
pub(super) async fn deliveries(
    shared: &Shared,
    id: IncidentId,
) -> Result<Vec<super::shapes::Delivery>, Problem> {
    let question = Question::Deliveries {
        incident: id,
        at_most: DELIVERIES_MAX,
    };
    match shared.store.ask(question).await? {
        Answers::Deliveries(rows) => Ok(rows.iter().map(tell::delivery).collect()),
        _ => Err(Problem::later("the store answered another question")),
    }
}

/// A body of a request; nothing at all stands for `{}`.
pub(super) fn request<T: for<'de> Deserialize<'de>>(body: &[u8]) -> Result<T, Problem> {
    let body = if body.is_empty() { b"{}" } else { body };
    let unreadable =
        |error: serde_json::Error| Problem::bad(format!("the body cannot be read: {error}"));
    // A list would be read as the fields in their order.
    let object: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(body).map_err(unreadable)?;
    serde_json::from_value(object.into()).map_err(unreadable)
}

pub(super) fn duration(text: &str) -> Result<std::time::Duration, Problem> {
    vedette_config::duration::parse(text)
        .map_err(|error| Problem::bad(format!("{:?} is no duration as in 2h: {error}", cut(text))))
}

pub(super) fn number(text: &str) -> Result<IncidentId, Problem> {
    let wrong = |_| Problem::bad(format!("{:?} is no incident's number", cut(text)));
    text.parse().map(IncidentId).map_err(wrong)
}

pub(super) fn unknown(id: IncidentId) -> Problem {
    Problem::not_found(format!("there is no incident {id}"))
}
