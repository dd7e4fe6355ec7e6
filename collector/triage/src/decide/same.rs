//! Decides whether an alert that begins is the same fault as one that people were told of already:
//! what was going to fill is full now.
//!
//! In: the alert, where it goes. Out: the open incident in which something of the same thing (place,
//! component, mount point, unit, ...) fires, and that would be its own by what makes one ticket. The
//! gap after which nothing joins is for other things that happen to be of the same group; the longest
//! life of an incident holds here too (invariant 11). Costs no more than what fires at one place, and
//! that is bounded (invariant 15).

use crate::{Alert, Incident, IncidentId, Labels, Source, Standing, limits};

use super::draft::Draft;
use super::group;
use super::route::{self, Destination};

/// The open incident of the fault that an alert is another sign of.
pub(super) fn fault(
    draft: &Draft<'_>,
    alert: &Alert,
    destination: &Destination<'_>,
) -> Option<IncidentId> {
    let is_ours = alert.identity.source == Source::Rules && alert.drill.is_none();
    let place = alert.place().filter(|_| is_ours)?;
    let group = group::key(draft.policy, alert, destination);
    let at = |standing| draft.alerts_at(place, standing).into_iter();
    let firing = at(Standing::Failed).chain(at(Standing::Fires));
    let mut signs = firing
        .take(limits::SIGNS_LOOKED_AT_MAX)
        .filter(|other| other.id != alert.id && is_same_thing(alert, other));
    signs.find_map(|other| {
        let incident = draft.incident(other.incident?)?;
        let of = Destination::of_alert(draft.policy, other);
        let is_one = takes_signs(draft, incident) && group::key(draft.policy, other, &of) == group;
        is_one.then_some(incident.id)
    })
}

fn takes_signs(draft: &Draft<'_>, incident: &Incident) -> bool {
    let is_storm = incident
        .together
        .as_ref()
        .is_some_and(|together| together.storm.is_some());
    let is_gathered = is_storm || incident.list.is_some() || incident.report.is_some();
    let timers = route::timers(draft.policy, incident);
    incident.is_open()
        && !is_gathered
        && draft.now <= incident.started_at.after(timers.join_at_most)
}

/// Whether two conditions of one place are about the same thing there: what both say of it agrees.
/// One that names nothing is about the place itself.
fn is_same_thing(one: &Alert, other: &Alert) -> bool {
    let is_alike = one.identity.entity_id() == other.identity.entity_id()
        && one.about.component == other.about.component;
    if !is_alike {
        return false;
    }
    let (one, other) = (one.identity.attributes(), other.identity.attributes());
    let is_empty = |labels: &Labels| labels.iter().next().is_none();
    let shared = one
        .iter()
        .filter_map(|(name, value)| Some((value, other.get(name)?)));
    let mut agree = shared.clone().map(|(one, other)| one == other);
    match shared.clone().next() {
        Some(_) => agree.all(|agrees| agrees),
        None => is_empty(&one) && is_empty(&other),
    }
}
