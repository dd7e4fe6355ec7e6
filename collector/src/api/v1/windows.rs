//! Windows: listed, made for once, ended before their time.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use vedette_policy::SilenceBounds;
use vedette_triage as triage;
use vedette_triage::{Command, Matchers, Planned, Silence, Stage, Timestamp};

use super::incidents::{actor, done, request, why};
use super::shapes::{Window, WindowMade, WindowRequest, Windows};
use crate::access::Caller;
use crate::api::Shared;
use crate::api::problem::Problem;

/// Bytes of a window's name.
const NAME_BYTES_MAX: usize = 64;

/// Windows that last, and the next occurrence of each.
pub(in crate::api) async fn windows(State(shared): State<Arc<Shared>>) -> Json<Windows> {
    let ahead = shared.clock.ahead();
    let mut found: Vec<Arc<Silence>> = shared.view.read().silences().cloned().collect();
    found.sort_by_key(|silence| (silence.starts_at, silence.id.clone()));
    let shown = found.iter().filter_map(|silence| {
        let planned = silence.planned.as_ref()?;
        show(silence, planned, ahead)
    });
    let mut windows: Vec<Window> = shown.collect();
    windows.sort_by_key(|window| window.state != "running");
    Json(Windows { windows })
}

/// Plans work.
pub(in crate::api) async fn post_window(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Result<Json<WindowMade>, Problem> {
    let wanted: WindowRequest = request(&body)?;
    why(&wanted.why, "others find their alerts muted by it")?;
    let (now, ahead) = (shared.clock.now(), shared.clock.ahead());
    let starts_at = wanted
        .starts_at
        .map_or(now, |at| at.0.after(ahead).max(now));
    let ends_at = wanted.ends_at.0.after(ahead);
    check_length((starts_at, ends_at), &caller, &shared.policy.load().silence)?;
    let name = wanted.name.unwrap_or_else(|| named_after(&wanted.why));
    if name.len() > NAME_BYTES_MAX || name.chars().any(char::is_control) {
        return Err(Problem::bad(format!(
            "a window's name is one line of at most {NAME_BYTES_MAX} bytes"
        )));
    }
    let window = triage::WindowRequest {
        name: name.clone(),
        matchers: Matchers::parse(&wanted.matchers).map_err(Problem::bad)?,
        starts_at,
        ends_at,
        why: wanted.why,
        report: wanted.report,
    };
    let by = actor(&caller, wanted.by);
    done(&shared, Command::AddWindow { by, window }).await?;
    Ok(Json(WindowMade { name }))
}

/// Ends a window that lasts, or takes back one that was made by hand.
pub(in crate::api) async fn delete_window(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    let by = actor(&caller, None);
    done(&shared, Command::EndWindow { by, name }).await
}

/// As long as the same person may silence.
fn check_length(
    (starts_at, ends_at): (Timestamp, Timestamp),
    caller: &Caller,
    bounds: &SilenceBounds,
) -> Result<(), Problem> {
    let at_most = match caller.is_admin() {
        true => bounds.admin_at_most,
        false => bounds.operator_at_most,
    };
    if ends_at.since(starts_at) <= at_most {
        return Ok(());
    }
    Err(Problem::bad(format!(
        "{} may plan {} at most (silence_at_most); what is longer belongs into windows.toml or an exception",
        caller.name,
        vedette_config::duration::show(at_most)
    )))
}

/// The first words of the reason: usually the number of the change.
fn named_after(why: &str) -> String {
    let mut name = String::new();
    for word in why.split_whitespace() {
        if name.len() + word.len() >= NAME_BYTES_MAX {
            break;
        }
        if !name.is_empty() {
            name.push(' ');
        }
        name.push_str(word);
    }
    name
}

/// With the times of the world, which ours may be ahead of.
fn show(silence: &Silence, planned: &Planned, ahead: Duration) -> Option<Window> {
    let state = match planned.stage {
        Stage::Coming => "coming",
        Stage::Running => "running",
        Stage::Over => return None,
    };
    Some(Window {
        name: planned.window.clone(),
        state: state.to_owned(),
        matchers: silence.matchers.0.iter().map(ToString::to_string).collect(),
        starts_at: silence.starts_at.before(ahead).into(),
        ends_at: silence.ends_at.before(ahead).into(),
        owner: planned.owner.clone(),
        why: silence.comment.clone(),
        report: planned.report,
        by_hand: planned.by_hand,
    })
}
