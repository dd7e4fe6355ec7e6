//! Decides when so much begins at once that it is one thing whatever it is, what that takes, and
//! when it is over.
//!
//! In: an alert that begins, how many of its team did within the last minute, the time. Out: the
//! storm's incident, which takes what begins until less than half as much does for a while; then
//! what still fires is placed as if it had begun alone, once that is not a storm of tickets itself. An alert that is P1 by
//! itself, of a place and service the storm is not about, is told as always.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::{
    Alert, AlertId, Begun, Close, Cue, Impact, Incident, IncidentId, Phase, Priority, Reason,
    Storm, Suppression, Timestamp, TogetherOf, limits,
};

use super::super::draft::Draft;
use super::super::route::Destination;
use super::super::{lifecycle, prioritise};
use super::{Founding, gather, is_free, known, rest};

/// What is counted is what began within this.
const RATE_OVER: std::time::Duration = std::time::Duration::from_secs(60);
/// Fewer incidents than this are no storm.
const INCIDENTS_MIN: usize = 5;
/// From this part of a storm's rate on, what is not P1 waits whether one comes.
const BREWS_FROM: u32 = 6;

fn per_minute(draft: &Draft<'_>) -> Option<usize> {
    let per_minute = usize::try_from(draft.policy.rollup.storm_per_minute);
    per_minute.ok().filter(|per_minute| *per_minute > 0)
}

/// What an alert of this team counts as in a storm.
fn as_storm(begun: &Begun) -> Begun {
    Begun {
        what: Arc::from(Begun::STORM),
        ..begun.clone()
    }
}

/// The storm that takes an alert that begins.
pub(super) fn takes(draft: &Draft<'_>, alert: &Alert, begun: &Begun) -> Option<IncidentId> {
    let incident = known(draft, &as_storm(begun))?;
    let storm = incident.together.as_ref()?.storm.as_ref()?;
    let takes = !incident.phase.is_over() && !storm.is_over;
    (takes && !stands_out(draft, alert, incident, storm)).then_some(incident.id)
}

/// Whether an alert is urgent and not what the storm is about.
fn stands_out(draft: &Draft<'_>, alert: &Alert, incident: &Incident, storm: &Storm) -> bool {
    if prioritise::of_alert(draft, alert) != Priority::P1 {
        return false;
    }
    let mark = alert.identity.place_mark();
    let is_there = [Impact::High, Impact::Medium, Impact::Low]
        .into_iter()
        .any(|impact| draft.state.stake(incident.id, impact, mark) > 0);
    let service = alert.about.labels.get("service");
    let is_of_it = service.is_some_and(|service| storm.services.contains(service));
    !is_there && !is_of_it
}

/// What a storm is made of that begins with an alert.
pub(super) fn begins(draft: &Draft<'_>, alert: &Alert, begun: &Begun) -> Option<Founding> {
    let per_minute = per_minute(draft)?;
    let since = draft.now.before(RATE_OVER);
    if prioritise::of_alert(draft, alert) == Priority::P1 {
        return None;
    }
    let all = (draft.now, AlertId(u64::MAX));
    let lately = || draft.state.begun_lately(&begun.team, since, all);
    if lately().take(per_minute).count() < per_minute {
        return None;
    }
    let free = |other: &&Alert| {
        let destination = Destination::of_alert(draft.policy, other);
        other.id != alert.id && is_free(draft, other, &destination)
    };
    let counted: Vec<&Alert> = lately()
        .take(limits::TOGETHER_LOOKED_AT_MAX.max(2 * per_minute))
        .filter_map(|other| draft.alert(other.id))
        .filter(free)
        .collect();
    // However much it is of few tickets, it is no storm of them.
    let incidents: BTreeSet<Option<IncidentId>> =
        counted.iter().map(|other| other.incident).collect();
    if counted.len() < per_minute || incidents.len() < INCIDENTS_MIN {
        return None;
    }
    let taken = counted.iter().rev();
    let taken = taken.filter(|other| is_taken(draft, other, since));
    Some(Founding {
        begun: as_storm(begun),
        others: taken.map(|other| other.id).collect(),
    })
}

/// Whether the storm takes it over from the incident it has.
fn is_taken(draft: &Draft<'_>, other: &Alert, since: Timestamp) -> bool {
    let incident = other.incident.and_then(|id| draft.incident(id));
    incident.is_some_and(|incident| {
        let is_recent = incident.started_at >= since;
        other.is_firing()
            && !incident.phase.is_over()
            && incident.report.is_none()
            && incident.list.is_none()
            && (incident.together.is_none() || is_recent)
            && prioritise::of_alert(draft, other) != Priority::P1
    })
}

/// Whether it waits for a moment whether a storm comes, because much begins already.
pub(super) fn brews(draft: &Draft<'_>, alert: &Alert, begun: &Begun) -> Option<Suppression> {
    let until = begun.at.after(draft.policy.rollup.mass_window);
    if until <= draft.now {
        return None;
    }
    let many = per_minute(draft)?.div_ceil(BREWS_FROM as usize);
    let since = begun.at.before(RATE_OVER);
    // Whoever came after it is no reason for it to wait.
    let before = (begun.at, alert.id);
    let lately = draft.state.begun_lately(&begun.team, since, before);
    let brews = lately.take(many).count() >= many;
    let waits = brews && prioritise::of_alert(draft, alert) != Priority::P1;
    waits.then_some(Suppression::Gathering { until })
}

