//! Exceptions: listed wherever they come from, made and ended.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use tokio::sync::oneshot;
use vedette_triage::Matchers;
use vedette_triage::detect::{Effect, Exception, Rule};
use vedette_triage::{Ruled, limits};

use super::incidents::{actor, request, why};
use super::shapes::{self, ExceptionRequest, Exceptions};
use crate::access::Caller;
use crate::api::problem::Problem;
use crate::api::{ExceptionWanted, ReloadRequest, Shared, Wanted};

/// Bytes of a name, a parameter or a value.
const WORD_BYTES_MAX: usize = 200;
/// Parameters of one exception.
const SET_MAX: usize = 32;

/// Those in force, by rule; what ends first in a rule first.
pub(in crate::api) async fn exceptions(State(shared): State<Arc<Shared>>) -> Json<Exceptions> {
    let policy = Arc::clone(&shared.policy.load().policy);
    let (now, ahead) = (shared.clock.now(), shared.clock.ahead());
    let state = shared.view.read();
    let reminded = |rule: &Rule, exception: &Exception| {
        let (about, words) = (exception.about(rule), exception.words(rule));
        state.rulings().any(|ruling| match &ruling.says {
            Ruled::Exception {
                about: known,
                words: how,
                reminded,
                ..
            } => *known == about && *how == words && *reminded,
            Ruled::Live { .. } | Ruled::OnCall { .. } => false,
        })
    };
    let mut all = Vec::new();
    for rule in policy.detection.iter() {
        let stands = rule.exceptions.iter().filter(|one| one.until > now);
        let mut of_rule: Vec<shapes::Exception> = stands
            .map(|exception| shapes::Exception {
                rule: rule.name.to_string(),
                matchers: exception
                    .matchers
                    .0
                    .iter()
                    .map(ToString::to_string)
                    .collect(),
                off: exception.effect == Effect::Off,
                words: exception.words(rule),
                owner: exception.owner.clone(),
                why: exception.why.clone(),
                until: exception.until.before(ahead).into(),
                made: exception.is_made,
                reminded: reminded(rule, exception),
                ends_soon: exception.until.before(limits::EXCEPTION_REMINDED_BEFORE) <= now,
            })
            .collect();
        of_rule.sort_by_key(|exception| exception.until.0);
        all.append(&mut of_rule);
    }
    Json(Exceptions { exceptions: all })
}

/// Makes one, in place of one that was made of the same rule and matchers, or ends it.
pub(in crate::api) async fn post_exception(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let wanted: ExceptionRequest = request(&body)?;
    let wanted = checked(wanted, &actor(&caller, None).name)?;
    let (answer, answered) = oneshot::channel();
    let busy = || Problem::later("the policy is being read already; ask again in a moment");
    let request = ReloadRequest {
        exception: Some(wanted),
        answer,
    };
    shared.reload.try_send(request).map_err(|_| busy())?;
    match answered.await.map_err(|_| busy())? {
        Ok(_) => Ok(StatusCode::OK),
        Err(findings) => Err(Problem::bad(findings.join("; "))),
    }
}

fn checked(wanted: ExceptionRequest, by: &str) -> Result<ExceptionWanted, Problem> {
    let what = match (wanted.end, wanted.off, wanted.set.is_empty()) {
        (true, false, true) => Wanted::End,
        (false, true, true) => Wanted::Off,
        (false, false, false) => Wanted::Set(wanted.set.into_iter().collect()),
        (_, _, _) => {
            return Err(Problem::bad(
                "say what is different: parameters, off, or that it ends; one of them",
            ));
        }
    };
    if what != Wanted::End {
        why(&wanted.why, "somebody has to understand it in a year")?;
    }
    let matchers = Matchers::parse(&wanted.matchers).map_err(Problem::bad)?;
    let owner = wanted.owner.unwrap_or_else(|| by.to_owned());
    let words = [&wanted.rule, &owner, &wanted.until];
    let set: Vec<&String> = match &what {
        Wanted::Set(set) => set.iter().flat_map(|(name, value)| [name, value]).collect(),
        Wanted::Off | Wanted::End => Vec::new(),
    };
    let is_odd = |text: &&&String| text.len() > WORD_BYTES_MAX || has_control(text);
    if words.iter().chain(&set).any(|text| is_odd(&text)) || set.len() > 2 * SET_MAX {
        return Err(Problem::bad(format!(
            "names and values are one line of at most {WORD_BYTES_MAX} bytes, and {SET_MAX} parameters at most"
        )));
    }
    if what != Wanted::End && wanted.until.parse::<jiff::civil::Date>().is_err() {
        return Err(Problem::bad(format!(
            "{:?} is no day; say until which day, as in 2027-06-30",
            wanted.until
        )));
    }
    Ok(ExceptionWanted {
        rule: wanted.rule,
        matchers: matchers.0.iter().map(ToString::to_string).collect(),
        what,
        owner,
        until: wanted.until,
        why: wanted
            .why
            .chars()
            .filter(|letter| !letter.is_control())
            .collect(),
    })
}

fn has_control(text: &str) -> bool {
    text.chars().any(char::is_control)
}
