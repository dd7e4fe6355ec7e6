//! Decides whether a firing alert explains another, so that the other opens nothing.
//!
//! No race: what others can explain waits [`limits::SETTLE`] for them, from when it began or
//! became worse. When what explained it ends and it still fires, it must outlast that time again:
//! both often clear with the same report, or one report apart.

use crate::{Alert, AlertId, Cause, Incident, Suppression, explaining, limits};

use super::super::draft::Draft;
use super::look_again;

/// What explains an alert, or may yet.
pub(super) fn of_alert(draft: &Draft<'_>, alert: &Alert) -> Option<Suppression> {
    let explanations = explaining::explanations(draft.policy, alert);
    let by = |explanation: &explaining::Explanation<'_>| {
        let by = draft.explaining(&explanation.key)?;
        Some(explanation.by(by))
    };
    let explained = explanations.iter().find_map(by);
    explained.or_else(|| {
        let until = alert.fresh_at.after(limits::SETTLE);
        let is_settling = !explanations.is_empty() && until > draft.now;
        is_settling.then_some(Suppression::Settling { until, after: None })
    })
}

/// The same as it follows what an incident was held by: what settles because nothing explains it any
/// more remembers what did.
pub(in super::super) fn after(
    suppression: Suppression,
    before: Option<&Suppression>,
) -> Suppression {
    match (suppression, before) {
        (Suppression::Settling { until, .. }, Some(before)) => {
            let after = match before {
                Suppression::Inhibited { .. } | Suppression::DependsOn { .. } => {
                    Some(Box::new(before.clone()))
                }
                Suppression::Settling { after, .. } => after.clone(),
                _ => None,
            };
            Suppression::Settling { until, after }
        }
        (suppression, _) => suppression,
    }
}

/// Under which word is counted what nobody is told of any more. What began before what explains it,
/// and is over before it was looked at again, was hidden by that.
pub(in super::super) fn counted_as(draft: &Draft<'_>, incident: &Incident) -> Option<&'static str> {
    let suppression = incident.suppressed.as_deref()?;
    let explained = match suppression {
        Suppression::Settling { after: None, .. } => {
            let leader = draft.alert(incident.leader);
            leader.and_then(|leader| of_alert(draft, leader))
        }
        _ => None,
    };
    Some(match &explained {
        Some(by) => by.code(),
        None => suppression.counted_as(),
    })
}

/// An alert that explained others under these keys does so no more: what it kept from opening is
/// looked at afresh.
pub(in super::super) fn explains_no_more(draft: &mut Draft<'_>, alert: &Alert) {
    if alert.explains.is_empty() {
        return;
    }
    let cause = Cause::Alert(alert.id);
    let held: Vec<AlertId> = draft
        .state
        .held_by(&cause)
        .flat_map(|incident| draft.firing(incident))
        .filter(|held| is_explained(draft, held, alert))
        .map(|held| held.id)
        .collect();
    for id in held {
        if let Some(mut held) = draft.alert(id).cloned() {
            held.fresh_at = draft.now;
            draft.put_alert(held);
        }
    }
    look_again(draft, &cause);
}

fn is_explained(draft: &Draft<'_>, held: &Alert, by: &Alert) -> bool {
    let explanations = explaining::explanations(draft.policy, held);
    let mut keys = explanations.iter().map(|explanation| &explanation.key);
    keys.any(|key| by.explains.contains(key))
}
