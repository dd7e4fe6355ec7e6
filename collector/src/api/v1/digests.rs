//! Digests: when each team's next one is, and what it would say now.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use vedette_triage::next_digest;

use super::shapes::{Digest, Digests};
use crate::api::Shared;

/// The digests of all teams, in the order of the policy.
pub(in crate::api) async fn digests(State(shared): State<Arc<Shared>>) -> Json<Digests> {
    let (now, ahead) = (shared.clock.now(), shared.clock.ahead());
    let in_force = shared.policy.load();
    let policy = &in_force.policy;
    let state = shared.view.read();
    let of_team = |team: &vedette_triage::Team| {
        let known = state.digest(&team.name);
        let last = known.and_then(|known| known.last.as_ref());
        let next = known.and_then(|known| known.next);
        Digest {
            team: team.name.clone(),
            next: next.map(|at| at.before(ahead).into()),
            incident: last.map(|last| last.incident.0),
            says: next_digest((&state, policy), now, &team.name),
        }
    };
    let digests = policy.teams.iter().map(of_team).collect();
    Json(Digests { digests })
}
