//! Rules with what came of what they found, and what people say of it.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Html;
use axum::{Extension, Json};
use vedette_triage as triage;
use vedette_triage::{Command, IncidentId, RuleMeta};

use super::incidents::{actor, done, number, request, unknown};
use super::shapes::{Rule, Rules, VoteRequest};
use crate::access::Caller;
use crate::api::Shared;
use crate::api::problem::Problem;
use crate::store::{Answers, Question};

/// All rules of the policy in order of name, then all alerts from outside as one.
pub(in crate::api) async fn rules(State(shared): State<Arc<Shared>>) -> Json<Rules> {
    let policy = Arc::clone(&shared.policy.load().policy);
    let (state, now) = (shared.view.read(), shared.clock.now());
    let account = |name: &str| {
        let known = state.account(name);
        known.map(|known| triage::Account::clone(known))
    };
    let of_policy = policy.rules.values();
    let mut rules: Vec<Rule> = of_policy
        .map(|meta| {
            let detection = policy.detection.get(&meta.name);
            let exceptions = detection.iter().flat_map(|rule| &rule.exceptions);
            let exceptions = exceptions.filter(|exception| exception.until > now);
            Rule {
                exceptions: exceptions.count() as u64,
                ..rule(meta, account(&meta.name))
            }
        })
        .collect();
    if let Some(outside) = account("") {
        rules.push(rule(&RuleMeta::default(), Some(outside)));
    }
    Json(Rules { rules })
}

fn rule(meta: &RuleMeta, account: Option<triage::Account>) -> Rule {
    let account = account.unwrap_or_default();
    Rule {
        name: meta.name.to_string(),
        component: meta.component.clone(),
        shadow: meta.shadow,
        exceptions: 0,
        since: (account != triage::Account::default()).then(|| account.since.into()),
        opened: account.opened,
        unattended: account.unattended,
        reopened: account.reopened,
        transient: account.transient,
        suppressed: account.suppressed,
        useful: account.useful,
        noise: account.noise,
    }
}

/// "It was useful."
pub(in crate::api) async fn useful(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    judge(&shared, &caller, (number(&id)?, true), &body).await
}

/// "It was noise."
pub(in crate::api) async fn noise(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    judge(&shared, &caller, (number(&id)?, false), &body).await
}

async fn judge(
    shared: &Shared,
    caller: &Caller,
    (id, useful): (IncidentId, bool),
    body: &[u8],
) -> Result<StatusCode, Problem> {
    let wanted: VoteRequest = request(body)?;
    // Nobody knows who has a ticket before them.
    let by = wanted.by.filter(|_| !caller.is_by_link());
    let incident = find(shared, id).await?;
    let command = Command::Judge {
        by: actor(caller, by),
        incident: id,
        rule: Some(incident.rule.to_string()),
        useful,
    };
    done(shared, command).await
}

/// Where the link in a ticket leads: looking changes nothing, the button does.
pub(in crate::api) async fn useful_page(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<Html<String>, Problem> {
    page(&shared, (&id, "useful")).await
}

/// The same for "It was noise."
pub(in crate::api) async fn noise_page(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<Html<String>, Problem> {
    page(&shared, (&id, "noise")).await
}

async fn page(shared: &Shared, (id, vote): (&str, &str)) -> Result<Html<String>, Problem> {
    let incident = find(shared, number(id)?).await?;
    Ok(Html(asking(
        &incident,
        &format!("It was {vote}"),
        "Counted, thank you.",
    )))
}

/// A page that says which incident, with one button that says something about it.
pub(super) fn asking(incident: &triage::Incident, button: &str, done: &str) -> String {
    let said = format!("Incident {}: {}", incident.id, incident.title);
    let (said, button) = (escaped(&said), escaped(button));
    format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>{said}</title>\n\
         <p>{said}</p>\n<p><button>{button}</button></p>\n<p role=\"status\"></p>\n\
         <script>\n\
         const said = document.querySelector('[role=status]');\n\
         document.querySelector('button').onclick = async () => {{\n\
         const headers = {{ 'Content-Type': 'application/json' }};\n\
         const answer = await fetch(location.pathname + location.search, {{ method: 'POST', headers, body: '{{}}' }});\n\
         said.textContent = answer.ok ? '{done}' : (await answer.json()).error;\n\
         }};\n\
         </script>\n</html>\n"
    )
}

/// An incident, archived or not.
pub(super) async fn find(shared: &Shared, id: IncidentId) -> Result<triage::Incident, Problem> {
    if let Some(known) = shared.view.read().incident(id) {
        return Ok(triage::Incident::clone(known));
    }
    match shared.store.ask(Question::Incident(id)).await? {
        Answers::Incident(found) => found.map(|found| found.0).ok_or_else(|| unknown(id)),
        _ => Err(Problem::later("the store answered another question")),
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
