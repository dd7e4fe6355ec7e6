//! Shows alerts, our own and those from outside, as Alertmanager shows them.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Query, State};
use regex::Regex;
use vedette_triage::{
    About, Alert, Fingerprint, Incident, Matchers, Policy, State as Triage, Timestamp,
};

use super::Said;
use super::query::Parameters;
use super::shapes::{AlertStatus, GettableAlert, Receiver};
use crate::api::Shared;
use crate::api::problem::Problem;

/// Which alerts are asked for.
struct Wanted {
    active: bool,
    silenced: bool,
    inhibited: bool,
    muted: bool,
    filters: Matchers,
    receiver: Option<Regex>,
}

/// One alert and what mutes it, taken out of the committed state.
struct Found {
    alert: Arc<Alert>,
    incident: Option<Arc<Incident>>,
    silenced_by: Vec<String>,
    inhibited_by: Vec<String>,
    /// The windows that last for it.
    muted_by: Vec<String>,
}

impl Found {
    fn is_active(&self) -> bool {
        let mutes = [&self.silenced_by, &self.inhibited_by, &self.muted_by];
        mutes.into_iter().all(Vec::is_empty)
    }

    fn receivers(&self) -> &[String] {
        let incident = self.incident.as_ref();
        incident.map_or(&[], |incident| &incident.receivers)
    }
}

/// Firing alerts, filtered, in order of fingerprint.
pub(in crate::api) async fn alerts(
    State(shared): State<Arc<Shared>>,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Result<Json<Vec<GettableAlert>>, Said> {
    let wanted = wanted(&Parameters(parameters))?;
    let (now, ahead) = (shared.clock.now(), shared.clock.ahead());
    // Writers wait while the state is read: everything that can be is done afterwards.
    let policy = Arc::clone(&shared.policy.load().policy);
    let mut found: Vec<(Fingerprint, Found)> = find(&shared.view.read(), (now, &policy), &wanted)
        .into_iter()
        .filter(|found| wanted.takes_receivers(found.receivers()))
        .map(|found| (found.alert.identity.fingerprint(), found))
        .collect();
    found.sort_by_key(|(fingerprint, _)| *fingerprint);
    let fallback = now.after(shared.policy.load().policy.resolve_timeout);
    let shown = |(fingerprint, found): (Fingerprint, Found)| {
        let alert = &found.alert;
        let known = shared.shards.valid_until(&alert.identity);
        let ends_at = known.or(alert.valid_until).unwrap_or(fallback);
        let about = shared.shards.described(&alert.identity);
        let about = about.unwrap_or_else(|| Arc::clone(&alert.about));
        show(found, fingerprint, (&about, ends_at, ahead))
    };
    Ok(Json(found.into_iter().map(shown).collect()))
}

impl Wanted {
    /// As in Alertmanager: whatever is switched off keeps out what it holds for.
    fn takes_state(&self, found: &Found) -> bool {
        (self.active || !found.is_active())
            && (self.silenced || found.silenced_by.is_empty())
            && (self.inhibited || found.inhibited_by.is_empty())
            && (self.muted || found.muted_by.is_empty())
    }

    fn takes_receivers(&self, receivers: &[String]) -> bool {
        let wanted = self.receiver.as_ref();
        wanted.is_none_or(|regex| receivers.iter().any(|name| regex.is_match(name)))
    }
}

fn wanted(parameters: &Parameters) -> Result<Wanted, Problem> {
    // Nothing is unprocessed here: that switch is read, and changes nothing.
    parameters.switch("unprocessed")?;
    let receiver = match parameters.last("receiver") {
        None | Some("") => None,
        Some(text) => Some(Regex::new(&format!("^(?:{text})$")).map_err(|error| {
            Problem::bad(format!(
                "receiver {text:?} is no regular expression: {error}"
            ))
        })?),
    };
    Ok(Wanted {
        active: parameters.switch("active")?,
        silenced: parameters.switch("silenced")?,
        inhibited: parameters.switch("inhibited")?,
        muted: parameters.switch("muted")?,
        filters: parameters.filters()?,
        receiver,
    })
}

fn find(state: &Triage, (now, policy): (Timestamp, &Policy), wanted: &Wanted) -> Vec<Found> {
    state
        .alerts()
        .filter(|alert| alert.is_firing() && wanted.filters.match_all(&alert.about.labels))
        .filter_map(|alert| {
            let mutes = state.silences_for(alert);
            let (mut silenced_by, mut muted_by) = (Vec::new(), Vec::new());
            for silence in mutes.filter(|silence| silence.mutes(now, alert)) {
                match &silence.planned {
                    None => silenced_by.push(silence.id.to_string()),
                    Some(planned) => muted_by.push(planned.window.clone()),
                }
            }
            let explained_by = state.explained_by(policy, alert).into_iter();
            let found = Found {
                alert: Arc::clone(alert),
                incident: alert.incident.and_then(|id| state.incident(id)).cloned(),
                silenced_by,
                muted_by,
                inhibited_by: explained_by
                    .filter_map(|id| state.alert(id))
                    .map(|by| by.identity.fingerprint().to_string())
                    .collect(),
            };
            wanted.takes_state(&found).then_some(found)
        })
        .collect()
}

/// With the times of the world, which ours may be ahead of.
fn show(
    found: Found,
    fingerprint: Fingerprint,
    (about, ends_at, ahead): (&About, Timestamp, Duration),
) -> GettableAlert {
    let alert = &found.alert;
    let state = match found.is_active() {
        true => "active",
        false => "suppressed",
    };
    GettableAlert {
        labels: alert.about.labels.clone().into(),
        annotations: about.annotations.clone().into(),
        starts_at: alert.starts_at.before(ahead).into(),
        ends_at: ends_at.before(ahead).into(),
        updated_at: alert.updated_at.before(ahead).into(),
        fingerprint: fingerprint.to_string(),
        receivers: found
            .receivers()
            .iter()
            .map(|name| Receiver { name: name.clone() })
            .collect(),
        status: AlertStatus {
            state: state.into(),
            silenced_by: found.silenced_by,
            inhibited_by: found.inhibited_by,
            muted_by: found.muted_by,
        },
        generator_url: about.generator_url.clone(),
    }
}