/// The first look at a storm that has just begun.
pub(super) fn first_look(draft: &Draft<'_>) -> Timestamp {
    draft.now.after(RATE_OVER)
}

/// Remembers which services a storm is about; of more than are kept an urgent alert is told alone.
pub(super) fn remember(storm: &mut Storm, alert: &Alert) {
    if let Some(service) = alert.about.labels.get("service")
        && storm.services.len() < limits::STORM_SERVICES_MAX
        && !storm.services.contains(service)
    {
        storm.services.insert(Arc::from(service));
    }
}

/// Looks whether a storm is over, and then lets go of what still fires.
pub(super) fn look(draft: &mut Draft<'_>, mut incident: Incident) {
    let id = incident.id;
    let calm = is_calm(draft, &incident);
    let Some(together) = &mut incident.together else {
        return;
    };
    let Some(storm) = &mut together.storm else {
        return;
    };
    if !storm.is_over {
        together.look_at = Some(draft.now.after(RATE_OVER));
        storm.calm_since = match calm {
            true => storm.calm_since.or(Some(draft.now)),
            false => None,
        };
        let is_long = |since: Timestamp| draft.now.since(since) >= limits::STORM_CALM;
        if !storm.calm_since.is_some_and(is_long) {
            draft.put_incident(incident);
            return;
        }
        storm.is_over = true;
        let firing = incident.firing;
        draft.note(id, Reason::StormOver { firing });
    }
    // As long as it would be a storm of tickets, it stays one.
    let is_few = usize::try_from(incident.firing)
        .is_ok_and(|firing| per_minute(draft).is_none_or(|many| firing <= many));
    together.look_at = Some(draft.now.after(RATE_OVER));
    draft.put_incident(incident);
    if is_few {
        let_go(draft, id);
    }
}

/// Less than half a storm's rate.
fn is_calm(draft: &Draft<'_>, incident: &Incident) -> bool {
    let Some(half) = per_minute(draft).map(|per_minute| per_minute.div_ceil(2)) else {
        return true;
    };
    let team: Arc<str> = Arc::from(incident.team.as_str());
    let since = draft.now.before(RATE_OVER);
    let all = (draft.now, AlertId(u64::MAX));
    let lately = draft.state.begun_lately(&team, since, all);
    lately.take(half).count() < half
}

/// What still fires is handled by the usual rules, so many at a time.
fn let_go(draft: &mut Draft<'_>, id: IncidentId) {
    let firing: Vec<AlertId> = draft
        .firing(id)
        .take(limits::STORM_LET_GO_MAX)
        .map(|alert| alert.id)
        .collect();
    let before = draft.incident(id).map_or(0, |incident| incident.firing);
    for alert in firing {
        let still = draft.alert(alert);
        let Some(alert) = still.filter(|alert| alert.incident == Some(id)).cloned() else {
            continue;
        };
        let destination = Destination::of_alert(draft.policy, &alert);
        match super::home(draft, &alert, &destination, Timestamp::MIN) {
            Some(home) => gather::instead(draft, &alert, home),
            None => {
                if let Some(mut incident) = draft.incident(id).cloned() {
                    rest::send_home(draft, alert, &mut incident);
                    draft.put_incident(incident);
                }
            }
        }
    }
    if let Some(incident) = draft
        .incident(id)
        .filter(|incident| !incident.phase.is_over())
    {
        let incident = incident.clone();
        settle(draft, incident, before);
    }
}

/// Closes a storm of which nothing fires any more because it let go of it; one that is well by
/// itself closes like anything else.
fn settle(draft: &mut Draft<'_>, mut incident: Incident, before: u32) {
    let firing = incident.firing;
    let together = incident.together.as_mut();
    let Some((look_at, storm)) =
        together.and_then(|together| Some((&mut together.look_at, together.storm.as_mut()?)))
    else {
        return;
    };
    storm.let_go += before - firing;
    let rest = storm.let_go;
    *look_at = (firing > 0).then_some(draft.now);
    if firing == 0 && (rest > 0 || incident.phase == Phase::Pending) {
        let close = (Cue::Divide, Close::Divided { rest });
        lifecycle::close(draft, &mut incident, close);
    }
    draft.put_incident(incident);
}

/// Whether an incident is a storm that is over: what it still has is placed anew.
pub(super) fn is_letting_go(incident: &Incident) -> bool {
    let together = incident.together.as_ref();
    let storm = together.and_then(|together| together.storm.as_ref());
    storm.is_some_and(|storm| storm.is_over)
}

/// Whether it is a storm at all.
pub(super) fn is_storm(of: &TogetherOf) -> bool {
    match of {
        TogetherOf::Storm => true,
        TogetherOf::SameRule { .. } | TogetherOf::Silence => false,
    }
}
