//! Decides when an alert comes and goes too often to be believed, and when that is over.
//!
//! In: a turn for the worse (it began, or became worse) or for the better (it ended, or eased).
//! Out: the alert with that turn counted. What only goes on in the same direction is no turn: a
//! fault that is a warning first and critical then has turned once. Drills do not count.
//! While it flaps, what is open stays open, and what is not yet told waits, but not for ever.

use crate::{Alert, AlertId, Flap, Incident, Phase, Reason, Suppression, Timestamp, limits};

use super::draft::Draft;
use super::lifecycle;
use super::suppress::Scope;

/// A direction in which an alert changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It began, or became worse.
    Worse,
    /// It ended, or eased.
    Better,
}

/// Counts a turn.
pub(super) fn count(draft: &Draft<'_>, alert: &mut Alert, turn: Turn) {
    let of = draft.policy.flapping;
    let is_worse = turn == Turn::Worse;
    let is_same = alert.turns.at.last().is_some() && alert.turns.is_worse == is_worse;
    if alert.drill.is_some() || of.changes == 0 || is_same {
        return;
    }
    let needed = usize::try_from(of.changes).map_or(limits::TURNS_KEPT_MAX, |changes| {
        changes.min(limits::TURNS_KEPT_MAX)
    });
    let turns = &mut alert.turns;
    let since = draft.now.before(of.within);
    turns.at.retain(|at| *at > since);
    turns.at.push(draft.now);
    turns.is_worse = is_worse;
    let surplus = turns.at.len().saturating_sub(needed);
    turns.at.drain(..surplus);
    let is_often = turns.at.len() >= needed;
    let until = draft.now.after(of.over_after);
    match &mut turns.flap {
        Some(flap) => flap.until = until,
        None if is_often => {
            let since = draft.now;
            turns.flap = Some(Flap { since, until });
        }
        None => {}
    }
}

/// Its time without a turn may be over.
pub(super) fn end(draft: &mut Draft<'_>, id: AlertId) {
    let Some(mut alert) = draft.alert(id).cloned() else {
        return;
    };
    let now = draft.now;
    if alert.turns.flap.take_if(|flap| flap.until <= now).is_none() {
        return;
    }
    alert.turns.at.clear();
    let incident = alert.incident;
    draft.put_alert(alert.clone());
    if let Some(incident) = incident {
        let scope = match alert.is_firing() {
            true => Scope::One(&alert),
            false => Scope::Unchanged,
        };
        lifecycle::review_by_id(draft, incident, &scope);
    }
}

/// Notes that an incident begins or ceases to come and go; says until when it does.
pub(super) fn mark(draft: &mut Draft<'_>, incident: &mut Incident) -> Option<Timestamp> {
    let until = draft.flapping_until(incident.id);
    if incident.flaps != until.is_some() {
        incident.flaps = until.is_some();
        let reason = match until {
            Some(until) => Reason::Flaps { until },
            None => Reason::FlapsNoMore,
        };
        draft.note(incident.id, reason);
    }
    until
}

/// Whether it keeps an alert of an untold incident from opening. One that was told goes on: its
/// ticket is opened again once, and stays open.
pub(super) fn of_alert(draft: &Draft<'_>, alert: &Alert) -> Option<Suppression> {
    let flap = alert.turns.flap.as_ref()?;
    let hidden_until = flap.since.after(limits::FLAPPING_HIDDEN_AT_MOST);
    let incident = alert.incident.and_then(|id| draft.incident(id));
    let is_told = incident
        .is_some_and(|incident| incident.opened_at.is_some() && incident.phase != Phase::Closed);
    let until = flap.until.min(hidden_until);
    (!is_told && until > draft.now).then_some(Suppression::Flapping { until })
}

/// Whether it has come and gone for so long that it is told without any further delay.
pub(super) fn has_hidden_long_enough(draft: &Draft<'_>, alert: &Alert) -> bool {
    let flap = alert.turns.flap.as_ref();
    flap.is_some_and(|flap| flap.since.after(limits::FLAPPING_HIDDEN_AT_MOST) <= draft.now)
}
