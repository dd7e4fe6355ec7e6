//! Shows, makes, changes and ends silences; a 200 means it is on disk.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use uuid::Uuid;
use vedette_policy::SilenceBounds;
use vedette_triage::matcher::Operator;
use vedette_triage::{
    Actor, Answer, Command, Labels, Matcher, Matchers, Silence, SilenceId, SilenceRequest,
    SilenceState, Timestamp, Via, limits,
};

use super::Said;
use super::query::Parameters;
use super::shapes::{GettableSilence, PostableSilence, SilenceMade, SilenceMatcher, SilenceStatus};
use crate::access::Caller;
use crate::api::Shared;
use crate::api::problem::{Problem, answer};
use crate::api::words::cut;

/// Silences, filtered: active ones by their end, pending ones by their start, expired ones last.
pub(in crate::api) async fn silences(
    State(shared): State<Arc<Shared>>,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Result<Json<Vec<GettableSilence>>, Said> {
    let parameters = Parameters(parameters);
    let (active, pending, expired) = (
        parameters.switch("active")?,
        parameters.switch("pending")?,
        parameters.switch("expired")?,
    );
    let filters = parameters.filters()?;
    let (now, ahead) = (shared.clock.now(), shared.clock.ahead());
    let wanted = |silence: &&Arc<Silence>| match silence.state(now) {
        SilenceState::Active => active,
        SilenceState::Pending => pending,
        SilenceState::Expired => expired,
    };
    let mut found: Vec<Arc<Silence>> = shared
        .view
        .read()
        .silences()
        .filter(wanted)
        .filter(is_silence)
        .cloned()
        .collect();
    found.sort_by_key(|silence| order(silence, now));
    let state = shared.view.read();
    let shown = found
        .iter()
        .map(|silence| show(&state, silence, (now, ahead)))
        .filter(|silence| selects(&filters, silence));
    Ok(Json(shown.collect()))
}

/// One silence.
pub(in crate::api) async fn silence(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<Json<GettableSilence>, Said> {
    let (now, ahead) = (shared.clock.now(), shared.clock.ahead());
    let state = shared.view.read();
    let silence = state
        .silence(&SilenceId::new(&id))
        .filter(is_silence)
        .ok_or_else(|| unknown(&id))?;
    Ok(Json(show(&state, silence, (now, ahead))))
}

/// Makes or changes a silence.
pub(in crate::api) async fn post_silence(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Result<Json<SilenceMade>, Said> {
    let no_silence =
        |error: serde_json::Error| Problem::bad(format!("the body is not a silence: {error}"));
    // A list would be read as the fields in their order.
    let object: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&body).map_err(no_silence)?;
    let mut wanted: PostableSilence = serde_json::from_value(object.into()).map_err(no_silence)?;
    let (now, ahead) = (shared.clock.now(), shared.clock.ahead());
    // People's times are those of the world, ours may be ahead of it.
    wanted.starts_at = wanted.starts_at.0.after(ahead).into();
    let in_force = shared.policy.load_full();
    let bounds = &in_force.silence;
    let ends_at = match wanted.ends_at {
        Some(at) => at.0.after(ahead),
        // A mandatory end, also of what waits until all is clear.
        None if wanted.until_clear => {
            let from = wanted.starts_at.0.max(now);
            from.after(at_most(&caller, bounds))
        }
        None => {
            let why = "the body is not a silence: missing field `endsAt`";
            return Err(Problem::bad(why).into());
        }
    };
    check_times((wanted.starts_at.0, ends_at), now, &caller, bounds)?;
    check_texts(&wanted)?;
    let command = Command::SetSilence {
        by: actor(&caller),
        silence: SilenceRequest {
            new_id: SilenceId::new(&Uuid::new_v4().to_string()),
            replaces: wanted
                .id
                .as_deref()
                .filter(|id| !id.is_empty())
                .map(SilenceId::new),
            matchers: matchers(&wanted.matchers)?,
            starts_at: wanted.starts_at.0,
            ends_at,
            created_by: match wanted.created_by.trim() {
                "" => caller.name.clone(),
                _ => wanted.created_by,
            },
            comment: wanted.comment,
            annotations: wanted.annotations.unwrap_or_default().into(),
            until_clear: wanted.until_clear,
        },
    };
    match answer(shared.engine.command(command).await)? {
        Answer::Silence(id) => Ok(Json(SilenceMade {
            silence_id: id.to_string(),
        })),
        _ => Err(Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "no_id",
            "the silence was stored, but its id is not known; list the silences",
        )
        .into()),
    }
}

/// Ends a silence; ending it again is no error.
pub(in crate::api) async fn delete_silence(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<StatusCode, Said> {
    let silence = SilenceId::new(&id);
    let state = {
        let view = shared.view.read();
        let known = view.silence(&silence).filter(is_silence);
        let known = known.ok_or_else(|| unknown(&id))?;
        known.state(shared.clock.now())
    };
    match state {
        SilenceState::Expired => return Ok(StatusCode::OK),
        SilenceState::Active | SilenceState::Pending => {}
    }
    let command = Command::ExpireSilence {
        by: actor(&caller),
        id: silence,
    };
    answer(shared.engine.command(command).await)?;
    Ok(StatusCode::OK)
}

/// Windows are kept as silences are, and shown by themselves.
fn is_silence(silence: &&Arc<Silence>) -> bool {
    silence.planned.is_none()
}

fn unknown(id: &str) -> Problem {
    Problem::not_found(format!("there is no silence {}", cut(id)))
}

fn actor(caller: &Caller) -> Actor {
    Actor {
        name: caller.name.clone(),
        via: Via::Alertmanager,
    }
}

fn at_most(caller: &Caller, bounds: &SilenceBounds) -> Duration {
    match caller.is_admin() {
        true => bounds.admin_at_most,
        false => bounds.operator_at_most,
    }
}

fn check_times(
    (starts, ends): (Timestamp, Timestamp),
    now: Timestamp,
    caller: &Caller,
    bounds: &SilenceBounds,
) -> Result<(), Problem> {
    let failed = |why: &str| Err(Problem::bad(format!("Failed to create silence: {why}")));
    if starts >= ends {
        return failed("start time must be before end time");
    }
    if ends <= now {
        return failed("end time can't be in the past");
    }
    let at_most = at_most(caller, bounds);
    if ends.since(starts.max(now)) > at_most {
        let at_most = vedette_config::duration::show(at_most);
        return failed(&format!(
            "{} may silence for {at_most} at most (silence_at_most); what is longer belongs into an exception",
            caller.name
        ));
    }
    Ok(())
}

fn check_texts(wanted: &PostableSilence) -> Result<(), Problem> {
    if wanted.comment.trim().is_empty() {
        let why = "a silence says why: its comment is empty; others find their alerts muted by it";
        return Err(Problem::bad(why));
    }
    if wanted.comment.len() > limits::NOTE_BYTES_MAX {
        let why = format!("a comment has at most {} bytes", limits::NOTE_BYTES_MAX);
        return Err(Problem::bad(why));
    }
    if wanted.created_by.len() > limits::LABEL_VALUE_BYTES_MAX {
        return Err(Problem::bad("createdBy is too long"));
    }
    let annotations = wanted.annotations.iter().flatten();
    let bytes: usize = annotations
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if bytes > limits::NOTE_BYTES_MAX {
        let why = format!("annotations have at most {} bytes", limits::NOTE_BYTES_MAX);
        return Err(Problem::bad(why));
    }
    Ok(())
}

fn matchers(wanted: &[SilenceMatcher]) -> Result<Matchers, Problem> {
    if wanted.is_empty() || wanted.len() > limits::MATCHERS_MAX {
        let why = format!("a silence has 1 to {} matchers", limits::MATCHERS_MAX);
        return Err(Problem::bad(why));
    }
    let read = |matcher: &SilenceMatcher| {
        let operator = match (matcher.is_regex, matcher.is_equal) {
            (false, true) => Operator::Equal,
            (false, false) => Operator::NotEqual,
            (true, true) => Operator::Regex,
            (true, false) => Operator::NotRegex,
        };
        if matcher.name.len() > limits::LABEL_NAME_BYTES_MAX {
            let most = limits::LABEL_NAME_BYTES_MAX;
            return Err(format!("a label's name has at most {most} bytes"));
        }
        Matcher::new(&matcher.name, operator, &matcher.value)
    };
    let matchers: Result<Vec<Matcher>, String> = wanted.iter().map(read).collect();
    let matchers = Matchers(matchers.map_err(Problem::bad)?);
    if !matchers.select_something() {
        let why = "Failed to create silence: at least one matcher must not match the empty string: this one would mute everything";
        return Err(Problem::bad(why));
    }
    Ok(matchers)
}

/// Whether a silence has matchers that a filter looks for: positive ones must be there.
fn selects(filters: &Matchers, silence: &GettableSilence) -> bool {
    let patterns: BTreeMap<&str, &str> = silence
        .matchers
        .iter()
        .map(|matcher| (matcher.name.as_str(), matcher.value.as_str()))
        .collect();
    filters.0.iter().all(|filter| {
        let pattern = patterns.get(filter.name());
        match (filter.operator(), pattern) {
            (Operator::NotEqual | Operator::NotRegex, None) => true,
            (Operator::Equal | Operator::Regex, None) => false,
            (_, Some(pattern)) => filter.matches_value(pattern),
        }
    })
}

fn order(silence: &Silence, now: Timestamp) -> (u8, Timestamp, Reverse<Timestamp>, SilenceId) {
    let none = Timestamp::MIN;
    let id = silence.id.clone();
    match silence.state(now) {
        SilenceState::Active => (0, silence.ends_at, Reverse(none), id),
        SilenceState::Pending => (1, silence.starts_at, Reverse(none), id),
        SilenceState::Expired => (2, none, Reverse(silence.ends_at), id),
    }
}

/// With the times of the world, which ours may be ahead of.
fn show(
    state: &vedette_triage::State,
    silence: &Silence,
    (now, ahead): (Timestamp, Duration),
) -> GettableSilence {
    // What a host plans is about that host alone, which no matcher of it says.
    let only = silence.entity.as_ref();
    let only = only.map(|id| SilenceMatcher {
        name: "host".into(),
        value: (state.host(id)).map_or_else(|| id.to_string(), |host| host.facts.name.clone()),
        is_regex: false,
        is_equal: true,
    });
    let matchers = silence.matchers.0.iter().map(SilenceMatcher::from);
    let standing = match silence.state(now) {
        SilenceState::Active => "active",
        SilenceState::Pending => "pending",
        SilenceState::Expired => "expired",
    };
    GettableSilence {
        id: silence.id.to_string(),
        status: SilenceStatus {
            state: standing.into(),
        },
        updated_at: silence.updated_at.before(ahead).into(),
        matchers: only.into_iter().chain(matchers).collect(),
        starts_at: silence.starts_at.before(ahead).into(),
        ends_at: silence.ends_at.before(ahead).into(),
        created_by: silence.created_by.clone(),
        comment: silence.comment.clone(),
        annotations: Labels::clone(&silence.annotations).into(),
        until_clear: silence.until_clear,
        still_muted: silence.reminded.map(|reminded| reminded.alerts),
    }
}
