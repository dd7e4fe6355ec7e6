//! Decides which places are hit because another has failed.
//!
//! In: an alert that says that its place has failed. Out: who needs it and is not seen either,
//! or has something that opens nothing because of it; bounded (invariant 15).

use std::collections::BTreeSet;

use crate::{Alert, Awaited, Standing, limits};

use super::concern;
use super::draft::Draft;

/// Who is hit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Hit {
    /// In order of name; at most [`limits::HIT_TOLD_MAX`].
    pub(super) places: Vec<String>,
    /// How many in all; at most [`limits::HIT_COUNTED_MAX`].
    pub(super) total: u32,
    /// How many need it.
    pub(super) of: u32,
}

/// Who is hit by what this alert says.
pub(super) fn of_alert(draft: &Draft<'_>, alert: &Alert) -> Hit {
    let is_failed = Standing::of(alert) == Some(Standing::Failed);
    let Some(place) = alert.place().filter(|_| is_failed) else {
        return Hit::default();
    };
    let dependents = draft.policy.topology.dependents(place);
    if dependents.is_empty() {
        return Hit::default();
    }
    let most = limits::HIT_COUNTED_MAX;
    let held = draft.awaiting(place);
    let held = held.iter().filter(|alert| is_held(alert));
    let held = held.filter_map(|alert| concern::placed(draft.policy, alert));
    let mut hit: BTreeSet<&str> = held.take(most).collect();
    for dependent in &dependents {
        if hit.len() >= most {
            break;
        }
        if !draft.alerts_at(dependent, Standing::Failed).is_empty() {
            hit.insert(dependent);
        }
    }
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let names = hit.iter().take(limits::HIT_TOLD_MAX);
    Hit {
        places: names.map(|name| (*name).to_owned()).collect(),
        total: number(hit.len()),
        of: number(dependents.len()),
    }
}

/// How many are hit by what this alert says.
pub(super) fn count(draft: &Draft<'_>, alert: &Alert) -> u32 {
    of_alert(draft, alert).total
}

fn is_held(alert: &Alert) -> bool {
    let what = alert.awaits.as_ref().map(|awaits| &awaits.what);
    match what {
        Some(Awaited::Return { .. }) => true,
        Some(Awaited::Seen { .. } | Awaited::Grace { .. } | Awaited::Afresh { .. }) | None => false,
    }
}
