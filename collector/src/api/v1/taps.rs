//! One tap on a link in a notice: a page whose button says it, in the name of the person the notice
//! was for.
//!
//! The link is good for one incident and one person. Looking at the page changes nothing, so that
//! previews of links do nothing.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Html;
use vedette_triage::matcher::Operator;
use vedette_triage::{
    Actor, Command, Incident, IncidentId, Labels, Matcher, Matchers, SilenceId, SilenceRequest, Via,
};

use super::incidents::{done, number};
use super::rules::{asking, find};
use crate::access::{Caller, Tap};
use crate::api::Shared;
use crate::api::problem::Problem;

/// How long a tap silences.
const QUIET: Duration = Duration::from_secs(3600);
/// What makes more of the same the same: how detection and senders name it, never how bad it is.
const OF_THE_SAME: [&str; 3] = ["alertname", "host", "instance"];

/// What the path names.
pub(in crate::api) type Named = (String, String, String);

/// The page: what it is, and one button.
pub(in crate::api) async fn tap_page(
    State(shared): State<Arc<Shared>>,
    Path((id, person, tap)): Path<Named>,
) -> Result<Html<String>, Problem> {
    let tap = named(&tap)?;
    let incident = find(&shared, number(&id)?).await?;
    let button = match tap {
        Tap::Acknowledge => format!("{person} looks at it"),
        Tap::Take => format!("{person} takes it"),
        Tap::Silence => "Quiet for an hour".to_owned(),
    };
    Ok(Html(asking(&incident, &button, "Done.")))
}

/// The button.
pub(in crate::api) async fn tap(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path((id, person, tap)): Path<Named>,
) -> Result<StatusCode, Problem> {
    let (tap, incident) = (named(&tap)?, number(&id)?);
    let is_known = shared.policy.load().policy.persons.contains_key(&person);
    if !is_known {
        return Err(Problem::not_found(format!(
            "nobody is called {person:?} any more"
        )));
    }
    // Whoever comes with a token of their own says it in their own name.
    let name = match caller.is_by_link() {
        true => person,
        false => caller.name.clone(),
    };
    let by = Actor {
        name,
        via: Via::Api,
    };
    let command = match tap {
        Tap::Acknowledge => Command::Acknowledge {
            by,
            incident,
            lasts: None,
        },
        Tap::Take => Command::Take {
            by,
            incident,
            lasts: None,
        },
        Tap::Silence => silence(&shared, by, incident).await?,
    };
    done(&shared, command).await
}

fn named(word: &str) -> Result<Tap, Problem> {
    Tap::named(word).ok_or_else(|| Problem::not_found(format!("nothing is called {word:?} here")))
}

/// More of the same, for an hour.
async fn silence(shared: &Shared, by: Actor, id: IncidentId) -> Result<Command, Problem> {
    let incident = find(shared, id).await?;
    let matchers = of_the_same(shared, &incident);
    if matchers.0.is_empty() {
        return Err(Problem::bad(
            "its alerts have neither a name nor a host in common; silence them by hand".to_owned(),
        ));
    }
    let now = shared.clock.now();
    Ok(Command::SetSilence {
        silence: SilenceRequest {
            new_id: SilenceId::new(&uuid::Uuid::new_v4().to_string()),
            replaces: None,
            matchers,
            starts_at: now,
            ends_at: now.after(QUIET),
            created_by: by.name.clone(),
            comment: format!("one tap on the notice of incident {id}"),
            annotations: Labels::none(),
            until_clear: false,
        },
        by,
    })
}

/// What all its firing alerts share of what names them.
fn of_the_same(shared: &Shared, incident: &Incident) -> Matchers {
    let state = shared.view.read();
    let firing = state.firing(incident.id);
    let common = Labels::common(firing.map(|alert| &alert.about.labels));
    let same = OF_THE_SAME.iter().filter_map(|name| {
        let value = common.get(name)?;
        Matcher::new(name, Operator::Equal, value).ok()
    });
    Matchers(same.collect())
}
