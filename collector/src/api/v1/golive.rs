//! What people would have been told while it was only observed; going live, and back.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use vedette_triage::{Command, DeliverMode, LiveOf, Observed, Ruled};

use super::incidents::{actor, done, request, why};
use super::shapes::{Counted, GoLive, GoLiveOf, GoLiveRequest, Live, LiveRuling};
use crate::access::Caller;
use crate::api::Shared;
use crate::api::problem::Problem;

/// What would have been told of a part, and what would be told if it went live now.
pub(in crate::api) async fn golive(
    State(shared): State<Arc<Shared>>,
    Query(of): Query<GoLiveOf>,
) -> Result<Json<GoLive>, Problem> {
    let of = part(of.team, of.rule)?;
    let policy = Arc::clone(&shared.policy.load().policy);
    let (now, ahead) = (shared.clock.now(), shared.clock.ahead());
    let state = shared.view.read();
    let is_live = match &of {
        LiveOf::Everything => state.is_live(&policy, "", ""),
        LiveOf::Team(team) => state.is_live(&policy, team, ""),
        LiveOf::Rule(rule) => state.is_live(&policy, "", rule),
    };
    let is_known = match &of {
        LiveOf::Everything => true,
        LiveOf::Team(name) => policy.teams.iter().any(|team| *team.name == **name),
        LiveOf::Rule(name) => policy.rules.contains_key(name),
    };
    if !is_known {
        return Err(Problem::not_found(format!("there is no {}", of.words())));
    }
    let Observed {
        since,
        by_rule,
        by_team,
        lists,
        apart,
        listed,
        without_receiver,
    } = Observed::of((&state, &policy), now, &of);
    let counted = |counts: Vec<(String, u64)>| {
        let counted = counts.into_iter();
        counted
            .map(|(name, tickets)| Counted { name, tickets })
            .collect()
    };
    Ok(Json(GoLive {
        of: of.words(),
        live: is_live,
        since: since.before(ahead).into(),
        by_rule: counted(by_rule),
        by_team: counted(by_team),
        lists,
        apart,
        listed,
        without_receiver,
    }))
}

/// Goes live, or back.
pub(in crate::api) async fn post_golive(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let wanted: GoLiveRequest = request(&body)?;
    let of = part(wanted.team, wanted.rule)?;
    if wanted.back {
        why(&wanted.why, "others find that nothing is told any more")?;
    }
    let command = Command::RuleLive {
        by: actor(&caller, wanted.by),
        of,
        live: !wanted.back,
        why: wanted.why,
    };
    done(&shared, command).await
}

fn part(team: Option<String>, rule: Option<String>) -> Result<LiveOf, Problem> {
    match (team, rule) {
        (None, None) => Ok(LiveOf::Everything),
        (Some(team), None) => Ok(LiveOf::Team(team.into())),
        (None, Some(rule)) => Ok(LiveOf::Rule(rule.into())),
        (Some(_), Some(_)) => Err(Problem::bad("name a team or a rule, not both".to_owned())),
    }
}

/// Who is live, as far as it is not the same for all.
pub(super) fn live(shared: &Shared) -> Live {
    let policy = Arc::clone(&shared.policy.load().policy);
    let ahead = shared.clock.ahead();
    let state = shared.view.read();
    let ruled = state.rulings().map(|ruling| {
        let Ruled::Live { of, live, over } = &ruling.says else {
            return None;
        };
        let stands = *of != LiveOf::Everything || *over == policy.mode;
        stands.then(|| LiveRuling {
            of: of.words(),
            live: *live,
            by: ruling.by.clone(),
            at: ruling.at.before(ahead).into(),
            why: ruling.why.clone(),
        })
    });
    let mode = match state.is_live(&policy, "", "") {
        true => DeliverMode::Live,
        false => DeliverMode::Observe,
    };
    Live {
        mode: match mode {
            DeliverMode::Live => "live".into(),
            DeliverMode::Observe => "observe".into(),
        },
        ruled: ruled.flatten().collect(),
    }
}
